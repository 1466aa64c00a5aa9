//! From an action to what rules speak of. Every detector runs once; rules look at nothing else.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::panic::{AssertUnwindSafe, catch_unwind};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::detect::shell::{Effect, target};
use crate::detect::{Class, Confidence, secrets};
use crate::domain::{Action, ActionKind, Actor, Destination, Label, MicroUsd, Verdict};

mod find;
mod leaves;
mod scripts;

use find::{destination, effects, findings};
pub(crate) use leaves::{MAX_DEPTH, escape};

/// What is known about an action. Absent is unknown, which is not empty.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Facts {
    /// What is about to happen.
    pub kind: ActionKind,
    /// The tool it is done with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tool: Option<String>,
    /// Where the content ends up.
    pub to: Destination,
    /// The file, without `.` and `..`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// The host, in lower case.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub host: Option<String>,
    /// The HTTP method, in upper case.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub method: Option<String>,
    /// The branch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub branch: Option<String>,
    /// Bytes of text in the action.
    pub bytes: u64,
    /// The role that acts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<String>,
    /// The agent that acts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent: Option<String>,
    /// Whether all of it was looked at.
    pub scan: Scan,
    /// What its commands and statements do.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub effects: Vec<Effect>,
    /// What its texts hold.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub findings: Vec<Found>,
    /// What the content is said to be: `code`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output: Option<String>,
    /// Where its data comes from and what it holds, with all that its run took in before.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub labels: BTreeSet<Label>,
    /// What it may cost.
    #[serde(default, skip_serializing_if = "is_default")]
    pub cost: MicroUsd,
    /// How many tokens it may take.
    #[serde(default, skip_serializing_if = "is_default")]
    pub tokens: u64,
    /// What `validate_output` said of exactly this content.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub validated: Option<Validated>,
    /// What it said last in the run, of whatever content.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub validated_in_run: Option<Validated>,
    /// What earlier actions used of each limit, by the id of its rule, in the limit's unit.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub used: BTreeMap<String, u64>,
    /// Limits of which more may have been used than is known, because a part of the record cannot be read.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub uncounted: BTreeSet<String>,
    /// Whether its run may have taken in more than is known, for the same reason.
    #[serde(default, skip_serializing_if = "is_default")]
    pub run_unknown: bool,
}

/// A judgement of `validate_output`, and how old it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Validated {
    /// What it said.
    pub verdict: Verdict,
    /// How many seconds ago.
    pub age_s: u64,
}

/// Whether the detectors saw all of an action.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scan {
    /// All of it.
    Complete,
    /// It is too large or too deep, or holds more findings than are counted.
    Incomplete,
    /// A detector failed.
    Failed,
}

impl Scan {
    /// The word rules use for it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Complete => "complete",
            Self::Incomplete => "incomplete",
            Self::Failed => "failed",
        }
    }
}

/// Something found in a text of the action; its value is not kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Found {
    /// What kind of thing.
    pub class: Class,
    /// The detector's rule.
    pub detector: Cow<'static, str>,
    /// How sure that is.
    pub confidence: Confidence,
    /// Where: a JSON pointer (RFC 6901) into the action; with `#` at its end, the key itself.
    pub place: String,
    /// First byte within that text.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
    /// The first four hexadecimal digits of the value's SHA-256: tells two values apart, tells neither.
    pub tag: String,
}

impl Facts {
    /// Runs all detectors over the action. A detector that fails is a fact, never a missing one.
    #[must_use]
    pub fn of(action: &Action, actor: Option<&Actor>) -> Self {
        let (leaves, whole) = leaves::leaves(action);
        let url = action.url.as_deref().or_else(|| scripts::url(action));
        let mut facts = Self {
            kind: action.kind,
            tool: action.tool.clone(),
            to: action.destination.unwrap_or_else(|| destination(action, url)),
            path: action.path.as_deref().map(target::normal),
            host: url.and_then(target::host),
            method: action
                .arguments
                .get("method")
                .and_then(Value::as_str)
                .map(str::to_ascii_uppercase),
            branch: action.branch.clone(),
            bytes: leaves.iter().map(|leaf| leaf.text.len() as u64).sum(),
            role: actor.and_then(|actor| actor.role.clone()),
            agent: actor.and_then(|actor| actor.name.clone()),
            scan: if whole { Scan::Complete } else { Scan::Incomplete },
            effects: Vec::new(),
            findings: Vec::new(),
            output: action.output.clone(),
            labels: action.labels.iter().copied().collect(),
            cost: action.cost.unwrap_or_default(),
            tokens: action.tokens.unwrap_or_default(),
            validated: None,
            validated_in_run: None,
            used: BTreeMap::new(),
            uncounted: BTreeSet::new(),
            run_unknown: false,
        };
        if action.kind == ActionKind::ToolResult {
            facts.labels.insert(Label::Untrusted);
        }
        match catch_unwind(AssertUnwindSafe(|| findings(action, &leaves))) {
            Ok((findings, all)) => {
                facts.findings = findings;
                if !all {
                    facts.scan = Scan::Incomplete;
                }
            }
            Err(_) => facts.scan = Scan::Failed,
        }
        let held = facts.findings.iter().filter_map(|found| found.class.label());
        facts.labels.extend(held.collect::<Vec<Label>>());
        match catch_unwind(AssertUnwindSafe(|| effects(action, &facts))) {
            Ok(effects) => facts.effects = effects,
            Err(_) => {
                facts.scan = Scan::Failed;
                facts
                    .effects
                    .push(Effect::opaque("a script the detector failed on"));
            }
        }
        facts
    }
}

impl Facts {
    /// The facts as they are kept with the decision: JSON without any secret value, from which the action can be judged
    /// again.
    #[must_use]
    pub fn document(&self) -> String {
        let texts = [
            &self.tool,
            &self.path,
            &self.host,
            &self.method,
            &self.branch,
            &self.role,
            &self.agent,
        ];
        let places = self.findings.iter().map(|found| &found.place);
        let clean = texts
            .into_iter()
            .flatten()
            .chain(places)
            .all(|text| !holds_secret(text));
        let kept = if clean {
            Cow::Borrowed(self)
        } else {
            Cow::Owned(self.without_secrets())
        };
        // Only a map whose keys are no texts cannot be written.
        serde_json::to_string(&kept).unwrap_or_default()
    }

    fn without_secrets(&self) -> Self {
        let mut kept = self.clone();
        let Self {
            tool,
            path,
            host,
            method,
            branch,
            role,
            agent,
            ..
        } = &mut kept;
        let texts = [tool, path, host, method, branch, role, agent];
        texts.into_iter().flatten().for_each(hide_secrets);
        // A key of the arguments may be a secret, and is part of where something was found.
        kept.findings
            .iter_mut()
            .for_each(|found| hide_secrets(&mut found.place));
        kept
    }
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

fn holds_secret(text: &str) -> bool {
    let mut hits = Vec::new();
    secrets::scan(text, 1, &mut hits);
    !hits.is_empty()
}

/// Puts a mark in the place of each secret.
pub(super) fn hide_secrets(text: &mut String) {
    let mut hits = Vec::new();
    secrets::scan(text, 10, &mut hits);
    for hit in hits.iter().rev() {
        text.replace_range(hit.range.clone(), "[secret]");
    }
}

#[cfg(test)]
mod tests;
