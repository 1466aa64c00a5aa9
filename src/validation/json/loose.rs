//! One pass over loose JSON: every looseness with its place, and the edits that make JSON of it.

use std::ops::Range;

use super::quotes;

/// Something that JSON does not have.
#[derive(Debug)]
pub(super) struct Flaw {
    pub(super) rule: &'static str,
    pub(super) range: Range<usize>,
    pub(super) message: String,
    pub(super) fix: &'static str,
}

/// What the scan of a text came to.
#[derive(Debug)]
pub(super) struct Loose {
    /// Where it stopped.
    pub(super) end: usize,
    /// In order of place.
    pub(super) edits: Vec<(Range<usize>, String)>,
    pub(super) flaws: Vec<Flaw>,
    /// Whether the edits say what was meant, and nothing else.
    pub(super) certain: bool,
    /// Whether nothing seems to be missing.
    pub(super) whole: bool,
}

/// What stood there last, blanks and comments left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Last {
    Nothing,
    Open,
    Comma,
    Colon,
    /// A value that is all there: a string, a bracket, a word.
    Value,
    /// A number, of which digits may be missing at the end of the text.
    Number,
    /// Something that could have been a key.
    Name,
}

struct Scan<'t> {
    text: &'t str,
    at: usize,
    loose: Loose,
    open: Vec<u8>,
    last: Last,
    /// The last comma that nothing but blanks and cuts followed so far.
    comma: Option<usize>,
    /// Where the member that has a key and no value yet begins, and the comma before it.
    key: Option<(usize, Option<usize>)>,
    valueless: Option<(usize, Option<usize>)>,
    mismatched: bool,
    /// Up to where no string in foreign quotes ends.
    unquoted: usize,
}

impl Loose {
    /// Scans `text` from `start` on, to its end or, if `one`, to the end of one value.
    pub(super) fn scan(text: &str, start: usize, one: bool) -> Self {
        let mut scan = Scan {
            text,
            at: start,
            loose: Self {
                end: start,
                edits: Vec::new(),
                flaws: Vec::new(),
                certain: true,
                whole: true,
            },
            open: Vec::new(),
            last: Last::Nothing,
            comma: None,
            key: None,
            valueless: None,
            mismatched: false,
            unquoted: 0,
        };
        while scan.step() {
            if one && scan.open.is_empty() {
                break;
            }
        }
        if !one {
            scan.close();
        }
        scan.loose.end = scan.at;
        scan.loose
            .edits
            .sort_by_key(|(range, _)| (range.start, range.end));
        scan.loose
    }

    /// The edits but for the brackets that were put at the end.
    pub(super) fn without_closers(&self) -> &[(Range<usize>, String)] {
        match self.edits.split_last() {
            Some(((range, _), rest)) if range.is_empty() => rest,
            _ => &self.edits,
        }
    }
}

