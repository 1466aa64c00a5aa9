//! The one choke point: whatever has an effect is judged here and recorded before it may happen.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use super::bundle::{Bundle, RuleInfo};
use super::canonical::action_sha256;
use super::error::Error;
use super::facts::Facts;
use super::history::{History, Whose};
use crate::clock::Clock;
use crate::domain::{Action, Actor, Decision, Digest, Label, Scope, Verdict};
use crate::store::{Audit, Pins};

mod approval;
mod decide;
mod judge;
mod looked;
mod permit;
mod person;
mod pins;
mod preview;
mod recall;
mod record;
mod repeated;

use approval::Approvals;
pub use approval::{LIFETIME as APPROVAL_LIFETIME, MAX_OPEN as MAX_OPEN_APPROVALS, Pending};
use decide::Recorded;
use judge::Caller;
use looked::Looked;
pub use permit::{Checked, Permit};
use recall::Recalled;
use record::describe;
pub use record::{Receipt, Recording};
use repeated::Repeated;

/// Judges actions and keeps the record. Cheap to share behind an `Arc`.
#[derive(Debug)]
pub struct Gate {
    bundle: RwLock<Arc<Bundle>>,
    history: Mutex<History>,
    recalled: Recalled,
    audit: Arc<dyn Audit>,
    clock: Arc<dyn Clock>,
    approvals: Approvals,
    looked: Looked,
    repeated: Repeated,
    /// What tools are expected to say of themselves; `None` compares nothing.
    pins: Option<Arc<dyn Pins>>,
}

impl Gate {
    /// A gate that judges by `bundle` and records in `audit`.
    #[must_use]
    pub fn new(bundle: Bundle, audit: Arc<dyn Audit>, clock: Arc<dyn Clock>) -> Self {
        Self {
            bundle: RwLock::new(Arc::new(bundle)),
            history: Mutex::default(),
            recalled: Recalled::default(),
            audit,
            clock,
            approvals: Approvals::default(),
            looked: Looked::default(),
            repeated: Repeated::default(),
            pins: None,
        }
    }

    /// The same, which remembers in `pins` what tools say of themselves.
    #[must_use]
    pub fn with_pins(self, pins: Arc<dyn Pins>) -> Self {
        Self {
            pins: Some(pins),
            ..self
        }
    }

    /// Judges an action and records the decision before answering; `via` is the door it came through. When
    /// a person has to allow it, the decision holds a handle for [`Self::grant`].
    ///
    /// # Errors
    /// When the decision cannot be recorded; the action must then not happen.
    pub async fn decide(
        &self,
        scope: &Scope,
        actor: &Actor,
        via: &str,
        action: &Action,
    ) -> Result<Decision, Error> {
        let decided = self.decide_now(Caller::new(scope, actor, via), action).await?;
        Ok(decided.decision)
    }

    /// Judges and records an action that is about to happen, and gives leave for what of it may.
    ///
    /// # Errors
    /// When the decision cannot be recorded; the action must then not happen.
    pub async fn check(
        &self,
        scope: &Scope,
        actor: &Actor,
        via: &str,
        action: Action,
    ) -> Result<Checked, Error> {
        let decided = self.decide_now(Caller::new(scope, actor, via), &action).await?;
        Ok(Checked::new(action, decided.decision, decided.receipt))
    }

    /// As [`Self::check`], for an action that is nothing before the caller has written to the same store: what is
    /// permitted is recorded in that batch, before what it is written with. What is stopped is recorded at once.
    ///
    /// # Errors
    /// When the decision cannot be recorded; the action must then not happen.
    pub async fn check_with_next_write(
        &self,
        scope: &Scope,
        actor: &Actor,
        via: &str,
        action: Action,
    ) -> Result<Checked, Error> {
        let caller = Caller::new(scope, actor, via);
        let decided = self.decide_at(caller, &action, Recorded::WithNextWrite).await?;
        Ok(Checked::new(action, decided.decision, decided.receipt))
    }

    /// As [`Self::check`], for an action that has no effect but its answer: the work may go on while the decision
    /// is being recorded, and the answer has to wait for [`Recording::done`]. What is stopped has to wait, too.
    pub async fn check_answer<'a>(
        &'a self,
        scope: &'a Scope,
        actor: &'a Actor,
        via: &'a str,
        action: Action,
    ) -> (Checked, Recording<'a>) {
        let caller = Caller::new(scope, actor, via);
        self.recall_for(caller).await;
        let judged = self.judge(caller, &action, false);
        let recording = Recording {
            audit: &*self.audit,
            record: Box::new(describe(caller, &action, action_sha256(&action), &judged, None)),
        };
        (Checked::new(action, judged.decision, None), recording)
    }

    /// Records what became of an action that was permitted: `failed` is the code of what went wrong. Nobody waits for
    /// it: it is written with the next decision, or when the log is read or closed.
    pub fn outcome(&self, receipt: Receipt, failed: Option<&str>) {
        self.audit.append_later(receipt.outcome(self, failed).into());
    }

    /// What an action holds, and what its run took in before: for what outlives the run.
    #[must_use]
    pub fn labels(&self, scope: &Scope, actor: &Actor, action: &Action) -> BTreeSet<Label> {
        let mut facts = Facts::of(action, Some(actor));
        let whose = Whose::of(scope, actor.run.as_deref());
        let limits = std::iter::empty();
        self.history()
            .inform(&mut facts, &whose, None, limits, self.clock.now());
        facts.labels
    }

    /// The rules in force.
    #[must_use]
    pub fn rules(&self) -> Vec<RuleInfo> {
        self.bundle().rules()
    }

    /// The packs of the rules in force, each with the ids of its rules, in their order.
    #[must_use]
    pub fn packs(&self) -> Vec<(String, Vec<String>)> {
        let bundle = self.bundle();
        let mut packs: Vec<(String, Vec<String>)> = Vec::new();
        for (pack, rule) in bundle.by_pack() {
            match packs.last_mut().filter(|(name, _)| name == pack) {
                Some((_, rules)) => rules.push(rule.id),
                None => packs.push((pack.to_owned(), vec![rule.id])),
            }
        }
        packs
    }

    /// SHA-256 of the rules in force.
    #[must_use]
    pub fn bundle_hash(&self) -> Digest {
        self.bundle().hash()
    }

    /// Judges by other rules from now on. What waits for an approval is judged by them when it is given.
    pub fn replace(&self, bundle: Bundle) {
        *self.bundle.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(bundle);
    }

    /// Remembers what `validate_output` said of a content, for rules that require it.
    pub fn validated(&self, scope: &Scope, run: Option<&str>, content: Digest, verdict: Verdict) {
        let whose = Whose::of(scope, run);
        self.history()
            .validated(&whose, content, verdict, self.clock.now());
    }

    fn bundle(&self) -> Arc<Bundle> {
        Arc::clone(&self.bundle.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn history(&self) -> std::sync::MutexGuard<'_, History> {
        self.history.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests;
