//! Rules that cannot do what their author thinks: those that never fire, and those that change nothing because
//! a stricter one always matches as well. Exact, because rules are conjunctions.

use super::{Rule, RuleSource};
use crate::domain::{ActionKind, Effect};
use crate::policy::error::Place;

/// Why the rule can never match.
pub(super) fn never_fires(rule: &RuleSource) -> Option<String> {
    if !rule.unless.is_empty() && rule.when.implies(&rule.unless) {
        return Some("it never fires: whatever `when` matches is excepted by `unless`".to_owned());
    }
    None
}

/// The rule that makes `rules[index]` useless: it matches whenever that one does, and does at least as much.
pub(in crate::policy) fn shadowed_by(rules: &[Rule], index: usize) -> Option<&Rule> {
    let rule = rules.get(index)?;
    rules.iter().enumerate().find_map(|(at, other)| {
        let same = other.then == rule.then && at > index;
        (at != index && !same && covers(other, rule)).then_some(other)
    })
}

/// Something about a rule, or about all of them, that its author may not have meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remark {
    /// The pack it is about; none for all of them.
    pub pack: Option<String>,
    /// The place in it.
    pub at: Option<Place>,
    /// What is to be known.
    pub what: String,
}

/// What is to be said about rules that are in force: `own` beside the built-in ones.
pub(in crate::policy) fn remarks(builtin: &[Rule], own: &[Rule]) -> Vec<Remark> {
    let mut remarks: Vec<Remark> = own
        .iter()
        .flat_map(|rule| {
            let remark = |what| Remark {
                pack: Some(rule.pack.clone()),
                at: Some(rule.at),
                what,
            };
            about(builtin, rule).into_iter().map(remark)
        })
        .collect();
    let named = |kind: &ActionKind| builtin.iter().chain(own).any(|rule| rule.when.names_kind(*kind));
    let unnamed = ActionKind::ALL.into_iter().filter(|kind| !named(kind));
    let unnamed: Vec<String> = unnamed.map(|kind| kind.name().to_owned()).collect();
    if !unnamed.is_empty() {
        remarks.push(Remark {
            pack: None,
            at: None,
            what: format!(
                "no rule is about {}: only rules for actions of any kind judge these",
                unnamed.join(", ")
            ),
        });
    }
    remarks
}

fn about(builtin: &[Rule], rule: &Rule) -> Vec<String> {
    let id = &rule.id;
    let mut said = Vec::new();
    let adds = |other: &Rule| {
        // Other terms of an approval, or another way out, are a reason to have it.
        let own_terms = rule.then.effect == other.then.effect && rule.then != other.then;
        own_terms || (!rule.fix.is_empty() && rule.fix != other.fix)
    };
    if let Some(other) = builtin.iter().find(|other| covers(other, rule) && !adds(other)) {
        said.push(format!(
            "rule {id} changes nothing: whatever it matches, the built-in {} matches and does as much",
            other.id
        ));
    }
    if rule.then.effect == Effect::Deny && rule.fix.is_empty() && rule.limit.is_none() {
        said.push(format!(
            "rule {id} denies without a `fix`: who is stopped does not learn how to comply, and is told not to try again"
        ));
    }
    if rule.tests.matches.is_empty() && rule.tests.no_match.is_empty() {
        said.push(format!("rule {id} has no tests"));
    }
    said
}

/// Whether `other` matches whenever `rule` does, and does at least as much.
fn covers(other: &Rule, rule: &Rule) -> bool {
    let plain = |rule: &Rule| rule.limit.is_none() && rule.require.is_none() && rule.flow.is_none();
    // A rule that only records is there to be looked at; a limit counts.
    !rule.shadow
        && plain(rule)
        && !other.shadow
        && plain(other)
        && other.unless.is_empty()
        && other.then.effect >= rule.then.effect
        // What is redacted differs by what matched.
        && rule.then.effect != Effect::Redact
        // A path is the action's or that of what its command does.
        && rule.when.speaks_of_effects() == other.when.speaks_of_effects()
        && rule.when.implies(&other.when)
}
