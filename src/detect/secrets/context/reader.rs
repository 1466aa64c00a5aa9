//! Reading what stands behind a name: the sign that binds a value to it.

use std::ops::Range;

use super::assignment::Glue;

/// Where in the text reading has come to.
pub(super) struct Reader<'a> {
    pub(super) text: &'a [u8],
    pub(super) at: usize,
}

impl<'a> Reader<'a> {
    /// A reader of what stands at `at`, behind a name.
    pub(super) fn behind(text: &'a [u8], at: usize) -> Self {
        Self { text, at }
    }

    pub(super) fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    pub(super) fn looking_at(&self, word: &[u8]) -> bool {
        self.text
            .get(self.at..self.at + word.len())
            .is_some_and(|here| here.eq_ignore_ascii_case(word))
    }

    pub(super) fn skip(&mut self, class: impl Fn(u8) -> bool, most: usize) -> usize {
        let rest = self.text.get(self.at..).unwrap_or_default();
        let count = rest.iter().take(most).take_while(|byte| class(**byte)).count();
        self.at += count;
        count
    }

    fn blanks(&mut self) -> usize {
        self.skip(|byte| matches!(byte, b' ' | b'\t'), 40)
    }

    /// Past what binds the name to a value.
    pub(super) fn glue(&mut self, name: &Range<usize>) -> Option<Glue> {
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
                // `PASSWORD or "..."`, `password is ...`
                if self.looking_at(b"or ") || self.looking_at(b"is ") || self.looking_at(b"is:") {
                    self.at += 2;
                    self.skip(|byte| matches!(byte, b' ' | b':'), 3);
                    return Some(Glue::Sets);
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
            // `CREATE USER x PASSWORD 'y'`
            b'\'' if blanks > 0 && !quoted && self.is_capitals(name) => return Some(Glue::Sets),
            _ => {}
        }
        self.operator()
    }

    fn is_capitals(&self, name: &Range<usize>) -> bool {
        let name = self.text.get(name.clone()).unwrap_or_default();
        !name.iter().any(u8::is_ascii_lowercase)
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
                "password"
                    | "secret"
                    | "apikey"
                    | "api_key"
                    | "token"
                    | "authtoken"
                    | "auth_token"
                    | "equals"
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
        if sign == b"||" || sign == b"??" {
            self.blanks();
            return Some(Glue::Sets);
        }
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
}
