//! A plan as a caller gives it: read leniently, so that hosts need not know our words.
//!
//! Names that hosts use for the same thing are taken (`name` for `id`, `task` for `goal`, `depends_on` for
//! `needs`). Fields that would change what happens but are not available are refused, other unknown ones are
//! named in the plan's notes.

use serde_json::{Map, Value};

use super::{ATTEMPTS, Fault, MAX_NAME, MAX_PLAN, MAX_STEPS, check, fault};
use crate::domain::run::Strategy;
use crate::domain::{MicroUsd, Plan, PlanStep, StepId};

const ID: &[&str] = &["id", "name", "step_id"];
const ROLE: &[&str] = &["role", "agent", "assignee"];
const GOAL: &[&str] = &["goal", "task", "description", "instructions", "prompt"];
const NEEDS: &[&str] = &["needs", "depends_on", "dependencies", "after"];
const SCHEMA: &[&str] = &["output_schema", "schema"];
const KIND: &[&str] = &["output_kind", "kind"];
const LANGUAGE: &[&str] = &["language"];
const DONE_WHEN: &[&str] = &["done_when", "acceptance_criteria", "acceptance"];
const MODEL: &[&str] = &["model"];
const ATTEMPT: &[&str] = &["max_attempts"];
const ESTIMATE: &[&str] = &["estimate_usd"];
const EXECUTOR: &[&str] = &["executor"];
const KNOWN: [&[&str]; 12] = [
    ID, ROLE, GOAL, NEEDS, SCHEMA, KIND, LANGUAGE, DONE_WHEN, MODEL, ATTEMPT, ESTIMATE, EXECUTOR,
];
/// Fields of steps that decide what happens: leaving them out silently would run another plan.
const NOT_AVAILABLE: [&str; 3] = ["when", "foreach", "repeat"];

/// Reads and checks a given plan: an object with `steps`, a list of steps, or either as text.
///
/// # Errors
/// The first [`Fault`] in it.
pub fn parse(given: &Value) -> Result<Plan, Fault> {
    if given.to_string().len() > MAX_PLAN {
        return Err(fault("", format!("it is larger than {MAX_PLAN} bytes")));
    }
    if let Value::String(text) = given {
        let parsed: Value = serde_json::from_str(text)
            .map_err(|error| fault("", format!("it is a text that is not JSON: {error}")))?;
        return if parsed.is_string() {
            Err(fault("", "it is a text within a text"))
        } else {
            parse(&parsed)
        };
    }
    let (steps, at) = match given {
        Value::Array(steps) => (steps, ""),
        Value::Object(fields) => match (fields.get("steps"), fields.get("strategy")) {
            (_, Some(strategy)) if !["sequential", "auto"].map(Value::from).contains(strategy) => {
                return Err(fault(
                    "/strategy",
                    format!("{strategy} is not available; available: sequential, auto"),
                ));
            }
            (Some(Value::Array(steps)), _) => (steps, "/steps"),
            _ => return Err(fault("/steps", "it has to be a list of steps")),
        },
        _ => {
            return Err(fault(
                "",
                "it has to be an object with `steps`, or a list of steps",
            ));
        }
    };
    if steps.len() > MAX_STEPS {
        return Err(fault(
            at,
            format!("it has {} steps, at most {MAX_STEPS} are run", steps.len()),
        ));
    }

    let mut notes = Vec::new();
    let mut read: Vec<PlanStep> = Vec::with_capacity(steps.len());
    for (index, step) in steps.iter().enumerate() {
        let at = format!("{at}/{index}");
        read.push(read_step(step, index, read.last(), &at, &mut notes)?);
    }
    let steps = check(read).map_err(|fault| Fault {
        path: format!("{at}{}", fault.path),
        ..fault
    })?;
    Ok(Plan {
        source: "given".to_owned(),
        strategy: Strategy::Sequential,
        steps,
        notes,
    })
}

/// Without the control characters that would blow up in JSON and confuse a terminal.
pub(in crate::crew) fn clean(text: &str) -> String {
    let plain: String = text
        .chars()
        .filter(|c| !c.is_control() || matches!(c, '\n' | '\t'))
        .collect();
    plain.trim().to_owned()
}

