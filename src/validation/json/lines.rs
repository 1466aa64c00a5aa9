//! JSON Lines: a value on each line.

use super::super::block::Block;
use super::super::report::Skipped;
use super::{Reading, read as read_value};

/// Reads every line of `block` that is not empty.
pub(in super::super) fn read(block: &Block, asked: bool) -> Result<Vec<Reading>, Skipped> {
    let mut start = 0;
    let mut readings = Vec::new();
    for line in block.code.split_inclusive('\n') {
        let range = start..start + line.trim_end().len();
        start += line.len();
        if !line.trim().is_empty() {
            readings.push(read_value(&block.keep(std::iter::once(range)), asked)?);
        }
    }
    Ok(readings)
}
