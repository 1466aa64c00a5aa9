//! What other rules would have decided about the actions that are on record.
//!
//! Pure: documents come in, in the order of the record, and counts go out. Limits, flows and repeated denials are
//! replayed through [`History`], as the gate does it, with what these rules would have permitted.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use super::bundle::Bundle;
use super::facts::Facts;
use super::history::{DENIALS, History, Whose};
use crate::domain::{AuditEntry, Digest, Effect, Timestamp};

mod found;

pub use found::{Backtest, Change, Sample};

/// Most documents that are kept read. The same action asked for again has the same document.
const MAX_KNOWN: usize = 20_000;
/// Most changed decisions told of each rule.
const MAX_SAMPLES: usize = 3;

/// Judges the record by other rules, entry by entry.
#[derive(Debug)]
pub struct Replay {
    bundle: Arc<Bundle>,
    has_limits: bool,
    history: History,
    known: HashMap<Digest, Arc<Known>>,
    /// Decisions before it are what went before, and are not counted.
    since: Option<Timestamp>,
    most: u64,
    result: Backtest,
    changes: BTreeMap<String, Change>,
}

/// A document that was read, and what the rules say of it as it is.
#[derive(Debug)]
struct Known {
    facts: Facts,
    verdict: Verdict,
}

/// What the rules say, in places within the bundle.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Verdict {
    effect: Effect,
    /// The strictest that is no request for a person.
    approved: Effect,
    /// The rules that decide it.
    by: Vec<String>,
}

impl Replay {
    /// A replay by these rules; of the decisions from `since` on, at most `most`.
    #[must_use]
    pub fn new(bundle: Bundle, since: Option<Timestamp>, most: Option<u64>) -> Self {
        let has_limits = bundle.limits().next().is_some();
        Self {
            has_limits,
            history: History::default(),
            known: HashMap::new(),
            since,
            most: most.unwrap_or(u64::MAX),
            result: Backtest {
                bundle: bundle.hash().to_string(),
                asks_for_validation: bundle.requires_validation(),
                ..Backtest::default()
            },
            changes: BTreeMap::new(),
            bundle: Arc::new(bundle),
        }
    }

