//! Who gets the next free slot, who of those who can do a step gets it, and how long is waited for an answer.
//!
//! Of the steps that could be begun, the one goes first from which the way to the end is longest. Of several providers of
//! the same model, the one does it that is expected to be done first and whose price the budget still allows.

use std::time::Duration;

use super::Crews;
use super::call::Call;
use super::experience::{self, Kind, Measure, kind};
use super::fold::RunState;
use crate::domain::run::Executor;
use crate::domain::{PlanStep, RunId, Scope, Timestamp};
use crate::model::Queue;

/// With fewer attempts of a model behind it nothing is cut short.
pub(super) const FEWEST: usize = 8;
/// Another is asked only when it is expected to be done in this share of the time.
const SOONER: f64 = 0.9;

/// The time from the beginning of each step to the end of the run, when nobody ever waits for a free slot.
///
/// This is the upward rank by which HEFT orders tasks (Topcuoglu, Hariri and Wu, IEEE TPDS 13(3), 2002), with no cost of
/// communication. `seconds` are those of each step; steps are named by their place.
#[must_use]
pub fn ranks(needs: &[Vec<usize>], seconds: &[f64]) -> Vec<f64> {
    let mut left: Vec<usize> = vec![0; needs.len()];
    for need in needs.iter().flatten() {
        if let Some(left) = left.get_mut(*need) {
            *left += 1;
        }
    }
    let mut ranks = seconds.to_vec();
    ranks.resize(needs.len(), 0.0);
    let mut after = vec![0.0_f64; needs.len()];
    // From the ends of the plan to its beginnings. What stands in a circle, which no plan has, keeps its own time.
    let mut ends: Vec<usize> = (0..needs.len()).filter(|at| left.get(*at) == Some(&0)).collect();
    while let Some(at) = ends.pop() {
        let behind = after.get(at).copied().unwrap_or_default();
        let Some(rank) = ranks.get_mut(at) else { continue };
        *rank += behind;
        let rank = *rank;
        for need in needs.get(at).into_iter().flatten() {
            if let (Some(after), Some(left)) = (after.get_mut(*need), left.get_mut(*need)) {
                *after = after.max(rank);
                *left = left.saturating_sub(1);
                if *left == 0 {
                    ends.push(*need);
                }
            }
        }
    }
    ranks
}

/// When somebody is expected to be done that is asked now: everybody in front is served first, so many at once, and
/// nobody before `wait` is over. In seconds.
#[must_use]
pub fn finish(seconds: f64, ahead: u32, at_once: u32, wait: f64) -> f64 {
    let turns = f64::from(ahead / at_once.max(1));
    wait + seconds * (turns + 1.0)
}

/// The places of those who can do a step, by when they would be done, the soonest first. The one whose turn it is, the
/// first, makes way only for one who would be done in nine tenths of its time.
#[must_use]
pub fn order(finishes: &[f64]) -> Vec<usize> {
    let grace = |n: usize| if n == 0 { SOONER } else { 1.0 };
    let mut order: Vec<(usize, f64)> = finishes
        .iter()
        .enumerate()
        .map(|(n, finish)| (n, finish * grace(n)))
        .collect();
    order.sort_by(|a, b| a.1.total_cmp(&b.1));
    order.into_iter().map(|(n, _)| n).collect()
}

fn done_in(seconds: f64, queue: &Queue, now: Timestamp) -> f64 {
    let wait = queue
        .not_before
        .map_or(0.0, |at| at.duration_since(now).as_secs_f64().max(0.0));
    finish(seconds, queue.ahead, queue.at_once, wait)
}

fn provider(name: &str) -> &str {
    name.split_once('/').map_or(name, |(provider, _)| provider)
}

/// Who can do a step as well as the one whose turn it is: the same model at other providers, among those to fall back
/// to. The one whose turn it is comes first.
pub(super) fn equals<'a>(state: &'a RunState, index: usize) -> Vec<&'a str> {
    let (Some(step), Some(at)) = (state.plan.steps.get(index), state.steps.get(index)) else {
        return Vec::new();
    };
    let Executor::Model(first) = &at.executor else {
        return Vec::new();
    };
    let model = |name: &'a str| name.split_once('/').map_or(name, |(_, model)| model);
    let others = step.fallbacks.iter().skip(at.fallbacks);
    let others = others.filter_map(|by| match by {
        Executor::Model(name) if model(name) == model(first) && name != first => Some(name.as_str()),
        _ => None,
    });
    std::iter::once(first.as_str()).chain(others).collect()
}

impl Crews {
    /// Steps that could be begun, those first that the end of the run waits for longest.
    pub(super) async fn in_order(
        &self,
        scope: &Scope,
        run: &RunId,
        state: &RunState,
        mut due: Vec<usize>,
    ) -> Vec<usize> {
        if due.len() < 2 {
            return due;
        }
        let seconds = self.past(scope, |past| experience::seconds(state, Some((past, run))));
        let seconds = seconds.await.unwrap_or_else(|| experience::seconds(state, None));
        let ranks = ranks(&experience::needs(state), &seconds);
        let rank = |index: &usize| ranks.get(*index).copied().unwrap_or_default();
        // The sort is stable: of equals the one goes first that stands first in the plan.
        due.sort_by(|a, b| rank(b).total_cmp(&rank(a)));
        due
    }

