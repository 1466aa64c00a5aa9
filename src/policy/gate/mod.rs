//! The one choke point: whatever has an effect is judged here and recorded before it may happen.

use std::sync::Arc;

use super::bundle::{Bundle, RuleInfo};
use super::canonical::action_sha256;
use super::error::Error;
use super::facts::Facts;
use super::redact;
use crate::clock::Clock;
use crate::domain::{Action, Actor, AuditEntry, AuditRef, Decision, Digest, Effect, Retry, Scope};
use crate::store::Audit;

mod approval;

use approval::Approvals;
pub use approval::{LIFETIME as APPROVAL_LIFETIME, MAX_OPEN as MAX_OPEN_APPROVALS};

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
    action: Action,
    decision: Decision,
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
        self.action
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
        let sha256 = action_sha256(action);
        let mut decision = self.judge(action, Some(actor), false);
        self.record(Caller { scope, actor, via }, action, sha256, &mut decision, None)
            .await?;
        if decision.effect == Effect::RequireApproval {
            decision.approval = Some(self.approvals.ask(&*self.clock, scope, sha256));
        }
        Ok(decision)
    }

    /// Judges an action without recording; nothing may happen on the strength of it.
    #[must_use]
    pub fn preview(&self, action: &Action) -> Decision {
        self.judge(action, None, false)
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
        let decision = self.decide(scope, actor, via, &action).await?;
        Ok(Checked::new(action, decision))
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
        let decision = self.judge(&action, Some(actor), false);
        let caller = Caller { scope, actor, via };
        let recording = Recording {
            audit: &*self.audit,
            entry: self.entry(caller, &action, action_sha256(&action), &decision, None),
        };
        (Checked::new(action, decision), recording)
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
        let mut decision = self.judge(&action, Some(actor), true);
        self.record(
            Caller { scope, actor, via },
            &action,
            sha256,
            &mut decision,
            Some(id),
        )
        .await?;
        Ok(Checked::new(action, decision))
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
        let judged = self.judge(action, Some(actor), false);
        let mut decision = Decision {
            effect: Effect::Deny,
            retry: Retry::Never,
            redacted: None,
            ..judged
        };
        self.record(
            Caller { scope, actor, via },
            action,
            sha256,
            &mut decision,
            Some(id),
        )
        .await?;
        Ok(decision)
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
    fn judge(&self, action: &Action, actor: Option<&Actor>, approved: bool) -> Decision {
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
        Decision {
            effect,
            retry,
            redacted: (effect == Effect::Redact).then(|| redact::redact(action, findings)),
            rules: judgement.rules,
            approval: None,
            audit: None,
            bundle: self.bundle.hash(),
        }
    }

    async fn record(
        &self,
        caller: Caller<'_>,
        action: &Action,
        action_sha256: Digest,
        decision: &mut Decision,
        approval: Option<&str>,
    ) -> Result<(), Error> {
        let entry = self.entry(caller, action, action_sha256, decision, approval);
        decision.audit = Some(append(&*self.audit, entry).await?);
        Ok(())
    }

    fn entry(
        &self,
        caller: Caller<'_>,
        action: &Action,
        action_sha256: Digest,
        decision: &Decision,
        approval: Option<&str>,
    ) -> AuditEntry {
        AuditEntry {
            at: self.clock.now(),
            scope: caller.scope.clone(),
            via: caller.via.to_owned(),
            kind: action.kind,
            tool: action.tool.clone(),
            run: caller.actor.run.clone(),
            action_sha256,
            effect: decision.effect,
            rules: decision.rules.iter().map(|rule| rule.id.clone()).collect(),
            bundle: decision.bundle,
            approval: approval.map(str::to_owned),
        }
    }
}

/// A decision on its way into the record.
#[derive(Debug)]
#[must_use = "the decision is not recorded before this is done"]
pub struct Recording<'a> {
    audit: &'a dyn Audit,
    entry: AuditEntry,
}

impl Recording<'_> {
    /// Returns once the decision is recorded.
    ///
    /// # Errors
    /// When it cannot be; the answer must then not be given.
    pub async fn done(self) -> Result<(), Error> {
        append(self.audit, self.entry).await.map(drop)
    }
}

async fn append(audit: &dyn Audit, entry: AuditEntry) -> Result<AuditRef, Error> {
    let recorded = audit.append(entry).await;
    recorded.map_err(|source| Error::AuditUnavailable { source })
}

/// Who comes through which door.
#[derive(Clone, Copy)]
struct Caller<'a> {
    scope: &'a Scope,
    actor: &'a Actor,
    via: &'a str,
}

impl Checked {
    fn new(action: Action, decision: Decision) -> Self {
        match decision.effect {
            Effect::Deny | Effect::RequireApproval => Self::Stopped(decision),
            Effect::Redact | Effect::Warn | Effect::Allow => {
                let action = match &decision.redacted {
                    Some(redacted) => redact::apply(&action, redacted),
                    None => action,
                };
                Self::Permitted(Permit { action, decision })
            }
        }
    }
}

#[cfg(test)]
mod tests;
