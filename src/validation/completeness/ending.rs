//! Text that ends where no text ends.

use crate::domain::Severity;

use super::super::report::Defect;

/// Words that something has to follow.
const UNFINISHED: [&str; 24] = [
    "a", "an", "and", "are", "as", "because", "but", "by", "for", "from", "if", "into", "is", "its", "of",
    "or", "than", "that", "the", "their", "to", "when", "with", "your",
];

/// What says that prose was cut off at its end. Code has its parser for that, and an open fence its own rule.
pub(crate) fn cut_off(text: &str) -> Option<Defect> {
    let end = text.trim_end();
    let line = end.rsplit('\n').next()?;
    let indented = line.starts_with("    ") || line.starts_with('\t');
    let line = line.trim();
    let quoted = line.starts_with(['|', '>', '`', '~', '<', '[']) || indented;
    let word = line.rsplit([' ', '\t']).next()?;
    let before = line.len() - word.len();
    let reason = if is_bullet(line) {
        "it ends with an empty item of a list"
    } else if quoted {
        return None;
    } else if line.ends_with(',') {
        "it ends with a comma"
    } else if word.ends_with(['(', '[', '{']) && !word.contains(':') {
        "it ends with an opening bracket"
    } else if matches!(word, "+" | "=" | "&" | "&&" | "||" | "==" | "->" | "=>") {
        "it ends with an operator"
    } else if before > 0 && UNFINISHED.contains(&word) {
        "it ends in the middle of a sentence"
    } else if line.starts_with('#') && line.trim_start_matches('#').starts_with(' ') && text.contains("\n\n")
    {
        "it ends with a heading that nothing follows"
    } else {
        return None;
    };
    let message = format!("the text may be cut off: {reason}");
    // Changelogs and outlines end with a heading, too.
    let severity = if line.starts_with('#') {
        Severity::Info
    } else {
        Severity::Warning
    };
    let defect = Defect::new(
        "complete.truncated",
        severity,
        end.len() - word.len()..end.len(),
        message,
    );
    Some(defect.with_fix("let it go on, or ask for less at once"))
}

/// `-`, `*` or `3.` with nothing behind it. A rule is longer.
fn is_bullet(line: &str) -> bool {
    matches!(line, "-" | "*" | "+" | "- [ ]")
        || line.strip_suffix(['.', ')']).is_some_and(|number| {
            (1..3).contains(&number.len()) && number.bytes().all(|byte| byte.is_ascii_digit())
        })
}
