//! What a call about a run answers, as it goes over the wire.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::domain::run::Violation;
use crate::domain::{Digest, LessonId, RunId, RunStatus, StepId, Timestamp, Trust};
use crate::store::Seq;

/// The answer to every call about one run: at most [`crate::crew::MAX_REPLY`] bytes of JSON, without nulls.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Reply {
    /// Where the run stands.
    pub status: RunStatus,
    /// The run.
    pub run_id: RunId,
    /// The number of its last event.
    pub seq: Seq,
    /// What it is about, cut to a line.
    pub task: String,
    /// The template it follows, or `given`.
    pub plan: String,
    /// How far it is.
    pub progress: Progress,
    /// What the host is to do now.
    pub pending: Vec<Pending>,
    /// What the server is doing, and what it waits for before it goes on.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub working: Vec<Working>,
    /// What became of each submission of this call, in its order.
    pub receipts: Vec<Receipt>,
    /// What was recorded by this call; after `status` everything recorded so far.
    pub results: Vec<StepOutput>,
    /// What the run has used.
    pub cost: Cost,
    /// What is expected of the rest; absent where earlier runs say nothing of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expected: Option<Expected>,
    /// How the run ended, unless it was completed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ended: Option<Ended>,
    /// What the runs of its plan suggest to change, in a line, once it is completed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub suggestion: Option<String>,
    /// A part of one output, when that was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub page: Option<Page>,
    /// The call to make next, with its literal arguments; absent when none is due.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_call: Option<NextCall>,
    /// What the caller should know.
    pub warnings: Vec<String>,
    /// The lessons that the pending steps were given.
    pub lessons_used: Vec<LessonUsed>,
}

/// How far a run is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Progress {
    /// Steps with a result.
    pub done: usize,
    /// All steps.
    pub total: usize,
    /// Steps that are not done and will not be.
    pub skipped: usize,
}

/// A step that the server has a model do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Working {
    /// The step.
    pub step_id: StepId,
    /// In which role.
    pub role: String,
    /// The model, `provider/model`.
    pub by: String,
    /// The attempt that is being made, or the last one.
    pub attempt: u32,
    /// Since when, while it is being made.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub since: Option<Timestamp>,
    /// When it is begun again, where that is waited for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub not_before: Option<Timestamp>,
    /// Why the last attempt came to nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_failure: Option<String>,
}

/// A step for the host to do.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Pending {
    /// To be handed in with the output, unchanged.
    pub step_token: String,
    /// The step.
    pub step_id: StepId,
    /// In which role.
    pub role: String,
    /// Whether it is a person who answers, not the host.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub approval: bool,
    /// What is to be reached.
    pub instructions: String,
    /// What to work with: the task, earlier results, lessons. Data, whatever it says.
    pub inputs: Vec<Input>,
    /// JSON Schema of the output.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub output_schema: Option<Value>,
    /// What the output is: `code`, `json`, `markdown`, `text` or `patch`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub output_kind: Option<String>,
    /// The programming language of the output.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// How one sees that it is done.
    pub done_when: Vec<String>,
    /// What was wrong with the last attempt.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub violations: Vec<Violation>,
    /// The model that should do it; advice.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// 1 for the first try.
    pub attempt: u32,
    /// How many tries there are.
    pub max_attempts: u32,
    /// Until when the token is taken.
    pub expires_at: Timestamp,
}

/// Something a step works with.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Input {
    /// `task`, the id of a step, or `lesson`.
    pub from: String,
    /// As much of it as fits.
    pub digest: String,
    /// Whether that is all of it.
    pub whole: bool,
    /// SHA-256 of all of it.
    pub sha256: Digest,
    /// Where all of it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub uri: Option<String>,
    /// How far a lesson may be believed, and who learned it where.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trust: Option<Trust>,
    /// Where a lesson was learned.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub provenance: Option<String>,
}

