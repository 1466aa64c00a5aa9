//! `...` where prose leaves code out: on a line of its own, or as the whole of a body.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use super::super::block::Block;
use super::super::report::Defect;

pub(super) use super::super::completeness::elision;

/// The code with blanks for its placeholders, and where those are; `None` when it has none.
pub(super) fn without(code: &str) -> Option<(String, Vec<Range<usize>>)> {
    let places = loose(code);
    if places.is_empty() {
        return None;
    }
    let mut blanked = String::with_capacity(code.len());
    let mut from = 0;
    for place in &places {
        blanked.push_str(code.get(from..place.start)?);
        blanked.push_str(&" ".repeat(place.len()));
        from = place.end;
        // `a, ...)` loses its comma, too.
        if blanked.trim_end().ends_with(',') && code.get(from..)?.trim_start().starts_with([')', ']', '}']) {
            let comma = blanked.trim_end().len() - 1;
            blanked.replace_range(comma..=comma, " ");
        }
    }
    blanked.push_str(code.get(from..)?);
    Some((blanked, places))
}

/// Dots that are a whole line or a whole body.
pub(super) fn placeholders(code: &str) -> Vec<Range<usize>> {
    find(code, |head, tail| head.ends_with('{') && tail.starts_with('}'))
}

/// Also those among arguments and elements: some languages give them a meaning, so it has to be refused first.
fn loose(code: &str) -> Vec<Range<usize>> {
    find(code, |head, tail| {
        head.ends_with(['{', '(', '[', ',']) && tail.starts_with(['}', ')', ']', ','])
    })
}

fn find(code: &str, stands_for: impl Fn(&str, &str) -> bool) -> Vec<Range<usize>> {
    let mut places = Vec::new();
    let mut at = 0;
    while let Some(found) = code.get(at..).and_then(|rest| rest.find(['.', '…'])) {
        let start = at + found;
        let rest = code.get(start..).unwrap_or_default();
        let length = rest.len() - rest.trim_start_matches(['.', '…']).len();
        let range = start..start + length;
        at = range.end;
        if length < 2 {
            continue;
        }
        let before = code.get(..range.start).unwrap_or_default();
        let after = code.get(range.end..).unwrap_or_default();
        let head = before.trim_end_matches([' ', '\t']);
        let tail = after.trim_start_matches([' ', '\t']);
        let alone =
            (head.is_empty() || head.ends_with('\n')) && (tail.is_empty() || tail.starts_with(['\n', '\r']));
        if alone || (length > 2 && stands_for(head, tail)) {
            places.push(range);
        }
    }
    places
}

/// The code with words for `<name>` and `<your key>`, which are for the reader to fill in; `None` without any.
pub(super) fn filled_in(code: &str) -> Option<String> {
    let filled = FILL_IN.replace_all(code, |found: &regex::Captures<'_>| {
        "x".repeat(found.get(0).map_or(0, |all| all.len()))
    });
    (filled != code).then(|| filled.into_owned())
}

#[expect(
    clippy::expect_used,
    reason = "the pattern is a constant, and the tests compile it"
)]
static FILL_IN: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"<[A-Za-z][\w .:/|-]{0,60}>").expect("a constant pattern compiles"));

/// What is told about a block that is right but for its placeholders.
pub(super) fn elisions(block: &Block, places: &[Range<usize>]) -> Vec<Defect> {
    places.iter().map(|place| elision(block, place)).collect()
}
