//! The record of what was decided.

use serde::{Deserialize, Serialize};

use super::{ActionKind, Digest, Effect, Scope, Timestamp};

/// One decision, or what became of one, as it is kept. It names the content by digest and never holds it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AuditEntry {
    /// When it was decided.
    pub at: Timestamp,
    /// Who asked, where.
    pub scope: Scope,
    /// Through which door: a tool's name, `crew.step`, `cli`.
    pub via: String,
    /// What was to be done.
    pub kind: ActionKind,
    /// The tool it was to be done with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tool: Option<String>,
    /// The run it belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run: Option<String>,
    /// SHA-256 over the canonical JSON of the action, without the secrets that were found in it.
    pub action_sha256: Digest,
    /// SHA-256 of the fact document that was judged, which is kept beside the entry.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub facts_sha256: Option<Digest>,
    /// What was decided.
    pub effect: Effect,
    /// The ids of all rules that matched, strictest first.
    pub rules: Vec<String>,
    /// SHA-256 of the rule bundle that decided.
    pub bundle: Digest,
    /// The approval that was given or refused, when this entry records that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approval: Option<String>,
    /// What became of an action that was permitted earlier, when this entry records that; the rest of the
    /// entry repeats the decision.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcome: Option<AuditOutcome>,
}

/// What became of an action after it was permitted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditOutcome {
    /// The number of the entry that permitted it.
    pub of: u64,
    /// How it ended.
    pub result: ActionResult,
    /// The code of the failure.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
}

/// How an action ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ActionResult {
    /// It was done.
    Succeeded,
    /// It could not be done, or not all of it.
    Failed,
}

/// An entry with the document it was judged by.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AuditRecord {
    /// The entry.
    pub entry: AuditEntry,
    /// The facts as JSON, without any secret value; what `facts_sha256` is the digest of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub facts: Option<String>,
}

impl From<AuditEntry> for AuditRecord {
    fn from(entry: AuditEntry) -> Self {
        Self { entry, facts: None }
    }
}

/// Where an entry stands in the log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditRef {
    /// Its number, from 1, in the log of its organisation.
    pub seq: u64,
    /// Its hash as a leaf of the log's Merkle tree: SHA-256 over a zero byte and the entry.
    pub hash: Digest,
}
