//! The six tools, one file each: what goes in, what comes out, and one call to a service.
//!
//! The shapes here are the wire's own; they are made from the domain's, so that neither changes the
//! other by accident. An output never contains `null`: what is not known is left out.

#![expect(
    clippy::doc_markdown,
    reason = "the comments of inputs and outputs are the schemas' text, which models read, not Markdown"
)]

pub(crate) mod enforce_policy;
pub(crate) mod record_lesson;
pub(crate) mod route_task;
pub(crate) mod run_crew;
pub(crate) mod search_knowledge;
pub(crate) mod validate_output;

use crate::domain::Timestamp;

use super::arguments::bad;
use super::reply::ToolError;

/// Reads a point in time: RFC 3339, or a date, which means its first moment in UTC.
fn moment(field: &str, text: Option<&str>, example: &str) -> Result<Option<Timestamp>, ToolError> {
    let Some(text) = text.map(str::trim).filter(|text| !text.is_empty()) else {
        return Ok(None);
    };
    let midnight = || format!("{text}T00:00:00Z").parse();
    let read = text.parse::<Timestamp>().or_else(|_| midnight());
    read.map(Some).map_err(|_| {
        let message = format!("argument `{field}`: expected a time such as 2026-11-21T09:30:00Z or a date");
        bad(message, example)
    })
}

/// Whether the field is to be left out because it is `false`.
#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde's skip_serializing_if passes a reference"
)]
fn is_false(value: &bool) -> bool {
    !value
}

/// Whether the field is to be left out because it says nothing.
#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde's skip_serializing_if passes a reference"
)]
fn is_zero(value: &f64) -> bool {
    *value == 0.0
}
