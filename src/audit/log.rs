//! The log of one organisation, open for writing.
//!
//! Appending only adds to a buffer; [`Log::write`] gives the whole batch to the file at once. Whether it is durable is for
//! the owner of the log to say (the store's redo log is synced before, see `store/sled/redo.rs`), except at
//! a checkpoint: what is signed was synced first.

use std::collections::HashSet;
use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::checkpoint::Checkpoint;
use super::error::{Error, Result};
use super::frame::{self, At, Kind};
use super::key::SigningKey;
use super::merkle::{self, Frontier, Hash};
use super::read::Snapshot;
use super::segment::{self, FORMAT, Header, State};
use crate::domain::Digest;

/// Behind a segment of this size the next one begins. Some six thousand entries; tests see many segments.
const SEGMENT: u64 = if cfg!(test) { 64 << 10 } else { 4 << 20 };
/// Entries that are signed at the latest.
const UNSIGNED: u64 = if cfg!(test) { 256 } else { 1024 };
/// How long entries wait for a signature while others follow. Each costs the call it falls to a second sync.
const UNSIGNED_FOR: Duration = Duration::from_secs(300);

/// The log of one organisation.
#[derive(Debug)]
pub(crate) struct Log {
    dir: PathBuf,
    org: String,
    origin: String,
    key: Arc<SigningKey>,
    tree: Frontier,
    /// First entries of the segments.
    segments: Vec<u64>,
    file: File,
    /// Bytes of the last segment that are written.
    length: u64,
    /// Entries that are written.
    written: u64,
    buffer: Vec<u8>,
    /// Documents that are in the last segment.
    facts: HashSet<Digest>,
    /// Leaves since the last checkpoint.
    unsigned: Vec<Hash>,
    signed_at: Instant,
    signed: Option<State>,
}

/// What was found when a log was opened.
pub(super) struct Opened {
    pub(super) log: Log,
    pub(super) notes: Vec<String>,
}

impl Log {
    /// Begins a log in the new directory `dir`; checkpoints call it `origin`.
    pub(super) fn create(dir: &Path, org: &str, origin: &str, key: Arc<SigningKey>) -> Result<Self> {
        fs::create_dir_all(dir).map_err(Error::io("make the directory", dir))?;
        if let Some(parent) = dir.parent() {
            segment::sync_directory(parent).map_err(Error::io("sync the directory", parent))?;
        }
        let header = Header {
            format: FORMAT,
            org: org.to_owned(),
            origin: origin.to_owned(),
            first: 1,
            before: None,
        };
        let (file, length) = segment::create(dir, &header)?;
        Ok(Self {
            dir: dir.to_owned(),
            org: org.to_owned(),
            origin: origin.to_owned(),
            key,
            tree: Frontier::default(),
            segments: vec![1],
            file,
            length,
            written: 0,
            buffer: Vec::new(),
            facts: HashSet::new(),
            unsigned: Vec::new(),
            signed_at: Instant::now(),
            signed: None,
        })
    }

