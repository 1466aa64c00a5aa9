//! A folder of notes: which files are read, and how many and how large ones.

use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::Path;

use super::{Reading, markdown};

/// Folders in folders are looked into so deep.
const MAX_DEPTH: usize = 16;
/// So many notes are read.
const MAX_FILES: usize = 10_000;
/// A larger file is no note.
const MAX_NOTE_BYTES: u64 = 1 << 20;
/// A file's format shows in its beginning.
const BEGINNING: u64 = 1 << 20;

/// Whether a file is called like a Markdown one.
pub(super) fn is_markdown(path: &Path) -> bool {
    let ending = path.extension().and_then(|ending| ending.to_str());
    ending.is_some_and(|ending| ending.eq_ignore_ascii_case("md") || ending.eq_ignore_ascii_case("markdown"))
}

/// The name of a file without the folders it is in.
pub(super) fn name(path: &Path) -> String {
    let name = path.file_name().unwrap_or(path.as_os_str());
    name.to_string_lossy().into_owned()
}

/// The first bytes of a file.
pub(super) fn beginning(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(BEGINNING).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// All notes in a folder and in those below it.
pub(super) fn read(root: &Path) -> io::Result<Reading> {
    let mut walk = Walk {
        reading: Reading::default(),
        files: 0,
    };
    walk.folder(root, "", 0)?;
    Ok(walk.reading)
}

/// Adds what stands in the file at `path` to the reading, where it is called `name`.
pub(super) fn read_file(path: &Path, name: &str, reading: &mut Reading) -> io::Result<()> {
    let mut bytes = Vec::new();
    File::open(path)?
        .take(MAX_NOTE_BYTES + 1)
        .read_to_end(&mut bytes)?;
    if bytes.len() as u64 > MAX_NOTE_BYTES {
        reading.refuse(name, format!("is larger than {} MiB", MAX_NOTE_BYTES >> 20));
        return Ok(());
    }
    match String::from_utf8(bytes) {
        Ok(text) => markdown::read(name, &text, reading),
        Err(_) => reading.refuse(name, "is not UTF-8"),
    }
    Ok(())
}

struct Walk {
    reading: Reading,
    files: usize,
}

impl Walk {
    fn folder(&mut self, folder: &Path, prefix: &str, depth: usize) -> io::Result<()> {
        let mut entries = fs::read_dir(folder)?.collect::<io::Result<Vec<_>>>()?;
        // The same order everywhere, so that the same file is the first of two that say the same.
        entries.sort_by_key(fs::DirEntry::file_name);
        for entry in entries {
            let file = entry.file_name();
            let file = file.to_string_lossy();
            if file.starts_with('.') {
                continue;
            }
            let (path, name) = (entry.path(), format!("{prefix}{file}"));
            let kind = entry.file_type()?;
            if kind.is_symlink() {
                // What it leads to is outside, or is found without it.
                if is_markdown(&path) || path.is_dir() {
                    self.reading.skip(name, "is a link, and links are not followed");
                }
            } else if kind.is_dir() {
                if depth == MAX_DEPTH {
                    self.reading
                        .refuse(name, format!("is more than {MAX_DEPTH} folders deep"));
                } else if let Err(error) = self.folder(&path, &format!("{name}/"), depth + 1) {
                    self.reading.refuse(name, format!("cannot be read: {error}"));
                }
            } else if kind.is_file() && is_markdown(&path) {
                self.file(&path, &name);
            }
        }
        Ok(())
    }

    fn file(&mut self, path: &Path, name: &str) {
        self.files += 1;
        if self.files > MAX_FILES {
            if self.files == MAX_FILES + 1 {
                self.reading.refuse(
                    name,
                    format!("is one of more than {MAX_FILES} notes; import folders one by one"),
                );
            }
            return;
        }
        if let Err(error) = read_file(path, name, &mut self.reading) {
            self.reading.refuse(name, format!("cannot be read: {error}"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notes_are_found_in_order_and_nothing_else_is() {
        let (dir, outside) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let write = |name: &str, bytes: &[u8]| {
            let path = dir.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, bytes).unwrap();
        };
        write("b.md", b"Second.");
        write("a/deep/x.MD", b"First.");
        write("a/x.txt", b"No note.");
        write(".hidden/x.md", b"Hidden.");
        write("a/.x.md", b"Hidden.");
        write("c.md", b"\xff");
        write("d.md", &vec![b'x'; (1 << 20) + 1]);
        let mut deep = "e".to_owned();
        for _ in 0..20 {
            deep.push_str("/e");
        }
        write(&format!("{deep}/x.md"), b"Too deep.");
        fs::write(outside.path().join("secret.md"), b"Outside.").unwrap();
        #[cfg(unix)]
        {
            std::os::unix::fs::symlink(outside.path(), dir.path().join("f")).unwrap();
            std::os::unix::fs::symlink(outside.path().join("secret.md"), dir.path().join("g.md")).unwrap();
        }
        let reading = read(dir.path()).unwrap();
        let notes: Vec<(&str, &str)> = reading
            .notes
            .iter()
            .map(|note| (note.source.as_str(), note.text.as_str()))
            .collect();
        assert_eq!(notes, [("a/deep/x.MD", "First."), ("b.md", "Second.")]);
        let remarks: Vec<&str> = reading.remarks.iter().map(|remark| remark.why.as_str()).collect();
        assert_eq!(
            remarks[..3],
            [
                "is not UTF-8",
                "is larger than 1 MiB",
                "is more than 16 folders deep"
            ]
        );
        #[cfg(unix)]
        assert_eq!(remarks[3..], ["is a link, and links are not followed"; 2]);
    }
}
