//! The parts that are told, by their names.

use std::borrow::Cow;
use std::fmt::Write;

use super::sums::{Source, Sum};
use super::{Pair, Part};
use crate::routing::features::Place;
use crate::routing::marks::SHAPES;
use crate::routing::signals::NAMES;

/// Longer stretches of text are told by their ends.
const BRIEF_BYTES: usize = 48;

/// For each answer the `most` largest parts, those of one name together, and `rests` with all others.
pub(super) fn largest(
    parts: &[Sum],
    most: Pair<usize>,
    task: &str,
    mut rests: Pair<f64>,
) -> Pair<(Vec<Part>, f64)> {
    let mut tops = most.map(Top::new);
    for part in parts {
        for ((top, rest), weight) in tops.iter_mut().zip(&mut rests).zip(part.2) {
            *rest += weight;
            if weight.abs() >= top.least {
                top.offer(part, weight);
            }
        }
    }
    let [one, other] = tops;
    let [rest, other_rest] = rests;
    [one.told(task, rest), other.told(task, other_rest)]
}

/// The largest parts so far, the largest first, ties by number.
struct Top<'p> {
    parts: Vec<(&'p Sum, f64)>,
    most: usize,
    /// What the next has to reach.
    least: f64,
}

impl<'p> Top<'p> {
    fn new(most: usize) -> Self {
        Self {
            parts: Vec::with_capacity(most + 1),
            most,
            least: if most == 0 { f64::INFINITY } else { 0.0 },
        }
    }

    fn offer(&mut self, part: &'p Sum, weight: f64) {
        let before = |(other, size): &(&Sum, f64)| {
            let by_size = size.abs().total_cmp(&weight.abs());
            by_size.then(part.0.cmp(&other.0)).is_gt()
        };
        let place = self.parts.iter().rposition(before).map_or(0, |at| at + 1);
        self.parts.insert(place, (part, weight));
        self.parts.truncate(self.most);
        if self.parts.len() == self.most {
            self.least = self.parts.last().map_or(0.0, |(_, weight)| weight.abs());
        }
    }

    /// By their names, and what is left of all parts without them.
    fn told(self, task: &str, mut rest: f64) -> (Vec<Part>, f64) {
        // A word counts as itself, in its place and for its meaning: told once, all that together.
        let mut told: Vec<Part> = Vec::with_capacity(self.parts.len());
        for (part, weight) in self.parts {
            rest -= weight;
            let signal = name(part.1, task);
            match told.iter_mut().find(|known| known.signal == signal) {
                Some(known) => known.weight += weight,
                None => told.push(Part { signal, weight }),
            }
        }
        told.sort_by(|one, other| other.weight.abs().total_cmp(&one.weight.abs()));
        (told, rest)
    }
}

fn name(source: Source, task: &str) -> Cow<'static, str> {
    let (place, span) = match source {
        Source::Dense(at) => return NAMES.get(at).copied().unwrap_or_default().into(),
        Source::Gram(place, span) => (place, span),
    };
    let said = brief(task.get(span.range()).unwrap_or_default());
    let (before, after) = match place {
        Place::Anywhere | Place::Piece | Place::Sense | Place::Cross => ("says ", ""),
        Place::Opening => ("says ", " near the start"),
        Place::Lead => ("asks to ", ""),
        Place::End => ("says ", " first or last"),
        Place::Shape => {
            let shape = SHAPES.get(span.range().start).copied().unwrap_or_default();
            return format!("shape: {}", shape.trim_start_matches('#')).into();
        }
    };
    // With the quotes, and what they may have to escape.
    let mut name = String::with_capacity(before.len() + said.len() + after.len() + 8);
    let _written = write!(name, "{before}{said:?}{after}");
    name.into()
}

/// The text in lower case; of a long one its first and its last word.
fn brief(text: &str) -> String {
    if text.len() <= BRIEF_BYTES {
        return text.to_lowercase();
    }
    let mut words = text.split_whitespace();
    match (words.next(), words.next_back()) {
        (Some(first), Some(last)) => format!("{first} ... {last}").to_lowercase(),
        _ => text.to_lowercase(),
    }
}
