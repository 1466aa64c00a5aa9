//! The files of a log, as somebody sees them who knows the format and has an editor.

use std::fs;
use std::path::{Path, PathBuf};

use crate::audit::checkpoint::Checkpoint;
use crate::audit::frame::{self, At, Kind};
use crate::audit::key::SigningKey;
use crate::audit::merkle::{self, Frontier};
use crate::audit::segment::{self, CHECKPOINTS, State};
use crate::domain::Digest;

/// A piece of a segment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Piece {
    pub(super) kind: Kind,
    pub(super) bytes: Vec<u8>,
    /// Whether its checksum is left as it was before the bytes were changed.
    pub(super) stale: bool,
}

/// All that is in a log's directory.
#[derive(Debug, Clone)]
pub(super) struct Files {
    dir: PathBuf,
    /// The first line and the pieces of each segment.
    pub(super) segments: Vec<(u64, Vec<u8>, Vec<Piece>)>,
    pub(super) states: Vec<State>,
}

impl Files {
    pub(super) fn read(data: &Path) -> Self {
        let dir = data.join("audit/local");
        let segments = segment::list(&dir).unwrap().into_iter().map(|first| {
            let (header, bytes) = segment::read(&dir, first).unwrap();
            let (_, mut at) = header.unwrap();
            let head = bytes[..at].to_vec();
            let mut pieces = Vec::new();
            while let At::Frame(frame, next) = frame::read(&bytes, at) {
                pieces.push(Piece {
                    kind: frame.kind,
                    bytes: frame.bytes.to_vec(),
                    stale: false,
                });
                at = next;
            }
            (first, head, pieces)
        });
        Self {
            segments: segments.collect(),
            states: segment::states(&dir)
                .unwrap()
                .into_iter()
                .map(Option::unwrap)
                .collect(),
            dir,
        }
    }

    /// Segment and place in it of entry `seq`, as they are now.
    pub(super) fn find(&self, seq: u64) -> (usize, usize) {
        let mut entries = 0;
        for (segment, (_, _, pieces)) in self.segments.iter().enumerate() {
            for (place, piece) in pieces.iter().enumerate() {
                entries += u64::from(piece.kind == Kind::Entry);
                if entries == seq {
                    return (segment, place);
                }
            }
        }
        panic!("no entry {seq}")
    }

    pub(super) fn entry(&mut self, seq: u64) -> &mut Piece {
        let (segment, place) = self.find(seq);
        &mut self.segments[segment].2[place]
    }

    /// All entries from number `from` on.
    pub(super) fn entries_from(&mut self, from: u64) -> impl Iterator<Item = (u64, &mut Piece)> {
        let pieces = self.segments.iter_mut().flat_map(|(_, _, pieces)| pieces);
        let entries = pieces.filter(|piece| piece.kind == Kind::Entry);
        (1_u64..).zip(entries).skip(usize::try_from(from - 1).unwrap())
    }

    /// Writes everything back, in another directory.
    pub(super) fn write(&self, data: &Path) {
        let dir = data.join("audit/local");
        fs::create_dir_all(&dir).unwrap();
        for (first, head, pieces) in &self.segments {
            let mut bytes = head.clone();
            for piece in pieces {
                let start = bytes.len();
                frame::write(&mut bytes, piece.kind, &[&piece.bytes]);
                if piece.stale {
                    bytes[start + 5] ^= 0x55;
                }
            }
            fs::write(segment::path(&dir, *first), bytes).unwrap();
        }
        let lines: String = self
            .states
            .iter()
            .map(|state| serde_json::to_string(state).unwrap() + "\n")
            .collect();
        fs::write(dir.join(CHECKPOINTS), lines).unwrap();
        let key = self.dir.ancestors().nth(2).unwrap().join("audit.key");
        fs::copy(key, data.join("audit.key")).unwrap();
    }

    /// Makes all checkpoints anew, for the entries as they are now.
    pub(super) fn sign_again(&mut self, key: &SigningKey) {
        let mut tree = Frontier::default();
        let mut leaves = Vec::new();
        let mut states = self.states.clone();
        let mut left = states.iter_mut();
        let mut next = left.next();
        for (_, piece) in self.entries_from(1) {
            let leaf = merkle::leaf(&piece.bytes);
            tree.push(leaf);
            leaves.push(leaf);
            let Some(state) = &mut next else { break };
            let before = state.read().unwrap().0.checkpoint;
            if before.size == tree.size() {
                let root = tree.root();
                state.note = Checkpoint { root, ..before }.sign(key);
                state.peaks = tree
                    .peaks()
                    .iter()
                    .map(|peak| Digest::from_bytes(*peak))
                    .collect();
                state.leaves = segment::write_leaves(&leaves);
                leaves.clear();
                next = left.next();
            }
        }
        self.states = states;
    }

    /// The key of the log.
    pub(super) fn stolen_key(&self) -> SigningKey {
        SigningKey::load_or_create(self.dir.ancestors().nth(2).unwrap()).unwrap()
    }

    /// Cuts the log behind entry `last`; with `states`, its checkpoints too.
    pub(super) fn cut(&mut self, last: u64, states: bool) {
        let (segment, place) = self.find(last);
        self.segments.truncate(segment + 1);
        self.segments[segment].2.truncate(place + 1);
        if states {
            self.states
                .retain(|state| state.read().unwrap().0.checkpoint.size <= last);
        }
    }
}
