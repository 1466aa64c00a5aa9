//! Texts as sparse vectors, as the heads multiply them.

use std::collections::{HashMap, HashSet};

use firstmate::routing::heads::{DENSE, Header, Input, PLACES, Weights, known_words};

/// A deviation below this is no variation.
const SMALLEST: f32 = 1e-6;

/// Where the pieces of words stand among the places.
const PIECE: usize = 4;

/// A sparse vector: columns in rising order, and values.
pub(crate) type Vector = Vec<(u32, f32)>;

/// How much each part of the vectors counts, and with it how little it is held back.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Gains {
    /// Anywhere, opening, lead, shape, piece, sense, cross, end.
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

/// The columns of vectors: the dense signals, then a column for each gram that several texts have.
#[derive(Debug)]
pub(crate) struct Space {
    pub(crate) columns: HashMap<u64, u32>,
    /// By the number of a known word, those of its pieces.
    pub(crate) words: HashMap<u64, Vec<u64>>,
}

impl Space {
    /// Of the grams that texts of at least so many groups have; each text with its group.
    pub(crate) fn of<'i>(texts: impl Iterator<Item = (usize, &'i Input)>, least: usize) -> Self {
        let mut space = Self {
            columns: HashMap::new(),
            words: known_words().collect(),
        };
        let mut groups: HashMap<u64, (usize, usize)> = HashMap::new();
        let mut order = Vec::new();
        let mut texts: Vec<_> = texts.collect();
        texts.sort_by_key(|(group, _)| *group);
        for (group, input) in texts {
            for number in space
                .grams(input)
                .map(|(number, _)| number)
                .collect::<HashSet<_>>()
            {
                let (last, count) = groups.entry(number).or_insert((usize::MAX, 0));
                if *last != group {
                    (*last, *count) = (group, *count + 1);
                    if *count == least {
                        order.push(number);
                    }
                }
            }
        }
        order.sort_unstable();
        space.columns = (DENSE as u32..)
            .zip(order)
            .map(|(at, number)| (number, at))
            .collect();
        space
    }

    /// How many columns there are.
    pub(crate) fn size(&self) -> usize {
        DENSE + self.columns.len()
    }

    /// The grams of a text, those of its known words' pieces among them.
    fn grams(&self, input: &Input) -> impl Iterator<Item = (u64, usize)> {
        input.grams().flat_map(|(number, place)| {
            let pieces = self.words.get(&number).filter(|_| place == 0);
            let pieces = pieces.into_iter().flatten().map(|piece| (*piece, PIECE));
            std::iter::once((number, place)).chain(pieces)
        })
    }

    /// A text in this space.
    pub(crate) fn vector(&self, header: &Header, gains: Gains, input: &Input) -> Vector {
        let norms = input.norms();
        let dense = header.standard(&input.dense()).into_iter().enumerate();
        let mut entries: Vector = dense
            .map(|(at, value)| (at as u32, value * gains.dense))
            .collect();
        entries.extend(self.grams(input).filter_map(|(number, place)| {
            let size = gains.places[place] / norms[place];
            let column = self.columns.get(&number).filter(|_| size != 0.0)?;
            Some((*column, size))
        }));
        entries.sort_by_key(|(column, _)| *column);
        entries.dedup_by(|next, kept| {
            let same = next.0 == kept.0;
            kept.1 += if same { next.1 } else { 0.0 };
            same
        });
        entries
    }
}

/// Product with a column of `stride` outputs at `output`.
pub(crate) fn dot(vector: &Vector, weights: &[f32], stride: usize, output: usize) -> f32 {
    vector
        .iter()
        .map(|(column, value)| value * weights[*column as usize * stride + output])
        .sum()
}
