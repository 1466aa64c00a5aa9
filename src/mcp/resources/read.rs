//! Reading what is at an address.

use rmcp::ErrorData;
use rmcp::model::{CacheScope, ReadResourceResult, ResourceContents};
use serde::Serialize;
use serde_json::{Value, json};

use super::texts::{likely, packs, rules, templates, whole};
use super::{READ, may, missing, unreadable};
use crate::crew::{OutputPage, graph};
use crate::domain::{AuditRecord, RunId, RunStatus, Scope};
use crate::knowledge::curate::Selection;
use crate::mcp::Services;
use crate::mcp::address::{Address, JSON, MERMAID};
use crate::mcp::page::view;

/// Most runs or lessons in one answer.
const MOST: usize = 100;
/// What does not change while the server runs may be kept so long, in milliseconds.
const FIXED_MS: u64 = 60_000;
/// What is never changed again: a day.
const FOREVER_MS: u64 = 86_400_000;

/// What was read: the text, its type, and how long it may be kept.
#[derive(Debug)]
struct Read {
    text: String,
    mime: &'static str,
    ttl_ms: u64,
}

/// What is at `uri`.
///
/// # Errors
/// For an address that leads nowhere, one that policy closes, and a store that cannot be read.
pub(crate) async fn read(app: &Services, uri: &str) -> Result<ReadResourceResult, ErrorData> {
    may(app, READ, json!({ "uri": uri })).await?;
    if uri == view::URI {
        return Ok(ReadResourceResult::new(vec![view::contents()])
            .with_ttl_ms(FIXED_MS)
            .with_cache_scope(CacheScope::Private));
    }
    let address = Address::parse(uri).ok_or_else(|| missing(uri))?;
    let Read { text, mime, ttl_ms } = found(app, &address).await?.ok_or_else(|| missing(uri))?;
    let contents = ResourceContents::text(text, uri).with_mime_type(mime);
    Ok(ReadResourceResult::new(vec![contents])
        .with_ttl_ms(ttl_ms)
        .with_cache_scope(CacheScope::Private))
}

/// Whether there is anything at the address.
///
/// # Errors
/// When the store cannot be read.
pub(crate) async fn is_there(app: &Services, address: &Address) -> Result<bool, ErrorData> {
    let scope = &app.default_scope;
    Ok(match address {
        Address::Run(run) | Address::RunGraph(run) | Address::RunHistory(run) => {
            known(app.crews.status(scope, run, None).await)?.is_some()
        }
        // One that is not done yet will be.
        Address::Step(run, step) => {
            let history = known(app.crews.history(scope, run).await)?;
            history.is_some_and(|history| history.steps.iter().any(|other| other.id == step.as_str()))
        }
        Address::Lesson(id) => app.knowledge.get(scope, id).await.map_err(unreadable)?.is_some(),
        Address::Template(name) | Address::TemplateGraph(name) => {
            app.crews.templates(scope).get(name).is_ok()
        }
        _ => true,
    })
}

async fn found(app: &Services, address: &Address) -> Result<Option<Read>, ErrorData> {
    let scope = &app.default_scope;
    let now = |text: String| {
        Some(Read {
            text,
            mime: JSON,
            ttl_ms: 0,
        })
    };
    let fixed = |value: Value| {
        Some(Read {
            text: value.to_string(),
            mime: JSON,
            ttl_ms: FIXED_MS,
        })
    };
    Ok(match address {
        Address::Policy => now(rules(app).to_string()),
        Address::Packs => now(packs(app).to_string()),
        Address::Models => fixed(json!({ "models": app.router.catalogue().models() })),
        Address::Model(id) => {
            let models = app.router.catalogue().models().iter();
            models
                .clone()
                .find(|model| model.id == *id)
                .and_then(|model| fixed(json!(model)))
        }
        Address::Kind(kind) => fixed(likely(app, *kind)),
        Address::Templates => now(templates(app).to_string()),
        Address::Template(name) => {
            let templates = app.crews.templates(scope);
            let template = templates.get(name).ok();
            template.and_then(|template| now(whole(template).to_string()))
        }
        Address::TemplateGraph(name) => {
            let templates = app.crews.templates(scope);
            templates
                .get(name)
                .ok()
                .map(|template| picture(graph::of_template(template), 0))
        }
        Address::Runs => {
            let listed = app.crews.listed(scope, true, MOST).await.map_err(unreadable)?;
            now(text(&json!({ "runs": listed.runs, "total": listed.total }))?)
        }
        Address::Run(run) => match known(app.crews.status(scope, run, None).await)? {
            Some(reply) => now(text(&reply)?),
            None => None,
        },
        Address::RunHistory(run) => match known(app.crews.history(scope, run).await)? {
            Some(history) => now(text(&history)?),
            None => None,
        },
        Address::RunGraph(run) => {
            let history = known(app.crews.history(scope, run).await)?;
            history.map(|history| {
                let over = matches!(history.status, RunStatus::Completed | RunStatus::Cancelled);
                picture(graph::of_run(&history), if over { FIXED_MS } else { 0 })
            })
        }
        Address::Step(run, step) => {
            let page = OutputPage {
                step: step.clone(),
                offset: 0,
            };
            match known(app.crews.status(scope, run, Some(page)).await)? {
                Some(reply) => now(text(&reply)?),
                None => None,
            }
        }
        Address::Lessons => {
            let mut labels = app.knowledge.labels(scope).await.map_err(unreadable)?;
            labels.sort_by(|one, other| other.1.cmp(&one.1).then_with(|| one.0.cmp(&other.0)));
            labels.truncate(MOST);
            let mut value = lessons(app, Vec::new()).await?;
            if let Some(fields) = value.as_object_mut() {
                let labels = labels
                    .into_iter()
                    .map(|(label, n)| json!({ "tag": label, "lessons": n }));
                fields.insert("tags".to_owned(), labels.collect());
            }
            now(value.to_string())
        }
        Address::Labelled(tag) => now(lessons(app, vec![tag.clone()]).await?.to_string()),
        Address::Lesson(id) => match app.knowledge.get(scope, id).await.map_err(unreadable)? {
            Some(lesson) => now(text(&lesson)?),
            None => None,
        },
        Address::Audit => match app.audit.head(scope).await.map_err(kept)? {
            Some(head) => now(text(&head)?),
            None => now(json!({ "entries": 0 }).to_string()),
        },
        Address::Entry(seq) => entry(app, *seq).await?.map(|value| Read {
            text: value.to_string(),
            mime: JSON,
            ttl_ms: FOREVER_MS,
        }),
        Address::Proof(seq) => match entry(app, *seq).await? {
            Some(_) => match app.audit.proof(scope, *seq).await.map_err(kept)? {
                Some(proof) => now(text(&proof)?),
                None => None,
            },
            None => None,
        },
    })
}

