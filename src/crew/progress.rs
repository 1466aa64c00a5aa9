//! What every call about a run does: read its state, write what comes next, show where it stands.

use std::collections::HashMap;
use std::time::Duration;

use super::advance::{self, Next};
use super::error::Error;
use super::fold::{RunState, fold};
use super::handoff::{Excerpt, cut};
use super::reply::{Page, Reply};
use super::view::{self, News, View};
use super::{Crews, OutputPage, budget, lesson, plan, recorded};
use crate::domain::run::QuotedLesson;
use crate::domain::{MicroUsd, PlanStep, RunEvent, RunId, Scope, StepId, Timestamp};
use crate::store::{Change, Committed, IdempotencyKey};

/// Sizes of a page of output, tried in turn until the reply fits.
const PAGES: [usize; 3] = [16_000, 8_000, 2_500];

impl Crews {
    pub(super) async fn load(&self, scope: &Scope, run: &RunId) -> Result<RunState, Error> {
        let events = self.journal.replay(scope, run, 0).await?;
        fold(&events).ok_or_else(|| Error::UnknownRun { run: run.clone() })
    }

    /// Adds to `events` what comes after them: the next offer, or the end. An offer that policy stops is the end.
    ///
    /// # Errors
    /// When nobody could decide whether the step may be offered.
    pub(super) async fn follow(
        &self,
        scope: &Scope,
        run: &RunId,
        state: &RunState,
        events: &mut Vec<RunEvent>,
        now: Timestamp,
        refused: Option<MicroUsd>,
    ) -> Result<(), Error> {
        let mut after = state.clone();
        events.iter().for_each(|event| after.apply(event));
        match advance::next(&after, now, refused) {
            Next::Wait => {}
            Next::Complete => events.push(RunEvent::RunCompleted { at: now }),
            Next::Fail { class, reason } => {
                events.push(RunEvent::RunFailed {
                    at: now,
                    class: class.to_owned(),
                    reason,
                });
            }
            Next::Offer { step: index, attempt } => {
                if let Some(step) = after.plan.steps.get(index) {
                    let lessons = match attempt {
                        1 if self.settings.lessons => {
                            lesson::recall(&self.knowledge, scope, &after.task, &step.goal).await
                        }
                        _ => Vec::new(),
                    };
                    events.push(match self.may_offer(scope, run, step, lessons).await? {
                        Ok(lessons) => self.offered(step, attempt, now, lessons),
                        Err(reason) => RunEvent::RunFailed {
                            at: now,
                            class: advance::DENIED.to_owned(),
                            reason,
                        },
                    });
                }
            }
        }
        Ok(())
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
        run: &RunId,
        state: &RunState,
        events: &[RunEvent],
        blobs: Vec<Vec<u8>>,
        idempotency: Option<IdempotencyKey>,
    ) -> Result<Committed, Error> {
        let (reserve, settle) = budget::charges(run, state, events);
        let change = Change {
            scope: scope.clone(),
            run: run.clone(),
            expected: state.seq,
            events: events.to_vec(),
            blobs,
            idempotency,
            reserve,
            settle,
        };
        let committed = self.journal.commit(change).await?;
        if matches!(committed, Committed::At(_)) && events.last().is_some_and(RunEvent::ends_run) {
            let mut after = state.clone();
            events.iter().for_each(|event| after.apply(event));
            self.credit(scope, &after).await;
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
        news: News,
    ) -> Result<Reply, Error> {
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
