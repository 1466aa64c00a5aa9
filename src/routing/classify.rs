//! Which of the eight types a task is: scores that add up, a softmax over them, and abstention.

use super::lexicon::{Effect, Hit};
use super::route::Reason;
use crate::domain::TaskType;

/// Flattens or sharpens the posterior. Set by hand: the weights are not calibrated.
const TEMPERATURE: f64 = 1.0;
/// Below this distance between the two likeliest types the answer is `general`.
const MIN_MARGIN: f64 = 0.06;
/// Below this score of the likeliest type there is nothing to go by.
const MIN_SCORE: f64 = 0.5;
const MAX_REASONS: usize = 5;

/// What the types' scores say.
#[derive(Debug, Clone)]
pub(super) struct Classified {
    /// The likeliest type, or `general` when none stands out.
    pub(super) task_type: TaskType,
    /// The likeliest type, also where none stands out; `general` without any signal.
    pub(super) likeliest: TaskType,
    /// Chances that add up to 1, likeliest first; empty without any signal.
    pub(super) posterior: Vec<(TaskType, f64)>,
    /// What put the likeliest type before the next one, largest first. Their weights and those left out
    /// add up to the difference of the two scores.
    pub(super) reasons: Vec<Reason>,
}

impl Classified {
    /// A task with nothing to go by.
    pub(super) fn no_signal() -> Self {
        Self {
            task_type: TaskType::General,
            likeliest: TaskType::General,
            posterior: Vec::new(),
            reasons: Vec::new(),
        }
    }
}

/// Adds up what `hits` say about each type.
pub(super) fn classify(hits: &[Hit]) -> Classified {
    let mut scores = TaskType::KINDS.map(|kind| {
        (
            kind,
            hits.iter().map(|hit| hit.weight(Effect::Type(kind))).sum::<f64>(),
        )
    });
    // A stable sort: equal scores keep the order of precedence of `TaskType::KINDS`.
    scores.sort_by(|left, right| right.1.total_cmp(&left.1));
    let [(leading, best), (runner_up, _), ..] = scores;
    if best < MIN_SCORE {
        return Classified::no_signal();
    }
    let powers = scores.map(|(kind, score)| (kind, ((score - best) / TEMPERATURE).exp()));
    let total: f64 = powers.iter().map(|(_, power)| power).sum();
    let posterior = powers.map(|(kind, power)| (kind, power / total));
    let [(_, first), (_, second), ..] = posterior;
    Classified {
        task_type: if first - second < MIN_MARGIN {
            TaskType::General
        } else {
            leading
        },
        likeliest: leading,
        posterior: posterior.to_vec(),
        reasons: reasons(hits, leading, runner_up),
    }
}

/// What each hit adds to `leading` more than to `runner_up`, largest first.
fn contributions(hits: &[Hit], leading: TaskType, runner_up: TaskType) -> Vec<(f64, &Hit)> {
    let difference = |hit: &Hit| hit.weight(Effect::Type(leading)) - hit.weight(Effect::Type(runner_up));
    let mut parts: Vec<(f64, &Hit)> = hits.iter().map(|hit| (difference(hit), hit)).collect();
    parts.retain(|(weight, _)| *weight != 0.0);
    parts.sort_by(|left, right| right.0.abs().total_cmp(&left.0.abs()));
    parts
}

fn reasons(hits: &[Hit], leading: TaskType, runner_up: TaskType) -> Vec<Reason> {
    let towards = |weight: f64| if weight > 0.0 { leading } else { runner_up };
    contributions(hits, leading, runner_up)
        .into_iter()
        .take(MAX_REASONS)
        .map(|(weight, hit)| Reason::new(hit.row.signal(), weight.abs(), towards(weight).name()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::routing::features::Features;
    use crate::routing::lexicon;

    #[track_caller]
    fn check(task: &str) {
        let hits = lexicon::hits(&Features::of(task, None));
        let classified = classify(&hits);
        let [(leading, first), (runner_up, second), ..] = classified.posterior[..] else {
            panic!("no signal in {task:?}")
        };
        let sum: f64 = contributions(&hits, leading, runner_up)
            .iter()
            .map(|(weight, _)| weight)
            .sum();
        assert!(
            (sum - (first / second).ln() * TEMPERATURE).abs() < 1e-9,
            "{task:?}"
        );
        assert!((classified.posterior.iter().map(|(_, chance)| chance).sum::<f64>() - 1.0).abs() < 1e-9);
        assert!(!classified.reasons.is_empty());
    }

    #[test]
    fn contributions_add_up_to_the_odds_of_the_two_likeliest_types() {
        check("rename a variable in this function");
        check("write a blog post about how tls works");
        check(&format!(
            "summarize this article\n{}",
            "The query fails in production, why? ".repeat(200)
        ));
    }

    #[test]
    fn nothing_known_is_no_signal() {
        let nothing = classify(&[]);
        assert_eq!(
            (nothing.task_type, nothing.posterior.len()),
            (TaskType::General, 0)
        );
    }
}
