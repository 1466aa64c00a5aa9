//! A word of a command line as the shell would pass it on, as far as that can be said without running it.

use std::collections::HashMap;

use tree_sitter::Node;

/// One argument.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Word {
    /// The text without its quotes; what is not known stands in it as it was written.
    pub(super) text: String,
    /// Whether the text is exactly what the program gets.
    pub(super) known: bool,
}

impl Word {
    pub(super) fn literal(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            known: true,
        }
    }

    pub(super) fn unknown(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            known: false,
        }
    }
}

/// Variables of a script, in so far as they were assigned something literal.
pub(super) type Variables = HashMap<String, Option<String>>;

/// Most bytes a word may grow to by variables in variables.
const MAX_WORD: usize = 64 << 10;

/// Resolves the node of a word.
pub(super) fn resolve(node: Node<'_>, source: &str, variables: &Variables) -> Word {
    let mut word = Word::literal("");
    append(node, source, variables, &mut word, 0);
    word
}

fn append(node: Node<'_>, source: &str, variables: &Variables, word: &mut Word, depth: usize) {
    let raw = source.get(node.byte_range()).unwrap_or_default();
    if depth > 16 || word.text.len() > MAX_WORD {
        word.known = false;
        return;
    }
    match node.kind() {
        "word" | "number" | "test_operator" => {
            word.text.push_str(&without_backslashes(raw));
        }
        "raw_string" => word
            .text
            .push_str(raw.trim_start_matches('\'').trim_end_matches('\'')),
        "ansi_c_string" => word.text.push_str(&ansi_c(raw)),
        "string" | "translated_string" | "concatenation" | "command_name" => {
            pieces(node, source, variables, word, depth);
            // `{a,b}` is several words.
            word.known &= !(node.kind() == "concatenation" && raw.contains('{') && raw.contains(','));
        }
        "string_content" => word.text.push_str(&without_string_backslashes(raw)),
        "simple_expansion" | "expansion" => expand(raw, variables, word),
        _ => {
            word.text.push_str(raw);
            word.known &= !matches!(
                node.kind(),
                "command_substitution"
                    | "process_substitution"
                    | "arithmetic_expansion"
                    | "brace_expression"
                    | "ERROR"
            );
        }
    }
}

/// Appends the children of a node and the text between them.
fn pieces(node: Node<'_>, source: &str, variables: &Variables, word: &mut Word, depth: usize) {
    let mut cursor = node.walk();
    let mut at = node.start_byte();
    for child in node.children(&mut cursor) {
        if child.start_byte() > at {
            word.text
                .push_str(source.get(at..child.start_byte()).unwrap_or_default());
        }
        at = child.end_byte();
        if !(child.kind() == "\"" || child.kind() == "$" && node.kind() == "translated_string") {
            append(child, source, variables, word, depth + 1);
        }
    }
}

fn expand(raw: &str, variables: &Variables, word: &mut Word) {
    let name = raw
        .trim_start_matches('$')
        .trim_start_matches('{')
        .trim_end_matches('}');
    match variables.get(name) {
        Some(Some(value)) if word.text.len() + value.len() <= MAX_WORD => word.text.push_str(value),
        None if name == "HOME" => word.text.push('~'),
        // A separator written so as not to be seen: `rm${IFS}-rf`.
        None if name == "IFS" => word.text.push(' '),
        _ => {
            word.text.push_str(raw);
            word.known = false;
        }
    }
}

fn without_backslashes(raw: &str) -> String {
    let mut text = String::with_capacity(raw.len());
    let mut characters = raw.chars();
    while let Some(character) = characters.next() {
        match character {
            '\\' => match characters.next() {
                Some('\n') | None => {}
                Some(escaped) => text.push(escaped),
            },
            other => text.push(other),
        }
    }
    text
}

fn without_string_backslashes(raw: &str) -> String {
    let mut text = String::with_capacity(raw.len());
    let mut characters = raw.chars().peekable();
    while let Some(character) = characters.next() {
        match (character, characters.peek()) {
            ('\\', Some('\n')) => {
                characters.next();
            }
            ('\\', Some('"' | '\\' | '$' | '`')) => text.extend(characters.next()),
            _ => text.push(character),
        }
    }
    text
}

/// The text of `$'...'`, with the escapes of the bash manual, section 3.1.2.4.
fn ansi_c(raw: &str) -> String {
    let body = raw
        .trim_start_matches('$')
        .trim_start_matches('\'')
        .trim_end_matches('\'');
    let mut text = String::with_capacity(body.len());
    let mut rest = body;
    while let Some((before, after)) = rest.split_once('\\') {
        text.push_str(before);
        let Some(escape) = after.chars().next() else { break };
        let after = after.get(escape.len_utf8()..).unwrap_or_default();
        let (radix, most) = match escape {
            'x' => (16, 2),
            'u' => (16, 4),
            'U' => (16, 8),
            '0'..='7' => (8, 3),
            _ => (0, 0),
        };
        if radix == 0 {
            text.push(match escape {
                'n' => '\n',
                't' => '\t',
                'r' => '\r',
                'e' | 'E' => '\u{1b}',
                other => other,
            });
            rest = after;
            continue;
        }
        let digits_from = if radix == 8 {
            rest.len() - after.len() - 1
        } else {
            rest.len() - after.len()
        };
        let digits = rest.get(digits_from..).unwrap_or_default();
        let length = digits
            .bytes()
            .take(most)
            .take_while(|byte| char::from(*byte).is_digit(radix))
            .count();
        let code = digits
            .get(..length)
            .and_then(|digits| u32::from_str_radix(digits, radix).ok());
        text.extend(code.and_then(char::from_u32));
        rest = digits.get(length..).unwrap_or_default();
    }
    text.push_str(rest);
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_are_read_as_bash_reads_them() {
        assert_eq!(without_backslashes(r"\r\m"), "rm");
        assert_eq!(without_string_backslashes(r#"a\"b\n"#), r#"a"b\n"#);
        assert_eq!(ansi_c(r"$'\x72\155 \u002drf\t'"), "rm -rf\t");
    }
}
