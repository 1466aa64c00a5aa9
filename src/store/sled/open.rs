//! From a claimed directory to a database that is known to be readable.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::draft::{self, Draft};
use super::redo::Redo;
use super::writer::{Disk, Fault};
use super::{Durability, carry, export_dir, import, keys, lock};
use crate::audit::logs::Logs;
use crate::domain::Timestamp;
use crate::ownership::{self, Owner};
use crate::store::{Error, Result, export};

/// The format that this version writes.
pub(super) const FORMAT: u32 = 2;

/// How each format becomes the next: the first one makes 2 out of 1. A migration puts its changes into
/// the draft, which is written together with the new format's number.
const MIGRATIONS: [Migration; FORMAT as usize - 1] = [carry::carry];

type Migration = fn(&mut Draft<'_>) -> Result<()>;

/// Memory for pages; sled's default is a gigabyte.
const CACHE_BYTES: u64 = 64 << 20;

/// How often sled writes and tidies up by itself. Every write is flushed by the writer anyway; with
/// [`Durability::Process`] this bounds what a power cut takes.
const FLUSH_EVERY_MS: u64 = 500;

/// How long a database is waited for that is being closed, and how long between two looks.
const PATIENCE: Duration = Duration::from_secs(1);
const MOMENT: Duration = Duration::from_millis(10);

/// What the store says about itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Meta {
    /// Of all that is in it.
    pub(super) format: u32,
    /// Random, for life.
    pub(super) id: String,
    pub(super) created_at: Timestamp,
}

/// An open database and what it took to open it.
#[derive(Debug)]
pub(super) struct Opened {
    pub(super) db: sled::Db,
    pub(super) meta: Meta,
    pub(super) notes: Vec<String>,
    pub(super) logs: Option<SharedLogs>,
    path: PathBuf,
}

/// The audit logs, which are beside the database and not in it.
pub(super) type SharedLogs = Arc<Mutex<Logs>>;

impl Opened {
    /// Where the writer writes.
    pub(super) fn disk(&self, durability: Durability, fault: Fault) -> Result<Disk> {
        let (synced, redo) = match durability {
            Durability::Process => (None, None),
            Durability::Power => {
                let file = self.path.join("db");
                let opened = OpenOptions::new().read(true).write(true).open(&file);
                let redo = Redo::replay(&self.db, &self.path)?;
                (Some(opened.map_err(unusable(&file))?), Some(Mutex::new(redo)))
            }
        };
        Ok(Disk {
            db: self.db.clone(),
            synced,
            redo,
            logs: self.logs.clone(),
            fault,
        })
    }
}

/// Opens `db/` in `data`, after setting right what an earlier process left behind.
pub(super) fn open(data: &Path, now: Timestamp, new_id: &str) -> Result<Opened> {
    let opened = open_or_restore(data, now, new_id)?;
    for note in &opened.notes {
        tracing::warn!(note, "something was set right while the store was opened");
    }
    Ok(opened)
}

fn open_or_restore(data: &Path, now: Timestamp, new_id: &str) -> Result<Opened> {
    let path = data.join("db");
    let mut notes = finish_swap(data).map_err(unusable(data))?;
    let logs = open_logs(data, &path, new_id)?;
    notes.extend_from_slice(lock(&logs).notes());
    let logs = Some(logs);
    match open_at(&path, now, new_id, logs.clone()) {
        Ok(mut opened) => {
            notes.append(&mut opened.notes);
            Ok(Opened { notes, ..opened })
        }
        Err(Failure::Other(error)) => Err(error),
        Err(Failure::Corrupt(why)) => {
            notes.push(format!("the database could not be read: {why}"));
            notes.push(quarantine(data, &path, now).map_err(unusable(data))?);
            let opened = open_fresh(&path, now, new_id, logs)?;
            notes.push(restore_newest(data, &opened)?);
            Ok(Opened { notes, ..opened })
        }
    }
}

/// Opens the audit logs and gives them what only the redo log in `db` has, whatever is to become of the
/// database there.
fn open_logs(data: &Path, db: &Path, new_id: &str) -> Result<SharedLogs> {
    let logs = Mutex::new(Logs::open(data, new_id)?);
    Redo::replay_log(db, &logs)?;
    Ok(Arc::new(logs))
}

/// Why a database did not open.
enum Failure {
    /// What is in it cannot be read; opening it again will not help.
    Corrupt(String),
    Other(Error),
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Other(error)
    }
}

/// Makes a new database at `path`.
pub(super) fn open_fresh(path: &Path, now: Timestamp, id: &str, logs: Option<SharedLogs>) -> Result<Opened> {
    open_at(path, now, id, logs).map_err(|failure| match failure {
        Failure::Other(error) => error,
        Failure::Corrupt(detail) => Error::Io {
            doing: "open a new database",
            detail,
        },
    })
}

