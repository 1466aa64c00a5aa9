//! What went before this process: read from the record before the first decision that needs it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::OnceCell;

use super::Gate;
use super::judge::Caller;
use crate::domain::{Scope, Timestamp};
use crate::policy::history::recall::recall;

/// The organisations whose record was read, or is being read.
#[derive(Debug, Default)]
pub(super) struct Recalled {
    orgs: Mutex<HashMap<String, Arc<OnceCell<()>>>>,
}

impl Recalled {
    fn of(&self, org: &str) -> Arc<OnceCell<()>> {
        let mut orgs = self.orgs.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(cell) = orgs.get(org) {
            return Arc::clone(cell);
        }
        Arc::clone(orgs.entry(org.to_owned()).or_default())
    }
}

impl Gate {
    /// Reads from the record what went before in the organisation of `scope`: once, and who comes meanwhile waits for it.
    /// Decisions that need it do so themselves; a process that has nothing else to do may do it beforehand.
    pub async fn recall(&self, scope: &Scope) {
        let cell = self.recalled.of(scope.org());
        if !cell.initialized() {
            Box::pin(cell.get_or_init(|| self.read(scope))).await;
        }
    }

    /// Nothing is decided before, so all that is in the record went before this process. Who gives up waiting leaves
    /// nothing behind: the history is taken over as a whole.
    async fn read(&self, scope: &Scope) {
        let (bundle, now) = (self.bundle(), self.clock.now());
        let recalled = recall(&*self.audit, scope, &bundle, now).await;
        if recalled.has_gaps() {
            tracing::warn!(
                org = scope.org(),
                "the record of decisions cannot be read in part; for a day, rules that ask what went before follow their \
                 on_error where that is not known, and else do what they say; `firstmate audit verify` says what is wrong"
            );
        }
        self.history().adopt(recalled);
    }

    /// The same before a decision, where it can depend on what went before: an action without a run only does so when
    /// there are limits.
    pub(super) async fn recall_for(&self, Caller { scope, actor, .. }: Caller<'_>) {
        if actor.run.is_some() || self.bundle().limits().next().is_some() {
            self.recall(scope).await;
        }
    }

    /// When the last of what cannot be read of the organisation's record was written, at the latest; `None` where all was read.
    #[must_use]
    pub fn forgotten_until(&self, scope: &Scope) -> Option<Timestamp> {
        self.history().gap_of(scope.org())
    }
}
