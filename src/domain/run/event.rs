//! What happens in a run, in the order in which it is written down.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Executor, FailureClass, Note, Plan, QuotedLesson, RunBudget, Usage, Via, Violation};
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
        /// What others have to know of it, also where they are not given the output.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        notes: Vec<Note>,
        /// How the answer of a person came here, where it is one, or what came another way than the host's.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        via: Option<Via>,
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
    /// The server itself began on a step; written before anything was sent.
    StepStarted {
        /// When.
        at: Timestamp,
        /// Which.
        step: StepId,
        /// 1 for the first try.
        attempt: u32,
        /// Who does it.
        executor: Executor,
        /// Set aside for it: the most it may take.
        reserved: Usage,
        /// What was learned earlier that bears on it; only with a step's first attempt.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        lessons: Vec<QuotedLesson>,
    },
    /// Another was asked to do the same step, beside the one who is at it: whoever is done first has done it.
    StepHedged {
        /// When.
        at: Timestamp,
        /// Which.
        step: StepId,
        /// The number of the second attempt.
        attempt: u32,
        /// Who makes it.
        executor: Executor,
        /// Set aside for it: the most it may take.
        reserved: Usage,
        /// Why, in words.
        why: String,
    },
    /// Of two attempts side by side this one is over, and nothing follows from it: the other has the result, or goes on.
    StepDropped {
        /// When.
        at: Timestamp,
        /// Which.
        step: StepId,
        /// The attempt.
        attempt: u32,
        /// What kind of failure it was; absent where the other was done first.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        class: Option<FailureClass>,
        /// In words.
        message: String,
        /// What it took, or may have taken.
        usage: Usage,
    },
    /// There is no output of that attempt.
    StepFailed {
        /// When.
        at: Timestamp,
        /// Which.
        step: StepId,
        /// The attempt.
        attempt: u32,
        /// What kind of failure it was.
        class: FailureClass,
        /// In words.
        message: String,
        /// What it took nevertheless, or may have taken.
        usage: Usage,
        /// What is done about it.
        remedy: Remedy,
    },
    /// The step is not done, and the run goes on without it.
    StepSkipped {
        /// When.
        at: Timestamp,
        /// Which.
        step: StepId,
        /// Why, in words.
        why: String,
    },
    /// A condition was looked at: that of a step, before it, or that of its repetition, after it.
    Decision {
        /// When.
        at: Timestamp,
        /// Whose.
        step: StepId,
        /// The round after which it was asked whether that is enough; absent for the condition of the step itself.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        round: Option<u32>,
        /// What came out.
        holds: bool,
        /// What was compared, in words.
        why: String,
    },
    /// The steps of a repetition are done again.
    RoundBegun {
        /// When.
        at: Timestamp,
        /// The last step of the repetition.
        step: StepId,
        /// 2 for the first repetition.
        round: u32,
    },
    /// A step was made one for each of these items.
    Expanded {
        /// When.
        at: Timestamp,
        /// Which.
        step: StepId,
        /// The items, in order.
        items: Vec<Value>,
        /// How many there were.
        found: u64,
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
            | Self::StepStarted { at, .. }
            | Self::StepHedged { at, .. }
            | Self::StepDropped { at, .. }
            | Self::StepFailed { at, .. }
            | Self::StepSkipped { at, .. }
            | Self::Decision { at, .. }
            | Self::RoundBegun { at, .. }
            | Self::Expanded { at, .. }
            | Self::RunResumed { at, .. }
            | Self::RunCompleted { at }
            | Self::RunFailed { at, .. }
            | Self::RunCancelled { at, .. } => *at,
        }
    }

    /// Who started the run, if this is its first event.
    #[must_use]
    pub fn started_by(&self) -> Option<&str> {
        match self {
            Self::RunCreated { principal, .. } => Some(principal),
            _ => None,
        }
    }

    /// The output that it names, where it names one.
    #[must_use]
    pub fn output(&self) -> Option<&Digest> {
        match self {
            Self::StepResult { output, .. } => Some(output),
            _ => None,
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

/// What is done about a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case")]
pub enum Remedy {
    /// The same again, not before.
    Again {
        /// When at the earliest.
        not_before: Timestamp,
    },
    /// Again, with half of what it was given to read.
    Shrink,
    /// Again, with twice the room for an answer.
    Extend,
    /// Again, asked in other words.
    Rephrase,
    /// The next of those who can do it.
    Fallback,
    /// Nothing helps.
    GiveUp,
}
