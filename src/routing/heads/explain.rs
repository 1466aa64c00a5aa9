//! What a difference of two scores is made of, exactly.

mod largest;
mod sums;
mod words;

use std::borrow::Cow;

use super::input::{self, rule};
use super::tally::Tally;
use super::{DENSE, Input, LANES, OUTPUTS, PLACES, Weights};
use crate::routing::features::{Gram, Place};
use crate::routing::lexicon::Hit;
use crate::routing::signals::SIGNALS;

use largest::largest;
use sums::{Source, Sums};

/// One signal and what it adds.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::routing) struct Part {
    pub(in crate::routing) signal: Cow<'static, str>,
    pub(in crate::routing) weight: f64,
}

/// What is to be explained: what adds to output `towards` more than to output `from`, or to `towards` alone.
#[derive(Debug, Clone, Copy)]
pub(in crate::routing) struct Question {
    pub(in crate::routing) towards: usize,
    pub(in crate::routing) from: Option<usize>,
    /// How many parts are told one by one.
    pub(in crate::routing) most: usize,
}

/// Two questions are answered in one pass over the grams.
type Pair<T> = [T; 2];

/// A question with what the weights of each place are multiplied by. Without a `from` that is nothing.
#[derive(Debug, Clone, Copy)]
struct Factors {
    towards: usize,
    from: usize,
    places: [(f64, f64); PLACES],
}

impl Factors {
    fn new(weights: &Weights, tally: &Tally, question: Question) -> Self {
        let of = |output: Option<usize>| {
            let output = output.and_then(|at| weights.header.outputs.get(at));
            output
                .map(|output| output.factors(tally.norms))
                .unwrap_or_default()
        };
        let (towards, from) = (of(Some(question.towards)), of(question.from));
        Self {
            towards: question.towards % LANES,
            from: question.from.unwrap_or(question.towards) % LANES,
            places: std::array::from_fn(|at| (towards[at], from[at])),
        }
    }

    fn at(&self, place: Place) -> Mix {
        let factors = self.places.get(input::place(place));
        let (of_towards, of_from) = factors.copied().unwrap_or_default();
        Mix {
            towards: self.towards,
            from: self.from,
            of_towards,
            of_from,
        }
    }
}

/// How weights of one place make a part of an answer.
#[derive(Debug, Clone, Copy)]
struct Mix {
    towards: usize,
    from: usize,
    of_towards: f64,
    of_from: f64,
}

impl Mix {
    fn part(&self, row: &[i16; LANES]) -> f64 {
        f64::from(row[self.towards % LANES]) * self.of_towards
            - f64::from(row[self.from % LANES]) * self.of_from
    }

    fn of_gram(&self, row: &[u8; LANES]) -> f64 {
        let weight = |at: usize| f64::from(row[at % LANES].cast_signed());
        weight(self.towards) * self.of_towards - weight(self.from) * self.of_from
    }
}

