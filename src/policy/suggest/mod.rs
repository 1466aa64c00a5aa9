//! Rules that the record speaks for: what was approved every time, what is refused again and again.
//!
//! Pure: a fold over the entries of the record, in order. Nothing here is put in force: a proposal is a text for a
//! person, who reads it.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::bundle::Bundle;
use super::facts::Facts;
use super::pack::Rule;
use crate::domain::{AuditEntry, Digest, Effect, Timestamp};

mod proposal;
mod write;

pub use proposal::{Exception, Proposal, pack};

/// So often something has to be on record before it is spoken of.
pub const ENOUGH: u64 = 5;
/// Most proposals, the most frequent first.
const MAX_PROPOSALS: usize = 10;
/// More places are no pattern.
const MAX_PLACES: usize = 10;
/// Most patterns that are followed.
const MAX_PATTERNS: usize = 5_000;

/// Looks for patterns as entries come.
#[derive(Debug)]
pub struct Suggest<'a> {
    bundle: &'a Bundle,
    patterns: BTreeMap<Key, Pattern>,
    /// What a person was asked for, by project and action.
    asked: HashMap<(String, Digest), Key>,
}

/// What is alike: the rule, who acted where that matters, and what the action is, field by field.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    rule: String,
    who: Option<(&'static str, String)>,
    what: Vec<(&'static str, String)>,
    is_denied: bool,
}

#[derive(Debug)]
struct Pattern {
    times: u64,
    approved: u64,
    refused: u64,
    /// Approvals of an action that had been approved before.
    repeated: u64,
    actions: BTreeSet<Digest>,
    first: Timestamp,
    last: Timestamp,
    /// Where it happened, by field; `None` for one that is not always known, or is a new one each time.
    places: BTreeMap<&'static str, Option<BTreeSet<String>>>,
}

impl<'a> Suggest<'a> {
    /// Looks for patterns in what these rules decided.
    #[must_use]
    pub fn new(bundle: &'a Bundle) -> Self {
        Self {
            bundle,
            patterns: BTreeMap::new(),
            asked: HashMap::new(),
        }
    }

    /// Takes in the next entry, with the document it was judged by.
    pub fn take(&mut self, entry: &AuditEntry, document: Option<&str>) {
        if entry.outcome.is_some() {
            return;
        }
        let action = (entry.scope.project().to_owned(), entry.action_sha256);
        if entry.approval.is_some() {
            let key = self.asked.remove(&action);
            if let Some(pattern) = key.and_then(|key| self.patterns.get_mut(&key)) {
                pattern.answered(entry);
            }
            return;
        }
        if entry.effect < Effect::RequireApproval {
            return;
        }
        let Some(facts) = document.and_then(|document| serde_json::from_str::<Facts>(document).ok()) else {
            return;
        };
        let rules = entry.rules.first().and_then(|id| self.bundle.rule(id));
        let Some(rule) = rules.filter(|rule| is_plain(rule)) else {
            return;
        };
        let is_denied = entry.effect == Effect::Deny;
        let Some((what, places)) = described(rule, &facts) else {
            return;
        };
        let who = is_denied.then(|| who(&facts)).flatten();
        let has_tool = what.iter().any(|(field, _)| *field == "tool");
        if is_denied && who.is_none() && !has_tool {
            return;
        }
        let key = Key {
            rule: rule.id.clone(),
            who,
            what,
            is_denied,
        };
        if self.patterns.len() >= MAX_PATTERNS && !self.patterns.contains_key(&key) {
            return;
        }
        if !is_denied {
            self.asked.insert(action, key.clone());
        }
        let pattern = self.patterns.entry(key).or_insert_with(|| Pattern::new(entry.at));
        pattern.happened(entry.at, places);
    }

    /// What the patterns speak for, the most frequent first.
    #[must_use]
    pub fn finish(self) -> Vec<Proposal> {
        let bundle = self.bundle;
        let mut proposals: Vec<Proposal> = self
            .patterns
            .iter()
            .filter_map(|(key, pattern)| {
                let rule = bundle.rule(&key.rule)?;
                let is_own = bundle.is_own(&key.rule);
                if key.is_denied {
                    write::better_fix(key, pattern, rule)
                } else if is_own {
                    write::exception(key, pattern, rule)
                } else {
                    write::longer_approval(key, pattern, rule)
                }
            })
            .collect();
        proposals.sort_by_key(|proposal| std::cmp::Reverse(proposal.times));
        let mut taken: BTreeSet<String> = bundle.rules().into_iter().map(|rule| rule.id).collect();
        proposals.retain(|proposal| taken.insert(proposal.id.clone()));
        proposals.truncate(MAX_PROPOSALS);
        proposals
    }
}

impl Pattern {
    fn new(at: Timestamp) -> Self {
        Self {
            times: 0,
            approved: 0,
            refused: 0,
            repeated: 0,
            actions: BTreeSet::new(),
            first: at,
            last: at,
            places: BTreeMap::new(),
        }
    }

    fn happened(&mut self, at: Timestamp, places: [(&'static str, Option<String>); 3]) {
        let is_first = self.times == 0;
        self.times += 1;
        self.last = self.last.max(at);
        for (field, value) in places {
            let value = value.filter(|value| write::is_plain(value));
            let seen = self
                .places
                .entry(field)
                .or_insert_with(|| is_first.then(BTreeSet::new));
            match (seen.as_mut(), value) {
                (Some(all), Some(value)) => {
                    all.insert(value);
                    if all.len() > MAX_PLACES {
                        *seen = None;
                    }
                }
                _ => *seen = None,
            }
        }
    }

    fn answered(&mut self, entry: &AuditEntry) {
        if entry.effect >= Effect::RequireApproval {
            self.refused += 1;
            return;
        }
        self.approved += 1;
        if !self.actions.insert(entry.action_sha256) {
            self.repeated += 1;
        }
    }
}

/// What was counted, validated or flowed is not said by one action alone.
fn is_plain(rule: &Rule) -> bool {
    rule.limit.is_none() && rule.require.is_none() && rule.flow.is_none()
}

fn who(facts: &Facts) -> Option<(&'static str, String)> {
    let role = facts.role.clone().map(|role| ("role", role));
    let who = role.or_else(|| facts.agent.clone().map(|agent| ("agent", agent)));
    who.filter(|(_, name)| write::is_plain(name))
}

type Described = (Vec<(&'static str, String)>, [(&'static str, Option<String>); 3]);

/// What made the rule match, as conditions, and where it happened; `None` where a pack could not say it.
fn described(rule: &Rule, facts: &Facts) -> Option<Described> {
    let mut what = vec![("kind", write::word(facts.kind)), ("to", write::word(facts.to))];
    what.extend(facts.tool.clone().map(|tool| ("tool", tool)));
    let mut places = [
        ("path", facts.path.clone()),
        ("host", facts.host.clone()),
        ("branch", facts.branch.clone()),
    ];
    if rule.when.speaks_of_effects() {
        let effect = facts
            .effects
            .iter()
            .find(|effect| rule.when.holds_of_effect(effect))?;
        what.push(("command", effect.id.clone()));
        let is_program = !effect.program.contains(' ');
        what.extend(is_program.then(|| ("program", effect.program.clone())));
        places = [
            ("path", effect.path.clone()),
            ("host", effect.host.clone()),
            ("branch", effect.branch.clone()),
        ];
    }
    if rule.when.speaks_of_findings() {
        let found = facts
            .findings
            .iter()
            .find(|found| rule.when.holds_of_finding(found))?;
        what.push(("finding", found.class.name().to_owned()));
        what.push(("detector", found.detector.to_string()));
        what.push(("confidence", found.confidence.name().to_owned()));
    }
    let can_be_said = what.iter().all(|(_, value)| write::is_plain(value));
    can_be_said.then_some((what, places))
}

#[cfg(test)]
mod tests;