/// An entry of the audit log of the organisation, if it is of this project.
async fn entry(app: &Services, seq: u64) -> Result<Option<Value>, ErrorData> {
    let scope = &app.default_scope;
    let Some(after) = seq.checked_sub(1) else {
        return Ok(None);
    };
    let entries = app.audit.entries(scope, after, 1).await.map_err(kept)?;
    let found = entries
        .into_iter()
        .find(|(reference, record)| reference.seq == seq && is_ours(record, scope));
    Ok(found.map(|(reference, record)| {
        let facts: Option<Value> = record.facts.and_then(|facts| serde_json::from_str(&facts).ok());
        json!({ "seq": reference.seq, "hash": reference.hash, "entry": record.entry, "facts": facts })
    }))
}

/// Whether an entry of the organisation is there for who asks in this scope.
fn is_ours(record: &AuditRecord, scope: &Scope) -> bool {
    record.entry.scope.project() == scope.project()
}

/// The numbers of the project's newest entries in the audit log, the newest first; at most `most`, of the last
/// `looked_through` of the organisation.
pub(crate) async fn newest_entries(
    app: &Services,
    most: usize,
    looked_through: usize,
) -> Result<Vec<u64>, ErrorData> {
    let scope = &app.default_scope;
    let mut end = app.audit.size(scope).await.map_err(kept)?;
    let least = end.saturating_sub(looked_through as u64);
    let (mut found, mut step) = (Vec::new(), 2 * most as u64);
    while end > least && found.len() < most {
        let start = end.saturating_sub(step).max(least);
        let limit = usize::try_from(end - start).unwrap_or(usize::MAX);
        let entries = app.audit.entries(scope, start, limit).await.map_err(kept)?;
        let ours = entries.iter().rev().filter(|(_, record)| is_ours(record, scope));
        found.extend(ours.map(|(reference, _)| reference.seq));
        // Each look reads a file of the log from its beginning: the fewer the better, where others wrote most of it.
        (end, step) = (start, 4 * step);
    }
    found.truncate(most);
    Ok(found)
}

async fn lessons(app: &Services, tags: Vec<String>) -> Result<Value, ErrorData> {
    let selection = Selection {
        tags,
        limit: MOST,
        ..Selection::default()
    };
    let listed = app.knowledge.list(&app.default_scope, &selection);
    let listed = listed.await.map_err(unreadable)?;
    let lessons = listed.lessons.iter().map(|lesson| {
        json!({ "id": lesson.id, "title": lesson.title, "kind": lesson.kind, "state": lesson.state, "tags": lesson.tags })
    });
    Ok(json!({ "lessons": lessons.collect::<Vec<_>>(), "total": listed.total }))
}

fn picture(text: String, ttl_ms: u64) -> Read {
    Read {
        text,
        mime: MERMAID,
        ttl_ms,
    }
}

/// What is not there is no error yet: whoever asked says how that is told.
fn known<T>(read: Result<T, crate::crew::Error>) -> Result<Option<T>, ErrorData> {
    match read {
        Ok(read) => Ok(Some(read)),
        Err(crate::crew::Error::UnknownRun { .. } | crate::crew::Error::UnknownStep { .. }) => Ok(None),
        Err(error) => Err(unreadable(error)),
    }
}

/// The error for an audit log that cannot be read.
fn kept(error: crate::store::Error) -> ErrorData {
    unreadable(crate::crew::Error::from(error))
}

fn text(value: &impl Serialize) -> Result<String, ErrorData> {
    serde_json::to_string(value).map_err(|error| ErrorData::internal_error(error.to_string(), None))
}

/// The steps of a run of the project, by name; none of one that is not there.
pub(crate) async fn steps_of(app: &Services, run: &str) -> Result<Vec<String>, ErrorData> {
    let history = known(app.crews.history(&app.default_scope, &RunId::new(run)).await)?;
    let steps = history.into_iter().flat_map(|history| history.steps);
    Ok(steps.map(|step| step.id).collect())
}
