//! The log of decisions, as a tree that can be proved.

use std::time::Duration;

use async_trait::async_trait;

use super::Memory;
use crate::audit::checkpoint::Checkpoint;
use crate::audit::key::SigningKey;
use crate::audit::{Head, Part, Proof, leaf, merkle};
use crate::domain::{AuditRecord, AuditRef, Digest, Scope};
use crate::store::{Audit, Result};

#[async_trait]
impl Audit for Memory {
    async fn append(&self, record: AuditRecord) -> Result<AuditRef> {
        self.record(record)
    }

    fn append_later(&self, record: AuditRecord) {
        let _recorded = self.record(record).is_ok();
    }

    async fn entries(&self, scope: &Scope, after: u64, limit: usize) -> Result<Vec<(AuditRef, AuditRecord)>> {
        let after = usize::try_from(after).unwrap_or(usize::MAX);
        let orgs = self.lock();
        let entries = orgs.get(scope.org()).into_iter().flat_map(|org| &org.audit);
        Ok(entries.skip(after).take(limit).cloned().collect())
    }

    async fn part(&self, scope: &Scope, after: u64) -> Result<Option<Part>> {
        let entries = self.entries(scope, after, usize::MAX).await?;
        let last = entries.last().map(|(reference, _)| reference.seq);
        let records = entries.into_iter().map(|(_, record)| Some(record)).collect();
        Ok(last.map(|last| Part { records, last }))
    }

    async fn before(&self, scope: &Scope, age: Duration) -> Result<u64> {
        let orgs = self.lock();
        let entries = orgs.get(scope.org()).map(|org| org.audit.as_slice());
        let entries = entries.unwrap_or_default();
        let newest = entries.last().map(|(_, record)| record.entry.at);
        let since = newest.and_then(|at| at.checked_sub(age).ok());
        let older = entries.partition_point(|(_, record)| since.is_some_and(|since| record.entry.at < since));
        Ok(older as u64)
    }

    async fn head(&self, scope: &Scope) -> Result<Option<Head>> {
        let leaves = self.leaves(scope.org());
        if leaves.is_empty() {
            return Ok(None);
        }
        let (checkpoint, verifier) = signed(scope.org(), &leaves)?;
        Ok(Some(Head {
            entries: leaves.len() as u64,
            checkpoint,
            verifier,
        }))
    }

    async fn proof(&self, scope: &Scope, seq: u64) -> Result<Option<Proof>> {
        let leaves = self.leaves(scope.org());
        let Some((index, entry)) = seq.checked_sub(1).and_then(|index| {
            let index = usize::try_from(index).ok()?;
            let orgs = self.lock();
            Some((index, orgs.get(scope.org())?.audit.get(index)?.clone()))
        }) else {
            return Ok(None);
        };
        let (checkpoint, verifier) = signed(scope.org(), &leaves)?;
        let (reference, record) = entry;
        Ok(Some(Proof {
            seq,
            leaf: String::from_utf8_lossy(&leaf::encode(seq, &record.entry)?).into_owned(),
            hash: reference.hash,
            inclusion: merkle::inclusion(&leaves, index)
                .into_iter()
                .map(Digest::from_bytes)
                .collect(),
            checkpoint,
            verifier,
        }))
    }
}

impl Memory {
    fn leaves(&self, org: &str) -> Vec<merkle::Hash> {
        let orgs = self.lock();
        let audit = orgs.get(org).into_iter().flat_map(|org| &org.audit);
        audit.map(|(reference, _)| *reference.hash.as_bytes()).collect()
    }

    fn record(&self, record: AuditRecord) -> Result<AuditRef> {
        let mut orgs = self.lock();
        let audit = &mut orgs.entry(record.entry.scope.org().to_owned()).or_default().audit;
        let seq = audit.len() as u64 + 1;
        let hash = Digest::from_bytes(merkle::leaf(&leaf::encode(seq, &record.entry)?));
        let reference = AuditRef { seq, hash };
        audit.push((reference.clone(), record));
        drop(orgs);
        self.news.count(|changes| &mut changes.decisions);
        Ok(reference)
    }
}

/// The log as it is, signed by a key that everybody has: what dies with its process needs no better one.
fn signed(org: &str, leaves: &[merkle::Hash]) -> Result<(String, String)> {
    let key = SigningKey::from_seed(&[0; 32])?;
    let checkpoint = Checkpoint {
        origin: format!("firstmate/memory/{org}"),
        size: leaves.len() as u64,
        root: merkle::root(leaves),
    };
    let verifier = key.verifier(&checkpoint.origin).to_string();
    Ok((checkpoint.sign(&key), verifier))
}
