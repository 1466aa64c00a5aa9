//! `route_task`: which model should do it, and why.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::domain::{ActionKind, Destination};
use crate::mcp::Services;
use crate::mcp::arguments::{list, loose, loose_or_default, text};
use crate::mcp::permitted::{Judged, Permitted};
use crate::mcp::reply::ToolError;
use crate::routing::{Constraints, RouteRequest, Utility};

mod output;

pub(crate) use output::Output;
use output::Remembered;

/// How many lessons go along with a route.
const LESSONS: usize = 3;
/// How much of a task lessons are searched by, in characters: what it is about is said early.
const SEARCHED_CHARS: usize = 2_000;

#[derive(Debug, Deserialize, JsonSchema)]
pub(crate) struct Input {
    /// The task in the words of the person, with the code or text it is about.
    /// Example: "rename the variable `n` to `count` in this function".
    #[serde(
        alias = "prompt",
        alias = "query",
        alias = "description",
        deserialize_with = "text"
    )]
    #[schemars(with = "String")]
    task: String,
    /// What the model would get along with it: the files, the history. Counts towards size, not towards
    /// the kind of task. Example: "fn total(n: u32) -> u32 { n * 2 }".
    #[serde(default, deserialize_with = "loose")]
    context: Option<String>,
    /// Hard limits: a model that breaks one is never chosen. Example: {"local_only": true}.
    #[serde(default, deserialize_with = "loose_or_default")]
    constraints: Limits,
    /// Share of the best model's expected success, from 0 to 1, that is good enough; the cheapest model that
    /// reaches it is chosen. Leave it out for a target that fits the stakes. Example: 0.9.
    #[serde(default, deserialize_with = "loose")]
    quality_target: Option<f64>,
    /// Choose by utility instead: probability of success, less lambda for each US dollar, less mu for each second.
    /// Example: {"lambda": 10, "mu": 0.001}.
    #[serde(default, deserialize_with = "loose")]
    utility: Option<Weights>,
    /// The conversation this belongs to, so that later calls stay with one model. Example: "chat-42".
    #[serde(default, deserialize_with = "loose")]
    session: Option<String>,
    /// Tokens of the conversation, beside task and context, that the session's present model has in its prompt
    /// cache: another one would have to read them at the full price. Example: 80000.
    #[serde(default, deserialize_with = "loose_or_default")]
    cached_tokens: u64,
    /// Also look for the one word of the task without which another model would be chosen. It takes as long as some
    /// dozens of decisions. Example: true.
    #[serde(default, deserialize_with = "loose_or_default")]
    explain: bool,
}

#[derive(Debug, Clone, Copy, Default, Deserialize, JsonSchema)]
#[serde(
    deny_unknown_fields,
    expecting = "an object such as {\"lambda\": 10, \"mu\": 0.001}"
)]
struct Weights {
    /// What a US dollar is worth, in probability of success. Example: 10.
    #[serde(default, deserialize_with = "loose_or_default")]
    lambda: f64,
    /// What a second is worth, in probability of success. Example: 0.001.
    #[serde(default, deserialize_with = "loose_or_default")]
    mu: f64,
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
// A limit that is misspelt and passed over would be worse than an error.
#[serde(deny_unknown_fields, expecting = "an object such as {\"local_only\": true}")]
struct Limits {
    /// Only models on this machine. Example: true.
    #[serde(default, deserialize_with = "loose_or_default", alias = "local")]
    local_only: bool,
    /// Most US dollars for the whole answer. Example: 0.05.
    #[serde(default, deserialize_with = "loose", alias = "max_cost")]
    max_cost_usd: Option<f64>,
    /// Most milliseconds until the whole answer is there. Example: 20000.
    #[serde(default, deserialize_with = "loose", alias = "max_latency")]
    max_latency_ms: Option<u64>,
    /// Tokens that have to fit. Example: 100000.
    #[serde(default, deserialize_with = "loose")]
    min_context_tokens: Option<u64>,
    /// What the model must be able to do: tools, vision, json, long_context, reasoning. Example: ["tools"].
    #[serde(default, deserialize_with = "list", alias = "capabilities")]
    needs: Vec<String>,
    /// Only these models or providers. Example: ["anthropic"].
    #[serde(default, deserialize_with = "list")]
    allow: Vec<String>,
    /// None of these models or providers. Example: ["openai"].
    #[serde(default, deserialize_with = "list")]
    deny: Vec<String>,
}

impl Judged for Input {
    const TOOL: &'static str = "route_task";
    const EXAMPLE: &'static str = r#"{"task": "rename a variable in this function"}"#;
    const ACTION: Option<(ActionKind, Destination)> = Some((ActionKind::ModelRequest, Destination::Local));
    const ONLY_ANSWERS: bool = true;
}

pub(crate) async fn call(app: &Services, call: Permitted<Input>) -> Result<Output, ToolError> {
    answer(app, call, true).await
}

/// The same answer, of which nothing is remembered: its handle means nothing.
pub(crate) async fn look(app: &Services, call: Permitted<Input>) -> Result<Output, ToolError> {
    answer(app, call, false).await
}

async fn answer(app: &Services, call: Permitted<Input>, is_to_stay: bool) -> Result<Output, ToolError> {
    let (scope, input, mut warnings) = call.into_parts();
    let searched = input.task.char_indices().nth(SEARCHED_CHARS);
    let searched = searched.map_or(input.task.len(), |(end, _)| end);
    let reminders = app
        .knowledge
        .remind(&scope, &input.task[..searched], LESSONS)
        .await;
    let request = input.into();
    let route = if is_to_stay {
        app.router.route(&scope, &request).await?
    } else {
        app.router.advise(&scope, &request).await?
    };
    warnings.extend(app.models_file_refused.clone());
    let lessons = reminders.unwrap_or_else(|error| {
        warnings.push(format!("lessons could not be searched: {error}"));
        Vec::new()
    });
    let lessons = lessons.into_iter().map(|(id, title)| Remembered {
        id: id.to_string(),
        title,
    });
    let mut output = Output::from(route);
    output.lessons = lessons.collect();
    output.warnings = warnings;
    Ok(output)
}

impl From<Input> for RouteRequest {
    fn from(input: Input) -> Self {
        let limits = input.constraints;
        Self {
            task: input.task,
            context: input.context,
            constraints: Constraints {
                local_only: limits.local_only,
                max_cost_usd: limits.max_cost_usd,
                max_latency_ms: limits.max_latency_ms,
                min_context_tokens: limits.min_context_tokens,
                needs: limits.needs,
                allow: limits.allow,
                deny: limits.deny,
            },
            quality_target: input.quality_target,
            utility: input.utility.map(|weights| Utility {
                lambda: weights.lambda,
                mu: weights.mu,
            }),
            session: input.session,
            cached_tokens: input.cached_tokens,
            explain: input.explain,
        }
    }
}
