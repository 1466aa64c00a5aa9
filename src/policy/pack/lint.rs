//! Rules that cannot do what their author thinks: those that never fire, and those that change nothing because
//! a stricter one always matches as well. Exact, because rules are conjunctions.

use super::{Rule, RuleSource};

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
    let plain = |rule: &Rule| rule.limit.is_none() && rule.require.is_none() && rule.flow.is_none();
    // A rule that only records is there to be looked at; a limit counts.
    if rule.shadow || !plain(rule) {
        return None;
    }
    rules.iter().enumerate().find_map(|(at, other)| {
        let same = other.then == rule.then && at > index;
        let covers = at != index
            && !same
            && !other.shadow
            && plain(other)
            && other.unless.is_empty()
            && other.then.effect >= rule.then.effect
            // What is redacted differs by what matched.
            && rule.then.effect != crate::domain::Effect::Redact
            // A path is the action's or that of what its command does.
            && rule.when.speaks_of_effects() == other.when.speaks_of_effects()
            && rule.when.implies(&other.when);
        covers.then_some(other)
    })
}
