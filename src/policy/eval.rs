//! The judgement: which rules match the facts, and the strictest of them. No IO, no clock, no content.

use super::detect::shell;
use super::facts::{Facts, Found, Scan};
use super::pack::Rule;
use super::pack::demand::Window;
use crate::domain::decision::{Comply, Remedy};
use crate::domain::{DenialClass, Effect, MatchedRule, Retry};

/// What the rules say about an action.
#[derive(Debug, Clone, PartialEq)]
pub struct Judgement {
    /// The strictest effect of the rules that act.
    pub effect: Effect,
    /// All rules that matched, strictest first, those that only record last.
    pub rules: Vec<MatchedRule>,
    /// Indices of the findings that rules want redacted.
    pub redact: Vec<usize>,
    /// Whether trying again can help.
    pub retry: Retry,
}

/// Judges the facts by all rules; those that cannot match may be left out.
#[must_use]
pub(super) fn judge<'a>(rules: impl Iterator<Item = &'a Rule>, facts: &Facts) -> Judgement {
    let matched = found(rules, facts);
    let strictest = matched.iter().find(|(rule, _)| !rule.shadow);
    let redacting = matched
        .iter()
        .filter(|(rule, found)| !rule.shadow && found.then == Effect::Redact);
    let mut redact: Vec<usize> = redacting
        .flat_map(|(_, found)| found.findings.iter().copied())
        .collect();
    redact.sort_unstable();
    redact.dedup();
    Judgement {
        effect: strictest.map_or(Effect::Allow, |(_, found)| found.then),
        retry: strictest.map_or(Retry::NotNeeded, |(rule, found)| retry(rule, found.then)),
        redact,
        rules: matched
            .iter()
            .map(|(rule, found)| told(rule, found, facts))
            .collect(),
    }
}

/// The rules that match, and what each does, in the order of [`judge`].
pub(super) fn matching<'a>(rules: impl Iterator<Item = &'a Rule>, facts: &Facts) -> Vec<(&'a Rule, Effect)> {
    let found = found(rules, facts).into_iter();
    found.map(|(rule, found)| (rule, found.then)).collect()
}

fn found<'a, 'f>(rules: impl Iterator<Item = &'a Rule>, facts: &'f Facts) -> Vec<(&'a Rule, Match<'f>)> {
    let mut matched: Vec<(&Rule, Match<'_>)> = rules
        .filter_map(|rule| Some((rule, find(rule, facts)?)))
        .collect();
    matched.sort_by(|(a, a_found), (b, b_found)| {
        let order = |rule: &Rule, found: &Match<'_>| (rule.shadow, std::cmp::Reverse(found.then));
        order(a, a_found)
            .cmp(&order(b, b_found))
            .then_with(|| a.id.cmp(&b.id))
    });
    matched
}

/// Whether the rule matches.
#[must_use]
pub(super) fn matches(rule: &Rule, facts: &Facts) -> bool {
    find(rule, facts).is_some()
}

/// What made a rule match, where it asks for effects or findings.
struct Match<'a> {
    /// What happens then.
    then: Effect,
    /// Whether nobody knows if it matches, because a detector did not see all.
    unseen: bool,
    /// Whether nobody knows, because a part of the record cannot be read.
    unrecalled: bool,
    effects: Vec<&'a shell::Effect>,
    findings: Vec<usize>,
}

