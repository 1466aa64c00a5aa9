//! What a difference of two scores is made of, exactly.

use super::input::{place, rule};
use super::{Input, PLACES, Weights};
use crate::routing::features::{Gram, Place};
use crate::routing::hash;
use crate::routing::marks::SHAPES;
use crate::routing::signals::{NAMES, SIGNALS};

/// Longer stretches of text are told by their ends.
const BRIEF_BYTES: usize = 48;

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

/// A signal with its number and what it adds to each answer.
type Sum<'i> = (u64, Source<'i>, Pair<f64>);

impl Weights<'_> {
    /// For each question the largest parts, then the rest as one number. All parts and the rest are the
    /// difference of the two scores.
    pub(in crate::routing) fn parts(
        &self,
        input: &Input,
        task: &str,
        questions: Pair<Question>,
    ) -> Pair<(Vec<Part>, f64)> {
        let mut sums = Sums::new(input.features.grams.len());
        self.grams(input, &questions, &mut sums);
        let rests = self.dense(input, &questions, &mut sums);
        std::array::from_fn(|at| {
            let most = questions.get(at).map_or(0, |question| question.most);
            let rest = rests.get(at).copied().unwrap_or_default();
            largest(&sums.parts, at, most, task, rest)
        })
    }

    fn grams<'i>(&self, input: &'i Input, questions: &Pair<Question>, sums: &mut Sums<'i>) {
        let norms = input.norms();
        let factors = |output: Option<usize>| {
            let output = output.and_then(|at| self.header.outputs.get(at));
            output.map(|output| output.factors(norms)).unwrap_or_default()
        };
        let factors =
            questions.map(|question| (question, factors(Some(question.towards)), factors(question.from)));
        let mut word = 0;
        for gram in &input.features.grams {
            let row = self.row(gram.number);
            let weight = |at: usize| row.get(at).map_or(0.0, |weight| f64::from(weight.cast_signed()));
            let at_place = place(gram.place);
            let of = |factors: &[f64; PLACES]| factors.get(at_place).copied().unwrap_or_default();
            let sign = if hash::positive(gram.number) { 1.0 } else { -1.0 };
            let part = factors.each_ref().map(|(question, towards, from)| {
                let other = question.from.map_or(0.0, weight);
                sign * (weight(question.towards) * of(towards) - other * of(from))
            });
            // What pieces of a word say is said by the word.
            let at = if gram.place == Place::Piece {
                word
            } else {
                sums.of(gram)
            };
            if gram.place == Place::Anywhere && gram.is_word {
                word = at;
            }
            sums.add(at, part);
        }
    }

    /// What the signals that are numbers add; gives back what cannot be blamed on anything in the text: the
    /// biases, and what absent signals count.
    fn dense(&self, input: &Input, questions: &Pair<Question>, sums: &mut Sums) -> Pair<f64> {
        let output = |at: usize| self.header.outputs.get(at);
        let bias = |at: usize| output(at).map_or(0.0, |output| f64::from(output.bias));
        let dense = input.dense();
        let standard = self.header.standard(&dense);
        let absent = self.header.standard(&[0.0; super::DENSE]);
        let mut rests = questions.map(|question| bias(question.towards) - question.from.map_or(0.0, bias));
        for (at, ((raw, value), absent)) in dense.iter().zip(standard).zip(absent).enumerate() {
            let weight = |of: usize| {
                let weight = output(of).and_then(|output| output.dense.get(at));
                weight.map_or(0.0, |weight| f64::from(*weight))
            };
            let weights =
                questions.map(|question| weight(question.towards) - question.from.map_or(0.0, weight));
            for (rest, weight) in rests.iter_mut().zip(weights) {
                *rest += weight * f64::from(absent);
            }
            let part = weights.map(|weight| weight * f64::from(value - absent));
            let Some(at_rule) = at.checked_sub(SIGNALS) else {
                sums.parts.push((at as u64, Source::Dense(at), part));
                continue;
            };
            // A rule's sum is shared out over the phrases that made it.
            if *raw == 0.0 {
                continue;
            }
            for hit in &input.hits {
                let effects = hit.effects().filter(|(effect, _)| rule(*effect) == Some(at_rule));
                let own: f64 = effects.map(|(_, weight)| weight).sum();
                if own != 0.0
                    && let Some(at) = sums.known(hit.gram)
                {
                    sums.add(at, part.map(|part| part * own / f64::from(*raw)));
                }
            }
        }
        rests
    }
}

