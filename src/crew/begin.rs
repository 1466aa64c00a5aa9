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
        let due: Vec<usize> = advance::startable(&draft.state, now).take(room).collect();
        let (mut calls, mut over, mut together) = (Vec::new(), None, MicroUsd::ZERO);
        for index in due {
            let Some(step) = draft.state.plan.steps.get(index).cloned() else {
                continue;
            };
            let mut call = match self.prepare(scope, draft, index, &step).await? {
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
                call.question = self.question(scope, draft, index, step).await?;
            }
        }
        Ok(calls)
    }

    /// An attempt as it would be made, or why it cannot be.
    async fn prepare(
        &self,
        scope: &Scope,
        draft: &Draft,
        index: usize,
        step: &PlanStep,
    ) -> Result<Result<Call, (FailureClass, String)>, Error> {
        let Some(at) = draft.state.steps.get(index) else {
            return Ok(Err((
                FailureClass::BadRequest,
                "there is no such step".to_owned(),
            )));
        };
        let Executor::Model(name) = &at.executor else {
            return Ok(Err((FailureClass::BadRequest, "no model does it".to_owned())));
        };
        let model = match name.as_str() {
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
        let question = self.question(scope, draft, index, step).await?;
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
