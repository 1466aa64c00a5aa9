//! What is a comment and what is a string, in languages that have no parser here.

use super::Language;

/// The marks of one language between which brackets mean nothing.
#[derive(Debug, Clone, Copy)]
pub(super) struct Lexis {
    pub(super) line_comments: &'static [&'static str],
    pub(super) block_comment: (&'static str, &'static str),
    /// What stands before a string that goes on to its own end mark, quotes in it and all.
    pub(super) raw_strings: Raw,
    /// Whether a backslash in a string takes the next character's meaning.
    pub(super) escapes: bool,
    /// Whether a string may go on in the next line.
    pub(super) multiline_strings: bool,
    /// Whether lines that begin with `#` are the preprocessor's.
    pub(super) preprocessor: bool,
}

/// How a language writes strings in which nothing is escaped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Raw {
    None,
    /// `R"x( .. )x"`
    Cpp,
    /// `@" .. ""  .. "` and `""" .. """`
    CSharp,
    /// `$x$ .. $x$`
    Dollar,
}

/// The marks of `language`, if its brackets can be told from its text.
pub(super) fn of(language: &Language) -> Option<Lexis> {
    let c = Lexis {
        line_comments: &["//"],
        block_comment: ("/*", "*/"),
        raw_strings: Raw::None,
        escapes: true,
        multiline_strings: false,
        preprocessor: true,
    };
    match language {
        Language::C => Some(c),
        Language::Cpp => Some(Lexis {
            raw_strings: Raw::Cpp,
            ..c
        }),
        Language::CSharp => Some(Lexis {
            raw_strings: Raw::CSharp,
            ..c
        }),
        Language::Sql => Some(Lexis {
            line_comments: &["--"],
            raw_strings: Raw::Dollar,
            escapes: false,
            multiline_strings: true,
            preprocessor: false,
            ..c
        }),
        _ => None,
    }
}

impl Lexis {
    /// The length of the comment or string that begins at `at`, 0 if there is none; `None` when it has no end.
    pub(super) fn skip(&self, code: &str, at: usize) -> Option<usize> {
        let rest = code.get(at..).unwrap_or_default();
        if self.line_comments.iter().any(|mark| rest.starts_with(mark)) {
            return Some(line_length(rest, self.preprocessor));
        }
        let (open, close) = self.block_comment;
        if let Some(inside) = rest.strip_prefix(open) {
            return inside.find(close).map(|end| open.len() + end + close.len());
        }
        if let Some(length) = self.raw(code, at) {
            return length;
        }
        if self.preprocessor && rest.starts_with('#') && is_first_on_line(code, at) {
            let line = line_length(rest, true);
            // A comment may begin here and end lines below.
            let text = rest.get(..line).unwrap_or_default();
            let unclosed = text
                .rfind(open)
                .filter(|start| text.rfind(close).is_none_or(|end| end < *start));
            return Some(unclosed.unwrap_or(line));
        }
        match rest.as_bytes().first() {
            Some(b'"') => self.string(rest, b'"'),
            // A digit separator: 1'000.
            Some(b'\'') if self.preprocessor && is_behind_digit(code, at) => Some(1),
            Some(b'\'') => self.string(rest, b'\''),
            Some(b'`') if !self.preprocessor => self.string(rest, b'`'),
            _ => Some(0),
        }
    }

    fn raw(&self, code: &str, at: usize) -> Option<Option<usize>> {
        let rest = code.get(at..)?;
        match self.raw_strings {
            Raw::None => None,
            Raw::Cpp => {
                let inside = rest.strip_prefix("R\"")?;
                let (delimiter, _) = inside.split_once('(').filter(|(text, _)| text.len() <= 16)?;
                let close = format!("){delimiter}\"");
                Some(rest.find(&close).map(|end| end + close.len()))
            }
            Raw::CSharp if rest.starts_with("\"\"\"") => {
                let quotes = rest.len() - rest.trim_start_matches('"').len();
                let close = "\"".repeat(quotes);
                let end = rest.get(quotes..)?.find(&close);
                Some(end.map(|end| quotes + end + quotes))
            }
            Raw::CSharp => {
                let mark = ["@\"", "$@\"", "@$\""]
                    .iter()
                    .find(|mark| rest.starts_with(**mark))?;
                let mut end = mark.len();
                loop {
                    let Some(quote) = rest.get(end..).and_then(|inside| inside.find('"')) else {
                        return Some(None);
                    };
                    end += quote + 1;
                    if rest.as_bytes().get(end) != Some(&b'"') {
                        return Some(Some(end));
                    }
                    end += 1;
                }
            }
            Raw::Dollar => {
                let inside = rest.strip_prefix('$')?;
                let tag = inside.split_once('$').map(|(tag, _)| tag)?;
                if tag.len() > 40
                    || !tag
                        .bytes()
                        .all(|byte| byte == b'_' || byte.is_ascii_alphanumeric())
                {
                    return None;
                }
                let mark = format!("${tag}$");
                let end = rest.get(mark.len()..)?.find(&mark);
                Some(end.map(|end| end + 2 * mark.len()))
            }
        }
    }

    fn string(&self, rest: &str, quote: u8) -> Option<usize> {
        let mut bytes = rest.bytes().enumerate().skip(1);
        while let Some((at, byte)) = bytes.next() {
            if byte == b'\\' && self.escapes {
                bytes.next();
            } else if byte == b'\n' && !self.multiline_strings {
                return None;
            } else if byte == quote {
                return Some(at + 1);
            }
        }
        None
    }
}

/// The rest of a line, and of those that a backslash at the end joins to it.
fn line_length(rest: &str, joined: bool) -> usize {
    let mut length = 0;
    for line in rest.split_inclusive('\n') {
        length += line.len();
        if !(joined && line.trim_end().ends_with('\\')) {
            break;
        }
    }
    length
}

fn is_first_on_line(code: &str, at: usize) -> bool {
    let before = code.get(..at).unwrap_or_default();
    before
        .rsplit('\n')
        .next()
        .is_some_and(|head| head.trim().is_empty())
}

fn is_behind_digit(code: &str, at: usize) -> bool {
    let before = at.checked_sub(1).and_then(|before| code.as_bytes().get(before));
    before.is_some_and(u8::is_ascii_hexdigit)
}
