//! Everything in one sled tree in the data directory: what needs no server.
//!
//! sled 0.34.7 is used within narrow rules, each of which answers a way in which it was seen to fail:
//! the directory is claimed before it is opened, half-written snapshots are removed under that claim
//! (`open.rs`), one caller at a time writes one batch on one tree and makes it durable itself (`writer.rs`), `flush_async`
//! is never called (it can hang for good), and no record is long enough for sled's separate files, which
//! it never syncs (`codec.rs`).
//!
//! A reader may see a write up to one flush before its writer is told that it is safe, and after a failed
//! flush one that its writer was told is not.

use std::collections::BTreeSet;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use serde::{Deserialize, Serialize};

use super::export as file;
use super::news::News;
use super::{Error, Report, Result, Stores};
use crate::audit::Snapshot;
use crate::clock::Clock;
use crate::domain::Timestamp;
use crate::ownership::Claim;
use export::Part;
use writer::{Fault, Writer};

mod audit;
mod budgets;
mod carry;
mod codec;
mod compact;
mod draft;
mod embeddings;
mod export;
mod forget;
mod import;
mod journal;
mod keys;
mod lessons;
mod open;
mod outbox;
mod outcomes;
mod pins;
mod redo;
mod restore_log;
#[cfg(test)]
mod tests;
mod writer;

pub use compact::{Compacted, compact};
pub use import::import;

/// The newest format that this version opens.
pub const FORMAT: u32 = open::FORMAT;

/// How the store keeps its promise.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// What an acknowledged write survives.
    pub durability: Durability,
}

/// What an acknowledged write survives.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Durability {
    /// The machine losing power.
    #[default]
    Power,
    /// The process being killed. A power cut may take the last half second.
    Process,
}

/// Opens the store of the claimed directory, creating it if there is none.
///
/// A database that cannot be read is moved to `quarantine/` and replaced by the newest export in
/// `export/`; the report says so.
///
/// # Errors
/// When the directory cannot be used, or what is in it was written by a newer version.
pub fn open(claim: &Claim, settings: &Settings, clock: Arc<dyn Clock>) -> Result<(Stores, Sled)> {
    let opened = open::open(claim.dir(), clock.now(), &clock.random_id())?;
    let fault = Fault::default();
    let disk = opened.disk(settings.durability, fault.clone())?;
    let logs = opened.logs.ok_or_else(audit::no_log)?;
    let database = Arc::new(Database {
        exported_at: Mutex::new(file::newest(&export_dir(claim.dir())).map(|(_, at)| at)),
        reader: Reader {
            db: opened.db,
            damaged: Arc::default(),
        },
        meta: opened.meta,
        logs,
        writer: Writer::new(disk),
        notes: opened.notes,
        news: News::default(),
        claim: claim.clone(),
    });
    let stores = Stores {
        journal: database.clone(),
        lessons: database.clone(),
        embeddings: database.clone(),
        outcomes: database.clone(),
        budgets: database.clone(),
        pins: database.clone(),
        outbox: database.clone(),
        audit: database.clone(),
    };
    let sled = Sled {
        database,
        clock,
        fault,
    };
    Ok((stores, sled))
}

/// The open store as a whole, beside the seams into it. Dropping it closes it.
#[derive(Debug)]
pub struct Sled {
    database: Arc<Database>,
    clock: Arc<dyn Clock>,
    #[cfg_attr(not(test), expect(dead_code, reason = "only tests have faults"))]
    fault: Fault,
}

impl Sled {
    /// What is known about the store's health.
    #[must_use]
    pub fn report(&self) -> Report {
        Report {
            damaged: lock(&self.database.reader.damaged).iter().cloned().collect(),
            notes: self.database.notes.clone(),
            exported_at: *lock(&self.database.exported_at),
        }
    }

    /// Where an export goes when nothing else is said: a file in `export/` named by the present time.
    #[must_use]
    pub fn export_path(&self) -> PathBuf {
        export_dir(self.database.claim.dir()).join(file::file_name(self.clock.now()))
    }

