//! `enforce_policy`: may this be done, and if not, what would comply.

use std::time::Duration;

use rmcp::model::JsonObject;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use crate::domain::{self, ActionKind, Actor, Destination, Label, MatchedRule, MicroUsd, Scope};
use crate::mcp::Services;
use crate::mcp::approval::{Asked, Said, visible};
use crate::mcp::arguments::{loose, loose_or_default, loose_required};
use crate::mcp::caller::Caller;
use crate::mcp::permitted::{Judged, Permitted};
use crate::mcp::reply::{Answer, ToolError};
use crate::policy::Checked;

mod output;

pub(crate) use output::{Decided, Output};

/// How an approval that is given here is recorded.
const VIA: &str = "elicitation";
/// Longest part of an action's content that a person is shown, in characters.
const SHOWN_CHARS: usize = 500;

#[derive(Debug, Deserialize, JsonSchema)]
pub(crate) struct Input {
    /// What is about to happen. Example: {"kind": "shell", "content": "git push --force origin main"}.
    #[serde(deserialize_with = "loose_required")]
    action: Action,
    /// The agent or role that would do it. Example: "reviewer".
    #[serde(default, deserialize_with = "loose", alias = "agent", alias = "role")]
    actor: Option<String>,
    /// The run_crew run that it belongs to. Example: "0f3a...".
    #[serde(default, deserialize_with = "loose")]
    run_id: Option<String>,
    /// Only tell what would be decided: nothing is recorded and nobody is asked. Example: true.
    #[serde(default, deserialize_with = "loose_or_default")]
    dry_run: bool,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(expecting = "an object with kind and content")]
struct Action {
    /// What kind of thing it is. Example: "shell".
    #[serde(alias = "type")]
    #[schemars(with = "String", extend("enum" = ["shell", "file_read", "file_write", "http", "sql",
        "model_request", "model_response", "tool_call", "tool_result", "tool_definition", "message",
        "memory_write", "memory_read", "handover"]))]
    kind: ActionKind,
    /// The tool it is done with. Example: "bash".
    #[serde(default, deserialize_with = "loose", alias = "name")]
    tool: Option<String>,
    /// The tool's arguments; of a tool_definition its server and its schema. Example: {"force": true}.
    #[serde(default, deserialize_with = "loose", alias = "args", alias = "input")]
    arguments: Option<JsonObject>,
    /// The command line, statement, prompt, request body, new file content, message or
    /// a tool's description.
    /// Example: "rm -rf build".
    #[serde(
        default,
        alias = "command",
        alias = "body",
        alias = "prompt",
        alias = "query",
        alias = "sql"
    )]
    content: Option<String>,
    /// Where the content ends up; derived from the kind when left out. Example: "network".
    #[serde(default, alias = "to")]
    #[schemars(with = "String", extend("enum" = ["local", "model.local", "model.remote", "network",
        "memory", "message", "file"]))]
    destination: Option<Destination>,
    /// The file it touches. Example: "src/main.rs".
    #[serde(default, deserialize_with = "loose", alias = "file")]
    path: Option<String>,
    /// The address it calls. Example: "https://example.com/upload".
    #[serde(default, deserialize_with = "loose")]
    url: Option<String>,
    /// The branch it pushes to or deletes. Example: "main".
    #[serde(default, deserialize_with = "loose")]
    branch: Option<String>,
    /// What the content is. Example: "code".
    #[serde(default, deserialize_with = "loose")]
    output: Option<String>,
    /// What is known about where its data comes from, beside what is found in it. Example: ["untrusted"].
    #[serde(default)]
    #[schemars(with = "Vec<String>", extend("items" = {"type": "string", "enum": ["untrusted", "secret", "pii"]}))]
    labels: Vec<Label>,
    /// What it may cost, in dollars. Example: 0.02.
    #[serde(default, deserialize_with = "loose", alias = "usd")]
    cost_usd: Option<f64>,
    /// How many tokens it may take. Example: 4000.
    #[serde(default, deserialize_with = "loose")]
    tokens: Option<u64>,
}

