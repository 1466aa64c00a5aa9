//! A crew's run: the plan it follows and the events it consists of.

use serde::{Deserialize, Serialize};

use super::lesson::Provenance;
use super::{LessonId, MicroUsd, Trust};

mod event;
mod plan;

pub use event::{Remedy, RunEvent};
pub use plan::{Check, Condition, Executor, ForEach, Op, Plan, PlanStep, Repeat, Strategy};

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
    /// Of these, those of the answer; 0 where nobody said.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub output: u64,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands a reference")]
fn is_zero(number: &u64) -> bool {
    *number == 0
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

/// How an answer came here.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Via {
    /// The host says that it asked.
    #[default]
    Host,
    /// The server put the question to the person, over the client's own form.
    Elicitation,
    /// In a signed request.
    Webhook,
}

impl Via {
    /// As it is written.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Host => "host",
            Self::Elicitation => "elicitation",
            Self::Webhook => "webhook",
        }
    }
}

/// Something that has to survive every hand-over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Note {
    /// What it is.
    pub kind: NoteKind,
    /// In the words of the output it stands in, cut to a line.
    pub text: String,
}

/// What has to survive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NoteKind {
    /// What must hold.
    Constraint,
    /// What was decided.
    Decision,
    /// What is not known yet.
    OpenQuestion,
}

/// Why a step was not done, by what can be done about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FailureClass {
    /// Nobody answers, or the connection broke.
    Connection,
    /// The answer took too long.
    Timeout,
    /// Asked too often; passes within minutes.
    RateLimited,
    /// The account has nothing left; passes within hours or by payment.
    Quota,
    /// The endpoint is in trouble: status 5xx, 529.
    Overloaded,
    /// The key is missing or refused.
    Authentication,
    /// The endpoint does not have the model.
    MissingModel,
    /// What came is no answer: another format, nothing in it.
    BadAnswer,
    /// The answer ends before its end.
    Truncated,
    /// The model or a filter declined.
    Refused,
    /// The question is larger than the model takes.
    ContextOverflow,
    /// The endpoint takes the question for wrong.
    BadRequest,
    /// Policy stops the call; nothing was sent.
    Denied,
    /// The answer does not pass validation.
    InvalidOutput,
    /// The same answer again and again.
    NoProgress,
    /// The process ended while the step was being done.
    Crash,
}

impl FailureClass {
    /// As it is written.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Connection => "connection",
            Self::Timeout => "timeout",
            Self::RateLimited => "rate_limited",
            Self::Quota => "quota",
            Self::Overloaded => "overloaded",
            Self::Authentication => "authentication",
            Self::MissingModel => "missing_model",
            Self::BadAnswer => "bad_answer",
            Self::Truncated => "truncated",
            Self::Refused => "refused",
            Self::ContextOverflow => "context_overflow",
            Self::BadRequest => "bad_request",
            Self::Denied => "denied",
            Self::InvalidOutput => "invalid_output",
            Self::NoProgress => "no_progress",
            Self::Crash => "crash",
        }
    }
}
