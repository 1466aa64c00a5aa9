//! Texts as sparse vectors, as the heads multiply them.

use firstmate::routing::heads::{DENSE, Header, Input, PLACES, ROWS, Weights};

/// Columns of the vectors: hashed rows, then the dense signals.
pub(crate) const COLUMNS: usize = ROWS + DENSE;
/// A deviation below this is no variation.
const SMALLEST: f32 = 1e-6;

/// A sparse vector: columns in rising order, and values.
pub(crate) type Vector = Vec<(u32, f32)>;

/// How much each part of the vectors counts, and with it how little it is held back.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Gains {
    /// Anywhere, opening, lead, shape.
    pub(crate) places: [f32; PLACES],
    pub(crate) dense: f32,
}

/// A blank header with means and deviations of the dense signals of these texts.
pub(crate) fn standardise(inputs: &[&Input]) -> Header {
    let mut header = Weights::blank();
    let (mut sums, mut squares) = ([0.0f64; DENSE], [0.0f64; DENSE]);
    for input in inputs {
        for (at, value) in input.dense().into_iter().enumerate() {
            sums[at] += f64::from(value);
            squares[at] += f64::from(value).powi(2);
        }
    }
    let count = inputs.len().max(1) as f64;
    for at in 0..DENSE {
        let mean = sums[at] / count;
        header.means[at] = mean as f32;
        header.deviations[at] = ((squares[at] / count - mean * mean).max(0.0).sqrt() as f32).max(SMALLEST);
    }
    header
}

/// A text in that space.
pub(crate) fn vector(header: &Header, gains: Gains, input: &Input) -> Vector {
    let norms = input.norms();
    let mut entries: Vector = input
        .grams()
        .map(|(row, place, positive)| {
            let size = gains.places[place] / norms[place];
            (row as u32, if positive { size } else { -size })
        })
        .collect();
    entries.sort_by_key(|(column, _)| *column);
    let mut merged: Vector = Vec::with_capacity(entries.len() + DENSE);
    for (column, value) in entries {
        match merged.last_mut() {
            Some((last, sum)) if *last == column => *sum += value,
            _ => merged.push((column, value)),
        }
    }
    let dense = header.standard(&input.dense()).into_iter().enumerate();
    merged.extend(dense.map(|(at, value)| ((ROWS + at) as u32, value * gains.dense)));
    merged
}

/// Product with a column of `stride` outputs at `output`.
pub(crate) fn dot(vector: &Vector, weights: &[f32], stride: usize, output: usize) -> f32 {
    vector
        .iter()
        .map(|(column, value)| value * weights[*column as usize * stride + output])
        .sum()
}
