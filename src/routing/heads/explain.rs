//! What a difference of two scores is made of, exactly.

use hashbrown::HashMap;

use super::input::{place, rule};
use super::{Input, PLACES, Weights};
use crate::routing::features::{Gram, Place};
use crate::routing::hash;
use crate::routing::marks::SHAPES;
use crate::routing::signals::{NAMES, SIGNALS};

/// One signal and what it adds.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::routing) struct Part {
    pub(in crate::routing) signal: String,
    pub(in crate::routing) weight: f64,
}

/// What a signal is, before it gets a name.
#[derive(Debug, Clone, Copy)]
enum Source<'i> {
    Gram(&'i Gram),
    Dense(usize),
}

impl Weights<'_> {
    /// What adds to output `towards` more than to output `from` (or to `towards` alone): the `most` largest
    /// parts, then the rest as one number. All of them and the rest are the difference of the two scores.
    pub(in crate::routing) fn parts(
        &self,
        input: &Input,
        task: &str,
        (towards, from): (usize, Option<usize>),
        most: usize,
    ) -> (Vec<Part>, f64) {
        let norms = input.norms();
        let factors = |at: usize| {
            self.header
                .outputs
                .get(at)
                .map(|output| output.factors(norms))
                .unwrap_or_default()
        };
        let (factors, others) = (factors(towards), from.map(factors).unwrap_or_default());
        let dense_weight = |output: usize, at: usize| {
            let output = self.header.outputs.get(output);
            output
                .and_then(|output| output.dense.get(at))
                .map_or(0.0, |weight| f64::from(*weight))
        };
        // What cannot be blamed on anything in the text: the biases, and what absent signals count.
        let bias = |at: usize| {
            self.header
                .outputs
                .get(at)
                .map_or(0.0, |output| f64::from(output.bias))
        };
        let mut rest = bias(towards) - from.map_or(0.0, bias);

        let mut parts: Vec<(u64, Source, f64)> = Vec::with_capacity(input.features.words * 4 + super::DENSE);
        let mut places: HashMap<u64, usize, ByItself> =
            HashMap::with_capacity_and_hasher(parts.capacity(), ByItself::default());
        let mut word = 0;
        let pieces = factors
            .get(place(Place::Piece))
            .is_some_and(|factor| *factor != 0.0);
        for gram in input
            .features
            .grams
            .iter()
            .filter(|gram| pieces || gram.place != Place::Piece)
        {
            let row = self.row(gram.number);
            let weight = |at: usize| row.get(at).map_or(0.0, |weight| f64::from(weight.cast_signed()));
            let factor = |factors: [f64; PLACES]| factors.get(place(gram.place)).copied().unwrap_or_default();
            let sign = if hash::positive(gram.number) { 1.0 } else { -1.0 };
            let part = sign * (weight(towards) * factor(factors) - from.map_or(0.0, weight) * factor(others));
            // What pieces of a word say is said by the word.
            let at = if gram.place == Place::Piece {
                word
            } else {
                *places.entry(gram.number).or_insert_with(|| {
                    parts.push((gram.number, Source::Gram(gram), 0.0));
                    parts.len() - 1
                })
            };
            if gram.place == Place::Anywhere && gram.is_word {
                word = at;
            }
            if let Some((_, _, sum)) = parts.get_mut(at) {
                *sum += part;
            }
        }
        let dense = input.dense();
        let standard = self.header.standard(&dense);
        let absent = self.header.standard(&[0.0; super::DENSE]);
        for (at, ((raw, value), absent)) in dense.iter().zip(standard).zip(absent).enumerate() {
            let weight = dense_weight(towards, at) - from.map_or(0.0, |from| dense_weight(from, at));
            rest += weight * f64::from(absent);
            let part = weight * f64::from(value - absent);
            let Some(at_rule) = at.checked_sub(SIGNALS) else {
                parts.push((at as u64, Source::Dense(at), part));
                continue;
            };
            // A rule's sum is shared out over the phrases that made it.
            if *raw == 0.0 {
                continue;
            }
            for hit in &input.hits {
                let effects = hit.effects().filter(|(effect, _)| rule(*effect) == Some(at_rule));
                let own: f64 = effects.map(|(_, weight)| weight).sum();
                if let Some((_, _, sum)) = places.get(&hit.gram).and_then(|at| parts.get_mut(*at)) {
                    *sum += part * own / f64::from(*raw);
                }
            }
        }
        let larger = |left: &(u64, Source, f64), right: &(u64, Source, f64)| {
            right.2.abs().total_cmp(&left.2.abs()).then(left.0.cmp(&right.0))
        };
        if parts.len() > most {
            parts.select_nth_unstable_by(most, larger);
        }
        rest += parts
            .drain(most.min(parts.len())..)
            .map(|(_, _, weight)| weight)
            .sum::<f64>();
        parts.sort_unstable_by(larger);
        let named = |(_, source, weight): (u64, Source, f64)| Part {
            signal: name(source, task),
            weight,
        };
        (parts.into_iter().map(named).collect(), rest)
    }
}

/// Grams are hashes already.
#[derive(Debug, Default, Clone, Copy)]
struct Itself(u64);

type ByItself = std::hash::BuildHasherDefault<Itself>;

impl std::hash::Hasher for Itself {
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
        }
    }

    fn write_u64(&mut self, number: u64) {
        self.0 = number;
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

fn name(source: Source, task: &str) -> String {
    let gram = match source {
        Source::Dense(at) => return NAMES.get(at).copied().unwrap_or_default().to_owned(),
        Source::Gram(gram) => gram,
    };
    let text = || task.get(gram.range()).unwrap_or_default().to_lowercase();
    match gram.place {
        Place::Anywhere | Place::Piece => format!("says {:?}", text()),
        Place::Opening => format!("says {:?} near the start", text()),
        Place::Lead => format!("asks to {:?}", text()),
        Place::Shape => {
            let shape = SHAPES.get(gram.range().start).copied().unwrap_or_default();
            format!("shape: {}", shape.trim_start_matches('#'))
        }
    }
}
