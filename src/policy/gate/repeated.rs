//! What the process does over and over without anybody asking: each time is judged, and what is recorded is what
//! came out differently.

use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};

use super::judge::{Caller, Judged};
use super::{Checked, Error, Gate, action_sha256};
use crate::domain::{Action, ActionKind, Actor, Destination, Digest, Effect, Scope};

/// Most ways of ending that are remembered. Beyond, all are forgotten and recorded once more.
const MAX_KNOWN: usize = 1_000;

/// The ways in which such actions ended that are on record since the process began.
#[derive(Debug, Default)]
pub(super) struct Repeated(Mutex<HashSet<Ending>>);

/// What tells the record of one such action from that of another.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Ending {
    org: String,
    project: String,
    via: String,
    kind: ActionKind,
    to: Destination,
    effect: Effect,
    rules: Vec<String>,
    bundle: Digest,
}

impl Gate {
    /// As [`Self::check`], for what goes on in the background: an embedder is called for every batch of lessons, and
    /// an entry for each would bury what people and agents do. So the first of those that end alike (same project,
    /// door, destination, effect, rules and bundle) is recorded, before it may happen, and the others only count for
    /// limits. Nobody is there to be asked: where a person would have to allow it, it is stopped and nothing waits
    /// for an answer.
    ///
    /// # Errors
    /// When the decision has to be recorded and cannot be; the action must then not happen.
    pub async fn check_repeated(
        &self,
        scope: &Scope,
        actor: &Actor,
        via: &str,
        action: Action,
    ) -> Result<Checked, Error> {
        let caller = Caller::new(scope, actor, via);
        self.recall_for(caller).await;
        let judged = self.judge(caller, &action, false);
        let ending = Ending::of(caller, &action, &judged);
        if self.repeated.known().contains(&ending) {
            return Ok(Checked::new(action, judged.decision, None));
        }
        let sha256 = action_sha256(&action);
        let decided = self.record(caller, &action, sha256, judged, None).await?;
        let mut known = self.repeated.known();
        if known.len() >= MAX_KNOWN {
            known.clear();
        }
        known.insert(ending);
        drop(known);
        Ok(Checked::new(action, decided.decision, None))
    }
}

impl Repeated {
    fn known(&self) -> std::sync::MutexGuard<'_, HashSet<Ending>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Ending {
    fn of(caller: Caller<'_>, action: &Action, judged: &Judged) -> Self {
        let Judged { decision, facts, .. } = judged;
        Self {
            org: caller.scope.org().to_owned(),
            project: caller.scope.project().to_owned(),
            via: caller.via.to_owned(),
            kind: action.kind,
            to: facts.to,
            effect: decision.effect,
            rules: decision.rules.iter().map(|rule| rule.id.clone()).collect(),
            bundle: decision.bundle,
        }
    }
}
