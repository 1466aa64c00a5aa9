//! How a run begins: task, plan, gate, first offer.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Value, json};

use super::advance::DENIED;
use super::deed::Deed;
use super::draft::Draft;
use super::error::Error;
use super::examine::{actor, reasons};
use super::experience::{Advice, Standing};
use super::fold::fold;
use super::handoff::brief;
use super::lent::{self, Sampling};
use super::plan::strategy::{self, Asked};
use super::plan::{self, Fault};
use super::reply::Reply;
use super::view::News;
use super::{Crews, MAX_TRIES, Start, budget};
use crate::domain::run::Strategy;
use crate::domain::{Action, Digest, Plan, PlanStep, RunBudget, RunEvent, RunId, Scope, StepId};
use crate::policy::Checked;
use crate::store::{Committed, IdempotencyKey};

/// Longest task in bytes: it is kept in the run's first event.
pub const MAX_TASK: usize = 32 * 1024;
/// Longest idempotency key that is kept as it is; a longer one is kept by its digest.
const MAX_KEY: usize = 128;

impl Crews {
    /// Starts a run and offers its first step. The same `idempotency_key` with the same request gives the
    /// run that the first call made.
    ///
    /// # Errors
    /// When there is no task, the plan or template is wrong, or the key belongs to another request; then
    /// nothing was started. A task that policy denies is an answer: a run that failed as `denied`.
    pub async fn start(&self, scope: &Scope, start: Start) -> Result<Reply, Error> {
        let request = request(&start);
        let task = start.task.trim();
        if task.is_empty() {
            return Err(Error::EmptyTask);
        }
        if task.len() > MAX_TASK {
            return Err(Error::TaskTooLong {
                bytes: task.len(),
                limit: MAX_TASK,
            });
        }
        let executor = self.default_executor(start.executor.as_deref())?;
        let advice = self.advice(scope, &start).await;
        let plan = self.whole_plan(scope, &start, &advice)?;

        let run = RunId::new(self.clock.sortable_id());
        let material = json!({"plan": start.plan, "parameters": start.parameters});
        let action = Action {
            arguments: material,
            ..Deed::Start.action()
        }
        .with_content(task);
        let events = match self
            .gate
            .check(scope, &actor(&run, None), Deed::Start.tool(), action)
            .await?
        {
            Checked::Stopped(decision) => {
                let created = self.created(scope, WITHHELD, withheld(&plan.source), RunBudget::default());
                let failed = RunEvent::RunFailed {
                    at: self.clock.now(),
                    class: DENIED.to_owned(),
                    reason: reasons(&decision),
                };
                vec![created, failed]
            }
            Checked::Permitted(permit) => {
                let permitted = permit.action();
                let task = permitted.content.as_deref().unwrap_or(task);
                let plan = self.permitted_plan(scope, &start, plan, &permitted.arguments, &advice)?;
                let default = match plan.source.as_str() {
                    "given" => RunBudget::default(),
                    template => self.templates(scope).get(template)?.budget,
                };
                let plan = Box::pin(self.with_models(scope, task, plan)).await;
                let mut plan =
                    Box::pin(self.with_executors(scope, task, plan, executor, &start.sampling)).await?;
                plan.task_type = Some(self.type_of(task));
                vec![self.created(scope, task, plan, budget::merged(start.budget, default))]
            }
        };
        if let (Sampling::Lent(model), Some(RunEvent::RunCreated { plan, .. })) =
            (&start.sampling, events.first())
            && lent::is_for_client(plan)
        {
            // Before it begins: what is due is begun with the first write.
            self.lent.put(scope, &run, Arc::clone(model));
        }
        let opened = self
            .open(scope, run.clone(), events, idempotency(&start, request))
            .await;
        let theirs = opened.as_ref().ok().map(|reply| reply.run_id.clone());
        if theirs.as_ref() != Some(&run) {
            self.lent.end(scope, &run);
        }
        if let (Sampling::Lent(model), Some(theirs)) = (start.sampling, theirs) {
            self.lend(scope, &theirs, model).await?;
        }
        opened
    }