    /// Those who can do a step equally well and are set up, the one first that is expected to be done first.
    /// `calls` are about to be asked.
    pub(super) async fn by_finish(
        &self,
        scope: &Scope,
        run: &RunId,
        state: &RunState,
        index: usize,
        calls: &[Call],
    ) -> Vec<String> {
        let names = equals(state, index);
        let Some(step) = state.plan.steps.get(index).filter(|_| names.len() > 1) else {
            return names.iter().map(|name| (*name).to_owned()).collect();
        };
        let expected = |past: &experience::Past| {
            let task_type = past.task_type(run);
            let seconds = |name: &&str| {
                let kind = kind(&step.role, name, task_type);
                past.attempts().typical(&kind, Measure::Time)
            };
            names.iter().map(seconds).collect::<Vec<_>>()
        };
        let expected = self.past(scope, expected).await.unwrap_or_default();
        // Nothing is known of a new one: it is taken to be as fast as the one whose turn it is.
        let usual = expected.first().copied().flatten().unwrap_or(1.0);
        let now = self.clock.now();
        let done = |n: usize, name: &str| {
            let seconds = expected.get(n).copied().flatten().unwrap_or(usual);
            // One that is not set up is asked last, and then says so.
            let Some(model) = self.models.get(name) else {
                return f64::INFINITY;
            };
            let mut queue = model.queue(now);
            let there = calls
                .iter()
                .filter(|call| provider(call.model.id()) == provider(name));
            queue.ahead = queue
                .ahead
                .saturating_add(u32::try_from(there.count()).unwrap_or(u32::MAX));
            done_in(seconds, &queue, now)
        };
        let finishes: Vec<f64> = names.iter().enumerate().map(|(n, name)| done(n, name)).collect();
        order(&finishes)
            .into_iter()
            .filter_map(|n| names.get(n).map(|name| (*name).to_owned()))
            .collect()
    }

    /// How long is waited for an answer: as the step says; else twice what ninety-nine of a hundred such attempts took,
    /// within the bounds of the settings; else what the settings say.
    pub(super) async fn patience(&self, scope: &Scope, run: &RunId, step: &PlanStep, by: &str) -> Duration {
        let settings = &self.settings;
        if let Some(seconds) = step.timeout_s {
            return Duration::from_secs(u64::from(seconds));
        }
        let longest = self
            .expected(scope, run, step, by, |past, kind| {
                let known = past.attempts().known(by) >= FEWEST;
                past.attempts()
                    .quantile(kind, Measure::Time, 0.99)
                    .filter(|_| known)
            })
            .await;
        let (least, most) = (
            f64::from(settings.least_timeout_s),
            f64::from(settings.most_timeout_s),
        );
        match longest {
            Some(seconds) => Duration::from_secs_f64((seconds * 2.0).clamp(least, most.max(least))),
            None => Duration::from_secs(u64::from(settings.timeout_s)),
        }
    }

    /// What `ask` finds about an attempt at a step by `by`.
    pub(super) async fn expected<T>(
        &self,
        scope: &Scope,
        run: &RunId,
        step: &PlanStep,
        by: &str,
        ask: impl FnOnce(&experience::Past, &Kind<'_>) -> Option<T> + Send,
    ) -> Option<T> {
        let ask = |past: &experience::Past| ask(past, &kind(&step.role, by, past.task_type(run)));
        self.past(scope, ask).await.flatten()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rank_of_a_step_is_the_longest_way_to_the_end() {
        // 0 -> 1 -> 3, 0 -> 2 -> 3, and 4 alone.
        let needs = [vec![], vec![0], vec![0], vec![1, 2], vec![]];
        let ranks = ranks(&needs, &[1.0, 2.0, 10.0, 4.0, 7.0]);
        assert_eq!(ranks, [15.0, 6.0, 14.0, 4.0, 7.0]);
    }

    #[test]
    fn the_one_whose_turn_it_is_makes_way_for_one_that_is_clearly_sooner() {
        assert_eq!(order(&[10.0, 9.5, 20.0]), [0, 1, 2]);
        assert_eq!(order(&[10.0, 8.0, 2.0]), [2, 1, 0]);
        // Eight in front of it, four at once: two turns, and its own.
        assert!((finish(5.0, 8, 4, 1.0) - 16.0).abs() < 1e-9);
        assert!((finish(5.0, 3, 4, 0.0) - 5.0).abs() < 1e-9);
        assert!((finish(5.0, 0, u32::MAX, 0.0) - 5.0).abs() < 1e-9);
    }

    #[test]
    fn a_circle_which_no_plan_has_comes_to_an_end() {
        assert_eq!(ranks(&[vec![1], vec![0]], &[1.0, 2.0]), [1.0, 2.0]);
        assert_eq!(ranks(&[vec![9]], &[3.0]), [3.0], "a need that is not there");
    }
}
