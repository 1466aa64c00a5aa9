//! Writes down what became of attempts by models, and what follows.

use super::budget;
use super::call::{Call, Done, submission, took_nevertheless};
use super::draft::Draft;
use super::error::Error;
use super::examine::{Judged, Said};
use super::fold::RunState;
use super::handoff::brief;
use super::recovery::{Seen, jitter};
use super::step::{event, explain};
use super::{Crews, MAX_TRIES, Submission};
use crate::domain::run::Remedy;
use crate::domain::{RunEvent, RunId, Scope, Timestamp};
use crate::model::Failure;
use crate::store::Committed;

impl Crews {
    /// Writes down what became of attempts, what follows, and in the same write what is begun next.
    pub(super) async fn conclude(
        &self,
        scope: &Scope,
        run: &RunId,
        done: Vec<Done>,
        now: Timestamp,
    ) -> Result<Vec<Call>, Error> {
        let mut judged: Vec<Option<(Submission, Said, Judged)>> = Vec::with_capacity(done.len());
        let mut refused = None;
        for tries in 0..MAX_TRIES {
            let state = self.load(scope, run).await?;
            if state.end.is_some() {
                return Ok(Vec::new());
            }
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
                        let taken = matches!(event, RunEvent::StepResult { .. });
                        draft.push(event);
                        if !taken {
                            self.follow(scope, &mut draft, now, refused).await?;
                            explain(verdict, &mut draft);
                        }
                    }
                    (Err(failure), None) => {
                        let event = self.failed(&draft.state, call, index, failure, now);
                        draft.push(event);
                        self.follow(scope, &mut draft, now, refused).await?;
                    }
                    (Ok(_), None) => {}
                }
            }
            self.follow(scope, &mut draft, now, refused).await?;
            let calls = self.add_due(scope, &mut draft, now, refused).await?;
            self.follow(scope, &mut draft, now, refused).await?;
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
                    return self.begun(scope, &draft, calls).await;
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
            message: brief(&failure.message, 300),
            usage: took_nevertheless(call, failure),
            remedy,
        }
    }
}
