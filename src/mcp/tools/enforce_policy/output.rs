//! What `enforce_policy` answers.

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use crate::domain::decision::Remedy;
use crate::domain::{Decision, DenialClass, Effect, MatchedRule, Retry};
use crate::mcp::approval::Said;
use crate::mcp::tools::is_false;

#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Output {
    /// allow and warn: go ahead. redact: go ahead with `redacted` instead. require_approval: a person has
    /// to allow exactly this first. deny: do not do it.
    #[schemars(with = "String", extend("enum" = ["allow", "warn", "redact", "require_approval", "deny"]))]
    decision: Effect,
    /// The rules that matched, strictest first.
    rules: Vec<Rule>,
    /// What may be used instead of the original.
    #[serde(skip_serializing_if = "Option::is_none")]
    redacted: Option<Redacted>,
    /// The handle that a person can answer, and what they said.
    #[serde(skip_serializing_if = "Option::is_none")]
    approval: Option<Approval>,
    /// Whether trying again can help.
    #[schemars(with = "String", extend("enum" = ["not_needed", "after_change", "after_approval",
        "after_time", "never"]))]
    retry: Retry,
    /// After how many seconds it can.
    #[serde(skip_serializing_if = "Option::is_none")]
    retry_after_s: Option<u64>,
    /// The model's answer with the values put back that were kept here for this run.
    #[serde(skip_serializing_if = "Option::is_none")]
    restored: Option<String>,
    /// Where the decision is recorded; absent for a dry run.
    #[serde(skip_serializing_if = "Option::is_none")]
    audit: Option<Audit>,
    /// SHA-256 of the rules that decided.
    bundle: String,
    /// Whether this was only a question.
    #[serde(skip_serializing_if = "is_false")]
    pub(super) dry_run: bool,
    /// What the caller should know beside the answer.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) warnings: Vec<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Rule {
    /// The rule's id.
    id: String,
    /// What it does.
    #[schemars(with = "String", extend("enum" = ["allow", "warn", "redact", "require_approval", "deny"]))]
    effect: Effect,
    /// structural: change the action. approvable: a person may allow it. transient: it passes. advisory:
    /// nothing was stopped.
    #[schemars(with = "String", extend("enum" = ["structural", "approvable", "transient", "advisory"]))]
    class: DenialClass,
    /// Why the rule exists.
    why: String,
    /// How to comply.
    fix: String,
    /// The same for programs: what to do, and with what.
    #[serde(skip_serializing_if = "Option::is_none")]
    how_to_comply: Option<Comply>,
    /// What made it match.
    matched: Vec<String>,
    /// Whether the rule only records, and changed nothing about the decision.
    #[serde(skip_serializing_if = "is_false")]
    shadow: bool,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Comply {
    /// What to do.
    #[serde(rename = "do")]
    #[schemars(with = "String", extend("enum" = ["replace", "change", "validate", "wait", "ask"]))]
    what: Remedy,
    /// With what: a JSON pointer into the action.
    #[serde(skip_serializing_if = "Option::is_none")]
    target: Option<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Redacted {
    /// The content with each finding replaced.
    #[serde(skip_serializing_if = "Option::is_none")]
    content: Option<String>,
    /// The arguments likewise.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("type" = "object"))]
    arguments: Option<Value>,
    /// The tool's name likewise.
    #[serde(skip_serializing_if = "Option::is_none")]
    tool: Option<String>,
    /// The path likewise.
    #[serde(skip_serializing_if = "Option::is_none")]
    path: Option<String>,
    /// The address likewise.
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<String>,
    /// The branch likewise.
    #[serde(skip_serializing_if = "Option::is_none")]
    branch: Option<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Approval {
    /// The handle.
    id: String,
    /// Until when it can be answered.
    expires_at: String,
    /// What a person said when this client asked them; absent when it cannot ask.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String", extend("enum" = ["approved", "declined", "nothing"]))]
    said: Option<Said>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Audit {
    /// The entry's number in the log.
    seq: u64,
    /// Its hash.
    hash: String,
}

/// A decision, and what a person said when they were asked about it.
#[derive(Debug)]
pub(crate) struct Decided {
    pub(super) decision: Decision,
    pub(super) said: Option<Said>,
}

impl Decided {
    /// A decision about which nobody was asked.
    pub(crate) fn alone(decision: Decision) -> Self {
        Self { decision, said: None }
    }
}

impl From<Decided> for Output {
    fn from(Decided { decision, said }: Decided) -> Self {
        Self {
            decision: decision.effect,
            rules: decision.rules.into_iter().map(Rule::from).collect(),
            redacted: decision.redacted.map(|redacted| Redacted {
                content: redacted.content,
                arguments: Some(redacted.arguments).filter(|arguments| !arguments.is_null()),
                tool: redacted.tool,
                path: redacted.path,
                url: redacted.url,
                branch: redacted.branch,
            }),
            approval: decision.approval.map(|approval| Approval {
                id: approval.id,
                expires_at: approval.expires_at.to_string(),
                said,
            }),
            retry: decision.retry,
            retry_after_s: decision.retry_after_s,
            restored: decision.restored,
            audit: decision.audit.map(|audit| Audit {
                seq: audit.seq,
                hash: audit.hash.to_string(),
            }),
            bundle: decision.bundle.to_string(),
            dry_run: false,
            warnings: Vec::new(),
        }
    }
}

impl From<MatchedRule> for Rule {
    fn from(rule: MatchedRule) -> Self {
        Self {
            id: rule.id,
            effect: rule.effect,
            class: rule.class,
            why: rule.why,
            fix: rule.fix,
            how_to_comply: rule.comply.map(|comply| Comply {
                what: comply.what,
                target: comply.target,
            }),
            matched: rule.matched,
            shadow: rule.shadow,
        }
    }
}
