//! Crews: plans of role-specialised steps, run durably, done by the host's own model or by models that are set up.
//!
//! A call says what to do next, the host does it and calls again. The server owns order and counters: a step
//! is handed in with a token that only an offer of that step can have, so skipping is impossible rather than
//! forbidden. Steps of other models are [driven](Crews::drive) meanwhile. The state of a run is a pure [`mod@fold`] over
//! its journal; whatever a reply says can be computed from the journal again, and nothing is acknowledged before it is
//! in there.
//!
//! What never happens here: no result is taken that did not pass the policy gate and the validator, none is made twice,
//! and no run is called completed that has a step without a result or a written reason why it has none.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Deserialize;
use serde_json::Value;

use crate::clock::Clock;
use crate::domain::run::{Usage, Via};
use crate::domain::{RunBudget, RunEvent, RunId, Scope, StepId};
use crate::knowledge::{Knowledge, NewLesson};
use crate::model::Models;
use crate::policy::Gate;
use crate::routing::Router;
use crate::store::{Committed, Journal};
use crate::validation::Validator;

mod advance;
pub mod allot;
mod ask;
mod begin;
mod budget;
mod call;
mod conclude;
mod condition;
mod deed;
mod draft;
mod drive;
mod errand;
mod error;
mod examine;
mod experience;
pub mod fold;
pub mod forget;
pub mod graph;
mod handoff;
mod hedge;
pub mod history;
mod hooks;
mod later;
mod leg;
mod lent;
mod lesson;
mod models;
mod notice;
mod own;
mod packet;
pub mod plan;
mod progress;
mod recent;
mod recovery;
pub mod reply;
mod round;
mod start;
mod step;
pub mod suggest;
pub mod template;
mod text;
pub mod token;
mod view;
mod work;

pub use deed::Deed;
pub use error::Error;
pub use hooks::{Hooks, Subscription};
pub use leg::Leg;
pub use lent::{CLIENT, Sampling};
pub use recovery::Recovery;
pub use reply::{Reply, RunSummary};
pub use round::{AskedStep, Of, Round};
pub use start::MAX_TASK;
pub use step::MAX_SUBMISSIONS;
pub use template::{Template, Templates};
pub use token::TokenKey;
pub use view::{ASK_A_PERSON, MAX_REPLY};

use draft::Draft;
use experience::Experience;
use fold::{RunState, fold};
use lent::Lent;
use recent::Recent;
use view::News;
use work::Work;

/// How often a call is applied anew when others change the run meanwhile.
const MAX_TRIES: u32 = 5;
/// Most open runs in a list.
const MAX_OPEN: usize = 20;

/// How crews are run.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// Seconds for which a step token is taken; 86400, a day.
    pub token_ttl_s: u64,
    /// Largest output of a step in bytes; 1048576, 1 MiB.
    pub max_output_bytes: usize,
    /// Whether steps are given what was learned earlier; true.
    pub lessons: bool,
    /// Most attempts of one run that models are making at once; 8.
    pub max_parallel: usize,
    /// Most tokens of an answer where the step does not say; 4096.
    pub max_tokens: u32,
    /// Seconds that an answer may take where the step does not say and too little is known of the model; 120.
    pub timeout_s: u32,
    /// The least seconds of such an answer where enough is known of the model; 30.
    pub least_timeout_s: u32,
    /// The most seconds of it; 600.
    pub most_timeout_s: u32,
    /// Whether another is asked beside a model that is slow, where a deadline would be missed; true.
    pub hedge: bool,
    /// Largest of the inputs that a model is given, in bytes; 24000.
    pub max_input_bytes: usize,
    /// Whether clients that can are asked to have their own models do steps; false.
    pub sampling: bool,
    /// What is tried when an attempt comes to nothing.
    pub recovery: Recovery,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            token_ttl_s: 86_400,
            max_output_bytes: 1 << 20,
            lessons: true,
            max_parallel: 8,
            max_tokens: 4_096,
            timeout_s: 120,
            least_timeout_s: 30,
            most_timeout_s: 600,
            hedge: true,
            max_input_bytes: 24_000,
            sampling: false,
            recovery: Recovery::default(),
        }
    }
}

