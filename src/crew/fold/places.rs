//! What follows from a plan alone.

use std::collections::HashMap;

use crate::domain::{Plan, StepId};

/// What follows from the plan alone.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Places {
    /// The place of each step.
    pub(super) of: HashMap<StepId, usize>,
    /// The place of the step that repeats a step, for each that is repeated.
    pub(super) owners: HashMap<usize, usize>,
    /// The places of what each step needs, unless one of them is not in the plan.
    pub(super) needs: Vec<Option<Vec<usize>>>,
}

impl Places {
    pub(super) fn of(plan: &Plan) -> Self {
        let of: HashMap<_, _> = (0..)
            .zip(&plan.steps)
            .map(|(n, step)| (step.id.clone(), n))
            .collect();
        let mut owners = HashMap::new();
        for (owner, step) in plan.steps.iter().enumerate() {
            let Some(repeat) = &step.repeat else { continue };
            let members = repeat.steps.iter().filter_map(|id| of.get(id).copied());
            owners.extend(members.chain([owner]).map(|member| (member, owner)));
        }
        let needs = plan.steps.iter().map(|step| {
            let needs = step.needs.iter().map(|need| of.get(need).copied());
            needs.collect()
        });
        Self {
            needs: needs.collect(),
            of,
            owners,
        }
    }
}
