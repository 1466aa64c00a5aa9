//! The one place that names concrete stores, spawns tasks and owns the shutdown.

use std::path::Path;
use std::sync::Arc;

use crate::clock::{Clock, SystemClock};
use crate::config::Config;
use crate::crew::{Crews, Parts};
use crate::domain::Problem;
use crate::error::{Error, Result};
use crate::knowledge::Knowledge;
use crate::mcp::Services;
use crate::model::Embedder;
use crate::model::http::Http;
use crate::ownership::Claim;
use crate::policy::outgoing::Guarded;
use crate::policy::{Bundle, Gate};
use crate::routing::{Catalogue, Router};
use crate::store::news::News;
use crate::store::sled::Sled;
use crate::store::{Outbox, Stores};
use crate::validation::Validator;

mod approvals;
mod asking;
mod audit;
mod command;
mod crew;
mod deliver;
mod doctor;
mod door;
mod drive;
mod install;
mod key;
mod lessons;
pub mod models;
mod owner;
mod page;
mod policy;
mod request;
mod route;
mod rules;
mod run;
mod series;
mod serve;
mod templates;
mod token;
mod validate;
mod webhook;
mod webhooks;
mod window;

pub use command::main;

/// The services of one process, over the store it owns.
#[derive(Debug)]
pub struct App {
    services: Arc<Services>,
    store: Sled,
    outbox: Arc<dyn Outbox>,
    config: Config,
}

impl App {
    /// Claims the data directory, opens the store and builds the services.
    ///
    /// # Errors
    /// When another process owns the directory, it cannot be used, or a file the settings name is wrong.
    pub fn open(config: Config) -> Result<Self> {
        let claim = Claim::take(&config.data_dir)?;
        Self::over(config, &claim)
    }

    /// As [`App::open`], with the directory claimed.
    ///
    /// # Errors
    /// When it cannot be used, or a file the settings name is wrong.
    pub fn over(config: Config, claim: &Claim) -> Result<Self> {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        // To read the rules takes as long as to open an empty store.
        let (rules, opened) = std::thread::scope(|scope| {
            let rules = scope.spawn(|| rules::bundle(&config));
            let opened = crate::store::sled::open(claim, &config.store, Arc::clone(&clock));
            (rules.join(), opened)
        });
        let rules = rules.unwrap_or_else(|panic| std::panic::resume_unwind(panic))?;
        let (stores, store) = opened?;
        let services = Services {
            news: store.news().clone(),
            ..with_rules(rules, &config, &stores, clock)?
        };
        Ok(Self {
            services: Arc::new(services),
            store,
            outbox: stores.outbox,
            config,
        })
    }

    /// The services, for a transport or a single call.
    #[must_use]
    pub fn services(&self) -> &Arc<Services> {
        &self.services
    }

    /// Brings messages to the receivers of the settings.
    ///
    /// # Errors
    /// When an address is none that may be called.
    fn deliverer(&self) -> Result<deliver::Deliverer> {
        let Services { gate, clock, .. } = &*self.services;
        Ok(deliver::Deliverer {
            outbox: Arc::clone(&self.outbox),
            routes: webhooks::routes(&self.config, gate, clock)?,
            clock: Arc::clone(clock),
        })
    }

    /// The store, for export and compaction.
    #[must_use]
    pub fn store(&self) -> &Sled {
        &self.store
    }
}

/// Builds the five services over any stores: the real ones, or those of a test.
///
/// # Errors
/// When a rule pack or template that the settings name is wrong, the embedder cannot be called as
/// they say, or the key cannot be kept.
pub fn services(config: &Config, stores: &Stores, clock: Arc<dyn Clock>) -> Result<Services> {
    with_rules(rules::bundle(config)?, config, stores, clock)
}

