//! What `run_crew` takes, and what it means.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use crate::crew::{OutputPage, Sampling, Start, Submission};
use crate::domain::run::{RunBudget, Usage, Via};
use crate::domain::{ActionKind, Destination, MicroUsd, StepId};
use crate::mcp::arguments::{bad, json, list, loose, loose_or_default, text};
use crate::mcp::permitted::Judged;
use crate::mcp::reply::ToolError;

#[derive(Debug, Deserialize, JsonSchema)]
pub(crate) struct Input {
    /// What is to be reached; starts a new run. Example: "make the date parser accept ISO weeks".
    #[serde(default, deserialize_with = "loose", alias = "goal", alias = "prompt")]
    task: Option<String>,
    /// A run that exists: alone for its status. Example: "0f3a...".
    #[serde(default, deserialize_with = "loose", alias = "run", alias = "id")]
    pub(super) run_id: Option<String>,
    /// What to do; follows from the other arguments when left out. Without task, run_id and submissions
    /// the status of all open runs is told. Example: "status".
    #[serde(default)]
    #[schemars(extend("enum" = ["start", "submit", "approve", "status", "cancel", "resume"]))]
    action: Option<Verb>,
    /// The plan to follow, by name; chosen from the task when left out. Example: "code_change".
    #[serde(default, deserialize_with = "loose", alias = "workflow")]
    template: Option<String>,
    /// A plan of your own instead of a template: {"strategy", "steps": [{"id", "role", "goal", "needs"}]}. A step may
    /// have `executor`, `fallbacks`, `when` and `repeat` (conditions as data: {"step", "path", "op", "value"}),
    /// `foreach` {"step", "path"}, `output_schema`, `done_when`, `optional`.
    /// Example: {"steps": [{"id": "spec", "role": "analyst", "goal": "say what is wanted"}]}.
    #[serde(default, deserialize_with = "json")]
    #[schemars(extend("type" = "object"))]
    plan: Option<Value>,
    /// Values for the template's parameters. Example: {"language": "rust"}.
    #[serde(default, deserialize_with = "loose_or_default")]
    parameters: BTreeMap<String, String>,
    /// How the steps are done: one after the other; all at once, joined; in rounds with a critic; by what they need;
    /// or what suits the plan. Example: "parallel".
    #[serde(default, deserialize_with = "loose")]
    #[schemars(extend("enum" = ["sequential", "parallel", "collaborative", "graph", "auto"]))]
    strategy: Option<String>,
    /// Who does the steps that name nobody: `host`, the model that calls this tool; `auto`, a model that is set up, as
    /// route_task would choose; `sampling`, the client's own model where that is switched on; `provider/model`; or
    /// `webhook:NAME`, a receiver that is set up.
    /// Example: "host".
    #[serde(default, deserialize_with = "loose")]
    pub(super) executor: Option<String>,
    /// What the run may use at most. Example: {"max_steps": 20}.
    #[serde(default, deserialize_with = "loose")]
    pub(super) budget: Option<Budget>,
    /// The results of pending steps, any number at once, in any order.
    /// Example: [{"step_token": "from pending", "output": "the result"}].
    #[serde(default, deserialize_with = "list", alias = "submission", alias = "results")]
    pub(super) submissions: Vec<StepResult>,
    /// Which recorded output to read page by page, with run_id. Example: "spec".
    #[serde(default, deserialize_with = "loose", alias = "step")]
    step_id: Option<String>,
    /// Where the page starts, in bytes. Example: 16000.
    #[serde(default, deserialize_with = "loose")]
    offset: Option<usize>,
    /// Why it is cancelled. Example: "no longer needed".
    #[serde(default, deserialize_with = "loose")]
    pub(super) reason: Option<String>,
    /// Seconds to wait, at most 25, while the server itself works on steps. Example: 20.
    #[serde(default, deserialize_with = "loose")]
    pub(super) wait_s: Option<u64>,
    /// A name for this start, so that repeating the call finds the same run. Example: "issue-17".
    #[serde(default, deserialize_with = "loose")]
    idempotency_key: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum Verb {
    #[serde(alias = "run", alias = "create")]
    Start,
    #[serde(alias = "continue", alias = "approve")]
    Submit,
    #[serde(alias = "list", alias = "get")]
    Status,
    #[serde(alias = "stop")]
    Cancel,
    Resume,
}

#[derive(Debug, Deserialize, JsonSchema)]
// A limit that is misspelt and passed over would be worse than an error.
#[serde(deny_unknown_fields, expecting = "an object such as {\"max_steps\": 20}")]
pub(super) struct Budget {
    /// US dollars, as reported. Example: 0.5.
    #[serde(default, deserialize_with = "loose")]
    max_usd: Option<f64>,
    /// Tokens, as reported. Example: 200000.
    #[serde(default, deserialize_with = "loose")]
    max_tokens: Option<u64>,
    /// Submissions, counting repeated ones. Example: 20.
    #[serde(default, deserialize_with = "loose")]
    max_steps: Option<u32>,
    /// Seconds from the start of the run. Example: 3600.
    #[serde(default, deserialize_with = "loose")]
    max_wall_s: Option<u64>,
}

/// What the host made of a step.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(expecting = "an object with step_token and output")]
pub(super) struct StepResult {
    /// The token of the pending step, unchanged.
    #[serde(alias = "token", deserialize_with = "text")]
    #[schemars(with = "String")]
    step_token: String,
    /// The result; where the step has an output_schema, JSON that meets it (as text, or as it is).
    /// Example: "the result".
    #[serde(default, alias = "result")]
    #[schemars(extend("type" = "string"))]
    output: Option<Value>,
    /// Why there is no result. Example: "the file does not exist".
    #[serde(default, deserialize_with = "loose")]
    error: Option<String>,
    /// What it took. Example: {"tokens": 1200}.
    #[serde(default, deserialize_with = "loose")]
    usage: Option<Used>,
    /// The model that did it, as route_task names it: how it went then moves the later choices of route_task.
    /// Example: "claude-haiku-5-5".
    #[serde(default, deserialize_with = "loose")]
    model: Option<String>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(expecting = "an object such as {\"tokens\": 1200}")]
struct Used {
    /// US dollars. Example: 0.002.
    #[serde(default, deserialize_with = "loose")]
    usd: Option<f64>,
    /// Tokens in and out. Example: 1200.
    #[serde(default, deserialize_with = "loose")]
    tokens: Option<u64>,
}

impl Judged for Input {
    const TOOL: &'static str = "run_crew";
    const EXAMPLE: &'static str = r#"{"task": "make the date parser accept ISO weeks"}"#;
    const ACTION: Option<(ActionKind, Destination)> = Some((ActionKind::ModelRequest, Destination::Local));
}

impl Input {
    /// What is asked for, when it is not said: the most specific thing that was given.
    pub(super) fn verb(&self) -> Verb {
        self.action.unwrap_or(if !self.submissions.is_empty() {
            Verb::Submit
        } else if self.run_id.is_none() && (self.task.is_some() || self.plan.is_some()) {
            Verb::Start
        } else {
            Verb::Status
        })
    }

