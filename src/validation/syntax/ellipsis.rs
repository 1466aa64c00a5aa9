//! `...` where prose leaves code out: on a line of its own, or as the whole of a body.

use std::ops::Range;

use super::super::block::Block;
use super::super::report::Defect;

pub(super) use super::super::completeness::elision;

/// The code with blanks for its placeholders, and where those are; `None` when it has none.
pub(super) fn without(code: &str) -> Option<(String, Vec<Range<usize>>)> {
    let places = placeholders(code);
    if places.is_empty() {
        return None;
    }
    let mut blanked = String::with_capacity(code.len());
    let mut from = 0;
    for place in &places {
        blanked.push_str(code.get(from..place.start)?);
        blanked.push_str(&" ".repeat(place.len()));
        from = place.end;
    }
    blanked.push_str(code.get(from..)?);
    Some((blanked, places))
}

/// Dots that are a whole line or a whole body.
pub(super) fn placeholders(code: &str) -> Vec<Range<usize>> {
    let mut places = Vec::new();
    let dots = code.match_indices("...").chain(code.match_indices('…'));
    for (start, dots) in dots {
        let range = start..start + dots.len();
        let before = code.get(..range.start).unwrap_or_default();
        let after = code.get(range.end..).unwrap_or_default();
        let head = before.trim_end_matches([' ', '\t']);
        let tail = after.trim_start_matches([' ', '\t']);
        let alone =
            (head.is_empty() || head.ends_with('\n')) && (tail.is_empty() || tail.starts_with(['\n', '\r']));
        let body = head.ends_with('{') && tail.starts_with('}');
        if alone || body {
            places.push(range);
        }
    }
    places.sort_by_key(|place| place.start);
    places
}

/// What is told about a block that is right but for its placeholders.
pub(super) fn elisions(block: &Block, places: &[Range<usize>]) -> Vec<Defect> {
    places.iter().map(|place| elision(block, place)).collect()
}
