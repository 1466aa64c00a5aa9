//! The rows of grams, each in one of two buckets.

use super::{BUCKET, LANES, OUTPUTS, ROWS, Weights};
use crate::routing::hash;

/// Where a row's mark is.
const MARK: usize = LANES - 2;

/// Rows to be written, each at the place of its gram.
#[derive(Debug)]
pub struct Rows {
    bytes: Vec<u8>,
}

impl Default for Rows {
    fn default() -> Self {
        Self {
            bytes: vec![0; ROWS * LANES],
        }
    }
}

impl Rows {
    /// Writes the row of a gram that has none yet, if there is room: what comes first has better chances.
    #[must_use]
    pub fn place(&mut self, gram: u64, weights: &[i8; OUTPUTS]) -> bool {
        let free = hash::buckets(gram)
            .into_iter()
            .flat_map(|bucket| bucket * BUCKET..(bucket + 1) * BUCKET)
            .find(|row| self.mark(*row) == Some([0; 2]));
        let Some(row) = free.and_then(|row| self.bytes.get_mut(row * LANES..(row + 1) * LANES)) else {
            return false;
        };
        for (byte, weight) in row.iter_mut().zip(weights) {
            *byte = weight.cast_unsigned();
        }
        row[MARK..].copy_from_slice(&hash::mark(gram).to_le_bytes());
        true
    }

    fn mark(&self, row: usize) -> Option<[u8; 2]> {
        let bytes = self.bytes.get(row * LANES + MARK..)?;
        bytes.first_chunk().copied()
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }
}

impl Weights<'_> {
    /// The row of a gram: its first [`OUTPUTS`] bytes.
    pub(super) fn row(&self, gram: u64) -> Option<&[u8; LANES]> {
        let mark = hash::mark(gram).to_le_bytes();
        hash::buckets(gram).into_iter().find_map(|bucket| {
            let rows = self.buckets.get(bucket)?;
            rows.iter().find(|row| row[MARK..] == mark)
        })
    }
}