    pub(super) fn page(&self) -> Option<OutputPage> {
        let step = StepId::new(self.step_id.as_deref()?);
        let offset = self.offset.unwrap_or(0);
        Some(OutputPage { step, offset })
    }
}

impl TryFrom<Input> for Start {
    type Error = ToolError;

    fn try_from(input: Input) -> Result<Self, ToolError> {
        let task = input
            .task
            .ok_or_else(|| bad("missing field `task`", Input::EXAMPLE))?;
        Ok(Self {
            task,
            template: input.template,
            plan: input.plan,
            parameters: input.parameters,
            strategy: input.strategy,
            executor: input.executor,
            budget: input
                .budget
                .map(RunBudget::try_from)
                .transpose()?
                .unwrap_or_default(),
            idempotency_key: input.idempotency_key,
            sampling: Sampling::No,
        })
    }
}

impl TryFrom<StepResult> for Submission {
    type Error = ToolError;

    fn try_from(result: StepResult) -> Result<Self, ToolError> {
        Ok(Self {
            step_token: result.step_token,
            output: result.output,
            error: result.error,
            usage: result.usage.map(Usage::try_from).transpose()?,
            model: result.model,
            via: Via::Host,
        })
    }
}

impl TryFrom<Budget> for RunBudget {
    type Error = ToolError;

    fn try_from(budget: Budget) -> Result<Self, ToolError> {
        Ok(Self {
            max_usd: budget
                .max_usd
                .map(|usd| money("budget.max_usd", usd))
                .transpose()?,
            max_tokens: budget.max_tokens,
            max_steps: budget.max_steps,
            max_wall_s: budget.max_wall_s,
        })
    }
}

impl TryFrom<Used> for Usage {
    type Error = ToolError;

    fn try_from(used: Used) -> Result<Self, ToolError> {
        Ok(Self {
            usd: money("submissions.usage.usd", used.usd.unwrap_or(0.0))?,
            tokens: used.tokens.unwrap_or(0),
            output: 0,
        })
    }
}

fn money(field: &str, usd: f64) -> Result<MicroUsd, ToolError> {
    let message = || format!("argument `{field}`: expected US dollars between 0 and a billion");
    MicroUsd::from_usd(usd).ok_or_else(|| bad(message(), Input::EXAMPLE))
}
