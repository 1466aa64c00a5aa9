//! What markup hides from a reader: comments, and elements that are not shown.

use std::ops::Range;

/// Longest stretch looked at.
const LONGEST: usize = 8 << 10;

/// The inside of the comment that starts at `at`; an unclosed one goes on to the end.
pub(super) fn comment(text: &str, at: usize) -> Option<Range<usize>> {
    let start = at + 4;
    let rest = upto(text, start, LONGEST)?;
    let end = rest.find("-->").unwrap_or(rest.len());
    Some(start..start + end)
}

/// The inside of the element whose style, at `at`, hides it.
pub(super) fn element(text: &str, at: usize) -> Option<Range<usize>> {
    let mut from = at.saturating_sub(400);
    while !text.is_char_boundary(from) {
        from += 1;
    }
    let tag = from + text.get(from..at)?.rfind('<')?;
    // The style is within the tag, and the tag is that of an element.
    let before = text.get(tag..at)?;
    if before.contains('>') || !before.get(1..2)?.starts_with(|c: char| c.is_ascii_alphabetic()) {
        return None;
    }
    // Zero is not the start of `0.5em`, nor of `0.9`.
    let value = text.get(at..)?;
    let number = value.find('0').and_then(|zero| value.as_bytes().get(zero + 1));
    if value.starts_with("opacity") && number == Some(&b'.')
        || value.starts_with("font") && number == Some(&b'.')
    {
        return None;
    }
    let rest = upto(text, at, 400)?;
    let start = at + rest.find('>')? + 1;
    let inner = upto(text, start, LONGEST)?;
    let end = inner.find("</").unwrap_or(inner.len());
    Some(start..start + end)
}

/// The text from `start`, at most `most` bytes of it.
fn upto(text: &str, start: usize, most: usize) -> Option<&str> {
    let rest = text.get(start..)?;
    let mut end = most.min(rest.len());
    while !rest.is_char_boundary(end) {
        end -= 1;
    }
    rest.get(..end)
}
