//! The file that everything can be written to and read from again: JSON, one record a line.
//!
//! The first line is the header, the last says how many records stand between. Records keep their ids
//! and numbers, so that a store read from the file answers as the one that wrote it; what can be worked
//! out from them (heads, sums, indexes) is not in the file.

use std::fmt;
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufRead, BufReader, BufWriter, Read as _, Write as _};
use std::path::{Path, PathBuf};

use super::{Error, Result};
use crate::domain::Timestamp;

mod record;

pub use record::{Booking, Header, Place, Record};

/// The format of the file.
pub const FORMAT: u32 = 2;

/// The longest line that is read; longer ones are damage. An output of 48 MiB still fits.
const LONGEST_LINE: u64 = 64 << 20;

/// What an export wrote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exported {
    /// The file.
    pub path: PathBuf,
    /// The time in its header.
    pub at: Timestamp,
    /// Records in it.
    pub records: u64,
    /// Damaged records that are not in it.
    pub skipped: u64,
}

/// What an import did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Imported {
    /// Records that were written.
    pub added: u64,
    /// Records that were there already.
    pub same: u64,
    /// Records that were left out because another one is in their place, or would be.
    pub conflicts: Problems,
    /// Lines that were left out because they could not be understood.
    pub damaged: Problems,
    /// Whether the file ended as it should.
    pub complete: bool,
}

/// Lines that something is wrong with: the first of them in words, and how many there are.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Problems {
    /// All of them.
    pub count: u64,
    /// The first ones: `line 7: ...`.
    pub first: Vec<String>,
}

impl Problems {
    /// Problems that are kept in words.
    const KEPT: usize = 100;

    /// Adds one.
    pub(super) fn push(&mut self, line: u64, problem: &impl fmt::Display) {
        self.count += 1;
        if self.first.len() < Self::KEPT {
            self.first.push(format!("line {line}: {problem}"));
        }
    }
}

impl fmt::Display for Imported {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            added,
            same,
            conflicts,
            damaged,
            complete,
        } = self;
        write!(f, "{added} records added, {same} were there already")?;
        write!(
            f,
            ", {} conflicts, {} damaged lines",
            conflicts.count, damaged.count
        )?;
        match complete {
            true => Ok(()),
            false => f.write_str(", the file is cut short"),
        }
    }
}

/// The name of an export made at `at`.
pub(super) fn file_name(at: Timestamp) -> String {
    format!("{}.jsonl", at.strftime("firstmate-%Y%m%dT%H%M%S.%3fZ"))
}

/// The newest export in `dir` and its time.
pub(super) fn newest(dir: &Path) -> Option<(PathBuf, Timestamp)> {
    let files = fs::read_dir(dir)
        .ok()?
        .filter_map(|entry| Some(entry.ok()?.path()));
    files
        .filter(|path| path.extension().is_some_and(|extension| extension == "jsonl"))
        .filter_map(|path| {
            let (header, _) = read(&path).ok()?;
            Some((path, header.at))
        })
        .max_by_key(|(_, at)| *at)
}

/// Writes header, records and end to `path`, which then appears whole, readable by its owner only.
pub(super) fn write(
    path: &Path,
    header: Header,
    records: impl Iterator<Item = Result<Option<Record>>>,
) -> Result<Exported> {
    let mut exported = Exported {
        path: path.to_owned(),
        at: header.at,
        records: 0,
        skipped: 0,
    };
    let failed = |error| failed(path, &error);
    let mut temporary = path.as_os_str().to_owned();
    temporary.push(".part");
    let temporary = PathBuf::from(temporary);
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent).map_err(failed)?;
    }
    let mut options = OpenOptions::new();
    options.create(true).truncate(true).write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = BufWriter::new(options.open(&temporary).map_err(failed)?);
    let mut line = |record: &Record| -> Result<()> {
        serde_json::to_writer(&mut file, record).map_err(|error| failed(error.into()))?;
        file.write_all(b"\n").map_err(failed)
    };
    line(&Record::Header(header))?;
    for record in records {
        match record? {
            Some(record) => {
                line(&record)?;
                exported.records += 1;
            }
            None => exported.skipped += 1,
        }
    }
    line(&Record::End {
        records: exported.records,
    })?;
    let file = file.into_inner().map_err(|error| failed(error.into_error()))?;
    file.sync_all().map_err(failed)?;
    drop(file);
    fs::rename(&temporary, path).map_err(failed)?;
    Ok(exported)
}

