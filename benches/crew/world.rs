//! The services over a store on disk, as the binary has them, and what the process takes.

use std::fs;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use firstmate::clock::{Clock, SystemClock};
use firstmate::crew::{Crews, Hooks, Parts, Settings, Templates, TokenKey};
use firstmate::domain::{RunEvent, RunId, Scope};
use firstmate::knowledge::Knowledge;
use firstmate::model::Models;
use firstmate::ownership::Claim;
use firstmate::policy::{Bundle, Gate};
use firstmate::routing::{Catalogue, Router};
use firstmate::store::Stores;
use firstmate::store::sled::{self, Sled};
use firstmate::validation::Validator;

pub(crate) struct World {
    dir: tempfile::TempDir,
    /// Nothing only while it is opened anew.
    open: Option<(Claim, Stores, Sled)>,
}

impl World {
    pub(crate) fn open() -> anyhow::Result<Self> {
        let mut world = Self {
            dir: tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?,
            open: None,
        };
        world.reopen()?;
        Ok(world)
    }

    /// As another process would.
    pub(crate) fn reopen(&mut self) -> anyhow::Result<()> {
        self.open = None;
        let claim = Claim::take(self.dir.path())?;
        let (stores, sled) = sled::open(&claim, &sled::Settings::default(), Arc::new(SystemClock))?;
        self.open = Some((claim, stores, sled));
        Ok(())
    }

    fn stores(&self) -> anyhow::Result<&Stores> {
        let (_, stores, _) = self.open.as_ref().context("the store is not open")?;
        Ok(stores)
    }

    pub(crate) fn crews(&self, models: Models, max_parallel: usize) -> anyhow::Result<Crews> {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let stores = self.stores()?;
        Ok(Crews::new(Parts {
            journal: stores.journal.clone(),
            gate: Arc::new(Gate::new(Bundle::builtin(), stores.audit.clone(), clock.clone())),
            validator: Arc::new(Validator::new(firstmate::validation::Settings::default())?),
            router: Arc::new(Router::new(
                Catalogue::builtin(),
                stores.outcomes.clone(),
                clock.clone(),
                firstmate::routing::Settings::default(),
            )),
            knowledge: Arc::new(Knowledge::new(stores.lessons.clone(), clock.clone())),
            models,
            clock,
            templates: Templates::load(&[])?,
            token_key: TokenKey::new(1, [7; 32]),
            hooks: Hooks::default(),
            settings: Settings {
                max_parallel,
                ..Settings::default()
            },
        }))
    }

    async fn replay(&self, run: &RunId) -> anyhow::Result<Vec<RunEvent>> {
        Ok(self.stores()?.journal.replay(&scope()?, run, 0).await?)
    }

    pub(crate) async fn events(&self, run: &RunId) -> anyhow::Result<usize> {
        Ok(self.replay(run).await?.len())
    }

    /// Events and the outputs they name, as they are written.
    pub(crate) async fn journal_bytes(&self, run: &RunId) -> anyhow::Result<usize> {
        let mut bytes = 0;
        for event in self.replay(run).await? {
            bytes += serde_json::to_vec(&event)?.len();
            if let RunEvent::StepResult { output, .. } = &event {
                let blob = self.stores()?.journal.blob(&scope()?, output).await?;
                bytes += blob.context("an output is missing")?.len();
            }
        }
        Ok(bytes)
    }
}

pub(crate) fn scope() -> anyhow::Result<Scope> {
    Scope::new("local", "/home/ada/engine", "ada").context("no scope")
}

/// Processor time of the process so far, of all its threads.
pub(crate) fn cpu() -> anyhow::Result<Duration> {
    let now = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    Ok(Duration::new(now.tv_sec.try_into()?, now.tv_nsec.try_into()?))
}

/// Memory that is resident, in MiB (proc(5), `VmRSS`).
pub(crate) fn memory_mib() -> Option<f64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kib: f64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kib / 1024.0)
}
