//! A plan as a caller gives it: read leniently, so that hosts need not know our words.
//!
//! Names that hosts use for the same thing are taken (`name` for `id`, `task` for `goal`, `depends_on` for
//! `needs`). Unknown fields are named in the plan's notes.

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::strategy::Asked;
use super::{ATTEMPTS, EXECUTORS, Fault, MAX_NAME, MAX_PLAN, MAX_STEPS, executor, fault, strategy};
use crate::crew::condition::looked_at;
use crate::domain::run::{Condition, ForEach, Strategy};
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
const FALLBACKS: &[&str] = &["fallbacks"];
const WHEN: &[&str] = &["when", "if", "condition"];
const FOREACH: &[&str] = &["foreach", "for_each", "map"];
const REPEAT: &[&str] = &["repeat", "loop"];
const OPTIONAL: &[&str] = &["optional"];
const TOKENS: &[&str] = &["max_tokens"];
const TIMEOUT: &[&str] = &["timeout_s"];
const KNOWN: [&[&str]; 19] = [
    ID, ROLE, GOAL, NEEDS, SCHEMA, KIND, LANGUAGE, DONE_WHEN, MODEL, ATTEMPT, ESTIMATE, EXECUTOR, FALLBACKS,
    WHEN, FOREACH, REPEAT, OPTIONAL, TOKENS, TIMEOUT,
];

/// Reads and checks a given plan: an object with `steps` and a `strategy`, a list of steps, or either as text.
///
/// # Errors
/// The first [`Fault`] in it.
pub fn parse(given: &Value) -> Result<Plan, Fault> {
    parse_as(given, None)
}

/// The same, done by this strategy where the plan names none; by `sequential` where neither is named.
///
/// # Errors
/// The first [`Fault`] in it.
pub fn parse_as(given: &Value, asked: Option<Asked>) -> Result<Plan, Fault> {
    if given.to_string().len() > MAX_PLAN {
        return Err(fault("", format!("it is larger than {MAX_PLAN} bytes")));
    }
    if let Value::String(text) = given {
        let parsed: Value = serde_json::from_str(text)
            .map_err(|error| fault("", format!("it is a text that is not JSON: {error}")))?;
        return if parsed.is_string() {
            Err(fault("", "it is a text within a text"))
        } else {
            parse_as(&parsed, asked)
        };
    }
    let mut asked = asked;
    let (steps, at) = match given {
        Value::Array(steps) => (steps, ""),
        Value::Object(fields) => {
            if let Some(named) = fields.get("strategy").filter(|named| !named.is_null()) {
                let read = named.as_str().and_then(Asked::named);
                let read = read.ok_or_else(|| {
                    fault(
                        "/strategy",
                        format!("{named} is not available; available: {}", Asked::NAMES.join(", ")),
                    )
                })?;
                asked = asked.or(Some(read));
            }
            match fields.get("steps") {
                Some(Value::Array(steps)) => (steps, "/steps"),
                _ => return Err(fault("/steps", "it has to be a list of steps")),
            }
        }
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
    let asked = asked.unwrap_or(Asked::Named(Strategy::Sequential));
    // Steps that say nothing follow each other, unless that is not wanted; where some say what they need, the others
    // need nothing.
    let says = steps
        .iter()
        .filter_map(Value::as_object)
        .any(|fields| find(fields, NEEDS).is_some());
    let chained = match asked {
        Asked::Named(Strategy::Sequential) => true,
        Asked::Auto => !says,
        Asked::Named(_) => false,
    };
    let mut read: Vec<PlanStep> = Vec::with_capacity(steps.len());
    for (index, step) in steps.iter().enumerate() {
        let at = format!("{at}/{index}");
        let previous = read.last().filter(|_| chained);
        read.push(read_step(step, index, previous, &at, &mut notes)?);
    }
    let (strategy, steps) = strategy::compile(asked, read, &mut notes).map_err(|fault| Fault {
        path: format!("{at}{}", fault.path),
        ..fault
    })?;
    Ok(Plan {
        source: "given".to_owned(),
        strategy,
        steps,
        task_type: None,
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
        if !KNOWN.iter().any(|names| names.contains(&field.as_str())) && notes.len() < 5 {
            notes.push(format!(
                "plan field {at}/{} is unknown and was not used",
                short(field)
            ));
        }
    }
    let known = |name: &str, at: String| {
        executor(name).ok_or_else(|| {
            fault(
                at,
                format!("`{}` is not available; available: {EXECUTORS}", short(name)),
            )
        })
    };
    let by = text(fields, EXECUTOR, at)?.map(|name| known(&name, format!("{at}/executor")));
    let fallbacks = list(fields, FALLBACKS, at)?.unwrap_or_default();
    let fallbacks = fallbacks
        .iter()
        .map(|name| known(name, format!("{at}/fallbacks")));

    let (when, foreach): (Option<Condition>, Option<ForEach>) =
        (data(fields, WHEN, at)?, data(fields, FOREACH, at)?);
    let id = text(fields, ID, at)?.unwrap_or(default_id);
    let needs = match list(fields, NEEDS, at)? {
        Some(needs) => needs,
        None => {
            // What it looks at it needs.
            let items = foreach.as_ref().map(|foreach| &foreach.step).into_iter();
            let compared = when.iter().flat_map(looked_at);
            let before = previous.map(|step| &step.id).into_iter();
            before
                .chain(items)
                .chain(compared)
                .map(ToString::to_string)
                .collect()
        }
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
        executor: by.transpose()?.unwrap_or_default(),
        fallbacks: fallbacks.collect::<Result<_, _>>()?,
        when,
        foreach,
        repeat: data(fields, REPEAT, at)?,
        optional: data(fields, OPTIONAL, at)?.unwrap_or_default(),
        max_tokens: data(fields, TOKENS, at)?,
        timeout_s: data(fields, TIMEOUT, at)?,
        estimate: estimate(fields, at)?,
        max_attempts: attempts(fields, at)?,
        ..PlanStep::new(StepId::new(slug(&id)), String::new(), String::new())
    })
}

/// A field as its type reads it.
fn data<T: DeserializeOwned>(
    fields: &Map<String, Value>,
    names: &[&'static str],
    at: &str,
) -> Result<Option<T>, Fault> {
    let Some((name, value)) = find(fields, names) else {
        return Ok(None);
    };
    let read = serde_json::from_value(value.clone());
    read.map(Some).map_err(|error| {
        fault(
            format!("{at}/{name}"),
            format!("it cannot be read: {}", short(&error.to_string())),
        )
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