    /// Writes a new run, with its first offer where it may have one.
    async fn open(
        &self,
        scope: &Scope,
        run: RunId,
        beginning: Vec<RunEvent>,
        idempotency: Option<IdempotencyKey>,
    ) -> Result<Reply, Error> {
        let Some(begun) = fold(&beginning).map(Arc::new) else {
            return Err(Error::UnknownRun { run });
        };
        let mut refused = None;
        for _ in 0..MAX_TRIES {
            let mut draft = Draft::beginning(&run, beginning.clone(), Arc::clone(&begun));
            self.follow(scope, &mut draft, self.clock.now(), refused).await?;
            match self.commit(scope, &draft, idempotency.clone()).await? {
                Committed::At(_) => {
                    let state = self.load(scope, &run).await?;
                    let warnings = state.plan.notes.clone();
                    return self
                        .reply(
                            scope,
                            &run,
                            &state,
                            News {
                                warnings,
                                ..News::default()
                            },
                        )
                        .await;
                }
                Committed::OverBudget { left } => refused = Some(left),
                Committed::Taken { run, request } => {
                    return match idempotency {
                        Some(key) if key.request == request => self.status(scope, &run, None).await,
                        _ => Err(Error::IdempotencyConflict { run }),
                    };
                }
                Committed::Stale { .. } => {}
            }
        }
        Err(Error::Busy {
            run,
            tries: MAX_TRIES,
        })
    }

    /// With the steps of crews that are steps of it.
    fn whole_plan(&self, scope: &Scope, start: &Start, advice: &Advice) -> Result<Plan, Error> {
        let plan = self.plan_for(scope, start, advice)?;
        let templates = self.templates(scope);
        let steps = |name: &str| {
            let plan = templates
                .get(name)
                .and_then(|template| template.plan(&BTreeMap::new()));
            plan.map(|plan| plan.steps).map_err(|error| error.to_string())
        };
        Ok(Plan {
            steps: plan::unfold(plan.steps, &steps).map_err(bad_plan)?,
            ..plan
        })
    }

    fn plan_for(&self, scope: &Scope, start: &Start, advice: &Advice) -> Result<Plan, Error> {
        let asked = strategy(start.strategy.as_deref())?;
        if let Some(given) = start.plan.as_ref().filter(|plan| !plan.is_null()) {
            let mut plan = plan::parse_as(given, asked).map_err(bad_plan)?;
            follow(advice, asked, &mut plan);
            if start.template.is_some() || !start.parameters.is_empty() {
                plan.notes
                    .push("a plan was given, so template and parameters were not used".to_owned());
            }
            return Ok(plan);
        }
        let named = start
            .template
            .as_deref()
            .map(str::trim)
            .filter(|name| !name.is_empty() && *name != "auto");
        if let Some(name) = named {
            let mut plan = filled(self.templates(scope).get(name)?.plan(&start.parameters)?, asked)?;
            follow(advice, asked, &mut plan);
            return Ok(plan);
        }
        let assessment = self.router.assess(&start.task);
        let templates = self.templates(scope);
        let template = templates
            .choose(
                &start.task,
                assessment.leaning(),
                assessment.suggested_workflow,
                |name| grade(advice.template(name)),
            )
            .ok_or_else(|| Error::UnknownTemplate {
                name: "auto".to_owned(),
                nearest: Vec::new(),
            })?;
        let mut plan = filled(template.plan(&start.parameters)?, asked)?;
        follow(advice, asked, &mut plan);
        let standing = advice.template(&template.name);
        let so_far = match standing.runs {
            0 => String::new(),
            _ => format!(" ({} for this kind of task)", standing.said()),
        };
        plan.notes.push(format!(
            "template `{}` was chosen because the task reads as {}{so_far}; give `template` or `plan` to choose yourself",
            template.name,
            assessment.leaning()
        ));
        Ok(plan)
    }

    /// What earlier runs say about how to go about this one, where something is left open.
    async fn advice(&self, scope: &Scope, start: &Start) -> Advice {
        let is_auto = |text: &Option<String>| {
            text.as_deref()
                .is_none_or(|text| ["", "auto"].contains(&text.trim()))
        };
        let asks = start.strategy.as_deref().map(str::trim) == Some("auto");
        let chooses = start.plan.is_none() && is_auto(&start.template);
        if !asks && !chooses {
            return Advice::default();
        }
        let task_type = self.type_of(start.task.trim());
        let advice = self.past(scope, |past| Advice::of(past, task_type)).await;
        advice.unwrap_or_default()
    }

