//! Why a call about a run could not be carried out.

use crate::domain::{Decision, RunId, RunStatus, StepId};
use crate::{policy, store};

/// Why a call about a run could not be carried out. A rejected output, a denial and a failed run are
/// answers and never one of these.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A run needs a task.
    #[error("the task is empty")]
    EmptyTask,
    /// The task does not fit into the run's first event.
    #[error("the task has {bytes} bytes, at most {limit} are kept")]
    TaskTooLong {
        /// Its size.
        bytes: usize,
        /// The limit.
        limit: usize,
    },
    /// No template has that name.
    #[error("there is no template `{name}`; {}", listed("nearest", nearest))]
    UnknownTemplate {
        /// What was asked for.
        name: String,
        /// The names most like it, or all of them.
        nearest: Vec<String>,
    },
    /// A template file is wrong.
    #[error("template {file} is wrong at {at}: {problem}")]
    BadTemplate {
        /// The file.
        file: String,
        /// Line, or line and field.
        at: String,
        /// What is wrong.
        problem: String,
    },
    /// A given plan cannot be run.
    #[error("the plan is wrong at {}: {problem}", if path.is_empty() { "its root" } else { path })]
    BadPlan {
        /// JSON Pointer to the fault.
        path: String,
        /// What is wrong.
        problem: String,
    },
    /// A strategy or executor that this version does not have.
    #[error("{what} `{given}` is not available; available: {}", available.join(", "))]
    NotAvailable {
        /// `strategy` or `executor`.
        what: &'static str,
        /// What was asked for.
        given: String,
        /// What there is.
        available: Vec<String>,
    },
    /// No such run in this project.
    #[error("there is no run `{run}` in this project")]
    UnknownRun {
        /// What was asked for.
        run: RunId,
    },
    /// No such output in this run.
    #[error("step `{step}` has no recorded output; {}", listed("recorded", recorded))]
    UnknownStep {
        /// What was asked for.
        step: StepId,
        /// The steps that have one.
        recorded: Vec<String>,
    },
    /// The run has ended and nothing in the call could be applied.
    #[error("run `{run}` has ended: it is {}", word(*status))]
    RunClosed {
        /// The run.
        run: RunId,
        /// How it ended.
        status: RunStatus,
    },
    /// The run has not ended.
    #[error("run `{run}` has not ended yet")]
    RunOpen {
        /// The run.
        run: RunId,
    },
    /// No submission carries a token of this server and scope, so no run can be told.
    #[error("no step_token in the call was issued here")]
    TokenInvalid,
    /// The key belongs to another request.
    #[error("the idempotency key belongs to another request, which made run `{run}`")]
    IdempotencyConflict {
        /// The run of that request.
        run: RunId,
    },
    /// Others kept changing the run.
    #[error("run `{run}` was changed by others {tries} times while this call was being applied")]
    Busy {
        /// The run.
        run: RunId,
        /// How often it was tried.
        tries: u32,
    },
    /// Policy stops that the run is cancelled or goes on; it stays as it is.
    #[error("policy stops it: {}", .0.rules.first().map_or("", |rule| &rule.why))]
    Stopped(Box<Decision>),
    /// The policy engine could not decide.
    #[error("the policy engine could not decide")]
    Policy(#[from] policy::Error),
    /// The store could not do its job.
    #[error("the run could not be read or written")]
    Store(#[from] store::Error),
}

impl Error {
    /// The stable code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::EmptyTask => "crew.empty_task",
            Self::TaskTooLong { .. } => "crew.task_too_long",
            Self::UnknownTemplate { .. } => "crew.unknown_template",
            Self::BadTemplate { .. } => "crew.bad_template",
            Self::BadPlan { .. } => "crew.bad_plan",
            Self::NotAvailable { .. } => "crew.not_available",
            Self::UnknownRun { .. } => "crew.unknown_run",
            Self::UnknownStep { .. } => "crew.unknown_step",
            Self::RunClosed { .. } => "crew.run_closed",
            Self::RunOpen { .. } => "crew.run_open",
            Self::TokenInvalid => "crew.token_invalid",
            Self::IdempotencyConflict { .. } => "crew.idempotency_conflict",
            Self::Busy { .. } => "crew.busy",
            Self::Stopped(_) => "policy.denied",
            Self::Policy(source) => source.code(),
            Self::Store(source) => source.code(),
        }
    }

    /// What to do next.
    #[must_use]
    pub fn hint(&self) -> String {
        let hint = match self {
            Self::EmptyTask => "Say in `task` what is to be reached, in a sentence or more.",
            Self::TaskTooLong { .. } => {
                "Say what is to be reached and name the files; long material belongs into a step's output."
            }
            Self::UnknownTemplate { .. } => {
                "Use one of the names above, or give `task` alone and a template is chosen."
            }
            Self::BadTemplate { .. } => {
                "Mend the file and start again; docs/templates.md describes the format."
            }
            Self::BadPlan { .. } => "Mend the plan there and call again; nothing was started.",
            Self::NotAvailable { .. } => "Leave the field out, or use what is available.",
            Self::UnknownRun { .. } => {
                "Call run_crew with {\"action\":\"status\"} to list the open runs of this project."
            }
            Self::UnknownStep { .. } => {
                "Ask for a step that is recorded, or for the run's status without step_id."
            }
            Self::RunClosed { .. } => {
                "Call run_crew with action status to read what was reached; start a new run for more."
            }
            Self::RunOpen { .. } => "Finish or cancel the run first; status says what it waits for.",
            Self::TokenInvalid => {
                "Use the step_token of the newest reply, unchanged; run_crew with action status and the run_id shows it again."
            }
            Self::IdempotencyConflict { .. } => "Use a new idempotency_key for a new request.",
            Self::Busy { .. } => "Call again with the same arguments.",
            Self::Stopped(_) => "Do not repeat the call unchanged; change what the rule names.",
            Self::Policy(source) => return source.hint().to_string(),
            Self::Store(source) => return source.hint().to_string(),
        };
        hint.to_owned()
    }

    /// Whether the same call may succeed later.
    #[must_use]
    pub fn retryable(&self) -> bool {
        match self {
            Self::Busy { .. } => true,
            Self::Policy(source) => source.retryable(),
            Self::Store(source) => source.retryable(),
            _ => false,
        }
    }
}

/// The name of a status on the wire.
pub(super) fn word(status: RunStatus) -> &'static str {
    match status {
        RunStatus::Working => "working",
        RunStatus::InputRequired => "input_required",
        RunStatus::Completed => "completed",
        RunStatus::Failed => "failed",
        RunStatus::Cancelled => "cancelled",
    }
}

fn listed(what: &str, names: &[String]) -> String {
    if names.is_empty() {
        format!("{what}: none")
    } else {
        format!("{what}: {}", names.join(", "))
    }
}
