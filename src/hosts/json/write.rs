//! Values as a person would have written them.

use serde_json::Value;

/// How the surroundings of a new value are written.
#[derive(Debug, Clone)]
pub(super) struct Style<'a> {
    /// How lines end.
    pub(super) line_end: &'static str,
    /// One step of indentation.
    pub(super) unit: &'a str,
    /// Whether all stands on one line.
    pub(super) is_one_line: bool,
}

/// `value` behind a key at `indent`. Tables have a line for each key, lists of plain values are kept on theirs.
pub(super) fn value(value: &Value, indent: &str, style: &Style<'_>) -> String {
    match value {
        Value::Object(table) if table.is_empty() => "{}".to_owned(),
        Value::Object(table) if style.is_one_line => {
            let members: Vec<String> = table
                .iter()
                .map(|(key, value)| member(key, value, indent, style))
                .collect();
            format!("{{{}}}", members.join(", "))
        }
        Value::Object(table) => {
            let (line_end, deeper) = (style.line_end, format!("{indent}{}", style.unit));
            let members: Vec<String> = table
                .iter()
                .map(|(key, value)| format!("{line_end}{deeper}{}", member(key, value, &deeper, style)))
                .collect();
            format!("{{{}{line_end}{indent}}}", members.join(","))
        }
        Value::Array(list) => {
            let items: Vec<String> = list.iter().map(ToString::to_string).collect();
            format!("[{}]", items.join(", "))
        }
        plain => plain.to_string(),
    }
}

/// A key and its value.
pub(super) fn member(key: &str, of: &Value, indent: &str, style: &Style<'_>) -> String {
    format!("{}: {}", Value::from(key), value(of, indent, style))
}
