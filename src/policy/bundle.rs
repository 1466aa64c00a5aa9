//! The rules in force: the built-in packs and, on top of them, the user's.

use std::collections::BTreeMap;

use serde::Serialize;

use super::error::Error;
use super::eval;
use super::facts::Facts;
use super::index::Index;
use super::pack::demand::Limit;
use super::pack::lint::{self, Remark};
use super::pack::trial::Trial;
use super::pack::{self, Rule, Source};
use super::rego;
use crate::domain::{Digest, Effect};

/// The packs that are always in force, with the names `extends` knows them by.
pub(super) const BUILTIN: [(&str, &str); 6] = [
    ("firstmate:secrets@1", include_str!("packs/secrets.yaml")),
    ("firstmate:commands@1", include_str!("packs/commands.yaml")),
    ("firstmate:egress@1", include_str!("packs/egress.yaml")),
    ("firstmate:unicode@1", include_str!("packs/unicode.yaml")),
    ("firstmate:hidden@1", include_str!("packs/hidden.yaml")),
    ("firstmate:personal@1", include_str!("packs/personal.yaml")),
];

/// Checked rules, ready to judge. It never changes; a new one takes its place.
#[derive(Debug)]
pub struct Bundle {
    rules: Vec<Rule>,
    /// So many of them, from the first, are built in.
    n_builtin: usize,
    index: Index,
    /// Places of the rules with a limit.
    limits: Vec<usize>,
    requires_validation: bool,
    /// Those in Rego.
    policies: Vec<rego::Policy>,
    hash: Digest,
}

/// What a rule is, for documentation and for people.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RuleInfo {
    /// Its id.
    pub id: String,
    /// What it does.
    pub effect: Effect,
    /// Whether it only records.
    pub shadow: bool,
    /// Why it exists.
    pub why: String,
    /// How to comply.
    pub fix: String,
}

