//! What makes a batch durable before sled has written it.
//!
//! sled's own flush costs three times what writing and syncing the same bytes costs, because it wakes all
//! of its threads for every flush (`docs/decisions/0001-redo-log.md` has the figures). So a batch first
//! goes into this file, which is written in place and synced; then sled takes it and writes it when it
//! likes. After a crash the batches that sled lacks are taken from here.
//!
//! The file has a fixed size, so that syncing it never has to sync a new length. Its records are
//! `[number u64][length u32][crc32 u32][writes]`, numbers big-endian, the checksum (IEEE) over everything
//! but itself; `writes` are `[key length u32][key]`, then 1 and `[length u32][value]`, or 0 for a removal.
//! Every batch with something for sled also puts its number into sled ([`keys::redo`]): that tells which records sled
//! has. Entries of the audit log have numbers of their own. When the file is full, sled is flushed, the audit log is
//! synced and writing begins at the front again.

use std::fs::{File, OpenOptions};
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use super::draft::{self, Writes};
use super::{codec, failed, keys};
use crate::audit::logs::Logs;
use crate::store::{Error, Result};

/// Size of the file: some seven hundred steps of 1.2 KB. A larger batch goes to sled directly.
const CAPACITY: u64 = 1 << 20;

/// Bytes of a record before its writes.
const HEAD: usize = 16;

/// The file, and where in it the next record goes.
#[derive(Debug)]
pub(super) struct Redo {
    path: PathBuf,
    /// Opened by the first write.
    file: Option<File>,
    at: u64,
    /// The number of the last batch.
    last: u64,
}

impl Redo {
    /// Gives `db` the batches of the file in `directory` that it lacks.
    pub(super) fn replay(db: &sled::Db, directory: &Path) -> Result<Self> {
        let path = directory.join("redo");
        let known = draft::read_bytes(&**db, keys::redo().as_ref())?;
        let known = known
            .and_then(|bytes| bytes.try_into().ok())
            .map_or(0, u64::from_be_bytes);
        let mut redo = Self {
            path,
            file: None,
            at: 0,
            last: known,
        };
        let bytes = read(&redo.path).map_err(unreadable)?;
        let mut end = 0;
        for (record, behind) in Record::all_of(&bytes) {
            if record.number > redo.last + 1 {
                tracing::error!(
                    record.number,
                    redo.last,
                    "the redo log continues a database that is older than it"
                );
                break;
            }
            if record.number == redo.last + 1 {
                let Some(mut writes) = Writes::decode(record.writes) else {
                    break;
                };
                apply(db, writes.without_logged(), record.number).map_err(failed("write"))?;
                redo.last = record.number;
            }
            end = record.number;
            redo.at = behind as u64;
        }
        // What follows the last record must continue it; otherwise nothing in the file is needed.
        if end != redo.last {
            redo.at = 0;
        }
        Ok(redo)
    }

    /// Gives the audit logs the entries of the file in `directory` that they lack. For this no database is needed.
    pub(super) fn replay_log(directory: &Path, logs: &Mutex<Logs>) -> Result<()> {
        let bytes = read(&directory.join("redo")).map_err(unreadable)?;
        for (record, _) in Record::all_of(&bytes) {
            let Some(writes) = Writes::decode(record.writes) else {
                break;
            };
            writes.log(Some(logs))?;
        }
        Ok(())
    }

    /// Makes `writes` durable and gives them to `db` and `logs`. `flush` makes durable what those have; it is called
    /// before the file is begun anew, and after writes that are too long for it.
    pub(super) fn commit(
        &mut self,
        db: &sled::Db,
        logs: Option<&Mutex<Logs>>,
        writes: Writes,
        flush: impl FnOnce() -> Result<(), String>,
    ) -> Result<(), String> {
        let number = self.last + 1;
        let record = Record::encode(number, &writes);
        let length = record.len() as u64;
        let give = |writes: Writes| {
            let rest = writes.log(logs).map_err(|error| error.to_string())?;
            apply(db, rest, number).map_err(|error| error.to_string())
        };
        if length > CAPACITY {
            // All of it or nothing, though no record of it is kept here.
            let rest = writes.log(logs).map_err(|error| error.to_string())?;
            db.apply_batch(rest.into_batch())
                .map_err(|error| error.to_string())?;
            mark(db, number).map_err(|error| error.to_string())?;
            flush()?;
            (self.last, self.at) = (number, 0);
            return Ok(());
        }
        if self.at + length > CAPACITY {
            // Batches that were for the audit log alone left no number.
            mark(db, self.last).map_err(|error| error.to_string())?;
            flush()?;
            self.at = 0;
        }
        self.write(&record).map_err(|error| error.to_string())?;
        (self.last, self.at) = (number, self.at + length);
        give(writes)
    }

