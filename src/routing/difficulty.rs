//! How hard a task is: the chance that a weaker model fails at it.

use super::heads::{DIFFICULTY, Input, Reading, Weights};
use super::route::{Difficulty, Reason};

const MAX_REASONS: usize = 3;

/// The difficulty of `task`, which was read as `reading`, and what moved it most.
pub(super) fn difficulty(
    weights: &Weights,
    task: &str,
    input: &Input,
    reading: &Reading,
) -> (Difficulty, Vec<Reason>) {
    let cuts = weights.header().buckets;
    let bucket = cuts.iter().filter(|cut| reading.difficulty >= **cut).count();
    let (parts, _) = weights.parts(input, task, (DIFFICULTY, None), MAX_REASONS);
    let reason = |part: super::heads::Part| {
        let towards = if part.weight > 0.0 { "harder" } else { "easier" };
        Reason::new(part.signal, part.weight.abs(), towards)
    };
    let difficulty = Difficulty::of(reading.difficulty, u8::try_from(bucket).unwrap_or(4));
    (difficulty, parts.into_iter().map(reason).collect())
}
