//! The audit log: entries in order, each linked to the one before.
//!
//! A chain shows that an entry was changed or removed in the middle, not that the end was cut off. A
//! Merkle log with signed checkpoints is to replace it behind the same seam.

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use super::draft::{self, Draft};
use super::{Database, Reader, failed, keys};
use crate::domain::{AuditEntry, AuditRef, Digest, Scope};
use crate::store::{Audit, Error, Result, Seq, chain};

/// An entry as it is kept.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Linked {
    pub(super) hash: Digest,
    pub(super) entry: AuditEntry,
}

#[async_trait]
impl Audit for Database {
    async fn append(&self, entry: AuditEntry) -> Result<AuditRef> {
        self.writer.write(move |draft| append(draft, entry)).await
    }

    async fn entries(&self, scope: &Scope, after: u64, limit: usize) -> Result<Vec<(AuditRef, AuditEntry)>> {
        let audit = keys::audit(scope);
        let scan = move |reader: &Reader| reader.audit(&audit, after, limit);
        self.reader.scan(limit as u64, scan).await
    }
}

impl Reader {
    /// The entries after number `after`, whose numbers and links are checked.
    fn audit(&self, audit: &keys::Key, after: Seq, limit: usize) -> Result<Vec<(AuditRef, AuditEntry)>> {
        let mut previous = hash_of(&*self.db, audit, after)?;
        let mut seq = after;
        let mut found = Vec::new();
        let from = audit.at(after.saturating_add(1));
        for record in self
            .db
            .range(from.as_ref()..=audit.at(Seq::MAX).as_ref())
            .take(limit)
        {
            let (key, value) = record.map_err(failed("read"))?;
            let Linked { hash, entry } = draft::decode(&*self.db, &key, &value)?;
            seq += 1;
            if keys::last_number(&key) != Some(seq) {
                return Err(draft::damaged(audit.at(seq).as_ref(), "it is missing"));
            }
            if previous.is_some_and(|previous| chain::link(&previous, &entry).ok() != Some(hash)) {
                return Err(draft::damaged(
                    &key,
                    "its hash does not follow from the entry before",
                ));
            }
            previous = Some(*hash.as_bytes());
            found.push((AuditRef { seq, hash }, entry));
        }
        Ok(found)
    }
}

fn append(draft: &mut Draft<'_>, entry: AuditEntry) -> Result<AuditRef> {
    let scope = entry.scope.clone();
    let last = head(draft, &scope)?;
    let previous = last.as_ref().map_or(&chain::START, |last| last.hash.as_bytes());
    let reference = AuditRef {
        seq: last.as_ref().map_or(0, |last| last.seq) + 1,
        hash: chain::link(previous, &entry)?,
    };
    let hash = reference.hash;
    write(draft, &scope, reference.seq, &Linked { hash, entry })?;
    Ok(reference)
}

/// Writes an entry as the last one.
pub(super) fn write(draft: &mut Draft<'_>, scope: &Scope, seq: Seq, linked: &Linked) -> Result<()> {
    draft.write(keys::audit(scope).at(seq), linked)?;
    let hash = linked.hash;
    draft.write(keys::audit_head(scope), &AuditRef { seq, hash })
}

/// The last entry's number and hash. They are kept twice, so that one damaged record does not end the log.
pub(super) fn head(draft: &Draft<'_>, scope: &Scope) -> Result<Option<AuditRef>> {
    match draft::read(draft, &keys::audit_head(scope)) {
        Err(Error::Damaged { .. }) => {
            let audit = keys::audit(scope);
            let seq = draft.last(&audit)?;
            let last: Option<Linked> = draft::read(draft, &audit.at(seq))?;
            Ok(last.map(|last| AuditRef { seq, hash: last.hash }))
        }
        head => head,
    }
}

/// The hash that entry `seq + 1` is linked to; `None` when that entry is not there or damaged.
pub(super) fn hash_of(view: &impl draft::View, audit: &keys::Key, seq: Seq) -> Result<Option<[u8; 32]>> {
    if seq == 0 {
        return Ok(Some(chain::START));
    }
    match draft::read::<Linked>(view, &audit.at(seq)) {
        Ok(linked) => Ok(linked.map(|linked| *linked.hash.as_bytes())),
        Err(Error::Damaged { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}
