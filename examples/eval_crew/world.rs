//! The services that all runs share; a process is one `Crews` over them.

use std::sync::Arc;

use firstmate::clock::{Clock, SystemClock};
use firstmate::crew::{Crews, Hooks, Parts, Recovery, Settings, Templates, TokenKey};
use firstmate::domain::Scope;
use firstmate::knowledge::Knowledge;
use firstmate::model::Models;
use firstmate::policy::{Bundle, Gate};
use firstmate::routing::{Catalogue, Router};
use firstmate::store::{Stores, memory};
use firstmate::validation::Validator;

#[derive(Debug)]
pub(crate) struct World {
    pub(crate) stores: Stores,
    gate: Arc<Gate>,
    router: Arc<Router>,
    knowledge: Arc<Knowledge>,
    validator: Arc<Validator>,
    clock: Arc<dyn Clock>,
}

impl World {
    pub(crate) fn new() -> anyhow::Result<Self> {
        let (stores, clock): (_, Arc<dyn Clock>) = (memory::stores(), Arc::new(SystemClock));
        Ok(Self {
            gate: Arc::new(Gate::new(Bundle::builtin(), stores.audit.clone(), clock.clone())),
            router: Arc::new(Router::new(
                Catalogue::builtin(),
                stores.outcomes.clone(),
                clock.clone(),
                firstmate::routing::Settings::default(),
            )),
            knowledge: Arc::new(Knowledge::new(stores.lessons.clone(), clock.clone())),
            validator: Arc::new(Validator::new(firstmate::validation::Settings::default())?),
            stores,
            clock,
        })
    }

    /// A process that has never seen a run. Waits are milliseconds in place of seconds.
    pub(crate) fn crews(&self, models: Models, recovery: bool) -> anyhow::Result<Crews> {
        Ok(Crews::new(Parts {
            journal: self.stores.journal.clone(),
            gate: self.gate.clone(),
            validator: self.validator.clone(),
            router: self.router.clone(),
            knowledge: self.knowledge.clone(),
            models,
            clock: self.clock.clone(),
            templates: Templates::load(&[])?,
            token_key: TokenKey::new(1, [7; 32]),
            settings: Settings {
                lessons: false,
                recovery: Recovery {
                    enabled: recovery,
                    backoff_ms: 1,
                    backoff_cap_ms: 8,
                    longest_wait_ms: 100,
                    ..Recovery::default()
                },
                ..Settings::default()
            },
            hooks: Hooks::default(),
        }))
    }
}

/// A project for each run, so that they know nothing of each other.
pub(crate) fn scope(name: &str) -> anyhow::Result<Scope> {
    Scope::new("local", name, "ada").ok_or_else(|| anyhow::anyhow!("`{name}` is no project"))
}
