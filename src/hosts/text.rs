//! What the editors of all formats need to know about a text.

use std::ops::Range;

/// The mark that some editors put before the first character.
const BOM: char = '\u{feff}';

/// A text without its byte order mark, and the mark.
pub(super) fn without_mark(text: &str) -> (&str, &str) {
    match text.strip_prefix(BOM) {
        Some(body) => (&text[..BOM.len_utf8()], body),
        None => ("", text),
    }
}

/// How its lines end: as the first one does.
pub(super) fn line_end(text: &str) -> &'static str {
    match text.find('\n') {
        Some(at) if text[..at].ends_with('\r') => "\r\n",
        _ => "\n",
    }
}

/// `text` with each range replaced; ranges are in order and apart.
pub(super) fn spliced(text: &str, edits: &[(Range<usize>, &str)]) -> String {
    let mut edited = String::with_capacity(text.len() + 256);
    let mut done = 0;
    for (range, new) in edits {
        edited.push_str(&text[done..range.start]);
        edited.push_str(new);
        done = range.end;
    }
    edited.push_str(&text[done..]);
    edited
}

/// Where the line begins that holds the byte `at`.
pub(super) fn line_start(text: &str, at: usize) -> usize {
    text[..at].rfind('\n').map_or(0, |at| at + 1)
}

/// Where the line ends that holds the byte `at`: behind its line end, or at the end of the text.
pub(super) fn line_finish(text: &str, at: usize) -> usize {
    text[at..].find('\n').map_or(text.len(), |more| at + more + 1)
}

/// The spaces and tabs that the line begins with that holds the byte `at`.
pub(super) fn indent_at(text: &str, at: usize) -> &str {
    let start = line_start(text, at);
    let line = &text[start..];
    &line[..line.len() - line.trim_start_matches([' ', '\t']).len()]
}

/// The line and column of a byte, from 1.
pub(super) fn place(text: &str, at: usize) -> (usize, usize) {
    let mut at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    let before = &text[..at];
    let line = before.matches('\n').count() + 1;
    (line, before[line_start(text, at)..].chars().count() + 1)
}