/// A rule asks for one effect and one finding at most, and its exception must hold of the same ones:
/// `rm -rf target src` is not excused because of `target`.
fn find<'a>(rule: &Rule, facts: &'a Facts) -> Option<Match<'a>> {
    if let Some(mut found) = applies(rule, facts) {
        let then = rule.then.effect;
        let demanded = match (&rule.limit, &rule.require, &rule.flow) {
            (Some(limit), ..) => limit.effect(&rule.id, facts, then),
            (_, Some(require), _) => (!require.is_met(facts)).then_some(then),
            (.., Some(flow)) => flow.is_taken(facts).then_some(then),
            // Nobody knows whether it is more than a guess that the label is there.
            _ if rule.when.guesses_label(facts) => None,
            _ => Some(then),
        };
        let unknown = may_demand(rule, facts).then(|| rule.on_error.unwrap_or(then));
        found.unrecalled = unknown > demanded;
        if let Some(then) = demanded.max(unknown) {
            found.then = then;
            return Some(found);
        }
    }
    let of_effects = rule.when.speaks_of_effects();
    let looks = of_effects || rule.when.speaks_of_findings();
    let on_error = rule.on_error.filter(|_| looks && facts.scan != Scan::Complete)?;
    rule.when.may_hold_of_action(facts, of_effects).then(|| Match {
        then: on_error,
        unseen: true,
        unrecalled: false,
        effects: Vec::new(),
        findings: Vec::new(),
    })
}

/// Whether the rule would match if what cannot be read of the record were this and not that.
fn may_demand(rule: &Rule, facts: &Facts) -> bool {
    match (&rule.limit, &rule.flow) {
        (Some(limit), _) => facts.uncounted.contains(&rule.id) && limit.amount(facts) > 0,
        (_, Some(flow)) => facts.run_unknown && flow.leads_there(facts),
        _ => rule.when.guesses_label(facts) && rule.require.is_none(),
    }
}

/// Whether what `when` and `unless` ask of the action holds, whatever else the rule demands.
pub(super) fn concerns(rule: &Rule, facts: &Facts) -> bool {
    applies(rule, facts).is_some()
}

/// The findings that make the rule match.
pub(super) fn findings(rule: &Rule, facts: &Facts) -> Vec<usize> {
    find(rule, facts).map(|found| found.findings).unwrap_or_default()
}

fn applies<'a>(rule: &Rule, facts: &'a Facts) -> Option<Match<'a>> {
    let (when, unless) = (&rule.when, &rule.unless);
    let (of_effects, of_findings) = (when.speaks_of_effects(), when.speaks_of_findings());
    if !when.may_hold_of_action(facts, of_effects) {
        return None;
    }
    let mut effects: Vec<&shell::Effect> = Vec::new();
    if of_effects {
        effects.extend(facts.effects.iter().filter(|effect| when.holds_of_effect(effect)));
    }
    let finding = |index: &usize| facts.findings.get(*index);
    let mut findings: Vec<usize> = Vec::new();
    if of_findings {
        let all = 0..facts.findings.len();
        findings.extend(all.filter(|index| finding(index).is_some_and(|found| when.holds_of_finding(found))));
    }
    if of_effects && effects.is_empty() || of_findings && findings.is_empty() {
        return None;
    }
    if !unless.is_empty() && unless.holds_of_action(facts, of_effects) {
        let excused = |found: &Found| unless.holds_of_finding(found);
        let all_effects = effects.iter().all(|effect| unless.holds_of_effect(effect));
        let all_findings = findings.iter().all(|index| finding(index).is_some_and(excused));
        if all_effects && all_findings {
            return None;
        }
        // What is not excused by the one is not excused by the other either.
        if all_findings {
            effects.retain(|effect| !unless.holds_of_effect(effect));
        }
        if all_effects {
            findings.retain(|index| !finding(index).is_some_and(excused));
        }
    }
    Some(Match {
        then: rule.then.effect,
        unseen: false,
        unrecalled: false,
        effects,
        findings,
    })
}

/// Most effects and findings told of, each.
const MAX_TOLD: usize = 5;