    /// Opens the log in `dir` and cuts a torn tail behind the last checkpoint; `None` when there is no log in it.
    pub(super) fn open(dir: &Path, key: &Arc<SigningKey>) -> Result<Option<Opened>> {
        let mut notes = Vec::new();
        let mut segments = segment::list(dir)?;
        let mut last = None;
        // A process that dies while it begins a segment leaves a header that is not whole.
        while let Some(first) = segments.last().copied() {
            let (header, bytes) = segment::read(dir, first)?;
            if let Some((header, start)) = header {
                last = Some((first, header, start, bytes));
                break;
            }
            let path = segment::path(dir, first);
            fs::rename(&path, path.with_extension("torn")).map_err(Error::io("set aside", &path))?;
            notes.push(format!(
                "{} was begun and not finished; it was set aside",
                path.display()
            ));
            segments.pop();
        }
        let Some((first, header, start, bytes)) = last else {
            return Ok(None);
        };
        segment::cut_states(dir)?;
        let states = segment::states(dir)?;
        let latest = states
            .iter()
            .flatten()
            .rev()
            .find_map(|state| Some((state, state.read()?.1)));
        let before = header
            .before
            .as_ref()
            .and_then(|state| Some((state, state.read()?.1)));
        let signed = latest
            .into_iter()
            .chain(before)
            .max_by_key(|(_, tree)| tree.size());
        let mut log = Self {
            dir: dir.to_owned(),
            org: header.org,
            origin: header.origin,
            key: Arc::clone(key),
            tree: signed.as_ref().map(|(_, tree)| tree.clone()).unwrap_or_default(),
            file: segment::reopen(dir, first)?,
            length: bytes.len() as u64,
            written: 0,
            buffer: Vec::new(),
            facts: HashSet::new(),
            unsigned: Vec::new(),
            signed_at: Instant::now(),
            signed: signed.as_ref().map(|(state, _)| (*state).clone()),
            segments,
        };
        let place = signed.map_or((first, start as u64), |(state, _)| (state.segment, state.offset));
        log.go_on(place, &bytes, start, &mut notes)?;
        log.written = log.tree.size();
        Ok(Some(Opened { log, notes }))
    }

    /// Reads what stands behind the last checkpoint, which is at `place`; `bytes` are the last segment's.
    fn go_on(
        &mut self,
        place: (u64, u64),
        bytes: &[u8],
        start: usize,
        notes: &mut Vec<String>,
    ) -> Result<()> {
        let first = self.segments.last().copied().unwrap_or(1);
        let (segment, offset) = (place.0, usize::try_from(place.1).unwrap_or(usize::MAX));
        let at = match segment == first {
            true if offset <= bytes.len() => offset,
            // A segment begins with a checkpoint, so the one before holds nothing that is not signed.
            false if segment < first && self.tree.size() + 1 == first => start,
            _ => {
                let size = self.tree.size();
                notes.push(format!(
                    "the audit log of {} is shorter than its checkpoint, which has {size} entries; it goes on behind them, \
                     and `firstmate audit verify` says what is missing",
                    self.org
                ));
                return self.begin_segment();
            }
        };
        let cut = self.read_tail(bytes, at);
        if cut < bytes.len() {
            let path = segment::path(&self.dir, first);
            let aside = path.with_extension(format!("{}.torn", self.tree.size() + 1));
            fs::write(&aside, bytes.get(cut..).unwrap_or_default())
                .map_err(Error::io("set aside", &aside))?;
            let length = cut as u64;
            self.file
                .set_len(length)
                .map_err(Error::io("cut the torn tail of", &path))?;
            self.file.sync_all().map_err(Error::io("sync", &path))?;
            self.length = length;
            notes.push(format!(
                "the audit log of {} ended in {} bytes that are no entry, behind its last checkpoint; they were cut",
                self.org,
                bytes.len() - cut
            ));
        }
        Ok(())
    }

    /// Takes the entries behind `at`, and says where the last whole piece ends.
    fn read_tail(&mut self, bytes: &[u8], mut at: usize) -> usize {
        while let At::Frame(frame, next) = frame::read(bytes, at) {
            if frame.kind == Kind::Entry {
                self.push(merkle::leaf(frame.bytes));
            }
            at = next;
        }
        at
    }

    /// Adds an entry in the pieces that [`pieces`] makes, which are written with the batch. An entry that is there already is
    /// skipped: after a crash a batch may come twice.
    pub(super) fn append(&mut self, seq: u64, pieces: &[u8]) -> Result<()> {
        let next = self.tree.size() + 1;
        if seq < next {
            return Ok(());
        }
        if seq > next {
            return Err(Error::damaged(format!(
                "entry {seq} cannot follow entry {}",
                next - 1
            )));
        }
        let mut at = 0;
        while let At::Frame(frame, behind) = frame::read(pieces, at) {
            match frame.kind {
                Kind::Entry => self.push(merkle::leaf(frame.bytes)),
                Kind::Facts => {
                    let digest = frame
                        .bytes
                        .first_chunk()
                        .map(|digest| Digest::from_bytes(*digest));
                    self.facts.extend(digest);
                }
            }
            at = behind;
        }
        self.buffer.extend_from_slice(pieces);
        Ok(())
    }

