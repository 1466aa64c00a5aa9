//! Patterns as rules, in the words of a pack.

use std::fmt::Write as _;

use super::{ENOUGH, Exception, Key, Pattern, Proposal};
use crate::domain::Timestamp;
use crate::policy::pack::Rule;

/// An approval is for a piece of work, not for ever.
const TTL: &str = "8h";
/// Nor for any number of times.
const MAX_USES: u64 = 50;
/// A longer value is nothing a person would read.
const MAX_VALUE: usize = 200;

/// For a built-in rule that asks, which nothing can make milder: one approval for all uses of the same action.
pub(super) fn longer_approval(key: &Key, pattern: &Pattern, rule: &Rule) -> Option<Proposal> {
    if !always_approved(pattern) || pattern.repeated == 0 {
        return None;
    }
    let uses = (pattern.repeated + 1).min(MAX_USES);
    let evidence = format!(
        "{} asked {} and was approved every time ({}); {} of these approvals were for an action approved before, \
         and would not have been needed",
        rule.id,
        times(pattern.times),
        span(pattern),
        pattern.repeated
    );
    let id = name(key, "known");
    let why = format!(
        "Approved {} by people: one approval covers the work.",
        times(pattern.approved)
    );
    let then = format!("{{require_approval: {{uses: {uses}, ttl: {TTL}}}}}");
    Some(Proposal {
        yaml: rule_text(&id, &conditions(key, Some(pattern)), &then, &why, &rule.fix),
        id,
        evidence,
        times: pattern.times,
        exception: None,
    })
}

/// For a rule of the user's own that asks: an exception of it, and a warning instead.
pub(super) fn exception(key: &Key, pattern: &Pattern, rule: &Rule) -> Option<Proposal> {
    // A rule has one exception: another would widen the one that is there.
    if !always_approved(pattern) || !rule.unless.is_empty() {
        return None;
    }
    let when = conditions(key, Some(pattern));
    let unless: Vec<(&str, String)> = when
        .iter()
        .filter(|(field, _)| speaks_for(rule, field))
        .cloned()
        .collect();
    let unless = braces(&unless);
    let evidence = format!(
        "{} asked {} and was approved every time ({}); this warns instead, once {} has `unless: {unless}`",
        rule.id,
        times(pattern.times),
        span(pattern),
        rule.id
    );
    let id = name(key, "known");
    let why = format!(
        "Approved {} by people; {} does not ask for it any more.",
        times(pattern.approved),
        rule.id
    );
    Some(Proposal {
        yaml: rule_text(&id, &when, "warn", &why, &rule.fix),
        id,
        evidence,
        times: pattern.times,
        exception: Some(Exception {
            rule: rule.id.clone(),
            unless,
        }),
    })
}

/// For what is refused again and again: the same refusal with a way out for the one who runs into it.
pub(super) fn better_fix(key: &Key, pattern: &Pattern, rule: &Rule) -> Option<Proposal> {
    if pattern.times < ENOUGH {
        return None;
    }
    let who = key.who.as_ref().map_or_else(
        || "this tool".to_owned(),
        |(field, name)| format!("the {field} {name}"),
    );
    let evidence = format!(
        "{} refused the same to {who} {} ({}); write into `fix` what should be done instead",
        rule.id,
        times(pattern.times),
        span(pattern)
    );
    let told = format!(
        "This was refused to {who} {} already: do not try it again in other words, change the plan or ask a person.",
        times(pattern.times)
    );
    let fix = [rule.fix.as_str(), told.as_str()].join(" ").trim().to_owned();
    let mut when = conditions(key, None);
    when.extend(key.who.iter().map(|(field, name)| (*field, quoted(name))));
    let id = name(key, "again");
    Some(Proposal {
        yaml: rule_text(&id, &when, "deny", &rule.why, &fix),
        id,
        evidence,
        times: pattern.times,
        exception: None,
    })
}

/// Whether a pack can say the value as it is: no pattern, no comparison, nothing that hides.
pub(super) fn is_plain(value: &str) -> bool {
    let shown = |c: char| c.is_alphanumeric() || c == ' ' || c.is_ascii_graphic();
    !value.is_empty()
        && value.len() <= MAX_VALUE
        && !value.contains(['*', '?'])
        && !value.starts_with(['<', '>'])
        && value.chars().all(shown)
}

/// The word a closed set has on the wire.
pub(super) fn word(value: impl serde::Serialize) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(word)) => word,
        _ => String::new(),
    }
}

fn always_approved(pattern: &Pattern) -> bool {
    pattern.approved >= ENOUGH && pattern.refused == 0
}

/// An exception may speak of commands and findings where its rule does.
fn speaks_for(rule: &Rule, field: &str) -> bool {
    match field {
        "command" | "program" => rule.when.speaks_of_effects(),
        "finding" | "detector" | "confidence" => rule.when.speaks_of_findings(),
        _ => true,
    }
}

/// The fields of a condition, with their values as YAML.
fn conditions(key: &Key, places: Option<&Pattern>) -> Vec<(&'static str, String)> {
    let mut fields: Vec<(&'static str, String)> = key
        .what
        .iter()
        .map(|(field, value)| (*field, quoted(value)))
        .collect();
    for (field, values) in places.iter().flat_map(|pattern| &pattern.places) {
        if let Some(values) = values.as_ref().filter(|values| !values.is_empty()) {
            let values: Vec<String> = values.iter().map(|value| quoted(value)).collect();
            fields.push((field, format!("[{}]", values.join(", "))));
        }
    }
    fields
}

fn braces(fields: &[(&str, String)]) -> String {
    let fields: Vec<String> = fields
        .iter()
        .map(|(field, value)| format!("{field}: {value}"))
        .collect();
    format!("{{{}}}", fields.join(", "))
}

fn rule_text(id: &str, when: &[(&str, String)], then: &str, why: &str, fix: &str) -> String {
    let mut text = format!("  - id: {id}\n    when: {}\n    then: {then}\n", braces(when));
    for (field, value) in [("why", why), ("fix", fix)] {
        if !value.is_empty() {
            let _written = writeln!(text, "    {field}: {}", quoted(value));
        }
    }
    text
}

/// A text between double quotes: what JSON writes, YAML reads.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// The rule, who acted and what it is about, in the letters that an id may have.
fn name(key: &Key, word: &str) -> String {
    let who = key.who.iter().map(|(_, name)| name);
    let what = key
        .what
        .iter()
        .filter(|(field, _)| matches!(*field, "tool" | "command" | "detector"));
    let parts = [word.to_owned(), key.rule.clone()];
    let parts = parts.iter().chain(who).chain(what.map(|(_, value)| value));
    let whole = parts.cloned().collect::<Vec<_>>().join("-");
    let plain = |c: char| {
        if c.is_ascii_alphanumeric() || "-_.".contains(c) {
            c
        } else {
            '-'
        }
    };
    whole.chars().map(plain).take(100).collect()
}

fn times(n: u64) -> String {
    if n == 1 {
        "once".to_owned()
    } else {
        format!("{n} times")
    }
}

fn span(pattern: &Pattern) -> String {
    format!("{} to {}", day(pattern.first), day(pattern.last))
}

fn day(at: Timestamp) -> String {
    at.to_string().chars().take(10).collect()
}
