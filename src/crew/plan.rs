//! A plan: its limits, what it has to meet, and the order of its steps.

use std::collections::HashMap;

use serde_json::Value;

use super::lent::CLIENT;
use crate::domain::run::{Check, Executor};
use crate::domain::{PlanStep, StepId};
use crate::model::webhook::is_doer;

mod given;
mod nested;
mod rules;
pub mod strategy;

pub(super) use given::clean;
pub use given::{parse, parse_as};
pub use nested::unfold;

/// Most steps a plan may have.
pub const MAX_STEPS: usize = 50;
/// Most results a step may work with.
pub const MAX_NEEDS: usize = 20;
/// Longest goal in bytes.
pub const MAX_GOAL: usize = 1_200;
/// Most conditions under which a step counts as done, and the longest of them in bytes.
pub const MAX_DONE_WHEN: (usize, usize) = (8, 200);
/// Largest schema of an output, as compact JSON, in bytes.
pub const MAX_SCHEMA: usize = 3_000;
/// Longest id, role or other name in bytes.
pub const MAX_NAME: usize = 64;
/// Largest plan, as compact JSON, in bytes.
pub const MAX_PLAN: usize = 64 * 1024;
/// How many submissions of a step may fail when its plan does not say, and at most.
pub const ATTEMPTS: (u32, u32) = (3, 10);

const KINDS: [&str; 5] = ["code", "json", "markdown", "text", "patch"];

/// What is wrong with a plan, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// JSON Pointer, empty for the whole plan.
    pub path: String,
    /// What is wrong there.
    pub problem: String,
}

/// Checks what every plan has to meet, and puts each step after those it needs. Paths of faults start at the
/// list of steps.
///
/// # Errors
/// The first [`Fault`].
pub fn check(steps: Vec<PlanStep>) -> Result<Vec<PlanStep>, Fault> {
    if steps.is_empty() {
        return Err(fault("", "it has no step"));
    }
    let mut index_of = HashMap::new();
    for (index, step) in steps.iter().enumerate() {
        if let Some(first) = index_of.insert(step.id.clone(), index) {
            return Err(fault(
                format!("/{index}/id"),
                format!("`{}` is already the id of step {first}", step.id),
            ));
        }
    }
    for (index, step) in steps.iter().enumerate() {
        check_step(step, &index_of).map_err(|fault| Fault {
            path: format!("/{index}{}", fault.path),
            ..fault
        })?;
    }
    let steps = ordered(steps, &index_of)?;
    rules::check(&steps, &index_of)?;
    Ok(steps)
}

/// Who does a step, by its name: `host`, `auto`, `sampling`, `approval`, `join`, `validate`, `policy`, `search`, `route`,
/// `provider/model`, `webhook:NAME` or `crew:TEMPLATE`. What `auto` is, is decided when a run starts; until then it is a
/// model of that name.
pub(super) fn executor(name: &str) -> Option<Executor> {
    Some(match name {
        "host" => Executor::Host,
        "approval" => Executor::Approval,
        "join" => Executor::Join,
        "validate" => Executor::Check(Check::Validate),
        "policy" => Executor::Check(Check::Policy),
        "search" => Executor::Check(Check::Search),
        "route" => Executor::Check(Check::Route),
        AUTO => Executor::Model(AUTO.to_owned()),
        crew if crew.strip_prefix("crew:").is_some_and(|name| !name.is_empty()) => {
            Executor::Crew(crew.trim_start_matches("crew:").to_owned())
        }
        "sampling" => Executor::Model(CLIENT.to_owned()),
        receiver if is_doer(receiver) => Executor::Model(receiver.to_owned()),
        model
            if model
                .split_once('/')
                .is_some_and(|(provider, model)| !provider.is_empty() && !model.is_empty()) =>
        {
            Executor::Model(model.to_owned())
        }
        _ => return None,
    })
}

/// What stands where the server is to choose.
pub(super) const AUTO: &str = "auto";
/// What can stand for an executor.
pub(super) const EXECUTORS: &str = "host, auto, sampling, approval, join, validate, policy, search, route, provider/model, webhook:NAME, crew:TEMPLATE";

