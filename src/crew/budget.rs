//! What a run may use, and the charges that its steps make on the project's budget.
//!
//! A budget stops the next step; it never throws away work that was handed in. What is open counts with what was set
//! aside for it, so that steps side by side cannot pass the limit together.

use crate::domain::run::Usage;
use crate::domain::{MicroUsd, PlanStep, RunBudget, RunEvent, RunId, StepId, Timestamp};
use crate::store::Charge;

use super::fold::RunState;

/// `given`, and `otherwise` where it does not say.
#[must_use]
pub(super) fn merged(given: RunBudget, otherwise: RunBudget) -> RunBudget {
    RunBudget {
        max_usd: given.max_usd.or(otherwise.max_usd),
        max_tokens: given.max_tokens.or(otherwise.max_tokens),
        max_steps: given.max_steps.or(otherwise.max_steps),
        max_wall_s: given.max_wall_s.or(otherwise.max_wall_s),
    }
}

/// Why `step`, which may take `wants`, cannot be begun, in words; `None` while the budget allows it.
#[must_use]
pub(super) fn exceeded(state: &RunState, step: &PlanStep, wants: Usage, now: Timestamp) -> Option<String> {
    let RunBudget {
        max_usd,
        max_tokens,
        max_steps,
        max_wall_s,
    } = state.budget;
    // Of two attempts side by side one counts.
    let running = state.running.iter().filter(|running| !running.hedge);
    let open = state.awaiting().count().saturating_add(running.count());
    let begun = u64::from(state.submissions).saturating_add(open as u64);
    if let Some(max) = max_steps.filter(|max| begun >= u64::from(*max)) {
        return Some(format!(
            "{} submissions were made, max_steps is {max}",
            state.submissions
        ));
    }
    let reserved = state.reserved();
    let tokens = state.usage.tokens.saturating_add(reserved.tokens);
    if let Some(max) = max_tokens.filter(|max| tokens >= *max || tokens.saturating_add(wants.tokens) > *max) {
        return Some(format!(
            "{} tokens were used, step `{}` may take {}, max_tokens is {max}",
            state.usage.tokens, step.id, wants.tokens
        ));
    }
    let spent = state.usage.usd.saturating_add(reserved.usd);
    let usd = spent.saturating_add(wants.usd);
    // A limit that is just reached leaves nothing for a step, unless the step is known to cost nothing.
    let free = wants.usd == MicroUsd::ZERO && (step.estimate.is_some() || wants.tokens > 0);
    if let Some(max) = max_usd.filter(|max| usd > *max || (spent >= *max && !free)) {
        return Some(format!(
            "${:.6} were used, step `{}` may take ${:.6}, max_usd is {:.6}",
            state.usage.usd.as_usd(),
            step.id,
            wants.usd.as_usd(),
            max.as_usd()
        ));
    }
    let seconds =
        u64::try_from(now.as_second().saturating_sub(state.started_at.as_second())).unwrap_or_default();
    max_wall_s
        .filter(|max| seconds >= *max)
        .map(|max| format!("the run was started {seconds} s ago, max_wall_s is {max}"))
}

/// When the run has to be done.
#[must_use]
pub(super) fn deadline(state: &RunState) -> Option<Timestamp> {
    let seconds = state.budget.max_wall_s?;
    let length = std::time::Duration::from_secs(seconds);
    state.started_at.saturating_add(length).ok()
}

/// What an attempt took: as reported, or as it was estimated when nothing was reported.
#[must_use]
pub(super) fn used(step: &PlanStep, reported: Option<Usage>) -> Usage {
    reported.unwrap_or_else(|| Usage {
        usd: step.estimate.unwrap_or_default(),
        ..Usage::default()
    })
}

/// What `event`, coming after `state`, sets aside and what it books.
pub(super) fn charge(
    run: &RunId,
    state: &RunState,
    event: &RunEvent,
    reserve: &mut Vec<Charge>,
    settle: &mut Vec<Charge>,
) {
    let estimate = |id: &StepId| {
        state
            .index(id)
            .and_then(|index| state.plan.steps.get(index)?.estimate)
    };
    let charge = |step: &StepId, attempt: u32, amount| Charge {
        id: format!("{run}/{step}/{attempt}"),
        amount,
    };
    match event {
        RunEvent::StepAwaitingHost { step, attempt, .. } => {
            // An offer made again stands on the reservation of the first one.
            let begun = state.index(step).and_then(|index| state.steps.get(index));
            let again = begun.is_some_and(|at| at.begun >= *attempt);
            reserve.extend(
                estimate(step)
                    .filter(|_| !again)
                    .map(|usd| charge(step, *attempt, usd)),
            );
        }
        RunEvent::StepStarted {
            step,
            attempt,
            reserved,
            ..
        }
        | RunEvent::StepHedged {
            step,
            attempt,
            reserved,
            ..
        } if reserved.usd > MicroUsd::ZERO => {
            reserve.push(charge(step, *attempt, reserved.usd));
        }
        RunEvent::StepResult {
            step, attempt, usage, ..
        }
        | RunEvent::StepRejected {
            step, attempt, usage, ..
        }
        | RunEvent::StepFailed {
            step, attempt, usage, ..
        }
        | RunEvent::StepDropped {
            step, attempt, usage, ..
        } => {
            let set_aside = state
                .running
                .iter()
                .any(|running| running.reserved.usd > MicroUsd::ZERO);
            if usage.usd > MicroUsd::ZERO || estimate(step).is_some() || set_aside {
                settle.push(charge(step, *attempt, usage.usd));
            }
        }
        RunEvent::RunFailed { .. } | RunEvent::RunCancelled { .. } => {
            let id = |step: usize| state.plan.steps.get(step).map(|step| &step.id);
            // Nothing was handed in on these offers, so nothing is booked for them.
            let offers = state
                .awaiting()
                .filter_map(|offer| Some((id(offer.step)?, offer.attempt)));
            let offers = offers.filter(|(step, _)| estimate(step).is_some());
            settle.extend(offers.map(|(step, attempt)| charge(step, attempt, MicroUsd::ZERO)));
            // What the server was doing may have been done.
            let running = state
                .running
                .iter()
                .filter(|running| running.reserved.usd > MicroUsd::ZERO);
            settle.extend(running.filter_map(|running| {
                Some(charge(id(running.step)?, running.attempt, running.reserved.usd))
            }));
        }
        _ => {}
    }
}
