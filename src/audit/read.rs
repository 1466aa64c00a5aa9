//! Reading a log while it is written: a snapshot knows how much of the files is whole.

use std::path::PathBuf;

use hashbrown::HashMap;
use serde::{Deserialize, Serialize};

use super::checkpoint::Signed;
use super::error::{Error, Result};
use super::frame::{self, At, Kind};
use super::key::Verifier;
use super::leaf;
use super::merkle::{self, Frontier, Hash};
use super::segment;
use crate::domain::{AuditRecord, AuditRef, Digest};

/// A log as it was at one moment.
#[derive(Debug, Clone)]
pub struct Snapshot {
    pub(super) dir: PathBuf,
    pub(super) origin: String,
    pub(super) verifier: Verifier,
    pub(super) size: u64,
    /// First entries of the segments.
    pub(super) segments: Vec<u64>,
    /// Bytes of the last segment.
    pub(super) length: u64,
}

/// An entry as it lies in the log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stored {
    /// Its number, from 1.
    pub seq: u64,
    /// Its hash as a leaf of the Merkle tree.
    pub hash: Digest,
    /// The entry as it was hashed: canonical JSON.
    pub leaf: String,
    /// The fact document that it names, where that is kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub facts: Option<String>,
}

impl Stored {
    /// The entry in the words of the field; `None` for one that was lost before it came into this log.
    ///
    /// # Errors
    /// When it cannot be read, or says of itself that it is another one.
    pub fn record(self) -> Result<Option<(AuditRef, AuditRecord)>> {
        let read = leaf::decode(self.leaf.as_bytes())?;
        if read.seq != self.seq {
            return Err(Error::damaged(format!(
                "in the place of entry {} is entry {}",
                self.seq, read.seq
            )));
        }
        let reference = AuditRef {
            seq: self.seq,
            hash: self.hash,
        };
        let facts = self.facts;
        Ok(read.entry.map(|entry| (reference, AuditRecord { entry, facts })))
    }
}

/// A log at one moment, signed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    /// How many entries it has.
    pub entries: u64,
    /// The checkpoint over all of them, a signed note.
    pub checkpoint: String,
    /// What checks the note's signature.
    pub verifier: String,
}

/// What shows that an entry is in the log, to somebody who has the checkpoint.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proof {
    /// The number of the entry, from 1. RFC 6962 counts leaves from 0.
    pub seq: u64,
    /// The entry as it was hashed: its leaf is SHA-256(0x00 || this text).
    pub leaf: String,
    /// Its hash.
    pub hash: Digest,
    /// The hashes beside the way to the root, nearest first (RFC 6962, section 2.1.1).
    pub inclusion: Vec<Digest>,
    /// The checkpoint whose root that is, a signed note.
    pub checkpoint: String,
    /// What checks the note's signature.
    pub verifier: String,
}