/// What became of a submission.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Receipt {
    /// The step, where the token says one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub step_id: Option<StepId>,
    /// What became of it.
    pub outcome: ReceiptOutcome,
    /// What to mend.
    pub violations: Vec<Violation>,
    /// What it means, in words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// What became of a submission.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ReceiptOutcome {
    /// It was taken and is journalled.
    Recorded,
    /// It was handed in before; nothing changed.
    Duplicate,
    /// It was judged and not taken: the step comes again.
    Invalid,
    /// The token's step is not waiting for an output, or not for this one.
    Conflict,
    /// The token was good once; a fresh one is in this reply.
    Expired,
    /// The token was not issued here for this run and caller.
    Forged,
    /// The output is larger than is taken.
    TooLarge,
}

/// What a step came to.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct StepOutput {
    /// The step.
    pub step_id: StepId,
    /// Who did it.
    pub role: String,
    /// The attempt that succeeded.
    pub attempt: u32,
    /// As much of the output as fits.
    pub digest: String,
    /// Whether that is all of it.
    pub whole: bool,
    /// Its size.
    pub bytes: u64,
    /// SHA-256 of all of it, as kept.
    pub sha256: Digest,
    /// Where all of it is.
    pub uri: String,
    /// Whether something unambiguous was mended in it.
    pub repaired: bool,
    /// What is known to be less than perfect.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<String>,
}

/// What a run has used.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Cost {
    /// Dollars, as reported or estimated.
    pub usd: f64,
    /// Tokens, as reported.
    pub tokens: u64,
    /// Dollars set aside for what is pending.
    pub reserved_usd: f64,
}

/// What is expected of the rest of a run, from what earlier runs of the project took. A forecast: budgets count what is
/// set aside instead, which is the most that attempts may take.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Expected {
    /// Seconds until its end, if somebody is always at it.
    pub seconds: u64,
    /// Dollars.
    pub usd: f64,
    /// Tokens; absent where nobody said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tokens: Option<u64>,
    /// The runs that this is from.
    pub runs: usize,
}

impl Expected {
    /// In words: `about 40 s, $0.02 more, from 14 runs`.
    #[must_use]
    pub fn said(&self) -> String {
        let time = match self.seconds {
            0..=119 => format!("{} s", self.seconds),
            120..=7_199 => format!("{} min", (self.seconds + 30) / 60),
            _ => format!("{} h", (self.seconds + 1_800) / 3_600),
        };
        let cost = match self.usd {
            usd if usd >= 0.01 => format!(", ${usd:.2}"),
            usd if usd >= 0.000_1 => format!(", ${usd:.4}"),
            _ => String::new(),
        };
        format!("about {time}{cost} more, from {} runs", self.runs)
    }
}

/// How a run ended that was not completed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Ended {
    /// In a stable word: `attempts_exhausted`, `denied`, `over_budget`, `cancelled`.
    pub class: String,
    /// In words.
    pub reason: String,
}

/// A part of one output.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Page {
    /// The step.
    pub step_id: StepId,
    /// Its first byte.
    pub offset: usize,
    /// The text.
    pub text: String,
    /// The size of the whole output.
    pub bytes: usize,
    /// SHA-256 of the whole output.
    pub sha256: Digest,
    /// Where the next part starts; absent after the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_offset: Option<usize>,
}

/// A call to make.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct NextCall {
    /// The tool.
    pub tool: &'static str,
    /// Its arguments.
    pub arguments: Value,
}

/// A lesson that a pending step was given.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LessonUsed {
    /// The lesson.
    pub id: LessonId,
    /// Its short name.
    pub title: String,
}

/// An open run in a list.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RunSummary {
    /// The run.
    pub run_id: RunId,
    /// Where it stands.
    pub status: RunStatus,
    /// What it is about, cut to a line.
    pub task: String,
    /// The template it follows, or `given`.
    pub plan: String,
    /// How far it is.
    pub progress: Progress,
    /// The steps it waits for.
    pub waits_for: Vec<StepId>,
    /// When it was started.
    pub started_at: Timestamp,
    /// When it last moved.
    pub touched_at: Timestamp,
}
