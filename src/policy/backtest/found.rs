//! What a backtest finds.

use serde::{Deserialize, Serialize};

use crate::domain::{ActionKind, Effect, Timestamp};

/// What came of judging the record by other rules.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Backtest {
    /// SHA-256 of the rules it was judged by.
    pub bundle: String,
    /// The first and the last decision that was judged.
    pub period: Option<(Timestamp, Timestamp)>,
    /// Decisions that were judged again.
    pub judged: u64,
    /// Decisions without a document to judge.
    pub without_facts: u64,
    /// Decisions whose document cannot be read.
    pub unreadable: u64,
    /// Judged actions that had passed.
    pub passed: u64,
    /// Judged actions that had been stopped, also those that waited for a person.
    pub stopped: u64,
    /// Actions that passed and would be denied.
    pub denied_now: u64,
    /// Actions that passed and would wait for a person.
    pub asked_now: u64,
    /// Actions that were stopped and would pass.
    pub passed_now: u64,
    /// Decisions that stop or pass the same and yet are others: a warning more, another redaction.
    pub otherwise: u64,
    /// Refusals that would have told the agent to give up.
    pub final_denials: u64,
    /// Whether a rule asks for what `validate_output` said, which the record holds only where a rule asked before.
    pub asks_for_validation: bool,
    /// The changed decisions by rule, the most frequent first.
    pub rules: Vec<Change>,
}

/// What a rule changes.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// The rule.
    pub id: String,
    /// Actions it would stop that passed.
    pub stops: u64,
    /// Actions that it had stopped and that would pass.
    pub lets: u64,
    /// Some of them, the first.
    pub samples: Vec<Sample>,
}

/// A decision that would be another one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sample {
    /// Its number in the record.
    pub seq: u64,
    /// When it was made.
    pub at: Timestamp,
    /// The kind of action.
    pub kind: ActionKind,
    /// The tool.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tool: Option<String>,
    /// What was decided.
    pub was: Effect,
    /// What would be.
    pub would_be: Effect,
    /// What makes the rule match now.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub matched: Vec<String>,
}
