//! What goes back to the caller of a tool: an answer, or an error in the shape hosts can show.

use std::fmt;
use std::panic::AssertUnwindSafe;

use futures::FutureExt;
use rmcp::ErrorData;
use rmcp::handler::server::tool::IntoCallToolResult;
use rmcp::model::{CallToolResponse, CallToolResult, ContentBlock, CreateTaskResult, InputRequiredResult};
use serde::Serialize;
use serde_json::Value;

use crate::clock::Clock;
use crate::crew;
use crate::domain::{Decision, Effect, Problem};

/// Longest message of an error, in characters: it may quote what the caller sent.
const MAX_MESSAGE_CHARS: usize = 600;

/// Why a tool call could not be carried out.
///
/// It leaves the process as text content `{"code", "message", "hint", ..}` with `isError` and without
/// structured content: the official TypeScript client validates structured content of an error against
/// the tool's output schema and would throw the code and the hint away.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ToolError {
    /// Stable and dotted, for programs.
    pub code: &'static str,
    /// One sentence for people.
    pub message: String,
    /// What to do next.
    pub hint: String,
    /// The policy rule that stopped the call.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
    /// The handle of the approval that would let it pass.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub approval_id: Option<String>,
    /// Whether the same call may succeed later without a change.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub retryable: bool,
}

impl ToolError {
    /// An error that the caller can mend.
    pub(crate) fn new(code: &'static str, message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self {
            code,
            message: clipped(message.into()),
            hint: hint.into(),
            rule: None,
            approval_id: None,
            retryable: false,
        }
    }

    /// A call that policy stopped: the strictest rule speaks.
    pub(crate) fn stopped(decision: &Decision) -> Self {
        let rule = decision.rules.first();
        let (code, hint) = match (&decision.approval, decision.effect) {
            (Some(_), Effect::RequireApproval) => (
                "policy.approval_required",
                "Ask the person to approve it, then call again.",
            ),
            _ => (
                "policy.denied",
                "Do not repeat the call unchanged; change what the rule names.",
            ),
        };
        let why = rule.map_or("a policy rule stops this call", |rule| &rule.why);
        let hint = rule.map_or(hint, |rule| &rule.fix);
        Self {
            rule: rule.map(|rule| rule.id.clone()),
            approval_id: decision.approval.as_ref().map(|approval| approval.id.clone()),
            ..Self::new(code, why, hint)
        }
    }
}

impl fmt::Display for ToolError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code, self.message)
    }
}

impl std::error::Error for ToolError {}

impl From<Problem> for ToolError {
    fn from(problem: Problem) -> Self {
        Self {
            retryable: problem.retryable,
            ..Self::new(problem.code, problem.message, problem.hint)
        }
    }
}

/// Every service's error says code, hint and whether to retry; its causes go to the log only.
macro_rules! of_service_error {
    ($error:expr) => {{
        let error = $error;
        if error.retryable() {
            tracing::warn!(code = error.code(), error = %chain(&error), "a service could not do its job");
        }
        ToolError {
            retryable: error.retryable(),
            ..ToolError::new(error.code(), error.to_string(), error.hint())
        }
    }};
}

macro_rules! from_service_error {
    ($($error:ty),+) => {$(
        impl From<$error> for ToolError {
            fn from(error: $error) -> Self {
                of_service_error!(error)
            }
        }
    )+};
}

impl From<crew::Error> for ToolError {
    fn from(error: crew::Error) -> Self {
        match error {
            crew::Error::Stopped(decision) => Self::stopped(&decision),
            error => of_service_error!(error),
        }
    }
}

from_service_error!(
    crate::knowledge::Error,
    crate::policy::Error,
    crate::routing::Error
);

impl IntoCallToolResult for ToolError {
    fn into_call_tool_result(self) -> Result<CallToolResponse, ErrorData> {
        let text = serde_json::to_string(&self).unwrap_or_else(|_| self.to_string());
        Ok(CallToolResult::error(vec![ContentBlock::text(text)]).into())
    }
}

/// What a tool says when it did its job.
#[derive(Debug)]
pub(crate) enum Answer<O> {
    /// The output, as structured content and as the same JSON in text.
    Output(O),
    /// The output, with other words for the model that reads it.
    Told {
        /// The words.
        text: String,
        /// The output.
        output: O,
    },
    /// A question that the client has to put to a person before it repeats the call (2026-07-28).
    Ask(Box<InputRequiredResult>),
    /// A handle for what lasts longer than the call.
    Task(Box<CreateTaskResult>),
}

