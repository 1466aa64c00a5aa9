//! Submissions, each end to end: token, state, judgement, one commit, receipt.

use super::advance::{ATTEMPTS_EXHAUSTED, DENIED};
use super::draft::Draft;
use super::error::{Error, word};
use super::examine::{Judged, Said};
use super::fold::{RunState, Standing};
use super::reply::{Receipt, ReceiptOutcome, Reply};
use super::token::Claims;
use super::view::News;
use super::{Crews, MAX_TRIES, Submission, budget, later, packet, recorded};
use crate::domain::run::{FailureClass, Remedy, Violation};
use crate::domain::{Digest, PlanStep, RunEvent, RunId, Scope, Timestamp};
use crate::store::Committed;

/// Most submissions of one call that are looked at.
pub const MAX_SUBMISSIONS: usize = 16;

impl Crews {
    /// Hands in steps. Each submission is judged alone, in order, and has one receipt in the reply. Without a
    /// `run`, the first genuine token says which run it is.
    ///
    /// # Errors
    /// When nothing in the call could be applied: an unknown or closed run, or no genuine token at all.
    pub async fn submit(
        &self,
        scope: &Scope,
        run: Option<&RunId>,
        submissions: Vec<Submission>,
    ) -> Result<Reply, Error> {
        let looked_at = submissions.len().min(MAX_SUBMISSIONS);
        let claims: Vec<_> = submissions
            .iter()
            .take(looked_at)
            .map(|given| self.token_key.open(scope, &given.step_token))
            .collect();
        let run = match (run, claims.iter().flatten().next()) {
            (Some(run), _) => run.clone(),
            (None, Some(claims)) => claims.run.clone(),
            (None, None) => return Err(Error::TokenInvalid),
        };
        let before = self.load(scope, &run).await?;

        let mut news = News::default();
        for (submission, claims) in submissions.iter().zip(&claims) {
            news.receipts
                .push(self.take(scope, &run, claims.as_ref(), submission).await?);
        }
        let applied = news
            .receipts
            .iter()
            .any(|receipt| receipt.outcome == ReceiptOutcome::Duplicate);
        if before.end.is_some() && !applied {
            return Err(Error::RunClosed {
                run,
                status: before.status(),
            });
        }
        match submissions.len() {
            0 => news.warnings.push("the call had no submission".to_owned()),
            n if n > looked_at => {
                news.warnings.push(format!(
                    "{} submissions were not looked at; at most {looked_at} a call",
                    n - looked_at
                ));
            }
            _ => {}
        }
        let after = self.load(scope, &run).await?;
        // What ends a run is told with everything the run reached, anything else with what is new.
        let had = |index: &usize| before.steps.get(*index).is_some_and(|step| step.result.is_some());
        news.results = recorded(&after)
            .filter(|index| after.end.is_some() || !had(index))
            .collect();
        self.reply(scope, &run, &after, news).await
    }

    /// Applies one submission to `run`. `claims` is what its token says, if it is genuine.
    ///
    /// The state may move between reading and writing; then it is read and judged again. The output itself is
    /// examined once: what it is worth depends on its step alone.
    async fn take(
        &self,
        scope: &Scope,
        run: &RunId,
        claims: Option<&Claims>,
        submission: &Submission,
    ) -> Result<Receipt, Error> {
        let Some(claims) = claims.filter(|claims| claims.run == *run) else {
            return Ok(Receipt {
                step_id: None,
                outcome: ReceiptOutcome::Forged,
                violations: Vec::new(),
                note: Some(
                    "this step_token was not issued here for this run; use the one that is pending now"
                        .to_owned(),
                ),
            });
        };
        let receipt = |outcome, note: String| Receipt {
            step_id: Some(claims.step.clone()),
            outcome,
            violations: Vec::new(),
            note: (!note.is_empty()).then_some(note),
        };
        let said = Said::by(submission);
        if said.bytes() > self.settings.max_output_bytes {
            let limit = self.settings.max_output_bytes;
            let note = format!(
                "{} bytes, at most {limit} are taken; the token is still good",
                said.bytes()
            );
            return Ok(receipt(ReceiptOutcome::TooLarge, note));
        }

        if claims.seq == later::NOT_OFFERED {
            return Box::pin(self.take_later(scope, run, claims, submission, &said)).await;
        }

        let mut judged = None;
        let mut refused = None;
        for _ in 0..MAX_TRIES {
            let state = self.load(scope, run).await?;
            let now = self.clock.now();
            let offer = match state.standing(claims) {
                Standing::Open(offer) => offer,
                Standing::Answered(answer) if answer.submitted == said.digest => {
                    let note = "the same output was handed in before; nothing changed".to_owned();
                    let violations = answer.violations.clone();
                    return Ok(Receipt {
                        violations,
                        ..receipt(ReceiptOutcome::Duplicate, note)
                    });
                }
                standing => {
                    let note = conflict(&standing, &state);
                    return Ok(receipt(ReceiptOutcome::Conflict, note));
                }
            };
            let Some(step) = state.plan.steps.get(offer.step) else {
                break;
            };
            if now >= offer.expires_at {
                let again = self.offered(step, offer.attempt, now, Vec::new());
                let mut draft = Draft::after(run, state);
                draft.push(again);
                match self.commit(scope, &draft, None).await? {
                    Committed::At(_) => {
                        let note =
                            "a fresh step_token is in this reply; hand the output in with it".to_owned();
                        return Ok(receipt(ReceiptOutcome::Expired, note));
                    }
                    _ => continue,
                }
            }

            let verdict = match judged.take() {
                Some(verdict) => verdict,
                None => self.examine(scope, run, &state, step, &said).await?,
            };
            let (step, attempt) = (step.clone(), offer.attempt);
            let (event, blob) = event(&step, attempt, &said.digest, &verdict, submission, now);
            let mut draft = Draft::after(run, state);
            if let Some((digest, bytes)) = blob {
                draft.keep(digest, bytes);
            }
            draft.push(event);
            self.follow(scope, &mut draft, now, refused).await?;
            explain(&verdict, &mut draft);
            match self.commit(scope, &draft, None).await? {
                Committed::At(_) => {
                    let telling = self.tell_router(scope, run, &step, attempt, submission, &verdict);
                    // Boxed, because most submissions tell nothing.
                    Box::pin(telling).await;
                    return Ok(settled(
                        &receipt(ReceiptOutcome::Recorded, String::new()),
                        verdict,
                    ));
                }
                Committed::OverBudget { left } => refused = Some(left),
                Committed::Stale { .. } | Committed::Taken { .. } => {}
            }
            judged = Some(verdict);
        }
        Err(Error::Busy {
            run: run.clone(),
            tries: MAX_TRIES,
        })
    }
}

