//! The segments beside what was signed, entry by entry.

use std::collections::{HashMap, HashSet};

use super::{History, Kind, Report};
use crate::audit::error::Result;
use crate::audit::frame::{self, At, Frame};
use crate::audit::leaf::{self, CHAIN_START, Form};
use crate::audit::merkle::{self, Hash};
use crate::audit::read::Snapshot;
use crate::domain::Digest;

/// A comparison under way.
pub(super) struct Comparison<'a> {
    log: &'a Snapshot,
    history: &'a History,
    report: &'a mut Report,
    /// The hashes of the entries as they are, for those that have a place; where one is missing, what was signed.
    actual: Vec<Hash>,
    /// Where each signed entry belongs; worked out when the first one is out of place.
    places: Option<HashMap<Hash, u64>>,
    /// Entries that were not where they belong, until they turn up.
    missing: HashSet<u64>,
    /// Whether something that cannot be read stands before the next entry.
    damage: bool,
    /// Documents of this segment.
    documents: HashSet<Digest>,
    /// The hash in the chain of the entry before, where the next one has to follow from it.
    chain: Option<[u8; 32]>,
}

impl<'a> Comparison<'a> {
    pub(super) fn new(log: &'a Snapshot, history: &'a History, report: &'a mut Report) -> Self {
        Self {
            log,
            history,
            report,
            actual: Vec::with_capacity(usize::try_from(log.size).unwrap_or(0)),
            places: None,
            missing: HashSet::new(),
            damage: false,
            documents: HashSet::new(),
            chain: Some(CHAIN_START),
        }
    }

    /// The number of the entry that has to come next.
    fn next(&self) -> u64 {
        self.actual.len() as u64 + 1
    }

    /// Reads all segments.
    pub(super) fn segments(&mut self) -> Result<()> {
        for first in self.log.segments.clone() {
            let (start, bytes) = match self.log.bytes_of(first) {
                Ok(read) => read,
                Err(error @ crate::audit::Error::NewerFormat { .. }) => return Err(error),
                Err(error) => {
                    tracing::debug!(%error, "a segment cannot be read");
                    self.damage = true;
                    continue;
                }
            };
            self.report.segments += 1;
            self.documents.clear();
            self.segment(&bytes, start);
        }
        Ok(())
    }

    fn segment(&mut self, bytes: &[u8], start: usize) {
        let mut at = start;
        loop {
            match frame::read(bytes, at) {
                At::End => return,
                At::Frame(frame, next) => {
                    self.frame(frame);
                    at = next;
                }
                At::Damage(next) => {
                    self.damage = true;
                    // A length that leads to something whole is believed; else the next whole piece is looked for.
                    let whole = |next: &usize| !matches!(frame::read(bytes, *next), At::Damage(_));
                    at = next
                        .filter(whole)
                        .unwrap_or_else(|| frame::next_whole(bytes, at + 1));
                }
            }
        }
    }

    fn frame(&mut self, frame: Frame<'_>) {
        match frame.kind {
            frame::Kind::Entry => {
                let hash = merkle::leaf(frame.bytes);
                match self.signed(self.next()) {
                    // Nearly always.
                    Some(Some(signed)) if signed == hash => self.settle(self.next(), hash),
                    _ => {
                        let Some(place) = self.place(&hash, frame.bytes) else {
                            return;
                        };
                        self.settle(place, hash);
                    }
                }
                self.facts(frame.bytes);
                self.follow(frame.bytes);
            }
            frame::Kind::Facts => {
                let Some((digest, json)) = frame.bytes.split_first_chunk() else {
                    return;
                };
                let digest = Digest::from_bytes(*digest);
                self.report.documents += 1;
                if Digest::of(json) == digest {
                    self.documents.insert(digest);
                }
            }
        }
    }

    /// What was signed as entry `seq`: nothing, a root over it, or its hash.
    fn signed(&self, seq: u64) -> Option<Option<Hash>> {
        let at = usize::try_from(seq.checked_sub(1)?).ok()?;
        self.history.leaves.get(at).copied()
    }

