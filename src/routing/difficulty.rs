//! How hard a task is: the chance that a weaker model fails at it.

use super::heads::{DIFFICULTY, Part, Question, Reading, Weights};
use super::route::{Difficulty, Reason};

pub(super) const MAX_REASONS: usize = 3;

/// What moves the difficulty of a text most.
pub(super) const QUESTION: Question = Question {
    towards: DIFFICULTY,
    from: None,
    most: MAX_REASONS,
};

/// The difficulty of a task that was read as `reading`.
pub(super) fn difficulty(weights: &Weights, reading: &Reading) -> Difficulty {
    let cuts = weights.header().buckets;
    let bucket = cuts.iter().filter(|cut| reading.difficulty >= **cut).count();
    Difficulty::of(reading.difficulty, u8::try_from(bucket).unwrap_or(4))
}

/// The answer to [`QUESTION`].
pub(super) fn reasons(parts: Vec<Part>) -> impl Iterator<Item = Reason> {
    parts.into_iter().map(|part| {
        let towards = if part.weight > 0.0 { "harder" } else { "easier" };
        Reason::new(part.signal, part.weight.abs(), towards)
    })
}
