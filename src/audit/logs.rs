//! All the logs of a data directory, one for each organisation: `audit/<organisation>/`.

use std::collections::{BTreeMap, HashSet};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::error::{Error, Result};
use super::key::SigningKey;
use super::leaf;
use super::log::{self, Log};
use super::merkle;
use super::read::Snapshot;
use crate::domain::{AuditRecord, AuditRef, Digest};

/// The directory of the logs in a data directory.
const DIRECTORY: &str = "audit";

/// The logs of a data directory, open for writing. There must be one such at a time.
#[derive(Debug)]
pub(crate) struct Logs {
    dir: PathBuf,
    /// What the origins of new logs begin with.
    name: String,
    key: Arc<SigningKey>,
    logs: BTreeMap<String, Log>,
    notes: Vec<String>,
}

/// An entry that has a place in the log and is not there yet.
#[derive(Debug)]
pub(crate) struct Placed {
    pub(crate) reference: AuditRef,
    /// What [`Logs::append`] takes.
    pub(crate) pieces: Vec<u8>,
}

impl Logs {
    /// Opens the logs in the data directory `data`. New ones get an origin that begins with `name`, which should be told
    /// from that of every other data directory.
    ///
    /// # Errors
    /// When the files cannot be used, or were written by a newer version.
    pub(crate) fn open(data: &Path, name: &str) -> Result<Self> {
        let dir = data.join(DIRECTORY);
        let key = Arc::new(SigningKey::load_or_create(data)?);
        let (mut logs, mut notes) = (BTreeMap::new(), Vec::new());
        let listed = match fs::read_dir(&dir) {
            Ok(listed) => listed.collect::<io::Result<Vec<_>>>(),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
            Err(error) => Err(error),
        };
        for entry in listed.map_err(Error::io("read the directory", &dir))? {
            let path = entry.path();
            if path.is_dir()
                && let Some(mut opened) = Log::open(&path, &key)?
            {
                notes.append(&mut opened.notes);
                logs.insert(opened.log.org().to_owned(), opened.log);
            }
        }
        Ok(Self {
            dir,
            name: name.to_owned(),
            key,
            logs,
            notes,
        })
    }

    /// Entries in the log of `org`.
    pub(crate) fn size(&self, org: &str) -> u64 {
        self.logs.get(org).map_or(0, Log::size)
    }

    /// Whether the open segment of `org` has the document.
    pub(crate) fn has_facts(&self, org: &str, digest: &Digest) -> bool {
        self.logs.get(org).is_some_and(|log| log.has_facts(digest))
    }

    /// Adds the pieces of entry `seq`; written with [`Logs::write`].
    pub(crate) fn append(&mut self, org: &str, seq: u64, pieces: &[u8]) -> Result<()> {
        self.log(org)?.append(seq, pieces)
    }

    /// The log of `org`, begun if there is none.
    fn log(&mut self, org: &str) -> Result<&mut Log> {
        if !self.logs.contains_key(org) {
            let directory = directory_name(org);
            let origin = format!("firstmate/{}/{directory}", self.name);
            let log = Log::create(&self.dir.join(&directory), org, &origin, Arc::clone(&self.key))?;
            self.logs.insert(org.to_owned(), log);
        }
        self.logs
            .get_mut(org)
            .ok_or_else(|| Error::damaged("a log that was begun is not there"))
    }

    /// Writes what was appended, and signs what is due.
    pub(crate) fn write(&mut self) -> Result<()> {
        self.logs.values_mut().try_for_each(Log::write)
    }

    /// Makes durable what is written.
    pub(crate) fn sync(&self) -> Result<()> {
        self.logs.values().try_for_each(Log::sync)
    }

    /// Signs all that is written: nothing is left behind a checkpoint when a process ends as it should.
    pub(crate) fn sign(&mut self) -> Result<()> {
        self.logs.values_mut().try_for_each(|log| log.sign().map(drop))
    }

