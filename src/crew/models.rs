//! Who does a step, which model suits it, and what the router learns from how it went. For steps of the host a model is
//! advice, and the router learns only where the host says which one it was.

use super::error::Error;
use super::examine::Judged;
use super::handoff::brief;
use super::lent::{self, CLIENT, Sampling};
use super::plan;
use super::{Crews, Submission};
use crate::domain::run::Executor;
use crate::domain::{Evidence, Plan, PlanStep, RunId, Scope};
use crate::model::webhook::is_doer;
use crate::routing::{Route, RouteRequest, Told};

/// Most models that are tried after the first.
const MAX_FALLBACKS: usize = 3;

impl Crews {
    /// The plan with somebody for each step: `default` for those whose plan names nobody, the router's choice among the
    /// models that are set up for `auto`, with others to fall back to and the host as the last.
    ///
    /// # Errors
    /// [`Error::NotAvailable`] for a model that is not set up.
    pub(super) async fn with_executors(
        &self,
        scope: &Scope,
        task: &str,
        mut plan: Plan,
        default: Option<Executor>,
        sampling: &Sampling,
    ) -> Result<Plan, Error> {
        let auto = Executor::Model(plan::AUTO.to_owned());
        let mut chosen = Vec::new();
        for step in &mut plan.steps {
            if step.executor == Executor::Host
                && let Some(default) = &default
            {
                step.executor = default.clone();
            }
            if step.executor == auto {
                step.executor = Executor::Host;
                let mut models = self.suited(scope, task, step).await;
                if models.is_empty() && matches!(sampling, Sampling::Lent(_)) {
                    models.push(CLIENT.to_owned());
                }
                let mut order = models.into_iter().map(Executor::Model);
                if let Some(first) = order.next() {
                    if let Executor::Model(name) = &first {
                        chosen.push(format!("{} by {name}", step.id));
                    }
                    step.executor = first;
                    step.fallbacks.extend(order.take(MAX_FALLBACKS));
                    step.fallbacks.push(Executor::Host);
                }
            }
            for by in std::iter::once(&step.executor).chain(&step.fallbacks) {
                if let Executor::Model(name) = by
                    && name != CLIENT
                    && self.models.get(name).is_none()
                {
                    return Err(self.not_available(name));
                }
            }
        }
        if !chosen.is_empty() {
            plan.notes
                .push(brief(&format!("the router chose: {}", chosen.join(", ")), 240));
        }
        Ok(lent::settled(plan, sampling, self.settings.sampling))
    }

    /// Who does the steps whose plan names nobody, as a caller says it.
    ///
    /// # Errors
    /// [`Error::NotAvailable`] when it is nobody there is.
    pub(super) fn default_executor(&self, asked: Option<&str>) -> Result<Option<Executor>, Error> {
        match asked.map(str::trim) {
            None | Some("" | "host") => Ok(None),
            Some(name) => match plan::executor(name) {
                Some(model @ Executor::Model(_)) => Ok(Some(model)),
                _ => Err(self.not_available(name)),
            },
        }
    }

    fn not_available(&self, name: &str) -> Error {
        let models = self.models.ids().map(ToOwned::to_owned);
        Error::NotAvailable {
            what: "executor",
            given: brief(name, plan::MAX_NAME),
            available: ["host", "auto"]
                .into_iter()
                .chain(self.samples().then_some("sampling"))
                .map(ToOwned::to_owned)
                .chain(models)
                .collect(),
        }
    }

    /// The models that are set up, those first that the router would take, then the others.
    async fn suited(&self, scope: &Scope, task: &str, step: &PlanStep) -> Vec<String> {
        let names: Vec<&str> = self.models.ids().filter(|name| !is_doer(name)).collect();
        let by_id = |id: &str| {
            let is_it = |name: &&str| name.split_once('/').is_some_and(|(_, model)| model == id);
            names.iter().copied().filter(is_it).collect::<Vec<_>>()
        };
        let allow: Vec<String> = names
            .iter()
            .filter_map(|name| Some(name.split_once('/')?.1.to_owned()))
            .collect();
        if allow.is_empty() {
            return Vec::new();
        }
        let mut request = RouteRequest {
            task: step.goal.clone(),
            context: Some(task.to_owned()),
            ..RouteRequest::default()
        };
        request.constraints.allow = allow;
        let mut order: Vec<String> = Vec::new();
        match self.router.advise(scope, &request).await {
            Ok(route) => {
                let chosen = route.model.as_ref().map(|model| model.id.as_str());
                let ids = chosen
                    .into_iter()
                    .chain(route.fallbacks.iter().map(String::as_str));
                // The same model at several providers: any of them may do it.
                for name in ids.flat_map(by_id) {
                    if !order.iter().any(|known| known == name) {
                        order.push(name.to_owned());
                    }
                }
            }
            // The catalogue need not know what is set up here.
            Err(error) => {
                tracing::debug!(%error, step = %step.id, "the router knows none of the models that are set up");
            }
        }
        for name in &names {
            if !order.iter().any(|known| known == name) {
                order.push((*name).to_owned());
            }
        }
        order
    }

    /// The plan with a model for each step that says `auto`, and a stronger one for when its output is sent back.
    /// A step keeps no model where the router has none to offer.
    pub(super) async fn with_models(&self, scope: &Scope, task: &str, mut plan: Plan) -> Plan {
        for step in &mut plan.steps {
            if !step
                .model
                .as_deref()
                .is_some_and(|model| model.eq_ignore_ascii_case(plan::AUTO))
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
            Judged::Rejected { denied: true, .. } | Judged::Refused { .. } => None,
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
