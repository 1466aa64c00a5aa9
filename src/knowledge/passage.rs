//! Long texts in parts: what a lesson is about may stand in one paragraph of it.

/// A longer text is also searched by its passages, which have about this many words each.
pub(super) const WORDS: usize = 120;
/// More passages of one text are not looked at.
const MOST: usize = 128;

/// The passages of `text` in order, cut at the ends of lines or sentences where there are any; none when
/// it is short.
pub(super) fn passages(text: &str) -> Vec<&str> {
    if text.split_whitespace().nth(WORDS).is_none() {
        return Vec::new();
    }
    let mut passages = Vec::new();
    let (mut start, mut end, mut words) = (0, 0, 0);
    for sentence in sentences(text) {
        let count = sentence.split_whitespace().count();
        if words > 0 && words + count > WORDS {
            passages.push(&text[start..end]);
            (start, words) = (end, 0);
        }
        words += count;
        end += sentence.len();
    }
    passages.push(&text[start..end]);
    passages.truncate(MOST);
    passages
}

/// The sentences of `text` with the space after them, each of at most [`WORDS`] words; together they are
/// the text.
fn sentences(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let end = sentence_end(rest);
        let (sentence, after) = rest.split_at(end);
        rest = after;
        Some(sentence)
    })
}

fn sentence_end(text: &str) -> usize {
    let mut words = 0;
    let mut characters = text.char_indices().peekable();
    while let Some((at, c)) = characters.next() {
        let after = at + c.len_utf8();
        let Some((_, next)) = characters.peek() else {
            return text.len();
        };
        let ends = c == '\n'
            || matches!(c, '.' | '!' | '?') && next.is_whitespace()
            || matches!(c, '。' | '！' | '？');
        if ends {
            return after;
        }
        words += usize::from(c.is_whitespace() && !next.is_whitespace());
        if words >= WORDS {
            return after;
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_short_text_has_none() {
        assert!(passages(&"word ".repeat(WORDS)).is_empty());
    }

    #[test]
    fn a_long_text_is_cut_between_sentences() {
        let sentence = format!("{}end. ", "word ".repeat(49));
        let text = sentence.repeat(5);
        let parts: Vec<usize> = passages(&text)
            .iter()
            .map(|passage| passage.split_whitespace().count())
            .collect();
        assert_eq!(parts, [100, 100, 50]);
    }

    proptest! {
        #[test]
        fn the_passages_are_the_text(text in "([a-z]{1,3}[ .\n]){0,500}") {
            let parts = passages(&text);
            prop_assert!(parts.is_empty() || parts.concat() == text);
            prop_assert!(parts.iter().all(|part| part.split_whitespace().count() <= WORDS));
        }
    }
}
