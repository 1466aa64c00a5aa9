//! The one way into a tool: through the policy engine.

use std::fmt::Debug;

use rmcp::ErrorData;
use rmcp::model::JsonObject;
use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::Services;
use super::arguments::{self, Given};
use super::reply::ToolError;
use crate::domain::{Action, ActionKind, Actor, Decision, Destination, Effect, Scope};
use crate::policy::Checked;

/// A tool's input, which says how a call with it looks to the policy engine.
pub(crate) trait Judged: Debug + DeserializeOwned + JsonSchema {
    /// The tool's name.
    const TOOL: &'static str;
    /// Minimal arguments that work, for hints.
    const EXAMPLE: &'static str;
    /// What a call does and where its content ends up; `None` only for the tool that is the decision.
    const ACTION: Option<(ActionKind, Destination)>;
    /// Whether a call has no effect but its answer. Then it is worked on while the decision about it is being
    /// recorded, and answered when both are done.
    const ONLY_ANSWERS: bool = false;
}

/// An input that may be used: tools take nothing else, and only [`Permitted::run`] makes one.
#[derive(Debug)]
pub(crate) struct Permitted<I> {
    input: I,
    scope: Scope,
    warnings: Vec<String>,
}

impl<I: Judged> Permitted<I> {
    /// Reads the arguments, has the call judged and lets `work` do it. What a rule redacts, `work` never sees.
    ///
    /// # Errors
    /// `arguments_too_large`, `bad_arguments`, `policy.denied`, `policy.approval_required`, that the
    /// decision could not be recorded, or what `work` says.
    pub(crate) async fn run<'a, O, W>(
        app: &'a Services,
        arguments: JsonObject,
        work: impl FnOnce(&'a Services, Self) -> W,
    ) -> Result<O, ToolError>
    where
        W: Future<Output = Result<O, ToolError>>,
    {
        let (permitted, arguments) = Self::read(app, arguments)?;
        let Some((kind, destination)) = I::ACTION else {
            return work(app, permitted).await;
        };
        let action = Action {
            arguments,
            ..Action::new(kind).with_tool(I::TOOL).with_destination(destination)
        };
        let (scope, actor) = (permitted.scope.clone(), Actor::default());
        if !I::ONLY_ANSWERS {
            let mut checked = app.gate.check(&scope, &actor, I::TOOL, action).await?;
            let receipt = checked.take_receipt();
            let answer = work(app, permitted.checked(checked)?).await;
            if let Some(receipt) = receipt {
                app.gate
                    .outcome(receipt, answer.as_ref().err().map(|error| error.code));
            }
            return answer;
        }
        let (checked, recording) = app.gate.check_answer(&scope, &actor, I::TOOL, action).await;
        match permitted.checked(checked) {
            Ok(permitted) => {
                // In this order: what the work has to write shares a batch with the decision.
                let (answer, recorded) = tokio::join!(work(app, permitted), recording.done());
                let receipt = recorded?;
                // That an answer was given says the decision; that none could be given is worth an entry.
                if let Err(error) = &answer {
                    app.gate.outcome(receipt, Some(error.code));
                }
                answer
            }
            Err(stopped) => {
                recording.done().await?;
                Err(stopped)
            }
        }
    }

    /// The call as it was asked for, and its arguments to be judged.
    fn read(app: &Services, arguments: JsonObject) -> Result<(Self, Value), ToolError> {
        let arguments = Value::Object(arguments);
        let limit = app.settings.max_arguments_bytes;
        if arguments::weight(&arguments) > limit {
            return Err(ToolError::new(
                "arguments_too_large",
                format!("the arguments of {} are larger than {limit} bytes", I::TOOL),
                "Send a part of it, or a summary.",
            ));
        }
        let given = arguments::read::<I>(&arguments, I::EXAMPLE)?;
        let permitted = Self {
            scope: scope_of(app, given.project.as_deref(), I::EXAMPLE)?,
            warnings: given.unknown.keys().take(8).map(|name| unknown(name)).collect(),
            input: given.input,
        };
        Ok((permitted, arguments))
    }

    /// The call as it may be done.
    fn checked(mut self, checked: Checked) -> Result<Self, ToolError> {
        match checked {
            Checked::Permitted(permit) => {
                if permit.decision().effect == Effect::Redact {
                    self.input = read_again(&permit.action().arguments, I::EXAMPLE)?.input;
                }
                self.warnings.extend(spoken(permit.decision()));
                Ok(self)
            }
            Checked::Stopped(decision) => Err(ToolError::stopped(&decision)),
        }
    }

    /// The scope of the call, its input, and what the caller should be told beside the answer.
    pub(crate) fn into_parts(self) -> (Scope, I, Vec<String>) {
        (self.scope, self.input, self.warnings)
    }
}

/// The action of a request that is no tool call, as it may be done.
///
/// # Errors
/// `policy.denied` or `policy.approval_required` as the error's data, or that the decision could not be recorded.
pub(crate) async fn request(app: &Services, door: &str, action: Action) -> Result<Action, ErrorData> {
    let data = |error: &ToolError| serde_json::to_value(error).ok();
    let actor = Actor::default();
    let checked = app.gate.check(&app.default_scope, &actor, door, action);
    match checked.await.map_err(ToolError::from) {
        Ok(Checked::Permitted(permit)) => Ok(permit.into_action()),
        Ok(Checked::Stopped(decision)) => {
            let error = ToolError::stopped(&decision);
            let message = format!("{error}; {}", error.hint);
            Err(ErrorData::invalid_request(message, data(&error)))
        }
        Err(error) => Err(ErrorData::internal_error(error.to_string(), data(&error))),
    }
}

/// The default scope, or the same in another project.
///
/// # Errors
/// `bad_arguments` for a project name that cannot be one.
pub(crate) fn scope_of(app: &Services, project: Option<&str>, example: &str) -> Result<Scope, ToolError> {
    let default = &app.default_scope;
    let Some(project) = project else {
        return Ok(default.clone());
    };
    Scope::new(default.org(), project, default.principal()).ok_or_else(|| {
        arguments::bad(
            "argument `project`: expected 1 to 512 bytes without control characters",
            example,
        )
    })
}

fn read_again<I: Judged>(redacted: &Value, example: &str) -> Result<Given<I>, ToolError> {
    arguments::read(redacted, example)
}

fn unknown(name: &str) -> String {
    let name: String = name.chars().take(60).collect();
    format!("`{name}` is not an argument of this tool and was ignored")
}

/// What rules that did not stop the call have to say.
fn spoken(decision: &Decision) -> impl Iterator<Item = String> {
    let rules = decision.rules.iter().filter(|rule| rule.effect > Effect::Allow);
    rules.map(|rule| format!("{}: {} {}", rule.id, rule.why, rule.fix))
}
