//! From weights in full precision to the bytes of the file.

use std::collections::{HashMap, HashSet};

use firstmate::routing::heads::{
    DENSE, Header, Input, OUTPUT_NAMES, OUTPUTS, Output, Rows, SEEN_BYTES, Weights,
};

use crate::descent::Classes;
use crate::recipe::{LEVEL_GAINS, TYPE_GAINS};
use crate::ridge::Line;
use crate::space::{Gains, Space};

/// How many prompts a word must stand in to be known.
const PROMPTS: u8 = 2;
/// How much a level counts for the choice of what finds room, beside a type.
const LEVEL_SHARE: f32 = 0.5;

/// A gram's weights, and what it is worth to have them.
#[derive(Debug, Default, Clone, Copy)]
struct Row {
    weights: [f32; OUTPUTS],
    worth: f32,
}

/// The bytes of a weight file, and how many grams found no room in it: the types, with how much of each column
/// prompts have, then difficulty, strong and weak.
pub(crate) fn pack(
    mut header: Header,
    (space, types, usage): (&Space, &Classes, &[f32]),
    (levels_space, levels): (&Space, &[Line; 3]),
    seen: &[u8],
) -> anyhow::Result<(Vec<u8>, usize)> {
    let mut rows: HashMap<u64, Row> = HashMap::new();
    let of_types = |column: usize| &types.weights[column * types.classes..(column + 1) * types.classes];
    for (number, column) in columns(space) {
        let row = rows.entry(number).or_default();
        row.weights[..types.classes].copy_from_slice(of_types(column));
        let mean = of_types(column).iter().sum::<f32>() / types.classes as f32;
        let spread: f32 = of_types(column).iter().map(|weight| (weight - mean).abs()).sum();
        row.worth += spread * usage[column].sqrt();
    }
    // What the pieces of a known word say is said by its own row: both are divided by the same number.
    let share = TYPE_GAINS.places[4] / TYPE_GAINS.places[0];
    for (number, pieces) in &space.words {
        let row = rows.entry(*number).or_default();
        for piece in pieces.iter().filter_map(|piece| space.columns.get(piece)) {
            for (weight, of_piece) in row.weights.iter_mut().zip(of_types(*piece as usize)) {
                *weight += of_piece * share;
            }
        }
        row.worth = f32::INFINITY;
    }
    let most = |line: &Line| line.weights.iter().copied().map(f32::abs).fold(1e-9, f32::max);
    let largest = rows
        .values()
        .map(|row| row.worth)
        .filter(|worth| worth.is_finite());
    let largest = largest.fold(0.0, f32::max);
    for (number, column) in columns(levels_space) {
        let row = rows.entry(number).or_default();
        for (at, line) in levels.iter().enumerate() {
            let weight = line.weights[column];
            row.weights[types.classes + at] = weight;
            row.worth = row.worth.max(LEVEL_SHARE * largest * weight.abs() / most(line));
        }
    }
    let scales: [f32; OUTPUTS] = std::array::from_fn(|at| {
        let most = rows
            .values()
            .map(|row| row.weights[at].abs())
            .fold(1e-9, f32::max);
        most / f32::from(i8::MAX)
    });
    for (at, name) in OUTPUT_NAMES.iter().enumerate() {
        let level = at.checked_sub(types.classes).map(|at| &levels[at]);
        let Gains { places, dense } = if level.is_some() { LEVEL_GAINS } else { TYPE_GAINS };
        let column = |column: usize| level.map_or_else(|| of_types(column)[at], |line| line.weights[column]);
        header.outputs.push(Output {
            name: (*name).to_owned(),
            scale: scales[at],
            bias: level.map_or_else(|| types.weights[types.biases() + at], |line| line.bias),
            gains: places,
            dense: (0..DENSE).map(|signal| column(signal) * dense).collect(),
        });
    }
    let (placed, left_out) = place(rows, &scales);
    Ok((Weights::encode(&header, &placed, seen)?, left_out))
}

/// Every gram with its column.
fn columns(space: &Space) -> impl Iterator<Item = (u64, usize)> {
    space.columns.iter().map(|(number, at)| (*number, *at as usize))
}

/// Places the rows that are worth most; of what says nothing no row is kept.
fn place(rows: HashMap<u64, Row>, scales: &[f32; OUTPUTS]) -> (Rows, usize) {
    let mut rows: Vec<(u64, Row)> = rows.into_iter().collect();
    rows.sort_by(|(one, first), (other, second)| second.worth.total_cmp(&first.worth).then(one.cmp(other)));
    let (mut placed, mut left_out) = (Rows::default(), 0);
    for (number, row) in rows {
        let bytes: [i8; OUTPUTS] = std::array::from_fn(|at| (row.weights[at] / scales[at]).round() as i8);
        if bytes.iter().any(|weight| *weight != 0) && !placed.place(number, &bytes) {
            left_out += 1;
        }
    }
    (placed, left_out)
}

/// One bit per word: whether it, or one like it to the set, stands in several prompts.
pub(crate) fn seen(inputs: &[Input]) -> Vec<u8> {
    let mut counts = vec![0u8; SEEN_BYTES * 8];
    for input in inputs {
        for row in input.seen_words().collect::<HashSet<_>>() {
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
    let rows: Vec<usize> = input.seen_words().collect();
    let unseen = rows
        .iter()
        .filter(|row| seen[**row / 8] >> (**row % 8) & 1 == 0)
        .count();
    unseen as f64 / rows.len().max(1) as f64
}
