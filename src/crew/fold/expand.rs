//! A step for each item: added to the plan, and joined in the step that they were made from.

use std::sync::Arc;

use serde_json::Value;

use super::{Places, RunState, StepState};
use crate::domain::run::Executor;
use crate::domain::{PlanStep, StepId};

impl RunState {
    pub(super) fn expand(&mut self, id: &StepId, items: &[Value]) {
        let Some(place) = self.index(id).filter(|place| self.is_due(*place)) else {
            return;
        };
        let Some(parent) = self.plan.steps.get(place).cloned() else {
            return;
        };
        let Some(foreach) = parent.foreach.as_ref() else {
            return;
        };
        if self.steps.get(place).is_none_or(|state| state.expanded) {
            return;
        }
        let most = usize::try_from(foreach.max_items).unwrap_or(usize::MAX);
        let made: Vec<PlanStep> = (1..)
            .zip(items.iter().take(most))
            .map(|(n, item)| item_step(&parent, n, item))
            .collect();
        let plan = Arc::make_mut(&mut self.plan);
        let state = self.steps.get_mut(place).map(Arc::make_mut);
        if let (Some(step), Some(state)) = (plan.steps.get_mut(place), state) {
            step.needs.extend(made.iter().map(|step| step.id.clone()));
            step.executor = Executor::Join;
            step.output_schema = None;
            state.executor = Executor::Join;
            state.expanded = true;
        }
        self.steps
            .extend(made.iter().map(|step| Arc::new(StepState::of(step))));
        plan.steps.extend(made);
        self.places = Arc::new(Places::of(plan));
    }
}

fn item_step(parent: &PlanStep, n: usize, item: &Value) -> PlanStep {
    PlanStep {
        id: StepId::new(format!("{}.{n}", parent.id)),
        item: Some(item.clone()),
        when: None,
        foreach: None,
        repeat: None,
        ..parent.clone()
    }
}