    fn write(&mut self, record: &[u8]) -> io::Result<()> {
        let file = match &mut self.file {
            Some(file) => file,
            none => none.insert(open(&self.path)?),
        };
        write_at(file, record, self.at)?;
        file.sync_data()
    }
}

#[cfg(unix)]
fn write_at(file: &File, bytes: &[u8], at: u64) -> io::Result<()> {
    std::os::unix::fs::FileExt::write_all_at(file, bytes, at)
}

#[cfg(not(unix))]
fn write_at(mut file: &File, bytes: &[u8], at: u64) -> io::Result<()> {
    file.seek(SeekFrom::Start(at))?;
    io::Write::write_all(&mut file, bytes)
}

/// Opens the file and gives it its size in written zeros: space that is only promised would have to be
/// found, and its finding synced, by each write.
fn open(path: &Path) -> io::Result<File> {
    let mut file = OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .open(path)?;
    let length = file.seek(SeekFrom::End(0))?;
    if length < CAPACITY {
        io::copy(&mut io::repeat(0).take(CAPACITY - length), &mut file)?;
        file.sync_all()?;
        if let Some(directory) = path.parent() {
            super::open::sync_directory(directory)?;
        }
    }
    Ok(file)
}

fn read(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    match File::open(path) {
        Ok(file) => file.take(CAPACITY).read_to_end(&mut bytes).map(|_| bytes),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(bytes),
        Err(error) => Err(error),
    }
}

#[expect(clippy::needless_pass_by_value, reason = "it is made for map_err")]
fn unreadable(error: io::Error) -> Error {
    Error::Io {
        doing: "read the redo log",
        detail: error.to_string(),
    }
}

/// Puts the writes into `db` one by one, then their number. sled's own batches are atomic, but they are what
/// wakes its threads; here a batch that a crash cut short is applied again, because its number is missing.
fn apply(db: &sled::Db, writes: Writes, number: u64) -> sled::Result<()> {
    if writes.is_empty() {
        return Ok(());
    }
    writes.apply(db)?;
    mark(db, number)
}

fn mark(db: &sled::Db, number: u64) -> sled::Result<()> {
    db.insert(keys::redo(), codec::seal(codec::WHOLE, &number.to_be_bytes()))?;
    Ok(())
}

/// A record of the file.
struct Record<'a> {
    number: u64,
    writes: &'a [u8],
}

impl<'a> Record<'a> {
    /// The records of the file's last round, each with the byte behind it.
    fn all_of(bytes: &'a [u8]) -> impl Iterator<Item = (Self, usize)> {
        let (mut at, mut before) = (0, None::<u64>);
        std::iter::from_fn(move || {
            let record = Self::first_of(bytes.get(at..)?)?;
            // A record of an earlier round follows the last one of this round.
            if before.is_some_and(|before| record.number != before.wrapping_add(1)) {
                return None;
            }
            before = Some(record.number);
            at += HEAD + record.writes.len();
            Some((record, at))
        })
    }

    /// The record that `bytes` begin with; `None` where they begin with anything else.
    fn first_of(bytes: &'a [u8]) -> Option<Self> {
        let (head, rest) = bytes.split_at_checked(HEAD)?;
        let (number, length_and_sum) = head.split_first_chunk()?;
        let (length, sum) = length_and_sum.split_first_chunk()?;
        let writes = rest.get(..u32::from_be_bytes(*length) as usize)?;
        let found = checksum(head.get(..HEAD - 4)?, writes);
        (found.to_be_bytes() == sum).then_some(Self {
            number: u64::from_be_bytes(*number),
            writes,
        })
    }

