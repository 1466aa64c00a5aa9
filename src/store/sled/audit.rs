//! The audit log behind its seam: its entries ride in the store's batches, so that one sync serves both, and lie in
//! files of their own ([`crate::audit`]).

use std::time::Duration;

use async_trait::async_trait;

use super::draft::Draft;
use super::{Database, Reader, SHORT_SCAN, keys, lock};
use crate::audit::logs::{self, Placed};
use crate::audit::{Head, Part, Proof, Snapshot};
use crate::domain::{AuditRecord, AuditRef, Digest, Scope};
use crate::store::{Audit, Error, Result};

#[async_trait]
impl Audit for Database {
    async fn append(&self, record: AuditRecord) -> Result<AuditRef> {
        let reference = self.writer.write(move |draft| append(draft, &record)).await?;
        self.news.count(|changes| &mut changes.decisions);
        Ok(reference)
    }

    fn append_later(&self, record: AuditRecord) {
        self.writer
            .write_later(move |draft| append(draft, &record).map(drop));
        // Reading the log has it written first.
        self.news.count(|changes| &mut changes.decisions);
    }

    async fn entries(&self, scope: &Scope, after: u64, limit: usize) -> Result<Vec<(AuditRef, AuditRecord)>> {
        let Some(log) = self.snapshot(scope.org()) else {
            return Ok(Vec::new());
        };
        let read = move |log: &Snapshot| -> Result<_> {
            let stored = log.entries(after, limit)?;
            let records = stored.into_iter().filter_map(|entry| entry.record().transpose());
            Ok(records.collect::<Result<_, _>>()?)
        };
        self.reader.scan(limit as u64, move |_| read(&log)).await
    }

    async fn part(&self, scope: &Scope, after: u64) -> Result<Option<Part>> {
        let Some(log) = self.snapshot(scope.org()) else {
            return Ok(None);
        };
        let org = scope.org().to_owned();
        let read = move |reader: &Reader| {
            let part = log.part(after)?;
            let is_whole = |part: &Part| part.records.iter().all(Option::is_some);
            if !part.as_ref().is_none_or(is_whole) {
                reader.report(format!("the audit log of {org} cannot be read in part"));
            }
            Ok(part)
        };
        self.reader.scan(LONG_SCAN, read).await
    }

    async fn before(&self, scope: &Scope, age: Duration) -> Result<u64> {
        let Some(log) = self.snapshot(scope.org()) else {
            return Ok(0);
        };
        self.reader.scan(LONG_SCAN, move |_| Ok(log.before(age)?)).await
    }

    async fn size(&self, scope: &Scope) -> Result<u64> {
        Ok(self.snapshot(scope.org()).map_or(0, |log| log.size()))
    }

    async fn head(&self, scope: &Scope) -> Result<Option<Head>> {
        if self.snapshot(scope.org()).is_none_or(|log| log.size() == 0) {
            return Ok(None);
        }
        let (checkpoint, log) = self.checkpoint(scope.org())?;
        Ok(Some(Head {
            entries: log.size(),
            checkpoint,
            verifier: log.verifier().to_string(),
        }))
    }

    async fn proof(&self, scope: &Scope, seq: u64) -> Result<Option<Proof>> {
        let there = |log: Snapshot| (1..=log.size()).contains(&seq);
        if !self.snapshot(scope.org()).is_some_and(there) {
            return Ok(None);
        }
        let (_, log) = self.checkpoint(scope.org())?;
        self.reader
            .scan(LONG_SCAN, move |_| Ok(Some(log.prove(seq)?)))
            .await
    }
}

/// A file of a log has thousands of entries.
const LONG_SCAN: u64 = SHORT_SCAN + 1;

impl Database {
    /// Signs the log of an organisation as it is now.
    pub(super) fn checkpoint(&self, org: &str) -> Result<(String, Snapshot)> {
        self.writer.write_now();
        if let Some(cause) = self.writer.poison() {
            return Err(Error::Poisoned { cause });
        }
        Ok(lock(&self.logs).checkpoint(org)?)
    }

    /// The log of an organisation as it is, with all that waits to be written.
    pub(super) fn snapshot(&self, org: &str) -> Option<Snapshot> {
        self.writer.write_now();
        lock(&self.logs).snapshot(org)
    }
}

fn append(draft: &mut Draft<'_>, record: &AuditRecord) -> Result<AuditRef> {
    let org = record.entry.scope.org();
    let seq = draft.last_logged(org)? + 1;
    let placed = logs::place(seq, record, |digest| draft.takes_facts(org, digest))?;
    Ok(draft.log(org, placed))
}

impl Draft<'_> {
    /// The number of the last entry in the log of `org`, also of those that this batch will write.
    pub(super) fn last_logged(&self, org: &str) -> Result<u64> {
        let pending = self.last_pending(&keys::logged(org));
        match pending {
            Some(last) => Ok(last),
            None => Ok(lock(self.logs()?).size(org)),
        }
    }

    /// Whether the log has the document already, or will have it with this batch.
    fn takes_facts(&mut self, org: &str, digest: &Digest) -> bool {
        let logged = self.logs().is_ok_and(|logs| lock(logs).has_facts(org, digest));
        logged || !self.note_facts(digest)
    }

    /// Puts an entry at its place.
    pub(super) fn log(&mut self, org: &str, placed: Placed) -> AuditRef {
        self.put(keys::logged(org).at(placed.reference.seq), placed.pieces);
        placed.reference
    }
}

impl From<Placed> for AuditRef {
    fn from(placed: Placed) -> Self {
        placed.reference
    }
}

/// There is no log beside a database that is being made to take the place of another.
pub(super) fn no_log() -> Error {
    Error::Io {
        doing: "record in the audit log",
        detail: "there is none beside this database".to_owned(),
    }
}