    fn push(&mut self, leaf: Hash) {
        self.tree.push(leaf);
        self.unsigned.push(leaf);
    }

    /// Writes what was appended, and signs when that is due.
    pub(super) fn write(&mut self) -> Result<()> {
        if self.buffer.is_empty() {
            return Ok(());
        }
        let written = self.file.write_all(&self.buffer);
        written.map_err(Error::io("write to the segments in", &self.dir))?;
        self.length += self.buffer.len() as u64;
        self.buffer.clear();
        self.written = self.tree.size();
        let full = self.length >= SEGMENT;
        if full || self.unsigned.len() as u64 >= UNSIGNED || self.signed_at.elapsed() >= UNSIGNED_FOR {
            self.sign()?;
        }
        if full { self.begin_segment() } else { Ok(()) }
    }

    /// Makes durable what is written.
    pub(super) fn sync(&self) -> Result<()> {
        self.file
            .sync_data()
            .map_err(Error::io("sync the segments in", &self.dir))
    }

    /// Signs what is written, unless that is signed already; the note.
    pub(super) fn sign(&mut self) -> Result<String> {
        self.signed_at = Instant::now();
        if let Some(signed) = self.signed.as_ref().filter(|_| self.unsigned.is_empty()) {
            return Ok(signed.note.clone());
        }
        self.sync()?;
        let checkpoint = Checkpoint {
            origin: self.origin.clone(),
            size: self.tree.size(),
            root: self.tree.root(),
        };
        let state = State {
            note: checkpoint.sign(&self.key),
            peaks: self
                .tree
                .peaks()
                .iter()
                .map(|peak| Digest::from_bytes(*peak))
                .collect(),
            segment: self.segments.last().copied().unwrap_or(1),
            offset: self.length,
            leaves: segment::write_leaves(&self.unsigned),
        };
        segment::add_state(&self.dir, &state)?;
        self.unsigned.clear();
        Ok(self.signed.insert(state).note.clone())
    }

    fn begin_segment(&mut self) -> Result<()> {
        let first = self.tree.size() + 1;
        let before = self.signed.as_ref().map(|state| State {
            leaves: String::new(),
            ..state.clone()
        });
        let header = Header {
            format: FORMAT,
            org: self.org.clone(),
            origin: self.origin.clone(),
            first,
            before,
        };
        (self.file, self.length) = segment::create(&self.dir, &header)?;
        self.segments.push(first);
        self.facts.clear();
        Ok(())
    }

    pub(super) fn org(&self) -> &str {
        &self.org
    }

    /// Entries that were appended, also those that are not written yet.
    pub(super) fn size(&self) -> u64 {
        self.tree.size()
    }

    /// Whether the last segment has the document.
    pub(super) fn has_facts(&self, digest: &Digest) -> bool {
        self.facts.contains(digest)
    }

    /// What is written, to be read while writing goes on.
    pub(super) fn snapshot(&self) -> Snapshot {
        Snapshot {
            dir: self.dir.clone(),
            origin: self.origin.clone(),
            verifier: self.key.verifier(&self.origin),
            size: self.written,
            segments: self.segments.clone(),
            length: self.length,
        }
    }
}

/// The pieces of an entry, with its document in front where that is given.
pub(super) fn pieces(facts: Option<(&Digest, &str)>, leaf: &[u8]) -> Vec<u8> {
    let mut pieces = Vec::new();
    if let Some((digest, facts)) = facts {
        frame::write(&mut pieces, Kind::Facts, &[digest.as_bytes(), facts.as_bytes()]);
    }
    frame::write(&mut pieces, Kind::Entry, &[leaf]);
    pieces
}