impl Weights<'_> {
    /// For each question the largest parts, then the rest as one number. All parts and the rest are the
    /// difference of the two scores.
    pub(in crate::routing) fn parts(
        &self,
        input: &Input,
        tally: &Tally,
        task: &str,
        questions: Pair<Question>,
    ) -> Pair<(Vec<Part>, f64)> {
        let mut sums = Sums::new(input.features.grams.iter().map(Vec::len).sum());
        self.grams(input, tally, questions, &mut sums);
        let rests = self.dense(input, tally, questions, &mut sums);
        let most = questions.map(|question| question.most);
        largest(&sums.parts, most, task, rests)
    }

    fn grams(&self, input: &Input, tally: &Tally, questions: Pair<Question>, sums: &mut Sums) {
        let factors = questions.map(|question| Factors::new(self, tally, question));
        let of_pieces = factors.map(|factors| factors.at(Place::Piece));
        let mut pieces = tally.pieces.iter();
        for (place, grams) in input.features.places() {
            let mixes = factors.map(|factors| factors.at(place));
            if place == Place::Cross {
                self.crosses(grams, mixes, sums);
                continue;
            }
            for gram in grams {
                let row = self.row(gram.number);
                if row.is_none() && gram.pieces == 0 {
                    continue;
                }
                let mut part = row.map_or([0.0; 2], |row| mixes.map(|mix| mix.of_gram(row)));
                // What pieces of a word say is said by the word.
                if gram.pieces > 0
                    && let Some(row) = pieces.next()
                {
                    let [one, other] = of_pieces;
                    part[0] += one.part(row);
                    part[1] += other.part(row);
                }
                sums.add(gram.number, Source::Gram(place, gram.at), part);
            }
        }
    }

    /// What one word says together with all shapes is one part.
    fn crosses(&self, grams: &[Gram], mixes: Pair<Mix>, sums: &mut Sums) {
        for of_word in grams.chunk_by(|one, next| one.at == next.at) {
            let mut whole = [0.0; 2];
            for row in of_word.iter().filter_map(|gram| self.row(gram.number)) {
                let part = mixes.map(|mix| mix.of_gram(row));
                whole = [whole[0] + part[0], whole[1] + part[1]];
            }
            if let Some(gram) = of_word.first() {
                sums.add(gram.number, Source::Gram(Place::Cross, gram.at), whole);
            }
        }
    }

    /// What the signals that are numbers add; gives back what cannot be blamed on anything in the text: the
    /// biases, and what absent signals count.
    fn dense(&self, input: &Input, tally: &Tally, questions: Pair<Question>, sums: &mut Sums) -> Pair<f64> {
        let bias = |at: usize| {
            self.header
                .outputs
                .get(at)
                .map_or(0.0, |output| f64::from(output.bias))
        };
        let mut rests = questions.map(|question| question.difference(bias));
        for (weights, absent) in self.dense.iter().zip(&self.absent) {
            for (rest, question) in rests.iter_mut().zip(questions) {
                *rest += question.difference(|of| output(weights, of)) * f64::from(*absent);
            }
        }
        let shares = self.shares(tally, questions);
        let (signals, _) = shares.split_at(SIGNALS);
        for (at, part) in signals.iter().enumerate() {
            sums.parts.push((at as u64, Source::Dense(at), *part));
        }
        // A rule's sum is shared out over the phrases that made it.
        for hit in &input.features.hits {
            let part = self.of_hit(hit, tally, &shares);
            if !sums.add_known(hit.gram, part) {
                rests = [rests[0] + part[0], rests[1] + part[1]];
            }
        }
        rests
    }

    /// What each signal that is a number adds to the answers, against its absence.
    fn shares(&self, tally: &Tally, questions: Pair<Question>) -> [Pair<f64>; DENSE] {
        let mut shares = [[0.0; 2]; DENSE];
        let values = tally.standard.iter().zip(&self.absent);
        for ((share, weights), (value, absent)) in shares.iter_mut().zip(&self.dense).zip(values) {
            let difference = f64::from(value - absent);
            *share = questions.map(|question| question.difference(|of| output(weights, of)) * difference);
        }
        shares
    }

    /// What a phrase adds as its part of the sums of rules.
    fn of_hit(&self, hit: &Hit, tally: &Tally, shares: &[Pair<f64>; DENSE]) -> Pair<f64> {
        let mut part = [0.0; 2];
        for (effect, weight) in hit.effects() {
            let at = rule(effect).map(|at| SIGNALS + at);
            let whole = at.and_then(|at| tally.dense.get(at).zip(shares.get(at)));
            if let Some((sum, share)) = whole.filter(|(sum, _)| **sum != 0.0) {
                for (part, share) in part.iter_mut().zip(share) {
                    *part += share * weight / f64::from(*sum);
                }
            }
        }
        part
    }
}

impl Question {
    /// What is asked for, of something that each output has.
    fn difference(self, of: impl Fn(usize) -> f64) -> f64 {
        of(self.towards) - self.from.map_or(0.0, of)
    }
}

/// The weight of a signal in an output.
fn output(weights: &[f32; OUTPUTS], at: usize) -> f64 {
    weights.get(at).map_or(0.0, |weight| f64::from(*weight))
}
