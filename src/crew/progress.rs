//! What every call about a run does: read its state, write what comes next, show where it stands.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use super::advance::{self, Next};
use super::draft::Draft;
use super::error::Error;
use super::fold::{End, RunState, fold};
use super::handoff::{Excerpt, cut};
use super::reply::{Expected, Page, Reply};
use super::view::{self, News, View};
use super::{Crews, OutputPage, experience, lesson, notice, plan, recorded};
use crate::domain::run::{QuotedLesson, Remedy, Usage};
use crate::domain::{MicroUsd, PlanStep, RunEvent, RunId, Scope, StepId, Timestamp};
use crate::store::{Committed, IdempotencyKey};

/// Sizes of a page of output, tried in turn until the reply fits.
const PAGES: [usize; 3] = [16_000, 8_000, 2_500];

impl Crews {
    pub(super) async fn load(&self, scope: &Scope, run: &RunId) -> Result<Arc<RunState>, Error> {
        let known = self.recent.get(scope, run);
        let after = known.as_ref().map_or(0, |state| state.seq);
        let events = self.journal.replay(scope, run, after).await?;
        let state = match known {
            Some(state) if events.is_empty() => return Ok(state),
            Some(mut state) => {
                let after = Arc::make_mut(&mut state);
                events.iter().for_each(|event| after.apply(event));
                state
            }
            None => Arc::new(fold(&events).ok_or_else(|| Error::UnknownRun { run: run.clone() })?),
        };
        self.recent.put(scope, run, Arc::clone(&state));
        Ok(state)
    }

    /// Adds to `draft` all that follows from it: decisions, what the server does by itself at once, offers, or the end.
    /// An offer that policy stops is the end. `refused` is what is left of the project's budget when that just refused
    /// a step.
    ///
    /// # Errors
    /// When nobody could decide whether a step may be offered, or an output cannot be read.
    pub(super) async fn follow(
        &self,
        scope: &Scope,
        draft: &mut Draft,
        now: Timestamp,
        refused: Option<MicroUsd>,
    ) -> Result<(), Error> {
        loop {
            let state = &draft.state;
            let step = |index: usize| state.plan.steps.get(index).cloned();
            let left = refused.map(|left| left.saturating_sub(draft.set_aside()));
            let next = advance::next(state, now, left);
            let (Next::Decide(index)
            | Next::Expand(index)
            | Next::Own(index)
            | Next::Enough(index)
            | Next::Round(index)
            | Next::Escalate(index, _)
            | Next::Skip { step: index, .. }
            | Next::Offer { step: index, .. }) = next
            else {
                match next {
                    Next::Complete => draft.push(RunEvent::RunCompleted { at: now }),
                    Next::Fail { class, reason } => draft.push(RunEvent::RunFailed {
                        at: now,
                        class,
                        reason,
                    }),
                    _ => {}
                }
                return Ok(());
            };
            let Some(step) = step(index) else { return Ok(()) };
            let event = match next {
                Next::Skip { why, .. } => RunEvent::StepSkipped {
                    at: now,
                    step: step.id,
                    why,
                },
                Next::Escalate(_, class) => {
                    let attempt = state.steps.get(index).map_or(0, |at| at.begun);
                    RunEvent::StepFailed {
                        at: now,
                        step: step.id,
                        attempt,
                        class,
                        message: "its outputs were sent back".to_owned(),
                        usage: Usage::default(),
                        remedy: Remedy::Fallback,
                    }
                }
                Next::Round(_) => RunEvent::RoundBegun {
                    at: now,
                    step: step.id,
                    round: state.steps.get(index).map_or(1, |at| at.round).saturating_add(1),
                },
                Next::Offer { attempt, .. } => {
                    let lessons = match attempt {
                        1 => self.recalled(scope, &state.task, &step).await,
                        _ => Vec::new(),
                    };
                    match self.may_offer(scope, &draft.run, &step, lessons).await? {
                        Ok(lessons) => self.offered(&step, attempt, now, lessons),
                        Err(reason) => RunEvent::RunFailed {
                            at: now,
                            class: advance::DENIED.to_owned(),
                            reason,
                        },
                    }
                }
                _ => self.by_itself(scope, draft, &step, &next, now).await?,
            };
            draft.push(event);
        }
    }

    pub(super) async fn recalled(&self, scope: &Scope, task: &str, step: &PlanStep) -> Vec<QuotedLesson> {
        if !self.settings.lessons {
            return Vec::new();
        }
        let uses = self.past(scope, |past| past.lessons(&step.role)).await;
        lesson::recall(
            &self.knowledge,
            scope,
            task,
            &step.goal,
            &uses.unwrap_or_default(),
        )
        .await
    }