/// What [`Crews`] works with.
#[derive(Debug)]
pub struct Parts {
    /// Where runs are kept.
    pub journal: Arc<dyn Journal>,
    /// Judges every task, output and remark.
    pub gate: Arc<Gate>,
    /// Checks every output.
    pub validator: Arc<Validator>,
    /// Says what kind of work a task is.
    pub router: Arc<Router>,
    /// Gives steps what was learned earlier.
    pub knowledge: Arc<Knowledge>,
    /// The models that are set up to do steps.
    pub models: Models,
    /// Time and ids.
    pub clock: Arc<dyn Clock>,
    /// Plans for work that comes up again.
    pub templates: Templates,
    /// Makes step tokens unforgeable.
    pub token_key: TokenKey,
    /// How crews are run.
    pub settings: Settings,
    /// Who is told of what happens, and where answers come in that take their time.
    pub hooks: Hooks,
}

/// A request for a new run.
#[derive(Debug, Clone, Default)]
pub struct Start {
    /// What it is about.
    pub task: String,
    /// The template to follow; chosen from the task when there is neither template nor plan.
    pub template: Option<String>,
    /// The plan to follow, as [`plan::parse`] takes it.
    pub plan: Option<Value>,
    /// Values for the template's parameters.
    pub parameters: BTreeMap<String, String>,
    /// `sequential`, `parallel`, `collaborative`, `graph` or `auto`.
    pub strategy: Option<String>,
    /// `host`, `auto` or `provider/model`.
    pub executor: Option<String>,
    /// What it may use; the template's budget where this does not say.
    pub budget: RunBudget,
    /// The caller's name for the request.
    pub idempotency_key: Option<String>,
    /// Whether the caller's client has its own model do steps.
    pub sampling: Sampling,
}

/// A step that is handed in.
#[derive(Debug, Clone, Default)]
pub struct Submission {
    /// The token of the step.
    pub step_token: String,
    /// The output: a text, or any JSON.
    pub output: Option<Value>,
    /// Why there is no output.
    pub error: Option<String>,
    /// What it took.
    pub usage: Option<Usage>,
    /// The model that did it, as the router knows it.
    pub model: Option<String>,
    /// How it came here.
    pub via: Via,
}

/// A part of one output.
#[derive(Debug, Clone)]
pub struct OutputPage {
    /// The step.
    pub step: StepId,
    /// The first byte.
    pub offset: usize,
}

/// Runs crews.
#[derive(Debug)]
pub struct Crews {
    journal: Arc<dyn Journal>,
    gate: Arc<Gate>,
    validator: Arc<Validator>,
    router: Arc<Router>,
    knowledge: Arc<Knowledge>,
    models: Models,
    clock: Arc<dyn Clock>,
    templates: Templates,
    token_key: TokenKey,
    settings: Settings,
    hooks: Hooks,
    recent: Recent,
    experience: Experience,
    work: Work,
    lent: Lent,
}

impl Crews {
    /// Crews over these parts.
    #[must_use]
    pub fn new(parts: Parts) -> Self {
        let Parts {
            journal,
            gate,
            validator,
            router,
            knowledge,
            models,
            clock,
            templates,
            token_key,
            settings,
            hooks,
        } = parts;
        Self {
            journal,
            gate,
            validator,
            router,
            knowledge,
            models,
            clock,
            templates,
            token_key,
            settings,
            hooks,
            recent: Recent::default(),
            lent: Lent::default(),
            experience: Experience::default(),
            work: Work::default(),
        }
    }

    /// The templates that a project can use: those of everybody, and its own.
    #[must_use]
    pub fn templates(&self, scope: &Scope) -> Templates {
        let (templates, refused) = self.templates.of(scope.project());
        for error in refused {
            tracing::warn!(%error, "a template of the project is left out");
        }
        templates
    }

    /// Changes when the files change that the project's templates are read from.
    #[must_use]
    pub fn template_files(&self, project: &str) -> u64 {
        self.templates.stamp(project)
    }

    /// Who is told of what happens, and where answers come in that take their time.
    #[must_use]
    pub fn hooks(&self) -> &Hooks {
        &self.hooks
    }

    /// Where a run stands, with everything recorded so far; or a page of one output. Changes nothing.
    ///
    /// # Errors
    /// When there is no such run in the project, or no such output in the run.
    pub async fn status(&self, scope: &Scope, run: &RunId, page: Option<OutputPage>) -> Result<Reply, Error> {
        let state = self.load(scope, run).await?;
        if let Some(page) = page {
            return self.page(scope, run, &state, page).await;
        }
        let news = News {
            results: recorded(&state).collect(),
            warnings: state.plan.notes.clone(),
            ..News::default()
        };
        self.reply(scope, run, &state, news).await
    }