fn open_at(path: &Path, now: Timestamp, new_id: &str, logs: Option<SharedLogs>) -> Result<Opened, Failure> {
    let mut notes = remove_half_snapshots(path).map_err(unusable(path))?;
    let config = sled::Config::new()
        .path(path)
        .cache_capacity(CACHE_BYTES)
        .mode(sled::Mode::LowSpace)
        .flush_every_ms(Some(FLUSH_EVERY_MS));
    wait_until_closed(path)?;
    // sled asserts some of what it reads.
    let db = match catch_unwind(AssertUnwindSafe(|| config.open())) {
        Ok(Ok(db)) => db,
        Ok(Err(sled::Error::Io(error))) => return Err(Failure::Other(unusable(path)(error))),
        Ok(Err(error)) => return Err(Failure::Corrupt(error.to_string())),
        Err(_) => return Err(Failure::Corrupt("sled panicked while it read the log".to_owned())),
    };
    let disk = Disk {
        db: db.clone(),
        synced: None,
        redo: None,
        logs: logs.clone(),
        fault: Fault::default(),
    };
    // Before anything is read: what is stored includes what only the redo log has.
    Redo::replay(&db, path)?;
    let (meta, note) = settle_format(&disk, now, new_id, &MIGRATIONS)?;
    notes.extend(note);
    sync_directory(path).map_err(unusable(path))?;
    Ok(Opened {
        db,
        meta,
        notes,
        logs,
        path: path.to_owned(),
    })
}

/// Reads the format, migrates what is older, refuses what is newer, and names a new store.
fn settle_format(
    disk: &Disk,
    now: Timestamp,
    new_id: &str,
    migrations: &[Migration],
) -> Result<(Meta, Option<String>)> {
    let supported = u32::try_from(migrations.len())
        .unwrap_or(u32::MAX)
        .saturating_add(1);
    let found: Option<Meta> = draft::read(&*disk.db, &keys::meta())?;
    let Some(mut meta) = found else {
        if !disk.db.is_empty() {
            return Err(draft::damaged(keys::meta().as_ref(), "it is missing"));
        }
        let meta = Meta {
            format: supported,
            id: new_id.to_owned(),
            created_at: now,
        };
        write_now(disk, |draft| draft.write(keys::meta(), &meta))?;
        return Ok((meta, None));
    };
    if meta.format > supported {
        return Err(Error::NewerFormat {
            found: meta.format,
            supported,
        });
    }
    let from = meta.format;
    let done = usize::try_from(from.saturating_sub(1)).unwrap_or(usize::MAX);
    for migrate in migrations.iter().skip(done) {
        meta.format += 1;
        write_now(disk, |draft| {
            migrate(draft)?;
            draft.write(keys::meta(), &meta)
        })?;
    }
    let note = (from != supported).then(|| format!("migrated from format {from} to {supported}"));
    Ok((meta, note))
}

/// Writes without the writer's thread, before there is one.
pub(super) fn write_now<T>(disk: &Disk, write: impl FnOnce(&mut Draft<'_>) -> Result<T>) -> Result<T> {
    let mut draft = Draft::new(&disk.db, disk.logs.as_deref());
    let result = write(&mut draft)?;
    draft.accept();
    if let Some(writes) = draft.into_writes() {
        disk.commit(writes).map_err(|detail| Error::Io {
            doing: "write",
            detail,
        })?;
    }
    Ok(result)
}

/// Removes snapshots of the log that a process was killed while writing. sled reads the last `snap.*` by
/// name, also when that is `snap.<n>.generating`, and then takes the database for corrupt for ever. The
/// one before is only removed after the new one has its final name, so nothing is lost.
fn remove_half_snapshots(path: &Path) -> io::Result<Vec<String>> {
    let mut notes = Vec::new();
    for entry in read_directory(path)? {
        let name = entry.file_name();
        let name = name.to_string_lossy();
        if name.starts_with("snap.") && name.ends_with(".generating") {
            fs::remove_file(entry.path())?;
            notes.push(format!("removed the half-written snapshot {name}"));
        }
    }
    Ok(notes)
}

/// Names of the directories of a compaction: the new database until it takes the place of the old, and
/// the old one until it is removed.
pub(super) const NEW: &str = "db.new";
pub(super) const OLD: &str = "db.old";

/// Brings a compaction that was interrupted to one of its two ends.
fn finish_swap(data: &Path) -> io::Result<Vec<String>> {
    let [db, new, old] = ["db", NEW, OLD].map(|name| data.join(name));
    let mut notes = Vec::new();
    if !db.exists() && old.exists() {
        fs::rename(&old, &db)?;
        notes.push("an interrupted compaction was undone".to_owned());
    }
    for leftover in [new, old] {
        if leftover.exists() {
            fs::remove_dir_all(&leftover)?;
            notes.push(format!("removed {}, left by a compaction", leftover.display()));
        }
    }
    Ok(notes)
}

/// Moves what cannot be read out of the way, for someone to look at.
fn quarantine(data: &Path, path: &Path, now: Timestamp) -> io::Result<String> {
    let directory = data.join("quarantine");
    fs::create_dir_all(&directory)?;
    let stamp = now.strftime("%Y%m%dT%H%M%S%.9fZ");
    let target = directory.join(format!("db-{stamp}"));
    fs::rename(path, &target)?;
    Ok(format!("it was moved to {}", target.display()))
}

fn restore_newest(data: &Path, opened: &Opened) -> Result<String> {
    let Some((file, at)) = export::newest(&export_dir(data)) else {
        return Ok("there was no export to restore, so the store is empty".to_owned());
    };
    let disk = opened.disk(Durability::Power, Fault::default())?;
    let imported = import::restore(&disk, &file)?;
    Ok(format!(
        "restored the export of {at} ({imported}); what came later is lost"
    ))
}

/// Waits until the database at `path` is closed. Threads of one that this process has just closed go on for
/// some milliseconds, and keep sled's own lock as long.
pub(super) fn wait_until_closed(path: &Path) -> Result<()> {
    let file = match OpenOptions::new().read(true).write(true).open(path.join("db")) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(unusable(path)(error)),
    };
    let mut patience = PATIENCE;
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(()),
            Err(TryLockError::WouldBlock) if !patience.is_zero() => {
                patience = patience.saturating_sub(MOMENT);
                std::thread::sleep(MOMENT);
            }
            // As the directory is claimed, whoever has the database open does not know our lock.
            Err(TryLockError::WouldBlock) => {
                return Err(Error::Claim(ownership::Error::InUse {
                    dir: path.to_owned(),
                    owner: Owner::Unknown,
                }));
            }
            Err(TryLockError::Error(error)) => return Err(unusable(path)(error)),
        }
    }
}