impl Bundle {
    /// The built-in packs alone.
    #[must_use]
    #[expect(
        clippy::expect_used,
        reason = "the packs are compiled in and a test loads them"
    )]
    pub fn builtin() -> Self {
        Self::load(&[]).expect("the built-in packs are valid")
    }

    /// The built-in packs and `sources`. A user's rule adds to the built-in ones or is stricter; it cannot
    /// lift one, because the strictest rule that matches wins.
    ///
    /// # Errors
    /// When a pack cannot be read, two rules have one id, or an inline test fails; then none of it is used.
    pub fn load(sources: &[Source]) -> Result<Self, Error> {
        let mut bundle = Self {
            rules: Vec::new(),
            n_builtin: 0,
            index: Index::default(),
            limits: Vec::new(),
            requires_validation: false,
            policies: Vec::new(),
            hash: Digest::of(b""),
        };
        let mut owners: BTreeMap<String, String> = BTreeMap::new();
        let mut hashed = Vec::new();
        let mut own: Vec<Rule> = Vec::new();
        let builtin = builtin_sources();
        for (index, source) in builtin.iter().chain(sources).enumerate() {
            let (rules, policy) = match rego::is_rego(source) {
                true => (Vec::new(), Some(rego::Policy::read(source)?)),
                false => (pack::read(source)?, None),
            };
            let ids = rules.iter().map(|rule| (rule.id.clone(), Some(rule.at)));
            let sets = policy.iter().flat_map(rego::infos).map(|set| (set.id, None));
            for (id, at) in ids.chain(sets) {
                if let Some(owner) = owners.insert(id.clone(), source.name.clone()) {
                    return Err(Error::Pack {
                        pack: source.name.clone(),
                        at,
                        detail: format!("rule {id} is already in {owner}"),
                    });
                }
            }
            if let Some(policy) = policy {
                passes(source, policy.trials()?)?;
                bundle.policies.push(policy);
            }
            hashed.extend(source.name.len().to_be_bytes());
            hashed.extend(source.name.bytes());
            hashed.extend(source.text.len().to_be_bytes());
            hashed.extend(source.text.bytes());
            // The built-in packs were tested when firstmate was built.
            if index >= builtin.len() {
                test(source, &rules)?;
                own.extend(rules);
            } else {
                bundle.rules.extend(rules);
            }
        }
        for (index, rule) in own.iter().enumerate() {
            if let Some(stricter) = lint::shadowed_by(&own, index) {
                let detail = format!(
                    "rule {} changes nothing: whatever it matches, {} matches and does as much",
                    rule.id, stricter.id
                );
                return Err(Error::Pack {
                    pack: owners.get(&rule.id).cloned().unwrap_or_default(),
                    at: Some(rule.at),
                    detail,
                });
            }
        }
        bundle.n_builtin = bundle.rules.len();
        bundle.rules.extend(own);
        bundle.index = Index::of(&bundle.rules);
        let limits = bundle.rules.iter().enumerate();
        let limits = limits.filter(|(_, rule)| rule.limit.is_some());
        bundle.limits = limits.map(|(at, _)| at).collect();
        bundle.requires_validation = bundle.rules.iter().any(|rule| rule.require.is_some());
        bundle.hash = Digest::of(&hashed);
        Ok(bundle)
    }

    /// What its authors may not have meant.
    #[must_use]
    pub fn remarks(&self) -> Vec<Remark> {
        let (builtin, own) = self.rules.split_at(self.n_builtin);
        lint::remarks(builtin, own)
    }

    /// Whether the rule is not built in.
    #[must_use]
    pub(super) fn is_own(&self, id: &str) -> bool {
        let (_, own) = self.rules.split_at(self.n_builtin);
        own.iter().any(|rule| rule.id == id)
    }

    /// The same rules, one of the user's own with an exception that it did not have; `None` when it has one, there is
    /// no such rule, or the YAML is no conditions.
    #[must_use]
    pub(super) fn excepting(mut self, id: &str, unless: &str) -> Option<Self> {
        let unless = serde_saphyr::from_str(unless).ok()?;
        let own = self.rules.iter_mut().skip(self.n_builtin);
        let rule = own
            .into_iter()
            .find(|rule| rule.id == id && rule.unless.is_empty())?;
        rule.unless = unless;
        Some(self)
    }

    /// Each rule with the pack it stands in, the built-in ones first.
    pub fn by_pack(&self) -> impl Iterator<Item = (&str, RuleInfo)> {
        let in_packs = self.rules.iter().map(|rule| (rule.pack.as_str(), rule.info()));
        let in_rego = self.policies.iter().flat_map(|policy| {
            let infos = rego::infos(policy).into_iter();
            infos.map(|info| (policy.name(), info))
        });
        in_packs.chain(in_rego)
    }

    /// SHA-256 over the names and texts of all packs.
    #[must_use]
    pub fn hash(&self) -> Digest {
        self.hash
    }

    /// What the rules say about these facts. The same facts give the same answer, for ever.
    #[must_use]
    pub fn evaluate(&self, facts: &Facts) -> eval::Judgement {
        let mut judgement = eval::judge(self.candidates(facts), facts);
        rego::join(&self.policies, facts, &mut judgement);
        judgement
    }

    /// The limits, each with the id of its rule.
    pub fn limits(&self) -> impl Iterator<Item = (&str, &Limit)> {
        self.limiting()
            .filter_map(|rule| Some((rule.id.as_str(), rule.limit.as_ref()?)))
    }

    fn limiting(&self) -> impl Iterator<Item = &Rule> {
        self.limits.iter().filter_map(|at| self.rules.get(*at))
    }

    /// The rules that can match these facts, and perhaps others.
    fn candidates(&self, facts: &Facts) -> impl Iterator<Item = &Rule> {
        let places = self.index.candidates(facts);
        places.filter_map(|at| self.rules.get(at))
    }

    /// Whether a rule asks what `validate_output` said.
    #[must_use]
    pub fn requires_validation(&self) -> bool {
        self.requires_validation
    }

    /// The limits that an action with these facts counts for.
    pub(super) fn counted<'a>(&'a self, facts: &'a Facts) -> impl Iterator<Item = (String, Limit)> + 'a {
        let concerned = self.limiting().filter(|rule| eval::concerns(rule, facts));
        concerned.filter_map(|rule| Some((rule.id.clone(), rule.limit.clone()?)))
    }

    /// The findings that are put back into the model's answer.
    pub(super) fn restorable(&self, facts: &Facts) -> Vec<usize> {
        let restoring = self.rules.iter().filter(|rule| rule.then.restore && !rule.shadow);
        restoring.flat_map(|rule| eval::findings(rule, facts)).collect()
    }

    /// The rules that match and act, with what each does; in no words.
    pub(super) fn verdict(&self, facts: &Facts) -> Vec<(String, Effect)> {
        let matching = eval::matching(self.candidates(facts), facts).into_iter();
        let acting = matching.filter(|(rule, _)| !rule.shadow);
        let mut verdict: Vec<(String, Effect)> =
            acting.map(|(rule, effect)| (rule.id.clone(), effect)).collect();
        verdict.extend(rego::verdict(&self.policies, facts));
        verdict
    }

    /// The rule with that id.
    pub(super) fn rule(&self, id: &str) -> Option<&Rule> {
        self.rules.iter().find(|rule| rule.id == id)
    }

    /// All rules, in order.
    #[must_use]
    pub fn rules(&self) -> Vec<RuleInfo> {
        self.by_pack().map(|(_, rule)| rule).collect()
    }
}