    /// Signs the log of `org` as it is: the note, and the log to be read.
    pub(crate) fn checkpoint(&mut self, org: &str) -> Result<(String, Snapshot)> {
        let log = self.log(org)?;
        let note = log.sign()?;
        Ok((note, log.snapshot()))
    }

    /// The log of `org`, to be read while writing goes on; `None` when there is none.
    pub(crate) fn snapshot(&self, org: &str) -> Option<Snapshot> {
        self.logs.get(org).map(Log::snapshot)
    }

    /// All logs, to be read.
    pub(crate) fn snapshots(&self) -> Vec<(String, Snapshot)> {
        let logs = self.logs.iter();
        logs.map(|(org, log)| (org.clone(), log.snapshot())).collect()
    }

    /// What was set right when they were opened.
    pub(crate) fn notes(&self) -> &[String] {
        &self.notes
    }
}

/// Makes entry `seq` of a record; `known` are the documents that need no writing.
pub(crate) fn place(seq: u64, record: &AuditRecord, known: impl FnOnce(&Digest) -> bool) -> Result<Placed> {
    let leaf = leaf::encode(seq, &record.entry)?;
    let facts = record.entry.facts_sha256.as_ref().zip(record.facts.as_deref());
    Ok(place_leaf(seq, &leaf, facts.filter(|(digest, _)| !known(digest))))
}

/// The same for an entry that is a leaf already.
pub(crate) fn place_leaf(seq: u64, leaf: &[u8], facts: Option<(&Digest, &str)>) -> Placed {
    let hash = Digest::from_bytes(merkle::leaf(leaf));
    Placed {
        reference: AuditRef { seq, hash },
        pieces: log::pieces(facts, leaf),
    }
}

/// The name of an organisation's directory: its own where that can be a name everywhere, else a part of its digest.
fn directory_name(org: &str) -> String {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '_';
    if (1..=32).contains(&org.len()) && org.chars().all(plain) {
        return org.to_owned();
    }
    let digest = Digest::of(org.as_bytes()).to_string();
    // No plain name has a dot.
    format!("org.{}", digest.get(..32).unwrap_or_default())
}

/// A log of one organisation for measurements and tests outside of the crate: without the store, without a redo log.
#[derive(Debug)]
pub struct Standalone {
    logs: Logs,
    known: HashSet<Digest>,
}

impl Standalone {
    /// Opens the logs in `data`.
    ///
    /// # Errors
    /// When the files cannot be used.
    pub fn open(data: &Path) -> Result<Self> {
        let logs = Logs::open(data, "standalone")?;
        Ok(Self {
            logs,
            known: HashSet::new(),
        })
    }

    /// Adds an entry to the log of its organisation; it is in the file after [`Standalone::write`].
    ///
    /// # Errors
    /// When it cannot be encoded, or the log cannot be begun.
    pub fn append(&mut self, record: &AuditRecord) -> Result<AuditRef> {
        let org = record.entry.scope.org();
        let known = |digest: &Digest| !self.known.insert(*digest) || self.logs.has_facts(org, digest);
        let placed = place(self.logs.size(org) + 1, record, known)?;
        self.logs.append(org, placed.reference.seq, &placed.pieces)?;
        Ok(placed.reference)
    }

    /// Gives a batch to the file; nothing is synced unless a checkpoint is due.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn write(&mut self) -> Result<()> {
        self.known.clear();
        self.logs.write()
    }

    /// Signs the log of the entry's organisation as it is: the note, and the log to be read.
    ///
    /// # Errors
    /// When it cannot be synced or signed.
    pub fn checkpoint(&mut self, org: &str) -> Result<(String, Snapshot)> {
        self.logs.checkpoint(org)
    }

    /// The log of an organisation, to be read; `None` when there is none.
    #[must_use]
    pub fn snapshot(&self, org: &str) -> Option<Snapshot> {
        self.logs.snapshot(org)
    }

    /// What was set right when the logs were opened.
    #[must_use]
    pub fn notes(&self) -> &[String] {
        self.logs.notes()
    }
}