impl Scan<'_> {
    fn rest(&self) -> &str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn edit(&mut self, range: Range<usize>, text: impl Into<String>) {
        self.loose.edits.push((range, text.into()));
    }

    fn find(
        &mut self,
        rule: &'static str,
        range: Range<usize>,
        message: impl Into<String>,
        fix: &'static str,
    ) {
        let message = message.into();
        self.loose.flaws.push(Flaw {
            rule,
            range,
            message,
            fix,
        });
    }

    /// Takes one token; `false` at the end.
    fn step(&mut self) -> bool {
        let rest = self.rest();
        let Some(first) = rest.chars().next() else {
            return false;
        };
        let comment = comment_length(rest);
        let length = match first {
            '"' => self.string(),
            '\'' | '“' | '”' | '‘' if !self.is_behind_value() => self.foreign_string(),
            '\u{feff}' if self.at == 0 => self.byte_order_mark(),
            _ if comment > 0 => self.comment(comment),
            '…' => self.ellipsis(),
            '.' if rest.starts_with("...") => self.ellipsis(),
            '{' | '[' => self.opening(first),
            '}' | ']' => self.closing(first),
            ',' => self.take(Last::Comma),
            ':' => {
                self.valueless = self.key.take();
                self.take(Last::Colon)
            }
            c if c.is_whitespace() => c.len_utf8(),
            c if c == '_' || c == '$' || c == '-' || c.is_alphanumeric() => self.word(),
            c => {
                self.note(Last::Name);
                c.len_utf8()
            }
        };
        self.at += length.max(1);
        true
    }

    fn is_behind_value(&self) -> bool {
        matches!(self.last, Last::Value | Last::Number | Last::Name)
    }

    fn take(&mut self, last: Last) -> usize {
        self.last = last;
        if last == Last::Comma {
            self.comma = Some(self.at);
            self.valueless = None;
        }
        1
    }

    /// Notes a value: no comma and no key waits for it any longer.
    fn note(&mut self, last: Last) {
        self.comma = None;
        self.valueless = None;
        self.last = last;
    }

    fn note_string(&mut self) {
        self.key = Some((self.at, self.comma.take()));
        self.valueless = None;
        self.last = Last::Value;
    }

    fn string(&mut self) -> usize {
        let (length, escapes) = quotes::double(self.rest());
        if let Some((first, _)) = escapes.first() {
            let place = self.at + first;
            let message = "a line feed, tab or other control character stands in a string";
            self.find(
                "json.control-character",
                place..place + 1,
                message,
                "write `\\n`, `\\t` or `\\u00..` instead",
            );
        }
        for (offset, escaped) in escapes {
            let place = self.at + offset;
            self.edit(place..place + 1, escaped);
        }
        self.note_string();
        length
    }

    fn foreign_string(&mut self) -> usize {
        let first = self.rest().chars().next().map_or(1, char::len_utf8);
        // What no quote of a line ends need not be tried again on that line.
        let string = if self.at < self.unquoted {
            None
        } else {
            quotes::foreign(self.rest())
        };
        let Some(string) = string else {
            let rest = self.rest();
            let line = if self.at < self.unquoted {
                0
            } else {
                rest.find('\n').unwrap_or(rest.len())
            };
            self.unquoted = self.unquoted.max(self.at + line);
            self.note(Last::Name);
            return first;
        };
        let range = self.at..self.at + string.length;
        self.find(
            "json.quotes",
            self.at..self.at + first,
            "JSON has double quotes only",
            "use `\"`",
        );
        self.edit(range, string.json);
        self.note_string();
        string.length
    }

    fn byte_order_mark(&mut self) -> usize {
        let length = '\u{feff}'.len_utf8();
        self.find(
            "json.bom",
            0..length,
            "a byte order mark stands before the JSON",
            "leave it out",
        );
        self.edit(0..length, "");
        length
    }

    fn comment(&mut self, length: usize) -> usize {
        let range = self.at..self.at + length;
        self.find(
            "json.comment",
            range.clone(),
            "JSON has no comments",
            "leave the comment out",
        );
        self.edit(range, "");
        length
    }

    fn ellipsis(&mut self) -> usize {
        let rest = self.rest();
        let length = rest.len() - rest.trim_start_matches(['.', '…']).len();
        let behind = rest.get(length..).unwrap_or_default();
        let blank = behind.len() - behind.trim_start().len();
        let comma_behind = behind.trim_start().starts_with(',');
        let at = self.at;
        self.find(
            "json.ellipsis",
            at..at + length,
            "something was left out here",
            "write all of it",
        );
        self.loose.certain = false;
        self.loose.whole = false;
        // In `"a": ...` the whole member is left out.
        let (start, before) = self.valueless.take().unwrap_or((at, self.comma));
        self.comma = before;
        while self
            .loose
            .edits
            .last()
            .is_some_and(|(range, _)| range.start >= start)
        {
            self.loose.edits.pop();
        }
        self.edit(start..at + length, "");
        self.last = Last::Value;
        // `1, ...]` and `..., 1]` each lose one comma with it.
        if comma_behind {
            self.edit(at + length + blank..at + length + blank + 1, "");
            self.last = if self.comma.is_some() {
                Last::Comma
            } else {
                Last::Open
            };
            return length + blank + 1;
        }
        if let Some(comma) = self.comma.take() {
            self.edit(comma..comma + 1, "");
        }
        length
    }

    fn opening(&mut self, bracket: char) -> usize {
        self.note(Last::Open);
        self.open.push(if bracket == '{' { b'}' } else { b']' });
        1
    }

    fn closing(&mut self, bracket: char) -> usize {
        if let Some(comma) = self.comma.take() {
            let message = "a comma before the closing bracket";
            self.find(
                "json.trailing-comma",
                comma..comma + 1,
                message,
                "leave the comma out",
            );
            self.edit(comma..comma + 1, "");
        }
        self.mismatched |= self.open.pop().map(char::from) != Some(bracket);
        self.valueless = None;
        self.last = Last::Value;
        1
    }

    fn word(&mut self) -> usize {
        let rest = self.rest();
        let is_part = |c: char| c.is_alphanumeric() || matches!(c, '_' | '$' | '-' | '+' | '.');
        let length = rest.find(|c| !is_part(c)).unwrap_or(rest.len());
        let word = rest.get(..length).unwrap_or_default().to_owned();
        let behind = rest.get(length..).unwrap_or_default().trim_start();
        let range = self.at..self.at + length;
        if self.open.last() == Some(&b'}')
            && matches!(self.last, Last::Open | Last::Comma)
            && behind.starts_with(':')
        {
            let message = format!("the key `{word}` has no quotes");
            self.find(
                "json.unquoted-key",
                range.clone(),
                message,
                "put it in double quotes",
            );
            self.edit(range, format!("\"{word}\""));
            self.note_string();
            return length;
        }
        let json = match word.as_str() {
            "True" => Some("true"),
            "False" => Some("false"),
            "None" => Some("null"),
            _ => None,
        };
        if let Some(json) = json {
            let message = format!("`{word}` is Python; in JSON it is `{json}`");
            self.find(
                "json.python-literal",
                range.clone(),
                message,
                "write it in JSON's words",
            );
            self.edit(range, json);
        } else if matches!(
            word.as_str(),
            "NaN" | "nan" | "Infinity" | "-Infinity" | "-NaN" | "undefined"
        ) {
            let message = format!("JSON has no `{word}`");
            self.find(
                "json.nan",
                range.clone(),
                message,
                "write `null`, a number or a string, as was agreed",
            );
            self.edit(range, "null");
            self.loose.certain = false;
            self.loose.whole = false;
        }
        let number = word.starts_with(|c: char| c.is_ascii_digit() || c == '-');
        self.note(match word.as_str() {
            "true" | "false" | "null" | "True" | "False" | "None" => Last::Value,
            _ if number => Last::Number,
            _ => Last::Name,
        });
        length
    }

    /// Closes what is open at the end of the text, if it ends between two values.
    fn close(&mut self) {
        if self.open.is_empty() || self.mismatched {
            return;
        }
        let end = self.text.trim_end().len();
        // A key alone or a colon waits for what nobody knows.
        let between = match self.last {
            Last::Value => self.open.last() == Some(&b']') || self.is_behind_member(),
            Last::Open | Last::Comma | Last::Number => true,
            _ => false,
        };
        if !between {
            return;
        }
        if let Some(comma) = self.comma.take() {
            self.edit(comma..comma + 1, "");
        }
        let closers: String = self.open.iter().rev().map(|byte| char::from(*byte)).collect();
        let message = format!("`{closers}` is missing at the end: the JSON may have been cut off");
        self.find(
            "json.unclosed",
            end..end,
            message,
            "give the rest, or close what is open",
        );
        self.edit(end..end, closers);
        self.loose.whole = false;
        self.loose.certain &= self.last != Last::Number;
    }

    /// Whether the string at the end was the value of a member, and no key.
    fn is_behind_member(&self) -> bool {
        self.key.is_none_or(|(at, _)| {
            let before = self.text.get(..at).unwrap_or_default().trim_end();
            before.ends_with(':')
        })
    }
}

/// The length of the comment that `text` begins with, its line's end left out.
fn comment_length(text: &str) -> usize {
    if text.starts_with("//") || text.starts_with('#') {
        text.find(['\n', '\r']).unwrap_or(text.len())
    } else if text.starts_with("/*") {
        text.find("*/").map_or(text.len(), |end| end + 2)
    } else {
        0
    }
}
