//! Strings as they are written by people and by Python: how long they are, and what they would be in JSON.

use std::fmt::Write as _;

use super::super::span_index::string_length;

/// A string that is none in JSON.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Foreign {
    pub(super) length: usize,
    /// The same string in JSON.
    pub(super) json: String,
}

/// The string in single or typographic quotes that `text` begins with. A quote ends it only where a member or an
/// element may end, so that `'it's'` is one string.
pub(super) fn foreign(text: &str) -> Option<Foreign> {
    let close = match text.chars().next()? {
        '\'' => '\'',
        '‘' => '’',
        '“' | '”' => '”',
        _ => return None,
    };
    let mut json = String::from('"');
    let mut chars = text.char_indices().skip(1);
    while let Some((at, c)) = chars.next() {
        if c == close && ends_here(text.get(at + c.len_utf8()..)?) {
            json.push('"');
            return Some(Foreign {
                length: at + c.len_utf8(),
                json,
            });
        }
        match c {
            '\\' => {
                let (_, escaped) = chars.next()?;
                if escaped != '\'' {
                    json.push('\\');
                }
                json.push(escaped);
            }
            '"' => json.push_str("\\\""),
            '\n' => return None,
            c if c < ' ' => push_escaped(&mut json, c),
            c => json.push(c),
        }
    }
    None
}

/// Whether what stands behind a string lets it end.
fn ends_here(behind: &str) -> bool {
    let behind = behind.trim_start();
    behind.is_empty() || behind.starts_with([',', ':', '}', ']', '#']) || behind.starts_with("//")
}

/// The string in double quotes that `text` begins with, and its line feeds and other control characters, which JSON
/// wants escaped, by their place; none where the quotes do not pair up.
pub(super) fn double(text: &str) -> (usize, Vec<(usize, String)>) {
    let length = string_length(text.as_bytes());
    let inner = text.get(..length).unwrap_or_default();
    let behind = text.get(length..).unwrap_or_default();
    let closed = inner.len() > 1 && inner.ends_with('"');
    if !closed || !ends_here(behind) {
        return (length, Vec::new());
    }
    let controls = inner.char_indices().filter(|(_, c)| *c < ' ');
    let escaped = controls.map(|(at, c)| {
        let mut escaped = String::new();
        push_escaped(&mut escaped, c);
        (at, escaped)
    });
    (length, escaped.collect())
}

fn push_escaped(to: &mut String, c: char) {
    match c {
        '\n' => to.push_str("\\n"),
        '\r' => to.push_str("\\r"),
        '\t' => to.push_str("\\t"),
        c => write!(to, "\\u{:04x}", u32::from(c)).unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_end_where_a_value_may_end() {
        let json = |text| foreign(text).map(|string| string.json);
        assert_eq!(json("'it's': 1").as_deref(), Some("\"it's\""));
        assert_eq!(json(r#"'say \'"a"\'\n']"#).as_deref(), Some(r#""say '\"a\"'\n""#));
        assert_eq!(json("“a”").as_deref(), Some("\"a\""));
        assert_eq!(json("'a"), None);
        assert_eq!(json("'a\n'"), None);
    }
}
