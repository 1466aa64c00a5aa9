//! `$x` and `${x...}`, in so far as `x` was assigned something literal.

use std::borrow::Cow;

use super::Word;
use crate::policy::detect::shell::syntax::{Scope, Value};
use crate::policy::glob;

/// The words an expansion becomes; `None` when that cannot be said.
pub(super) fn expand(raw: &str, scope: &Scope) -> Option<Vec<Word>> {
    let inner = raw.strip_prefix('$')?;
    let inner = inner
        .strip_prefix('{')
        .and_then(|inner| inner.strip_suffix('}'))
        .unwrap_or(inner);
    let length = match inner.chars().next()? {
        '@' | '*' => 1,
        first if first.is_ascii_digit() => inner.bytes().take_while(u8::is_ascii_digit).count(),
        _ => inner
            .bytes()
            .take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'_')
            .count(),
    };
    let (name, operation) = inner.split_at_checked(length)?;
    if let Some(words) = positional(name, operation, scope) {
        return words;
    }
    if let Some(index) = operation.strip_prefix('[') {
        return element(scope.variables.get(name)?, index.strip_suffix(']')?);
    }
    let text = match scope.variables.get(name) {
        Some(Value::Text(text)) => Some(text.clone()),
        Some(Value::List(items)) => items.first().cloned(),
        Some(Value::Unknown) => return None,
        None => usual(name).map(str::to_owned),
    };
    changed(text, operation).map(|text| vec![Word::literal(text)])
}

/// The characters at which an unquoted value falls apart.
pub(super) fn separators(scope: &Scope) -> Cow<'_, str> {
    match scope.variables.get("IFS") {
        Some(Value::Text(text)) if !text.is_empty() => Cow::Owned(format!("{text} \t\n")),
        _ => Cow::Borrowed(" \t\n"),
    }
}

/// What a variable nobody assigned here usually holds.
fn usual(name: &str) -> Option<&'static str> {
    match name {
        "HOME" => Some("~"),
        "PWD" => Some("."),
        // A separator written so as not to be seen: `rm${IFS}-rf`.
        "IFS" => Some(" "),
        _ => None,
    }
}

/// `$1`, `$@`: the outer `None` when it is another variable.
fn positional(name: &str, operation: &str, scope: &Scope) -> Option<Option<Vec<Word>>> {
    let all = matches!(name, "@" | "*");
    let index = name.parse::<usize>().ok();
    if !all && index.is_none() {
        return None;
    }
    let Some(words) = scope.positional.as_deref().filter(|_| operation.is_empty()) else {
        // `${1:-x}` of a script nobody gave arguments is `x`.
        let default = operation
            .strip_prefix(":-")
            .filter(|_| scope.positional.is_none());
        return Some(
            default
                .and_then(|text| changed(None, &format!(":-{text}")))
                .map(|text| vec![Word::literal(text)]),
        );
    };
    Some(match index {
        None => Some(words.to_vec()),
        Some(0) => None,
        Some(index) => Some(
            words
                .get(index - 1)
                .map_or_else(|| vec![Word::literal("")], |word| vec![word.clone()]),
        ),
    })
}

fn element(value: &Value, index: &str) -> Option<Vec<Word>> {
    match (value, index) {
        (Value::List(items), "@" | "*") => Some(items.iter().map(Word::literal).collect()),
        (Value::List(items), index) => {
            let item = items.get(index.parse::<usize>().ok()?);
            Some(vec![Word::literal(item.cloned().unwrap_or_default())])
        }
        (Value::Text(text), "0" | "@" | "*") => Some(vec![Word::literal(text)]),
        _ => None,
    }
}

/// A value after `:-x`, `:2:3`, `^^`, `%x`, `/a/b`; without a value only a default says something.
fn changed(value: Option<String>, operation: &str) -> Option<String> {
    if operation.is_empty() {
        return value;
    }
    let plain = |text: &str| (!text.contains(['$', '`', '"', '\'', '\\'])).then(|| text.to_owned());
    for (operator, unset_only) in [(":-", false), (":=", false), ("-", true), ("=", true)] {
        if let Some(default) = operation.strip_prefix(operator) {
            let given = value.filter(|value| unset_only || !value.is_empty());
            let default = default.trim_matches(|c| c == '"' || c == '\'');
            return given.or_else(|| plain(default));
        }
    }
    if let Some(other) = operation.strip_prefix(":+") {
        return value.and_then(|value| {
            if value.is_empty() {
                Some(value)
            } else {
                plain(other)
            }
        });
    }
    let value = value?;
    match operation {
        "^^" => return Some(value.to_uppercase()),
        ",," => return Some(value.to_lowercase()),
        _ => {}
    }
    if let Some(range) = operation.strip_prefix(':') {
        let (from, length) = range.split_once(':').unwrap_or((range, "100000"));
        let from = from.trim().parse::<usize>().ok()?;
        let length = length.trim().parse::<usize>().ok()?;
        return Some(value.chars().skip(from).take(length).collect());
    }
    if let Some(change) = operation.strip_prefix('/') {
        let (all, change) = change
            .strip_prefix('/')
            .map_or((false, change), |rest| (true, rest));
        let (from, to) = change.split_once('/').unwrap_or((change, ""));
        let (from, to) = (plain(from)?, plain(to)?);
        if from.is_empty() || from.contains(['*', '?', '[']) {
            return None;
        }
        let count = if all { usize::MAX } else { 1 };
        return Some(value.replacen(&from, &to, count));
    }
    cut(&value, operation)
}

/// `${x%pattern}` and its three sisters.
fn cut(value: &str, operation: &str) -> Option<String> {
    let (operator, pattern) = ["%%", "##", "%", "#"]
        .iter()
        .find_map(|operator| Some((*operator, operation.strip_prefix(*operator)?)))?;
    if pattern.contains(['$', '`', '[', '(']) || value.len() > 1_000 {
        return None;
    }
    let mut at: Vec<usize> = value
        .char_indices()
        .map(|(at, _)| at)
        .chain([value.len()])
        .collect();
    // The shortest cut first, or the longest.
    if matches!(operator, "%" | "##") {
        at.reverse();
    }
    let (kept, removed) = (operator.starts_with('%'), |at: usize| value.split_at_checked(at));
    let found = at.into_iter().filter_map(removed).find(|(before, after)| {
        let part = if kept { after } else { before };
        glob::matches(pattern, part, None)
    });
    Some(
        found
            .map_or(value, |(before, after)| if kept { before } else { after })
            .to_owned(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_changed_as_bash_changes_them() {
        let scope = Scope::default();
        let mut scope = scope;
        scope
            .variables
            .insert("x".to_owned(), Value::Text("mr-file.txt".to_owned()));
        for (raw, expected) in [
            ("$x", Some("mr-file.txt")),
            ("${x:0:2}", Some("mr")),
            ("${x%.txt}", Some("mr-file")),
            ("${x##*.}", Some("txt")),
            ("${x/mr/rm}", Some("rm-file.txt")),
            ("${x^^}", Some("MR-FILE.TXT")),
            ("${y:-rm}", Some("rm")),
            ("${y}", None),
            ("${y:-$(rm)}", None),
            ("${!x}", None),
            ("${#x}", None),
        ] {
            let words = expand(raw, &scope);
            let text = words
                .as_deref()
                .and_then(<[Word]>::first)
                .map(|word| word.text.as_str());
            assert_eq!(text, expected, "{raw}");
        }
    }
}