impl Judged for Input {
    const TOOL: &'static str = "enforce_policy";
    const EXAMPLE: &'static str = r#"{"action": {"kind": "shell", "content": "git push --force"}}"#;
    /// It is the decision: judging the question itself would deny asking.
    const ACTION: Option<(ActionKind, Destination)> = None;
}

pub(crate) async fn call(
    app: &Services,
    call: Permitted<Input>,
    caller: &Caller,
) -> Result<Answer<Output>, ToolError> {
    let (scope, input, warnings) = call.into_parts();
    let actor = Actor {
        name: input.actor,
        role: None,
        run: input.run_id,
    };
    let action = domain::Action::from(input.action);
    let decided = if input.dry_run {
        Answer::Output(Decided::alone(app.gate.dry_run(&scope, &actor, &action).await?))
    } else {
        decide(app, &scope, &actor, &action, caller).await?
    };
    Ok(decided.map(|decided| {
        let mut output = Output::from(decided);
        output.dry_run = input.dry_run;
        output.warnings = warnings;
        output
    }))
}

/// Decides; asks a person where a person has to allow it and this client can ask.
async fn decide(
    app: &Services,
    scope: &Scope,
    actor: &Actor,
    action: &domain::Action,
    caller: &Caller,
) -> Result<Answer<Decided>, ToolError> {
    let settle = async |said: Said, id: &str| {
        let decision = match said {
            Said::Approved => match app.gate.grant(scope, actor, VIA, id, action.clone()).await? {
                Checked::Permitted(permit) => permit.decision().clone(),
                Checked::Stopped(decision) => decision,
            },
            Said::Declined => app.gate.refuse(scope, actor, VIA, id, action).await?,
            Said::Nothing => app.gate.decide(scope, actor, Input::TOOL, action).await?,
        };
        let said = Some(said);
        Ok(Answer::Output(Decided { decision, said }))
    };
    if let Some((said, id)) = caller.said_before() {
        return settle(said, id).await;
    }
    let decision = app.gate.decide(scope, actor, Input::TOOL, action).await?;
    let Some(approval) = &decision.approval else {
        return Ok(Answer::Output(Decided::alone(decision)));
    };
    let wait = Duration::from_secs(app.settings.approval_wait_s);
    match caller
        .ask(question(action, &decision.rules), &approval.id, wait)
        .await
    {
        Asked::Cannot => Ok(Answer::Output(Decided::alone(decision))),
        Asked::Later(question) => Ok(Answer::Ask(question)),
        Asked::Now(Said::Nothing) => {
            let said = Some(Said::Nothing);
            Ok(Answer::Output(Decided { decision, said }))
        }
        Asked::Now(said) => settle(said, &approval.id).await,
    }
}

/// What a person is asked. Control characters are shown as such, so that nothing hides in them.
fn question(action: &domain::Action, rules: &[MatchedRule]) -> String {
    let why = rules.first().map_or("A rule asks for it.", |rule| &rule.why);
    let what = action
        .content
        .clone()
        .unwrap_or_else(|| action.arguments.to_string());
    let shown: String = what.chars().take(SHOWN_CHARS).flat_map(visible).collect();
    let more = if what.chars().nth(SHOWN_CHARS).is_some() {
        " ... (cut)"
    } else {
        ""
    };
    let kind = serde_json::to_value(action.kind).unwrap_or_default();
    let tool = action
        .tool
        .as_deref()
        .map(|tool| format!(" with {tool}"))
        .unwrap_or_default();
    format!("Allow this action ({kind}{tool})?\n\n{shown}{more}\n\nWhy you are asked: {why}")
}

impl From<Action> for domain::Action {
    fn from(action: Action) -> Self {
        Self {
            kind: action.kind,
            tool: action.tool,
            arguments: action.arguments.map(Value::Object).unwrap_or_default(),
            content: action.content,
            destination: action.destination,
            path: action.path,
            url: action.url,
            branch: action.branch,
            output: action.output,
            labels: action.labels,
            cost: action.cost_usd.and_then(MicroUsd::from_usd),
            tokens: action.tokens,
        }
    }
}
