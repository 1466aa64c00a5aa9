//! The one choke point: whatever has an effect is judged here and recorded before it may happen.

use std::sync::Arc;

use super::bundle::{Bundle, RuleInfo};
use super::canonical::action_sha256;
use super::error::Error;
use super::facts::Facts;
use super::redact;
use crate::clock::Clock;
use crate::domain::{Action, Actor, Decision, Digest, Effect, Retry, Scope};
use crate::store::Audit;

mod approval;
mod record;

use approval::Approvals;
pub use approval::{LIFETIME as APPROVAL_LIFETIME, MAX_OPEN as MAX_OPEN_APPROVALS};
use record::append;
pub use record::{Receipt, Recording};

/// Judges actions and keeps the record. Cheap to share behind an `Arc`.
#[derive(Debug)]
pub struct Gate {
    bundle: Bundle,
    audit: Arc<dyn Audit>,
    clock: Arc<dyn Clock>,
    approvals: Approvals,
}

/// Leave to do one action. Only [`Gate`] makes one, and only after the decision was recorded.
#[derive(Debug)]
pub struct Permit {
    action: Box<Action>,
    decision: Decision,
    /// `None` while the decision is being recorded.
    receipt: Option<Receipt>,
}

/// What became of an action that was to be done.
#[derive(Debug)]
pub enum Checked {
    /// It may be done as the permit says.
    Permitted(Permit),
    /// It must not be done, or not yet.
    Stopped(Decision),
}

impl Permit {
    /// What may happen: the action with everything taken out that a rule wants redacted.
    #[must_use]
    pub fn action(&self) -> &Action {
        &self.action
    }

    /// The same, to keep.
    #[must_use]
    pub fn into_action(self) -> Action {
        *self.action
    }

    /// The decision that permits it.
    #[must_use]
    pub fn decision(&self) -> &Decision {
        &self.decision
    }
}

impl Gate {
    /// A gate that judges by `bundle` and records in `audit`.
    #[must_use]
    pub fn new(bundle: Bundle, audit: Arc<dyn Audit>, clock: Arc<dyn Clock>) -> Self {
        Self {
            bundle,
            audit,
            clock,
            approvals: Approvals::default(),
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
        let decided = self.decide_now(Caller { scope, actor, via }, action).await?;
        Ok(decided.decision)
    }

    async fn decide_now(&self, caller: Caller<'_>, action: &Action) -> Result<Decided, Error> {
        let sha256 = action_sha256(action);
        let judged = self.judge(action, Some(caller.actor), false);
        let mut decided = self.record(caller, action, sha256, judged, None).await?;
        if decided.decision.effect == Effect::RequireApproval {
            let approval = self.approvals.ask(&*self.clock, caller.scope, sha256);
            decided.decision.approval = Some(approval);
        }
        Ok(decided)
    }

    /// Judges an action without recording; nothing may happen on the strength of it.
    #[must_use]
    pub fn preview(&self, action: &Action) -> Decision {
        self.judge(action, None, false).decision
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
        let decided = self.decide_now(Caller { scope, actor, via }, &action).await?;
        Ok(Checked::new(action, decided.decision, Some(decided.receipt)))
    }

    /// As [`Self::check`], for an action that has no effect but its answer: the work may go on while the decision
    /// is being recorded, and the answer has to wait for [`Recording::done`]. What is stopped has to wait, too.
    pub fn check_answer<'a>(
        &'a self,
        scope: &'a Scope,
        actor: &'a Actor,
        via: &'a str,
        action: Action,
    ) -> (Checked, Recording<'a>) {
        let Judged { decision, facts } = self.judge(&action, Some(actor), false);
        let caller = Caller { scope, actor, via };
        let recording = Recording {
            audit: &*self.audit,
            record: Box::new(self.describe(caller, &action, action_sha256(&action), &facts, &decision, None)),
        };
        (Checked::new(action, decision, None), recording)
    }

    /// Records what became of an action that was permitted: `failed` is the code of what went wrong. Nobody waits for
    /// it: it is written with the next decision, or when the log is read or closed.
    pub fn outcome(&self, receipt: Receipt, failed: Option<&str>) {
        self.audit.append_later(receipt.outcome(self, failed).into());
    }

    /// Gives an approval: once, in time, and for exactly the action it was asked for. To be called for the
    /// person who approves, never for the agent that asked; `actor` is still the one who acts. All is judged
    /// again, so a denial stays one.
    ///
    /// # Errors
    /// When there is no such open approval, it was asked for another action, or it cannot be recorded.
    pub async fn grant(
        &self,
        scope: &Scope,
        actor: &Actor,
        via: &str,
        id: &str,
        action: Action,
    ) -> Result<Checked, Error> {
        let sha256 = action_sha256(&action);
        self.approvals.take(&*self.clock, scope, id, sha256)?;
        let judged = self.judge(&action, Some(actor), true);
        let caller = Caller { scope, actor, via };
        let decided = self.record(caller, &action, sha256, judged, Some(id)).await?;
        Ok(Checked::new(action, decided.decision, Some(decided.receipt)))
    }

