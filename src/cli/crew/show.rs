//! A template, for reading.

use std::fmt::Write as _;

use serde_json::{Value, json};

use crate::cli::screen::{Ink, Screen, visible};
use crate::crew::template::Template;
use crate::domain::run::{Condition, Executor, Op};
use crate::domain::{PlanStep, RunBudget};

/// Names stand in so many columns.
const NAMES: usize = 12;

/// Everything in it, in words.
#[must_use]
pub fn told(template: &Template, screen: Screen) -> String {
    let mut told = format!(
        "{}\n{}\n\n",
        screen.ink(Ink::Strong, &template.name),
        visible(&template.title)
    );
    let field = |told: &mut String, name: &str, value: &str| {
        let value = screen.prose(value, NAMES);
        // A name that needs the room stands on a line of its own.
        if name.len() >= NAMES {
            let _written = write!(told, "{}\n{value}", screen.ink(Ink::Faint, name));
        } else {
            told.push_str(&screen.ink(Ink::Faint, &format!("{name:<NAMES$}")));
            told.push_str(value.get(NAMES..).unwrap_or_default());
        }
    };
    field(&mut told, "when", &template.when);
    let types: Vec<_> = template.task_types.iter().map(ToString::to_string).collect();
    if !types.is_empty() {
        field(&mut told, "chosen for", &types.join(", "));
    }
    if !template.words.is_empty() {
        field(&mut told, "by words", &template.words.join(", "));
    }
    field(&mut told, "strategy", template.strategy.name());
    field(&mut told, "budget", &budget(template.budget));
    field(&mut told, "from", template.file.as_deref().unwrap_or("built in"));
    let heading = |told: &mut String, text: &str| {
        let _written = writeln!(told, "\n{}", screen.ink(Ink::Strong, text));
    };
    if !template.parameters.is_empty() {
        heading(&mut told, "parameters");
        for parameter in &template.parameters {
            let about = format!("{} Default: {}.", parameter.about, parameter.default);
            field(&mut told, &format!("  {}", parameter.name), &about);
        }
    }
    heading(&mut told, "roles");
    for (role, does) in &template.roles {
        field(&mut told, &format!("  {role}"), does);
    }
    heading(&mut told, "steps");
    for (n, step) in template.steps.iter().enumerate() {
        told.push_str(&step_told(n + 1, step, screen));
    }
    told
}

fn step_told(n: usize, step: &PlanStep, screen: Screen) -> String {
    let id = screen.ink(Ink::Strong, step.id.as_str());
    let needs: Vec<_> = step.needs.iter().map(ToString::to_string).collect();
    let needs = match needs.as_slice() {
        [] => String::new(),
        needs => format!(", needs {}", needs.join(", ")),
    };
    let mut told = format!("{n:>3}. {id} ({}{needs})\n", step.role);
    told.push_str(&screen.prose(&step.goal, 5));
    told.push_str(&screen.prose(&format!("Output: {}.", output(step)), 5));
    for remark in remarks(step) {
        told.push_str(&screen.prose(&format!("{remark}."), 5));
    }
    if !step.done_when.is_empty() {
        told.push_str("     Done when:\n");
    }
    for condition in &step.done_when {
        told.push_str(&screen.prose(&format!("- {condition}"), 5));
    }
    told.push('\n');
    told
}

/// What else is said about when and by whom a step is done, a phrase each.
pub(super) fn remarks(step: &PlanStep) -> Vec<String> {
    let mut remarks = Vec::new();
    let by = match &step.executor {
        Executor::Host => None,
        Executor::Model(model) => Some(format!("By {model}")),
        Executor::Check(check) => Some(format!("By the server, with {}", check.name())),
        Executor::Approval => Some("A person says whether it goes on".to_owned()),
        Executor::Crew(template) => Some(format!("By the crew of template {template}")),
        Executor::Join => Some("By the server, which puts together what it needs".to_owned()),
    };
    remarks.extend(by);
    remarks.extend(
        step.when
            .as_ref()
            .map(|when| format!("Only if {}", condition(when))),
    );
    if let Some(foreach) = &step.foreach {
        let (from, path, most) = (&foreach.step, &foreach.path, foreach.max_items);
        remarks.push(format!("Once for each item of {from}{path}, at most {most}"));
    }
    if let Some(repeat) = &step.repeat {
        let steps: Vec<_> = repeat.steps.iter().map(ToString::to_string).collect();
        let (steps, until, max) = (steps.join(", "), condition(&repeat.until), repeat.max);
        remarks.push(format!("Again with {steps} until {until}, at most {max} rounds"));
    }
    if step.optional {
        remarks.push("The run goes on without it when it cannot be done".to_owned());
    }
    remarks
}

fn condition(condition: &Condition) -> String {
    let joined = |inner: &[Condition], word: &str| {
        let inner: Vec<_> = inner.iter().map(self::condition).collect();
        format!("({})", inner.join(word))
    };
    match condition {
        Condition::All(inner) => joined(inner, " and "),
        Condition::Any(inner) => joined(inner, " or "),
        Condition::Not(inner) => format!("not {}", self::condition(inner)),
        Condition::Is {
            step,
            path,
            op,
            value,
        } => {
            let op = match op {
                Op::Eq => "is",
                Op::Ne => "is not",
                Op::Lt => "is less than",
                Op::Le => "is at most",
                Op::Gt => "is more than",
                Op::Ge => "is at least",
                Op::Contains => "has",
                Op::Exists => return format!("{step}{path} is there"),
                Op::Empty => return format!("{step}{path} is empty"),
            };
            format!("{step}{path} {op} {value}")
        }
    }
}

/// What a step hands in, in a phrase.
fn output(step: &PlanStep) -> String {
    let kind = step.output_kind.as_deref().unwrap_or("text");
    let language = step
        .language
        .as_deref()
        .map_or_else(String::new, |language| format!(" in {language}"));
    let required = step
        .output_schema
        .as_ref()
        .and_then(|schema| schema.get("required")?.as_array());
    let fields: Vec<_> = required.into_iter().flatten().filter_map(Value::as_str).collect();
    let fields = match fields.as_slice() {
        [] => String::new(),
        fields => format!(" with {}", fields.join(", ")),
    };
    format!("{kind}{language}{fields}, at most {} attempts", step.max_attempts)
}

/// What a run may use, in a phrase.
fn budget(budget: RunBudget) -> String {
    let limits = [
        budget.max_usd.map(|usd| format!("${}", usd.as_usd())),
        budget.max_tokens.map(|tokens| format!("{tokens} tokens")),
        budget.max_steps.map(|steps| format!("{steps} submissions")),
        budget.max_wall_s.map(|seconds| format!("{seconds} s")),
    ];
    let limits: Vec<_> = limits.into_iter().flatten().collect();
    if limits.is_empty() {
        "no limit".to_owned()
    } else {
        limits.join(", ")
    }
}

/// The same for programs.
#[must_use]
pub fn data(template: &Template) -> Value {
    let roles: Vec<_> = template
        .roles
        .iter()
        .map(|(id, does)| json!({"id": id, "does": does}))
        .collect();
    let parameters: Vec<_> = template
        .parameters
        .iter()
        .map(|parameter| json!({"name": parameter.name, "about": parameter.about, "default": parameter.default}))
        .collect();
    json!({
        "name": template.name,
        "title": template.title,
        "when": template.when,
        "task_types": template.task_types,
        "words": template.words,
        "parameters": parameters,
        "strategy": template.strategy,
        "roles": roles,
        "steps": template.steps,
        "budget": template.budget,
        "file": template.file,
    })
}
