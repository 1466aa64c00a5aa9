//! Which of the eight types a task is: the posterior of the trained heads, and abstention.

use std::borrow::Cow;

use super::difficulty;
use super::heads::{Part, Question, Reading, Weights};
use super::route::Reason;
use crate::domain::TaskType;

const MAX_REASONS: usize = 5;

/// What the heads say about the types.
#[derive(Debug, Clone)]
pub(super) struct Classified {
    /// The likeliest type, or `general` when none is likely enough.
    pub(super) task_type: TaskType,
    /// The likeliest type, also where it is not likely enough; `general` without any signal.
    pub(super) likeliest: TaskType,
    /// Chances that add up to 1, likeliest first; empty without any signal.
    pub(super) posterior: Vec<(TaskType, f64)>,
    /// The likeliest two, as places in [`TaskType::KINDS`].
    leading: (usize, usize),
}

impl Classified {
    /// A task with nothing to go by.
    pub(super) fn no_signal() -> Self {
        Self {
            task_type: TaskType::General,
            likeliest: TaskType::General,
            posterior: Vec::new(),
            leading: (0, 1),
        }
    }

    /// The likeliest two, as places in [`TaskType::KINDS`].
    pub(super) fn leading(&self) -> [usize; 2] {
        [self.leading.0, self.leading.1]
    }

    /// What put the likeliest type before the next one.
    pub(super) fn question(&self) -> Question {
        Question {
            towards: self.leading.0,
            from: Some(self.leading.1),
            most: MAX_REASONS,
        }
    }

    /// The answer to that, largest first, then all the rest as one. Their weights, those towards the next one
    /// negative, add up to the log-odds of the two.
    pub(super) fn reasons(&self, weights: &Weights, (parts, rest): (Vec<Part>, f64)) -> Vec<Reason> {
        let kind = |at: usize| TaskType::KINDS.get(at).copied().unwrap_or(TaskType::General);
        let reason = |signal: Cow<'static, str>, weight: f64| {
            let towards = kind(if weight > 0.0 {
                self.leading.0
            } else {
                self.leading.1
            });
            let size = weight.abs() / weights.header().temperature;
            Reason::new(signal, size, towards.name())
        };
        let mut reasons = Vec::with_capacity(MAX_REASONS + difficulty::MAX_REASONS + 4);
        reasons.extend(parts.into_iter().map(|part| reason(part.signal, part.weight)));
        reasons.push(reason("everything else".into(), rest));
        reasons
    }

    /// The likeliest type if its chance is at least this.
    pub(super) fn likely(&self, chance: f64) -> TaskType {
        let first = self.posterior.first().filter(|(_, of)| *of >= chance);
        first.map_or(TaskType::General, |(kind, _)| *kind)
    }
}

/// The type of a task that was read as `reading`.
pub(super) fn classify(weights: &Weights, reading: &Reading) -> Classified {
    let temperature = weights.header().temperature;
    let mut order: [usize; TaskType::KINDS.len()] = std::array::from_fn(|at| at);
    // A stable sort: equal scores keep the order of precedence of `TaskType::KINDS`.
    let score = |at: usize| reading.types.get(at).copied().unwrap_or_default() / temperature;
    order.sort_by(|left, right| score(*right).total_cmp(&score(*left)));
    let [best, next, ..] = order;
    let powers = order.map(|at| (score(at) - score(best)).exp());
    let total: f64 = powers.iter().sum();
    let kind = |at: usize| TaskType::KINDS.get(at).copied().unwrap_or(TaskType::General);
    let posterior: Vec<_> = order
        .into_iter()
        .zip(powers)
        .map(|(at, power)| (kind(at), power / total))
        .collect();
    let likely = 1.0 / total >= weights.header().min_chance;
    Classified {
        task_type: if likely { kind(best) } else { TaskType::General },
        likeliest: kind(best),
        posterior,
        leading: (best, next),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::routing::heads::{self, Input};

    #[track_caller]
    fn check(task: &str) {
        let (weights, input) = (heads::builtin(), Input::of(task, None));
        let tally = weights.tally(&input);
        let classified = classify(weights, &weights.reading(&tally));
        let [parts, _] = weights.parts(&input, &tally, task, [classified.question(); 2]);
        let reasons = classified.reasons(weights, parts);
        let [(leading, first), (_, second), ..] = classified.posterior[..] else {
            panic!("no signal in {task:?}")
        };
        let signed = |reason: &Reason| {
            if reason.towards == leading.name() {
                reason.weight
            } else {
                -reason.weight
            }
        };
        let sum: f64 = reasons.iter().map(signed).sum();
        // Each weight is shown with four digits.
        assert!((sum - (first / second).ln()).abs() < 5e-4, "{task:?}: {sum}");
        assert!((classified.posterior.iter().map(|(_, chance)| chance).sum::<f64>() - 1.0).abs() < 1e-9);
    }

    #[test]
    fn reasons_add_up_to_the_log_odds_of_the_two_likeliest_types() {
        check("rename a variable in this function");
        check("write a blog post about how tls works, and a blog post about how it does not");
        check("übersetze das bitte: \"Good morning\"");
        check("");
        check(&format!(
            "summarize this article\n{}",
            "The query fails in production, why? ".repeat(400)
        ));
    }
}