    /// Refuses an approval: it can no longer be given, and the refusal is recorded as a denial.
    ///
    /// # Errors
    /// When there is no such open approval, it was asked for another action, or it cannot be recorded.
    pub async fn refuse(
        &self,
        scope: &Scope,
        actor: &Actor,
        via: &str,
        id: &str,
        action: &Action,
    ) -> Result<Decision, Error> {
        let sha256 = action_sha256(action);
        self.approvals.take(&*self.clock, scope, id, sha256)?;
        let Judged { decision, facts } = self.judge(action, Some(actor), false);
        let decision = Decision {
            effect: Effect::Deny,
            retry: Retry::Never,
            redacted: None,
            ..decision
        };
        let caller = Caller { scope, actor, via };
        let decided = self.record(caller, action, sha256, Judged { decision, facts }, Some(id));
        Ok(decided.await?.decision)
    }

    /// The rules in force.
    #[must_use]
    pub fn rules(&self) -> Vec<RuleInfo> {
        self.bundle.rules()
    }

    /// SHA-256 of the rules in force.
    #[must_use]
    pub fn bundle_hash(&self) -> Digest {
        self.bundle.hash()
    }

    /// Judges by the rules; `approved` takes the rules that ask for a person as satisfied.
    fn judge(&self, action: &Action, actor: Option<&Actor>, approved: bool) -> Judged {
        let facts = Facts::of(action, actor);
        let judgement = self.bundle.evaluate(&facts);
        let (mut effect, mut retry) = (judgement.effect, judgement.retry);
        if approved && effect == Effect::RequireApproval {
            // What the other matching rules ask for still holds.
            let rest = judgement
                .rules
                .iter()
                .filter(|rule| !rule.shadow && rule.effect < Effect::RequireApproval);
            effect = rest.map(|rule| rule.effect).max().unwrap_or(Effect::Allow);
            retry = Retry::NotNeeded;
        }
        let findings = judgement
            .redact
            .iter()
            .filter_map(|index| facts.findings.get(*index));
        let decision = Decision {
            effect,
            retry,
            redacted: (effect == Effect::Redact).then(|| redact::redact(action, findings)),
            rules: judgement.rules,
            approval: None,
            audit: None,
            bundle: self.bundle.hash(),
        };
        Judged { decision, facts }
    }

    /// Records a decision. What is written down is made before anything is waited for, so that the facts are not kept
    /// meanwhile.
    fn record(
        &self,
        caller: Caller<'_>,
        action: &Action,
        sha256: Digest,
        judged: Judged,
        approval: Option<&str>,
    ) -> impl Future<Output = Result<Decided, Error>> {
        let Judged { mut decision, facts } = judged;
        let record = Box::new(self.describe(caller, action, sha256, &facts, &decision, approval));
        async move {
            let receipt = Receipt::of(&record.entry);
            let reference = append(&*self.audit, record).await?;
            let receipt = receipt.at(&reference);
            decision.audit = Some(reference);
            Ok(Decided { decision, receipt })
        }
    }
}

/// A decision and the facts it was made on.
struct Judged {
    decision: Decision,
    facts: Facts,
}

/// A decision that is recorded.
struct Decided {
    decision: Decision,
    receipt: Receipt,
}

/// Who comes through which door.
#[derive(Clone, Copy)]
struct Caller<'a> {
    scope: &'a Scope,
    actor: &'a Actor,
    via: &'a str,
}

impl Checked {
    /// What it takes to record what became of a permitted action, for [`Gate::outcome`]; the first time only.
    pub fn take_receipt(&mut self) -> Option<Receipt> {
        match self {
            Self::Permitted(permit) => permit.receipt.take(),
            Self::Stopped(_) => None,
        }
    }

    fn new(action: Action, decision: Decision, receipt: Option<Receipt>) -> Self {
        match decision.effect {
            Effect::Deny | Effect::RequireApproval => Self::Stopped(decision),
            Effect::Redact | Effect::Warn | Effect::Allow => {
                let action = match &decision.redacted {
                    Some(redacted) => redact::apply(&action, redacted),
                    None => action,
                };
                Self::Permitted(Permit {
                    action: Box::new(action),
                    decision,
                    receipt,
                })
            }
        }
    }
}

#[cfg(test)]
mod tests;
