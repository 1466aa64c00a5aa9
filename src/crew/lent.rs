//! The client's own model, lent to the runs that it asks about, for as long as its connection lives.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use super::error::Error;
use super::fold::RunState;
use super::work::{Key, key};
use super::{Crews, Settings};
use crate::domain::run::Executor;
use crate::domain::{Plan, RunId, Scope};
use crate::model::Model;

/// The name of the client's own model, as an executor. No provider can be called so.
pub const CLIENT: &str = "client/sampling";
/// Most runs that models are lent to at once; the steps of others are the host's.
const MAX_LENT: usize = 1_000;

/// Whether a client has its own model asked.
#[derive(Debug, Clone, Default)]
pub enum Sampling {
    /// It has not.
    #[default]
    No,
    /// It has, over its connection, while that lives.
    Lent(Arc<dyn Model>),
    /// It has, in rounds of one call (2026-07-28): steps are the host's, and are put before its model on the way.
    InRounds,
}

/// The models that were lent, by run.
#[derive(Debug, Default)]
pub(super) struct Lent(Mutex<HashMap<Key, Arc<dyn Model>>>);

impl Lent {
    pub(super) fn put(&self, scope: &Scope, run: &RunId, model: Arc<dyn Model>) {
        let mut lent = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let key = key(scope, run);
        if lent.len() < MAX_LENT || lent.contains_key(&key) {
            lent.insert(key, model);
        }
    }

    pub(super) fn get(&self, scope: &Scope, run: &RunId) -> Option<Arc<dyn Model>> {
        let lent = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        lent.get(&key(scope, run)).cloned()
    }

    pub(super) fn end(&self, scope: &Scope, run: &RunId) {
        let mut lent = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        lent.remove(&key(scope, run));
    }
}

impl Crews {
    /// Whether clients may be asked to have their own models do steps.
    #[must_use]
    pub fn samples(&self) -> bool {
        let Settings { sampling, .. } = self.settings;
        sampling
    }

    /// Has the steps of a run that are the client's done by `model` from now on, instead of one that was lent before.
    /// A run without such steps, or that has ended, is left alone.
    ///
    /// # Errors
    /// When there is no such run, or it cannot be read.
    pub async fn lend(&self, scope: &Scope, run: &RunId, model: Arc<dyn Model>) -> Result<(), Error> {
        let state = self.load(scope, run).await?;
        if wants(&state) {
            self.lent.put(scope, run, model);
        }
        Ok(())
    }
}

/// Whether a run that goes on has steps for the client's own model.
fn wants(state: &RunState) -> bool {
    state.can_go_on() && is_for_client(&state.plan)
}

pub(super) fn is_for_client(plan: &Plan) -> bool {
    let by = plan
        .steps
        .iter()
        .flat_map(|step| std::iter::once(&step.executor).chain(&step.fallbacks));
    by.into_iter().any(is_client)
}

pub(super) fn is_client(by: &Executor) -> bool {
    matches!(by, Executor::Model(name) if name == CLIENT)
}

/// The plan with the host in the place of the client's own model where that is not lent, and as the last resort where it
/// is.
pub(super) fn settled(mut plan: Plan, sampling: &Sampling, is_on: bool) -> Plan {
    let why = match sampling {
        Sampling::Lent(_) => {
            for step in &mut plan.steps {
                let asks = is_client(&step.executor) || step.fallbacks.iter().any(is_client);
                if asks && step.fallbacks.last() != Some(&Executor::Host) {
                    step.fallbacks.push(Executor::Host);
                }
            }
            return plan;
        }
        Sampling::InRounds => "this client is asked to sample in rounds, for calls with executor `sampling`",
        Sampling::No if is_on => "this client does not declare sampling",
        Sampling::No => "sampling is off (crew.sampling in the settings)",
    };
    let mut hosts = Vec::new();
    for step in &mut plan.steps {
        step.fallbacks.retain(|by| !is_client(by));
        if is_client(&step.executor) {
            let next = (!step.fallbacks.is_empty()).then(|| step.fallbacks.remove(0));
            step.executor = next.unwrap_or_default();
            hosts.push(step.id.as_str());
        }
    }
    if !hosts.is_empty() {
        let note = format!("{why}; done by the host: {}", hosts.join(", "));
        plan.notes.push(super::handoff::brief(&note, 240));
    }
    plan
}
