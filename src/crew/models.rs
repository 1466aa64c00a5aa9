//! Which model suits a step, and what the router learns from how it went. The host's model does the steps, so the
//! first is advice, and the second happens only where the host says which model it was.

use super::examine::Judged;
use super::{Crews, Submission};
use crate::domain::{Evidence, Plan, PlanStep, RunId, Scope};
use crate::routing::{Route, RouteRequest, Told};

/// What a plan says where the router is to choose.
const AUTO: &str = "auto";

impl Crews {
    /// The plan with a model for each step that says `auto`, and a stronger one for when its output is sent back.
    /// A step keeps no model where the router has none to offer.
    pub(super) async fn with_models(&self, scope: &Scope, task: &str, mut plan: Plan) -> Plan {
        for step in &mut plan.steps {
            if !step
                .model
                .as_deref()
                .is_some_and(|model| model.eq_ignore_ascii_case(AUTO))
            {
                continue;
            }
            let request = RouteRequest {
                task: step.goal.clone(),
                context: Some(task.to_owned()),
                ..RouteRequest::default()
            };
            (step.model, step.escalate_to) = match self.router.advise(scope, &request).await {
                Ok(route) => ladder(&route),
                Err(error) => {
                    tracing::warn!(%error, step = %step.id, "no model is advised for a step");
                    (None, None)
                }
            };
        }
        plan
    }

    /// Tells the router how an attempt went, where the host says which model it was. What policy refused says
    /// nothing about a model. The journal has the attempt already, so that nothing is lost by an error here.
    pub(super) async fn tell_router(
        &self,
        scope: &Scope,
        run: &RunId,
        step: &PlanStep,
        attempt: u32,
        submission: &Submission,
        verdict: &Judged,
    ) {
        let told = match verdict {
            Judged::Taken { told, .. } => *told,
            Judged::Rejected { denied: true, .. } => None,
            Judged::Rejected { denied: false, .. } => Some(Told {
                accepted: Some(false),
                ..Told::new(Evidence::Step, 0.0)
            }),
        };
        let model = submission.model.as_deref().map(str::trim);
        let (Some(told), Some(model)) = (told, model) else {
            return;
        };
        let told = Told {
            cost_usd: submission.usage.map(|usage| usage.usd.as_usd()),
            ..told
        };
        let reference = format!("{run}/{}/{attempt}", step.id);
        let told = self
            .router
            .tell_work(scope, &reference, &step.goal, model, told)
            .await;
        if let Err(error) = told {
            tracing::warn!(%error, %reference, "the router does not know how a step went");
        }
    }
}

/// The model to begin with and the one to go on with: the router's cascade, or its choice and the first of its
/// fallbacks that is likelier to succeed.
fn ladder(route: &Route) -> (Option<String>, Option<String>) {
    if let Some(cascade) = &route.cascade {
        return (Some(cascade.first.clone()), Some(cascade.then.clone()));
    }
    let chosen = route.model.as_ref().map(|model| model.id.clone());
    let p = |id: &str| {
        let candidate = route.candidates.iter().find(|candidate| candidate.model == id);
        candidate.map(|candidate| candidate.p_success)
    };
    let now = chosen.as_deref().and_then(p);
    let stronger = route.fallbacks.iter().find(|id| p(id) > now);
    (chosen, stronger.cloned())
}
