//! What is written down about a decision, and later about what became of it.

use super::super::canonical::action_sha256;
use super::super::error::Error;
use super::super::facts::{Facts, hide_secrets};
use super::super::redact;
use super::Gate;
use super::judge::{Caller, Judged};
use crate::detect::Class;
use crate::domain::{Action, ActionResult, AuditEntry, AuditOutcome, AuditRecord, AuditRef, Digest};
use crate::store::Audit;

/// What it takes to record what became of an action that was permitted.
#[derive(Debug, Clone)]
pub struct Receipt(Box<AuditEntry>);

/// A decision on its way into the record.
#[derive(Debug)]
#[must_use = "the decision is not recorded before this is done"]
pub struct Recording<'a> {
    pub(super) audit: &'a dyn Audit,
    pub(super) record: Box<AuditRecord>,
}

impl Recording<'_> {
    /// Returns once the decision is recorded, with what it takes to record what became of it.
    ///
    /// # Errors
    /// When it cannot be; the answer must then not be given.
    pub async fn done(self) -> Result<Receipt, Error> {
        let receipt = Receipt::of(&self.record.entry);
        let reference = append(self.audit, self.record).await?;
        Ok(receipt.at(&reference))
    }
}

impl Receipt {
    pub(super) fn of(decision: &AuditEntry) -> Self {
        Self(Box::new(decision.clone()))
    }

    pub(super) fn at(mut self, decision: &AuditRef) -> Self {
        self.0.outcome = Some(AuditOutcome {
            of: decision.seq,
            result: ActionResult::Succeeded,
            code: None,
        });
        self
    }

    /// The entry that says how it ended: `failed` is the code of what went wrong.
    pub(super) fn outcome(mut self, gate: &Gate, failed: Option<&str>) -> AuditEntry {
        self.0.at = gate.clock.now();
        if let (Some(outcome), Some(code)) = (&mut self.0.outcome, failed) {
            outcome.result = ActionResult::Failed;
            outcome.code = Some(code.to_owned());
        }
        // The document is that of the decision.
        *self.0
    }
}

/// The entry about a decision, with the facts it was made on. Neither holds a secret, not even as a digest.
pub(super) fn describe(
    caller: Caller<'_>,
    action: &Action,
    sha256: Digest,
    judged: &Judged,
    approval: Option<&str>,
) -> AuditRecord {
    let Judged { at, decision, facts } = judged;
    let document = facts.document();
    AuditRecord {
        entry: AuditEntry {
            at: *at,
            scope: caller.scope.clone(),
            via: caller.via.to_owned(),
            kind: action.kind,
            tool: action.tool.clone().map(without_secrets),
            run: caller.actor.run.clone().map(without_secrets),
            action_sha256: kept_sha256(action, sha256, facts),
            facts_sha256: Some(Digest::of(document.as_bytes())),
            effect: decision.effect,
            rules: decision.rules.iter().map(|rule| rule.id.clone()).collect(),
            bundle: decision.bundle,
            approval: approval.map(str::to_owned),
            outcome: None,
        },
        facts: Some(document),
    }
}

fn without_secrets(mut text: String) -> String {
    hide_secrets(&mut text);
    text
}

/// The digest of the action that may be kept: a digest over a password lets it be guessed, so secrets are taken out first.
fn kept_sha256(action: &Action, sha256: Digest, facts: &Facts) -> Digest {
    let secrets = || facts.findings.iter().filter(|found| found.class == Class::Secret);
    match secrets().next() {
        None => sha256,
        Some(_) => action_sha256(&redact::apply(action, &redact::redact(action, secrets()))),
    }
}

pub(super) async fn append(audit: &dyn Audit, record: Box<AuditRecord>) -> Result<AuditRef, Error> {
    let recorded = audit.append(*record).await;
    recorded.map_err(|source| Error::AuditUnavailable { source })
}
