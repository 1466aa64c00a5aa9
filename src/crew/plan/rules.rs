//! What conditions, lists and repetitions have to meet, so that no plan can come to a standstill.

use std::collections::{HashMap, HashSet};

use super::{Fault, fault};
use crate::crew::condition::{MAX_DEPTH, MAX_TERMS, depth, looked_at};
use crate::crew::own::MAX_ITEMS;
use crate::domain::run::{Check, Condition, Executor};
use crate::domain::{PlanStep, StepId};

/// Most rounds of a repetition.
const MAX_ROUNDS: u32 = 10;
/// Most tokens of an answer, and most seconds for it.
const MAX_TOKENS: u32 = 128_000;
const MAX_SECONDS: u32 = 1_800;

/// Checks `steps`, which stand in order; paths of faults are those of the plan as it was given.
pub(super) fn check(steps: &[PlanStep], given_at: &HashMap<StepId, usize>) -> Result<(), Fault> {
    let above = above(steps);
    let mut repeated: HashMap<&StepId, &StepId> = HashMap::new();
    let of_items = |id: &StepId| {
        let (whole, n) = id.as_str().rsplit_once('.')?;
        let is_number = !n.is_empty() && n.bytes().all(|byte| byte.is_ascii_digit());
        let made = |step: &&PlanStep| step.foreach.is_some() && step.id.as_str() == whole;
        steps.iter().find(made).filter(|_| is_number)
    };
    for step in steps {
        let at = |field: &str| format!("/{}/{field}", given_at.get(&step.id).copied().unwrap_or_default());
        if let Some(made) = of_items(&step.id) {
            let problem = format!(
                "`{}` is what a step for an item of `{}` is called",
                step.id, made.id
            );
            return Err(fault(at("id"), problem));
        }
        if let Some(when) = &step.when {
            condition(when, &step.needs, None).map_err(|problem| fault(at("when"), problem))?;
        }
        if step.max_tokens.is_some_and(|max| max == 0 || max > MAX_TOKENS) {
            return Err(fault(at("max_tokens"), format!("it has to be 1 to {MAX_TOKENS}")));
        }
        if step
            .timeout_s
            .is_some_and(|seconds| seconds == 0 || seconds > MAX_SECONDS)
        {
            return Err(fault(at("timeout_s"), format!("it has to be 1 to {MAX_SECONDS}")));
        }
        let by_itself = matches!(
            step.executor,
            Executor::Join | Executor::Check(_) | Executor::Crew(_)
        );
        if matches!(
            step.executor,
            Executor::Join | Executor::Check(Check::Validate | Check::Policy)
        ) && step.needs.is_empty()
        {
            return Err(fault(
                at("needs"),
                "it works on what other steps came to: name them",
            ));
        }
        if let Some(foreach) = &step.foreach {
            if by_itself || step.repeat.is_some() {
                return Err(fault(
                    at("foreach"),
                    "a step for each item is done by the host or a model, and not repeated",
                ));
            }
            if !step.needs.contains(&foreach.step) {
                return Err(fault(
                    at("foreach"),
                    format!(
                        "it takes its items from `{}`, which is not among its needs",
                        foreach.step
                    ),
                ));
            }
            if !(1..=MAX_ITEMS).contains(&foreach.max_items) {
                return Err(fault(
                    at("foreach"),
                    format!("max_items has to be 1 to {MAX_ITEMS}"),
                ));
            }
        }
        let Some(repeat) = &step.repeat else { continue };
        if !(2..=MAX_ROUNDS).contains(&repeat.max) {
            return Err(fault(at("repeat"), format!("max has to be 2 to {MAX_ROUNDS}")));
        }
        condition(&repeat.until, &repeat.steps, Some(&step.id))
            .map_err(|problem| fault(at("repeat"), problem))?;
        let empty = HashSet::new();
        let above_it = above.get(&step.id).unwrap_or(&empty);
        for member in &repeat.steps {
            if !above_it.contains(member) {
                return Err(fault(
                    at("repeat"),
                    format!("it repeats `{member}`, which it does not need"),
                ));
            }
            let plan = steps.iter().find(|other| other.id == *member);
            if plan.is_some_and(|plan| plan.foreach.is_some() || plan.repeat.is_some()) {
                return Err(fault(
                    at("repeat"),
                    format!("`{member}` is repeated by itself or for items already"),
                ));
            }
        }
        for member in repeat.steps.iter().chain([&step.id]) {
            if let Some(other) = repeated.insert(member, &step.id) {
                return Err(fault(
                    at("repeat"),
                    format!("`{member}` is repeated by `{other}` already"),
                ));
            }
        }
        // Those outside wait for the end of a repetition, so nobody outside may stand within it.
        let between = above_it.iter().find(|id| {
            let outside = !repeat.steps.contains(id);
            outside
                && above
                    .get(*id)
                    .is_some_and(|needs| repeat.steps.iter().any(|member| needs.contains(member)))
        });
        if let Some(between) = between {
            return Err(fault(
                at("repeat"),
                format!("`{between}` stands between what is repeated: name it in steps"),
            ));
        }
    }
    Ok(())
}

fn condition(condition: &Condition, may_look_at: &[StepId], itself: Option<&StepId>) -> Result<(), String> {
    if depth(condition) > MAX_DEPTH {
        return Err(format!("it is nested deeper than {MAX_DEPTH}"));
    }
    let looked_at = looked_at(condition);
    if looked_at.len() > MAX_TERMS {
        return Err(format!("it compares more than {MAX_TERMS} times"));
    }
    match looked_at
        .into_iter()
        .find(|id| !may_look_at.contains(id) && itself != Some(id))
    {
        Some(other) => Err(format!(
            "it looks at `{other}`, which is not among what the step works with"
        )),
        None => Ok(()),
    }
}

/// For each step all that it needs, directly or not.
fn above(steps: &[PlanStep]) -> HashMap<StepId, HashSet<StepId>> {
    let mut above: HashMap<StepId, HashSet<StepId>> = HashMap::new();
    for step in steps {
        let mut all: HashSet<StepId> = step.needs.iter().cloned().collect();
        for need in &step.needs {
            all.extend(above.get(need).into_iter().flatten().cloned());
        }
        above.insert(step.id.clone(), all);
    }
    above
}
