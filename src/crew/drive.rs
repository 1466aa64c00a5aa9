//! Steps that the server has models do: begun, concluded, recovered, all by the journal.
//!
//! An attempt is written down with what is set aside for it before anything is sent, and what became of it before
//! anything follows. After a crash the attempt that was being made is known: it counts as failed, what was set aside for
//! it is booked, because it may have been done, and the step is begun anew. A step with a result never is.

use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt as _;
use futures::stream::{FuturesUnordered, StreamExt as _};
use tokio::sync::Notify;

use super::advance;
use super::budget;
use super::draft::Draft;
use super::error::Error;
use super::examine::{Judged, Said};
use super::fold::{OVER_BUDGET, RunState};
use super::recovery::{Seen, jitter};
use super::step::{event, explain};
use super::{Crews, MAX_TRIES, Submission};
use crate::domain::run::{Executor, FailureClass, Remedy, Usage};
use crate::domain::{MicroUsd, PlanStep, RunEvent, RunId, Scope, StepId, Timestamp};
use crate::model::{Answer, Failure, Model, Question, Tokens};
use crate::store::{Committed, Seq};

/// Most outcomes that are written at once.
const AT_ONCE: usize = 64;
/// Bytes of the lessons that a first attempt is given after this is reckoned: three, each with its title and heading.
const LESSONS: usize = 1_300;
/// Most runs that go on after a restart.
const MAX_RESTARTED: usize = 1_000;

/// An attempt that is being made.
#[derive(Debug)]
struct Call {
    step: StepId,
    attempt: u32,
    model: Arc<dyn Model>,
    question: Question,
    reserved: Usage,
}

/// What became of it.
#[derive(Debug)]
struct Done {
    call: Call,
    answer: Result<Answer, Failure>,
}

impl Crews {
    /// The next run that has to be [driven](Self::drive).
    pub async fn next_run(&self) -> Option<(Scope, RunId)> {
        self.work.next().await
    }

