//! What comes after an event, as far as it follows from the state alone. Pure.

use super::budget;
use super::fold::{OVER_BUDGET, RunState, StepState};
use crate::domain::run::{Executor, FailureClass, Usage};
use crate::domain::{MicroUsd, Timestamp};

/// The class of a run one of whose steps was sent back too often.
pub(super) const ATTEMPTS_EXHAUSTED: &str = "attempts_exhausted";
/// The class of a run that policy stopped.
pub(super) const DENIED: &str = "denied";
/// The class of a run whose last round was not enough either.
pub(super) const NOT_ENOUGH: &str = "not_enough";
/// Most steps that are put before the host at once.
pub(super) const MAX_OFFERED: usize = 4;
/// The same output so often is no progress.
const SAME: usize = 3;

/// What a run needs next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Next {
    /// Nothing: it waits for the host, for what the server is doing, or has ended.
    Wait,
    /// The condition of a step is looked at.
    Decide(usize),
    /// A step is made one for each item.
    Expand(usize),
    /// A step that the server does by itself at once.
    Own(usize),
    /// Whether the round that a step ends was enough is looked at.
    Enough(usize),
    /// The steps of a repetition are done again.
    Round(usize),
    /// Somebody else has to do a step.
    Escalate(usize, FailureClass),
    /// A step is left out.
    Skip {
        /// Its place in the plan.
        step: usize,
        /// Why, in words.
        why: String,
    },
    /// A step is put before the host.
    Offer {
        /// Its place in the plan.
        step: usize,
        /// Which attempt it is.
        attempt: u32,
    },
    /// Every step has come to its end.
    Complete,
    /// It cannot go on.
    Fail {
        /// In a stable word.
        class: String,
        /// In words.
        reason: String,
    },
}

/// What a run needs next. `refused` is what is left of the project's budget, when that just refused a step.
#[must_use]
pub(super) fn next(state: &RunState, now: Timestamp, refused: Option<MicroUsd>) -> Next {
    if state.end.is_some() {
        return Next::Wait;
    }
    if let Some(next) = repetition(state) {
        return next;
    }
    if state.is_complete() {
        return Next::Complete;
    }
    let offered = state.awaiting().count();
    let busy = offered + state.running.len();
    let mut over = None;
    for index in state.due() {
        let (Some(step), Some(at)) = (state.plan.steps.get(index), state.steps.get(index)) else {
            continue;
        };
        if at.given_up {
            match at.failures.last() {
                _ if step.optional => {
                    return Next::Skip {
                        step: index,
                        why: gave_up(at),
                    };
                }
                // What others are doing is waited for: it is paid already.
                Some(_) if !state.running.is_empty() => continue,
                failure => {
                    let class = failure.map_or(FailureClass::BadRequest, |(class, _)| *class);
                    let reason = format!("step `{}`: {}", step.id, gave_up(at));
                    return Next::Fail {
                        class: class.name().to_owned(),
                        reason,
                    };
                }
            }
        }
        match (at.decided, &step.when) {
            (None, Some(_)) => return Next::Decide(index),
            (Some(false), _) => {
                return Next::Skip {
                    step: index,
                    why: "its condition does not hold".to_owned(),
                };
            }
            _ => {}
        }
        if step.foreach.is_some() && !at.expanded {
            return Next::Expand(index);
        }
        if matches!(at.executor, Executor::Join | Executor::Check(_)) {
            return Next::Own(index);
        }
        if let Some(next) = exhausted(state, index) {
            match next {
                Next::Fail { .. } if !state.running.is_empty() => continue,
                next => return next,
            }
        }
        if !matches!(at.executor, Executor::Host | Executor::Approval) {
            continue;
        }
        if offered >= MAX_OFFERED {
            continue;
        }
        let wants = Usage {
            usd: step.estimate.unwrap_or_default(),
            ..Usage::default()
        };
        match budget::exceeded(state, step, wants, now) {
            Some(reason) => over = over.or(Some(reason)),
            None if refused.is_some_and(|left| wants.usd > left) => {
                over = over.or_else(|| refused.map(|left| project_refuses(step.id.as_str(), wants, left)));
            }
            None => {
                let attempt = at.begun.saturating_add(1);
                return Next::Offer { step: index, attempt };
            }
        }
    }
    match over {
        Some(reason) if busy == 0 && startable(state, now).next().is_none() => Next::Fail {
            class: OVER_BUDGET.to_owned(),
            reason,
        },
        _ => Next::Wait,
    }
}