fn unusable(path: &Path) -> impl FnOnce(io::Error) -> Error {
    let dir = path.to_owned();
    move |source| Error::Claim(ownership::Error::Directory { dir, source })
}

/// Makes the names of new files in `path` as durable as their contents.
pub(super) fn sync_directory(path: &Path) -> io::Result<()> {
    // Elsewhere a directory cannot be opened as a file, and names are journalled by the file system.
    if cfg!(unix) {
        File::open(path)?.sync_all()?;
    }
    Ok(())
}

fn read_directory(path: &Path) -> io::Result<Vec<fs::DirEntry>> {
    match fs::read_dir(path) {
        Ok(entries) => entries.collect(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn disk(dir: &Path) -> Disk {
        Disk {
            db: sled::open(dir).unwrap(),
            synced: None,
            redo: None,
            logs: None,
            fault: Fault::default(),
        }
    }

    /// Adds its digit to a record, so that the record tells which migrations ran.
    fn add(draft: &mut Draft<'_>, digit: &str) -> Result<()> {
        let text: String = draft::read(draft, &keys::all(b'!'))?.unwrap_or_default();
        draft.write(keys::all(b'!'), &(text + digit))
    }

    const TWO: [Migration; 1] = [|draft| add(draft, "2")];
    const FOUR: [Migration; 3] = [TWO[0], |draft| add(draft, "3"), |draft| add(draft, "4")];
    const FAILING: [Migration; 2] = [TWO[0], |draft| {
        add(draft, "3")?;
        Err(Error::Closed)
    }];

    #[test]
    fn each_format_is_migrated_to_the_next_once() {
        let dir = tempfile::tempdir().unwrap();
        let disk = disk(dir.path());
        let check = |migrations: &[Migration], expect: &str| {
            let settled = settle_format(&disk, Timestamp::UNIX_EPOCH, "id", migrations);
            let ran: Option<String> = draft::read(&*disk.db, &keys::all(b'!')).unwrap();
            let told = match settled {
                Ok((meta, note)) => format!("{} {} {}", meta.id, meta.format, note.unwrap_or_default()),
                Err(error) => error.to_string(),
            };
            assert_eq!(format!("{told}/{}", ran.unwrap_or_default()), expect);
        };
        check(&[], "id 1 /");
        check(&TWO, "id 2 migrated from format 1 to 2/2");
        check(&TWO, "id 2 /2");
        // What a migration wrote before it failed is not there.
        check(&FAILING, "the store is closed/2");
        check(&FOUR, "id 4 migrated from format 2 to 4/234");
        check(&TWO, "data has format 4, this version reads up to 2/234");
    }

    #[test]
    fn records_without_a_format_are_not_guessed_at() {
        let dir = tempfile::tempdir().unwrap();
        let disk = disk(dir.path());
        disk.db.insert("x", "y").unwrap();
        let error = settle_format(&disk, Timestamp::UNIX_EPOCH, "id", &[]).unwrap_err();
        assert_eq!(error.code(), "store.damaged");
    }
}
