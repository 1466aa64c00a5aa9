//! Writes down what became of attempts by models, and what follows.

use super::budget;
use super::call::{Call, Done, submission, took_nevertheless};
use super::draft::Draft;
use super::error::Error;
use super::examine::{Judged, Said};
use super::fold::{RunState, Running};
use super::handoff::brief;
use super::recovery::{Seen, jitter};
use super::step::{event, explain};
use super::{Crews, MAX_TRIES, Submission};
use crate::domain::run::{FailureClass, Remedy, Usage};
use crate::domain::{RunEvent, RunId, Scope, Timestamp};
use crate::model::{Answer, Failure};
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
        let mut judged: Vec<Option<(Submission, Said, Judged)>> = done.iter().map(|_| None).collect();
        let mut refused = None;
        for _ in 0..MAX_TRIES {
            let state = self.load(scope, run).await?;
            if state.end.is_some() {
                return Ok(Vec::new());
            }
            let mut draft = Draft::after(run, state);
            for (n, Done { call, answer }) in done.iter().enumerate() {
                let is_it = |running: &&Running| {
                    draft.state.index(&call.step) == Some(running.step) && running.attempt == call.attempt
                };
                // Where another was done first nobody waits for it.
                let running = draft.state.running.iter().find(is_it).cloned();
                let step = running
                    .as_ref()
                    .and_then(|running| draft.state.plan.steps.get(running.step));
                let (Some(running), Some(step)) = (running.clone(), step.cloned()) else {
                    continue;
                };
                let index = running.step;
                // Once, however often it is written.
                if let (Ok(answer), Some(judged @ None)) = (answer, judged.get_mut(n)) {
                    let submission = submission(call, answer);
                    let said = Said::by(&submission);
                    let verdict = self.examine(scope, run, &draft.state, &step, &said).await?;
                    *judged = Some((submission, said, verdict));
                }
                let verdict = judged.get(n).and_then(Option::as_ref);
                let is_taken = matches!(verdict, Some((_, _, Judged::Taken { .. })));
                if !is_taken && draft.state.goes_on_without(&running) {
                    draft.push(dropped(call, verdict, answer, now));
                    self.follow(scope, &mut draft, now, refused).await?;
                    continue;
                }
                match (answer, verdict) {
                    (_, Some((submission, said, verdict))) => {
                        let (event, blob) =
                            event(&step, call.attempt, &said.digest, verdict, submission, now);
                        if let Some((digest, bytes)) = blob {
                            draft.keep(digest, bytes);
                        }
                        draft.push(event);
                        if is_taken {
                            outrun(&mut draft, &running, &done, now);
                        } else {
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

/// An attempt from which nothing follows, because the other goes on.
fn dropped(
    call: &Call,
    verdict: Option<&(Submission, Said, Judged)>,
    answer: &Result<Answer, Failure>,
    at: Timestamp,
) -> RunEvent {
    let (class, message, usage) = match (verdict, answer) {
        (Some((submission, _, Judged::Refused { reason })), _) => {
            (FailureClass::Denied, reason.clone(), submission.usage)
        }
        (Some((submission, _, Judged::Rejected { violations, .. })), _) => {
            let first = violations.first();
            let why = first.map_or_else(String::new, |first| format!("{}: {}", first.rule, first.got));
            (FailureClass::InvalidOutput, why, submission.usage)
        }
        (_, Err(failure)) => (
            failure.class,
            failure.message.clone(),
            Some(took_nevertheless(call, failure)),
        ),
        (_, Ok(_)) => (FailureClass::BadAnswer, String::new(), Some(call.reserved)),
    };
    RunEvent::StepDropped {
        at,
        step: call.step.clone(),
        attempt: call.attempt,
        class: Some(class),
        message: brief(&message, 300),
        usage: usage.unwrap_or_default(),
    }
}

/// Ends the attempts beside the one that has the result. What they took is booked: what is known of it, else all that
/// was set aside, because it may have been answered.
fn outrun(draft: &mut Draft, first: &Running, done: &[Done], at: Timestamp) {
    let others: Vec<Running> = draft
        .state
        .running
        .iter()
        .filter(|other| other.step == first.step)
        .cloned()
        .collect();
    for other in others {
        let Some(step) = draft.state.plan.steps.get(other.step).map(|step| step.id.clone()) else {
            continue;
        };
        let is_it = |done: &&Done| done.call.step == step && done.call.attempt == other.attempt;
        let known = done.iter().find(is_it).map(|done| took(&done.call, &done.answer));
        draft.push(RunEvent::StepDropped {
            at,
            step,
            attempt: other.attempt,
            class: None,
            message: "another was done first".to_owned(),
            usage: known.unwrap_or(other.reserved),
        });
    }
}

fn took(call: &Call, answer: &Result<Answer, Failure>) -> Usage {
    match answer {
        Ok(answer) => submission(call, answer).usage.unwrap_or(call.reserved),
        Err(failure) => took_nevertheless(call, failure),
    }
}
