//! All records out.

use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;

use super::audit::Linked;
use super::keys::{self, Parts, table};
use super::{Database, Reader, budgets, draft, failed, journal};
use crate::domain::{RunId, Timestamp};
use crate::store::Result;
use crate::store::export::{self, Exported, Header, Place, Record};

/// Tables in an export, in this order: whatever a record refers to comes after it, and so was already
/// written when the export, which goes on beside other writes, reads that far.
const EXPORTED: [u8; 9] = [
    table::STANDING,
    table::IDEMPOTENCY,
    table::LESSON,
    table::EVENT,
    table::BLOB,
    table::OUTCOME,
    table::ROUTE,
    table::CHARGE,
    table::AUDIT,
];

impl Database {
    pub(super) fn export(&self, path: &Path, at: Timestamp) -> Result<Exported> {
        let header = Header {
            format: export::FORMAT,
            store: self.meta.id.clone(),
            at,
        };
        export::write(path, header, self.reader.records())
    }
}

impl Reader {
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
        if key.first() == Some(&table::AUDIT) {
            let Linked { hash, entry } = draft::decode(tree, key, value)?;
            let seq = parts.number().ok_or_else(unreadable)?;
            let entry = Box::new(entry);
            return Ok(Some(Record::Audit { seq, hash, entry }));
        }
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
            _ => return Err(unreadable()),
        };
        Ok(Some(record))
    }
}
