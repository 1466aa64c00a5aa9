//! Outputs that a receiver hands in after it was sent its step: given to whoever waits for them, who judges and writes
//! them as any other attempt's.

use std::time::Duration;

use super::error::Error;
use super::examine::Said;
use super::fold::RunState;
use super::reply::{Receipt, ReceiptOutcome};
use super::token::Claims;
use super::{Crews, Submission};
use crate::domain::run::Violation;
use crate::domain::{Digest, RunId, Scope};
use crate::store::Seq;

/// Stands in a token where the number of an offer would: the step was not put before the host.
pub(super) const NOT_OFFERED: Seq = 0;
const NOTHING: &str = "it handed in neither an output nor why there is none";
/// How often, and how soon again, it is looked at whether an output was written that was handed in.
const LOOKS: u32 = 600;
const LOOK_EVERY: Duration = Duration::from_millis(25);

/// The name of the attempt that a token is for: `run/step/attempt`.
pub(super) fn key(claims: &Claims) -> String {
    format!("{}/{}/{}", claims.run, claims.step, claims.attempt)
}

impl Crews {
    /// Takes what is handed in for an attempt that a receiver makes. The receipt says what was written, so whoever gets
    /// none hands the same in once more.
    pub(super) async fn take_later(
        &self,
        scope: &Scope,
        run: &RunId,
        claims: &Claims,
        submission: &Submission,
        said: &Said,
    ) -> Result<Receipt, Error> {
        let state = self.load(scope, run).await?;
        if !is_running(&state, claims) {
            return Ok(became(&state, claims, said, false));
        }
        let handed = match &said.text {
            Ok(output) if !output.trim().is_empty() => Ok(output.clone()),
            Ok(_) => Err(NOTHING.to_owned()),
            Err(error) if error.is_empty() => Err(NOTHING.to_owned()),
            Err(error) => {
                let role = state
                    .index(&claims.step)
                    .and_then(|step| state.plan.steps.get(step));
                let role = role.map(|step| step.role.as_str());
                Err(self.presentable(scope, run, role, error).await?)
            }
        };
        tracing::debug!(%run, step = %claims.step, via = submission.via.name(), "an output comes in later");
        let is_taken = self.hooks.callbacks.hand_in(&key(claims), handed);
        for _ in 0..LOOKS {
            let state = self.load(scope, run).await?;
            if !is_running(&state, claims) {
                return Ok(became(&state, claims, said, is_taken));
            }
            if !is_taken {
                break;
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
        // Its receiver is not asked yet, is asked anew, or another output is just being judged.
        Err(Error::Busy {
            run: run.clone(),
            tries: 1,
        })
    }
}

fn is_running(state: &RunState, claims: &Claims) -> bool {
    let step = state.index(&claims.step);
    let mut running = state.running.iter();
    running.any(|one| Some(one.step) == step && one.attempt == claims.attempt)
}

/// What became of the attempt; `now` when it was this output that ended it.
fn became(state: &RunState, claims: &Claims, said: &Said, now: bool) -> Receipt {
    let receipt = |outcome, violations: &[Violation], note: Option<&str>| Receipt {
        step_id: Some(claims.step.clone()),
        outcome,
        violations: violations.to_vec(),
        note: note.map(str::to_owned),
    };
    let conflict = || {
        let note = "this attempt is over, and another output or none came of it";
        receipt(ReceiptOutcome::Conflict, &[], Some(note))
    };
    let Some(at) = state.index(&claims.step).and_then(|step| state.steps.get(step)) else {
        return conflict();
    };
    let again = "the same output was handed in before; nothing changed";
    let results = at.earlier.iter().chain(&at.result);
    if let Some(result) = results.rev().find(|result| result.attempt == claims.attempt) {
        let is_same = said
            .text
            .as_ref()
            .is_ok_and(|text| Digest::of(text.as_bytes()) == result.output);
        let mended = "the output was repaired or redacted; what is kept differs from what was handed in";
        return match (now, is_same) {
            (true, true) => receipt(ReceiptOutcome::Recorded, &[], None),
            (true, false) => receipt(ReceiptOutcome::Recorded, &[], Some(mended)),
            (false, true) => receipt(ReceiptOutcome::Duplicate, &[], Some(again)),
            (false, false) => conflict(),
        };
    }
    let rejected = at
        .rejections
        .iter()
        .find(|(attempt, ..)| *attempt == claims.attempt);
    match rejected {
        Some((_, _, violations)) if now => receipt(ReceiptOutcome::Invalid, violations, None),
        Some((_, digest, violations)) if *digest == said.digest => {
            receipt(ReceiptOutcome::Duplicate, violations, Some(again))
        }
        None if now => receipt(
            ReceiptOutcome::Recorded,
            &[],
            Some("the attempt counts as failed"),
        ),
        _ => conflict(),
    }
}
