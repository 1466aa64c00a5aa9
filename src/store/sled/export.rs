//! All records out.

use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;

use super::keys::{self, Parts, table};
use super::{Database, Reader, budgets, draft, failed, journal, lock};
use crate::audit::Snapshot;
use crate::domain::{RunId, Timestamp};
use crate::store::export::{self, Exported, Header, Place, Record};
use crate::store::{Error, Result};

/// Tables in an export, in this order: whatever a record refers to comes after it, and so was already
/// written when the export, which goes on beside other writes, reads that far.
const EXPORTED: [u8; 11] = [
    table::STANDING,
    table::IDEMPOTENCY,
    table::LESSON,
    table::EVENT,
    table::BLOB,
    table::OUTCOME,
    table::ROUTE,
    table::CHARGE,
    table::PIN,
    table::WAITING,
    table::DEAD,
];

/// What is exported.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    /// All that is kept.
    All,
    /// What is in the database.
    Database,
}

/// Entries of the audit log that are read at once: a segment is read again for each time.
const PAGE: usize = 4_000;

impl Database {
    pub(super) fn export(&self, path: &Path, at: Timestamp, part: Part) -> Result<Exported> {
        let header = Header {
            format: export::FORMAT,
            store: self.meta.id.clone(),
            at,
        };
        let logs = match part {
            Part::All => {
                self.writer.write_now();
                lock(&self.logs).snapshots()
            }
            Part::Database => Vec::new(),
        };
        let entries = logs
            .into_iter()
            .flat_map(|(org, log)| self.reader.entries(org, log));
        export::write(path, header, self.reader.records().chain(entries))
    }
}

impl Reader {
    /// The entries of an audit log; `None` for one that is damaged, with which it ends: what comes behind cannot be
    /// imported without it.
    fn entries(&self, org: String, log: Snapshot) -> impl Iterator<Item = Result<Option<Record>>> {
        let (mut after, mut page) = (0, Vec::new().into_iter());
        std::iter::from_fn(move || {
            if page.len() == 0 && after < log.size() {
                // One by one up to the one that is damaged, when there is one.
                let read = log.entries(after, PAGE).or_else(|_| log.entries(after, 1));
                match read {
                    Ok(entries) => {
                        after += entries.len() as u64;
                        page = entries.into_iter();
                    }
                    Err(error) => {
                        after = log.size();
                        let record = format!("audit log of {org}");
                        let detail = error.to_string();
                        return Some(self.skip_damaged(Err(Error::Damaged { record, detail })));
                    }
                }
            }
            let (org, entry) = (org.clone(), Box::new(page.next()?));
            Some(Ok(Some(Record::Entry { org, entry })))
        })
    }

    /// Every record; `None` for a damaged one.
    fn records(&self) -> impl Iterator<Item = Result<Option<Record>>> {
        let tables = EXPORTED
            .into_iter()
            .map(|table| self.db.scan_prefix(keys::all(table)));
        tables.flatten().filter_map(|record| {
            let record = record.map_err(failed("read"));
            let record = record.and_then(|(key, value)| self.record(&key, &value));
            match self.skip_damaged(record) {
                Ok(Some(record)) => record.map(|record| Ok(Some(record))),
                Ok(None) => Some(Ok(None)),
                Err(error) => Some(Err(error)),
            }
        })
    }

    /// The record at `key`; `None` when it says nothing.
    fn record(&self, key: &[u8], value: &[u8]) -> Result<Option<Record>> {
        let unreadable = || draft::damaged(key, "its key cannot be read");
        let tree: &sled::Tree = &self.db;
        let mut parts = Parts::of(key);
        let org = parts.text().ok_or_else(unreadable)?.to_owned();
        let project = parts.text().ok_or_else(unreadable)?.to_owned();
        let place = Place { org, project };
        let number = |parts: &mut Parts<'_>| parts.number().ok_or_else(unreadable);
        let record = match key.first() {
            Some(&table::STANDING) => {
                let limit = budgets::limit(tree, key, value)?;
                return Ok(limit.map(|limit| Record::Limit { place, limit }));
            }
            Some(&table::IDEMPOTENCY) => {
                let journal::Binding { run, request } = draft::decode(tree, key, value)?;
                Record::Idempotency {
                    place,
                    principal: parts.text().ok_or_else(unreadable)?.to_owned(),
                    key: parts.digest().ok_or_else(unreadable)?,
                    run,
                    request,
                }
            }
            Some(&table::LESSON) => Record::Lesson {
                place,
                seq: number(&mut parts)?,
                lesson: draft::decode(tree, key, value)?,
            },
            Some(&table::EVENT) => Record::Event {
                place,
                run: RunId::new(parts.text().ok_or_else(unreadable)?),
                seq: number(&mut parts)?,
                event: draft::decode(tree, key, value)?,
            },
            Some(&table::BLOB) => Record::Blob {
                place,
                sha256: parts.digest().ok_or_else(unreadable)?,
                base64: BASE64.encode(draft::open(tree, key, value)?),
            },
            Some(&table::OUTCOME) => Record::Outcome {
                place,
                seq: number(&mut parts)?,
                outcome: draft::decode(tree, key, value)?,
            },
            Some(&table::ROUTE) => Record::Route {
                place,
                route: draft::decode(tree, key, value)?,
            },
            Some(&table::CHARGE) => Record::Charge {
                place,
                id: parts.text().ok_or_else(unreadable)?.to_owned(),
                booking: draft::decode(tree, key, value)?,
            },
            Some(&table::PIN) => Record::Pin {
                place,
                pin: draft::decode(tree, key, value)?,
            },
            Some(&table::WAITING | &table::DEAD) => Record::Delivery {
                place,
                delivery: draft::decode(tree, key, value)?,
            },
            _ => return Err(unreadable()),
        };
        Ok(Some(record))
    }
}
