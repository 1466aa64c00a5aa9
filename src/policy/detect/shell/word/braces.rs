//! `{a,b}` and the places where an unquoted value falls apart.
//!
//! While a word is put together, characters that mean something because they are not quoted are written as
//! private characters; then the word is split and its braces are expanded.

/// Between two words.
pub(super) const SEPARATOR: char = '\u{e003}';
const OPEN: char = '\u{e000}';
const COMMA: char = '\u{e001}';
const CLOSE: char = '\u{e002}';
/// Most words one may become.
const MAX_WORDS: usize = 256;

/// The private character for one that is not quoted.
pub(super) fn mark(character: char) -> char {
    match character {
        '{' => OPEN,
        ',' => COMMA,
        '}' => CLOSE,
        other => other,
    }
}

/// Whether the text holds private characters.
pub(super) fn marked(text: &str) -> bool {
    text.contains([SEPARATOR, OPEN, COMMA, CLOSE])
}

/// The words a marked text becomes.
pub(super) fn split(text: &str) -> impl Iterator<Item = String> {
    text.split(SEPARATOR)
        .filter(|word| !word.is_empty())
        .flat_map(expanded)
        .take(MAX_WORDS)
}

fn expanded(word: &str) -> Vec<String> {
    let mut done = Vec::new();
    let mut open = vec![word.to_owned()];
    let mut steps = 0;
    while let Some(word) = open.pop() {
        steps += 1;
        match first_group(&word).filter(|_| steps < 2 * MAX_WORDS) {
            Some((before, alternatives, after)) => {
                let words = alternatives.iter().rev();
                open.extend(words.map(|one| format!("{before}{one}{after}")));
            }
            None => done.push(plain(&word)),
        }
    }
    done
}

/// The first innermost braces with a comma in them: before, alternatives, after.
fn first_group(word: &str) -> Option<(&str, Vec<&str>, &str)> {
    let mut from = 0;
    loop {
        let close = from + word.get(from..)?.find(CLOSE)?;
        let after = close + CLOSE.len_utf8();
        if let Some(open) = word.get(..close)?.rfind(OPEN) {
            let inner = word.get(open + OPEN.len_utf8()..close)?;
            if inner.contains(COMMA) {
                return Some((
                    word.get(..open)?,
                    inner.split(COMMA).collect(),
                    word.get(after..)?,
                ));
            }
        }
        from = after;
    }
}

fn plain(word: &str) -> String {
    word.chars()
        .map(|character| match character {
            OPEN => '{',
            COMMA => ',',
            CLOSE => '}',
            other => other,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn braces_become_words() {
        let check = |text: &str| split(&text.chars().map(mark).collect::<String>()).collect::<Vec<_>>();
        assert_eq!(check("a{b,c}d"), ["abd", "acd"]);
        assert_eq!(check("{rm,-rf,x}"), ["rm", "-rf", "x"]);
        assert_eq!(check("{a,b}{c,d}"), ["ac", "ad", "bc", "bd"]);
        assert_eq!(check("{a}"), ["{a}"]);
        assert_eq!(check("a,b"), ["a,b"]);
        assert!(check(&"{a,b}".repeat(40)).len() <= MAX_WORDS);
    }
}
