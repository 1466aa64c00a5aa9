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

use std::sync::Arc;

use crate::clock::Clock;
use crate::domain::{RunId, Scope};
use crate::knowledge::{Knowledge, NewLesson};
use crate::model::Models;
use crate::policy::Gate;
use crate::routing::Router;
use crate::store::Journal;
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
mod halt;
mod handoff;
mod hedge;
pub mod history;
mod hooks;
mod input;
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
mod settings;
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
pub use input::{OutputPage, Start, Submission};
pub use leg::Leg;
pub use lent::{CLIENT, Sampling};
pub use recovery::Recovery;
pub use reply::{Reply, RunSummary};
pub use round::{AskedStep, Of, Round};
pub use settings::Settings;
pub use start::MAX_TASK;
pub use step::MAX_SUBMISSIONS;
pub use template::{Template, Templates};
pub use token::TokenKey;
pub use view::{ASK_A_PERSON, MAX_REPLY};

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
