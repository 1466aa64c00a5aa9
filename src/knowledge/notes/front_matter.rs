//! What stands between two lines of `---` at the top of a Markdown file: YAML about the text below.

use std::fmt::Write as _;

use serde_json::{Map, Value};

/// Longest front matter that is read.
const MAX_BYTES: usize = 256 * 1024;

/// A text with what stands above it.
#[derive(Debug, PartialEq)]
pub(super) struct Matter<'a> {
    /// The entries, or why they cannot be read; none where there is no front matter.
    pub(super) entries: Result<Map<String, Value>, String>,
    /// What comes below.
    pub(super) body: &'a str,
    /// Whether its lines end with a carriage return: some program has converted the file.
    pub(super) is_converted: bool,
}

/// Parts a file into front matter and text.
pub(super) fn split(text: &str) -> Matter<'_> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let none = Matter {
        entries: Ok(Map::new()),
        body: text,
        is_converted: false,
    };
    let Some(first) = text
        .split_inclusive('\n')
        .next()
        .filter(|line| line.trim_end() == "---")
    else {
        return none;
    };
    let mut end = first.len();
    for line in text[first.len()..].split_inclusive('\n') {
        if matches!(line.trim_end(), "---" | "...") {
            return Matter {
                entries: entries(&text[first.len()..end]),
                body: &text[end + line.len()..],
                is_converted: first.ends_with("\r\n"),
            };
        }
        end += line.len();
    }
    // A rule across the page, as Markdown has it.
    none
}

fn entries(yaml: &str) -> Result<Map<String, Value>, String> {
    if yaml.len() > MAX_BYTES {
        return Err(format!("the front matter is larger than {MAX_BYTES} bytes"));
    }
    if yaml.trim().is_empty() {
        return Ok(Map::new());
    }
    // Aliases multiply: a note has no need of them.
    let options = serde_saphyr::options! {
        budget: serde_saphyr::budget! { max_aliases: 0, max_anchors: 0, max_depth: 16 },
    };
    match serde_saphyr::from_str_with_options::<Value>(yaml, options) {
        Ok(Value::Object(entries)) => Ok(entries),
        Ok(Value::Null) => Ok(Map::new()),
        Ok(_) => Err("the front matter is no list of names and values".to_owned()),
        Err(error) => {
            // The line of the opening mark comes before.
            let line = error.location().map_or(1, |location| location.line()) + 1;
            Err(format!("the front matter cannot be read, line {line}"))
        }
    }
}

/// The text of an entry, also where it is a number or a word that YAML takes for something else.
pub(super) fn text(entries: &Map<String, Value>, name: &str) -> Option<String> {
    let text = match entries.get(name)? {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        Value::Bool(value) => value.to_string(),
        Value::Null | Value::Array(_) | Value::Object(_) => return None,
    };
    (!text.trim().is_empty()).then_some(text)
}

/// The words of an entry: a list, or one text parted by commas, else by spaces.
pub(super) fn words(entries: &Map<String, Value>, name: &str) -> Vec<String> {
    let words: Vec<String> = match entries.get(name) {
        Some(Value::Array(words)) => words.iter().filter_map(word).collect(),
        Some(Value::String(text)) if text.contains(',') => text.split(',').map(str::to_owned).collect(),
        Some(Value::String(text)) => text.split_whitespace().map(str::to_owned).collect(),
        Some(other) => word(other).into_iter().collect(),
        None => Vec::new(),
    };
    let words = words
        .iter()
        .map(|word| word.trim().trim_start_matches('#').to_owned());
    words.filter(|word| !word.is_empty()).collect()
}

fn word(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// A text in double quotes, which every reader of YAML gives back as it was.
pub(super) fn quoted(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for c in text.chars() {
        match c {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\t' => quoted.push_str("\\t"),
            // Breaks and marks that a reader may fold or drop, and what YAML has no place for.
            c if c.is_control()
                || matches!(c, '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}') =>
            {
                // Writing to a string cannot fail.
                let _written = write!(quoted, "\\u{:04x}", u32::from(c));
            }
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn front_matter_is_what_stands_between_the_marks() {
        for (file, names, body) in [
            ("---\ntitle: A\n---\nbody", vec!["title"], "body"),
            ("\u{feff}---\r\na: 1\r\n...\r\nbody", vec!["a"], "body"),
            ("---\n---\nbody", vec![], "body"),
            ("---\nno end", vec![], "---\nno end"),
            ("text\n---\na: 1\n---\n", vec![], "text\n---\na: 1\n---\n"),
            ("", vec![], ""),
        ] {
            let matter = split(file);
            let entries = matter.entries.unwrap();
            assert_eq!(
                (
                    entries.keys().map(String::as_str).collect::<Vec<_>>(),
                    matter.body
                ),
                (names, body),
                "{file}"
            );
        }
    }

    #[test]
    fn a_fault_in_it_is_named_with_its_line() {
        let fault = split("---\na: 1\nb: [\n---\nx").entries.unwrap_err();
        assert!(fault.contains("line"), "{fault}");
        assert!(split("---\n- a\n---\nx").entries.is_err());
        assert!(split("---\na: &x 1\nb: *x\n---\nx").entries.is_err());
    }

    #[test]
    fn tags_are_a_list_or_words() {
        for (yaml, expect) in [
            ("tags: [a, '#b c', 3]", vec!["a", "b c", "3"]),
            ("tags:\n- a\n- b", vec!["a", "b"]),
            ("tags: a b", vec!["a", "b"]),
            ("tags: a b, c", vec!["a b", "c"]),
            ("tags:", vec![]),
            ("title: x", vec![]),
        ] {
            assert_eq!(words(&entries(yaml).unwrap(), "tags"), expect, "{yaml}");
        }
    }

    proptest! {
        #[test]
        fn what_is_quoted_is_read_back(text in any::<String>()) {
            let yaml = format!("a: {}\n", quoted(&text));
            let read = entries(&yaml).unwrap();
            prop_assert_eq!(read.get("a").and_then(Value::as_str), Some(text.as_str()));
        }
    }
}