fn told(rule: &Rule, found: &Match<'_>, facts: &Facts) -> MatchedRule {
    let mut matched: Vec<String> = if found.effects.is_empty() {
        rule.when.words(facts).collect()
    } else {
        rule.when
            .words(facts)
            .filter(|word| !word.starts_with("path") && !word.starts_with("host"))
            .collect()
    };
    let effects = found.effects.iter().map(|effect| {
        let places = [
            ("on", &effect.path),
            ("branch", &effect.branch),
            ("host", &effect.host),
        ];
        let places = places
            .iter()
            .filter_map(|(word, place)| Some(format!(" {word} {}", place.as_deref()?)));
        let places: String = places.collect::<String>().chars().take(200).collect();
        format!("{} does {}{places}", effect.program, effect.id)
    });
    let findings = found
        .findings
        .iter()
        .filter_map(|index| facts.findings.get(*index))
        .map(|found| {
            format!(
                "{} {} at {} bytes {}..{}",
                found.class.name(),
                found.detector,
                found.place,
                found.start,
                found.end
            )
        });
    for mut words in [effects.collect::<Vec<_>>(), findings.collect()] {
        let more = words.len().saturating_sub(MAX_TOLD);
        words.truncate(MAX_TOLD);
        matched.extend(words);
        if more > 0 {
            matched.push(format!("and {more} more"));
        }
    }
    if let Some(limit) = &rule.limit {
        matched.push(limit.told(&rule.id, facts));
    }
    if rule.require.is_some() {
        matched.push(match facts.validated {
            Some(validated) => format!(
                "validate_output said {} of this content {} s ago",
                word(validated.verdict),
                validated.age_s
            ),
            None => "validate_output has not judged this content".to_owned(),
        });
    }
    if rule.flow.is_some() {
        let labels: Vec<&str> = facts.labels.iter().map(|label| label.name()).collect();
        matched.push(format!("the run has taken in {} data", labels.join(", ")));
    }
    if found.unseen {
        matched.push("not all of the action could be looked at".to_owned());
    }
    if found.unrecalled {
        matched.push(
            "what went before is not known: a part of the record of decisions cannot be read".to_owned(),
        );
    }
    MatchedRule {
        id: rule.id.clone(),
        effect: found.then,
        class: class(rule, found.then),
        comply: comply(rule, found, facts),
        why: rule.why.clone(),
        fix: rule.fix.clone(),
        matched,
        shadow: rule.shadow,
    }
}

fn class(rule: &Rule, effect: Effect) -> DenialClass {
    match effect {
        Effect::Deny if rule.limit.is_some() => DenialClass::Transient,
        Effect::Deny => DenialClass::Structural,
        Effect::RequireApproval => DenialClass::Approvable,
        Effect::Allow | Effect::Warn | Effect::Redact => DenialClass::Advisory,
    }
}

fn retry(rule: &Rule, effect: Effect) -> Retry {
    match effect {
        // The money of a run does not come back.
        Effect::Deny if rule.limit.as_ref().is_some_and(|limit| limit.per == Window::Run) => Retry::Never,
        Effect::Deny if rule.limit.is_some() => Retry::AfterTime,
        Effect::Deny if rule.require.is_some() => Retry::AfterChange,
        // A rule that tells no way out has none.
        Effect::Deny if rule.fix.is_empty() => Retry::Never,
        Effect::Deny => Retry::AfterChange,
        Effect::RequireApproval => Retry::AfterApproval,
        Effect::Allow | Effect::Warn | Effect::Redact => Retry::NotNeeded,
    }
}

/// The same as the rule's `fix`, for programs.
fn comply(rule: &Rule, found: &Match<'_>, facts: &Facts) -> Option<Comply> {
    let place = found
        .findings
        .first()
        .and_then(|index| facts.findings.get(*index));
    let (what, target) = match found.then {
        Effect::Allow | Effect::Warn => return None,
        Effect::Deny | Effect::RequireApproval if rule.require.is_some() => {
            (Remedy::Validate, Some("/content".to_owned()))
        }
        Effect::Deny if rule.limit.is_some() => (Remedy::Wait, None),
        Effect::RequireApproval => (Remedy::Ask, None),
        Effect::Deny | Effect::Redact if place.is_some() => {
            (Remedy::Replace, place.map(|found| found.place.clone()))
        }
        Effect::Deny | Effect::Redact if !rule.fix.is_empty() => (Remedy::Change, None),
        Effect::Deny | Effect::Redact => return None,
    };
    Some(Comply { what, target })
}

/// The word a closed set has on the wire.
fn word(value: impl serde::Serialize) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(word)) => word,
        _ => String::new(),
    }
}
