//! Crews within a crew: a step `crew:TEMPLATE` becomes the template's steps in the plan of the run, under its own name, and
//! a step that joins what they come to. So a nested crew shares the run's journal, budget and recovery.

use super::{Fault, MAX_GOAL, MAX_NAME, MAX_STEPS, check, fault};
use crate::crew::condition::looked_at;
use crate::crew::handoff::brief;
use crate::domain::run::{Condition, Executor};
use crate::domain::{PlanStep, StepId};

/// How deep crews are nested.
const MAX_DEPTH: usize = 3;
/// Bytes of the outer goal that each inner step is given.
const OUTER_GOAL: usize = 300;

/// The steps with those of nested crews in their place, checked and in order. `template` gives the steps of a template
/// with its defaults, or says in words why there are none.
///
/// # Errors
/// The first [`Fault`] in the steps: an unknown template, one that has itself in it, too many steps together.
pub fn unfold(
    steps: Vec<PlanStep>,
    template: &dyn Fn(&str) -> Result<Vec<PlanStep>, String>,
) -> Result<Vec<PlanStep>, Fault> {
    if !steps
        .iter()
        .any(|step| matches!(step.executor, Executor::Crew(_)))
    {
        return Ok(steps);
    }
    let crews: Vec<StepId> = steps
        .iter()
        .filter(|step| matches!(step.executor, Executor::Crew(_)))
        .map(|step| step.id.clone())
        .collect();
    let repeats = |step: &PlanStep| {
        let named = step.repeat.as_ref()?.steps.iter();
        named
            .enumerate()
            .find(|(_, id)| crews.contains(id))
            .map(|(n, _)| n)
    };
    let mut whole = Vec::new();
    for (n, step) in steps.into_iter().enumerate() {
        if let Some(at) = repeats(&step) {
            return Err(fault(
                format!("/{n}/repeat/steps/{at}"),
                "a step that is a crew cannot be repeated: have its template repeat",
            ));
        }
        put(step, template, &mut Vec::new(), &mut whole).map_err(|fault| Fault {
            path: format!("/{n}{}", fault.path),
            ..fault
        })?;
    }
    check(whole)
}

/// Adds a step, or the steps of the crew that it is, to `whole`; `within` are the templates that are being put in.
fn put(
    step: PlanStep,
    template: &dyn Fn(&str) -> Result<Vec<PlanStep>, String>,
    within: &mut Vec<String>,
    whole: &mut Vec<PlanStep>,
) -> Result<(), Fault> {
    let Executor::Crew(name) = &step.executor else {
        whole.push(step);
        return Ok(());
    };
    let name = name.clone();
    if within.contains(&name) {
        return Err(fault("/executor", format!("template `{name}` has itself in it")));
    }
    if within.len() == MAX_DEPTH {
        return Err(fault(
            "/executor",
            format!("crews are nested at most {MAX_DEPTH} deep"),
        ));
    }
    if let Some(field) = unsuitable(&step) {
        return Err(fault(
            format!("/{field}"),
            "a step that is a crew cannot have it: its steps have their own",
        ));
    }
    let inner = template(&name).map_err(|problem| fault("/executor", problem))?;
    let needed = |id: &StepId| inner.iter().any(|step| step.needs.contains(id));
    let ends: Vec<&StepId> = inner
        .iter()
        .map(|step| &step.id)
        .filter(|id| !needed(id))
        .collect();
    let join = PlanStep {
        needs: ends.into_iter().map(|id| within_step(&step, id)).collect(),
        output_kind: Some("json".to_owned()),
        executor: Executor::Join,
        ..PlanStep::new(step.id.clone(), step.role.clone(), step.goal.clone())
    };
    let join = under(&step, join);
    within.push(name);
    for inner in inner {
        put(adopted(&step, inner)?, template, within, whole)?;
        if whole.len() >= MAX_STEPS {
            return Err(fault(
                "/executor",
                format!("with the steps of its crews the plan has more than {MAX_STEPS}"),
            ));
        }
    }
    within.pop();
    whole.push(join);
    Ok(())
}

/// What a step that is a crew must not say, if it says such a thing.
fn unsuitable(step: &PlanStep) -> Option<&'static str> {
    if step.foreach.is_some() {
        Some("foreach")
    } else if step.repeat.is_some() {
        Some("repeat")
    } else if step.output_schema.is_some() {
        Some("output_schema")
    } else if !step.done_when.is_empty() {
        Some("done_when")
    } else if !step.fallbacks.is_empty() {
        Some("fallbacks")
    } else {
        None
    }
}

fn within_step(outer: &PlanStep, id: &StepId) -> StepId {
    StepId::new(format!("{}.{id}", outer.id))
}

