//! Rule packs: the YAML a person writes, and the checks that refuse a wrong one as a whole.

use serde::Deserialize;
use serde_saphyr::Spanned;

use super::error::{Error, Place};
use crate::domain::Effect;

pub mod case;
pub mod condition;
pub mod demand;
pub mod lint;
pub mod trial;

use case::Case;
use condition::Conditions;
use demand::{Flow, Limit, Require, Then};

/// A pack as text, with the name errors call it by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// A file's name.
    pub name: String,
    /// The YAML.
    pub text: String,
}

/// A pack, read but not yet checked.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pack {
    /// The version of the pack language: 1.
    pub version: u32,
    /// Built-in packs this one relies on. All of them are always in force.
    #[serde(default)]
    pub extends: Vec<Spanned<String>>,
    /// Whether the pack's rules act or only record.
    #[serde(default)]
    pub mode: Mode,
    /// The rules.
    pub rules: Vec<RuleSource>,
}

/// Whether rules act.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// They do.
    #[default]
    Enforce,
    /// Their matches are returned and recorded and change nothing.
    Shadow,
}

/// A rule as it is written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RuleSource {
    /// Unique in the bundle.
    pub id: Spanned<String>,
    /// What must all hold.
    #[serde(default)]
    pub when: Conditions,
    /// Unless all of this holds too.
    #[serde(default)]
    pub unless: Conditions,
    /// It matches what would exceed this.
    #[serde(default)]
    pub limit: Option<Limit>,
    /// It matches what lacks this.
    #[serde(default)]
    pub require: Option<Require>,
    /// It matches what takes this way.
    #[serde(default)]
    pub flow: Option<Flow>,
    /// What then happens; a limit, a requirement or a flow denies when nothing is said.
    #[serde(default)]
    pub then: Option<Then>,
    /// What happens when a detector failed or did not see all, or what went before cannot be read, so that nobody knows
    /// whether it matches.
    #[serde(default)]
    pub on_error: Option<Effect>,
    /// Overrides the pack's mode.
    #[serde(default)]
    pub mode: Option<Mode>,
    /// Why the rule exists, for the one who is stopped.
    #[serde(default)]
    pub why: String,
    /// How to comply.
    #[serde(default)]
    pub fix: String,
    /// Actions the rule must and must not match; run when the pack is loaded.
    #[serde(default)]
    pub tests: Tests,
}

/// The inline tests of a rule.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tests {
    /// Actions it must match.
    #[serde(default, rename = "match")]
    pub matches: Vec<Spanned<Case>>,
    /// Actions it must not match.
    #[serde(default)]
    pub no_match: Vec<Spanned<Case>>,
}

/// A rule that passed the checks.
#[derive(Debug)]
pub struct Rule {
    /// Unique in the bundle.
    pub id: String,
    /// The pack it stands in.
    pub pack: String,
    /// The place of the id in its pack.
    pub at: Place,
    /// What must all hold.
    pub when: Conditions,
    /// Unless all of this holds too.
    pub unless: Conditions,
    /// It matches what would exceed this.
    pub limit: Option<Limit>,
    /// It matches what lacks this.
    pub require: Option<Require>,
    /// It matches what takes this way.
    pub flow: Option<Flow>,
    /// What then happens.
    pub then: Then,
    /// What happens when a detector failed or did not see all.
    pub on_error: Option<Effect>,
    /// Whether it only records.
    pub shadow: bool,
    /// Why the rule exists.
    pub why: String,
    /// How to comply.
    pub fix: String,
    /// Its inline tests.
    pub tests: Tests,
}

/// Longest pack read.
const MAX_PACK: usize = 1 << 20;
/// Most rules in one pack.
const MAX_RULES: usize = 10_000;

