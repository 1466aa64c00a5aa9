//! The sums over the rows of a text's grams, in one pass over them.

use super::input::place;
use super::{DENSE, Input, OUTPUTS, PLACES, Weights};
use crate::routing::features::{Gram, Place};
use crate::routing::hash;

/// How many bytes are added at once: a power of two, so that the machine does it in a few steps.
pub(super) const LANES: usize = 16;
/// How many signed bytes a sum of 16 bits holds for sure.
const CHUNK: usize = 255;

/// One sum per output; the lanes beyond them mean nothing.
pub(super) type Row = [i16; LANES];

/// What the weights of a text add up to.
#[derive(Debug)]
pub(in crate::routing) struct Tally {
    /// The signed rows of all grams of a place.
    pub(super) places: [[i32; LANES]; PLACES],
    /// What the sums of a place are divided by.
    pub(super) norms: [f32; PLACES],
    /// The signed rows of the pieces of each word that has any, in order.
    pub(super) pieces: Vec<Row>,
    /// The signals that are numbers, as they are and as they are multiplied.
    pub(super) dense: [f32; DENSE],
    pub(super) standard: [f32; DENSE],
    /// The share of words never seen in training.
    pub(super) novelty: f64,
}

impl Weights<'_> {
    /// Adds up the rows of a text.
    pub(in crate::routing) fn tally(&self, input: &Input) -> Tally {
        let grams = &input.features.grams;
        let mut places = [[0i32; LANES]; PLACES];
        let mut counts = [0usize; PLACES];
        let mut pieces = Vec::with_capacity(input.features.words);
        let (mut words, mut unseen) = (0u32, 0u32);
        // Grams of a place mostly stand together: all pieces of a word do.
        for run in grams.chunk_by(|one, next| one.place == next.place) {
            let Some(of) = run.first().map(|gram| gram.place) else {
                continue;
            };
            for chunk in run.chunks(CHUNK) {
                let sum = self.sum(chunk);
                if let Some(sums) = places.get_mut(place(of)) {
                    *sums = std::array::from_fn(|lane| sums[lane] + i32::from(sum[lane]));
                }
                if of == Place::Piece {
                    pieces.push(sum);
                }
            }
            if let Some(count) = counts.get_mut(place(of)) {
                *count += run.len();
            }
            if of == Place::Anywhere {
                for gram in run.iter().filter(|gram| gram.is_word) {
                    words += 1;
                    unseen += u32::from(!self.is_seen(gram));
                }
            }
        }
        let dense = input.dense();
        Tally {
            places,
            norms: Input::norms_of(counts),
            pieces,
            standard: self.header.standard(&dense),
            dense,
            novelty: f64::from(unseen) / f64::from(words.max(1)),
        }
    }

    fn sum(&self, grams: &[Gram]) -> Row {
        let mut sum = [0i16; LANES];
        for gram in grams {
            let row = self.signed(gram.number);
            sum = std::array::from_fn(|lane| sum[lane] + row[lane]);
        }
        sum
    }

    /// The row of a gram with its sign.
    fn signed(&self, gram: u64) -> Row {
        // Minus is all bits turned and one more.
        let minus = if hash::positive(gram) { 0 } else { -1 };
        self.row(gram)
            .map(|weight| (i16::from(weight.cast_signed()) ^ minus) - minus)
    }

    /// The row of a gram: its first [`OUTPUTS`] bytes.
    pub(super) fn row(&self, gram: u64) -> &[u8; LANES] {
        let rest = self.rows.get(hash::row(gram) * OUTPUTS..).unwrap_or_default();
        rest.first_chunk().unwrap_or(&[0; LANES])
    }

    fn is_seen(&self, gram: &Gram) -> bool {
        let row = hash::row(gram.number);
        self.seen
            .get(row / 8)
            .is_some_and(|byte| byte >> (row % 8) & 1 == 1)
    }
}