    fn encode(number: u64, writes: &Writes) -> Vec<u8> {
        let mut record = vec![0; HEAD];
        writes.encode(&mut record);
        let length = u32::try_from(record.len() - HEAD).unwrap_or(u32::MAX);
        let (head, body) = record.split_at_mut(HEAD);
        head[..8].copy_from_slice(&number.to_be_bytes());
        head[8..12].copy_from_slice(&length.to_be_bytes());
        let sum = checksum(&head[..12], body);
        head[12..].copy_from_slice(&sum.to_be_bytes());
        record
    }
}

fn checksum(head: &[u8], writes: &[u8]) -> u32 {
    let mut crc = crc32fast::Hasher::new();
    crc.update(head);
    crc.update(writes);
    crc.finalize()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn writes(key: &str, value: &str) -> Writes {
        let mut writes = Writes::default();
        writes.put(key.into(), Some(codec::seal(codec::WHOLE, value.as_bytes())));
        writes
    }

    fn value(db: &sled::Db, key: &str) -> Option<String> {
        draft::read_bytes(&**db, key.as_bytes())
            .unwrap()
            .map(|bytes| String::from_utf8(bytes).unwrap())
    }

    /// Written to a database that is then lost, as if the process died before sled wrote anything.
    fn lost(redo: &mut Redo, key: &str, value: &str) {
        let gone = sled::Config::new().temporary(true).open().unwrap();
        redo.commit(&gone, None, writes(key, value), || panic!("the file is not full"))
            .unwrap();
    }

    #[test]
    fn a_database_gets_what_it_lacks() {
        let (log, dir) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let db = sled::open(dir.path()).unwrap();
        let mut redo = Redo::replay(&db, log.path()).unwrap();
        redo.commit(&db, None, writes("a", "1"), || Ok(())).unwrap();
        lost(&mut redo, "a", "2");
        lost(&mut redo, "b", "3");
        assert_eq!((value(&db, "a").as_deref(), value(&db, "b")), (Some("1"), None));
        let mut redo = Redo::replay(&db, log.path()).unwrap();
        assert_eq!(
            (value(&db, "a").as_deref(), value(&db, "b").as_deref()),
            (Some("2"), Some("3"))
        );
        // Writing goes on behind what was read.
        lost(&mut redo, "b", "4");
        Redo::replay(&db, log.path()).unwrap();
        assert_eq!(value(&db, "b").as_deref(), Some("4"));
    }

    #[test]
    fn a_torn_record_ends_the_log_and_a_database_that_is_ahead_stays() {
        let (log, dir) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let db = sled::open(dir.path()).unwrap();
        let mut redo = Redo::replay(&db, log.path()).unwrap();
        lost(&mut redo, "a", "1");
        let end = redo.at;
        lost(&mut redo, "a", "2");
        let path = log.path().join("redo");
        let mut bytes = std::fs::read(&path).unwrap();
        bytes[end as usize + HEAD + 3] ^= 1;
        std::fs::write(&path, bytes).unwrap();
        assert_eq!(Redo::replay(&db, log.path()).unwrap().last, 1);
        assert_eq!(value(&db, "a").as_deref(), Some("1"));
        apply(&db, writes("a", "9"), 7).unwrap();
        let redo = Redo::replay(&db, log.path()).unwrap();
        assert_eq!(
            (redo.last, redo.at, value(&db, "a").as_deref()),
            (7, 0, Some("9"))
        );
    }

    #[test]
    fn a_full_file_is_begun_anew_after_a_flush() {
        let (log, dir) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let db = sled::open(dir.path()).unwrap();
        let mut redo = Redo::replay(&db, log.path()).unwrap();
        let (long, mut flushed) = ("x".repeat(300_000), 0);
        for _ in 0..10 {
            let flush = || {
                flushed += 1;
                Ok(())
            };
            redo.commit(&db, None, writes("a", &long), flush).unwrap();
        }
        assert_eq!(flushed, 3);
        assert_eq!(
            std::fs::metadata(log.path().join("redo")).unwrap().len(),
            CAPACITY
        );
        lost(&mut redo, "b", "after");
        assert_eq!(Redo::replay(&db, log.path()).unwrap().last, 11);
        assert_eq!(value(&db, "b").as_deref(), Some("after"));
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_make_reading_panic(bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..200)) {
            if let Some(record) = Record::first_of(&bytes) {
                let _any = Writes::decode(record.writes);
            }
            let _any = Writes::decode(&bytes);
        }
    }
}
