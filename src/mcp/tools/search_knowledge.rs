//! `search_knowledge`: what was learned before.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use super::moment;
use crate::domain::{Action, ActionKind, Actor, Destination, Entity, Label, LessonKind, Scope};
use crate::knowledge::{DEFAULT_LIMIT, DEFAULT_MAX_TOKENS, Found, Mode, Query};
use crate::mcp::Services;
use crate::mcp::arguments::{bad, list, loose, loose_or_default, text};
use crate::mcp::permitted::{Judged, Permitted};
use crate::mcp::reply::ToolError;
use crate::policy::Checked;

mod output;

pub(crate) use output::Output;

#[derive(Debug, Deserialize, JsonSchema)]
pub(crate) struct Input {
    /// What to look for: words, names, identifiers. Example: "flaky timeout in the payment tests".
    #[serde(alias = "q", alias = "text", alias = "task", deserialize_with = "text")]
    #[schemars(with = "String")]
    query: String,
    /// Most hits, from 1 to 100; 8 when left out. Example: 5.
    #[serde(default, deserialize_with = "loose", alias = "top_k", alias = "k")]
    limit: Option<usize>,
    /// How to search: hybrid (words, spelling, meaning and neighbours together; the default), lexical (words
    /// and spelling), semantic (meaning alone). Example: "hybrid".
    #[serde(default, deserialize_with = "loose")]
    #[schemars(with = "String", extend("enum" = ["hybrid", "lexical", "semantic"]))]
    mode: Option<Mode>,
    /// Only lessons that are tied to this thing, written kind:name; the query may then be empty. Kinds are
    /// lesson, run, task_type, file, tool, model, tag. Example: "file:src/session.rs".
    #[serde(default, deserialize_with = "loose", alias = "entity", alias = "about")]
    around: Option<String>,
    /// How far from it: 1 for lessons about it, 2 also for those that share a run, a file, a tool, a model or
    /// a label with one of them. Example: 2.
    #[serde(default, deserialize_with = "loose")]
    hops: Option<usize>,
    /// Only lessons with all of these labels. Example: ["rust"].
    #[serde(default, deserialize_with = "list", alias = "tag")]
    tags: Vec<String>,
    /// Only lessons of these kinds. Example: ["note"].
    #[serde(default, deserialize_with = "list", alias = "kind")]
    #[schemars(with = "Vec<String>", extend("items" = {"type": "string", "enum": ["note", "run", "outcome"]}))]
    kinds: Vec<LessonKind>,
    /// Only what was recorded since then. Example: "2026-11-01".
    #[serde(default, deserialize_with = "loose")]
    since: Option<String>,
    /// Whose lessons: always those of the project. Example: "project".
    #[serde(default, deserialize_with = "loose")]
    scope: Option<String>,
    /// Most tokens of the answer; 2000 when left out. Example: 800.
    #[serde(default, deserialize_with = "loose")]
    max_tokens: Option<usize>,
    /// Also what was extracted from runs and not confirmed yet. Example: true.
    #[serde(default, deserialize_with = "loose_or_default")]
    include_candidates: bool,
    /// The run_crew run that the answer is for: it then takes in what the lessons were labelled with.
    /// Example: "0f3a...".
    #[serde(default, deserialize_with = "loose", alias = "run")]
    run_id: Option<String>,
}

impl Judged for Input {
    const TOOL: &'static str = "search_knowledge";
    const EXAMPLE: &'static str = r#"{"query": "timeout in the payment tests"}"#;
    const ACTION: Option<(ActionKind, Destination)> = Some((ActionKind::MemoryRead, Destination::Local));
    const ONLY_ANSWERS: bool = true;
}

pub(crate) async fn call(app: &Services, call: Permitted<Input>) -> Result<Output, ToolError> {
    let (scope, input, mut warnings) = call.into_parts();
    if input.scope.as_deref().is_some_and(|scope| scope != "project") {
        warnings.push("`scope` can only be \"project\", which was used".to_owned());
    }
    let around = input.around.as_deref().map(str::parse::<Entity>).transpose();
    let around = around.map_err(|error| bad(format!("argument `around`: {error}"), Input::EXAMPLE))?;
    let query = Query {
        since: moment("since", input.since.as_deref(), Input::EXAMPLE)?,
        mode: input.mode.unwrap_or_default(),
        around,
        hops: input.hops.unwrap_or(1),
        limit: input.limit.unwrap_or(DEFAULT_LIMIT),
        tags: input.tags,
        kinds: input.kinds,
        include_candidates: input.include_candidates,
        max_tokens: input.max_tokens.unwrap_or(DEFAULT_MAX_TOKENS),
        ..Query::new(input.query)
    };
    let found = app.knowledge.search(&scope, &query).await?;
    if let Some(run) = input.run_id {
        take_in(app, &scope, run, &found).await?;
    }
    let mut output = Output::from(found);
    output.warnings = warnings;
    Ok(output)
}

/// What the lessons found were labelled with enters the run that they are for. It is an action of its own, because the
/// search was judged before anybody knew what it finds; without labels there is nothing to add to that.
///
/// # Errors
/// When a rule stops that the run is given such data, or the decision cannot be recorded.
async fn take_in(app: &Services, scope: &Scope, run: String, found: &Found) -> Result<(), ToolError> {
    let labels = found.hits.iter().flat_map(|hit| hit.provenance.labels.iter());
    let labels: BTreeSet<Label> = labels.copied().collect();
    if labels.is_empty() {
        return Ok(());
    }
    let actor = Actor {
        run: Some(run),
        ..Actor::default()
    };
    let lessons = found.hits.iter().map(|hit| hit.id.as_str());
    let action = Action {
        arguments: json!({ "lessons": lessons.collect::<Vec<_>>() }),
        labels: labels.into_iter().collect(),
        ..Action::new(ActionKind::MemoryRead)
            .with_tool(Input::TOOL)
            .with_destination(Destination::Local)
    };
    match app.gate.check(scope, &actor, Input::TOOL, action).await? {
        Checked::Permitted(_) => Ok(()),
        Checked::Stopped(decision) => Err(ToolError::stopped(&decision)),
    }
}
