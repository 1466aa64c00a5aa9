//! The bytes of an entry: JSON whose keys stand in order and without white space (RFC 8785), so that there is one
//! text for one entry and everybody can work its hash out.
//!
//! Entries of the log that was kept before this one, a chain of hashes, are leaves in their old form:
//! `{"chain":"<hash in the chain>","entry":{...},"seq":n}`; one that could not be read any more is
//! `{"lost":"<why>","seq":n}`.

use std::borrow::Cow;
use std::sync::LazyLock;

use aho_corasick::AhoCorasick;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use sha2::{Digest as _, Sha256};

use super::error::{Error, Result};
use crate::domain::{ActionKind, ActionResult, AuditEntry, AuditOutcome, Digest, Effect, Scope, Timestamp};

/// What stands before the first entry of a chain.
pub(crate) const CHAIN_START: [u8; 32] = [0; 32];

/// The bytes of entry `seq`.
///
/// # Errors
/// Never: every entry can be written. The signature is that of the library beneath.
pub(crate) fn encode(seq: u64, entry: &AuditEntry) -> Result<Vec<u8>> {
    let mut bytes = Vec::with_capacity(768);
    serde_json::to_writer(&mut bytes, &Entry::of(seq, entry)).map_err(unreadable)?;
    Ok(bytes)
}

/// The bytes of entry `seq` of a chain, whose hash there was `hash`.
pub(crate) fn encode_linked(seq: u64, hash: Digest, entry: &AuditEntry) -> Result<Vec<u8>> {
    let entry = serde_json::value::to_raw_value(&Linked::of(entry)).map_err(unreadable)?;
    let chain = hash;
    serde_json::to_vec(&Carried { chain, entry, seq }).map_err(unreadable)
}

/// The bytes that stand for entry `seq` of a chain, which is lost.
pub(crate) fn encode_lost(seq: u64, why: &str) -> Result<Vec<u8>> {
    let lost = why.into();
    serde_json::to_vec(&Lost { lost, seq }).map_err(unreadable)
}

/// The hash of an entry in a chain: SHA-256(0x00 || hash of the entry before || entry).
pub(crate) fn link(previous: &[u8; 32], entry: &AuditEntry) -> Result<Digest> {
    let entry = serde_json::to_vec(&Linked::of(entry)).map_err(unreadable)?;
    Ok(link_bytes(previous, &entry))
}

fn link_bytes(previous: &[u8; 32], entry: &[u8]) -> Digest {
    let hash = Sha256::new().chain_update([0]).chain_update(previous);
    Digest::from_bytes(hash.chain_update(entry).finalize().into())
}

/// What a leaf says.
#[derive(Debug, Clone, PartialEq)]
pub struct Leaf {
    /// The number it gives itself.
    pub seq: u64,
    /// The entry; `None` for one of an earlier log that was lost before it could be carried over.
    pub entry: Option<AuditEntry>,
}

/// Reads the bytes of an entry.
///
/// # Errors
/// When they are not an entry's.
pub fn decode(bytes: &[u8]) -> Result<Leaf> {
    match Form::of(bytes) {
        Form::Entry => {
            let entry: Entry<'_> = serde_json::from_slice(bytes).map_err(unreadable)?;
            let seq = entry.seq;
            let entry = entry
                .into_domain()
                .ok_or_else(|| Error::damaged("an entry's scope cannot be one"))?;
            let entry = Some(entry);
            Ok(Leaf { seq, entry })
        }
        Form::Carried => {
            let carried: Carried = serde_json::from_slice(bytes).map_err(unreadable)?;
            let entry = serde_json::from_str(carried.entry.get()).map_err(unreadable)?;
            Ok(Leaf {
                seq: carried.seq,
                entry: Some(entry),
            })
        }
        Form::Lost => {
            let lost: Lost<'_> = serde_json::from_slice(bytes).map_err(unreadable)?;
            Ok(Leaf {
                seq: lost.seq,
                entry: None,
            })
        }
    }
}

/// The number that an entry gives itself; `None` for bytes that are no entry.
pub(super) fn number(bytes: &[u8]) -> Option<u64> {
    #[derive(Deserialize)]
    struct Numbered {
        seq: u64,
    }
    let numbered: Numbered = serde_json::from_slice(bytes).ok()?;
    Some(numbered.seq)
}

/// The digest of the document that an entry names. The key is found as text: inside of a text its quotes would
/// stand behind backslashes.
pub(crate) fn facts_of(bytes: &[u8]) -> Option<Digest> {
    static KEY: LazyLock<Option<AhoCorasick>> = LazyLock::new(|| AhoCorasick::new([FACTS_KEY]).ok());
    // Behind two digests, whatever they are.
    let bytes = bytes.get(2 * 64..)?;
    let found = KEY.as_ref()?.find(bytes)?;
    let digits = bytes.get(found.end()..found.end() + 64)?;
    Digest::from_hex(std::str::from_utf8(digits).ok()?)
}

const FACTS_KEY: &str = r#","facts_sha256":""#;

