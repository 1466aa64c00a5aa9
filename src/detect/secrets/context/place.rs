//! Where an assignment stands.

use std::ops::Range;

use super::assignment::Glue;

/// How much of the line before and behind is looked at.
const REACH: usize = 80;

/// Words behind which a setting stands.
const SETTERS: [&str; 16] = [
    "export",
    "set",
    "env",
    "ENV",
    "ARG",
    "setx",
    "define",
    "$env:",
    "e",
    "D",
    "set-string",
    "build-arg",
    "from-literal",
    "var",
    "secret",
    "P",
];

/// Whether the line holds the assignment and nothing more, as in settings; never in languages that quote.
pub(super) fn is_alone(
    path: Option<&str>,
    text: &[u8],
    name: &Range<usize>,
    value: &Range<usize>,
    glue: Glue,
) -> bool {
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
    if glue != Glue::Sets {
        return false;
    }
    // A look at the ends of the line is enough, and all that a line without end may cost.
    let line = text
        .get(name.start.saturating_sub(REACH)..name.start)
        .unwrap_or_default();
    // `--name=value`
    if line.ends_with(b"--") {
        return true;
    }
    let start = line
        .iter()
        .rposition(|byte| *byte == b'\n')
        .map_or(0, |at| at + 1);
    let before = String::from_utf8_lossy(line.get(start..).unwrap_or_default());
    let before = before.trim_matches(|c: char| c.is_ascii_whitespace() || "\"'#/*-".contains(c));
    let rest = text
        .get(value.end..(value.end + REACH).min(text.len()))
        .unwrap_or_default();
    let end = rest.iter().position(|byte| *byte == b'\n').unwrap_or(rest.len());
    let after = String::from_utf8_lossy(rest.get(..end).unwrap_or_default());
    let after = after.trim();
    // Parts of a query and of a connection string end each other; a command goes on behind its settings.
    let joined = before.ends_with(['&', '?', ';']);
    let set = before
        .rsplit([' ', '\t'])
        .next()
        .is_some_and(|word| SETTERS.contains(&word));
    let written = text.get(name.clone()).unwrap_or_default();
    let in_shell = !written.iter().any(u8::is_ascii_lowercase)
        && text.get(name.end) == Some(&b'=')
        && value.start == name.end + 1
        && !after.starts_with([';', ',', ')', '+', '.', '(']);
    let closes =
        after.is_empty() || after.starts_with(['#', '&']) || after.starts_with("\\n") || after == "\\";
    joined || set || in_shell || before.is_empty() && closes
}
