//! TOML 1.1, by the parser that Cargo uses.

use std::ops::Range;

use ::toml::Table;

use super::super::block::Block;
use super::super::report::{Defect, Skipped};
use super::{ellipsis, error};

/// The first thing that makes `block` no TOML.
pub(super) fn check(block: &Block) -> Result<Vec<Defect>, Skipped> {
    let Some((range, message)) = complaint(&block.code)? else {
        return Ok(Vec::new());
    };
    if block.fenced
        && let Some(code) = ellipsis::filled_in(&block.code)
        && complaint(&code)?.is_none()
    {
        return Ok(Vec::new());
    }
    if block.fenced
        && let Some((code, places)) = ellipsis::without(&block.code)
        && complaint(&code)?.is_none()
    {
        return Ok(ellipsis::elisions(block, &places));
    }
    Ok(vec![error(block, &range, message)])
}

fn complaint(code: &str) -> Result<Option<(Range<usize>, String)>, Skipped> {
    let Err(error) = code.parse::<Table>() else {
        return Ok(None);
    };
    let message = error.message().trim().to_owned();
    if message.contains("recursion limit") {
        return Err(Skipped::Limit(message));
    }
    let place = error.span().unwrap_or(code.len()..code.len());
    Ok(Some((place, message.replace('\n', ", "))))
}