impl<O> Answer<O> {
    /// The same answer with another output.
    pub(crate) fn map<P>(self, to: impl FnOnce(O) -> P) -> Answer<P> {
        match self {
            Self::Output(output) => Answer::Output(to(output)),
            Self::Told { text, output } => Answer::Told {
                text,
                output: to(output),
            },
            Self::Ask(question) => Answer::Ask(question),
            Self::Task(task) => Answer::Task(task),
        }
    }
}

impl<O: Serialize> IntoCallToolResult for Answer<O> {
    fn into_call_tool_result(self) -> Result<CallToolResponse, ErrorData> {
        let (text, output) = match self {
            Self::Output(output) => (None, output),
            Self::Told { text, output } => (Some(text), output),
            Self::Ask(question) => return Ok((*question).into()),
            Self::Task(task) => return Ok((*task).into()),
        };
        let value = serde_json::to_value(output).map_err(|error| no_json(&error))?;
        let text = match text {
            Some(text) => text,
            None => written(&value)?,
        };
        let mut result = CallToolResult::success(vec![ContentBlock::text(text)]);
        result.structured_content = Some(value);
        Ok(result.into())
    }
}

/// Room for nearly every answer: growing step by step to it costs more than all the rest of writing it.
const ANSWER_BYTES: usize = 16 * 1024;

fn written(value: &Value) -> Result<String, ErrorData> {
    let mut text = Vec::with_capacity(ANSWER_BYTES);
    serde_json::to_writer(&mut text, value).map_err(|error| no_json(&error))?;
    String::from_utf8(text).map_err(|error| ErrorData::internal_error(error.to_string(), None))
}

fn no_json(error: &serde_json::Error) -> ErrorData {
    ErrorData::internal_error(format!("the output is not JSON: {error}"), None)
}

/// Runs `work`; a panic in it becomes an error with an incident id, because rmcp would leave the client
/// without any answer. The details are in the log under that id.
pub(crate) async fn guarded<T>(
    clock: &dyn Clock,
    work: impl Future<Output = Result<T, ToolError>>,
) -> Result<T, ToolError> {
    AssertUnwindSafe(work).catch_unwind().await.unwrap_or_else(|panic| {
        let incident = clock.random_id();
        let said = panic
            .downcast_ref::<&str>()
            .map(|text| (*text).to_owned())
            .or_else(|| panic.downcast_ref::<String>().cloned())
            .unwrap_or_default();
        tracing::error!(incident, panic = said, "a tool call panicked");
        Err(ToolError::new(
            "internal",
            format!("firstmate failed on this call (incident {incident})"),
            "Nothing of the call is known to have happened. Report the incident id with the log lines that carry it.",
        ))
    })
}

/// The error and its causes, for the log.
fn chain(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(Some(error), |error| error.source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}

/// At most [`MAX_MESSAGE_CHARS`] characters of `message`.
fn clipped(mut message: String) -> String {
    if let Some((end, _)) = message.char_indices().nth(MAX_MESSAGE_CHARS) {
        message.truncate(end);
        message.push_str(" ...");
    }
    message
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::ManualClock;

    #[tokio::test]
    async fn a_panic_becomes_an_error_with_an_incident_id() {
        let answer: Result<(), _> = guarded(&ManualClock::new(), async { panic!("a secret detail") }).await;
        let error = answer.unwrap_err();
        assert_eq!(error.code, "internal");
        assert!(
            error.message.contains("00000000000000000000000000000001"),
            "{error}"
        );
        assert!(!error.message.contains("secret"), "{error}");
    }

    #[test]
    fn an_error_has_text_and_no_structured_content() {
        let error = ToolError::new("a.b", "what failed", "what to do");
        let Ok(CallToolResponse::Complete(result)) = error.into_call_tool_result() else {
            panic!("not complete");
        };
        assert_eq!(result.is_error, Some(true));
        assert_eq!(result.structured_content, None);
        let text = result.content[0].as_text().unwrap().text.clone();
        assert_eq!(
            text,
            r#"{"code":"a.b","message":"what failed","hint":"what to do"}"#
        );
    }

    #[test]
    fn a_long_message_is_cut_between_characters() {
        let error = ToolError::new("a", "\u{1f980}".repeat(1_000_000), "b");
        assert_eq!(error.message.chars().count(), MAX_MESSAGE_CHARS + 4);
    }
}