impl Rule {
    fn info(&self) -> RuleInfo {
        RuleInfo {
            id: self.id.clone(),
            effect: self.then.effect,
            shadow: self.shadow,
            why: self.why.clone(),
            fix: self.fix.clone(),
        }
    }
}

/// The packs that are always in force.
#[must_use]
pub fn builtin_sources() -> Vec<Source> {
    let source = |(name, text): (&str, &str)| Source {
        name: name.to_owned(),
        text: text.to_owned(),
    };
    BUILTIN.into_iter().map(source).collect()
}

/// Refuses a pack with an inline test that fails.
fn test(source: &Source, rules: &[Rule]) -> Result<(), Error> {
    passes(source, rules.iter().map(Trial::of))
}

fn passes(source: &Source, trials: impl IntoIterator<Item = Trial>) -> Result<(), Error> {
    for trial in trials {
        if let Some(failure) = trial.failures.into_iter().next() {
            return Err(Error::Pack {
                pack: source.name.clone(),
                at: Some(failure.at),
                detail: format!("rule {}: {}", trial.rule, failure.detail),
            });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_built_in_packs_pass_their_own_tests_and_every_rule_has_both_kinds() {
        for source in builtin_sources() {
            let rules = pack::read(&source).unwrap();
            test(&source, &rules).unwrap();
            for rule in &rules {
                // What cannot be inspected is too large to be written into a pack, and what a tool said before is not
                // in an action; the gate's tests have both.
                let writable = !["unseen-stays-home", "changed-tools"].contains(&rule.id.as_str());
                assert!(
                    !rule.tests.matches.is_empty() || !writable,
                    "{} has no tests",
                    rule.id
                );
                assert!(!rule.tests.no_match.is_empty(), "{} has no tests", rule.id);
                assert!(
                    !rule.why.is_empty() && !rule.fix.is_empty(),
                    "{} does not explain itself",
                    rule.id
                );
            }
        }
    }

    #[test]
    fn the_hash_changes_with_any_source() {
        let source = |name: &str, id: &str| Source {
            name: name.to_owned(),
            text: format!("version: 1\nrules:\n  - {{id: {id}, when: {{kind: sql}}, then: warn}}\n"),
        };
        let hash = |sources: &[Source]| Bundle::load(sources).unwrap().hash();
        assert_eq!(hash(&[]), Bundle::builtin().hash());
        assert_ne!(hash(&[]), hash(&[source("a", "x")]));
        assert_ne!(hash(&[source("a", "x")]), hash(&[source("a", "y")]));
        assert_ne!(hash(&[source("a", "x")]), hash(&[source("b", "x")]));
    }
}
