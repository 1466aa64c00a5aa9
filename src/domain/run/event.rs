//! What happens in a run, in the order in which it is written down.

use serde::{Deserialize, Serialize};

use super::{Plan, QuotedLesson, RunBudget, Usage, Violation};
use crate::domain::{Digest, StepId, Timestamp};

/// Everything that ever changes a run. The state of a run is a pure fold over these, and times and
/// random values are in the events, so that replay needs no clock.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum RunEvent {
    /// The first event of every run.
    RunCreated {
        /// When.
        at: Timestamp,
        /// Who started it.
        principal: String,
        /// What it is about.
        task: String,
        /// What will be done.
        plan: Plan,
        /// What it may use.
        budget: RunBudget,
    },
    /// A step was offered to the host, with a token that this event makes valid.
    StepAwaitingHost {
        /// When.
        at: Timestamp,
        /// Which.
        step: StepId,
        /// 1 for the first try.
        attempt: u32,
        /// Until when its token is accepted.
        expires_at: Timestamp,
        /// What was learned earlier that bears on it; only with a step's first offer.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        lessons: Vec<QuotedLesson>,
    },
    /// A submitted output was taken: the step is done and never done again.
    StepResult {
        /// When.
        at: Timestamp,
        /// Which.
        step: StepId,
        /// The attempt that succeeded.
        attempt: u32,
        /// SHA-256 of the output as submitted.
        submitted: Digest,
        /// SHA-256 of the output as kept: differs from `submitted` when it was repaired.
        output: Digest,
        /// Size of the kept output.
        bytes: u64,
        /// Whether something unambiguous was mended in it.
        repaired: bool,
        /// What is known to be less than perfect: validation and policy warnings.
        warnings: Vec<String>,
        /// What it took.
        usage: Usage,
    },
    /// A submitted output was not taken: the same step is offered again, or the run fails.
    StepRejected {
        /// When.
        at: Timestamp,
        /// Which.
        step: StepId,
        /// The attempt that failed.
        attempt: u32,
        /// SHA-256 of the output as submitted.
        submitted: Digest,
        /// What to mend.
        violations: Vec<Violation>,
        /// What it took.
        usage: Usage,
    },
    /// Somebody wants it to go on: with this budget, and fresh tokens for what it waits for. Also
    /// reopens a run that failed as `over_budget`.
    RunResumed {
        /// When.
        at: Timestamp,
        /// What the run may use from now on, counted from its start.
        budget: RunBudget,
    },
    /// Every step has a result.
    RunCompleted {
        /// When.
        at: Timestamp,
    },
    /// It cannot go on; what was reached is kept.
    RunFailed {
        /// When.
        at: Timestamp,
        /// Why, in a stable word: `attempts_exhausted`, `over_budget`, `denied`.
        class: String,
        /// Why, in words.
        reason: String,
    },
    /// Somebody stopped it.
    RunCancelled {
        /// When.
        at: Timestamp,
        /// Why, in words.
        reason: String,
    },
}

impl RunEvent {
    /// When it happened.
    #[must_use]
    pub fn at(&self) -> Timestamp {
        match self {
            Self::RunCreated { at, .. }
            | Self::StepAwaitingHost { at, .. }
            | Self::StepResult { at, .. }
            | Self::StepRejected { at, .. }
            | Self::RunResumed { at, .. }
            | Self::RunCompleted { at }
            | Self::RunFailed { at, .. }
            | Self::RunCancelled { at, .. } => *at,
        }
    }

    /// Whether a run whose last event this is has ended.
    #[must_use]
    pub fn ends_run(&self) -> bool {
        matches!(
            self,
            Self::RunCompleted { .. } | Self::RunFailed { .. } | Self::RunCancelled { .. }
        )
    }
}