    /// Writes everything to a file, which appears whole or not at all. Writing goes on meanwhile: the
    /// export holds all that was there when it began and perhaps some of what came later, never a part
    /// of something. Blocks for as long as it takes.
    ///
    /// # Errors
    /// When the store cannot be read or the file cannot be written.
    pub fn export(&self, path: &Path) -> Result<file::Exported> {
        let exported = self.database.export(path, self.clock.now(), Part::All)?;
        if path.parent() == Some(&export_dir(self.database.claim.dir())) {
            *lock(&self.database.exported_at) = Some(exported.at);
        }
        Ok(exported)
    }

    /// Signs the audit log of an organisation as it is now: the signed note, and the log to be read.
    ///
    /// # Errors
    /// When it cannot be written or signed.
    pub fn checkpoint(&self, org: &str) -> Result<(String, Snapshot)> {
        self.database.checkpoint(org)
    }

    /// The audit log of an organisation as it is now, to be read; `None` when nothing was recorded.
    #[must_use]
    pub fn audit_log(&self, org: &str) -> Option<Snapshot> {
        self.database.snapshot(org)
    }

    /// Who is told of what is written, whoever writes it.
    #[must_use]
    pub fn news(&self) -> &News {
        &self.database.news
    }

    /// Finishes the writes that are waiting and takes no more. Reading goes on until the last of the
    /// [`Stores`] is dropped, and the claim is held as long. Blocks for as long as a flush takes.
    pub fn close(self) {}
}

impl Drop for Sled {
    fn drop(&mut self) {
        self.database.writer.close();
        if self.database.writer.poison().is_none()
            && let Err(error) = lock(&self.database.logs).sign()
        {
            tracing::warn!(%error, "the audit log is not signed to its end");
        }
    }
}

/// What all the seams share.
struct Database {
    reader: Reader,
    writer: Writer,
    meta: open::Meta,
    logs: open::SharedLogs,
    notes: Vec<String>,
    news: News,
    exported_at: Mutex<Option<Timestamp>>,
    /// Last: the directory is free when the database is closed.
    claim: Claim,
}

/// What reading needs.
#[derive(Clone)]
struct Reader {
    db: sled::Db,
    /// What was skipped, each once.
    damaged: Arc<Mutex<BTreeSet<String>>>,
}

/// Damaged records that are remembered at most.
const MAX_REPORTED: usize = 1000;

/// Scans of up to this many records are done where they are asked for; longer ones would hold up the
/// other tasks of the thread.
const SHORT_SCAN: u64 = 256;

impl Reader {
    /// The value, or nothing when it is damaged, which is then reported.
    fn skip_damaged<T>(&self, value: Result<T>) -> Result<Option<T>> {
        match value {
            Ok(value) => Ok(Some(value)),
            Err(error @ Error::Damaged { .. }) => {
                if self.report(error.to_string()) {
                    tracing::warn!(%error, "a damaged record is skipped");
                }
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    /// Remembers what is damaged; whether that is new.
    fn report(&self, what: String) -> bool {
        let mut damaged = lock(&self.damaged);
        damaged.len() < MAX_REPORTED && damaged.insert(what)
    }

    /// Runs `scan` over about `length` records without holding up other tasks.
    async fn scan<T: Send + 'static>(
        &self,
        length: u64,
        scan: impl FnOnce(&Self) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        if length <= SHORT_SCAN {
            return scan(self);
        }
        let reader = self.clone();
        let scanned = tokio::task::spawn_blocking(move || scan(&reader)).await;
        scanned.map_err(|error| Error::Io {
            doing: "read",
            detail: error.to_string(),
        })?
    }
}

impl fmt::Debug for Database {
    /// Without sled's own `Debug`, which prints every record.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Database")
            .field("dir", &self.claim.dir())
            .finish_non_exhaustive()
    }
}

fn export_dir(data: &Path) -> PathBuf {
    data.join("export")
}

fn failed(doing: &'static str) -> impl Fn(sled::Error) -> Error {
    move |error| Error::Io {
        doing,
        detail: error.to_string(),
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
