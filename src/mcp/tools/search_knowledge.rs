//! `search_knowledge`: what was learned before.

use schemars::JsonSchema;
use serde::Deserialize;

use super::moment;
use crate::domain::{ActionKind, Destination, LessonKind};
use crate::knowledge::{DEFAULT_LIMIT, DEFAULT_MAX_TOKENS, Mode, Query};
use crate::mcp::Services;
use crate::mcp::arguments::{list, loose, loose_or_default, text};
use crate::mcp::permitted::{Judged, Permitted};
use crate::mcp::reply::ToolError;

mod output;

pub(crate) use output::Output;

#[derive(Debug, Deserialize, JsonSchema)]
pub(crate) struct Input {
    /// What to look for: words, names, identifiers. Example: "flaky timeout in the payment tests".
    #[serde(alias = "q", alias = "text", alias = "task", deserialize_with = "text")]
    #[schemars(with = "String")]
    query: String,
    /// Most hits, from 1 to 50; 8 when left out. Example: 5.
    #[serde(default, deserialize_with = "loose", alias = "top_k", alias = "k")]
    limit: Option<usize>,
    /// How to search; only `lexical` so far. Example: "lexical".
    #[serde(default, deserialize_with = "loose")]
    mode: Option<String>,
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
    /// Whose lessons; only `project` so far. Example: "project".
    #[serde(default, deserialize_with = "loose")]
    scope: Option<String>,
    /// Most tokens of the answer; 2000 when left out. Example: 800.
    #[serde(default, deserialize_with = "loose")]
    max_tokens: Option<usize>,
    /// Also what was extracted from runs and not confirmed yet. Example: true.
    #[serde(default, deserialize_with = "loose_or_default")]
    include_candidates: bool,
}

impl Judged for Input {
    const TOOL: &'static str = "search_knowledge";
    const EXAMPLE: &'static str = r#"{"query": "timeout in the payment tests"}"#;
    const ACTION: Option<(ActionKind, Destination)> = Some((ActionKind::MemoryRead, Destination::Local));
    const ONLY_ANSWERS: bool = true;
}

pub(crate) async fn call(app: &Services, call: Permitted<Input>) -> Result<Output, ToolError> {
    let (scope, input, mut warnings) = call.into_parts();
    for (argument, given, only) in [
        ("mode", &input.mode, "lexical"),
        ("scope", &input.scope, "project"),
    ] {
        if given.as_deref().is_some_and(|given| given != only) {
            warnings.push(format!(
                "`{argument}` can only be \"{only}\" so far, which was used"
            ));
        }
    }
    let query = Query {
        since: moment("since", input.since.as_deref(), Input::EXAMPLE)?,
        query: input.query,
        mode: Mode::Hybrid,
        weights: None,
        around: None,
        hops: 1,
        is_text: false,
        limit: input.limit.unwrap_or(DEFAULT_LIMIT),
        tags: input.tags,
        kinds: input.kinds,
        include_candidates: input.include_candidates,
        max_tokens: input.max_tokens.unwrap_or(DEFAULT_MAX_TOKENS),
    };
    let mut output = Output::from(app.knowledge.search(&scope, &query).await?);
    output.warnings = warnings;
    Ok(output)
}