    pub(super) fn offered(
        &self,
        step: &PlanStep,
        attempt: u32,
        at: Timestamp,
        lessons: Vec<QuotedLesson>,
    ) -> RunEvent {
        let ttl = Duration::from_secs(self.settings.token_ttl_s);
        let expires_at = at.saturating_add(ttl).unwrap_or(Timestamp::MAX);
        RunEvent::StepAwaitingHost {
            at,
            step: step.id.clone(),
            attempt,
            expires_at,
            lessons,
        }
    }

    pub(super) async fn commit(
        &self,
        scope: &Scope,
        draft: &Draft,
        idempotency: Option<IdempotencyKey>,
    ) -> Result<Committed, Error> {
        let deliveries = notice::of(&self.hooks, scope, draft);
        let is_told = !deliveries.is_empty();
        let change = draft.change(scope, idempotency, deliveries);
        let committed = self.journal.commit(change).await?;
        if matches!(committed, Committed::At(_)) {
            if is_told {
                self.hooks.ring();
            }
            self.recent.put(scope, &draft.run, Arc::clone(&draft.state));
            self.remember(scope, &draft.run, draft.after_event(), draft.events());
            if draft.last().is_some_and(RunEvent::ends_run) {
                self.lent.end(scope, &draft.run);
                self.credit(scope, &draft.state).await;
            }
            self.work
                .changed(scope, &draft.run, advance::has_work(&draft.state));
        }
        Ok(committed)
    }

    /// Tells the lessons that a run was given how the work went, once it is over for good. The journal has it
    /// already, so that a lesson that cannot be written loses nothing.
    async fn credit(&self, scope: &Scope, state: &RunState) {
        if state.can_go_on() {
            return;
        }
        let used = lesson::used(state);
        if used.is_empty() {
            return;
        }
        if let Err(error) = self.knowledge.credit(scope, &used).await {
            tracing::warn!(%error, "lessons do not know how the work went that they were given to");
        }
    }

    pub(super) async fn reply(
        &self,
        scope: &Scope,
        run: &RunId,
        state: &RunState,
        mut news: News,
    ) -> Result<Reply, Error> {
        news.expected = self.forecast(scope, run, state).await;
        if state.end == Some(End::Completed) {
            news.suggestion = self.suggestion(scope, &state.plan.source).await;
        }
        let mut outputs = HashMap::new();
        for digest in View::needed(state, &news) {
            if !outputs.contains_key(&digest)
                && let Some(blob) = self.journal.blob(scope, &digest).await?
            {
                outputs.insert(digest, Excerpt::of(&String::from_utf8_lossy(&blob)));
            }
        }
        let view = View {
            run,
            state,
            scope,
            key: &self.token_key,
            now: self.clock.now(),
            outputs: &outputs,
        };
        Ok(view.reply(&news))
    }

    /// What is expected of the rest of a run.
    pub(super) async fn forecast(&self, scope: &Scope, run: &RunId, state: &RunState) -> Option<Expected> {
        if state.end.is_some() {
            return None;
        }
        let slots = self.settings.max_parallel;
        let work = self.past(scope, |past| experience::work(run, state, past, slots));
        let work = work.await.flatten()?;
        Some(Expected {
            seconds: work.seconds.round() as u64,
            usd: (work.usd * 1e4).round() / 1e4,
            tokens: work.tokens.map(|tokens| tokens.round() as u64),
            runs: work.runs,
        })
    }

    pub(super) async fn page(
        &self,
        scope: &Scope,
        run: &RunId,
        state: &RunState,
        page: OutputPage,
    ) -> Result<Reply, Error> {
        let OutputPage { step, offset } = page;
        let blob = match state.result(&step) {
            Some(result) => self
                .journal
                .blob(scope, &result.output)
                .await?
                .map(|blob| (result.output, blob)),
            None => None,
        };
        let Some((sha256, blob)) = blob else {
            let recorded =
                recorded(state).filter_map(|index| Some(state.plan.steps.get(index)?.id.to_string()));
            let step = StepId::new(cut(step.as_str(), plan::MAX_NAME));
            return Err(Error::UnknownStep {
                step,
                recorded: recorded.collect(),
            });
        };
        let output = String::from_utf8_lossy(&blob);
        let offset = output.floor_char_boundary(offset);
        let rest = output.get(offset..).unwrap_or_default();
        let outputs = HashMap::new();
        let view = View {
            run,
            state,
            scope,
            key: &self.token_key,
            now: self.clock.now(),
            outputs: &outputs,
        };
        let page = |max| {
            let text = cut(rest, max).to_owned();
            let next = offset + text.len();
            let next_offset = (next < output.len()).then_some(next);
            view.page(Page {
                step_id: step.clone(),
                offset,
                text,
                bytes: output.len(),
                sha256,
                next_offset,
            })
        };
        let [most @ .., least] = PAGES;
        Ok(most
            .into_iter()
            .map(&page)
            .find(view::fits)
            .unwrap_or_else(|| page(least)))
    }
}
