//! The same step asked of another beside the one who is at it, when waiting for that one would miss a deadline. Whoever
//! is done first has done it, and the other is booked with what was set aside for it.
//!
//! Only where a step has somebody to fall back to, enough is known of the model that is slow, and the budget allows a
//! second attempt, which is set aside before like every other. After Dean and Barroso, "The Tail at Scale" (CACM 56(2),
//! 2013): asked after the 95th percentile, so that at most one of twenty is asked twice.

use super::allot::{self, ranks};
use super::budget;
use super::call::Call;
use super::draft::Draft;
use super::error::Error;
use super::experience::{self, Measure};
use super::fold::{RunState, Running};
use super::{Crews, MAX_TRIES};
use crate::domain::run::Executor;
use crate::domain::{RunEvent, RunId, Scope, Timestamp};
use crate::model::webhook::is_doer;
use crate::store::Committed;

/// An attempt that another may be asked beside.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Slow {
    step: usize,
    /// When.
    pub(super) at: Timestamp,
    /// Who is asked.
    other: String,
    /// Why, in words.
    why: String,
}

impl Crews {
    /// The attempts that another will have to be asked beside, if they are not done before.
    pub(super) async fn slow(&self, scope: &Scope, run: &RunId, state: &RunState) -> Vec<Slow> {
        if !self.settings.hedge || state.end.is_some() {
            return Vec::new();
        }
        let mut slow = Vec::new();
        for running in &state.running {
            let at = state.steps.get(running.step);
            // Once for each attempt: the number of a second one is higher, also when it is over.
            if !running.hedge && at.is_some_and(|at| at.begun == running.attempt) {
                slow.extend(self.slow_one(scope, run, state, running).await);
            }
        }
        slow
    }

    async fn slow_one(
        &self,
        scope: &Scope,
        run: &RunId,
        state: &RunState,
        running: &Running,
    ) -> Option<Slow> {
        let (step, at) = (
            state.plan.steps.get(running.step)?,
            state.steps.get(running.step)?,
        );
        let Executor::Model(by) = &running.executor else {
            return None;
        };
        let Some(Executor::Model(other)) = step.fallbacks.get(at.fallbacks) else {
            return None;
        };
        // A receiver of webhooks may do what cannot be done twice, and answers for its attempt by its own token.
        if is_doer(by) || is_doer(other) {
            return None;
        }
        self.models.get(other)?;
        let of_run = budget::deadline(state);
        if step.timeout_s.is_none() && of_run.is_none() {
            return None;
        }
        let usual = self
            .expected(scope, run, step, by, |past, kind| {
                let known = past.attempts().known(by) >= allot::FEWEST;
                past.attempts()
                    .quantile(kind, Measure::Time, 0.95)
                    .filter(|_| known)
            })
            .await?;
        let rest = self.past(scope, |past| {
            let seconds = experience::seconds(state, Some((past, run)));
            let known = experience::is_known(state, (past, run));
            let rank = ranks(&experience::needs(state), &seconds)
                .get(running.step)
                .copied()?;
            Some(rank - seconds.get(running.step)?).filter(|_| known)
        });
        let rest = rest.await.flatten().unwrap_or(0.0);
        let patience = self.patience(scope, run, step, by).await.as_secs_f64();
        let after = |seconds: f64| {
            let seconds = std::time::Duration::try_from_secs_f64(seconds).ok()?;
            running.since.saturating_add(seconds).ok()
        };
        let due = after(usual)?;
        let given_up = after(patience)?;
        // A step that says how long it may take has a deadline of its own.
        let misses_run =
            of_run.is_some_and(|deadline| after(patience + rest).is_none_or(|end| end > deadline));
        let in_time = of_run.is_none_or(|deadline| due < deadline);
        if due >= given_up || !in_time || !(misses_run || step.timeout_s.is_some()) {
            return None;
        }
        Some(Slow {
            step: running.step,
            at: due,
            other: other.clone(),
            why: format!("{by} has taken longer than 95 of 100 times ({usual:.1} s), and the time is short"),
        })
    }

    /// Asks others beside those that are slow, and says whom.
    pub(super) async fn hedge(&self, scope: &Scope, run: &RunId, now: Timestamp) -> Result<Vec<Call>, Error> {
        for _ in 0..MAX_TRIES {
            let state = self.load(scope, run).await?;
            let mut due = self.slow(scope, run, &state).await;
            due.retain(|slow| slow.at <= now);
            if due.is_empty() {
                return Ok(Vec::new());
            }
            let mut draft = Draft::after(run, state);
            let mut calls = Vec::new();
            for slow in due {
                let Some(step) = draft.state.plan.steps.get(slow.step).cloned() else {
                    continue;
                };
                let Ok(mut call) = self.prepare(scope, &draft, slow.step, &slow.other).await? else {
                    continue;
                };
                call.question.idempotency_key = format!("{run}/{}/{}", step.id, call.attempt);
                let full = draft.state.running.len() >= self.settings.max_parallel;
                if full
                    || budget::exceeded(&draft.state, &step, call.reserved, now).is_some()
                    || self.may_offer(scope, run, &step, Vec::new()).await?.is_err()
                {
                    continue;
                }
                draft.push(RunEvent::StepHedged {
                    at: now,
                    step: step.id,
                    attempt: call.attempt,
                    executor: Executor::Model(slow.other),
                    reserved: call.reserved,
                    why: slow.why,
                });
                calls.push(call);
            }
            if draft.is_empty() {
                return Ok(Vec::new());
            }
            match self.commit(scope, &draft, None).await? {
                Committed::At(_) => return Ok(calls),
                // The one who is at it goes on alone.
                Committed::OverBudget { .. } => return Ok(Vec::new()),
                Committed::Stale { .. } | Committed::Taken { .. } => {}
            }
        }
        Err(Error::Busy {
            run: run.clone(),
            tries: MAX_TRIES,
        })
    }
}