/// Reads a pack and checks each of its rules by itself.
///
/// # Errors
/// When the text is not a pack, or a rule could not do what its author thinks: with the line.
pub fn read(source: &Source) -> Result<Vec<Rule>, Error> {
    let refuse = |at: Option<Place>, detail: String| Error::Pack {
        pack: source.name.clone(),
        at,
        detail,
    };
    if source.text.len() > MAX_PACK {
        return Err(refuse(None, format!("it is larger than {MAX_PACK} bytes")));
    }
    // Aliases multiply: a pack has no need of them.
    let options = serde_saphyr::options! {
        budget: serde_saphyr::budget! { max_aliases: 0, max_anchors: 0, max_depth: 32 },
    };
    let pack: Pack = serde_saphyr::from_str_with_options(&source.text, options)
        .map_err(|error| refuse(error.location().map(Place::from), plain(&error)))?;
    if pack.version != 1 {
        return Err(refuse(
            Some(Place { line: 1, column: 1 }),
            format!("version {} is not known, only 1", pack.version),
        ));
    }
    if pack.rules.len() > MAX_RULES {
        return Err(refuse(None, format!("it has more than {MAX_RULES} rules")));
    }
    for extended in &pack.extends {
        if !super::bundle::BUILTIN
            .iter()
            .any(|(name, _)| *name == extended.value)
        {
            let known: Vec<&str> = super::bundle::BUILTIN.iter().map(|(name, _)| *name).collect();
            let detail = format!(
                "there is no built-in pack {}; there are {}",
                extended.value,
                known.join(", ")
            );
            return Err(refuse(Some(extended.referenced.into()), detail));
        }
    }
    let mut rules = Vec::with_capacity(pack.rules.len());
    for rule in pack.rules {
        let at = Place::from(rule.id.referenced);
        let id = rule.id.value.clone();
        if let Some(fault) = fault(&rule) {
            return Err(refuse(Some(at), format!("rule {id}: {fault}")));
        }
        rules.push(Rule {
            id,
            pack: source.name.clone(),
            at,
            when: rule.when,
            unless: rule.unless,
            limit: rule.limit,
            require: rule.require,
            flow: rule.flow,
            then: rule.then.unwrap_or_else(|| Then::plain(Effect::Deny)),
            on_error: rule.on_error,
            shadow: rule.mode.unwrap_or(pack.mode) == Mode::Shadow,
            why: rule.why,
            fix: rule.fix,
            tests: rule.tests,
        });
    }
    Ok(rules)
}

/// What keeps a rule from doing what its author thinks.
fn fault(rule: &RuleSource) -> Option<String> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.:/".contains(&byte);
    if rule.id.value.is_empty() || rule.id.value.len() > 100 || !rule.id.value.bytes().all(plain) {
        return Some("an id is 1 to 100 letters, digits or any of -_.:/".to_owned());
    }
    let demands = [rule.limit.is_some(), rule.require.is_some(), rule.flow.is_some()];
    match demands.iter().filter(|demand| **demand).count() {
        0 | 1 => {}
        _ => return Some("a rule has one of `limit`, `require` and `flow`".to_owned()),
    }
    if rule.then.is_none() && !demands.contains(&true) {
        return Some("`then` is missing: deny, require_approval, redact, warn or allow".to_owned());
    }
    if rule.require.is_some() && rule.when.is_empty() {
        return Some("`require` needs a `when` that says of what it is required".to_owned());
    }
    if rule.limit.is_some()
        && rule
            .then
            .as_ref()
            .is_some_and(|then| then.effect < Effect::RequireApproval)
    {
        return Some("a `limit` that stops nothing is none; use `warn_at` to be told in time".to_owned());
    }
    let looks = rule.when.speaks_of_findings() || rule.when.speaks_of_effects();
    let recalls = rule.when.speaks_of_labels() || rule.limit.is_some() || rule.flow.is_some();
    if rule.on_error.is_some() && !looks && !recalls {
        return Some(
            "`on_error` is for a rule that asks for findings or commands, or for what went before: a label, a \
             limit, a flow"
                .to_owned(),
        );
    }
    if rule.on_error == Some(Effect::Redact) {
        return Some(
            "`on_error: redact` would redact nothing: what was not looked at is not known".to_owned(),
        );
    }
    if rule.when.is_empty() && !demands.contains(&true) {
        return Some(
            "`when` is empty, so it would match everything; write `kind: \"*\"` if that is meant".to_owned(),
        );
    }
    if rule.unless.speaks_of_effects() && !rule.when.speaks_of_effects() {
        return Some("`unless` speaks of commands, but `when` does not".to_owned());
    }
    if rule.unless.speaks_of_findings() && !rule.when.speaks_of_findings() {
        return Some("`unless` speaks of findings, but `when` does not".to_owned());
    }
    if rule
        .then
        .as_ref()
        .is_some_and(|then| then.effect == Effect::Redact)
        && !rule.when.speaks_of_findings()
    {
        return Some("`then: redact` needs `finding` in `when` to say what is redacted".to_owned());
    }
    rule.when
        .fault()
        .or_else(|| rule.unless.fault())
        .or_else(|| lint::never_fires(rule))
}

/// The parser's message without its drawing of the place.
fn plain(error: &serde_saphyr::Error) -> String {
    error
        .without_snippet()
        .to_string()
        .lines()
        .next()
        .map(|line| line.rsplit_once(" at line ").map_or(line, |(before, _)| before))
        .unwrap_or_default()
        .to_owned()
}

#[cfg(test)]
mod tests;
