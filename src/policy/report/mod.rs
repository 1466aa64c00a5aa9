//! What the record says of a time: decisions by rule, effect, actor and day; how fast violations were mended and
//! people answered; what was never exercised.
//!
//! Pure: a fold over the entries of the record, in order.

use serde::{Deserialize, Serialize};

use crate::domain::{Effect, Timestamp};

mod fold;
mod tally;

pub use fold::Fold;

/// What the record says of a time.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// The project; all of the organisation's when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub project: Option<String>,
    /// When it was made.
    pub made_at: Timestamp,
    /// What was asked for: decisions from then on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<Timestamp>,
    /// The first and the last decision in it.
    pub period: Option<(Timestamp, Timestamp)>,
    /// SHA-256 of the rules in force now.
    pub bundle: String,
    /// How many other bundles decided something in this time.
    pub other_bundles: u64,
    /// The head of the log, signed: what binds this report to the record.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub checkpoint: Option<String>,
    /// Decisions by their effect.
    pub decisions: Counts,
    /// Actions of which it is recorded that they were done, and that they failed.
    pub outcomes: (u64, u64),
    /// By rule, the most frequent first; a decision counts for every rule that matched.
    pub rules: Vec<RuleRow>,
    /// By who acted, the most frequent first.
    pub actors: Vec<Row>,
    /// By kind of action.
    pub kinds: Vec<Row>,
    /// By project.
    pub projects: Vec<Row>,
    /// By the door they came through.
    pub doors: Vec<Row>,
    /// By day (UTC), the first day first.
    pub days: Vec<Row>,
    /// Actions that were denied, and what became of them.
    pub mends: Mends,
    /// Actions that a person had to allow.
    pub approvals: Approvals,
    /// Kinds of action that did not occur.
    pub kinds_unseen: Vec<String>,
    /// Rules in force that never matched.
    pub rules_silent: Vec<String>,
    /// By rule and actor, this week beside the one before.
    pub trends: Vec<Trend>,
}

/// Decisions by their effect.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// Passed.
    pub allow: u64,
    /// Passed with a warning.
    pub warn: u64,
    /// Passed without what was found in it.
    pub redact: u64,
    /// Waited for a person.
    pub require_approval: u64,
    /// Refused.
    pub deny: u64,
}

/// Decisions under a name.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Row {
    /// The name.
    pub name: String,
    /// The decisions.
    pub counts: Counts,
}

impl RuleRow {
    /// Its decisions under its id.
    #[must_use]
    pub fn row(&self) -> Row {
        Row {
            name: self.id.clone(),
            counts: self.counts,
        }
    }
}

/// What a rule did.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RuleRow {
    /// The rule.
    pub id: String,
    /// The decisions it matched in, by what was decided.
    pub counts: Counts,
    /// When it first and last did in this time.
    pub seen: Option<(Timestamp, Timestamp)>,
    /// The actions it refused in a run, and what became of them.
    pub mends: Mends,
}

/// Refused actions of runs, and whether the run then did such a thing in a way that passed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mends {
    /// Actions that were refused; more refusals before the first that passes are one.
    pub violations: u64,
    /// Those followed by a permitted action of the same kind and tool in the same run.
    pub mended: u64,
    /// How long that took.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub took: Option<Took>,
}

/// Actions that a person had to allow.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Approvals {
    /// So often a person was asked.
    pub asked: u64,
    /// So often an answer let an action pass.
    pub used: u64,
    /// So often it was refused.
    pub refused: u64,
    /// Actions that nobody answered for.
    pub unanswered: u64,
    /// From asking to the answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub took: Option<Took>,
}

/// How long something took, in milliseconds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Took {
    /// Half of them took no longer.
    pub median_ms: u64,
    /// Nine in ten took no longer.
    pub p90_ms: u64,
}

/// How often a rule stopped, redacted or warned somebody.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trend {
    /// The rule.
    pub rule: String,
    /// Who acted.
    pub actor: String,
    /// In the seven days before the report.
    pub this_week: u64,
    /// In the seven days before these.
    pub week_before: u64,
}

impl Counts {
    /// Of one effect.
    #[must_use]
    pub fn of(&self, effect: Effect) -> u64 {
        match effect {
            Effect::Allow => self.allow,
            Effect::Warn => self.warn,
            Effect::Redact => self.redact,
            Effect::RequireApproval => self.require_approval,
            Effect::Deny => self.deny,
        }
    }

    /// All of them.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.allow + self.warn + self.redact + self.require_approval + self.deny
    }

    fn add(&mut self, effect: Effect) {
        *match effect {
            Effect::Allow => &mut self.allow,
            Effect::Warn => &mut self.warn,
            Effect::Redact => &mut self.redact,
            Effect::RequireApproval => &mut self.require_approval,
            Effect::Deny => &mut self.deny,
        } += 1;
    }
}

impl Took {
    /// Of some times; none of none.
    #[must_use]
    pub fn of(mut times: Vec<u64>) -> Option<Self> {
        times.sort_unstable();
        let at = |share: usize| {
            let rank = (times.len() * share).div_ceil(100).max(1);
            times.get(rank - 1).copied()
        };
        Some(Self {
            median_ms: at(50)?,
            p90_ms: at(90)?,
        })
    }
}

#[cfg(test)]
mod tests;
