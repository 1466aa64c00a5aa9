//! The segments beside what was signed, entry by entry.

use hashbrown::{HashMap, HashSet};

use super::align::{Item, align};
use super::{History, Kind, Report};
use crate::audit::error::{Error, Result};
use crate::audit::frame::{self, At, Frame};
use crate::audit::leaf::{self, CHAIN_START, Form};
use crate::audit::merkle::{self, Hash};
use crate::audit::read::Snapshot;
use crate::domain::Digest;

/// The documents of a segment. Most stand right before the only entry that names them, so they are only sorted when
/// another one is asked for.
#[derive(Default)]
struct Documents {
    recent: Vec<Digest>,
    others: HashSet<Digest>,
}

impl Documents {
    fn has(&mut self, digest: &Digest) -> bool {
        if self.recent.last() == Some(digest) {
            return true;
        }
        self.others.extend(self.recent.drain(..));
        self.others.contains(digest)
    }

    fn clear(&mut self) {
        self.recent.clear();
        self.others.clear();
    }
}

/// A comparison under way.
pub(super) struct Comparison<'a> {
    log: &'a Snapshot,
    history: &'a History,
    report: &'a mut Report,
    /// The hashes of the entries that came in order.
    actual: Vec<Hash>,
    /// All that came from the first one on that did not.
    items: Vec<Item>,
    /// Where each signed entry belongs; worked out when the first one is out of place.
    places: Option<HashMap<Hash, u64>>,
    /// Whether something that cannot be read stands before what comes next.
    damage: bool,
    documents: Documents,
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
            items: Vec::new(),
            places: None,
            damage: false,
            documents: Documents::default(),
            chain: Some(CHAIN_START),
        }
    }

    /// Reads all segments.
    pub(super) fn segments(&mut self) -> Result<()> {
        let mut bytes = Vec::new();
        for first in self.log.segments.clone() {
            let start = match self.log.bytes_of(first, &mut bytes) {
                Ok(start) => start,
                Err(error @ Error::NewerFormat { .. }) => return Err(error),
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
                self.report.entries += 1;
                let seq = self.entry(frame.bytes);
                self.facts(seq, frame.bytes);
                self.follow(seq, frame.bytes);
            }
            frame::Kind::Facts => {
                self.report.documents += 1;
                let document = frame.bytes.split_first_chunk();
                let document = document.map(|(digest, json)| (Digest::from_bytes(*digest), json));
                let whole = document.filter(|(digest, json)| Digest::of(json) == *digest);
                self.documents.recent.extend(whole.map(|(digest, _)| digest));
            }
        }
    }

    /// Takes an entry and gives its number, or the one that it is near to.
    fn entry(&mut self, bytes: &[u8]) -> u64 {
        let hash = merkle::leaf(bytes);
        let next = self.actual.len() as u64 + 1;
        let in_order = self.items.is_empty() && !self.damage;
        // Nearly always.
        if in_order && self.signed(next) == Some(Some(hash)) {
            self.actual.push(hash);
            return next;
        }
        let says = leaf::number(bytes);
        let place = self.place(&hash).or_else(|| {
            // Where no hash is signed, an entry is what it says it is.
            says.filter(|says| !matches!(self.signed(*says), Some(Some(_))))
        });
        if in_order && place == Some(next) {
            self.actual.push(hash);
            return next;
        }
        let damage = std::mem::take(&mut self.damage);
        self.items.push(Item {
            hash,
            place,
            says,
            damage,
        });
        place.or(says).unwrap_or(next)
    }

    /// What was signed as entry `seq`: nothing, a root over it, or its hash.
    fn signed(&self, seq: u64) -> Option<Option<Hash>> {
        let at = usize::try_from(seq.checked_sub(1)?).ok()?;
        self.history.leaves.get(at).copied()
    }

    /// The number that an entry was signed with.
    fn place(&mut self, hash: &Hash) -> Option<u64> {
        let leaves = &self.history.leaves;
        let places = self.places.get_or_insert_with(|| {
            let numbered = (1_u64..).zip(leaves);
            numbered.filter_map(|(seq, leaf)| Some(((*leaf)?, seq))).collect()
        });
        places.get(hash).copied()
    }

    /// The document of an entry has to be in its segment.
    fn facts(&mut self, seq: u64, bytes: &[u8]) {
        if let Some(digest) = leaf::facts_of(bytes)
            && !self.documents.has(&digest)
        {
            let detail = "its document is not the one that it names".to_owned();
            self.report.push(Kind::Facts, seq, seq, detail);
        }
    }

    /// An entry of an earlier chain has to follow from the one before.
    fn follow(&mut self, seq: u64, bytes: &[u8]) {
        match Form::of(bytes) {
            Form::Entry => {}
            Form::Lost => self.chain = None,
            Form::Carried => {
                self.report.carried += 1;
                let follows = |before| leaf::follows(&before, bytes).is_some();
                if !self.chain.is_none_or(follows) {
                    let detail = "its hash does not follow from the entry before".to_owned();
                    self.report.push(Kind::Chain, seq, seq, detail);
                }
                self.chain = leaf::chain_hash(bytes);
            }
        }
    }

    /// Tells what did not come in order, and gives the hashes of the entries as they are; for those that are not there,
    /// what was signed.
    pub(super) fn finish(mut self) -> Vec<Hash> {
        let signed = self.history.leaves.len() as u64;
        let first = self.actual.len() as u64 + 1;
        let numbers = self.items.iter().filter_map(|item| item.place);
        let last = numbers.chain([self.log.size, signed]).max().unwrap_or(0);
        if first <= last || self.damage || !self.items.is_empty() {
            let found = align(&self.items, (first, last), self.damage, self.report);
            for seq in first..=last {
                let hash = found.get(&seq).copied().or_else(|| self.signed(seq).flatten());
                self.actual.push(hash.unwrap_or_default());
            }
        }
        self.unknown_spans();
        self.actual
    }

    /// Roots over entries whose hashes were not beside their checkpoint.
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