/// Whether a round was enough, and what follows.
fn repetition(state: &RunState) -> Option<Next> {
    for (index, (step, at)) in state.plan.steps.iter().zip(&state.steps).enumerate() {
        let Some(repeat) = step.repeat.as_ref().filter(|_| at.result.is_some()) else {
            continue;
        };
        match at.enough {
            None => return Some(Next::Enough(index)),
            Some(true) => {}
            Some(false) if at.round < repeat.max && !stands_still(at) => return Some(Next::Round(index)),
            Some(false) if repeat.go_on && at.round >= repeat.max => {}
            Some(false) => {
                let why = if stands_still(at) {
                    format!("step `{}` came to the same {SAME} times", step.id)
                } else {
                    format!(
                        "after {} rounds step `{}` still was not enough",
                        at.round, step.id
                    )
                };
                let class = if stands_still(at) {
                    FailureClass::NoProgress.name()
                } else {
                    NOT_ENOUGH
                };
                return Some(Next::Fail {
                    class: class.to_owned(),
                    reason: why,
                });
            }
        }
    }
    None
}

/// Whether the last rounds of a step came to the same.
fn stands_still(at: &StepState) -> bool {
    let results = at.earlier.iter().chain(&at.result).rev().take(SAME);
    let outputs: Vec<_> = results.map(|result| result.output).collect();
    outputs.len() == SAME && outputs.windows(2).all(|two| two.first() == two.last())
}

/// What follows from outputs that were sent back: somebody else, or the end.
fn exhausted(state: &RunState, index: usize) -> Option<Next> {
    let (step, at) = (state.plan.steps.get(index)?, state.steps.get(index)?);
    let mut latest = at.rejections.iter().rev().take(SAME).map(|(_, digest, _)| digest);
    let first = latest.next();
    let same = at.rejections.len() >= SAME && latest.all(|digest| Some(digest) == first);
    if at.failed < step.max_attempts && !(same && at.failed as usize >= SAME) {
        return None;
    }
    if step.fallbacks.len() > at.fallbacks {
        let class = if same {
            FailureClass::NoProgress
        } else {
            FailureClass::InvalidOutput
        };
        return Some(Next::Escalate(index, class));
    }
    let last = at.rejections.last();
    let rule = last.and_then(|(_, _, violations)| violations.first());
    let why = rule.map_or_else(String::new, |violation| {
        format!("; last: {}: {}", violation.rule, violation.got)
    });
    let why = format!("step `{}` was sent back {} times{why}", step.id, at.failed);
    Some(if step.optional {
        Next::Skip { step: index, why }
    } else {
        Next::Fail {
            class: ATTEMPTS_EXHAUSTED.to_owned(),
            reason: why,
        }
    })
}

/// The steps that the server may begin now with models, in the plan's order.
pub(super) fn startable(state: &RunState, now: Timestamp) -> impl Iterator<Item = usize> {
    waiting(state).filter(move |index| {
        let not_before = state.steps.get(*index).and_then(|at| at.not_before);
        not_before.is_none_or(|at| at <= now)
    })
}

/// When the next of the steps can be begun that wait for their time.
#[must_use]
pub(super) fn wakes_at(state: &RunState, now: Timestamp) -> Option<Timestamp> {
    waiting(state)
        .filter_map(|index| state.steps.get(index)?.not_before)
        .filter(|at| *at > now)
        .min()
}

/// Whether the server has something to do or to wait for.
#[must_use]
pub(super) fn has_work(state: &RunState) -> bool {
    state.end.is_none() && (!state.running.is_empty() || waiting(state).next().is_some())
}

/// The steps of models that could be begun, now or later.
pub(super) fn waiting(state: &RunState) -> impl Iterator<Item = usize> {
    state.due().filter(|index| {
        let (Some(step), Some(at)) = (state.plan.steps.get(*index), state.steps.get(*index)) else {
            return false;
        };
        let decided = step.when.is_none() || at.decided == Some(true);
        let expanded = step.foreach.is_none() || at.expanded;
        matches!(at.executor, Executor::Model(_))
            && decided
            && expanded
            && !at.given_up
            && exhausted(state, *index).is_none()
    })
}

fn gave_up(at: &StepState) -> String {
    match at.failures.last() {
        Some((class, message)) => format!("{}: {message}", class.name()),
        None => "nobody is left to do it".to_owned(),
    }
}

/// What a project's budget that does not allow a step comes to, in words.
pub(super) fn project_refuses(step: &str, wants: Usage, left: MicroUsd) -> String {
    format!(
        "step `{step}` may take ${:.6}, the project's budget has ${:.6} left",
        wants.usd.as_usd(),
        left.as_usd()
    )
}
