//! Template files: YAML, checked when they are loaded, every fault with its line.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_saphyr::Spanned;

use super::{FORMAT, MAX_FILE, Parameter, Piece, Template, pieces};
use crate::crew::error::Error;
use crate::crew::plan::{self, Fault};
use crate::domain::run::{Condition, ForEach, Repeat, Strategy};
use crate::domain::{MicroUsd, PlanStep, RunBudget, StepId, TaskType};

impl Template {
    /// Reads and checks a template file.
    pub(super) fn parse(file: &str, text: &str) -> Result<Self, Error> {
        let bad = |at: String, problem: String| Error::BadTemplate {
            file: file.to_owned(),
            at,
            problem,
        };
        if text.len() > MAX_FILE {
            return Err(bad(
                "line 1".to_owned(),
                format!("it is larger than {MAX_FILE} bytes"),
            ));
        }
        let read: File = serde_saphyr::from_str(text).map_err(|error| {
            let line = error.location().map_or(1, |location| location.line());
            let problem = error.without_snippet().to_string();
            // The place goes in front, once.
            let problem = problem.split(" at line ").next().unwrap_or_default().to_owned();
            bad(format!("line {line}"), problem)
        })?;
        if read.format != FORMAT {
            return Err(bad(
                "format".to_owned(),
                format!("format {} is not read, only {FORMAT}", read.format),
            ));
        }
        let named = |name: &str| {
            !name.is_empty()
                && name
                    .bytes()
                    .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
        };
        // `given` is the source of a plan without a template, `auto` asks for one to be chosen.
        let taken = ["given", "auto"].contains(&read.name.as_str());
        if !named(&read.name) || taken || read.name.len() > plan::MAX_NAME {
            return Err(bad(
                "name".to_owned(),
                "it has to be made of a-z, 0-9 and _, and not `given` or `auto`".to_owned(),
            ));
        }

        let lines: Vec<u64> = read.steps.iter().map(|step| step.defined.line()).collect();
        for (step, line) in read.steps.iter().zip(&lines) {
            let step = &step.value;
            if !read.roles.iter().any(|role| role.id == step.role) {
                return Err(bad(
                    format!("line {line}, role"),
                    format!("`{}` is not among the roles", step.role),
                ));
            }
            let named = step.executor.iter().chain(&step.fallbacks);
            if let Some(unknown) = named.into_iter().find(|name| plan::executor(name).is_none()) {
                return Err(bad(
                    format!("line {line}, executor"),
                    format!("`{unknown}` is not available; available: {}", plan::EXECUTORS),
                ));
            }
            if step.goal.trim().is_empty() {
                return Err(bad(
                    format!("line {line}, goal"),
                    "it is empty: say what the step has to reach".to_owned(),
                ));
            }
            let texts = step.done_when.iter().chain([&step.goal]);
            let names = texts.flat_map(|text| pieces(text)).filter_map(Piece::name);
            for name in names {
                if !read.parameters.iter().any(|parameter| parameter.name == name) {
                    return Err(bad(
                        format!("line {line}, goal"),
                        format!("`{{{name}}}` is not among the parameters"),
                    ));
                }
            }
        }
        let template = Self {
            name: read.name,
            title: plan::clean(&read.title),
            when: plan::clean(&read.when),
            task_types: read.task_types,
            words: read.words,
            parameters: read.parameters,
            strategy: read.strategy,
            roles: read
                .roles
                .into_iter()
                .map(|role| (role.id, plan::clean(&role.does)))
                .collect(),
            steps: read
                .steps
                .into_iter()
                .map(|step| step.value.into_step())
                .collect(),
            budget: read.budget.into_budget(),
            file: Some(file.to_owned()),
        };
        // Checked as it will run, with its defaults and its roles' briefs in place.
        let given: Vec<_> = template
            .steps
            .iter()
            .map(|step| template.filled(step, &BTreeMap::new()))
            .collect();
        let order = plan::check(given).map_err(|Fault { path, problem }| {
            let mut parts = path.trim_start_matches('/').splitn(2, '/');
            let line = parts
                .next()
                .and_then(|n| lines.get(n.parse::<usize>().ok()?))
                .unwrap_or(&1);
            bad(
                format!("line {line}, {}", parts.next().unwrap_or("steps")),
                problem,
            )
        })?;
        if order
            .iter()
            .zip(&template.steps)
            .any(|(ordered, step)| ordered.id != step.id)
        {
            return Err(bad(
                "steps".to_owned(),
                "each step has to stand after those it needs".to_owned(),
            ));
        }
        Ok(template)
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    format: u32,
    name: String,
    title: String,
    when: String,
    #[serde(default)]
    task_types: Vec<TaskType>,
    #[serde(default)]
    words: Vec<String>,
    #[serde(default)]
    parameters: Vec<Parameter>,
    /// Unless another is asked for.
    #[serde(default = "in_order")]
    strategy: Strategy,
    roles: Vec<RoleEntry>,
    steps: Vec<Spanned<StepEntry>>,
    #[serde(default)]
    budget: BudgetEntry,
    /// Read by [`trial`](super::trial) when they are run: a run needs none of them.
    #[serde(default, rename = "tests")]
    _tests: serde::de::IgnoredAny,
}

fn in_order() -> Strategy {
    Strategy::Sequential
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RoleEntry {
    id: String,
    does: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct StepEntry {
    id: String,
    role: String,
    goal: String,
    #[serde(default)]
    needs: Vec<String>,
    #[serde(default)]
    output: OutputEntry,
    #[serde(default)]
    done_when: Vec<String>,
    #[serde(default)]
    model: Option<String>,
    #[serde(default)]
    max_attempts: Option<u32>,
    #[serde(default)]
    executor: Option<String>,
    #[serde(default)]
    fallbacks: Vec<String>,
    #[serde(default)]
    when: Option<Condition>,
    #[serde(default)]
    foreach: Option<ForEach>,
    #[serde(default)]
    repeat: Option<Repeat>,
    #[serde(default)]
    optional: bool,
    #[serde(default)]
    max_tokens: Option<u32>,
    #[serde(default)]
    timeout_s: Option<u32>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct OutputEntry {
    #[serde(default)]
    kind: Option<String>,
    #[serde(default)]
    language: Option<String>,
    #[serde(default)]
    schema: Option<serde_json::Value>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct BudgetEntry {
    max_usd: Option<f64>,
    max_tokens: Option<u64>,
    max_steps: Option<u32>,
    max_wall_s: Option<u64>,
}

impl StepEntry {
    fn into_step(self) -> PlanStep {
        PlanStep {
            id: StepId::new(self.id),
            role: self.role,
            goal: plan::clean(&self.goal),
            needs: self.needs.into_iter().map(StepId::new).collect(),
            output_kind: self
                .output
                .kind
                .or_else(|| self.output.schema.as_ref().map(|_| "json".to_owned())),
            output_schema: self.output.schema,
            language: self.output.language,
            done_when: self.done_when.iter().map(|text| plan::clean(text)).collect(),
            model: self.model,
            max_attempts: self.max_attempts.unwrap_or(plan::ATTEMPTS.0),
            executor: self
                .executor
                .as_deref()
                .and_then(plan::executor)
                .unwrap_or_default(),
            fallbacks: self
                .fallbacks
                .iter()
                .filter_map(|name| plan::executor(name))
                .collect(),
            when: self.when,
            foreach: self.foreach,
            repeat: self.repeat,
            optional: self.optional,
            max_tokens: self.max_tokens,
            timeout_s: self.timeout_s,
            ..PlanStep::new(StepId::new(""), "", "")
        }
    }
}

impl BudgetEntry {
    fn into_budget(self) -> RunBudget {
        RunBudget {
            max_usd: self.max_usd.and_then(MicroUsd::from_usd),
            max_tokens: self.max_tokens,
            max_steps: self.max_steps,
            max_wall_s: self.max_wall_s,
        }
    }
}
