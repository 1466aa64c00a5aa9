//! From a strategy to a graph: what is done in which order is steps and needs in the end, whatever it was called.

use serde_json::{Value, json};

use super::{Fault, check, fault};
use crate::domain::run::{Condition, Executor, Op, Repeat, Strategy};
use crate::domain::{PlanStep, StepId};

/// Rounds of a collaborative crew at most.
const ROUNDS: u32 = 3;
/// Most roles of a collaborative crew.
const MAX_MEMBERS: usize = 8;

/// What a caller wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asked {
    /// What suits the plan.
    Auto,
    /// This one.
    Named(Strategy),
}

impl Asked {
    /// What can be asked for.
    pub const NAMES: [&'static str; 5] = ["sequential", "parallel", "collaborative", "graph", "auto"];

    /// The one of that name; `dag` is `graph`.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Some(match name.trim() {
            "auto" => Self::Auto,
            "sequential" => Self::Named(Strategy::Sequential),
            "parallel" => Self::Named(Strategy::Parallel),
            "collaborative" => Self::Named(Strategy::Collaborative),
            "graph" | "dag" => Self::Named(Strategy::Graph),
            _ => return None,
        })
    }
}

/// The steps as they are done by a strategy, checked and in order; `notes` is told what was added or decided, and why.
///
/// # Errors
/// The first [`Fault`] in the steps.
pub fn compile(
    asked: Asked,
    steps: Vec<PlanStep>,
    notes: &mut Vec<String>,
) -> Result<(Strategy, Vec<PlanStep>), Fault> {
    match asked {
        Asked::Named(strategy @ (Strategy::Sequential | Strategy::Graph)) => Ok((strategy, check(steps)?)),
        Asked::Named(Strategy::Parallel) => Ok((Strategy::Parallel, check(joined(steps, notes))?)),
        Asked::Named(Strategy::Collaborative) => {
            Ok((Strategy::Collaborative, check(in_rounds(steps, notes)?)?))
        }
        Asked::Auto => {
            let steps = check(steps)?;
            let width = width(&steps);
            let strategy = if width > 1 {
                Strategy::Graph
            } else {
                Strategy::Sequential
            };
            notes.push(match width {
                0 | 1 => "strategy sequential: each step needs the one before".to_owned(),
                n => format!("strategy graph: up to {n} steps need nothing from each other"),
            });
            Ok((strategy, steps))
        }
    }
}

/// How many steps can be due at once: the most that stand equally deep.
pub fn width(steps: &[PlanStep]) -> usize {
    let mut depths: Vec<(&StepId, usize)> = Vec::with_capacity(steps.len());
    for step in steps {
        let above = step
            .needs
            .iter()
            .filter_map(|need| depths.iter().find(|(id, _)| *id == need));
        let depth = above.map(|(_, depth)| depth + 1).max().unwrap_or(0);
        depths.push((&step.id, depth));
    }
    let deepest = depths.iter().map(|(_, depth)| *depth).max().unwrap_or(0);
    (0..=deepest)
        .map(|depth| depths.iter().filter(|(_, of)| *of == depth).count())
        .max()
        .unwrap_or(0)
}

/// With a last step that has what all the others came to, if none of them has.
fn joined(mut steps: Vec<PlanStep>, notes: &mut Vec<String>) -> Vec<PlanStep> {
    let needed = |id: &StepId| steps.iter().any(|step| step.needs.contains(id));
    let ends: Vec<StepId> = steps
        .iter()
        .map(|step| step.id.clone())
        .filter(|id| !needed(id))
        .collect();
    if ends.len() > 1 {
        let id = free(&steps, "joined");
        notes.push(format!(
            "step `{id}` was added: it joins what {} steps come to",
            ends.len()
        ));
        steps.push(PlanStep {
            needs: ends,
            output_kind: Some("json".to_owned()),
            executor: Executor::Join,
            ..PlanStep::new(id, "joiner", "Join what the steps came to.")
        });
    }
    steps
}