fn conflict(standing: &Standing<'_>, state: &RunState) -> String {
    let what = match standing {
        Standing::Answered(_) => "another output was handed in with this step_token",
        Standing::NeverMade => "this step is not due",
        Standing::Withdrawn | Standing::Open(_) if state.end.is_some() => {
            return format!("the run is {}", word(state.status()));
        }
        Standing::Withdrawn | Standing::Open(_) => "a newer step_token has taken this one's place",
    };
    let pending: Vec<_> = state
        .awaiting()
        .filter_map(|offer| Some(state.plan.steps.get(offer.step)?.id.as_str()))
        .collect();
    match pending.is_empty() {
        true => format!("{what}; the run is {}", word(state.status())),
        false => format!("{what}; pending now: {}", pending.join(", ")),
    }
}

/// What becomes of an attempt that was judged, and the output to keep.
pub(super) fn event(
    step: &PlanStep,
    attempt: u32,
    submitted: &Digest,
    verdict: &Judged,
    submission: &Submission,
    at: Timestamp,
) -> (RunEvent, Option<(Digest, Vec<u8>)>) {
    let usage = budget::used(step, submission.usage);
    let (step, submitted) = (step.id.clone(), *submitted);
    match verdict {
        Judged::Taken {
            output,
            repaired,
            warnings,
            via,
            ..
        } => {
            let digest = Digest::of(output.as_bytes());
            let event = RunEvent::StepResult {
                at,
                step,
                attempt,
                submitted,
                output: digest,
                bytes: output.len() as u64,
                repaired: *repaired,
                warnings: warnings.clone(),
                usage,
                notes: packet::notes(output),
                via: *via,
            };
            (event, Some((digest, output.clone().into_bytes())))
        }
        Judged::Refused { reason } => {
            let event = RunEvent::StepFailed {
                at,
                step,
                attempt,
                class: FailureClass::Denied,
                message: reason.clone(),
                usage,
                remedy: Remedy::GiveUp,
            };
            (event, None)
        }
        Judged::Rejected { violations, .. } => {
            let violations: Vec<Violation> = violations.clone();
            (
                RunEvent::StepRejected {
                    at,
                    step,
                    attempt,
                    submitted,
                    violations,
                    usage,
                },
                None,
            )
        }
    }
}

/// Says `denied` instead of `attempts_exhausted` when it was policy that sent the last attempt back.
pub(super) fn explain(verdict: &Judged, draft: &mut Draft) {
    if let Judged::Rejected { denied: true, .. } = verdict {
        draft.rename_end(ATTEMPTS_EXHAUSTED, DENIED);
    }
}

fn settled(receipt: &Receipt, verdict: Judged) -> Receipt {
    match verdict {
        Judged::Taken { repaired, .. } => {
            let note = repaired
                .then(|| "the output was repaired; what is kept differs from what was handed in".to_owned());
            Receipt {
                note,
                ..receipt.clone()
            }
        }
        Judged::Refused { reason } => Receipt {
            note: Some(format!("recorded: {reason}")),
            ..receipt.clone()
        },
        Judged::Rejected { violations, .. } => Receipt {
            outcome: ReceiptOutcome::Invalid,
            violations,
            ..receipt.clone()
        },
    }
}
