//! The sums over the rows of a text's grams, in one pass over them.

use super::input::place;
use super::{DENSE, Input, LANES, PLACES, Weights};
use crate::routing::features::{Gram, Place};
use crate::routing::hash;

/// How many signed bytes a sum of 16 bits holds for sure.
const CHUNK: usize = 255;

/// One sum per output; the lanes beyond them mean nothing.
pub(super) type Row = [i16; LANES];

/// What the weights of a text add up to.
#[derive(Debug)]
pub(in crate::routing) struct Tally {
    /// The rows of all grams of a place.
    pub(super) places: [[i32; LANES]; PLACES],
    /// What the sums of a place are divided by.
    pub(super) norms: [f32; PLACES],
    /// The rows of the pieces of each word that has any, in order.
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
        let mut pieces = Vec::new();
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

    /// The sum of the rows of at most [`CHUNK`] grams.
    fn sum(&self, numbers: impl Iterator<Item = u64>) -> Row {
        let mut sum = [0; LANES];
        for row in numbers.filter_map(|number| self.row(number)) {
            for (sum, weight) in sum.iter_mut().zip(row) {
                *sum += i16::from(weight.cast_signed());
            }
        }
        sum
    }

    fn is_seen(&self, gram: &Gram) -> bool {
        let row = hash::seen(gram.number);
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