fn read_step(
    given: &Value,
    index: usize,
    previous: Option<&PlanStep>,
    at: &str,
    notes: &mut Vec<String>,
) -> Result<PlanStep, Fault> {
    let default_id = format!("step_{}", index + 1);
    let shorthand;
    let fields = match given {
        Value::Object(fields) => fields,
        Value::String(goal) => {
            shorthand = Map::from_iter([("goal".to_owned(), Value::from(goal.as_str()))]);
            &shorthand
        }
        _ => return Err(fault(at, "a step has to be an object, or its goal as a text")),
    };
    for field in fields.keys() {
        if NOT_AVAILABLE.contains(&field.as_str()) {
            return Err(fault(
                format!("{at}/{field}"),
                "it is not available; steps run one after the other",
            ));
        }
        if !KNOWN.iter().any(|names| names.contains(&field.as_str())) && notes.len() < 5 {
            notes.push(format!(
                "plan field {at}/{} is unknown and was not used",
                short(field)
            ));
        }
    }
    if let Some(executor) =
        text(fields, EXECUTOR, at)?.filter(|executor| !["host", "auto"].contains(&executor.as_str()))
    {
        return Err(fault(
            format!("{at}/executor"),
            format!("`{executor}` is not available; available: host, auto"),
        ));
    }

    let id = text(fields, ID, at)?.unwrap_or(default_id);
    let needs = match list(fields, NEEDS, at)? {
        Some(needs) => needs,
        None => previous
            .map(|step| step.id.as_str().to_owned())
            .into_iter()
            .collect(),
    };
    let mut distinct: Vec<StepId> = Vec::with_capacity(needs.len());
    for need in needs.iter().map(|need| StepId::new(slug(need))) {
        if !distinct.contains(&need) {
            distinct.push(need);
        }
    }
    let schema = match find(fields, SCHEMA) {
        Some((name, Value::String(text))) => Some(serde_json::from_str(text).map_err(|error| {
            fault(
                format!("{at}/{name}"),
                format!("it is a text that is not JSON: {error}"),
            )
        })?),
        Some((_, schema)) => Some(schema.clone()),
        None => None,
    };
    Ok(PlanStep {
        id: StepId::new(slug(&id)),
        role: short(&text(fields, ROLE, at)?.unwrap_or_else(|| "worker".to_owned())),
        goal: text(fields, GOAL, at)?.unwrap_or_default(),
        needs: distinct,
        output_kind: text(fields, KIND, at)?.or_else(|| schema.as_ref().map(|_| "json".to_owned())),
        output_schema: schema,
        language: text(fields, LANGUAGE, at)?.map(|language| short(&language).to_lowercase()),
        done_when: list(fields, DONE_WHEN, at)?.unwrap_or_default(),
        model: text(fields, MODEL, at)?.map(|model| short(&model)),
        escalate_to: None,
        estimate: estimate(fields, at)?,
        max_attempts: attempts(fields, at)?,
    })
}

fn estimate(fields: &Map<String, Value>, at: &str) -> Result<Option<MicroUsd>, Fault> {
    let Some((name, value)) = find(fields, ESTIMATE) else {
        return Ok(None);
    };
    match value.as_f64().and_then(MicroUsd::from_usd) {
        Some(usd) => Ok(Some(usd)),
        None => Err(fault(format!("{at}/{name}"), "it has to be an amount in dollars")),
    }
}

fn attempts(fields: &Map<String, Value>, at: &str) -> Result<u32, Fault> {
    let Some((name, value)) = find(fields, ATTEMPT) else {
        return Ok(ATTEMPTS.0);
    };
    match value.as_u64().and_then(|n| u32::try_from(n).ok()) {
        Some(n) => Ok(n),
        None => Err(fault(
            format!("{at}/{name}"),
            format!("it has to be a whole number from 1 to {}", ATTEMPTS.1),
        )),
    }
}

/// The first of `names` that the step has with a value.
fn find<'a>(fields: &'a Map<String, Value>, names: &[&'static str]) -> Option<(&'static str, &'a Value)> {
    names
        .iter()
        .find_map(|name| Some((*name, fields.get(*name).filter(|value| !value.is_null())?)))
}

fn text(fields: &Map<String, Value>, names: &[&'static str], at: &str) -> Result<Option<String>, Fault> {
    match find(fields, names) {
        None => Ok(None),
        Some((_, Value::String(text))) => Ok(Some(clean(text)).filter(|text| !text.is_empty())),
        Some((name, _)) => Err(fault(format!("{at}/{name}"), "it has to be a text")),
    }
}

fn list(fields: &Map<String, Value>, names: &[&'static str], at: &str) -> Result<Option<Vec<String>>, Fault> {
    match find(fields, names) {
        None => Ok(None),
        Some((_, Value::String(text))) => Ok(Some(vec![clean(text)])),
        Some((name, Value::Array(items))) => items
            .iter()
            .enumerate()
            .map(|(n, item)| match item {
                Value::String(text) => Ok(clean(text)),
                _ => Err(fault(format!("{at}/{name}/{n}"), "it has to be a text")),
            })
            .collect::<Result<_, _>>()
            .map(Some),
        Some((name, _)) => Err(fault(format!("{at}/{name}"), "it has to be a list of texts")),
    }
}

fn short(name: &str) -> String {
    let name = name.replace(['\n', '\t'], " ");
    name.get(..name.floor_char_boundary(MAX_NAME))
        .unwrap_or_default()
        .to_owned()
}

/// A name as an id: letters, digits, `_`, `-` and `.`.
fn slug(name: &str) -> String {
    short(name)
        .chars()
        .map(|c| {
            if c.is_ascii_alphanumeric() || "_-.".contains(c) {
                c
            } else {
                '_'
            }
        })
        .collect()
}
