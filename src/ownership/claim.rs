//! The lock on a data directory.

use std::fs::{DirBuilder, File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::error::{Error, Owner};

const LOCK: &str = "firstmate.lock";
const OWNER: &str = "owner.json";

/// Proof that this process owns a data directory. Opening a store demands one, so that two processes
/// cannot open the same directory.
///
/// The directory is free again when the last clone is dropped, or when the process dies, however it dies.
#[derive(Debug, Clone)]
pub struct Claim(Arc<Held>);

#[derive(Debug)]
struct Held {
    dir: PathBuf,
    /// Closing it frees the lock.
    _lock: File,
}

/// What the owner leaves for others to read: the lock file itself cannot be read on every system while
/// it is locked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Note {
    /// Its process.
    pub pid: u32,
    /// Its version.
    pub version: String,
    /// Where it listens; a command that has the directory for a moment does not. Written down because not
    /// all processes of a user have the same environment, from which another could work it out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub socket: Option<PathBuf>,
}

impl Claim {
    /// Claims `dir`, which is created, readable by its owner only, if it does not exist.
    ///
    /// # Errors
    /// [`Error::InUse`] when another process, or another claim of this one, holds it;
    /// [`Error::Directory`] when it cannot be created or written.
    pub fn take(dir: &Path) -> Result<Self, Error> {
        let unusable = |source| Error::Directory {
            dir: dir.to_owned(),
            source,
        };
        create_private(dir).map_err(unusable)?;
        let lock = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(dir.join(LOCK))
            .map_err(unusable)?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(Error::InUse {
                    dir: dir.to_owned(),
                    owner: read_owner(dir),
                });
            }
            Err(TryLockError::Error(source)) => return Err(unusable(source)),
        }
        write_note(dir, None).map_err(unusable)?;
        Ok(Self(Arc::new(Held {
            dir: dir.to_owned(),
            _lock: lock,
        })))
    }

    /// The directory.
    #[must_use]
    pub fn dir(&self) -> &Path {
        &self.0.dir
    }

    /// Tells others where this owner listens.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn publish(&self, socket: &Path) -> io::Result<()> {
        write_note(self.dir(), Some(socket))
    }
}

impl Note {
    /// What the owner of `dir` left, if there is one and it left anything that can be read.
    #[must_use]
    pub fn read(dir: &Path) -> Option<Self> {
        serde_json::from_slice(&std::fs::read(dir.join(OWNER)).ok()?).ok()
    }
}

/// Creates a directory that is its owner's alone; one that is there stays as it is.
pub(super) fn create_private(dir: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(dir)
}

/// Written aside and renamed: others read it at any moment.
fn write_note(dir: &Path, socket: Option<&Path>) -> io::Result<()> {
    let note = Note {
        pid: std::process::id(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        socket: socket.map(Path::to_owned),
    };
    let aside = dir.join(OWNER).with_extension("json.new");
    std::fs::write(&aside, serde_json::to_vec(&note)?)?;
    std::fs::rename(aside, dir.join(OWNER))
}

fn read_owner(dir: &Path) -> Owner {
    Note::read(dir).map_or(Owner::Unknown, |note| Owner::Process(note.pid))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_second_claim_is_told_who_has_the_first() {
        let dir = tempfile::tempdir().unwrap();
        let first = Claim::take(dir.path()).unwrap();
        let error = Claim::take(dir.path()).unwrap_err();
        assert_eq!(error.code(), "store.in_use");
        assert!(
            error
                .to_string()
                .ends_with(&format!("is in use by process {}", std::process::id())),
            "{error}"
        );
        let clone = first.clone();
        drop(first);
        assert!(Claim::take(dir.path()).is_err(), "a clone still holds it");
        drop(clone);
        Claim::take(dir.path()).unwrap();
    }

    #[test]
    fn an_owner_that_left_no_name_is_still_an_owner() {
        let dir = tempfile::tempdir().unwrap();
        let _first = Claim::take(dir.path()).unwrap();
        std::fs::write(dir.path().join(OWNER), "{half").unwrap();
        let error = Claim::take(dir.path()).unwrap_err();
        assert!(
            error.to_string().ends_with("is in use by another process"),
            "{error}"
        );
    }

    #[test]
    fn a_directory_that_cannot_be_used_is_named() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("file");
        std::fs::write(&file, "").unwrap();
        for path in [file.clone(), file.join("below")] {
            let error = Claim::take(&path).unwrap_err();
            assert_eq!(error.code(), "store.directory");
            assert!(error.to_string().contains("file"), "{error}");
        }
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_directory_in_which_nothing_can_be_created_is_refused() {
        // Permissions do not stop a privileged user, but nobody can create files here.
        let error = Claim::take(Path::new("/proc/self")).unwrap_err();
        assert_eq!(error.code(), "store.directory");
    }

    #[cfg(unix)]
    #[test]
    fn a_new_directory_is_private() {
        use std::os::unix::fs::PermissionsExt as _;
        let dir = tempfile::tempdir().unwrap();
        let data = dir.path().join("a/b");
        let _claim = Claim::take(&data).unwrap();
        let mode = std::fs::metadata(&data).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o700);
    }
}
