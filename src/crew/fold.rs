//! The state of a run, computed from its events and nothing else.
//!
//! Pure: no clock, no IO, no randomness. It takes every sequence of events, also one that no honest run could
//! have written: what makes no sense is counted and otherwise passed over, so that a reader never panics and
//! a step is never reported done that was not offered first.

use crate::domain::run::{QuotedLesson, Usage, Violation};
use crate::domain::{Digest, RunEvent, StepId, Timestamp};
use crate::store::Seq;

mod state;

pub use state::{Answer, End, Offer, RunState, Standing, StepResult, StepState};

/// The class of a run that failed because its budget was used up: the only end that can be reopened.
pub const OVER_BUDGET: &str = "over_budget";

/// The state after `events`, in their order; `None` when none of them starts a run.
pub fn fold<'a>(events: impl IntoIterator<Item = &'a RunEvent>) -> Option<RunState> {
    let mut state: Option<RunState> = None;
    for (seq, event) in (1..).zip(events) {
        match &mut state {
            Some(state) => state.apply(event),
            None => state = RunState::start(seq, event),
        }
    }
    state
}

impl RunState {
    fn start(seq: Seq, event: &RunEvent) -> Option<Self> {
        let RunEvent::RunCreated {
            at,
            principal,
            task,
            plan,
            budget,
        } = event
        else {
            return None;
        };
        Some(Self {
            seq,
            started_at: *at,
            touched_at: *at,
            principal: principal.clone(),
            task: task.clone(),
            steps: vec![StepState::default(); plan.steps.len()],
            plan: plan.clone(),
            budget: *budget,
            offers: Vec::new(),
            usage: Usage::default(),
            submissions: 0,
            end: None,
        })
    }

    /// Takes the next event in.
    pub fn apply(&mut self, event: &RunEvent) {
        self.seq += 1;
        match event {
            RunEvent::RunCreated { .. } => return,
            RunEvent::StepAwaitingHost {
                step,
                attempt,
                expires_at,
                lessons,
                ..
            } => {
                self.offer(step, *attempt, *expires_at, lessons);
            }
            RunEvent::StepResult {
                step,
                attempt,
                submitted,
                output,
                bytes,
                repaired,
                warnings,
                usage,
                ..
            } => {
                if let Some(index) = self.answer(step, *attempt, *submitted, &[], *usage)
                    && let Some(state) = self.steps.get_mut(index)
                {
                    state.result = Some(StepResult {
                        attempt: *attempt,
                        output: *output,
                        bytes: *bytes,
                        repaired: *repaired,
                        warnings: warnings.clone(),
                    });
                }
            }
            RunEvent::StepRejected {
                step,
                attempt,
                submitted,
                violations,
                usage,
                ..
            } => {
                if let Some(index) = self.answer(step, *attempt, *submitted, violations, *usage)
                    && let Some(state) = self.steps.get_mut(index)
                {
                    state.failed = state.failed.saturating_add(1);
                    state.rejections.push((*attempt, *submitted, violations.clone()));
                }
            }
            RunEvent::RunResumed { budget, .. } => {
                if self.can_go_on() {
                    self.end = None;
                    self.budget = *budget;
                }
            }
            RunEvent::RunCompleted { .. } => {
                if self.done() == self.steps.len() {
                    self.finish(End::Completed);
                }
            }
            RunEvent::RunFailed { class, reason, .. } => {
                self.finish(End::Failed {
                    class: class.clone(),
                    reason: reason.clone(),
                });
            }
            RunEvent::RunCancelled { reason, .. } => self.finish(End::Cancelled {
                reason: reason.clone(),
            }),
        }
        self.touched_at = event.at();
    }

    fn offer(&mut self, id: &StepId, attempt: u32, expires_at: Timestamp, lessons: &[QuotedLesson]) {
        let Some(step) = self.index(id) else { return };
        let due = self.end.is_none()
            && self
                .plan
                .steps
                .get(step)
                .is_some_and(|plan| plan.needs.iter().all(|need| self.result(need).is_some()));
        let Some(state) = self
            .steps
            .get_mut(step)
            .filter(|state| due && state.result.is_none())
        else {
            return;
        };
        if !lessons.is_empty() {
            state.lessons = lessons.to_vec();
        }
        self.offers.push(Offer {
            seq: self.seq,
            step,
            attempt,
            expires_at,
            answer: None,
        });
    }

    /// Closes the open offer of a step and books what was used; the step's place, if there is such an offer.
    fn answer(
        &mut self,
        id: &StepId,
        attempt: u32,
        submitted: Digest,
        violations: &[Violation],
        usage: Usage,
    ) -> Option<usize> {
        let step = self.index(id)?;
        let open = self
            .awaiting()
            .find(|offer| offer.step == step && offer.attempt == attempt)?
            .seq;
        let offer = self.offers.iter_mut().find(|offer| offer.seq == open)?;
        offer.answer = Some(Answer {
            submitted,
            violations: violations.to_vec(),
        });
        self.submissions = self.submissions.saturating_add(1);
        self.usage.usd = self.usage.usd.saturating_add(usage.usd);
        self.usage.tokens = self.usage.tokens.saturating_add(usage.tokens);
        Some(step)
    }

    fn finish(&mut self, end: End) {
        if self.end.is_none() {
            self.end = Some(end);
        }
    }
}

#[cfg(test)]
mod tests;
