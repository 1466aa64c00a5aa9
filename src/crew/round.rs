//! What a client is asked before it repeats a call, as its own sealed state (2026-07-28): nothing is kept between the
//! rounds but the journal.
//!
//! The state holds the tokens of the steps that were asked about. Each is bound to scope, run, step and attempt, and good
//! once by the journal; the seal says that it was this server which asked, and how.

use serde::{Deserialize, Serialize};

use super::Crews;
use crate::domain::{RunId, Scope, StepId};

/// Longest state that is read.
const MAX_STATE: usize = 8 * 1024;
/// Keeps these seals apart from step tokens.
const PURPOSE: &[u8] = b"firstmate round";

/// What was asked in one round.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Round {
    /// The run.
    pub run: RunId,
    /// 1 for the first.
    pub number: u32,
    /// The questions.
    pub asked: Vec<AskedStep>,
}

/// A question about a step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AskedStep {
    /// The step: the question's name.
    pub step: StepId,
    /// The token of its offer.
    pub token: String,
    /// Whom.
    pub of: Of,
}

/// Who is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Of {
    /// A person, whether it goes on.
    Person,
    /// The client's own model, for the output.
    Model,
}

impl Crews {
    /// The state to go out with the questions, good for callers in `scope` only.
    #[must_use]
    pub fn seal(&self, scope: &Scope, round: &Round) -> String {
        let body = serde_json::to_vec(round).unwrap_or_default();
        self.token_key.seal(PURPOSE, scope, body)
    }

    /// The round whose state it is, if it was sealed here for this scope.
    #[must_use]
    pub fn unseal(&self, scope: &Scope, state: &str) -> Option<Round> {
        if state.len() > MAX_STATE {
            return None;
        }
        serde_json::from_slice(&self.token_key.unseal(PURPOSE, scope, state)?).ok()
    }
}
