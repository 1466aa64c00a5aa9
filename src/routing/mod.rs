//! Which model should do a task: the cheapest that is expected to be good enough, with the reasons.
//!
//! `features -> scores -> posterior` says what kind of task it is ([`Assessment`]), a table of learned
//! success rates what each model makes of such tasks, and one rule decides. docs/routing.md tells it whole.
//!
//! `decide` puts the parts of a choice together, `learn` those of an outcome; what they call is pure.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::clock::Clock;
use crate::domain::{RouteId, RouteRecord, Scope};
use crate::store::{Budgets, Outcomes};

mod answer;
mod assess;
mod cascade;
mod catalogue;
mod choose;
mod classify;
mod confidence;
mod constraints;
mod custom;
mod decide;
mod difficulty;
mod drift;
mod error;
mod explore;
mod features;
mod flip;
pub mod found;
mod gain;
mod hash;
pub mod heads;
mod health;
mod language;
mod learn;
mod letters;
mod lexicon;
mod marks;
mod models_file;
mod observed;
mod pattern;
mod preamble;
mod prior;
mod recent;
pub mod report;
mod route;
mod scan;
mod senses;
mod settings;
mod shape;
mod shared;
mod sieve;
mod signals;
mod small_words;
mod spelling;
mod table;
#[cfg(test)]
mod tests;
mod told;
mod usage;
mod without;
mod word;

pub use assess::{Assessment, assess};
pub use catalogue::Catalogue;
pub use custom::CustomType;
pub use error::Error;
pub use explore::MAX_SHARE as MAX_EXPLORATION;
pub use models_file::PROVIDERS;
pub use route::{
    Candidate, Cascade, Chosen, Constraints, DialPoint, Difficulty, Expected, Flip, FlipPoint, Gain, Reason,
    Relaxation, Route, RouteRequest, State, Utility, WithoutPoint,
};
pub use settings::Settings;
pub use told::Told;

use health::Health;
use recent::Recent;
use shared::Shared;
use table::Table;

/// How many of the newest calls to providers that failed are recognised when they are told again.
const REMEMBERED_FAILURES: usize = 1024;

/// Finds models for tasks and learns how that went.
#[derive(Debug)]
pub struct Router {
    catalogue: Catalogue,
    outcomes: Arc<dyn Outcomes>,
    budgets: Option<Arc<dyn Budgets>>,
    clock: Arc<dyn Clock>,
    settings: Settings,
    tables: Mutex<Recent<Project, Table>>,
    orgs: Mutex<Recent<String, Org>>,
    /// The references of outcomes that told of a provider that did not answer: each counts once.
    failures: Mutex<Recent<(Project, String), ()>>,
    /// What each session has had. In memory only: after a restart a session begins anew.
    sessions: Mutex<Recent<(Project, String), Session>>,
}

/// What an organisation's projects have in common.
#[derive(Debug, Default)]
struct Org {
    shared: Shared,
    health: Health,
}

/// What a session has had.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Session {
    /// The strength of its strongest model.
    strength: f64,
    /// The place of its present model in the catalogue: the one whose prompt cache it fills.
    model: usize,
}

/// Organisation and project.
type Project = (String, String);

impl Router {
    /// A router over this catalogue that keeps its decisions and outcomes in `outcomes`.
    #[must_use]
    pub fn new(
        catalogue: Catalogue,
        outcomes: Arc<dyn Outcomes>,
        clock: Arc<dyn Clock>,
        settings: Settings,
    ) -> Self {
        Self {
            tables: Mutex::new(Recent::new(settings.projects)),
            orgs: Mutex::new(Recent::new(settings.projects)),
            failures: Mutex::new(Recent::new(REMEMBERED_FAILURES)),
            sessions: Mutex::new(Recent::new(settings.sessions)),
            budgets: None,
            catalogue,
            outcomes,
            clock,
            settings,
        }
    }

    /// The same router, which holds its choices to what is left of a project's budget.
    #[must_use]
    pub fn with_budgets(self, budgets: Arc<dyn Budgets>) -> Self {
        Self {
            budgets: Some(budgets),
            ..self
        }
    }

    /// What was decided under an id; `None` when the project has no such route.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn routed(&self, scope: &Scope, id: &RouteId) -> Result<Option<RouteRecord>, Error> {
        Ok(self.outcomes.route(scope, id).await?)
    }

    /// What can be said about a task without choosing a model; nothing is remembered.
    #[must_use]
    pub fn assess(&self, task: &str) -> Assessment {
        self.assessed(task, None)
    }

    fn assessed(&self, task: &str, context: Option<&str>) -> Assessment {
        assess::assess_among(task, context, self.catalogue.customs())
    }

    /// The models there are to choose from.
    #[must_use]
    pub fn catalogue(&self) -> &Catalogue {
        &self.catalogue
    }
}

fn project(scope: &Scope) -> Project {
    (scope.org().to_owned(), scope.project().to_owned())
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
