//! Policies in Rego beside the packs: the same facts as `input`, the same four effects, joined with what the packs
//! say. The strictest wins, whoever says it.
//!
//! Whether Rego can be read is decided when firstmate is built (`--features rego`); without it a `.rego` file is
//! refused, and everything else works the same.

use std::cmp::Reverse;

use super::bundle::RuleInfo;
use super::error::Error;
use super::eval::Judgement;
use super::facts::Facts;
use super::pack::Source;
use super::pack::trial::Trial;
use crate::domain::decision::{Comply, Remedy};
use crate::domain::{DenialClass, Effect, MatchedRule, Retry};

#[cfg(not(feature = "rego"))]
mod absent;
#[cfg(feature = "rego")]
mod engine;
#[cfg(feature = "rego")]
mod said;
#[cfg(feature = "rego")]
#[cfg(test)]
mod tests;

#[cfg(not(feature = "rego"))]
pub use absent::Policy;
#[cfg(feature = "rego")]
pub use engine::Policy;

/// The sets that a policy may define, and what each of their members does.
pub const EFFECTS: [(&str, Effect); 4] = [
    ("deny", Effect::Deny),
    ("hold", Effect::RequireApproval),
    ("redact", Effect::Redact),
    ("warn", Effect::Warn),
];

/// Something that a policy says about an action.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    /// The policy's name and the rule's, or that of the set.
    pub id: String,
    /// What is to happen.
    pub effect: Effect,
    /// Why.
    pub why: String,
    /// How to comply; empty when nothing was said.
    pub fix: String,
    /// The finding that is to be replaced, by its place in the facts.
    pub finding: Option<usize>,
}

/// Whether a file holds Rego, by its name.
#[must_use]
pub fn is_rego(source: &Source) -> bool {
    source.name.ends_with(".rego")
}

/// Runs the tests of a policy.
///
/// # Errors
/// When it cannot be read; a test that fails is an answer.
pub fn trials(source: &Source) -> Result<Vec<Trial>, Error> {
    Policy::read(source)?.trials()
}

/// Adds what the policies say to what the packs say.
pub(super) fn join(policies: &[Policy], facts: &Facts, judgement: &mut Judgement) {
    let said: Vec<Said> = policies.iter().flat_map(|policy| policy.judge(facts)).collect();
    let strictest = said.iter().max_by_key(|said| (said.effect, Reverse(&said.id)));
    let Some(strictest) = strictest else { return };
    if strictest.effect > judgement.effect {
        judgement.effect = strictest.effect;
        judgement.retry = retry(strictest);
    }
    judgement
        .redact
        .extend(said.iter().filter_map(|said| said.finding));
    judgement.redact.sort_unstable();
    judgement.redact.dedup();
    judgement
        .rules
        .extend(said.into_iter().map(|said| said.told(facts)));
    let order = |rule: &MatchedRule| (rule.shadow, Reverse(rule.effect));
    judgement
        .rules
        .sort_by(|a, b| order(a).cmp(&order(b)).then_with(|| a.id.cmp(&b.id)));
}

/// The ids and effects alone, without words.
pub(super) fn verdict(policies: &[Policy], facts: &Facts) -> Vec<(String, Effect)> {
    let said = policies.iter().flat_map(|policy| policy.judge(facts));
    said.map(|said| (said.id, said.effect)).collect()
}

/// What can be said about the sets of a policy before anything is judged by them.
pub(super) fn infos(policy: &Policy) -> Vec<RuleInfo> {
    let info = |(id, effect): (String, Effect)| RuleInfo {
        id,
        effect,
        shadow: false,
        why: String::new(),
        fix: String::new(),
    };
    policy.sets().into_iter().map(info).collect()
}

/// As for a rule of a pack that says as much.
fn retry(said: &Said) -> Retry {
    match said.effect {
        Effect::Deny if said.fix.is_empty() => Retry::Never,
        Effect::Deny => Retry::AfterChange,
        Effect::RequireApproval => Retry::AfterApproval,
        Effect::Redact | Effect::Warn | Effect::Allow => Retry::NotNeeded,
    }
}

impl Said {
    fn told(self, facts: &Facts) -> MatchedRule {
        let found = self.finding.and_then(|index| facts.findings.get(index));
        let what = match self.effect {
            Effect::RequireApproval => Some(Remedy::Ask),
            Effect::Redact => Some(Remedy::Replace),
            Effect::Deny if !self.fix.is_empty() => Some(Remedy::Change),
            Effect::Deny | Effect::Warn | Effect::Allow => None,
        };
        MatchedRule {
            effect: self.effect,
            class: match self.effect {
                Effect::Deny => DenialClass::Structural,
                Effect::RequireApproval => DenialClass::Approvable,
                Effect::Redact | Effect::Warn | Effect::Allow => DenialClass::Advisory,
            },
            comply: what.map(|what| Comply {
                what,
                target: found.map(|found| found.place.clone()),
            }),
            matched: found
                .map(|found| format!("{} {} at {}", found.class.name(), found.detector, found.place))
                .into_iter()
                .collect(),
            id: self.id,
            why: self.why,
            fix: self.fix,
            shadow: false,
        }
    }
}
