//! The record of what was decided.

use serde::{Deserialize, Serialize};

use super::{ActionKind, Digest, Effect, Scope, Timestamp};

/// One decision, as it is kept. It names the content by digest and never holds it.
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
    /// SHA-256 over the canonical JSON of the action.
    pub action_sha256: Digest,
    /// What was decided.
    pub effect: Effect,
    /// The ids of all rules that matched, strictest first.
    pub rules: Vec<String>,
    /// SHA-256 of the rule bundle that decided.
    pub bundle: Digest,
    /// The approval that was given or refused, when this entry records that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approval: Option<String>,
}

/// Where an entry stands in the log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditRef {
    /// Its number, from 1, in the log of its organisation.
    pub seq: u64,
    /// SHA-256 over the entry and the hash before it.
    pub hash: Digest,
}