impl Snapshot {
    /// Entries in the log.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.size
    }

    /// What checks the signatures of its checkpoints.
    #[must_use]
    pub fn verifier(&self) -> &Verifier {
        &self.verifier
    }

    /// How many entries lie in files before the one that holds entry `seq`: those from there to `seq` are read at once.
    #[must_use]
    pub fn before_file_of(&self, seq: u64) -> u64 {
        let first = self.segments.iter().rfind(|first| **first <= seq);
        first.map_or(0, |first| first.saturating_sub(1))
    }

    /// The entries after number `after`, in order, at most `limit`.
    ///
    /// # Errors
    /// When a file cannot be read, or one of the entries is damaged or missing.
    pub fn entries(&self, after: u64, limit: usize) -> Result<Vec<Stored>> {
        let mut found = Vec::new();
        let mut next = after.saturating_add(1);
        while next <= self.size && found.len() < limit {
            let segment = self.segments.iter().rposition(|first| *first <= next);
            let Some(segment) = segment.and_then(|at| self.segments.get(at)) else {
                return Err(missing(next));
            };
            let before = found.len();
            self.entries_of(*segment, next, limit, &mut found)?;
            if found.len() == before {
                return Err(missing(next));
            }
            next += (found.len() - before) as u64;
        }
        Ok(found)
    }

    /// Adds the entries of one segment, from number `from`.
    fn entries_of(&self, first: u64, from: u64, limit: usize, found: &mut Vec<Stored>) -> Result<()> {
        let mut bytes = Vec::new();
        let start = self.bytes_of(first, &mut bytes)?;
        let mut facts: HashMap<Digest, &[u8]> = HashMap::new();
        let (mut at, mut seq) = (start, first);
        while found.len() < limit && seq <= self.size {
            let (frame, next) = match frame::read(&bytes, at) {
                At::Frame(frame, next) => (frame, next),
                At::End => break,
                At::Damage(_) => return Err(Error::damaged(format!("entry {seq} is not as it was written"))),
            };
            at = next;
            match frame.kind {
                Kind::Facts => {
                    let document = frame.bytes.split_first_chunk();
                    facts.extend(document.map(|(digest, json)| (Digest::from_bytes(*digest), json)));
                }
                Kind::Entry => {
                    if seq >= from {
                        found.push(stored(seq, frame.bytes, &facts)?);
                    }
                    seq += 1;
                }
            }
        }
        Ok(())
    }

    /// The bytes of a segment as far as they belong to this snapshot, and where its pieces begin.
    pub(super) fn bytes_of(&self, first: u64, bytes: &mut Vec<u8>) -> Result<usize> {
        let header = segment::read_into(&self.dir, first, bytes)?;
        if self.segments.last() == Some(&first) {
            bytes.truncate(usize::try_from(self.length).unwrap_or(usize::MAX));
        }
        let header = header.filter(|(header, _)| header.first == first);
        let Some((_, start)) = header else {
            return Err(Error::damaged(format!(
                "the segment of entry {first} does not say what it is"
            )));
        };
        Ok(start)
    }

    /// The entry with the proof that it is in the tree of the newest checkpoint, which has to cover it.
    ///
    /// # Errors
    /// When there is no such entry, or the log is too damaged to prove it.
    pub fn prove(&self, seq: u64) -> Result<Proof> {
        let Some(index) = seq.checked_sub(1).filter(|_| seq <= self.size) else {
            return Err(Error::NoSuchEntry { seq, size: self.size });
        };
        let (leaves, signed, note) = self.signed_leaves()?;
        let entry = self.entries(index, 1)?.pop().ok_or_else(|| missing(seq))?;
        let at = usize::try_from(index).unwrap_or(usize::MAX);
        let inclusion = merkle::inclusion(&leaves, at);
        let root = signed.checkpoint.root;
        if !merkle::includes(
            &root,
            signed.checkpoint.size,
            index,
            entry.hash.as_bytes(),
            &inclusion,
        ) {
            return Err(Error::damaged(format!(
                "entry {seq} is not the one that was signed"
            )));
        }
        Ok(Proof {
            seq,
            leaf: entry.leaf,
            hash: entry.hash,
            inclusion: inclusion.into_iter().map(Digest::from_bytes).collect(),
            checkpoint: note,
            verifier: self.verifier.to_string(),
        })
    }

    /// All leaves that the newest checkpoint signs, by the file of the checkpoints.
    fn signed_leaves(&self) -> Result<(Vec<Hash>, Signed, String)> {
        let unreadable = || Error::damaged("the checkpoints do not follow from each other");
        let (mut leaves, mut tree, mut newest) = (Vec::new(), Frontier::default(), None);
        for state in segment::states(&self.dir)? {
            let state = state.ok_or_else(unreadable)?;
            let signed = Signed::parse(&state.note).ok_or_else(unreadable)?;
            for leaf in state.leaves().ok_or_else(unreadable)? {
                tree.push(leaf);
                leaves.push(leaf);
            }
            if (tree.size(), tree.root()) != (signed.checkpoint.size, signed.checkpoint.root) {
                return Err(unreadable());
            }
            newest = Some((signed, state.note));
        }
        let (signed, note) = newest.ok_or_else(unreadable)?;
        Ok((leaves, signed, note))
    }
}

fn stored(seq: u64, entry: &[u8], facts: &HashMap<Digest, &[u8]>) -> Result<Stored> {
    let text = |bytes: &[u8]| {
        String::from_utf8(bytes.to_vec()).map_err(|_| Error::damaged(format!("entry {seq} is no text")))
    };
    let facts = leaf::facts_of(entry).and_then(|digest| facts.get(&digest));
    Ok(Stored {
        seq,
        hash: Digest::from_bytes(merkle::leaf(entry)),
        leaf: text(entry)?,
        facts: facts.map(|json| text(json)).transpose()?,
    })
}

fn missing(seq: u64) -> Error {
    Error::damaged(format!("entry {seq} is missing"))
}
