//! Finding the name a word stands in and what is assigned to it, in any language that looks like one.

use std::ops::Range;

/// A value and how it is written.
#[derive(Debug)]
pub(super) struct Assignment {
    pub(super) value: Range<usize>,
    /// Between quotes.
    pub(super) quoted: bool,
    /// Nothing else is on its line, as in settings and scripts.
    pub(super) alone: bool,
}

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
    let mut reader = Reader {
        text: text.as_bytes(),
        at: name.end,
    };
    let glue = reader.glue(&name)?;
    let mut assignment = reader.value(glue)?;
    if assignment.value.is_empty() {
        return None;
    }
    assignment.alone = !assignment.quoted
        && (glue == Glue::Flag || alone(path, text.as_bytes(), &name, &assignment.value, glue));
    Some(assignment)
}

/// What stands between a name and its value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Glue {
    /// `=`, `:`, `=>` and their like.
    Sets,
    /// `name("value")` or `"name", "value"`.
    Passes,
    /// `<name>value</name>`.
    Element,
    /// `--name value`.
    Flag,
}

struct Reader<'a> {
    text: &'a [u8],
    at: usize,
}

impl Reader<'_> {
    fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    fn looking_at(&self, word: &[u8]) -> bool {
        self.text
            .get(self.at..self.at + word.len())
            .is_some_and(|here| here.eq_ignore_ascii_case(word))
    }

    fn skip(&mut self, class: impl Fn(u8) -> bool, most: usize) -> usize {
        let rest = self.text.get(self.at..).unwrap_or_default();
        let count = rest.iter().take(most).take_while(|byte| class(**byte)).count();
        self.at += count;
        count
    }

    fn blanks(&mut self) -> usize {
        self.skip(|byte| matches!(byte, b' ' | b'\t'), 40)
    }

    /// Past what binds the name to a value.
    fn glue(&mut self, name: &Range<usize>) -> Option<Glue> {
        let before = name
            .start
            .checked_sub(1)
            .and_then(|at| self.text.get(at))
            .copied();
        let closes = self.skip(|byte| matches!(byte, b'"' | b'\'' | b'`' | b']' | b'\\'), 4);
        let quoted = closes > 0;
        if before == Some(b'<') && self.peek() == Some(b'>') {
            self.at += 1;
            self.skip(|byte| byte.is_ascii_whitespace(), 80);
            return Some(Glue::Element);
        }
        if quoted && self.peek() == Some(b')') {
            self.at += 1;
        }
        let blanks = self.blanks();
        match self.peek()? {
            b'(' if !quoted && blanks == 0 && self.takes_a_value(name) => {
                self.at += 1;
                self.blanks();
                return Some(Glue::Passes);
            }
            b',' if quoted => {
                self.at += 1;
                self.blanks();
                return self.at_pair().or(Some(Glue::Passes));
            }
            b'\r' | b'\n' => return self.at_pair(),
            b'>' if quoted => {
                self.at += 1;
                self.skip(|byte| byte.is_ascii_whitespace(), 40);
                return Some(Glue::Element);
            }
            byte if byte.is_ascii_alphabetic() && blanks > 0 => {
                if self.at_value_word() {
                    return Some(Glue::Sets);
                }
                if before == Some(b'-') {
                    return Some(Glue::Flag);
                }
                // `token string = ...`
                self.skip(|byte| byte.is_ascii_alphanumeric(), 20);
                self.blanks();
            }
            byte if blanks > 0
                && before == Some(b'-')
                && !matches!(byte, b'=' | b'-' | b'|' | b'>' | b':') =>
            {
                return Some(Glue::Flag);
            }
            _ => {}
        }
        self.operator()
    }

    /// Whether a call of this name is given what it is named after: `setPassword`, `.password`, not `pass`.
    fn takes_a_value(&self, name: &Range<usize>) -> bool {
        let name =
            String::from_utf8_lossy(self.text.get(name.clone()).unwrap_or_default()).to_ascii_lowercase();
        let name = name.rsplit('.').next().unwrap_or_default();
        ["set", "with", "add", "put", "use"]
            .iter()
            .any(|verb| name.starts_with(verb))
            || matches!(
                name,
                "password" | "secret" | "apikey" | "api_key" | "token" | "authtoken" | "auth_token"
            )
    }

    /// `=`, `:`, `:=`, `=>`, `==`, `?=`, `.=`, and a type before the sign: `token: &str =`.
    fn operator(&mut self) -> Option<Glue> {
        let start = self.at;
        let count = self.skip(
            |byte| matches!(byte, b':' | b'=' | b'?' | b'.' | b'|' | b'+' | b'!' | b'>'),
            5,
        );
        let sign = self.text.get(start..start + count).unwrap_or_default();
        if !sign.iter().any(|byte| matches!(byte, b'=' | b':')) || sign == b"::" || sign == b">:" {
            return None;
        }
        self.blanks();
        if sign == b":" || sign == b"?:" {
            let here = self.at;
            let typed = self.skip(
                |byte| byte.is_ascii_alphanumeric() || b"&<>[]'_.| ".contains(&byte),
                40,
            );
            if typed > 0 && self.peek() == Some(b'=') && !self.looking_at(b"==") && !self.looking_at(b"=>") {
                let word = self.text.get(here..self.at).unwrap_or_default();
                // `token: abc=` is a value that ends in a sign of base 64.
                if word.ends_with(b" ") {
                    self.at += 1;
                    self.blanks();
                    return Some(Glue::Sets);
                }
            }
            self.at = here;
            // A value on the next line is one of YAML's or a wrapped one.
            if self.looking_at(b"\n") || self.looking_at(b"\r\n") {
                self.skip(|byte| byte.is_ascii_whitespace(), 40);
                if !matches!(self.peek(), Some(b'"' | b'\'')) {
                    return None;
                }
            }
        }
        Some(Glue::Sets)
    }

    /// `value=` in markup.
    fn at_value_word(&mut self) -> bool {
        if !self.looking_at(b"value") {
            return false;
        }
        let here = self.at;
        self.at += 5;
        self.skip(|byte| matches!(byte, b'"' | b'\''), 1);
        self.blanks();
        if self.skip(|byte| matches!(byte, b'=' | b':'), 1) == 1 {
            self.blanks();
            return true;
        }
        self.at = here;
        false
    }

    /// `name: NAME` and `value: ...` on the next line, or behind a comma.
    fn at_pair(&mut self) -> Option<Glue> {
        let here = self.at;
        self.skip(
            |byte| byte.is_ascii_whitespace() || matches!(byte, b',' | b'"' | b'\''),
            60,
        );
        if self.at_value_word() {
            return Some(Glue::Sets);
        }
        self.at = here;
        None
    }

    /// The value, between quotes or up to where it must end.
    fn value(&mut self, glue: Glue) -> Option<Assignment> {
        if self.looking_at(b"new String(") || self.looking_at(b"String(") {
            self.skip(|byte| byte != b'(', 12);
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
        let rest = self.text.get(start..(start + 4_096).min(self.text.len()))?;
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
            .get(self.at..(self.at + 4_096).min(self.text.len()))
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

/// Whether the line holds the assignment and nothing more, as in settings; never in languages that quote.
fn alone(path: Option<&str>, text: &[u8], name: &Range<usize>, value: &Range<usize>, glue: Glue) -> bool {
    const QUOTING: [&str; 16] = [
        ".rs", ".go", ".java", ".kt", ".js", ".jsx", ".ts", ".tsx", ".py", ".c", ".cc", ".cpp", ".h", ".cs",
        ".swift", ".rb",
    ];
    if path.is_some_and(|path| QUOTING.iter().any(|end| path.ends_with(end))) {
        return false;
    }
    if glue == Glue::Element {
        return text.get(value.end..).is_some_and(|rest| {
            rest.iter().take(80).find(|byte| !byte.is_ascii_whitespace()) == Some(&b'<')
        });
    }
    let line = text.get(..name.start).unwrap_or_default();
    let start = line
        .iter()
        .rposition(|byte| *byte == b'\n')
        .map_or(0, |at| at + 1);
    let before = line.get(start..).unwrap_or_default();
    let before = String::from_utf8_lossy(before.get(before.len().saturating_sub(80)..).unwrap_or_default());
    let before = before.trim_matches(|c: char| c.is_ascii_whitespace() || "\"'#/*-".contains(c));
    let opens = before.is_empty()
        || before.ends_with(['&', '?', ';'])
        || matches!(
            before,
            "export" | "set" | "env" | "ENV" | "ARG" | "setx" | "define" | "$env:" | "-e" | "e" | "D"
        );
    let rest = text.get(value.end..).unwrap_or_default();
    let end = rest.iter().position(|byte| *byte == b'\n').unwrap_or(rest.len());
    let after = String::from_utf8_lossy(rest.get(..end.min(80)).unwrap_or_default());
    let after = after.trim();
    // Parts of a connection string end each other.
    let joined = before.ends_with(';') || before.ends_with(['&', '?']);
    let closes = joined
        || after.is_empty()
        || after.starts_with(['#', '&'])
        || after.starts_with("\\n")
        || after == "\\";
    opens && closes
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
