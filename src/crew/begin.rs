//! Begins attempts by models: what is set aside for one is written down before anything is sent.

use super::advance;
use super::budget;
use super::call::{Call, reserve, tokens_of};
use super::draft::Draft;
use super::error::Error;
use super::fold::{OVER_BUDGET, RunState};
use super::lent::CLIENT;
use super::recovery::Seen;
use super::{Crews, MAX_TRIES};
use crate::domain::run::{Executor, FailureClass, Remedy, Usage};
use crate::domain::{MicroUsd, PlanStep, RunEvent, RunId, Scope, Timestamp};
use crate::model::Question;
use crate::model::webhook::is_doer;
use crate::store::Committed;

impl Crews {
    /// Begins what may be begun, and says what that is.
    pub(super) async fn begin(&self, scope: &Scope, run: &RunId, now: Timestamp) -> Result<Vec<Call>, Error> {
        let mut allowed = None;
        for _ in 0..MAX_TRIES {
            let state = self.load(scope, run).await?;
            if advance::startable(&state, now).next().is_none() {
                return Ok(Vec::new());
            }
            let mut draft = Draft::after(run, state);
            let calls = self.add_due(scope, &mut draft, now, allowed).await?;
            if draft.is_empty() {
                return Ok(Vec::new());
            }
            self.follow(scope, &mut draft, now, None).await?;
            match self.commit(scope, &draft, None).await? {
                Committed::At(_) => return self.begun(scope, &draft, calls).await,
                Committed::OverBudget { left } => allowed = Some(left),
                Committed::Stale { .. } | Committed::Taken { .. } => {}
            }
        }
        Err(Error::Busy {
            run: run.clone(),
            tries: MAX_TRIES,
        })
    }

    /// Adds to `draft` the beginnings of what may be begun after it. `allowed` is what is left of the project's budget,
    /// when that just refused a step.
    pub(super) async fn add_due(
        &self,
        scope: &Scope,
        draft: &mut Draft,
        now: Timestamp,
        allowed: Option<MicroUsd>,
    ) -> Result<Vec<Call>, Error> {
        let room = self
            .settings
            .max_parallel
            .saturating_sub(draft.state.running.len());
        let due: Vec<usize> = advance::startable(&draft.state, now).collect();
        if due.is_empty() || room == 0 {
            return Ok(Vec::new());
        }
        let due = self.in_order(scope, &draft.run, &draft.state, due).await;
        let (mut calls, mut over) = (Vec::<Call>::new(), None);
        for index in due.into_iter().take(room) {
            let Some(step) = draft.state.plan.steps.get(index).cloned() else {
                continue;
            };
            let mut call = match self.by_one_of(scope, draft, index, &calls, now).await? {
                Ok(call) => call,
                Err((class, message)) => {
                    draft.push(self.cannot(&draft.state, index, &step, class, message, now));
                    continue;
                }
            };
            over = budget::exceeded(&draft.state, &step, call.reserved, now);
            let together = draft.set_aside().saturating_add(call.reserved.usd);
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
            match self.may_offer(scope, &draft.run, &step, lessons).await? {
                Err(reason) => {
                    let class = FailureClass::Denied;
                    draft.push(self.cannot(&draft.state, index, &step, class, reason, now));
                }
                Ok(lessons) => {
                    call.has_news = !lessons.is_empty();
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
        Ok(calls)
    }

    /// The attempts that `draft` begins and that are written now, with the lessons that they were given.
    pub(super) async fn begun(
        &self,
        scope: &Scope,
        draft: &Draft,
        mut calls: Vec<Call>,
    ) -> Result<Vec<Call>, Error> {
        for call in calls.iter_mut().filter(|call| call.has_news) {
            if let Some(index) = draft.state.index(&call.step)
                && let Some(step) = draft.state.plan.steps.get(index)
            {
                call.question = Question {
                    timeout: call.question.timeout,
                    idempotency_key: call.question.idempotency_key.clone(),
                    ..self.question(scope, draft, index, step).await?
                };
            }
        }
        Ok(calls)
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
        let model = match name {
            CLIENT => self.lent.get(scope, &draft.run),
            name => self.models.get(name),
        };
        let Some(model) = model else {
            if name == CLIENT {
                let message = "no client is connected to the run that has its own model asked";
                return Ok(Err((FailureClass::MissingModel, message.to_owned())));
            }
            let message = format!(
                "`{name}` is not set up; set up are: {}",
                self.models.ids().collect::<Vec<_>>().join(", ")
            );
            return Ok(Err((FailureClass::MissingModel, message)));
        };
        let mut question = self.question(scope, draft, index, step).await?;
        if !is_doer(name) {
            // A receiver is told how long it has.
            question.timeout = self.patience(scope, &draft.run, step, name).await;
        }
        let reserved = match is_doer(name) {
            true => Some(Usage::default()),
            false => reserve(&question, model.as_ref()),
        };
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
            has_news: false,
        }))
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
