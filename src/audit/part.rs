//! Reading as much as can be read: who has to know what went before would rather know a part of it, and that it is one.

use std::time::Duration;

use hashbrown::HashMap;

use super::error::{Error, Result};
use super::frame::{self, At, Kind};
use super::leaf;
use super::read::Snapshot;
use crate::domain::{AuditRecord, Digest, Timestamp};

/// Some entries that follow each other, as far as they can be read.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Part {
    /// In order; `None` stands for one or more that cannot be read.
    pub records: Vec<Option<AuditRecord>>,
    /// The number of the last of them.
    pub last: u64,
}

impl Snapshot {
    /// The entries after number `after` that lie in one file; `None` when there are no more.
    ///
    /// # Errors
    /// When the file was written by a newer version. What cannot be read otherwise is an answer.
    pub fn part(&self, after: u64) -> Result<Option<Part>> {
        if after >= self.size {
            return Ok(None);
        }
        let at = self.segments.iter().rposition(|first| *first <= after + 1);
        let at = at.unwrap_or_default();
        let Some(first) = self.segments.get(at).copied() else {
            let records = vec![None];
            return Ok(Some(Part {
                records,
                last: self.size,
            }));
        };
        let last = self
            .segments
            .get(at + 1)
            .map_or(self.size, |next| next.saturating_sub(1).min(self.size));
        let mut bytes = Vec::new();
        let records = match self.bytes_of(first, &mut bytes) {
            Ok(start) => Reading::of(after).read_on(&bytes, start, last),
            Err(error @ Error::NewerFormat { .. }) => return Err(error),
            Err(_) => vec![None],
        };
        Ok(Some(Part { records, last }))
    }

    /// The number of an entry behind which all of the last `age` stands, counted back from the newest entry.
    ///
    /// # Errors
    /// When a file was written by a newer version.
    pub fn before(&self, age: Duration) -> Result<u64> {
        let Some((newest, older)) = self.segments.split_last() else {
            return Ok(0);
        };
        // Where the newest cannot be dated, all is read.
        let part = self.part(newest.saturating_sub(1))?.unwrap_or_default();
        let newest = part.records.iter().rev().flatten().next();
        let Some(since) = newest.and_then(|record| record.entry.at.checked_sub(age).ok()) else {
            return Ok(0);
        };
        let is_older = |first: &u64| self.begins_at(*first).is_some_and(|at| at < since);
        // The last file that begins before that moment may hold it.
        let later = older.partition_point(is_older);
        let from = later.checked_sub(1).and_then(|at| older.get(at));
        Ok(from.map_or(0, |first| first.saturating_sub(1)))
    }

    /// When the first entry of a segment was made.
    fn begins_at(&self, first: u64) -> Option<Timestamp> {
        let mut bytes = Vec::new();
        let mut at = self.bytes_of(first, &mut bytes).ok()?;
        while let At::Frame(frame, next) = frame::read(&bytes, at) {
            if frame.kind == Kind::Entry {
                return Some(leaf::decode(frame.bytes).ok()?.entry?.at);
            }
            at = next;
        }
        None
    }
}

/// The reading of one segment.
struct Reading {
    /// The number of the last entry that was read.
    last: u64,
    records: Vec<Option<AuditRecord>>,
}

impl Reading {
    fn of(after: u64) -> Self {
        Self {
            last: after,
            records: Vec::new(),
        }
    }

    /// Reads on from `at`; entry `last` is the segment's last.
    fn read_on(mut self, bytes: &[u8], mut at: usize, last: u64) -> Vec<Option<AuditRecord>> {
        let mut facts: HashMap<Digest, &[u8]> = HashMap::new();
        loop {
            match frame::read(bytes, at) {
                At::End => break,
                At::Frame(frame, next) => {
                    match frame.kind {
                        Kind::Facts => {
                            let document = frame.bytes.split_first_chunk();
                            facts.extend(document.map(|(digest, json)| (Digest::from_bytes(*digest), json)));
                        }
                        Kind::Entry => self.entry(frame.bytes, &facts),
                    }
                    at = next;
                }
                At::Damage(next) => {
                    self.hole();
                    let whole = |next: &usize| !matches!(frame::read(bytes, *next), At::Damage(_));
                    at = next
                        .filter(whole)
                        .unwrap_or_else(|| frame::next_whole(bytes, at + 1));
                }
            }
        }
        if self.last < last {
            self.hole();
        }
        self.records
    }

    fn entry(&mut self, bytes: &[u8], facts: &HashMap<Digest, &[u8]>) {
        let Ok(read) = leaf::decode(bytes) else {
            return self.hole();
        };
        // It was read with the part before.
        if read.seq <= self.last {
            return;
        }
        if read.seq > self.last + 1 {
            self.hole();
        }
        self.last = read.seq;
        // One that was lost before it came into this log is from before there were facts.
        let Some(entry) = read.entry else { return };
        let document = entry.facts_sha256.as_ref().and_then(|digest| facts.get(digest));
        let facts = document.and_then(|json| String::from_utf8(json.to_vec()).ok());
        self.records.push(Some(AuditRecord { entry, facts }));
    }

    /// Several that cannot be read are told of as one.
    fn hole(&mut self) {
        if !matches!(self.records.last(), Some(None)) {
            self.records.push(None);
        }
    }
}
