//! What comes after an event: the next offer, or the end. Pure.

use super::budget;
use super::fold::{OVER_BUDGET, RunState};
use crate::domain::{MicroUsd, Timestamp};

/// The class of a run one of whose steps was sent back too often.
pub(super) const ATTEMPTS_EXHAUSTED: &str = "attempts_exhausted";
/// The class of a run that policy stopped.
pub(super) const DENIED: &str = "denied";

/// What a run needs next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Next {
    /// Nothing: it waits for the host or has ended.
    Wait,
    /// A step is put before the host.
    Offer {
        /// Its place in the plan.
        step: usize,
        /// Which attempt it is.
        attempt: u32,
    },
    /// Every step has a result.
    Complete,
    /// It cannot go on.
    Fail {
        /// In a stable word.
        class: &'static str,
        /// In words.
        reason: String,
    },
}

/// What a run needs next. `refused` is what is left of the project's budget, when that just refused an offer.
#[must_use]
pub(super) fn next(state: &RunState, now: Timestamp, refused: Option<MicroUsd>) -> Next {
    if state.end.is_some() || state.awaiting().next().is_some() {
        return Next::Wait;
    }
    if state.done() == state.steps.len() {
        return Next::Complete;
    }
    let Some((index, step)) = state.ready() else {
        return Next::Wait;
    };
    let failed = state.steps.get(index).map_or(0, |step| step.failed);
    if failed >= step.max_attempts {
        let last = state.steps.get(index).and_then(|step| step.rejections.last());
        let rule = last.and_then(|(_, _, violations)| violations.first());
        let why = rule.map_or_else(String::new, |violation| {
            format!("; last: {}: {}", violation.rule, violation.got)
        });
        return Next::Fail {
            class: ATTEMPTS_EXHAUSTED,
            reason: format!("step `{}` was sent back {failed} times{why}", step.id),
        };
    }
    if let Some(reason) = budget::exceeded(state, step, now) {
        return Next::Fail {
            class: OVER_BUDGET,
            reason,
        };
    }
    if let Some(left) = refused {
        let reason = format!(
            "step `{}` may take ${:.6}, the project's budget has ${:.6} left",
            step.id,
            step.estimate.unwrap_or_default().as_usd(),
            left.as_usd()
        );
        return Next::Fail {
            class: OVER_BUDGET,
            reason,
        };
    }
    Next::Offer {
        step: index,
        attempt: failed.saturating_add(1),
    }
}
