//! Which rules can match at all: a bundle of hundreds has few that speak of what an action is and does.
//!
//! A rule with `branch: hotfix` can only match where that branch is a fact. So each rule stands under the values of one
//! of its fields, the ones that the fewest rules name, and those are evaluated under whose values an action has facts.
//! A rule whose fields are all patterns, or exclude something, is always evaluated.

use std::collections::HashMap;

use super::facts::Facts;
use super::pack::Rule;
use super::pack::condition::Field;

/// The rules of a bundle by what has to be a fact when they match.
#[derive(Debug, Default)]
pub(super) struct Index {
    /// Of each rule, whether it can always match.
    always: Vec<bool>,
    /// The places of the others, by field and value.
    by: [HashMap<String, Vec<usize>>; Field::ALL.len()],
}

impl Index {
    pub(super) fn of(rules: &[Rule]) -> Self {
        let mut named: HashMap<(Field, &str), usize> = HashMap::new();
        for (field, values) in rules.iter().flat_map(keys) {
            for value in values {
                *named.entry((field, value)).or_default() += 1;
            }
        }
        let rarity = |(field, values): &(Field, &[String])| -> usize {
            let rules = values
                .iter()
                .filter_map(|value| named.get(&(*field, value.as_str())));
            rules.sum()
        };
        let mut index = Self::default();
        for (at, rule) in rules.iter().enumerate() {
            let rarest = keys(rule).min_by_key(rarity);
            index.always.push(rarest.is_none());
            let (field, values) = rarest.unwrap_or((Field::Kind, &[]));
            for value in values {
                if let Some(by) = index.by.get_mut(field as usize) {
                    by.entry(value.clone()).or_default().push(at);
                }
            }
        }
        index
    }

    /// The places of all rules that can match these facts, in order; perhaps of others, too.
    pub(super) fn candidates(&self, facts: &Facts) -> impl Iterator<Item = usize> {
        let mut candidates = self.always.clone();
        for (field, by) in Field::ALL.into_iter().zip(&self.by) {
            if !by.is_empty() {
                field.each(facts, |value| {
                    for at in by.get(value).into_iter().flatten() {
                        if let Some(candidate) = candidates.get_mut(*at) {
                            *candidate = true;
                        }
                    }
                });
            }
        }
        let places = candidates.into_iter().enumerate();
        places.filter_map(|(at, candidate)| candidate.then_some(at))
    }
}

/// The fields of which one value has to be a fact when the rule matches, with these values. Where a detector did not see
/// all, a rule with `on_error` matches without an effect or a finding.
fn keys(rule: &Rule) -> impl Iterator<Item = (Field, &[String])> {
    let of_effects = rule.when.speaks_of_effects();
    let is_seen = move |field: Field| rule.on_error.is_none() || field.is_of_action(of_effects);
    rule.when.words_asked().filter(move |(field, _)| is_seen(*field))
}

#[cfg(test)]
mod tests;
