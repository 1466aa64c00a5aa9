//! What a difference of two scores is made of, exactly.

mod largest;
mod sums;

use super::input::{place, rule};
use super::tally::Tally;
use super::{DENSE, Input, PLACES, Weights};
use crate::routing::features::Place;
use crate::routing::hash;
use crate::routing::signals::SIGNALS;

use largest::largest;
use sums::{Source, Sums};

/// One signal and what it adds.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::routing) struct Part {
    pub(in crate::routing) signal: String,
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

/// A question with what the sum of each place is multiplied by, for `towards` and for `from`.
struct Factors {
    question: Question,
    towards: [f64; PLACES],
    from: [f64; PLACES],
}

impl Factors {
    fn new(weights: &Weights, tally: &Tally, question: Question) -> Self {
        let of = |output: Option<usize>| {
            let output = output.and_then(|at| weights.header.outputs.get(at));
            output.map(|output| output.factors(tally.norms)).unwrap_or_default()
        };
        Self {
            question,
            towards: of(Some(question.towards)),
            from: of(question.from),
        }
    }

    /// What weights at a place add to the answer.
    fn part(&self, place: usize, weight: impl Fn(usize) -> f64) -> f64 {
        let of = |factors: &[f64; PLACES]| factors.get(place).copied().unwrap_or_default();
        let other = self.question.from.map_or(0.0, &weight);
        weight(self.question.towards) * of(&self.towards) - other * of(&self.from)
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
        let mut sums = Sums::new(input.features.grams.len());
        self.grams(input, tally, questions, &mut sums);
        let rests = self.dense(input, tally, questions, &mut sums);
        let most = questions.map(|question| question.most);
        largest(&sums.parts, most, task, rests)
    }

    fn grams<'i>(&self, input: &'i Input, tally: &Tally, questions: Pair<Question>, sums: &mut Sums<'i>) {
        let factors = questions.map(|question| Factors::new(self, tally, question));
        let mut pieces = tally.pieces.iter();
        let mut word = 0;
        for run in input
            .features
            .grams
            .chunk_by(|one, next| one.place == next.place)
        {
            let Some(of) = run.first().map(|gram| gram.place) else {
                continue;
            };
            if of == Place::Piece {
                // What pieces of a word say is said by the word.
                if let Some(row) = pieces.next() {
                    let weight = |at: usize| row.get(at).map_or(0.0, |weight| f64::from(*weight));
                    sums.add(word, factors.each_ref().map(|factors| factors.part(place(of), weight)));
                }
                continue;
            }
            for gram in run {
                let row = self.row(gram.number);
                let sign = if hash::positive(gram.number) { 1.0 } else { -1.0 };
                let weight = |at: usize| {
                    sign * row.get(at).map_or(0.0, |weight| f64::from(weight.cast_signed()))
                };
                let at = sums.of(gram);
                if of == Place::Anywhere && gram.is_word {
                    word = at;
                }
                sums.add(at, factors.each_ref().map(|factors| factors.part(place(of), weight)));
            }
        }
    }

    /// What the signals that are numbers add; gives back what cannot be blamed on anything in the text: the
    /// biases, and what absent signals count.
    fn dense(&self, input: &Input, tally: &Tally, questions: Pair<Question>, sums: &mut Sums) -> Pair<f64> {
        let difference = |question: Question, of: &dyn Fn(usize) -> f64| {
            of(question.towards) - question.from.map_or(0.0, of)
        };
        let bias = |at: usize| self.header.outputs.get(at).map_or(0.0, |output| f64::from(output.bias));
        let mut rests = questions.map(|question| difference(question, &bias));
        let mut rules = [[0.0; 2]; DENSE];
        let values = tally.standard.iter().zip(&self.absent);
        for (at, ((weights, (value, absent)), share)) in
            self.dense.iter().zip(values).zip(&mut rules).enumerate()
        {
            let weight = |of: usize| weights.get(of).map_or(0.0, |weight| f64::from(*weight));
            let weights = questions.map(|question| difference(question, &weight));
            for (rest, weight) in rests.iter_mut().zip(weights) {
                *rest += weight * f64::from(*absent);
            }
            let part = weights.map(|weight| weight * f64::from(value - absent));
            if at < SIGNALS {
                sums.parts.push((at as u64, Source::Dense(at), part));
            } else {
                *share = part;
            }
        }
        // A rule's sum is shared out over the phrases that made it.
        for hit in &input.hits {
            let mut part = [0.0; 2];
            for (effect, weight) in hit.effects() {
                let at = rule(effect).map(|at| SIGNALS + at);
                let whole = at.and_then(|at| tally.dense.get(at).zip(rules.get(at)));
                if let Some((sum, share)) = whole.filter(|(sum, _)| **sum != 0.0) {
                    for (part, share) in part.iter_mut().zip(share) {
                        *part += share * weight / f64::from(*sum);
                    }
                }
            }
            if let Some(at) = sums.known(hit.gram) {
                sums.add(at, part);
            }
        }
        rests
    }
}
