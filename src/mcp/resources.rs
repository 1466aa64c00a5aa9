//! What can be read by address: runs, outputs of their steps, lessons and the rules in force.

use rmcp::ErrorData;
use rmcp::model::{
    ListResourceTemplatesResult, ListResourcesResult, ReadResourceResult, Resource, ResourceContents,
    ResourceTemplate,
};
use serde::Serialize;
use serde_json::{Value, json};

use super::Services;
use super::page::view;
use super::permitted;
use super::reply::ToolError;
use crate::crew::OutputPage;
use crate::domain::{Action, ActionKind, Actor, Destination, LessonId, RunId, StepId};
use crate::policy::Checked;

const SCHEME: &str = "firstmate://";
const POLICY: &str = "firstmate://policy";
/// The doors that resources go through.
const READ: &str = "resources/read";
const LIST: &str = "resources/list";
const JSON: &str = "application/json";

/// The rules, and the open runs of the default project, unless a rule closes these.
///
/// # Errors
/// When the store cannot be read, or the decision cannot be recorded.
pub(crate) async fn list(app: &Services) -> Result<ListResourcesResult, ErrorData> {
    let rules = Resource::new(POLICY, "policy")
        .with_title("Rules in force")
        .with_description("Every policy rule: its effect, why it exists and how to comply.")
        .with_mime_type(JSON);
    let runs = if lists_runs(app).await? {
        let open = app.crews.open_runs(&app.default_scope);
        open.await.map_err(unreadable)?
    } else {
        Vec::new()
    };
    let runs = runs.into_iter().map(|run| {
        Resource::new(
            format!("{SCHEME}run/{}", run.run_id),
            format!("run {}", run.run_id),
        )
        .with_title(run.task.chars().take(80).collect::<String>())
        .with_mime_type(JSON)
    });
    Ok(ListResourcesResult::with_all_items(
        [rules, view::listed()].into_iter().chain(runs).collect(),
    ))
}

/// The shapes of the addresses.
pub(crate) fn templates() -> ListResourceTemplatesResult {
    let template = |path: &str, name: &str, about: &str| {
        ResourceTemplate::new(format!("{SCHEME}{path}"), name)
            .with_description(about)
            .with_mime_type(JSON)
    };
    ListResourceTemplatesResult::with_all_items(vec![
        template("run/{run_id}", "run", "Where a run stands, as run_crew tells it."),
        template(
            "run/{run_id}/history",
            "history",
            "The story of a run: its steps with their attempts and checks, and its timeline.",
        ),
        template(
            "run/{run_id}/step/{step_id}",
            "step",
            "The recorded output of a step.",
        ),
        template(
            "lesson/{lesson_id}",
            "lesson",
            "A lesson with everything that is kept about it.",
        ),
    ])
}

/// What is at `uri`. A foreign id looks exactly like an unknown one.
///
/// # Errors
/// For an address that leads nowhere, one that policy closes, and a store that cannot be read.
pub(crate) async fn read(app: &Services, uri: &str) -> Result<ReadResourceResult, ErrorData> {
    may_read(app, uri).await?;
    if uri == view::URI {
        return Ok(ReadResourceResult::new(vec![view::contents()]));
    }
    let scope = &app.default_scope;
    let path: Vec<&str> = uri.strip_prefix(SCHEME).unwrap_or_default().split('/').collect();
    let value = match path.as_slice() {
        ["policy"] => rules(app),
        ["run", run] => {
            let reply = app.crews.status(scope, &RunId::new(*run), None).await;
            value(&reply.map_err(|error| missing_or_broken(uri, error))?)?
        }
        ["run", run, "history"] => {
            let history = app.crews.history(scope, &RunId::new(*run)).await;
            value(&history.map_err(|error| missing_or_broken(uri, error))?)?
        }
        ["run", run, "step", step] => {
            let page = OutputPage {
                step: StepId::new(*step),
                offset: 0,
            };
            let reply = app.crews.status(scope, &RunId::new(*run), Some(page)).await;
            value(&reply.map_err(|error| missing_or_broken(uri, error))?)?
        }
        ["lesson", id] => {
            let lesson = app.knowledge.get(scope, &LessonId::new(*id)).await;
            value(&lesson.map_err(unreadable)?.ok_or_else(|| missing(uri))?)?
        }
        _ => return Err(missing(uri)),
    };
    let contents = ResourceContents::text(value.to_string(), uri).with_mime_type(JSON);
    Ok(ReadResourceResult::new(vec![contents]))
}

/// Reading is an action like any other.
async fn may_read(app: &Services, uri: &str) -> Result<(), ErrorData> {
    let action = Action {
        arguments: json!({ "uri": uri }),
        ..Action::new(ActionKind::MemoryRead)
            .with_tool(READ)
            .with_destination(Destination::Local)
    };
    permitted::request(app, READ, action).await.map(drop)
}

/// Which runs are open is read from the journal. A host that lists at its start is not stopped by a rule: it is shown
/// what there is without them.
async fn lists_runs(app: &Services) -> Result<bool, ErrorData> {
    let action = Action::new(ActionKind::MemoryRead)
        .with_tool(LIST)
        .with_destination(Destination::Local);
    let actor = Actor::default();
    let checked = app.gate.check(&app.default_scope, &actor, LIST, action);
    match checked.await.map_err(unreadable)? {
        Checked::Permitted(_) => Ok(true),
        Checked::Stopped(decision) => {
            let rule = decision.rules.first().map_or("", |rule| &rule.id);
            tracing::warn!(rule, "open runs are left out of the list of resources");
            Ok(false)
        }
    }
}

fn rules(app: &Services) -> Value {
    let rules = app
        .gate
        .rules()
        .into_iter()
        .map(|rule| json!({ "id": rule.id, "effect": rule.effect, "shadow": rule.shadow, "why": rule.why, "fix": rule.fix }));
    json!({ "rules": rules.collect::<Vec<_>>() })
}

fn value(value: &impl Serialize) -> Result<Value, ErrorData> {
    serde_json::to_value(value).map_err(|error| ErrorData::internal_error(error.to_string(), None))
}

fn missing(uri: &str) -> ErrorData {
    let uri: String = uri.chars().take(200).collect();
    ErrorData::resource_not_found(format!("there is nothing at {uri}"), None)
}

/// An error of a crew that a retry cannot mend means that there is no such run or step.
fn missing_or_broken(uri: &str, error: crate::crew::Error) -> ErrorData {
    if error.retryable() {
        unreadable(error)
    } else {
        missing(uri)
    }
}

fn unreadable(error: impl Into<ToolError>) -> ErrorData {
    let error = error.into();
    ErrorData::internal_error(error.to_string(), value(&error).ok())
}
