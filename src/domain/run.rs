//! A crew's run: the plan it follows and the events it consists of.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::lesson::Provenance;
use super::{Digest, LessonId, MicroUsd, StepId, Timestamp, Trust};

/// The order in which the steps of a plan are done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Strategy {
    /// One after the other, each with what the ones it needs have left.
    Sequential,
}

/// What is to be done, checked and ready to run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    /// The template it was made from, or `given`.
    pub source: String,
    /// The order.
    pub strategy: Strategy,
    /// At least one step; every need is the id of an earlier step.
    pub steps: Vec<PlanStep>,
    /// How the plan came about, for the caller: why this template, what was put right or left out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
}

/// One piece of work for one role.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PlanStep {
    /// Unique in the plan.
    pub id: StepId,
    /// Who does it: `architect`, `reviewer`.
    pub role: String,
    /// What is to be reached.
    pub goal: String,
    /// The steps whose results it works with.
    #[serde(default)]
    pub needs: Vec<StepId>,
    /// JSON Schema of its output; text when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output_schema: Option<Value>,
    /// What the output is, as `validate_output` takes it: `code`, `json`, `markdown`, `text`, `patch`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output_kind: Option<String>,
    /// The programming language of a `code` output.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// How one sees that it is done.
    #[serde(default)]
    pub done_when: Vec<String>,
    /// The model that should do it; advice to the host.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// The model that should do it once an attempt was sent back; advice to the host.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub escalate_to: Option<String>,
    /// What one attempt is expected to cost; set aside from the budgets before the step is offered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub estimate: Option<MicroUsd>,
    /// How many submissions may fail before the run does.
    pub max_attempts: u32,
}

/// What a run may use at most. Absent means no limit of that kind.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunBudget {
    /// Money, as reported or estimated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_usd: Option<MicroUsd>,
    /// Tokens, as reported.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_tokens: Option<u64>,
    /// Submissions, counting repeated ones.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_steps: Option<u32>,
    /// Seconds from the start of the run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_wall_s: Option<u64>,
}

/// What doing a step took, as far as it was reported.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Usage {
    /// Money.
    pub usd: MicroUsd,
    /// Tokens in and out.
    pub tokens: u64,
}

/// Why a submitted output was not taken: what to mend, where.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Violation {
    /// Where: `line 3, column 5`, a JSON pointer, or empty for the whole.
    pub path: String,
    /// The rule that was broken: a validation rule, a policy rule.
    pub rule: String,
    /// What is wrong.
    pub got: String,
    /// How to mend it.
    pub fix: String,
}

/// A lesson as it was handed to a step: kept with the run, because the lesson itself may change later.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct QuotedLesson {
    /// The lesson.
    pub id: LessonId,
    /// Its short name.
    pub title: String,
    /// Its text, cut to what a step is given.
    pub text: String,
    /// How far it may be believed. It is data, whatever it says.
    pub trust: Trust,
    /// Where it was learned.
    pub provenance: Provenance,
}

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

/// Where a run stands, as a caller sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RunStatus {
    /// The server is working on it.
    Working,
    /// It waits for the host.
    InputRequired,
    /// Every step is done.
    Completed,
    /// It cannot go on.
    Failed,
    /// Somebody stopped it.
    Cancelled,
}
