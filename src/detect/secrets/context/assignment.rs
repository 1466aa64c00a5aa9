//! Finding the name a word stands in and what is assigned to it, in any language that looks like one.

use std::ops::Range;

use super::place;
use super::reader::Reader;

/// A value and how it is written.
#[derive(Debug)]
pub(super) struct Assignment {
    pub(super) value: Range<usize>,
    /// Between quotes.
    pub(super) quoted: bool,
    /// Nothing else is on its line, as in settings and scripts.
    pub(super) alone: bool,
}

/// Longest values: longer ones are data, or have a format of their own.
const LONGEST_QUOTED: usize = 2_048;
const LONGEST_BARE: usize = 512;
/// Longest name.
const LONGEST_NAME: usize = 64;

/// The whole name around a word.
pub(super) fn name(text: &[u8], word: &Range<usize>) -> Range<usize> {
    let part = |byte: &&u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.');
    let before = text
        .get(word.start.saturating_sub(LONGEST_NAME)..word.start)
        .unwrap_or_default();
    let left = before.iter().rev().take_while(part).count();
    let after = text
        .get(word.end..(word.end + LONGEST_NAME).min(text.len()))
        .unwrap_or_default();
    let right = after.iter().take_while(part).count();
    let name = word.start - left..word.end + right;
    // A value may follow a flag or a full stop, and these are no part of a name.
    let bytes = text.get(name.clone()).unwrap_or_default();
    let lead = bytes
        .iter()
        .take_while(|byte| matches!(byte, b'-' | b'.'))
        .count()
        .min(left);
    let tail = bytes
        .iter()
        .rev()
        .take_while(|byte| matches!(byte, b'-' | b'.'))
        .count()
        .min(right);
    name.start + lead..name.end - tail
}

/// What is assigned to the name; mostly nothing.
pub(super) fn read(path: Option<&str>, text: &str, name: Range<usize>) -> Option<Assignment> {
    let mut reader = Reader::behind(text.as_bytes(), name.end);
    let glue = reader.glue(&name)?;
    let mut assignment = reader.value(glue)?;
    if assignment.value.is_empty() {
        return None;
    }
    assignment.alone = !assignment.quoted
        && (glue == Glue::Flag || place::is_alone(path, text.as_bytes(), &name, &assignment.value, glue));
    Some(assignment)
}

/// What stands between a name and its value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Glue {
    /// `=`, `:`, `=>` and their like.
    Sets,
    /// `name("value")` or `"name", "value"`.
    Passes,
    /// `<name>value</name>`.
    Element,
    /// `--name value`.
    Flag,
}

impl Reader<'_> {
    /// The value, between quotes or up to where it must end.
    fn value(&mut self, glue: Glue) -> Option<Assignment> {
        if self.looking_at(b"new String(") || self.looking_at(b"String(") {
            self.skip(|byte| byte != b'(', 12);
            self.at += 1;
        }
        // The first of a list.
        if matches!(self.peek(), Some(b'[' | b'('))
            && matches!(self.text.get(self.at + 1), Some(b'"' | b'\''))
        {
            self.at += 1;
        }
        // `b"..."`, `r'...'`, `@"..."`
        if matches!(
            self.peek(),
            Some(b'b' | b'r' | b'u' | b'f' | b'@' | b'L' | b'B' | b'R')
        ) && matches!(self.text.get(self.at + 1), Some(b'"' | b'\''))
        {
            self.at += 1;
        }
        let escaped = self.peek() == Some(b'\\') && matches!(self.text.get(self.at + 1), Some(b'"' | b'\''));
        if escaped {
            self.at += 1;
        }
        let quote = self.peek().filter(|byte| matches!(byte, b'"' | b'\'' | b'`'));
        let Some(quote) = quote else {
            return (glue != Glue::Passes).then(|| self.bare());
        };
        self.skip(|byte| byte == quote, 3);
        let start = self.at;
        let rest = self
            .text
            .get(start..(start + LONGEST_QUOTED).min(self.text.len()))?;
        let mut end = 0;
        while let Some(byte) = rest.get(end) {
            match byte {
                b'\n' | b'\r' => return None,
                b'\\' if escaped => break,
                b'\\' => end += 1,
                byte if *byte == quote => break,
                _ => {}
            }
            end += 1;
        }
        Some(Assignment {
            value: start..(start + end).min(self.text.len()),
            quoted: true,
            alone: false,
        })
    }

    fn bare(&self) -> Assignment {
        let rest = self
            .text
            .get(self.at..(self.at + LONGEST_BARE).min(self.text.len()))
            .unwrap_or_default();
        let end = rest
            .iter()
            .position(|byte| {
                byte.is_ascii_whitespace()
                    || matches!(byte, b'"' | b'\'' | b'<' | b'>' | b'\\' | b'`' | b';' | b',')
            })
            .unwrap_or(rest.len());
        let value = rest.get(..end).unwrap_or_default();
        // What follows in a query belongs to the next parameter.
        let end = value.iter().position(|byte| *byte == b'&').unwrap_or(end);
        let value = value.get(..end).unwrap_or_default();
        let tail = value
            .iter()
            .rev()
            .take_while(|byte| b")]}.".contains(byte))
            .count();
        Assignment {
            value: self.at..self.at + (end - tail),
            quoted: false,
            alone: false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The value behind the name `key` in the text, and whether it is quoted or alone.
    fn value(text: &str) -> Option<(&str, bool, bool)> {
        let at = text.find("key")?;
        let assignment = read(None, text, name(text.as_bytes(), &(at..at + 3)))?;
        Some((text.get(assignment.value)?, assignment.quoted, assignment.alone))
    }

    #[test]
    fn values_are_read_in_many_languages() {
        for text in [
            "my_key = \"abc\"",
            "String myKey = \"abc\";".to_lowercase().as_str(),
            "my_key: 'abc',",
            "{\"my_key\": \"abc\"}",
            "\"my_key\" => \"abc\"",
            "my_key := `abc`",
            "let my_key: &str = \"abc\";",
            "var my_key string = \"abc\"",
            "set_key(\"abc\")",
            "put(\"my_key\", \"abc\")",
            "config[\"my_key\"] = \"abc\"",
            "<add key=\"my_key\" value=\"abc\"/>"
                .replace("add key", "add x")
                .as_str(),
            "name: my_key\n  value: \"abc\"",
            "if my_key == \"abc\" {",
            "{\\\"my_key\\\": \\\"abc\\\"}",
        ] {
            assert_eq!(value(text), Some(("abc", true, false)), "{text}");
        }
    }

    #[test]
    fn bare_values_end_where_settings_end() {
        for (text, alone) in [
            ("my_key=abc", true),
            ("export MY_key=abc # why", true),
            ("  my_key: abc\n", true),
            ("--my-key abc --other", true),
            ("<my_key>\n  abc\n</my_key>", true),
            ("?my_key=abc&x=1", true),
            ("my_key = abc;", false),
            ("call(my_key = abc)", false),
            ("the key: abc is long", false),
        ] {
            assert_eq!(value(text), Some(("abc", false, alone)), "{text}");
        }
        assert_eq!(value("my_key"), None);
        assert_eq!(value("my_key\nother"), None);
        assert_eq!(value("use my_key::Other;"), None);
    }
}
