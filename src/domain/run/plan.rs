//! The plan of a run: steps, who does them, and on what they depend.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::domain::{MicroUsd, StepId, TaskType};

/// The order in which the steps of a plan are done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Strategy {
    /// One after the other, each with what the ones it needs have left.
    Sequential,
    /// All at once that need nothing from each other, joined by the last.
    Parallel,
    /// Roles that see each other's work, in rounds, until a critic has nothing left to say.
    Collaborative,
    /// Whatever is due by what it needs.
    Graph,
}

impl Strategy {
    /// As it is written.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Sequential => "sequential",
            Self::Parallel => "parallel",
            Self::Collaborative => "collaborative",
            Self::Graph => "graph",
        }
    }
}

/// Who does a step.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "by", content = "what", rename_all = "snake_case")]
pub enum Executor {
    /// The model that calls the server.
    #[default]
    Host,
    /// A model that is set up: `provider/model`.
    Model(String),
    /// The server itself, with one of its tools.
    Check(Check),
    /// A person says whether it goes on.
    Approval,
    /// The steps of this template, which stand in its place once the run begins.
    Crew(String),
    /// The server itself: what the needed steps came to, as one JSON object, or a list where the step was one for each item.
    Join,
}

impl Executor {
    fn is_host(&self) -> bool {
        *self == Self::Host
    }
}

/// A tool of the server as a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Check {
    /// Validates what the needed steps came to: `{verdict, findings, ..}`.
    Validate,
    /// Asks policy about what the needed steps came to: `{decision, rules, ..}`.
    Policy,
    /// Searches lessons for the goal: `{hits}`.
    Search,
    /// Asks the router about the goal: `{task_type, model, ..}`.
    Route,
}

impl Check {
    /// As it is written.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Validate => "validate",
            Self::Policy => "policy",
            Self::Search => "search",
            Self::Route => "route",
        }
    }
}

/// Something that holds or not of what steps came to: data, never code.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Condition {
    /// Each holds.
    All(Vec<Self>),
    /// At least one holds.
    Any(Vec<Self>),
    /// It does not hold.
    Not(Box<Self>),
    /// One place of one output compares so.
    #[serde(untagged)]
    Is {
        /// Whose output.
        step: StepId,
        /// JSON Pointer into it; empty for all of it.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        path: String,
        /// How.
        op: Op,
        /// With what; null for `exists`.
        #[serde(default, skip_serializing_if = "Value::is_null")]
        value: Value,
    },
}

/// How a condition compares. Numbers compare as numbers, texts as texts; a place that does not exist meets `ne` alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Op {
    /// Equal.
    Eq,
    /// Not equal.
    Ne,
    /// Less.
    Lt,
    /// Less or equal.
    Le,
    /// Greater.
    Gt,
    /// Greater or equal.
    Ge,
    /// A text holds it, a list has it, an object has such a field.
    Contains,
    /// The place is there and not null.
    Exists,
    /// The list, text or object there has nothing in it, or the place is not there.
    Empty,
}

/// One step for each item of a list that an earlier step came to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ForEach {
    /// Whose output holds the list; one of `needs`.
    pub step: StepId,
    /// JSON Pointer to it; empty where the output is the list.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub path: String,
    /// Most items that are worked on; the others are left out, which is said. 20 where it is not given.
    #[serde(default = "twenty")]
    pub max_items: u32,
}

fn twenty() -> u32 {
    20
}

/// Steps that are done again until something holds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Repeat {
    /// The steps that are done again, with this one, which is the last of them.
    pub steps: Vec<StepId>,
    /// When it is enough.
    pub until: Condition,
    /// Most rounds; 3 where it is not given.
    #[serde(default = "three")]
    pub max: u32,
    /// Whether the run goes on when the last round was not enough either; it fails otherwise.
    #[serde(default)]
    pub go_on: bool,
}

/// What is to be done, checked and ready to run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    /// The template it was made from, or `given`.
    pub source: String,
    /// The order.
    pub strategy: Strategy,
    /// At least one step; every need is the id of an earlier step, until steps for items are added at the end.
    pub steps: Vec<PlanStep>,
    /// The kind of work that the run's task is; earlier versions did not keep it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub task_type: Option<TaskType>,
    /// How the plan came about, for the caller: why this template, what was put right or left out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
}

/// One piece of work for one role.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PlanStep {
    /// Unique in the plan.
    pub id: StepId,
    /// Who does it: `architect`, `reviewer`.
    pub role: String,
    /// What is to be reached.
    pub goal: String,
    /// The steps whose results it works with.
    #[serde(default)]
    pub needs: Vec<StepId>,
    /// JSON Schema of its output; text when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output_schema: Option<Value>,
    /// What the output is, as `validate_output` takes it: `code`, `json`, `markdown`, `text`, `patch`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output_kind: Option<String>,
    /// The programming language of a `code` output.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// How one sees that it is done.
    #[serde(default)]
    pub done_when: Vec<String>,
    /// Who does it.
    #[serde(default, skip_serializing_if = "Executor::is_host")]
    pub executor: Executor,
    /// Who does it when that one cannot, in this order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fallbacks: Vec<Executor>,
    /// Only if this holds; otherwise it counts as done, with nothing to hand on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<Condition>,
    /// Once for each item of a list.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub foreach: Option<ForEach>,
    /// With other steps, again and again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub repeat: Option<Repeat>,
    /// What it is about, where it is one of many.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub item: Option<Value>,
    /// Whether the run goes on without it when it cannot be done.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub optional: bool,
    /// Most tokens of an answer by a model that is set up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_tokens: Option<u32>,
    /// How long such an answer may take, in seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeout_s: Option<u32>,
    /// The model that should do it; advice to the host.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// The model that should do it once an attempt was sent back; advice to the host, an order where models are set up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub escalate_to: Option<String>,
    /// What one attempt is expected to cost; set aside from the budgets before the step is offered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub estimate: Option<MicroUsd>,
    /// How many submissions may fail before the run does.
    pub max_attempts: u32,
}

fn three() -> u32 {
    3
}

impl PlanStep {
    /// A step of the host that needs nothing, with three attempts and nothing else said about it.
    #[must_use]
    pub fn new(id: StepId, role: impl Into<String>, goal: impl Into<String>) -> Self {
        Self {
            id,
            role: role.into(),
            goal: goal.into(),
            needs: Vec::new(),
            output_schema: None,
            output_kind: None,
            language: None,
            done_when: Vec::new(),
            executor: Executor::Host,
            fallbacks: Vec::new(),
            when: None,
            foreach: None,
            repeat: None,
            item: None,
            optional: false,
            max_tokens: None,
            timeout_s: None,
            model: None,
            escalate_to: None,
            estimate: None,
            max_attempts: 3,
        }
    }
}
