//! How audit entries are linked, so that changing or removing one in the middle is seen.

use sha2::{Digest as _, Sha256};

use serde::Serialize;

use super::{Error, Result};
use crate::domain::{ActionKind, AuditEntry, Digest, Effect, Timestamp};

/// What stands before the first entry.
pub(super) const START: [u8; 32] = [0; 32];

/// SHA-256(0x00 || hash of the entry before || canonical JSON of the entry); the JSON has its keys in
/// order and no spaces, as in RFC 8785. The leading zero byte keeps leaves apart from the nodes of the
/// Merkle log (RFC 6962) that will replace this chain.
pub(super) fn link(previous: &[u8; 32], entry: &AuditEntry) -> Result<Digest> {
    let canonical = serde_json::to_vec(&Canonical::of(entry)).map_err(Error::encode)?;
    let mut hash = Sha256::new();
    hash.update([0]);
    hash.update(previous);
    hash.update(&canonical);
    Ok(Digest::from_bytes(hash.finalize().into()))
}

/// An entry with its fields in the order of their names: every call writes one, so nothing is copied to be
/// sorted.
#[derive(Serialize)]
struct Canonical<'a> {
    action_sha256: &'a Digest,
    #[serde(skip_serializing_if = "Option::is_none")]
    approval: Option<&'a str>,
    at: &'a Timestamp,
    bundle: &'a Digest,
    effect: &'a Effect,
    kind: &'a ActionKind,
    rules: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    run: Option<&'a str>,
    scope: CanonicalScope<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tool: Option<&'a str>,
    via: &'a str,
}

#[derive(Serialize)]
struct CanonicalScope<'a> {
    org: &'a str,
    principal: &'a str,
    project: &'a str,
}

impl<'a> Canonical<'a> {
    fn of(entry: &'a AuditEntry) -> Self {
        let scope = &entry.scope;
        Self {
            action_sha256: &entry.action_sha256,
            approval: entry.approval.as_deref(),
            at: &entry.at,
            bundle: &entry.bundle,
            effect: &entry.effect,
            kind: &entry.kind,
            rules: &entry.rules,
            run: entry.run.as_deref(),
            scope: CanonicalScope {
                org: scope.org(),
                principal: scope.principal(),
                project: scope.project(),
            },
            tool: entry.tool.as_deref(),
            via: &entry.via,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::conformance::samples;
    use super::*;
    use crate::domain::Scope;

    #[test]
    fn the_fields_of_an_entry_stand_in_the_order_of_their_names() {
        let scope = Scope::new("local", "/home/ada/engine", "ada").unwrap();
        let text = Some("x".to_owned());
        let full = AuditEntry {
            tool: text.clone(),
            run: text.clone(),
            approval: text,
            ..samples::entry(&scope, "b")
        };
        for entry in [samples::entry(&scope, "a"), full] {
            let mut value = serde_json::to_value(&entry).unwrap();
            value.sort_all_objects();
            assert_eq!(
                serde_json::to_string(&Canonical::of(&entry)).unwrap(),
                value.to_string()
            );
        }
    }
}
