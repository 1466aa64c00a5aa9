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
        let features = &input.features;
        let mut places = [[0i32; LANES]; PLACES];
        for (of, grams) in features.places() {
            for chunk in grams.chunks(CHUNK) {
                add(&mut places, of, self.sum(chunk.iter().map(|gram| gram.number)));
            }
        }
        let words = || features.at(Place::Anywhere).iter().filter(|gram| gram.is_word);
        let mut pieces = Vec::with_capacity(features.words);
        let mut rest = features.pieces.as_slice();
        for word in words().filter(|word| word.pieces > 0) {
            let (own, others) = rest
                .split_at_checked(usize::from(word.pieces))
                .unwrap_or_default();
            let sum = self.sum(own.iter().copied());
            add(&mut places, Place::Piece, sum);
            pieces.push(sum);
            rest = others;
        }
        let unseen = words().filter(|word| !self.is_seen(word)).count();
        let dense = input.dense();
        Tally {
            places,
            norms: input.norms(),
            pieces,
            standard: self.header.standard(&dense),
            dense,
            novelty: unseen as f64 / features.words.max(1) as f64,
        }
    }

    /// The sum of the signed rows of at most [`CHUNK`] grams.
    fn sum(&self, numbers: impl Iterator<Item = u64>) -> Row {
        let mut sum = [0; LANES];
        for number in numbers {
            let sign = if hash::positive(number) { 1 } else { -1 };
            for (sum, weight) in sum.iter_mut().zip(self.row(number)) {
                *sum += i16::from(weight.cast_signed()) * sign;
            }
        }
        sum
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

fn add(places: &mut [[i32; LANES]; PLACES], of: Place, sum: Row) {
    if let Some(whole) = places.get_mut(place(of)) {
        for (whole, sum) in whole.iter_mut().zip(sum) {
            *whole += i32::from(sum);
        }
    }
}