/// A step of the template as a step of the plan: under the name of the outer step, after what that needs, if its
/// condition holds, and told what it is a part of.
fn adopted(outer: &PlanStep, mut inner: PlanStep) -> Result<PlanStep, Fault> {
    let named = |id: &StepId| within_step(outer, id);
    inner.id = named(&inner.id);
    if inner.id.as_str().len() > MAX_NAME {
        return Err(fault(
            "/id",
            format!("`{}` is longer than {MAX_NAME} bytes", inner.id),
        ));
    }
    let begins = inner.needs.is_empty();
    inner.needs = inner.needs.iter().map(named).collect();
    if begins {
        inner.needs.clone_from(&outer.needs);
    }
    inner.when = inner.when.map(|when| renamed(when, &named));
    let mut inner = under(outer, inner);
    if let Some(foreach) = &mut inner.foreach {
        foreach.step = named(&foreach.step);
    }
    if let Some(repeat) = &mut inner.repeat {
        repeat.steps = repeat.steps.iter().map(named).collect();
        repeat.until = renamed(repeat.until.clone(), &named);
    }
    inner.optional |= outer.optional;
    let part = format!("Part of `{}`: {}\n", outer.id, brief(&outer.goal, OUTER_GOAL));
    if part.len() + inner.goal.len() <= MAX_GOAL {
        inner.goal.insert_str(0, &part);
    }
    Ok(inner)
}

/// Only if the condition of the outer step holds, too.
fn under(outer: &PlanStep, mut inner: PlanStep) -> PlanStep {
    let Some(when) = &outer.when else { return inner };
    for step in looked_at(when) {
        if !inner.needs.contains(step) {
            inner.needs.push(step.clone());
        }
    }
    inner.when = Some(match inner.when {
        Some(own) => Condition::All(vec![when.clone(), own]),
        None => when.clone(),
    });
    inner
}

fn renamed(condition: Condition, named: &dyn Fn(&StepId) -> StepId) -> Condition {
    let each = |inner: Vec<Condition>| inner.into_iter().map(|one| renamed(one, named)).collect();
    match condition {
        Condition::All(inner) => Condition::All(each(inner)),
        Condition::Any(inner) => Condition::Any(each(inner)),
        Condition::Not(inner) => Condition::Not(Box::new(renamed(*inner, named))),
        Condition::Is {
            step,
            path,
            op,
            value,
        } => Condition::Is {
            step: named(&step),
            path,
            op,
            value,
        },
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::crew::plan::parse;

    fn steps(given: &serde_json::Value) -> Vec<PlanStep> {
        parse(given).unwrap().steps
    }

    fn template(name: &str) -> Result<Vec<PlanStep>, String> {
        Ok(steps(&match name {
            "pair" => json!([
                {"id": "write", "goal": "Write it."},
                {"id": "check", "goal": "Check it.", "needs": ["write"],
                 "when": {"step": "write", "op": "exists"}},
            ]),
            "outer" => json!([{"id": "pair", "goal": "Do it in pairs.", "executor": "crew:pair"}]),
            "self" => json!([{"id": "again", "goal": "Again.", "executor": "crew:self"}]),
            _ => return Err(format!("there is no template `{name}`")),
        }))
    }

    fn unfolded(given: &serde_json::Value) -> Result<Vec<PlanStep>, Fault> {
        unfold(steps(given), &template)
    }

    #[test]
    fn a_crew_stands_in_the_plan_under_the_name_of_its_step() {
        let whole = unfolded(&json!({"strategy": "graph", "steps": [
            {"id": "ask", "goal": "What is wanted?"},
            {"id": "work", "goal": "Do the work.", "needs": ["ask"], "executor": "crew:outer",
             "when": {"step": "ask", "op": "exists"}},
            {"id": "tell", "goal": "Tell it.", "needs": ["work"]},
        ]}))
        .unwrap();
        let shape: Vec<_> = whole
            .iter()
            .map(|step| {
                let needs: Vec<_> = step.needs.iter().map(StepId::as_str).collect();
                format!("{} after {}", step.id, needs.join(" and "))
            })
            .collect();
        assert_eq!(
            shape,
            [
                "ask after ",
                "work.pair.write after ask",
                "work.pair.check after work.pair.write and ask",
                "work.pair after work.pair.check and ask",
                "work after work.pair and ask",
                "tell after work",
            ]
        );
        assert_eq!(whole[3].executor, Executor::Join);
        // Both conditions, each under its new name.
        let when = serde_json::to_value(&whole[2].when).unwrap();
        assert_eq!(when["all"][0]["step"], "ask", "{when}");
        assert_eq!(when["all"][1]["step"], "work.pair.write", "{when}");
        assert!(
            whole[1].goal.starts_with("Part of `work.pair`: Part of `work`"),
            "{}",
            whole[1].goal
        );
    }

    #[test]
    fn what_cannot_be_nested_is_refused_with_its_place() {
        let refused = |step: serde_json::Value| unfolded(&json!([step])).unwrap_err().problem;
        let step = |executor: &str| json!({"id": "a", "goal": "Do it.", "executor": executor});
        assert!(refused(step("crew:none")).contains("there is no template `none`"));
        assert!(refused(step("crew:self")).contains("has itself in it"));
        let repeated = json!([step("crew:pair"), {"id": "b", "goal": "Enough?", "needs": ["a"],
            "repeat": {"steps": ["a"], "until": {"step": "b", "op": "exists"}}}]);
        let fault = unfolded(&repeated).unwrap_err();
        assert_eq!(fault.path, "/1/repeat/steps/0", "{}", fault.problem);
        let mut given = step("crew:pair");
        given["done_when"] = json!(["it works"]);
        assert!(refused(given).contains("cannot have it"));
    }
}