fn with_rules(rules: Bundle, config: &Config, stores: &Stores, clock: Arc<dyn Clock>) -> Result<Services> {
    let gate = gate(rules, stores, &clock);
    let validator = Arc::new(
        Validator::new(config.validation.clone()).map_err(|source| Error::Io {
            doing: "start the parser threads".into(),
            source,
        })?,
    );
    let (catalogue, refused) = catalogue(config);
    let hooks = webhooks::hooks(config);
    let doers = webhooks::doers(config, &hooks, &gate, &clock)?;
    let models = models::models(config, &catalogue, &gate, &clock)?.and(doers);
    let router = Router::new(
        catalogue,
        Arc::clone(&stores.outcomes),
        Arc::clone(&clock),
        config.routing.clone(),
    );
    let router = Arc::new(router.with_budgets(Arc::clone(&stores.budgets)));
    let knowledge = Arc::new(knowledge(config, stores, &gate, Arc::clone(&clock))?);
    let crews = Arc::new(Crews::new(Parts {
        journal: Arc::clone(&stores.journal),
        gate: Arc::clone(&gate),
        validator: Arc::clone(&validator),
        router: Arc::clone(&router),
        knowledge: Arc::clone(&knowledge),
        models,
        clock: Arc::clone(&clock),
        templates: templates::found(config)?,
        token_key: key::load_or_create(&config.data_dir)?,
        settings: config.crew.clone(),
        hooks,
    }));
    Ok(Services {
        router,
        crews,
        validator,
        gate,
        knowledge,
        clock,
        default_scope: config.scope.clone(),
        settings: config.call.clone(),
        audit: Arc::clone(&stores.audit),
        news: News::default(),
        models_file_refused: refused,
    })
}

fn gate(rules: Bundle, stores: &Stores, clock: &Arc<dyn Clock>) -> Arc<Gate> {
    let gate = Gate::new(rules, Arc::clone(&stores.audit), Arc::clone(clock));
    Arc::new(gate.with_pins(Arc::clone(&stores.pins)))
}

/// Builds the index of the configured project, and keeps it: the next search finds it there.
async fn prepare(config: &Config) -> Result<()> {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let claim = Claim::take(&config.data_dir)?;
    let (stores, _store) = crate::store::sled::open(&claim, &config.store, Arc::clone(&clock))?;
    let gate = gate(rules::bundle(config)?, &stores, &clock);
    let knowledge = knowledge(config, &stores, &gate, clock)?;
    knowledge.prepare(&config.scope).await?;
    knowledge.keep();
    Ok(())
}

/// [`Knowledge::fill`] is spawned by whoever serves: a single call is over before it could do anything.
fn knowledge(config: &Config, stores: &Stores, gate: &Arc<Gate>, clock: Arc<dyn Clock>) -> Result<Knowledge> {
    let knowledge = Knowledge::new(Arc::clone(&stores.lessons), clock);
    let knowledge = knowledge.with_indexes_in(config.data_dir.join("index"));
    let Some(endpoint) = &config.models.embedder else {
        return Ok(knowledge);
    };
    let embedder: Arc<dyn Embedder> = Arc::new(Http::new(endpoint)?);
    let guarded = Guarded::new(embedder, endpoint.into(), Arc::clone(gate));
    Ok(knowledge.with_embedder(Arc::new(guarded), Arc::clone(&stores.embeddings)))
}

/// The catalogue to choose from; where the models file is refused the built-in one stays, and why is said.
fn catalogue(config: &Config) -> (Catalogue, Option<String>) {
    match models_file(config) {
        Ok(catalogue) => (catalogue, None),
        Err(error) => {
            let Problem {
                code, message, hint, ..
            } = error.problem();
            tracing::error!(
                code,
                message,
                hint,
                "the models file is refused; the built-in catalogue is used"
            );
            let said = format!("the models file is refused and the built-in catalogue used: {message}");
            (Catalogue::builtin(), Some(said))
        }
    }
}

/// The built-in catalogue, changed by the models file where the settings name one.
fn models_file(config: &Config) -> Result<Catalogue> {
    let builtin = Catalogue::builtin();
    let Some(path) = &config.catalogue else {
        return Ok(builtin);
    };
    Ok(builtin.with_models_file(&read(path)?, &path.display().to_string())?)
}

fn read(path: &Path) -> Result<String> {
    std::fs::read_to_string(path).map_err(|source| Error::Io {
        doing: format!("read {}", path.display()),
        source,
    })
}
