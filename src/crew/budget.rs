//! What a run may use, and the charges that its steps make on the project's budget.
//!
//! A budget stops the next step; it never throws away work that was handed in.

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

/// Why `step` may not be offered any more, in words; `None` while the budget allows it.
#[must_use]
pub(super) fn exceeded(state: &RunState, step: &PlanStep, now: Timestamp) -> Option<String> {
    let RunBudget {
        max_usd,
        max_tokens,
        max_steps,
        max_wall_s,
    } = state.budget;
    if let Some(max) = max_steps.filter(|max| state.submissions >= *max) {
        return Some(format!(
            "{} submissions were made, max_steps is {max}",
            state.submissions
        ));
    }
    if let Some(max) = max_tokens.filter(|max| state.usage.tokens >= *max) {
        return Some(format!(
            "{} tokens were used, max_tokens is {max}",
            state.usage.tokens
        ));
    }
    let usd = state.usage.usd.saturating_add(step.estimate.unwrap_or_default());
    // A limit that is just reached leaves nothing for a step, unless the step is known to cost nothing.
    let free = step.estimate == Some(MicroUsd::ZERO);
    if let Some(max) = max_usd.filter(|max| usd > *max || (state.usage.usd >= *max && !free)) {
        return Some(format!(
            "${:.6} were used, step `{}` may take ${:.6}, max_usd is {:.6}",
            state.usage.usd.as_usd(),
            step.id,
            step.estimate.unwrap_or_default().as_usd(),
            max.as_usd()
        ));
    }
    let seconds =
        u64::try_from(now.as_second().saturating_sub(state.started_at.as_second())).unwrap_or_default();
    max_wall_s
        .filter(|max| seconds >= *max)
        .map(|max| format!("the run was started {seconds} s ago, max_wall_s is {max}"))
}

/// What an attempt took: as reported, or as it was estimated when nothing was reported.
#[must_use]
pub(super) fn used(step: &PlanStep, reported: Option<Usage>) -> Usage {
    reported.unwrap_or_else(|| Usage {
        usd: step.estimate.unwrap_or_default(),
        tokens: 0,
    })
}

/// What `events`, following `state`, set aside and what they book.
#[must_use]
pub(super) fn charges(run: &RunId, state: &RunState, events: &[RunEvent]) -> (Vec<Charge>, Vec<Charge>) {
    let estimate = |id: &StepId| {
        state
            .plan
            .steps
            .iter()
            .find(|step| step.id == *id)
            .and_then(|step| step.estimate)
    };
    let charge = |step: &StepId, attempt: u32, amount| Charge {
        id: format!("{run}/{step}/{attempt}"),
        amount,
    };
    let (mut reserve, mut settle) = (Vec::new(), Vec::new());
    for event in events {
        match event {
            RunEvent::StepAwaitingHost { step, attempt, .. } => {
                // An offer made again stands on the reservation of the first one.
                let again = state.offers.iter().any(|offer| {
                    offer.attempt == *attempt
                        && state
                            .plan
                            .steps
                            .get(offer.step)
                            .is_some_and(|plan| plan.id == *step)
                });
                reserve.extend(
                    estimate(step)
                        .filter(|_| !again)
                        .map(|usd| charge(step, *attempt, usd)),
                );
            }
            RunEvent::StepResult {
                step, attempt, usage, ..
            }
            | RunEvent::StepRejected {
                step, attempt, usage, ..
            } if usage.usd > MicroUsd::ZERO || estimate(step).is_some() => {
                settle.push(charge(step, *attempt, usage.usd));
            }
            RunEvent::RunFailed { .. } | RunEvent::RunCancelled { .. } => {
                // Nothing was handed in on these offers, so nothing is booked for them.
                let answered = |id: &StepId| {
                    settle
                        .iter()
                        .any(|charge: &Charge| charge.id.contains(&format!("/{id}/")))
                };
                let open: Vec<_> = state
                    .awaiting()
                    .filter_map(|offer| Some((state.plan.steps.get(offer.step)?, offer.attempt)))
                    .filter(|(step, _)| step.estimate.is_some() && !answered(&step.id))
                    .map(|(step, attempt)| charge(&step.id, attempt, MicroUsd::ZERO))
                    .collect();
                settle.extend(open);
            }
            _ => {}
        }
    }
    (reserve, settle)
}