/// What can be read of an entry without reading all of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    Entry,
    Carried,
    Lost,
}

impl Form {
    /// The form shows in the first key.
    pub(super) fn of(bytes: &[u8]) -> Self {
        if bytes.starts_with(br#"{"chain":"#) {
            Self::Carried
        } else if bytes.starts_with(br#"{"lost":"#) {
            Self::Lost
        } else {
            Self::Entry
        }
    }
}

/// The hash that an entry carried over from a chain had there, if it follows from `previous`.
pub(super) fn follows(previous: &[u8; 32], bytes: &[u8]) -> Option<[u8; 32]> {
    let carried: Carried = serde_json::from_slice(bytes).ok()?;
    let hash = link_bytes(previous, carried.entry.get().as_bytes());
    (hash == carried.chain).then_some(*hash.as_bytes())
}

/// The hash that an entry carried over from a chain had there.
pub(super) fn chain_hash(bytes: &[u8]) -> Option<[u8; 32]> {
    let carried: Carried = serde_json::from_slice(bytes).ok()?;
    Some(*carried.chain.as_bytes())
}

/// A leaf; its fields stand in the order of their names, so that nothing is copied to be sorted.
#[derive(Serialize, Deserialize)]
struct Entry<'a> {
    action_sha256: Digest,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    approval: Option<Cow<'a, str>>,
    at: Timestamp,
    bundle: Digest,
    decision: Effect,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    facts_sha256: Option<Digest>,
    kind: ActionKind,
    #[serde(borrow)]
    org: Cow<'a, str>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    outcome: Option<ActionResult>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    outcome_code: Option<Cow<'a, str>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    outcome_of: Option<u64>,
    #[serde(borrow)]
    principal: Cow<'a, str>,
    #[serde(borrow)]
    project: Cow<'a, str>,
    rules: Cow<'a, [String]>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    run: Option<Cow<'a, str>>,
    seq: u64,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    tool: Option<Cow<'a, str>>,
    #[serde(borrow)]
    via: Cow<'a, str>,
}

impl<'a> Entry<'a> {
    fn of(seq: u64, entry: &'a AuditEntry) -> Self {
        let (scope, outcome) = (&entry.scope, entry.outcome.as_ref());
        let text = |text: &'a Option<String>| text.as_deref().map(Cow::Borrowed);
        Self {
            action_sha256: entry.action_sha256,
            approval: text(&entry.approval),
            at: entry.at,
            bundle: entry.bundle,
            decision: entry.effect,
            facts_sha256: entry.facts_sha256,
            kind: entry.kind,
            org: scope.org().into(),
            outcome: outcome.map(|outcome| outcome.result),
            outcome_code: outcome.and_then(|outcome| text(&outcome.code)),
            outcome_of: outcome.map(|outcome| outcome.of),
            principal: scope.principal().into(),
            project: scope.project().into(),
            rules: Cow::Borrowed(&entry.rules),
            run: text(&entry.run),
            seq,
            tool: text(&entry.tool),
            via: Cow::Borrowed(&entry.via),
        }
    }

    fn into_domain(self) -> Option<AuditEntry> {
        let text = |text: Option<Cow<'_, str>>| text.map(Cow::into_owned);
        let outcome = self
            .outcome
            .zip(self.outcome_of)
            .map(|(result, of)| AuditOutcome {
                of,
                result,
                code: text(self.outcome_code),
            });
        Some(AuditEntry {
            at: self.at,
            scope: Scope::new(&self.org, &self.project, &self.principal)?,
            via: self.via.into_owned(),
            kind: self.kind,
            tool: text(self.tool),
            run: text(self.run),
            action_sha256: self.action_sha256,
            facts_sha256: self.facts_sha256,
            effect: self.decision,
            rules: self.rules.into_owned(),
            bundle: self.bundle,
            approval: text(self.approval),
            outcome,
        })
    }
}

/// A leaf that was the entry of a chain.
#[derive(Serialize, Deserialize)]
struct Carried {
    chain: Digest,
    entry: Box<RawValue>,
    seq: u64,
}

/// A leaf in the place of an entry that is no more.
#[derive(Serialize, Deserialize)]
struct Lost<'a> {
    #[serde(borrow)]
    lost: Cow<'a, str>,
    seq: u64,
}

/// An entry as it stood in a chain.
#[derive(Serialize)]
struct Linked<'a> {
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
    scope: LinkedScope<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tool: Option<&'a str>,
    via: &'a str,
}

#[derive(Serialize)]
struct LinkedScope<'a> {
    org: &'a str,
    principal: &'a str,
    project: &'a str,
}

impl<'a> Linked<'a> {
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
            scope: LinkedScope {
                org: scope.org(),
                principal: scope.principal(),
                project: scope.project(),
            },
            tool: entry.tool.as_deref(),
            via: &entry.via,
        }
    }
}

#[expect(clippy::needless_pass_by_value, reason = "it is made for map_err")]
fn unreadable(error: serde_json::Error) -> Error {
    Error::damaged(format!("an entry cannot be read: {error}"))
}

#[cfg(test)]
mod tests;
