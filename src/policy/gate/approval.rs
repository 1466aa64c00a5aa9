//! Approvals that were asked for: in memory, bounded, each for one action, for a time and a number of uses.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::clock::Clock;
use crate::domain::decision::ApprovalRef;
use crate::domain::{Action, ActionKind, Actor, Decision, Digest, Effect, Scope, Timestamp};
use crate::policy::Error;
use crate::policy::pack::demand::Approval;

/// How long an approval can be given and used after it was asked for, when no rule says so.
pub const LIFETIME: Duration = Duration::from_secs(15 * 60);
/// Most approvals open at once; the one nearest its end makes room.
pub const MAX_OPEN: usize = 1_000;
/// Most characters of an action that a person is shown.
const MAX_SHOWN: usize = 500;

/// The open approvals. A restart forgets them, which only means asking again.
#[derive(Debug, Default)]
pub(super) struct Approvals {
    open: Mutex<HashMap<String, Open>>,
}

#[derive(Debug)]
struct Open {
    scope: Scope,
    action: Digest,
    asked_at: Timestamp,
    expires_at: Timestamp,
    /// How often it can still be used.
    uses: u32,
    from: Vec<String>,
    granted: bool,
    about: About,
}

/// How an approval may be given.
#[derive(Debug, Default)]
pub(super) struct Terms {
    ttl: Option<Duration>,
    uses: Option<u32>,
    from: Vec<String>,
}

impl Terms {
    /// These, and no milder than those of another rule.
    pub(super) fn stricter(self, other: &Approval) -> Self {
        let mut from = self.from;
        from.extend(
            other
                .from
                .iter()
                .filter(|role| !from.contains(role))
                .cloned()
                .collect::<Vec<_>>(),
        );
        Self {
            ttl: least(self.ttl, other.ttl),
            uses: least(self.uses, other.uses),
            from,
        }
    }
}

/// The smaller of those that are given.
fn least<T: Ord>(one: Option<T>, other: Option<T>) -> Option<T> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.min(other)),
        (one, other) => one.or(other),
    }
}

/// What an approval is about, for the person who gives it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct About {
    /// What kind of action.
    pub kind: ActionKind,
    /// The tool it is done with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tool: Option<String>,
    /// The agent or role that asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent: Option<String>,
    /// Its content or arguments, cut, with control characters escaped.
    pub shown: String,
    /// The rules that ask.
    pub rules: Vec<String>,
    /// Why the strictest does.
    pub why: String,
}

impl About {
    pub(super) fn of(action: &Action, decision: &Decision, actor: &Actor) -> Self {
        let asking = || {
            decision
                .rules
                .iter()
                .filter(|rule| !rule.shadow && rule.effect == Effect::RequireApproval)
        };
        let what = action
            .content
            .clone()
            .unwrap_or_else(|| action.arguments.to_string());
        let shown = what.chars().take(MAX_SHOWN).map(|c| {
            let plain = !c.is_control() || c == '\n';
            if plain {
                c.to_string()
            } else {
                c.escape_unicode().to_string()
            }
        });
        Self {
            kind: action.kind,
            tool: action.tool.clone(),
            agent: actor.name.clone().or_else(|| actor.role.clone()),
            shown: shown.collect(),
            rules: asking().map(|rule| rule.id.clone()).collect(),
            why: asking().next().map(|rule| rule.why.clone()).unwrap_or_default(),
        }
    }
}

/// An approval as people see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pending {
    /// The handle.
    pub id: String,
    /// What it is about.
    #[serde(flatten)]
    pub about: About,
    /// The roles that may give it; anybody when empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub from: Vec<String>,
    /// When it was asked for.
    pub asked_at: Timestamp,
    /// Until when it can be given and used.
    pub expires_at: Timestamp,
    /// Whether it was given and waits to be used.
    pub granted: bool,
    /// How often it can be used.
    pub uses: u32,
}