/// The header of the file at `path` and the lines after it.
pub(super) fn read(path: &Path) -> Result<(Header, Lines)> {
    let failed = |error| failed(path, &error);
    let mut lines = Lines {
        file: BufReader::new(File::open(path).map_err(failed)?),
        number: 0,
    };
    let first = lines.next().transpose().map_err(failed)?;
    let Some((_, Ok(Record::Header(header)))) = first else {
        return Err(Error::Damaged {
            record: path.display().to_string(),
            detail: "it does not begin like an export of firstmate".to_owned(),
        });
    };
    if header.format > FORMAT {
        return Err(Error::NewerFormat {
            found: header.format,
            supported: FORMAT,
        });
    }
    Ok((header, lines))
}

/// The lines of an export with their numbers, each a record or what is wrong with it.
#[derive(Debug)]
pub(super) struct Lines {
    file: BufReader<File>,
    number: u64,
}

impl Iterator for Lines {
    type Item = io::Result<(u64, Result<Record, String>)>;

    fn next(&mut self) -> Option<Self::Item> {
        let mut line = Vec::new();
        let read = (&mut self.file).take(LONGEST_LINE).read_until(b'\n', &mut line);
        match read {
            Ok(0) => return None,
            Ok(_) => self.number += 1,
            Err(error) => return Some(Err(error)),
        }
        if line.last() != Some(&b'\n')
            && let Err(error) = self.file.skip_until(b'\n')
        {
            return Some(Err(error));
        }
        let record = serde_json::from_slice(&line).map_err(|error| error.to_string());
        Some(Ok((self.number, record)))
    }
}

pub(super) fn failed(path: &Path, error: &io::Error) -> Error {
    Error::Io {
        doing: "export or import",
        detail: format!("{}: {error}", path.display()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expect: &str) {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.jsonl");
        fs::write(&path, text).unwrap();
        let got = match read(&path) {
            Err(error) => error.code().to_owned(),
            Ok((header, lines)) => lines.fold(header.store, |got, line| {
                let (number, record) = line.unwrap();
                let record = record.map_or("damaged".to_owned(), |record| format!("{record:?}"));
                format!("{got}; {number} {record}")
            }),
        };
        assert_eq!(got, expect);
    }

    const HEADER: &str = r#"{"record":"header","format":1,"store":"s","at":"2026-01-01T00:00:00Z"}"#;

    #[test]
    fn lines_are_numbered_and_damage_stays_in_its_line() {
        check(
            &format!("{HEADER}\nhalf\n\n\u{0}\n{{\"record\":\"end\",\"records\":0}}\n"),
            "s; 2 damaged; 3 damaged; 4 damaged; 5 End { records: 0 }",
        );
        check(&format!("{HEADER}\n{{\"record\":\"end\",\"rec"), "s; 2 damaged");
    }

    #[test]
    fn deep_nesting_is_damage() {
        check(&format!("{HEADER}\n{}\n", "[".repeat(200_000)), "s; 2 damaged");
    }

    #[test]
    fn a_file_that_is_no_export_is_refused() {
        for text in ["", "hello", "{\"record\":\"end\",\"records\":0}\n"] {
            check(text, "store.damaged");
        }
    }

    #[test]
    fn a_newer_format_is_refused() {
        check(
            &HEADER.replace("\"format\":1", "\"format\":3"),
            "store.newer_format",
        );
    }

    #[test]
    fn the_newest_export_is_the_one_that_says_so() {
        let dir = tempfile::tempdir().unwrap();
        assert_eq!(newest(dir.path()), None);
        for (name, year) in [("z.jsonl", 2024), ("a.jsonl", 2025), ("b.txt", 2026)] {
            let header = HEADER.replace("2026", &year.to_string());
            fs::write(dir.path().join(name), header + "\n").unwrap();
        }
        fs::write(dir.path().join("broken.jsonl"), "x").unwrap();
        let (path, _) = newest(dir.path()).unwrap();
        assert_eq!(path, dir.path().join("a.jsonl"));
    }
}
