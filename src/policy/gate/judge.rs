//! A judgement: by the rules, and by what went before.

use super::Gate;
use super::approval::Terms;
use super::pins::Sighting;
use crate::domain::decision::Redacted;
use crate::domain::{
    Action, ActionKind, Actor, Decision, Destination, Digest, Effect, Retry, Scope, Timestamp,
};
use crate::policy::bundle::Bundle;
use crate::policy::facts::Facts;
use crate::policy::history::{DENIALS, Whose};
use crate::policy::redact;

/// Who comes through which door.
#[derive(Clone, Copy)]
pub(super) struct Caller<'a> {
    pub(super) scope: &'a Scope,
    pub(super) actor: &'a Actor,
    pub(super) via: &'a str,
    /// What is known of the tool that is defined.
    pub(super) seen: Option<&'a Sighting>,
}

impl<'a> Caller<'a> {
    pub(super) fn new(scope: &'a Scope, actor: &'a Actor, via: &'a str) -> Self {
        Self {
            scope,
            actor,
            via,
            seen: None,
        }
    }
}

/// A decision and the facts it was made on.
pub(super) struct Judged {
    pub(super) at: Timestamp,
    pub(super) decision: Decision,
    pub(super) facts: Facts,
}

impl Gate {
    /// The strictest terms of all rules that ask for a person.
    pub(super) fn terms(&self, decision: &Decision) -> Terms {
        let bundle = self.bundle();
        let asking = decision
            .rules
            .iter()
            .filter(|rule| !rule.shadow && rule.effect == Effect::RequireApproval);
        let options = asking
            .filter_map(|rule| bundle.rule(&rule.id))
            .map(|rule| &rule.then.approval);
        options.fold(Terms::default(), Terms::stricter)
    }

    /// Judges by the rules and what went before; `approved` takes the rules that ask for a person as satisfied.
    /// What is permitted counts from here on, so that actions at the same time cannot exceed a limit together.
    pub(super) fn judge(&self, caller: Caller<'_>, action: &Action, approved: bool) -> Judged {
        let bundle = self.bundle();
        let now = self.clock.now();
        let whose = Whose::of(caller.scope, caller.actor.run.as_deref());
        let mut facts = Facts::of(action, Some(caller.actor));
        facts
            .findings
            .extend(caller.seen.and_then(|seen| seen.finding(action)));
        let content = content_digest(&bundle, action);
        let mut history = self.history();
        history.inform(&mut facts, &whose, content, bundle.limits(), now);
        let (mut decision, redact) = judged(&bundle, action, &facts);
        if approved && decision.effect == Effect::RequireApproval {
            // What the other matching rules ask for still holds.
            let rest = decision
                .rules
                .iter()
                .filter(|rule| !rule.shadow && rule.effect < Effect::RequireApproval);
            decision.effect = rest.map(|rule| rule.effect).max().unwrap_or(Effect::Allow);
            decision.retry = Retry::NotNeeded;
            decision.redacted = redaction(action, &facts, decision.effect, &redact);
        }
        let denying = || {
            decision
                .rules
                .iter()
                .filter(|rule| !rule.shadow && rule.effect == Effect::Deny)
        };
        let mut retry = decision.retry;
        if retry == Retry::AfterTime {
            let waits = denying()
                .filter_map(|rule| history.free_after_s(&whose, bundle.rule(&rule.id)?, &facts, now));
            decision.retry_after_s = waits.max();
        }
        // Agents repeat what was refused until people tire.
        if denying().any(|rule| history.denials(&whose, &rule.id) >= DENIALS) {
            retry = Retry::Never;
        }
        let denied: Vec<String> = denying().map(|rule| rule.id.clone()).collect();
        decision.retry = retry;
        history.observe(
            &whose,
            &facts,
            decision.effect,
            denied.into_iter(),
            bundle.counted(&facts),
            now,
        );
        if decision.effect == Effect::Redact && caller.actor.run.is_some() {
            let restorable = bundle.restorable(&facts);
            let found = restorable.iter().filter_map(|index| facts.findings.get(*index));
            history.keep(&whose, redact::values(action, found));
        }
        if action.kind == ActionKind::ModelResponse && facts.to == Destination::Local {
            decision.restored = action
                .content
                .as_deref()
                .and_then(|text| history.restored(&whose, text));
        }
        drop(history);
        Judged {
            at: now,
            decision,
            facts,
        }
    }
}

/// What a bundle says of an action with these facts, and the findings that rules want redacted.
pub(super) fn judged(bundle: &Bundle, action: &Action, facts: &Facts) -> (Decision, Vec<usize>) {
    let judgement = bundle.evaluate(facts);
    let decision = Decision {
        effect: judgement.effect,
        retry: judgement.retry,
        retry_after_s: None,
        redacted: redaction(action, facts, judgement.effect, &judgement.redact),
        restored: None,
        rules: judgement.rules,
        approval: None,
        audit: None,
        bundle: bundle.hash(),
    };
    (decision, judgement.redact)
}

fn redaction(action: &Action, facts: &Facts, effect: Effect, findings: &[usize]) -> Option<Redacted> {
    (effect == Effect::Redact).then(|| {
        let findings = findings.iter().filter_map(|index| facts.findings.get(*index));
        redact::redact(action, findings)
    })
}

/// The digest of the content, where a rule asks whether it was validated.
pub(super) fn content_digest(bundle: &Bundle, action: &Action) -> Option<Digest> {
    let content = action
        .content
        .as_deref()
        .filter(|_| bundle.requires_validation())?;
    Some(Digest::of(content.as_bytes()))
}