    /// Whether as many were judged as were asked for.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.result.judged >= self.most
    }

    /// Judges the next entry of the record by the document it was judged by.
    pub fn take(&mut self, seq: u64, entry: &AuditEntry, document: Option<&str>) {
        // What became of an action is no decision.
        if entry.outcome.is_some() || self.is_full() {
            return;
        }
        let counts = self.since.is_none_or(|since| entry.at >= since);
        let (Some(document), Some(digest)) = (document, entry.facts_sha256) else {
            self.result.without_facts += u64::from(counts);
            return;
        };
        let Some(known) = self.known(digest, document) else {
            self.result.unreadable += u64::from(counts);
            return;
        };
        let (verdict, facts) = self.judge(entry, &known);
        let facts = facts.as_ref().unwrap_or(&known.facts);
        let effect = decided(entry, &verdict);
        if counts {
            self.count(seq, entry, &verdict, effect, facts);
        }
        self.remember(entry, &verdict, effect, facts, counts);
    }

    /// What came of it.
    #[must_use]
    pub fn finish(self) -> Backtest {
        let mut rules: Vec<Change> = self.changes.into_values().collect();
        rules.sort_by_key(|change| std::cmp::Reverse(change.stops + change.lets));
        Backtest { rules, ..self.result }
    }

    fn known(&mut self, digest: Digest, document: &str) -> Option<Arc<Known>> {
        if let Some(known) = self.known.get(&digest) {
            return Some(Arc::clone(known));
        }
        let mut facts: Facts = serde_json::from_str(document).ok()?;
        // What was used of the limits then is not what these rules count.
        facts.used.clear();
        facts.uncounted.clear();
        facts.run_unknown = false;
        let known = Arc::new(Known {
            verdict: Verdict::of(&self.bundle, &facts),
            facts,
        });
        if self.known.len() >= MAX_KNOWN {
            self.known.clear();
        }
        self.known.insert(digest, Arc::clone(&known));
        Some(known)
    }

    /// The verdict, with the facts where what went before adds to them.
    fn judge(&mut self, entry: &AuditEntry, known: &Known) -> (Verdict, Option<Facts>) {
        if !self.has_limits && entry.run.is_none() {
            return (known.verdict.clone(), None);
        }
        let whose = Whose::of(&entry.scope, entry.run.as_deref());
        if !self.has_limits && !self.history.adds_labels(&whose, &known.facts) {
            return (known.verdict.clone(), None);
        }
        let mut facts = known.facts.clone();
        let validated = facts.validated;
        let limits = self.bundle.limits();
        self.history.inform(&mut facts, &whose, None, limits, entry.at);
        // The record knows what was validated, the history of the replay does not.
        facts.validated = validated;
        facts.validated_in_run = known.facts.validated_in_run;
        (Verdict::of(&self.bundle, &facts), Some(facts))
    }

    /// Takes the decision in, so that what follows in the run is judged after it.
    fn remember(
        &mut self,
        entry: &AuditEntry,
        verdict: &Verdict,
        effect: Effect,
        facts: &Facts,
        counts: bool,
    ) {
        if !self.has_limits && entry.run.is_none() {
            return;
        }
        let whose = Whose::of(&entry.scope, entry.run.as_deref());
        let denied: &[String] = if verdict.effect == Effect::Deny {
            &verdict.by
        } else {
            &[]
        };
        let is_final = denied
            .iter()
            .any(|rule| self.history.denials(&whose, rule) >= DENIALS);
        self.result.final_denials += u64::from(counts && is_final);
        let bundle = Arc::clone(&self.bundle);
        let counted = self.has_limits.then(|| bundle.counted(facts));
        let counted = counted.into_iter().flatten();
        self.history
            .observe(&whose, facts, effect, denied.iter().cloned(), counted, entry.at);
    }

    fn count(&mut self, seq: u64, entry: &AuditEntry, verdict: &Verdict, effect: Effect, facts: &Facts) {
        let result = &mut self.result;
        result.judged += 1;
        let (from, until) = result.period.unwrap_or((entry.at, entry.at));
        result.period = Some((from.min(entry.at), until.max(entry.at)));
        let passes = |effect: Effect| effect < Effect::RequireApproval;
        let (did, would) = (passes(entry.effect), passes(effect));
        if did {
            result.passed += 1;
        } else {
            result.stopped += 1;
        }
        let by: &[String] = match (did, would) {
            (true, false) => {
                result.denied_now += u64::from(effect == Effect::Deny);
                result.asked_now += u64::from(effect == Effect::RequireApproval);
                &verdict.by
            }
            (false, true) => {
                result.passed_now += 1;
                entry.rules.get(..1).unwrap_or_default()
            }
            _ => {
                result.otherwise += u64::from(effect != entry.effect);
                return;
            }
        };
        for rule in by {
            let change = self.changes.entry(rule.clone()).or_default();
            change.id.clone_from(rule);
            change.stops += u64::from(did);
            change.lets += u64::from(would);
            if change.samples.len() < MAX_SAMPLES {
                let matched = if did {
                    matched(&self.bundle, rule, facts)
                } else {
                    Vec::new()
                };
                change.samples.push(Sample {
                    seq,
                    at: entry.at,
                    kind: entry.kind,
                    tool: entry.tool.clone(),
                    was: entry.effect,
                    would_be: effect,
                    matched,
                });
            }
        }
    }
}

/// What would have been decided: an entry that records a person's answer is decided with that answer.
fn decided(entry: &AuditEntry, verdict: &Verdict) -> Effect {
    match (verdict.effect, &entry.approval) {
        (Effect::RequireApproval, Some(_)) if entry.effect == Effect::Deny => Effect::Deny,
        (Effect::RequireApproval, Some(_)) => verdict.approved,
        (effect, _) => effect,
    }
}

fn matched(bundle: &Bundle, rule: &str, facts: &Facts) -> Vec<String> {
    let rules = bundle.evaluate(facts).rules;
    let found = rules.into_iter().find(|matched| matched.id == rule);
    found.map(|matched| matched.matched).unwrap_or_default()
}

impl Verdict {
    fn of(bundle: &Bundle, facts: &Facts) -> Self {
        let matching = bundle.verdict(facts);
        let effects = || matching.iter().map(|(_, effect)| *effect);
        let effect = effects().max().unwrap_or(Effect::Allow);
        let milder = effects().filter(|effect| *effect < Effect::RequireApproval);
        let by = matching
            .iter()
            .filter(|(_, each)| *each == effect && effect >= Effect::RequireApproval);
        Self {
            effect,
            approved: milder.max().unwrap_or(Effect::Allow),
            by: by.map(|(rule, _)| rule.clone()).collect(),
        }
    }
}

#[cfg(test)]
mod tests;
