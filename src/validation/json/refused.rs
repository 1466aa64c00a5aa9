//! What the parser says about a text that it does not take.

use serde_json::Value;

use crate::domain::Severity;

use super::super::block::Block;
use super::super::report::{Defect, Skipped};

/// These are JSON by its grammar; only this parser does not take them.
pub(super) fn limit(error: &serde_json::Error) -> Option<Skipped> {
    let message = error.to_string();
    [
        "recursion limit",
        "number out of range",
        "surrogate",
        "hex escape",
    ]
    .iter()
    .find(|known| message.contains(**known))
    .filter(|known| **known != "hex escape" || message.contains("unexpected end"))
    .map(|_| Skipped::Limit(message.clone()))
}

/// Why `json` is none, where the parser stopped.
pub(super) fn tell(json: &Block) -> Defect {
    let Err(error) = serde_json::from_str::<Value>(&json.code) else {
        return Defect::new("syntax.json", Severity::Error, json.place(&(0..1)), "is not JSON");
    };
    // serde_json counts lines from 1 and columns in bytes from 1; a column of 0 is the line's end before.
    let line_start: usize = json
        .code
        .split_inclusive('\n')
        .take(error.line().saturating_sub(1))
        .map(str::len)
        .sum();
    let offset = (line_start + error.column().saturating_sub(1)).min(json.code.len());
    let end = json.code.trim_end().len();
    let range = if error.is_eof() {
        end..end
    } else {
        offset..offset + 1
    };
    let message = error.to_string();
    let message = message
        .rsplit_once(" at line ")
        .map_or(message.as_str(), |(text, _)| text);
    let place = json.place(&range);
    let defect = Defect::new("syntax.json", Severity::Error, place, message);
    if error.is_eof() {
        defect.with_fix("the JSON ends too early: give all of it")
    } else if json.code.contains(['{', '[']) {
        defect
    } else {
        defect.with_fix("give one JSON value and nothing else")
    }
}
