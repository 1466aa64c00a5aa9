//! The state of a run, computed from its events and nothing else.
//!
//! Pure: no clock, no IO, no randomness. It takes every sequence of events, also one that no honest run could
//! have written: what makes no sense is counted and otherwise passed over, so that a reader never panics and
//! a step is never reported done that was not due.

use std::sync::Arc;

use crate::domain::run::{Executor, QuotedLesson, Usage, Violation};
use crate::domain::{Digest, RunEvent, StepId, Timestamp};
use crate::store::Seq;

mod expand;
mod places;
mod state;
mod step;

use places::Places;
pub use state::{Answer, End, Offer, RunState, Running, Standing};
pub use step::{StepResult, StepState};

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
            steps: plan
                .steps
                .iter()
                .map(|step| Arc::new(StepState::of(step)))
                .collect(),
            places: Arc::new(Places::of(plan)),
            plan: Arc::new(plan.clone()),
            budget: *budget,
            offers: Vec::new(),
            running: Vec::new(),
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
            } => self.offer(step, *attempt, *expires_at, lessons),
            RunEvent::StepStarted {
                at,
                step,
                attempt,
                executor,
                reserved,
                lessons,
            } => {
                let running = |step| Running {
                    step,
                    attempt: *attempt,
                    executor: executor.clone(),
                    reserved: *reserved,
                    since: *at,
                    hedge: false,
                };
                self.given_to(step, executor);
                self.begin(step, *attempt, lessons, running);
            }
            RunEvent::StepHedged {
                at,
                step,
                attempt,
                executor,
                reserved,
                ..
            } => self.hedge(step, |step| Running {
                step,
                attempt: *attempt,
                executor: executor.clone(),
                reserved: *reserved,
                since: *at,
                hedge: true,
            }),
            RunEvent::StepDropped {
                step, attempt, usage, ..
            } => {
                if let Some(step) = self.index(step) {
                    self.stop(step, *attempt, *usage);
                }
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
                notes,
                ..
            } => {
                let result = StepResult {
                    attempt: *attempt,
                    output: *output,
                    bytes: *bytes,
                    repaired: *repaired,
                    warnings: warnings.clone(),
                    notes: notes.clone(),
                };
                if let Some(index) = self
                    .answer(step, *attempt, *submitted, &[], *usage)
                    .or_else(|| self.own(step))
                    && let Some(state) = self.steps.get_mut(index).map(Arc::make_mut)
                {
                    state.result = Some(result);
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
                    && let Some(state) = self.steps.get_mut(index).map(Arc::make_mut)
                {
                    state.failed = state.failed.saturating_add(1);
                    state.rejections.push((*attempt, *submitted, violations.clone()));
                }
            }
            RunEvent::StepFailed {
                step,
                attempt,
                class,
                message,
                usage,
                remedy,
                ..
            } => {
                let closed = self.close(step, *attempt, *usage);
                let exhausted = || {
                    let index = self.index(step)?;
                    let state = self.steps.get(index)?;
                    (state.begun == *attempt && self.is_due(index) && !self.is_open(index)).then_some(index)
                };
                if let Some(index) = closed.or_else(exhausted)
                    && let (Some(state), Some(plan)) = (
                        self.steps.get_mut(index).map(Arc::make_mut),
                        self.plan.steps.get(index),
                    )
                {
                    state.failures.push((*class, message.clone()));
                    state.follow(*remedy, &plan.fallbacks);
                }
            }
            RunEvent::StepSkipped { step, why, .. } => {
                if let Some(index) = self.index(step).filter(|index| self.is_due(*index))
                    && let Some(state) = self.steps.get_mut(index).map(Arc::make_mut)
                {
                    state.skipped = Some(why.clone());
                }
            }
            RunEvent::Decision {
                step, round, holds, ..
            } => {
                if let Some(state) = self
                    .index(step)
                    .and_then(|index| self.steps.get_mut(index).map(Arc::make_mut))
                {
                    match round {
                        None => state.decided = Some(*holds),
                        Some(round) if *round == state.round => state.enough = Some(*holds),
                        Some(_) => {}
                    }
                }
            }
            RunEvent::RoundBegun { step, round, .. } => self.again(step, *round),
            RunEvent::Expanded { step, items, .. } => self.expand(step, items),
            RunEvent::RunResumed { budget, .. } => {
                if self.can_go_on() {
                    self.end = None;
                    self.budget = *budget;
                }
            }
            RunEvent::RunCompleted { .. } => {
                if self.is_complete() {
                    self.finish(End::Completed);
                }
            }
            RunEvent::RunFailed { class, reason, .. } => self.finish(End::Failed {
                class: class.clone(),
                reason: reason.clone(),
            }),
            RunEvent::RunCancelled { reason, .. } => self.finish(End::Cancelled {
                reason: reason.clone(),
            }),
        }
        self.touched_at = event.at();
    }

    fn offer(&mut self, id: &StepId, attempt: u32, expires_at: Timestamp, lessons: &[QuotedLesson]) {
        let Some(step) = self.index(id) else { return };
        if !self.is_due(step) {
            return;
        }
        let Some(state) = self.steps.get_mut(step).map(Arc::make_mut) else {
            return;
        };
        if !lessons.is_empty() {
            state.lessons = lessons.to_vec();
        }
        state.begun = state.begun.max(attempt);
        state.offer = Some(self.offers.len());
        self.offers.push(Offer {
            seq: self.seq,
            step,
            attempt,
            expires_at,
            answer: None,
        });
    }

    fn begin(
        &mut self,
        id: &StepId,
        attempt: u32,
        lessons: &[QuotedLesson],
        running: impl FnOnce(usize) -> Running,
    ) {
        let Some(step) = self.index(id) else { return };
        if !self.is_due(step) || self.is_open(step) {
            return;
        }
        if let Some(state) = self.steps.get_mut(step).map(Arc::make_mut) {
            if !lessons.is_empty() {
                state.lessons = lessons.to_vec();
            }
            state.begun = state.begun.max(attempt);
            self.running.push(running(step));
        }
    }

    /// A step is begun by one of those to fall back to, who can do it as well: it changes places with the one whose
    /// turn it was.
    fn given_to(&mut self, id: &StepId, executor: &Executor) {
        let Some(index) = self.index(id) else { return };
        let as_planned = self.steps.get(index).is_none_or(|at| at.executor == *executor);
        if as_planned || !self.is_due(index) || self.is_open(index) {
            return;
        }
        let plan = Arc::make_mut(&mut self.plan);
        let state = self.steps.get_mut(index).map(Arc::make_mut);
        let (Some(state), Some(step)) = (state, plan.steps.get_mut(index)) else {
            return;
        };
        let taken = state.fallbacks.min(step.fallbacks.len());
        let (before, left) = step.fallbacks.split_at_mut(taken);
        let turn = before.last_mut().unwrap_or(&mut step.executor);
        let other = left.iter_mut().find(|other| *other == executor);
        if let Some(other) = other.filter(|_| state.executor == *turn && *turn != *executor) {
            std::mem::swap(turn, other);
            state.executor = executor.clone();
        }
    }

    /// Closes what is open of a step and books what was used; the step's place, if that attempt was open.
    fn answer(
        &mut self,
        id: &StepId,
        attempt: u32,
        submitted: Digest,
        violations: &[Violation],
        usage: Usage,
    ) -> Option<usize> {
        let offer = self.index(id).and_then(|step| self.open_offer(step));
        let place = self.close(id, attempt, usage)?;
        if let Some(offer) = offer.and_then(|offer| self.offers.get_mut(offer)) {
            offer.answer = Some(Answer {
                submitted,
                violations: violations.to_vec(),
            });
        }
        Some(place)
    }

    fn close(&mut self, id: &StepId, attempt: u32, usage: Usage) -> Option<usize> {
        let step = self.index(id)?;
        let offered = self.open_offer(step);
        if let Some(offer) = offered.and_then(|offer| self.offers.get_mut(offer)) {
            if offer.attempt != attempt {
                return None;
            }
            Arc::make_mut(self.steps.get_mut(step)?).offer = None;
        } else {
            return self.stop(step, attempt, usage);
        }
        self.book(usage);
        Some(step)
    }

    /// Ends an attempt that the server was making, and books what it used.
    fn stop(&mut self, step: usize, attempt: u32, usage: Usage) -> Option<usize> {
        let is_it = |running: &Running| running.step == step && running.attempt == attempt;
        let at = self.running.iter().position(is_it)?;
        let running = self.running.swap_remove(at);
        self.book(usage);
        if running.hedge {
            // Of the two one counts.
            self.submissions = self.submissions.saturating_sub(1);
        }
        Some(step)
    }

    fn book(&mut self, usage: Usage) {
        self.submissions = self.submissions.saturating_add(1);
        self.usage.usd = self.usage.usd.saturating_add(usage.usd);
        self.usage.tokens = self.usage.tokens.saturating_add(usage.tokens);
        self.usage.output = self.usage.output.saturating_add(usage.output);
    }

    /// A second attempt beside the one that is being made.
    fn hedge(&mut self, id: &StepId, running: impl FnOnce(usize) -> Running) {
        let Some(step) = self.index(id) else { return };
        let beside = self.running.iter().filter(|other| other.step == step).count();
        if beside != 1 || !self.is_due(step) {
            return;
        }
        let running = running(step);
        if let Some(state) = self
            .steps
            .get_mut(step)
            .filter(|state| state.begun < running.attempt)
        {
            let state = Arc::make_mut(state);
            state.begun = running.attempt;
            self.running.push(running);
        }
    }

    /// The place of a step that the server does by itself at once, if it is due.
    fn own(&self, id: &StepId) -> Option<usize> {
        let step = self.index(id)?;
        let by = &self.steps.get(step)?.executor;
        (matches!(by, Executor::Join | Executor::Check(_)) && self.is_due(step)).then_some(step)
    }

    fn again(&mut self, id: &StepId, round: u32) {
        let Some(owner) = self.index(id) else { return };
        let Some(repeat) = self.plan.steps.get(owner).and_then(|step| step.repeat.clone()) else {
            return;
        };
        let begins = self.end.is_none()
            && self.steps.get(owner).is_some_and(|state| {
                state.enough == Some(false)
                    && state.round.checked_add(1) == Some(round)
                    && round <= repeat.max
            });
        if !begins {
            return;
        }
        for id in repeat.steps.iter().chain([id]) {
            let Some(place) = self.index(id) else { continue };
            if let (Some(state), Some(step)) = (
                self.steps.get_mut(place).map(Arc::make_mut),
                self.plan.steps.get(place),
            ) {
                state.anew(step, round);
            }
        }
    }

    fn finish(&mut self, end: End) {
        if self.end.is_none() {
            self.end = Some(end);
            // What is still being done has nobody left who waits for it.
            self.running.clear();
        }
    }
}

#[cfg(test)]
mod tests;