fn check_step(step: &PlanStep, index_of: &HashMap<StepId, usize>) -> Result<(), Fault> {
    if step.goal.is_empty() {
        return Err(fault("/goal", "it is empty: say what the step has to reach"));
    }
    if step.goal.len() > MAX_GOAL {
        return Err(fault(
            "/goal",
            format!(
                "it has {} bytes, at most {MAX_GOAL}: put material into the task",
                step.goal.len()
            ),
        ));
    }
    // Nobody has to read what the server joins.
    if step.needs.len() > MAX_NEEDS && step.executor != Executor::Join {
        return Err(fault(
            "/needs",
            format!("a step works with at most {MAX_NEEDS} results"),
        ));
    }
    for (n, other) in step.fallbacks.iter().enumerate() {
        if matches!(other, Executor::Join | Executor::Check(_) | Executor::Crew(_)) {
            return Err(fault(
                format!("/fallbacks/{n}"),
                "only the host, a person, a model or a receiver can do what another could not",
            ));
        }
    }
    for (n, need) in step.needs.iter().enumerate() {
        if *need == step.id {
            return Err(fault(
                format!("/needs/{n}"),
                format!("step `{need}` needs itself"),
            ));
        }
        if !index_of.contains_key(need) {
            return Err(fault(format!("/needs/{n}"), format!("there is no step `{need}`")));
        }
    }
    let (most, longest) = MAX_DONE_WHEN;
    if step.done_when.len() > most {
        return Err(fault("/done_when", format!("at most {most} conditions")));
    }
    if let Some(n) = step
        .done_when
        .iter()
        .position(|condition| condition.len() > longest)
    {
        return Err(fault(
            format!("/done_when/{n}"),
            format!("it is longer than {longest} bytes"),
        ));
    }
    if let Some(kind) = step
        .output_kind
        .as_ref()
        .filter(|kind| !KINDS.contains(&kind.as_str()))
    {
        return Err(fault(
            "/output_kind",
            format!("`{kind}` is none of {}", KINDS.join(", ")),
        ));
    }
    if !(1..=ATTEMPTS.1).contains(&step.max_attempts) {
        return Err(fault(
            "/max_attempts",
            format!("it has to be 1 to {}", ATTEMPTS.1),
        ));
    }
    step.output_schema.as_ref().map_or(Ok(()), check_schema)
}

fn check_schema(schema: &Value) -> Result<(), Fault> {
    let at = "/output_schema";
    if !schema.is_object() {
        return Err(fault(at, "it has to be a JSON Schema object"));
    }
    let bytes = schema.to_string().len();
    if bytes > MAX_SCHEMA {
        return Err(fault(at, format!("it has {bytes} bytes, at most {MAX_SCHEMA}")));
    }
    match jsonschema::validator_for(schema) {
        Ok(_) => Ok(()),
        Err(error) => Err(fault(
            format!("{at}{}", error.instance_path()),
            format!("bad JSON Schema: {error}"),
        )),
    }
}

/// Kahn's algorithm; among steps that could come next, the plan's own order decides.
fn ordered(steps: Vec<PlanStep>, index_of: &HashMap<StepId, usize>) -> Result<Vec<PlanStep>, Fault> {
    let mut left: Vec<Option<PlanStep>> = steps.into_iter().map(Some).collect();
    let mut order: Vec<PlanStep> = Vec::with_capacity(left.len());
    while order.len() < left.len() {
        let due = |step: &Option<PlanStep>| {
            step.as_ref().is_some_and(|step| {
                step.needs
                    .iter()
                    .all(|need| order.iter().any(|done| done.id == *need))
            })
        };
        let next = left
            .iter()
            .position(due)
            .and_then(|index| left.get_mut(index)?.take());
        let Some(next) = next else {
            let cycle: Vec<_> = cycle(&left, index_of);
            let at = cycle
                .first()
                .and_then(|id| index_of.get(id))
                .copied()
                .unwrap_or_default();
            let names: Vec<_> = cycle.iter().map(StepId::as_str).collect();
            return Err(fault(
                format!("/{at}/needs"),
                format!("the steps need each other in a circle: {}", names.join(" -> ")),
            ));
        };
        order.push(next);
    }
    Ok(order)
}

/// Follows the first unmet need of each step until a step comes up again.
fn cycle(left: &[Option<PlanStep>], index_of: &HashMap<StepId, usize>) -> Vec<StepId> {
    let mut walk: Vec<StepId> = Vec::new();
    let mut step = left.iter().flatten().next();
    while let Some(current) = step {
        if let Some(start) = walk.iter().position(|seen| *seen == current.id) {
            walk.drain(..start);
            walk.push(current.id.clone());
            break;
        }
        walk.push(current.id.clone());
        step = current
            .needs
            .iter()
            .find_map(|need| left.get(*index_of.get(need)?)?.as_ref());
    }
    walk
}

fn fault(path: impl Into<String>, problem: impl Into<String>) -> Fault {
    Fault {
        path: path.into(),
        problem: problem.into(),
    }
}

#[cfg(test)]
mod tests;
