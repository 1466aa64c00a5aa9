//! What a command does to the memory is judged like a tool's call, so that a rule for the one holds for the
//! other: reading as `search_knowledge`, writing as `record_lesson`. The record says through which
//! door it came.

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::app::door::Door;
use crate::domain::{Action, ActionKind, Decision, Destination, Effect, Scope};
use crate::mcp::{Services, ToolError};

/// What is done to the memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Access {
    Read,
    Write,
}

/// An input that may be used, without what a rule redacts.
#[derive(Debug)]
pub(super) struct Permitted<T> {
    pub(super) input: T,
    /// What rules said that did not stop it.
    pub(super) warnings: Vec<String>,
}

/// Has an input judged, and the decision recorded.
///
/// # Errors
/// `{code, message, hint}` when a rule stops it, or the decision cannot be recorded.
pub(super) async fn permitted<T: Serialize + DeserializeOwned>(
    services: &Services,
    scope: &Scope,
    door: Door,
    access: Access,
    input: T,
) -> Result<Permitted<T>, Value> {
    let door = Door {
        looks: door.looks && access == Access::Read,
        ..door
    };
    let permit = door.leave(services, scope, action(access, &input)).await?;
    settled(input, permit.decision(), &permit.action().arguments)
}

/// The same without a record: nothing may be done on the strength of it.
///
/// # Errors
/// `{code, message, hint}` when a rule would stop it.
pub(super) fn previewed<T: Serialize + DeserializeOwned>(
    services: &Services,
    access: Access,
    input: T,
) -> Result<Permitted<T>, Value> {
    let decision = services.gate.preview(&action(access, &input));
    match (decision.effect, &decision.redacted) {
        (Effect::Deny | Effect::RequireApproval, _) => Err(json!(ToolError::stopped(&decision))),
        (_, Some(redacted)) => settled(input, &decision, &redacted.arguments),
        _ => settled(input, &decision, &Value::Null),
    }
}

fn action(access: Access, input: &impl Serialize) -> Action {
    let (kind, tool, destination) = match access {
        Access::Read => (ActionKind::MemoryRead, "search_knowledge", Destination::Local),
        Access::Write => (ActionKind::MemoryWrite, "record_lesson", Destination::Memory),
    };
    Action {
        arguments: json!(input),
        ..Action::new(kind).with_tool(tool).with_destination(destination)
    }
}

fn settled<T: DeserializeOwned>(
    input: T,
    decision: &Decision,
    arguments: &Value,
) -> Result<Permitted<T>, Value> {
    let input = if decision.effect == Effect::Redact {
        // A mark may stand where only a time or a number can be read.
        serde_json::from_value(arguments.clone()).map_err(|error| {
            json!({
                "code": "policy.denied",
                "message": format!("a rule takes something out that is needed: {error}"),
                "hint": "Take the secret out, then try again.",
            })
        })?
    } else {
        input
    };
    let spoken = decision.rules.iter().filter(|rule| rule.effect > Effect::Allow);
    Ok(Permitted {
        input,
        warnings: spoken
            .map(|rule| format!("{}: {} {}", rule.id, rule.why, rule.fix))
            .collect(),
    })
}
