//! Approvals that were asked for and not given yet: in memory, bounded, each for one action and one use.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use crate::clock::Clock;
use crate::domain::decision::ApprovalRef;
use crate::domain::{Digest, Scope, Timestamp};
use crate::policy::Error;

/// How long an approval can be given after it was asked for.
pub const LIFETIME: Duration = Duration::from_secs(15 * 60);
/// Most approvals open at once; the one nearest its end makes room.
pub const MAX_OPEN: usize = 1_000;

/// The open approvals. A restart forgets them, which only means asking again.
#[derive(Debug, Default)]
pub(super) struct Approvals {
    open: Mutex<HashMap<String, Open>>,
}

#[derive(Debug)]
struct Open {
    scope: Scope,
    action: Digest,
    expires_at: Timestamp,
}

impl Approvals {
    /// Opens an approval for exactly this action.
    pub(super) fn ask(&self, clock: &dyn Clock, scope: &Scope, action: Digest) -> ApprovalRef {
        let now = clock.now();
        let id = clock.random_id();
        let expires_at = now.saturating_add(LIFETIME).unwrap_or(now);
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.retain(|_, approval| approval.expires_at > now);
        if open.len() >= MAX_OPEN {
            let nearest = open
                .iter()
                .min_by_key(|(_, approval)| approval.expires_at)
                .map(|(id, _)| id.clone());
            nearest.and_then(|id| open.remove(&id));
        }
        open.insert(
            id.clone(),
            Open {
                scope: scope.clone(),
                action,
                expires_at,
            },
        );
        ApprovalRef { id, expires_at }
    }

    /// Takes an open approval, so that nobody else can. An attempt with another action leaves it open.
    pub(super) fn take(
        &self,
        clock: &dyn Clock,
        scope: &Scope,
        id: &str,
        action: Digest,
    ) -> Result<(), Error> {
        let now = clock.now();
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        // One of another project looks exactly like an unknown one.
        let ours = |approval: &&Open| {
            approval.scope.org() == scope.org() && approval.scope.project() == scope.project()
        };
        let found = open
            .get(id)
            .filter(|approval| approval.expires_at > now)
            .filter(ours);
        match found.map(|approval| approval.action == action) {
            None => Err(Error::ApprovalUnknown { id: id.to_owned() }),
            Some(false) => Err(Error::ApprovalMismatch { id: id.to_owned() }),
            Some(true) => {
                open.remove(id);
                Ok(())
            }
        }
    }
}
