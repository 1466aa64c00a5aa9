//! How hard a task is: the chance that a model of middling strength fails at it, by hand-set weights.

use super::lexicon::{Effect, Hit};
use super::route::{Difficulty, Reason};

/// What a longer text adds: this much for each time it is e times as long as a usual one. Smooth, so that a
/// few polite words do not change the choice.
const LENGTH_WEIGHT: f64 = 0.2;
const USUAL_WORDS: f64 = 20.0;
const LENGTH_LIMIT: f64 = 0.4;
const MAX_REASONS: usize = 3;

/// The score of a task of so many words with these hits, and what moved it most. Without a hint in either
/// direction it is in the middle, never easy. When nothing but its
/// length and shape speaks, and the type is not known either, there is no score.
pub(super) fn difficulty(hits: &[Hit], words: usize, type_known: bool) -> (Difficulty, Vec<Reason>) {
    let mut parts: Vec<(f64, Option<&Hit>)> = hits
        .iter()
        .map(|hit| (hit.weight(Effect::Harder), Some(hit)))
        .collect();
    parts.retain(|(weight, _)| *weight != 0.0);
    if !type_known
        && parts
            .iter()
            .flat_map(|(_, hit)| hit)
            .all(|hit| hit.row.phrase.starts_with('#'))
    {
        return (Difficulty::unknown(), Vec::new());
    }
    let length = LENGTH_WEIGHT * (words.max(1) as f64 / USUAL_WORDS).ln();
    parts.push((length.clamp(-LENGTH_LIMIT, LENGTH_LIMIT), None));
    let score = 1.0 / (1.0 + (-parts.iter().map(|(weight, _)| weight).sum::<f64>()).exp());
    parts.sort_by(|left, right| right.0.abs().total_cmp(&left.0.abs()));
    parts.truncate(MAX_REASONS);
    let towards = |weight: f64| if weight > 0.0 { "harder" } else { "easier" };
    let reasons = parts
        .into_iter()
        .map(|(weight, hit)| {
            let signal = hit.map_or_else(|| format!("length: {words} words"), |hit| hit.row.signal());
            Reason::new(signal, weight.abs(), towards(weight))
        })
        .collect();
    (Difficulty::of(score), reasons)
}