    /// The plan once more, from what the gate let through, when it changed anything.
    fn permitted_plan(
        &self,
        scope: &Scope,
        start: &Start,
        plan: Plan,
        permitted: &Value,
        advice: &Advice,
    ) -> Result<Plan, Error> {
        if *permitted == json!({"plan": start.plan, "parameters": start.parameters}) {
            return Ok(plan);
        }
        let redacted = Start {
            plan: permitted.get("plan").cloned(),
            parameters: permitted
                .get("parameters")
                .and_then(|parameters| serde_json::from_value(parameters.clone()).ok())
                .unwrap_or_default(),
            ..start.clone()
        };
        self.whole_plan(scope, &redacted, advice)
    }

    fn created(&self, scope: &Scope, task: &str, plan: Plan, budget: RunBudget) -> RunEvent {
        let at = self.clock.now();
        RunEvent::RunCreated {
            at,
            principal: scope.principal().to_owned(),
            task: task.to_owned(),
            plan,
            budget,
        }
    }
}

/// Has steps that could be done side by side done one by one, where `auto` was asked for and that did better.
fn follow(advice: &Advice, asked: Option<Asked>, plan: &mut Plan) {
    if asked != Some(Asked::Auto) || plan.strategy != Strategy::Graph {
        return;
    }
    if let Some((strategy, why)) = advice.strategy(&plan.source) {
        plan.strategy = strategy;
        plan.notes.push(why);
    }
}

/// Tenths of the runs of a template that are completed; as if seven of ten were while too few are known.
fn grade(standing: Standing) -> u32 {
    match standing.is_known() {
        true => (standing.share() * 10.0).round() as u32,
        false => 7,
    }
}

const WITHHELD: &str = "[withheld by policy]";

/// Stands in for a plan that must not be kept.
fn withheld(source: &str) -> Plan {
    let step = PlanStep::new(StepId::new("withheld"), "none", WITHHELD);
    Plan {
        source: source.to_owned(),
        strategy: Strategy::Sequential,
        steps: vec![step],
        task_type: None,
        notes: Vec::new(),
    }
}

/// A template's plan, done by its own strategy unless another is asked for.
fn filled(plan: Plan, asked: Option<Asked>) -> Result<Plan, Error> {
    let asked = asked.unwrap_or(Asked::Named(plan.strategy));
    let mut notes = plan.notes;
    let (strategy, steps) = strategy::compile(asked, plan.steps, &mut notes).map_err(bad_plan)?;
    Ok(Plan {
        strategy,
        steps,
        notes,
        ..plan
    })
}

fn bad_plan(Fault { path, problem }: Fault) -> Error {
    Error::BadPlan { path, problem }
}

fn strategy(given: Option<&str>) -> Result<Option<Asked>, Error> {
    let Some(given) = given.map(str::trim).filter(|given| !given.is_empty()) else {
        return Ok(None);
    };
    Asked::named(given).map(Some).ok_or_else(|| Error::NotAvailable {
        what: "strategy",
        given: brief(given, plan::MAX_NAME),
        available: Asked::NAMES.map(ToOwned::to_owned).to_vec(),
    })
}

/// SHA-256 over everything that makes the request what it is, its key aside.
fn request(start: &Start) -> Digest {
    let Start {
        task,
        template,
        plan,
        parameters,
        strategy,
        executor,
        budget,
        idempotency_key: _,
        sampling: _,
    } = start;
    let canonical = json!([task, template, plan, parameters, strategy, executor, budget]);
    Digest::of(canonical.to_string().as_bytes())
}

fn idempotency(start: &Start, request: Digest) -> Option<IdempotencyKey> {
    let key = start
        .idempotency_key
        .as_deref()
        .map(str::trim)
        .filter(|key| !key.is_empty())?;
    let key = if key.len() <= MAX_KEY {
        key.to_owned()
    } else {
        Digest::of(key.as_bytes()).to_string()
    };
    Some(IdempotencyKey { key, request })
}
