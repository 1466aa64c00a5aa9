//! What can be read by address: runs, outputs of their steps, lessons, rules, decisions, models and templates.

use rmcp::ErrorData;
use rmcp::model::{
    Annotations, CacheScope, ListResourceTemplatesResult, ListResourcesResult, PaginatedRequestParams,
    Resource, ResourceTemplate, Role,
};
use serde_json::Value;

use super::address::{JSON, SCHEME, SHAPES, part};
use super::page::view;
use super::pages::page;
use super::reply::ToolError;
use super::{Services, permitted};
use crate::domain::{Action, ActionKind, Actor, Destination, Timestamp};
use crate::policy::Checked;

mod read;
mod texts;

pub(crate) use read::{is_there, newest_entries, read, steps_of};

/// The doors that resources go through.
const READ: &str = "resources/read";
const LIST: &str = "resources/list";
/// How long the shapes of addresses may be kept, in milliseconds: they change with the version only.
const SHAPES_TTL_MS: u64 = 3_600_000;

/// A resource that is always there: path, name, title, what it is, its priority.
const FIXED: [(&str, &str, &str, &str, f32); 7] = [
    (
        "policy",
        "policy",
        "Rules in force",
        "Every policy rule: its effect, why it exists and how to comply.",
        0.6,
    ),
    (
        "policy/packs",
        "packs",
        "Rule packs",
        "The packs that the rules in force stand in, and their hash.",
        0.3,
    ),
    (
        "runs",
        "runs",
        "Runs",
        "The newest runs of the project, 100 at most, and where each stands.",
        0.8,
    ),
    (
        "lessons",
        "lessons",
        "Lessons",
        "The newest lessons of the project, 100 at most, and all labels.",
        0.7,
    ),
    (
        "templates",
        "templates",
        "Crew templates",
        "What crews there are: built in, yours, and the project's.",
        0.5,
    ),
    (
        "models",
        "models",
        "Models",
        "The routing catalogue: price, speed and abilities of every model.",
        0.4,
    ),
    (
        "audit",
        "audit",
        "Head of the audit log",
        "How many decisions are recorded, and the signed checkpoint over them.",
        0.3,
    ),
];

/// What there is: what is always there, the templates, and the open runs of the default project, unless a rule closes
/// these.
///
/// # Errors
/// When the store cannot be read, the decision cannot be recorded, or the cursor is none of ours.
pub(crate) async fn list(
    app: &Services,
    request: Option<&PaginatedRequestParams>,
) -> Result<ListResourcesResult, ErrorData> {
    let fixed = FIXED.iter().map(|(path, name, title, about, priority)| {
        let resource = Resource::new(format!("{SCHEME}{path}"), *name)
            .with_title(*title)
            .with_description(*about)
            .with_mime_type(JSON)
            .with_annotations(annotations(*priority, None));
        ((0, String::new()), sized(app, path, resource))
    });
    let runs = if lists_runs(app).await? {
        let open = app.crews.open_runs(&app.default_scope);
        open.await.map_err(unreadable)?
    } else {
        Vec::new()
    };
    let runs = runs.into_iter().map(|run| {
        // The newest first: their ids begin with the time.
        let newest = run.run_id.as_str().bytes().map(|byte| char::from(!byte & 0x7f));
        let resource = Resource::new(
            format!("{SCHEME}run/{}", part(run.run_id.as_str())),
            format!("run {}", run.run_id),
        )
        .with_title(run.task.chars().take(80).collect::<String>())
        .with_description(format!(
            "{:?}, {} of {} steps done",
            run.status, run.progress.done, run.progress.total
        ))
        .with_mime_type(JSON)
        .with_annotations(annotations(0.9, Some(run.touched_at)));
        ((1, newest.collect()), resource)
    });
    let templates = app.crews.templates(&app.default_scope);
    let templates = templates.iter().map(|template| {
        let resource = Resource::new(
            format!("{SCHEME}template/{}", part(&template.name)),
            format!("template {}", template.name),
        )
        .with_title(template.title.clone())
        .with_description(template.when.clone())
        .with_mime_type(JSON)
        .with_annotations(annotations(0.5, None));
        ((2, template.name.clone()), resource)
    });
    let page_of_apps = (
        (0, String::new()),
        view::listed().with_annotations(annotations(0.2, None)),
    );
    let fixed = fixed.chain(std::iter::once(page_of_apps));
    let all = numbered(fixed).chain(runs).chain(templates);
    let page = page(LIST, all.collect::<Vec<_>>(), request, app.settings.list_page)?;
    let mut listed = ListResourcesResult::with_all_items(page.items)
        .with_ttl_ms(0)
        .with_cache_scope(CacheScope::Private);
    listed.next_cursor = page.next;
    Ok(listed)
}

/// The items in the order in which they come.
fn numbered<T>(items: impl Iterator<Item = ((u8, String), T)>) -> impl Iterator<Item = ((u8, String), T)> {
    (0..)
        .zip(items)
        .map(|(n, ((group, _), item)): (u32, _)| ((group, format!("{n:03}")), item))
}

/// The shapes of the addresses.
///
/// # Errors
/// When the cursor is none of ours.
pub(crate) fn templates(
    app: &Services,
    request: Option<&PaginatedRequestParams>,
) -> Result<ListResourceTemplatesResult, ErrorData> {
    let templates = (0..).zip(&SHAPES).map(|(n, shape): (u32, _)| {
        let template = ResourceTemplate::new(format!("{SCHEME}{}", shape.path), shape.name)
            .with_title(shape.title)
            .with_description(shape.about)
            .with_mime_type(shape.mime)
            .with_annotations(annotations(shape.priority, None));
        (n, template)
    });
    let page = page(
        "resources/templates/list",
        templates,
        request,
        app.settings.list_page,
    )?;
    let mut listed = ListResourceTemplatesResult::with_all_items(page.items)
        .with_ttl_ms(SHAPES_TTL_MS)
        .with_cache_scope(CacheScope::Public);
    listed.next_cursor = page.next;
    Ok(listed)
}

/// Whom it is for, how much it matters, and when it changed last.
fn annotations(priority: f32, touched: Option<Timestamp>) -> Annotations {
    let mut annotations = Annotations::default()
        .with_audience(vec![Role::User, Role::Assistant])
        .with_priority(priority);
    annotations.last_modified = touched.map(|at| at.to_string());
    annotations
}

/// With its size, where that is known without asking the store.
fn sized(app: &Services, path: &str, resource: Resource) -> Resource {
    match texts::without_store(app, path) {
        Some(text) => resource.with_size(text.len() as u64),
        None => resource,
    }
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

/// Reading, or wanting to be told, is an action like any other.
///
/// # Errors
/// When policy stops it, or the decision cannot be recorded.
pub(crate) async fn may(app: &Services, door: &str, what: Value) -> Result<(), ErrorData> {
    let action = Action {
        arguments: what,
        ..Action::new(ActionKind::MemoryRead)
            .with_tool(door)
            .with_destination(Destination::Local)
    };
    permitted::request(app, door, action).await.map(drop)
}

/// The error for what is not there. A foreign id looks exactly like an unknown one.
pub(crate) fn missing(uri: &str) -> ErrorData {
    let uri: String = uri.chars().take(200).collect();
    ErrorData::resource_not_found(format!("there is nothing at {uri}"), None)
}

/// The error for a store that cannot be read.
pub(crate) fn unreadable(error: impl Into<ToolError>) -> ErrorData {
    let error = error.into();
    ErrorData::internal_error(error.to_string(), serde_json::to_value(&error).ok())
}
