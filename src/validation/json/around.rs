//! One JSON value with prose around it, or several values behind each other.

use crate::domain::Severity;

use super::super::block::Block;
use super::super::report::{Defect, Skipped};
use super::loose::Loose;
use super::{Reading, duplicates, parse, told};

/// At how many brackets the value is looked for: prose has footnotes.
const MAX_STARTS: usize = 8;

/// Reads the value in `block`, whatever stands around it.
pub(super) fn read(block: &Block) -> Result<Option<Reading>, Skipped> {
    let text = block.code.as_str();
    let starts = text.match_indices(['{', '[']).map(|(at, _)| at);
    let mut behind = 0;
    for start in starts.take(MAX_STARTS) {
        if start < behind {
            continue;
        }
        let loose = Loose::scan(text, start, true);
        let json = block.within(start..loose.end, &loose.edits);
        let Some(value) = parse(&json.code)? else {
            continue;
        };
        let Some(defect) = around(block, start, loose.end) else {
            // A footnote, or a broken value.
            behind = loose.end;
            continue;
        };
        let certain = loose.certain && !is_more(text.get(loose.end..).unwrap_or_default());
        let mut defects = told(block, &loose);
        defects.extend(duplicates(&json));
        defects.push(defect);
        return Ok(Some(Reading {
            value: Some(value).filter(|_| certain && loose.whole),
            json,
            mended: certain,
            defects,
        }));
    }
    Ok(None)
}

fn is_more(rest: &str) -> bool {
    rest.contains(['{', '['])
}

/// What stands around the value at `start..end`; `None` if the value seems to be part of something broken.
fn around(block: &Block, start: usize, end: usize) -> Option<Defect> {
    let text = block.code.as_str();
    let (before, rest) = (text.get(..start)?.trim(), text.get(end..)?);
    if before.is_empty() && rest.trim().is_empty() {
        return None;
    }
    // What goes on with more JSON punctuation is a broken value, not a whole one with text behind it.
    let member = before
        .strip_suffix(':')
        .is_some_and(|name| name.trim_end().ends_with(['"', '\'']));
    if rest.trim_start().starts_with([',', ':', '}', ']', '"', '\''])
        || before.ends_with([',', '"', '{', '['])
        || member
    {
        return None;
    }
    let behind = end + rest.len() - rest.trim_start().len();
    let (place, message, fix) = if is_more(rest) {
        let fix = "give one value: an array of them, or one a line labelled `jsonl`";
        (behind, "more stands behind the first JSON value", fix)
    } else if before.is_empty() {
        (
            behind,
            "text stands behind the JSON value",
            "give one JSON value and nothing else",
        )
    } else {
        let first = text.len() - text.trim_start().len();
        (
            first,
            "text stands before the JSON value",
            "give one JSON value and nothing else",
        )
    };
    let place = block.place(&(place..place + 1));
    Some(Defect::new("json.trailing-data", Severity::Error, place, message).with_fix(fix))
}