    /// The runs of the project that have not ended, newest first, at most 20.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn open_runs(&self, scope: &Scope) -> Result<Vec<RunSummary>, Error> {
        let mut runs = Vec::new();
        for open in self.journal.unfinished(scope, MAX_OPEN).await? {
            let events = self.journal.replay(scope, &open.run, 0).await?;
            // One that has ended since is not open any more.
            if let Some(state) = fold(&events).filter(|state| state.end.is_none()) {
                runs.push(view::summary(open.run, &state));
            }
        }
        Ok(runs)
    }

    /// The ids of the project's runs, the newest first, at most `limit`.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn ids(&self, scope: &Scope, limit: usize) -> Result<Vec<RunId>, Error> {
        Ok(self.journal.runs(scope, limit).await?)
    }

    /// Stops a run for good. What was reached is kept.
    ///
    /// # Errors
    /// When there is no such run, it has ended otherwise, or policy stops it.
    pub async fn cancel(&self, scope: &Scope, run: &RunId, reason: &str) -> Result<Reply, Error> {
        self.load(scope, run).await?;
        self.may(scope, run, Deed::Cancel).await?;
        let reason = match reason.trim() {
            "" => "no reason was given".to_owned(),
            reason => self.presentable(scope, run, None, reason).await?,
        };
        for _ in 0..MAX_TRIES {
            let state = self.load(scope, run).await?;
            match state.end {
                Some(fold::End::Cancelled { .. }) => return self.status(scope, run, None).await,
                Some(_) => {
                    return Err(Error::RunClosed {
                        run: run.clone(),
                        status: state.status(),
                    });
                }
                None => {}
            }
            let event = RunEvent::RunCancelled {
                at: self.clock.now(),
                reason: reason.clone(),
            };
            let mut draft = Draft::after(run, state);
            draft.push(event);
            if let Committed::At(_) = self.commit(scope, &draft, None).await? {
                return self.status(scope, run, None).await;
            }
        }
        Err(Error::Busy {
            run: run.clone(),
            tries: MAX_TRIES,
        })
    }

    /// Lets a run go on: with fresh tokens, which end the older ones, and under `budget` where that says
    /// something. A run that failed as `over_budget` goes on if its budget now allows the next step.
    ///
    /// # Errors
    /// When there is no such run, it has ended for good, or policy stops it.
    pub async fn resume(
        &self,
        scope: &Scope,
        run: &RunId,
        budget: Option<RunBudget>,
    ) -> Result<Reply, Error> {
        self.load(scope, run).await?;
        self.may(scope, run, Deed::Resume).await?;
        let mut refused = None;
        for _ in 0..MAX_TRIES {
            let state = self.load(scope, run).await?;
            if !state.can_go_on() {
                return Err(Error::RunClosed {
                    run: run.clone(),
                    status: state.status(),
                });
            }
            let now = self.clock.now();
            let budget = budget::merged(budget.unwrap_or_default(), state.budget);
            let had_ended = state.end.is_some();
            let mut draft = Draft::after(run, state);
            if had_ended || budget != draft.state.budget {
                draft.push(RunEvent::RunResumed { at: now, budget });
            }
            let offers: Vec<_> = draft.state.awaiting().cloned().collect();
            for offer in offers {
                if let Some(step) = draft.state.plan.steps.get(offer.step) {
                    draft.push(self.offered(step, offer.attempt, now, Vec::new()));
                }
            }
            self.follow(scope, &mut draft, now, refused).await?;
            if draft.is_empty() || (draft.last().is_some_and(RunEvent::ends_run) && had_ended) {
                // Nothing has changed: the journal does not grow by trying.
                self.work.changed(scope, run, advance::has_work(&draft.state));
                return self.status(scope, run, None).await;
            }
            match self.commit(scope, &draft, None).await? {
                Committed::At(_) => return self.status(scope, run, None).await,
                Committed::OverBudget { left } => refused = Some(left),
                Committed::Stale { .. } | Committed::Taken { .. } => {}
            }
        }
        Err(Error::Busy {
            run: run.clone(),
            tries: MAX_TRIES,
        })
    }

    /// What a finished run teaches, by rule, each with its evidence.
    ///
    /// # Errors
    /// When there is no such run, or it has not ended.
    pub async fn lessons(&self, scope: &Scope, run: &RunId) -> Result<Vec<NewLesson>, Error> {
        let state = self.load(scope, run).await?;
        let task_type = self.router.assess(&state.task).task_type;
        lesson::from_run(run, &state, task_type)
    }
}

/// The steps with a result, by their place in the plan.
fn recorded(state: &RunState) -> impl Iterator<Item = usize> {
    state
        .steps
        .iter()
        .enumerate()
        .filter(|(_, step)| step.result.is_some())
        .map(|(index, _)| index)
}

#[cfg(test)]
mod tests;