    /// Has the runs go on that the server was working on when the process ended. How many there are.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn restart(&self) -> Result<usize, Error> {
        let mut restarted = 0;
        for (scope, open) in self.journal.unfinished_anywhere(MAX_RESTARTED).await? {
            // A run that cannot be read must not keep the others from going on.
            match self.load(&scope, &open.run).await {
                Ok(state) if advance::has_work(&state) => {
                    self.work.changed(&scope, &open.run, true);
                    restarted += 1;
                }
                Ok(_) => {}
                Err(error) => {
                    tracing::error!(%error, run = %open.run, "a run cannot be read and does not go on");
                }
            }
        }
        Ok(restarted)
    }

    /// Does all that is to be done on a run by models that are set up, until it ends or waits for the host. Returns at
    /// once when somebody does already.
    ///
    /// # Errors
    /// When the store cannot be read or written; the run then goes on with the next call about it, or a restart.
    pub async fn drive(&self, scope: &Scope, run: &RunId) -> Result<(), Error> {
        let Some(claim) = self.work.claim(scope, run) else {
            return Ok(());
        };
        let seen = self.drive_alone(scope, run, &claim.wake).await?;
        drop(claim);
        // Something may have come up between the last look and letting go.
        let state = self.load(scope, run).await?;
        if state.seq != seen && advance::has_work(&state) {
            self.work.changed(scope, run, true);
        }
        Ok(())
    }

    /// The number of the last event when there was nothing left to do.
    async fn drive_alone(&self, scope: &Scope, run: &RunId, wake: &Notify) -> Result<Seq, Error> {
        self.settle_orphans(scope, run).await?;
        let mut going = FuturesUnordered::new();
        loop {
            let state = self.load(scope, run).await?;
            if state.end.is_some() {
                // What is still asked is dropped: nobody waits for it.
                return Ok(state.seq);
            }
            // One moment for both questions: what can be begun, and when the next can.
            let now = self.clock.now();
            for call in self.begin(scope, run, now).await? {
                going.push(Self::ask(scope, call));
            }
            let state = self.load(scope, run).await?;
            let timer = advance::wakes_at(&state, now);
            if going.is_empty() && timer.is_none() {
                return Ok(state.seq);
            }
            let until = timer.map(|at| Duration::try_from(at.duration_since(now)).unwrap_or_default());
            tokio::select! {
                Some(first) = going.next() => {
                    let mut done = vec![first];
                    while done.len() < AT_ONCE && let Some(Some(next)) = going.next().now_or_never() {
                        done.push(next);
                    }
                    self.conclude(scope, run, done).await?;
                }
                () = tokio::time::sleep(until.unwrap_or_default()), if until.is_some() => {}
                () = wake.notified() => {}
            }
        }
    }

    /// Attempts that were being made when a process ended: they may have been done, so what was set aside is booked.
    async fn settle_orphans(&self, scope: &Scope, run: &RunId) -> Result<(), Error> {
        for _ in 0..MAX_TRIES {
            let state = self.load(scope, run).await?;
            if state.running.is_empty() || state.end.is_some() {
                return Ok(());
            }
            let now = self.clock.now();
            let mut draft = Draft::after(run, state.clone());
            for running in &state.running {
                let (Some(step), Some(at)) =
                    (state.plan.steps.get(running.step), state.steps.get(running.step))
                else {
                    continue;
                };
                let seen = Seen {
                    class: FailureClass::Crash,
                    retry_after: None,
                    jitter: 0.0,
                };
                draft.push(RunEvent::StepFailed {
                    at: now,
                    step: step.id.clone(),
                    attempt: running.attempt,
                    class: FailureClass::Crash,
                    message: "the process ended while the step was being done".to_owned(),
                    usage: running.reserved,
                    remedy: self
                        .settings
                        .recovery
                        .remedy(seen, at, now, budget::deadline(&state)),
                });
            }
            self.follow(scope, &mut draft, now, None).await?;
            if let Committed::At(_) = self.commit(scope, &draft, None).await? {
                return Ok(());
            }
        }
        Err(Error::Busy {
            run: run.clone(),
            tries: MAX_TRIES,
        })
    }

    /// Begins what may be begun, and says what that is.
    async fn begin(&self, scope: &Scope, run: &RunId, now: Timestamp) -> Result<Vec<Call>, Error> {
        let mut allowed: Option<MicroUsd> = None;
        for _ in 0..MAX_TRIES {
            let state = self.load(scope, run).await?;
            let room = self.settings.max_parallel.saturating_sub(state.running.len());
            let due: Vec<usize> = advance::startable(&state, now).take(room).collect();
            if due.is_empty() {
                return Ok(Vec::new());
            }
            let mut draft = Draft::after(run, state);
            let (mut calls, mut over, mut together) = (Vec::new(), None, MicroUsd::ZERO);
            for index in due {
                let Some(step) = draft.state.plan.steps.get(index).cloned() else {
                    continue;
                };
                let begun = self.prepare(scope, &draft, index, &step).await?;
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
        let Some(model) = self.models.get(name) else {
            let message = format!(
                "`{name}` is not set up; set up are: {}",
                self.models.ids().collect::<Vec<_>>().join(", ")
            );
            return Ok(Err((FailureClass::MissingModel, message)));
        };
        let question = self.question(scope, draft, index, step).await?;
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

    async fn write_question(&self, scope: &Scope, draft: &Draft, call: &mut Call) -> Result<(), Error> {
        if let Some(index) = draft.state.index(&call.step)
            && let Some(step) = draft.state.plan.steps.get(index)
        {
            call.question = self.question(scope, draft, index, step).await?;
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

    async fn ask(scope: &Scope, call: Call) -> Done {
        let asked = call.model.ask(scope, &call.question);
        let answer = tokio::time::timeout(call.question.timeout, asked)
            .await
            .unwrap_or_else(|_| {
                Err(Failure {
                    class: FailureClass::Timeout,
                    status: None,
                    retry_after: None,
                    message: format!("no answer within {} s", call.question.timeout.as_secs_f32()),
                    tokens: None,
                })
            });
        Done { call, answer }
    }

    /// Writes down what became of attempts, and what follows.
    async fn conclude(&self, scope: &Scope, run: &RunId, done: Vec<Done>) -> Result<(), Error> {
        let mut judged: Vec<Option<(Submission, Said, Judged)>> = Vec::with_capacity(done.len());
        let mut refused = None;
        for tries in 0..MAX_TRIES {
            let state = self.load(scope, run).await?;
            if state.end.is_some() {
                return Ok(());
            }
            let now = self.clock.now();
            let mut draft = Draft::after(run, state);
            for (n, Done { call, answer }) in done.iter().enumerate() {
                let Some(index) = draft.state.index(&call.step) else {
                    continue;
                };
                let Some(step) = draft.state.plan.steps.get(index).cloned() else {
                    continue;
                };
                if tries == 0 {
                    judged.push(match answer {
                        Ok(answer) => {
                            let submission = submission(call, answer);
                            let said = Said::by(&submission);
                            let verdict = self.examine(scope, run, &draft.state, &step, &said).await?;
                            Some((submission, said, verdict))
                        }
                        Err(_) => None,
                    });
                }
                match (answer, judged.get(n).and_then(Option::as_ref)) {
                    (_, Some((submission, said, verdict))) => {
                        let (event, blob) =
                            event(&step, call.attempt, &said.digest, verdict, submission, now);
                        if let Some((digest, bytes)) = blob {
                            draft.keep(digest, bytes);
                        }
                        draft.push(event);
                        self.follow(scope, &mut draft, now, refused).await?;
                        explain(verdict, &mut draft);
                    }
                    (Err(failure), None) => {
                        let event = self.failed(&draft.state, call, index, failure, now);
                        draft.push(event);
                        self.follow(scope, &mut draft, now, refused).await?;
                    }
                    (Ok(_), None) => {}
                }
            }
            match self.commit(scope, &draft, None).await? {
                Committed::At(_) => {
                    for (Done { call, .. }, judged) in done.iter().zip(&judged) {
                        if let Some((submission, _, verdict)) = judged
                            && let Some(step) = draft
                                .state
                                .index(&call.step)
                                .and_then(|index| draft.state.plan.steps.get(index))
                        {
                            Box::pin(self.tell_router(scope, run, step, call.attempt, submission, verdict))
                                .await;
                        }
                    }
                    return Ok(());
                }
                Committed::OverBudget { left } => refused = Some(left),
                Committed::Stale { .. } | Committed::Taken { .. } => {}
            }
        }
        Err(Error::Busy {
            run: run.clone(),
            tries: MAX_TRIES,
        })
    }

    fn failed(
        &self,
        state: &RunState,
        call: &Call,
        index: usize,
        failure: &Failure,
        at: Timestamp,
    ) -> RunEvent {
        let key = format!("{}/{}/{}", state.started_at, call.step, call.attempt);
        let seen = Seen {
            class: failure.class,
            retry_after: failure.retry_after,
            jitter: jitter(&key),
        };
        let remedy = state.steps.get(index).map_or(Remedy::GiveUp, |standing| {
            self.settings
                .recovery
                .remedy(seen, standing, at, budget::deadline(state))
        });
        RunEvent::StepFailed {
            at,
            step: call.step.clone(),
            attempt: call.attempt,
            class: failure.class,
            message: super::handoff::brief(&failure.message, 300),
            usage: took_nevertheless(call, failure),
            remedy,
        }
    }
}

/// The most that a call may take; nothing where a price is not known. A token of the question covers at least one byte.
fn reserve(question: &Question, model: &dyn Model) -> Option<Usage> {
    let prices = model.prices()?;
    let tokens = tokens_of(question).tokens;
    let output = u64::from(question.max_tokens);
    let usd = prices.cost(Tokens {
        input: tokens.saturating_sub(output),
        cached: 0,
        output,
    })?;
    Some(Usage { usd, tokens })
}

fn tokens_of(question: &Question) -> Usage {
    let schema = question
        .schema
        .as_ref()
        .map_or(0, |schema| schema.to_string().len());
    let bytes = question.system.len() + question.prompt.len() + schema + 64 + LESSONS;
    Usage {
        usd: MicroUsd::ZERO,
        tokens: bytes as u64 + u64::from(question.max_tokens),
    }
}

/// What a failed call is booked with. Of one that may have been answered, without anybody saying what it took, all that
/// was set aside.
fn took_nevertheless(call: &Call, failure: &Failure) -> Usage {
    match failure.tokens {
        Some(tokens) => used(call, tokens, None),
        None if matches!(failure.class, FailureClass::Timeout | FailureClass::Truncated) => call.reserved,
        None => Usage::default(),
    }
}

fn used(call: &Call, tokens: Tokens, cost: Option<MicroUsd>) -> Usage {
    let cost = cost.or_else(|| call.model.prices()?.cost(tokens));
    Usage {
        usd: cost.unwrap_or(call.reserved.usd),
        tokens: tokens.input.saturating_add(tokens.output),
    }
}

fn submission(call: &Call, answer: &Answer) -> Submission {
    let usage = answer
        .tokens
        .map_or(call.reserved, |tokens| used(call, tokens, answer.cost));
    Submission {
        step_token: String::new(),
        output: Some(answer.text.clone().into()),
        error: None,
        usage: Some(usage),
        // As the catalogue names it.
        model: call.model.id().split_once('/').map(|(_, model)| model.to_owned()),
    }
}
