//! What the policy engine answers.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{AuditRef, Digest, Timestamp};

/// What a rule does to an action, mildest first: the strictest matching rule wins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// Go ahead.
    Allow,
    /// Go ahead, and know this.
    Warn,
    /// Go ahead with the redacted content instead.
    Redact,
    /// A person has to allow exactly this first.
    RequireApproval,
    /// Do not.
    Deny,
}

/// Whether trying again can help, so that agents stop when it cannot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Retry {
    /// Nothing to retry: it was let through.
    NotNeeded,
    /// After the action was changed as the rule says.
    AfterChange,
    /// After a person approved it.
    AfterApproval,
    /// After some time.
    AfterTime,
    /// No repetition helps.
    Never,
}

/// Why an action was stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DenialClass {
    /// The action itself breaks a rule; changing it helps, repeating it does not.
    Structural,
    /// A person may allow exactly this.
    Approvable,
    /// A limit or a fault that passes.
    Transient,
    /// Nothing was stopped.
    Advisory,
}

/// A rule that matched, and what it says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MatchedRule {
    /// The rule's id, unique in its bundle.
    pub id: String,
    /// What the rule does.
    pub effect: Effect,
    /// Why an action is stopped by it.
    pub class: DenialClass,
    /// Why the rule exists.
    pub why: String,
    /// How to comply.
    pub fix: String,
    /// The facts that made it match, in words; never a secret's value.
    pub matched: Vec<String>,
    /// The same as `fix`, for programs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comply: Option<Comply>,
    /// Whether the rule only records: it then changes nothing about the decision.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub shadow: bool,
}

/// What a program can do to comply.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Comply {
    /// What to do.
    #[serde(rename = "do")]
    pub what: Remedy,
    /// With what: a JSON pointer (RFC 6901) into the action.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
}

/// What helps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Remedy {
    /// Put something else in the place of what was found.
    Replace,
    /// Do it another way, as `fix` says.
    Change,
    /// Have `validate_output` judge it.
    Validate,
    /// Wait.
    Wait,
    /// Ask a person.
    Ask,
}

/// A handle a person can answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApprovalRef {
    /// The handle.
    pub id: String,
    /// Until when it can be answered.
    pub expires_at: Timestamp,
}

/// The answer of the policy engine about one action.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Decision {
    /// The strictest effect of all matching rules.
    pub effect: Effect,
    /// All rules that matched, strictest first.
    pub rules: Vec<MatchedRule>,
    /// The action's content and arguments with findings replaced, when the effect is `redact`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub redacted: Option<Redacted>,
    /// What a person can answer, when the effect is `require_approval`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approval: Option<ApprovalRef>,
    /// Whether trying again can help.
    pub retry: Retry,
    /// After how many seconds it can, when a limit passes with time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after_s: Option<u64>,
    /// The content with the values put back that were kept here for this run, when the action is a model's answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub restored: Option<String>,
    /// Where the decision is recorded; absent for a dry run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub audit: Option<AuditRef>,
    /// SHA-256 of the rule bundle that decided.
    pub bundle: Digest,
}

/// What may be used instead of the original.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Redacted {
    /// The content with each finding replaced by `[secret:<rule>:<4 hex>]`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content: Option<String>,
    /// The arguments likewise.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub arguments: Value,
    /// The tool's name likewise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tool: Option<String>,
    /// The path likewise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// The address likewise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// The branch likewise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub branch: Option<String>,
}

impl Decision {
    /// Whether the action may go ahead as it is.
    #[must_use]
    pub fn permits(&self) -> bool {
        self.effect <= Effect::Warn
    }
}