impl Approvals {
    /// Opens an approval for exactly this action; the one that is open already when it was asked for before.
    pub(super) fn ask(
        &self,
        clock: &dyn Clock,
        scope: &Scope,
        action: Digest,
        terms: Terms,
        about: About,
    ) -> ApprovalRef {
        let now = clock.now();
        let mut open = self.fresh(now);
        if let Some((id, known)) = open
            .iter()
            .find(|(_, known)| known.action == action && known.is_of(scope))
        {
            return ApprovalRef {
                id: id.clone(),
                expires_at: known.expires_at,
            };
        }
        let id = clock.random_id();
        let expires_at = now.saturating_add(terms.ttl.unwrap_or(LIFETIME)).unwrap_or(now);
        if open.len() >= MAX_OPEN {
            let nearest = open.iter().min_by_key(|(_, approval)| approval.expires_at);
            let nearest = nearest.map(|(id, _)| id.clone());
            nearest.and_then(|id| open.remove(&id));
        }
        open.insert(
            id.clone(),
            Open {
                scope: scope.clone(),
                action,
                asked_at: now,
                expires_at,
                uses: terms.uses.unwrap_or(1),
                from: terms.from,
                granted: false,
                about,
            },
        );
        ApprovalRef { id, expires_at }
    }

    /// Takes one use of an open approval, so that nobody else can. An attempt with another action leaves it open.
    pub(super) fn take(
        &self,
        clock: &dyn Clock,
        scope: &Scope,
        id: &str,
        action: Digest,
    ) -> Result<(), Error> {
        let mut open = self.fresh(clock.now());
        // One of another project looks exactly like an unknown one.
        let found = open.get_mut(id).filter(|approval| approval.is_of(scope));
        let Some(approval) = found else {
            return Err(Error::ApprovalUnknown { id: id.to_owned() });
        };
        if approval.action != action {
            return Err(Error::ApprovalMismatch { id: id.to_owned() });
        }
        approval.granted = true;
        approval.uses -= 1;
        if approval.uses == 0 {
            open.remove(id);
        }
        Ok(())
    }

    /// Takes one use of an approval that a person gave for this action on another way.
    pub(super) fn take_granted(&self, clock: &dyn Clock, scope: &Scope, action: Digest) -> Option<String> {
        let open = self.fresh(clock.now());
        let given = |approval: &Open| approval.granted && approval.action == action && approval.is_of(scope);
        let id = open
            .iter()
            .find(|(_, approval)| given(approval))
            .map(|(id, _)| id.clone())?;
        drop(open);
        self.take(clock, scope, &id, action).ok().map(|()| id)
    }

    /// What is open in the project, the oldest first.
    pub(super) fn list(&self, clock: &dyn Clock, scope: &Scope) -> Vec<Pending> {
        let open = self.fresh(clock.now());
        let ours = open.iter().filter(|(_, approval)| approval.is_of(scope));
        let mut all: Vec<Pending> = ours.map(|(id, approval)| approval.pending(id)).collect();
        all.sort_by(|one, other| (one.asked_at, &one.id).cmp(&(other.asked_at, &other.id)));
        all
    }

    /// Gives or refuses one.
    pub(super) fn answer(
        &self,
        clock: &dyn Clock,
        scope: &Scope,
        id: &str,
        granted: bool,
    ) -> Result<Pending, Error> {
        let mut open = self.fresh(clock.now());
        let found = open.get_mut(id).filter(|approval| approval.is_of(scope));
        let approval = found.ok_or_else(|| Error::ApprovalUnknown { id: id.to_owned() })?;
        approval.granted = granted;
        let pending = approval.pending(id);
        if !granted {
            open.remove(id);
        }
        Ok(pending)
    }

    /// Those that are not over.
    fn fresh(&self, now: Timestamp) -> MutexGuard<'_, HashMap<String, Open>> {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.retain(|_, approval| approval.expires_at > now);
        open
    }
}

impl Open {
    fn is_of(&self, scope: &Scope) -> bool {
        self.scope.org() == scope.org() && self.scope.project() == scope.project()
    }

    fn pending(&self, id: &str) -> Pending {
        Pending {
            id: id.to_owned(),
            about: self.about.clone(),
            from: self.from.clone(),
            asked_at: self.asked_at,
            expires_at: self.expires_at,
            granted: self.granted,
            uses: self.uses,
        }
    }
}