    /// The number of an entry that is not the one that was signed next; `None` when it has no place, which is told.
    fn place(&mut self, hash: &Hash, bytes: &[u8]) -> Option<u64> {
        let next = self.next();
        let says = leaf::number(bytes);
        let leaves = &self.history.leaves;
        let places = self.places.get_or_insert_with(|| {
            let numbered = (1_u64..).zip(leaves);
            numbered.filter_map(|(seq, leaf)| Some(((*leaf)?, seq))).collect()
        });
        if let Some(place) = places.get(hash).copied() {
            if place >= next {
                return Some(place);
            }
            let detail = match self.missing.remove(&place) {
                true => format!("it stands behind entry {}", next - 1),
                false => format!("it stands a second time behind entry {}", next - 1),
            };
            self.report.push(Kind::Moved, place, place, detail);
            return None;
        }
        let unsigned = |seq: u64| !matches!(self.signed(seq), Some(Some(_)));
        match says {
            // Behind what is signed, an entry is what it says it is.
            Some(says) if unsigned(says) && says >= next => Some(says),
            Some(says) if says == next => {
                self.report
                    .push(Kind::Changed, next, next, "it is not what was signed".to_owned());
                self.damage = false;
                self.actual.push(*hash);
                None
            }
            Some(says) => {
                let detail = format!("something that calls itself entry {says} stands before it");
                self.report.push(Kind::Added, next, next, detail);
                None
            }
            None => {
                self.report.push(
                    Kind::Added,
                    next,
                    next,
                    "something that is no entry stands before it".to_owned(),
                );
                None
            }
        }
    }

    /// Entry `seq` is here; what should have come before it is not.
    fn settle(&mut self, seq: u64, hash: Hash) {
        let next = self.next();
        if seq > next {
            self.lack(seq - 1);
        } else if self.damage {
            // All entries are there, so it is what stands between them: a document.
            let detail = "a document before it cannot be read".to_owned();
            self.report.push(Kind::Facts, seq, seq, detail);
        }
        self.damage = false;
        self.actual.push(hash);
        self.report.entries += 1;
    }

    /// The entries from the next one to `last` are not here.
    fn lack(&mut self, last: u64) {
        let next = self.next();
        let (kind, detail) = match self.damage {
            true => (Kind::Changed, "what stands there cannot be read"),
            false => (Kind::Missing, ""),
        };
        // Where a single entry cannot be read and others are gone, both are told of as the one.
        self.report.push(kind, next, last, detail.to_owned());
        for seq in next..=last {
            if kind == Kind::Missing {
                self.missing.insert(seq);
            }
            self.actual.push(self.signed(seq).flatten().unwrap_or_default());
        }
    }

    /// The document of the entry that was just read has to be in its segment.
    fn facts(&mut self, bytes: &[u8]) {
        let seq = self.actual.len() as u64;
        if let Some(digest) = leaf::facts_of(bytes)
            && !self.documents.contains(&digest)
        {
            let detail = "its document is not the one that it names".to_owned();
            self.report.push(Kind::Facts, seq, seq, detail);
        }
    }

    /// An entry of an earlier chain has to follow from the one before.
    fn follow(&mut self, bytes: &[u8]) {
        match Form::of(bytes) {
            Form::Entry => {}
            Form::Lost => self.chain = None,
            Form::Carried => {
                self.report.carried += 1;
                let seq = self.actual.len() as u64;
                let broken = self
                    .chain
                    .is_some_and(|before| leaf::follows(&before, bytes).is_none());
                if broken {
                    let detail = "its hash does not follow from the entry before".to_owned();
                    self.report.push(Kind::Chain, seq, seq, detail);
                }
                self.chain = leaf::chain_hash(bytes);
            }
        }
    }

    /// What is not there at the end, and the roots over entries whose hashes were not beside their checkpoint.
    pub(super) fn finish(mut self) -> Vec<Hash> {
        let total = self.log.size.max(self.history.leaves.len() as u64);
        if self.next() <= total {
            self.lack(total);
        } else if self.damage {
            let last = self.next() - 1;
            let detail = "something behind it cannot be read".to_owned();
            self.report.push(Kind::Facts, last, last, detail);
        }
        let moved: HashSet<u64> = self
            .report
            .problems
            .iter()
            .filter(|problem| problem.kind == Kind::Moved)
            .map(|problem| problem.first)
            .collect();
        // Whoever turned up elsewhere was not missing.
        self.report.problems.retain(|problem| {
            let all_moved = (problem.first..=problem.last).all(|seq| moved.contains(&seq));
            problem.kind != Kind::Missing || !all_moved
        });
        self.unknown_spans();
        self.actual
    }

    fn unknown_spans(&mut self) {
        let mut from = 0;
        for (size, tree) in &self.history.roots {
            let unknown = (from..*size).any(|before| self.signed(before + 1) == Some(None));
            if unknown && self.history.tree_from(from, *size, &self.actual).as_ref() != Some(tree) {
                let detail = "they do not lead to the root that was signed".to_owned();
                self.report.push(Kind::Changed, from + 1, *size, detail);
            }
            from = *size;
        }
    }
}
