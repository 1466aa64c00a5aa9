//! From weights in full precision to the bytes of the file.

use std::collections::HashSet;

use firstmate::routing::heads::{
    DENSE, Header, Input, OUTPUT_NAMES, OUTPUTS, Output, ROWS, SEEN_BYTES, Weights,
};

use crate::logistic::Classes;
use crate::recipe;
use crate::ridge::Line;
use crate::space::{COLUMNS, Gains};

/// How many prompts a word must stand in to be known.
const PROMPTS: u8 = 2;

/// The bytes of a weight file: the types, then difficulty, strong and weak.
pub(crate) fn pack(
    mut header: Header,
    types: &Classes,
    levels: &[Line; 3],
    seen: &[u8],
) -> anyhow::Result<Vec<u8>> {
    let mut bytes = vec![0i8; ROWS * OUTPUTS];
    for (at, name) in OUTPUT_NAMES.iter().enumerate() {
        let level = at.checked_sub(types.classes).map(|at| &levels[at]);
        let column = |column: usize| match level {
            Some(line) => line.weights[column],
            None => types.weights[column * types.classes + at],
        };
        let Gains { places, dense } = if level.is_some() {
            recipe::LEVEL_GAINS
        } else {
            recipe::TYPE_GAINS
        };
        let most = (0..ROWS).map(|row| column(row).abs()).fold(1e-9, f32::max);
        let scale = most / f32::from(i8::MAX);
        for row in 0..ROWS {
            bytes[row * OUTPUTS + at] = (column(row) / scale).round() as i8;
        }
        header.outputs.push(Output {
            name: (*name).to_owned(),
            scale,
            bias: level.map_or_else(|| types.weights[COLUMNS * types.classes + at], |line| line.bias),
            gains: places,
            dense: (0..DENSE).map(|signal| column(ROWS + signal) * dense).collect(),
        });
    }
    Ok(Weights::encode(&header, &bytes, seen)?)
}

/// One bit per row: whether a word of it stands in several prompts.
pub(crate) fn seen(inputs: &[Input]) -> Vec<u8> {
    let mut counts = vec![0u8; ROWS];
    for input in inputs {
        for row in input.word_rows().collect::<HashSet<_>>() {
            counts[row] = counts[row].saturating_add(1);
        }
    }
    let mut seen = vec![0u8; SEEN_BYTES];
    for (row, count) in counts.into_iter().enumerate() {
        seen[row / 8] |= u8::from(count >= PROMPTS) << (row % 8);
    }
    seen
}

/// The share of a text's words that are not in the set.
pub(crate) fn unseen(input: &Input, seen: &[u8]) -> f64 {
    let rows: Vec<usize> = input.word_rows().collect();
    let unseen = rows
        .iter()
        .filter(|row| seen[**row / 8] >> (**row % 8) & 1 == 0)
        .count();
    unseen as f64 / rows.len().max(1) as f64
}