/// The roles side by side, a critic after them, both again until the critic agrees, and one who puts it together.
fn in_rounds(mut steps: Vec<PlanStep>, notes: &mut Vec<String>) -> Result<Vec<PlanStep>, Fault> {
    if steps.len() < 2 || steps.len() > MAX_MEMBERS {
        return Err(fault(
            "",
            format!("a collaborative crew has 2 to {MAX_MEMBERS} steps, one for each role"),
        ));
    }
    if let Some(n) = steps
        .iter()
        .position(|step| !step.needs.is_empty() || step.repeat.is_some() || step.foreach.is_some())
    {
        return Err(fault(
            format!("/{n}"),
            "in a collaborative crew all see each other's work: no needs, no repeat, no foreach",
        ));
    }
    let members: Vec<StepId> = steps.iter().map(|step| step.id.clone()).collect();
    let by = steps
        .first()
        .map(|step| (step.executor.clone(), step.fallbacks.clone()))
        .unwrap_or_default();
    let (critic, synthesis) = (free(&steps, "critic"), free(&steps, "synthesis"));
    for step in &mut steps {
        step.goal.push_str(
            " From the second round on you see what the others and the critic said: take up what is right, answer what is not, and give your whole contribution again.",
        );
    }
    let agreed = Condition::Is {
        step: critic.clone(),
        path: "/agreed".to_owned(),
        op: Op::Eq,
        value: Value::Bool(true),
    };
    steps.push(PlanStep {
        needs: members.clone(),
        output_kind: Some("json".to_owned()),
        output_schema: Some(json!({
            "type": "object",
            "required": ["agreed", "remarks"],
            "properties": {
                "agreed": {"type": "boolean"},
                "remarks": {"type": "array", "maxItems": 10, "items": {
                    "type": "object", "required": ["to", "what"], "properties": {"to": {"type": "string"}, "what": {"type": "string"}},
                }},
                "decisions": {"type": "array", "items": {"type": "string"}},
                "open_questions": {"type": "array", "items": {"type": "string"}},
            },
        })),
        done_when: vec![
            "agreed is true only when no remark is left that would change the result".to_owned(),
            "each remark names the step it is for and what exactly to change".to_owned(),
        ],
        repeat: Some(Repeat { steps: members.clone(), until: agreed, max: ROUNDS, go_on: true }),
        executor: by.0.clone(),
        fallbacks: by.1.clone(),
        ..PlanStep::new(
            critic.clone(),
            "critic",
            "Read all contributions against the task. Where do they contradict each other, the task, or the facts? What is missing? \
             Say what has to change, for each contribution; do not repeat remarks that were taken up. List what is now decided.",
        )
    });
    steps.push(PlanStep {
        needs: members.into_iter().chain([critic.clone()]).collect(),
        executor: by.0,
        fallbacks: by.1,
        ..PlanStep::new(
            synthesis.clone(),
            "synthesiser",
            "Put the contributions together to one answer to the task. Where they differ, decide and say why. Name what the critic left open.",
        )
    });
    notes.push(format!(
        "steps `{critic}` and `{synthesis}` were added: at most {ROUNDS} rounds, until the critic agrees"
    ));
    Ok(steps)
}

fn free(steps: &[PlanStep], name: &str) -> StepId {
    let taken = |id: &StepId| steps.iter().any(|step| step.id == *id);
    let names = std::iter::once(name.to_owned()).chain((2..).map(|n| format!("{name}_{n}")));
    names
        .map(StepId::new)
        .find(|id| !taken(id))
        .unwrap_or_else(|| StepId::new(name))
}

#[cfg(test)]
mod tests {
    use super::super::given::parse_as;
    use super::*;

    fn ids(plan: &crate::domain::Plan) -> Vec<(&str, Vec<&str>)> {
        let steps = plan.steps.iter();
        steps
            .map(|step| (step.id.as_str(), step.needs.iter().map(StepId::as_str).collect()))
            .collect()
    }

    #[test]
    fn auto_follows_from_what_the_steps_need() {
        let chain = parse_as(&json!(["a", "b", "c"]), Some(Asked::Auto)).unwrap();
        assert_eq!(chain.strategy, Strategy::Sequential);
        let fan = json!([{"id": "a", "goal": "a"}, {"id": "b", "goal": "b", "needs": ["a"]}, {"id": "c", "goal": "c", "needs": ["a"]}]);
        let fan = parse_as(&fan, Some(Asked::Auto)).unwrap();
        assert_eq!(fan.strategy, Strategy::Graph);
        assert!(fan.notes[0].contains("up to 2 steps"), "{:?}", fan.notes);
    }

    #[test]
    fn parallel_steps_are_joined() {
        let plan = parse_as(&json!(["a", "b", "c"]), Asked::named("parallel")).unwrap();
        assert_eq!(
            ids(&plan),
            [
                ("step_1", vec![]),
                ("step_2", vec![]),
                ("step_3", vec![]),
                ("joined", vec!["step_1", "step_2", "step_3"])
            ]
        );
        let own = json!([{"id": "a", "goal": "a"}, {"id": "b", "goal": "b"}, {"id": "sum", "goal": "s", "needs": ["a", "b"]}]);
        assert_eq!(
            parse_as(&own, Asked::named("parallel")).unwrap().steps.len(),
            3,
            "one has it all already"
        );
    }

    #[test]
    fn a_collaborative_crew_has_rounds_a_critic_and_a_synthesiser() {
        let plan = parse_as(
            &json!([{"id": "optimist", "goal": "for"}, {"id": "sceptic", "goal": "against"}]),
            Asked::named("collaborative"),
        )
        .unwrap();
        assert_eq!(
            ids(&plan),
            [
                ("optimist", vec![]),
                ("sceptic", vec![]),
                ("critic", vec!["optimist", "sceptic"]),
                ("synthesis", vec!["optimist", "sceptic", "critic"]),
            ]
        );
        let fault = parse_as(&json!(["alone"]), Asked::named("collaborative")).unwrap_err();
        assert!(fault.problem.contains("2 to 8"), "{fault:?}");
    }
}
