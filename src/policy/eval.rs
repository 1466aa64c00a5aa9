//! The judgement: which rules match the facts, and the strictest of them. No IO, no clock, no content.

use super::detect::shell;
use super::facts::{Facts, Found};
use super::pack::Rule;
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

/// Judges the facts by all rules.
#[must_use]
pub(super) fn judge(rules: &[Rule], facts: &Facts) -> Judgement {
    let mut matched: Vec<(&Rule, Match<'_>)> = rules
        .iter()
        .filter_map(|rule| Some((rule, find(rule, facts)?)))
        .collect();
    matched.sort_by(|(a, _), (b, _)| {
        (a.shadow, std::cmp::Reverse(a.then), &a.id).cmp(&(b.shadow, std::cmp::Reverse(b.then), &b.id))
    });
    let strictest = matched
        .iter()
        .find(|(rule, _)| !rule.shadow)
        .map(|(rule, _)| *rule);
    let redacting = matched
        .iter()
        .filter(|(rule, _)| !rule.shadow && rule.then == Effect::Redact);
    let mut redact: Vec<usize> = redacting
        .flat_map(|(_, found)| found.findings.iter().copied())
        .collect();
    redact.sort_unstable();
    redact.dedup();
    Judgement {
        effect: strictest.map_or(Effect::Allow, |rule| rule.then),
        retry: strictest.map_or(Retry::NotNeeded, retry),
        redact,
        rules: matched
            .iter()
            .map(|(rule, found)| told(rule, found, facts))
            .collect(),
    }
}

/// Whether the rule matches.
#[must_use]
pub(super) fn matches(rule: &Rule, facts: &Facts) -> bool {
    find(rule, facts).is_some()
}

/// What made a rule match, where it asks for effects or findings.
struct Match<'a> {
    effects: Vec<&'a shell::Effect>,
    findings: Vec<usize>,
}

/// A rule asks for one effect and one finding at most, and its exception must hold of the same ones:
/// `rm -rf target src` is not excused because of `target`.
fn find<'a>(rule: &Rule, facts: &'a Facts) -> Option<Match<'a>> {
    let (when, unless) = (&rule.when, &rule.unless);
    let (of_effects, of_findings) = (when.speaks_of_effects(), when.speaks_of_findings());
    if !when.holds_of_action(facts, of_effects) {
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
    Some(Match { effects, findings })
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
    MatchedRule {
        id: rule.id.clone(),
        effect: rule.then,
        class: class(rule.then),
        why: rule.why.clone(),
        fix: rule.fix.clone(),
        matched,
        shadow: rule.shadow,
    }
}

fn class(effect: Effect) -> DenialClass {
    match effect {
        Effect::Deny => DenialClass::Structural,
        Effect::RequireApproval => DenialClass::Approvable,
        Effect::Allow | Effect::Warn | Effect::Redact => DenialClass::Advisory,
    }
}

fn retry(rule: &Rule) -> Retry {
    match rule.then {
        // A rule that tells no way out has none.
        Effect::Deny if rule.fix.is_empty() => Retry::Never,
        Effect::Deny => Retry::AfterChange,
        Effect::RequireApproval => Retry::AfterApproval,
        Effect::Allow | Effect::Warn | Effect::Redact => Retry::NotNeeded,
    }
}