/// Parts by the number of their gram: a table of places, twice as long as needed at least, in which a number is
/// looked for from its own low bits on.
struct Sums<'i> {
    parts: Vec<Sum<'i>>,
    /// One more than the place among the parts; 0 is free.
    slots: Vec<u32>,
}

impl<'i> Sums<'i> {
    fn new(grams: usize) -> Self {
        Self {
            parts: Vec::with_capacity(grams + super::DENSE),
            slots: vec![0; (2 * grams + 2).next_power_of_two()],
        }
    }

    /// The slot of a number, and the place of its part when it has one.
    fn slot(&self, number: u64) -> (usize, Option<usize>) {
        let mask = self.slots.len() - 1;
        let mut slot = (number >> 20) as usize & mask;
        loop {
            let taken = self.slots.get(slot).copied().unwrap_or_default();
            let Some(at) = (taken as usize).checked_sub(1) else {
                return (slot, None);
            };
            if self.parts.get(at).is_some_and(|part| part.0 == number) {
                return (slot, Some(at));
            }
            slot = (slot + 1) & mask;
        }
    }

    fn known(&self, number: u64) -> Option<usize> {
        self.slot(number).1
    }

    /// The place of a gram's part, which is made if need be.
    fn of(&mut self, gram: &'i Gram) -> usize {
        let (slot, at) = self.slot(gram.number);
        at.unwrap_or_else(|| {
            self.parts.push((gram.number, Source::Gram(gram), [0.0; 2]));
            if let Some(slot) = self.slots.get_mut(slot) {
                *slot = u32::try_from(self.parts.len()).unwrap_or(u32::MAX);
            }
            self.parts.len() - 1
        })
    }

    fn add(&mut self, at: usize, part: Pair<f64>) {
        if let Some((_, _, sums)) = self.parts.get_mut(at) {
            for (sum, part) in sums.iter_mut().zip(part) {
                *sum += part;
            }
        }
    }
}

/// The `most` largest parts of answer `at`, those of one name together, and `rest` with all others.
fn largest(parts: &[Sum], at: usize, most: usize, task: &str, mut rest: f64) -> (Vec<Part>, f64) {
    let weight = |part: &Sum| part.2.get(at).copied().unwrap_or_default();
    let mut top: Vec<&Sum> = Vec::with_capacity(most + 1);
    for part in parts {
        let before = |other: &&Sum| {
            let by_size = weight(other).abs().total_cmp(&weight(part).abs());
            by_size.then(part.0.cmp(&other.0)).is_gt()
        };
        let place = top.iter().rposition(before).map_or(0, |at| at + 1);
        if place < most {
            top.insert(place, part);
        } else {
            rest += weight(part);
        }
        if top.len() > most {
            rest += top.pop().map_or(0.0, weight);
        }
    }
    // A word counts as itself, in its place and for its meaning: told once, all that together.
    let mut told: Vec<Part> = Vec::with_capacity(top.len());
    for part in top {
        let (signal, weight) = (name(part.1, task), weight(part));
        match told.iter_mut().find(|known| known.signal == signal) {
            Some(known) => known.weight += weight,
            None => told.push(Part { signal, weight }),
        }
    }
    told.sort_by(|one, other| other.weight.abs().total_cmp(&one.weight.abs()));
    (told, rest)
}

fn name(source: Source, task: &str) -> String {
    let gram = match source {
        Source::Dense(at) => return NAMES.get(at).copied().unwrap_or_default().to_owned(),
        Source::Gram(gram) => gram,
    };
    let text = || brief(task.get(gram.range()).unwrap_or_default());
    match gram.place {
        Place::Anywhere | Place::Piece | Place::Sense => format!("says {:?}", text()),
        Place::Opening => format!("says {:?} near the start", text()),
        Place::Lead => format!("asks to {:?}", text()),
        Place::Shape => {
            let shape = SHAPES.get(gram.range().start).copied().unwrap_or_default();
            format!("shape: {}", shape.trim_start_matches('#'))
        }
    }
}

/// The text in lower case; of a long one its first and its last word.
fn brief(text: &str) -> String {
    let mut words = text.split_whitespace();
    match (words.next(), words.next_back()) {
        (Some(first), Some(last)) if text.len() > BRIEF_BYTES => format!("{first} ... {last}").to_lowercase(),
        _ => text.to_lowercase(),
    }
}
