//! Begins attempts by models: what is set aside for one is written down before anything is sent.

use super::advance;
use super::budget;
use super::call::{Call, reserve, tokens_of};
use super::draft::Draft;
use super::error::Error;
use super::fold::{OVER_BUDGET, RunState};
use super::recovery::Seen;
use super::{Crews, MAX_TRIES};
use crate::domain::run::{Executor, FailureClass, Remedy, Usage};
use crate::domain::{MicroUsd, PlanStep, RunEvent, RunId, Scope, Timestamp};
use crate::model::Question;
use crate::store::Committed;

impl Crews {
    /// Begins what may be begun, and says what that is.
    pub(super) async fn begin(&self, scope: &Scope, run: &RunId, now: Timestamp) -> Result<Vec<Call>, Error> {
        let mut allowed: Option<MicroUsd> = None;
        for _ in 0..MAX_TRIES {
            let state = self.load(scope, run).await?;
            let room = self.settings.max_parallel.saturating_sub(state.running.len());
            let due: Vec<usize> = advance::startable(&state, now).collect();
            if due.is_empty() || room == 0 {
                return Ok(Vec::new());
            }
            let due = self
                .in_order(scope, run, &state, due)
                .await
                .into_iter()
                .take(room);
            let mut draft = Draft::after(run, state);
            let (mut calls, mut over, mut together) = (Vec::<Call>::new(), None, MicroUsd::ZERO);
            for index in due {
                let Some(step) = draft.state.plan.steps.get(index).cloned() else {
                    continue;
                };
                let begun = self.by_one_of(scope, &draft, index, &calls, now).await?;
                let call = match begun {
                    Ok(call) => call,
                    Err((class, message)) => {
                        draft.push(self.cannot(&draft.state, index, &step, class, message, now));
                        continue;
                    }
                };
                over = budget::exceeded(&draft.state, &step, call.reserved, now);
                together = together.saturating_add(call.reserved.usd);
                if over.is_none()
                    && let Some(left) = allowed.filter(|left| together > *left)
                {
                    over = Some(advance::project_refuses(step.id.as_str(), call.reserved, left));
                }
                if over.is_some() {
                    break;
                }
                let lessons = match call.attempt {
                    1 => self.recalled(scope, &draft.state.task, &step).await,
                    _ => Vec::new(),
                };
                match self.may_offer(scope, run, &step, lessons).await? {
                    Err(reason) => {
                        draft.push(self.cannot(
                            &draft.state,
                            index,
                            &step,
                            FailureClass::Denied,
                            reason,
                            now,
                        ));
                    }
                    Ok(lessons) => {
                        draft.push(RunEvent::StepStarted {
                            at: now,
                            step: step.id.clone(),
                            attempt: call.attempt,
                            executor: Executor::Model(call.model.id().to_owned()),
                            reserved: call.reserved,
                            lessons,
                        });
                        calls.push(call);
                    }
                }
            }
            if let Some(reason) = over
                && draft.state.running.is_empty()
                && draft.state.awaiting().next().is_none()
            {
                draft.push(RunEvent::RunFailed {
                    at: now,
                    class: OVER_BUDGET.to_owned(),
                    reason,
                });
            }
            if draft.is_empty() {
                return Ok(Vec::new());
            }
            self.follow(scope, &mut draft, now, None).await?;
            match self.commit(scope, &draft, None).await? {
                Committed::At(_) => {
                    // With the lessons that the first attempt was given.
                    for call in &mut calls {
                        self.write_question(scope, &draft, call).await?;
                    }
                    return Ok(calls);
                }
                Committed::OverBudget { left } => allowed = Some(left),
                Committed::Stale { .. } | Committed::Taken { .. } => {}
            }
        }
        Err(Error::Busy {
            run: run.clone(),
            tries: MAX_TRIES,
        })
    }

    /// An attempt by the one of those who can do the step equally well that is expected to be done first, of those whom
    /// the budget allows; `calls` are begun with it.
    async fn by_one_of(
        &self,
        scope: &Scope,
        draft: &Draft,
        index: usize,
        calls: &[Call],
        now: Timestamp,
    ) -> Result<Result<Call, (FailureClass, String)>, Error> {
        let mut first = None;
        for name in self
            .by_finish(scope, &draft.run, &draft.state, index, calls)
            .await
        {
            let begun = self.prepare(scope, draft, index, &name).await?;
            let step = draft.state.plan.steps.get(index);
            let allowed = begun.as_ref().is_ok_and(|call| {
                step.is_some_and(|step| budget::exceeded(&draft.state, step, call.reserved, now).is_none())
            });
            if allowed {
                return Ok(begun);
            }
            first.get_or_insert(begun);
        }
        let nobody = || Err((FailureClass::BadRequest, "no model does it".to_owned()));
        Ok(first.unwrap_or_else(nobody))
    }

    /// An attempt by `name` as it would be made, or why it cannot be.
    pub(super) async fn prepare(
        &self,
        scope: &Scope,
        draft: &Draft,
        index: usize,
        name: &str,
    ) -> Result<Result<Call, (FailureClass, String)>, Error> {
        let (Some(at), Some(step)) = (draft.state.steps.get(index), draft.state.plan.steps.get(index)) else {
            return Ok(Err((
                FailureClass::BadRequest,
                "there is no such step".to_owned(),
            )));
        };
        let Some(model) = self.models.get(name) else {
            let message = format!(
                "`{name}` is not set up; set up are: {}",
                self.models.ids().collect::<Vec<_>>().join(", ")
            );
            return Ok(Err((FailureClass::MissingModel, message)));
        };
        let mut question = self.question(scope, draft, index, step).await?;
        question.timeout = self.patience(scope, &draft.run, step, name).await;
        let reserved = reserve(&question, model.as_ref());
        if reserved.is_none() && draft.state.budget.max_usd.is_some() {
            let message = format!(
                "the price of `{name}` is not known, so max_usd cannot be kept; give it under [providers]"
            );
            return Ok(Err((FailureClass::BadRequest, message)));
        }
        Ok(Ok(Call {
            step: step.id.clone(),
            attempt: at.begun.saturating_add(1),
            reserved: reserved.unwrap_or_else(|| tokens_of(&question)),
            model,
            question,
        }))
    }

    /// Asks it with the lessons that its step was given when it was begun.
    pub(super) async fn write_question(
        &self,
        scope: &Scope,
        draft: &Draft,
        call: &mut Call,
    ) -> Result<(), Error> {
        if let Some(index) = draft.state.index(&call.step)
            && let Some(step) = draft.state.plan.steps.get(index)
        {
            let (timeout, idempotency_key) = (call.question.timeout, call.question.idempotency_key.clone());
            call.question = Question {
                timeout,
                idempotency_key,
                ..self.question(scope, draft, index, step).await?
            };
        }
        Ok(())
    }

    fn cannot(
        &self,
        state: &RunState,
        index: usize,
        step: &PlanStep,
        class: FailureClass,
        message: String,
        at: Timestamp,
    ) -> RunEvent {
        let standing = state.steps.get(index);
        let seen = Seen {
            class,
            retry_after: None,
            jitter: 0.0,
        };
        RunEvent::StepFailed {
            at,
            step: step.id.clone(),
            attempt: standing.map_or(0, |standing| standing.begun),
            class,
            message,
            usage: Usage::default(),
            remedy: standing.map_or(Remedy::GiveUp, |standing| {
                self.settings
                    .recovery
                    .remedy(seen, standing, at, budget::deadline(state))
            }),
        }
    }
}
