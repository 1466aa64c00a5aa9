//! A configuration file of a host: read, kept beside, written in one step.

use std::cmp::Reverse;
use std::ffi::OsString;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use crate::domain::Problem;
use crate::error::Error;

/// What is put behind the name of a file for what it was before.
const BACKUP: &str = "firstmate-backup";
/// So many backups of different content are kept, and none is overwritten.
const MOST_BACKUPS: usize = 9;

/// So many links in a row are followed, as systems do.
const MOST_LINKS: usize = 40;

/// A file as it was read.
#[derive(Debug)]
pub(crate) struct File {
    /// Where the host looks for it.
    pub(crate) path: PathBuf,
    /// Where it lies: behind links.
    target: PathBuf,
    /// What is in it; `None` where there is none.
    pub(crate) text: Option<String>,
}

impl File {
    /// Reads it.
    ///
    /// # Errors
    /// When there is one that cannot be read, or is not UTF-8.
    pub(crate) fn read(path: &Path) -> Result<Self, Problem> {
        let target = behind_links(path);
        let text = contents(&target)?;
        Ok(Self {
            path: path.to_path_buf(),
            target,
            text,
        })
    }

    /// What it was before entries were put in, what was kept last first, each with where it is kept.
    pub(crate) fn backups(&self) -> Vec<(PathBuf, String)> {
        let mut backups: Vec<_> = (0..MOST_BACKUPS)
            .filter_map(|index| {
                let place = self.place(index);
                let text = contents(&place).ok()??;
                let kept = fs::metadata(&place).and_then(|metadata| metadata.modified());
                Some((kept.ok(), index, place, text))
            })
            .collect();
        backups.sort_by_key(|(kept, index, ..)| Reverse((*kept, *index)));
        backups
            .into_iter()
            .map(|(_, _, place, text)| (place, text))
            .collect()
    }

    /// Keeps what it is beside it, unless that is kept already, and tells where; `None` where there is nothing to keep.
    ///
    /// # Errors
    /// When it cannot be kept: then nothing may be written.
    pub(crate) fn keep(&self) -> Result<Option<PathBuf>, Problem> {
        let Some(text) = &self.text else {
            return Ok(None);
        };
        if let Some((place, _)) = self.backups().into_iter().find(|(_, kept)| kept == text) {
            return Ok(Some(place));
        }
        let mut places = (0..MOST_BACKUPS).map(|index| self.place(index));
        let place = places.find(|place| fs::symlink_metadata(place).is_err());
        let place = place.ok_or_else(|| Problem {
            code: "install.backups",
            message: format!(
                "{MOST_BACKUPS} files like {} are kept already",
                self.place(0).display()
            ),
            hint: "Remove those that are not needed any more, then try again. Nothing was changed.".into(),
            retryable: false,
        })?;
        self.put(&place, text)?;
        Ok(Some(place))
    }

    /// Writes it in one step, if it still is what was read.
    ///
    /// # Errors
    /// When it was changed in between, or cannot be written.
    pub(crate) fn write(&self, text: &str) -> Result<(), Problem> {
        let directory = self.target.parent().unwrap_or(Path::new("."));
        fs::create_dir_all(directory).map_err(|source| io("create", directory, source))?;
        self.put(&self.target, text)
    }

    /// Has `text` at `place`, whole or not at all, if the file still is what was read.
    fn put(&self, place: &Path, text: &str) -> Result<(), Problem> {
        let mut name = OsString::from(".");
        name.push(place.file_name().unwrap_or_default());
        name.push(format!(".firstmate-{}", std::process::id()));
        let new = place.with_file_name(name);
        let written = self.write_new(&new, text).and_then(|()| {
            self.check_unchanged()?;
            fs::rename(&new, place).map_err(|source| io("write", place, source))
        });
        if written.is_err() {
            // It may not even have been made.
            let _gone = fs::remove_file(&new).is_ok();
        }
        written
    }

    /// A new file with the owner and the permissions of the old one: there may be keys in it.
    fn write_new(&self, new: &Path, text: &str) -> Result<(), Problem> {
        let failed = |source| io("write", new, source);
        let mut options = fs::OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        {
            use std::os::unix::fs::OpenOptionsExt as _;
            // Until it has the permissions of the old one.
            options.mode(0o600);
        }
        let mut file = options.open(new).map_err(failed)?;
        file.write_all(text.as_bytes()).map_err(failed)?;
        if let Ok(old) = fs::metadata(&self.target) {
            #[cfg(unix)]
            give_to_owner(&file, &old).map_err(|source| io("keep the owner of", &self.target, source))?;
            file.set_permissions(old.permissions()).map_err(failed)?;
        }
        file.sync_all().map_err(failed)
    }

    /// Removes it, if it still is what was read.
    ///
    /// # Errors
    /// When it was changed in between, or cannot be removed.
    pub(crate) fn delete(&self) -> Result<(), Problem> {
        self.check_unchanged()?;
        forget(&self.target)
    }

    /// A host may write its file at any moment.
    fn check_unchanged(&self) -> Result<(), Problem> {
        if contents(&self.target)? == self.text {
            return Ok(());
        }
        Err(Problem {
            code: "install.changed",
            message: format!("{} was changed by another program just now", self.path.display()),
            hint: "Try again; if it goes on, close the host first. Nothing was written.".into(),
            retryable: true,
        })
    }

    fn place(&self, index: usize) -> PathBuf {
        let mut name = self.target.file_name().unwrap_or_default().to_os_string();
        name.push(format!(".{BACKUP}"));
        if index > 0 {
            name.push(format!("-{}", index + 1));
        }
        self.target.with_file_name(name)
    }
}

/// Removes a file.
///
/// # Errors
/// When the system does not let it go.
pub(crate) fn forget(file: &Path) -> Result<(), Problem> {
    fs::remove_file(file).map_err(|source| io("remove", file, source))
}

/// Gives a new file to whom the old one belongs, which is somebody else where this runs as root.
#[cfg(unix)]
fn give_to_owner(file: &fs::File, old: &fs::Metadata) -> std::io::Result<()> {
    use std::os::unix::fs::{MetadataExt as _, fchown};
    let new = file.metadata()?;
    if (new.uid(), new.gid()) == (old.uid(), old.gid()) {
        return Ok(());
    }
    fchown(file, Some(old.uid()), Some(old.gid()))
}

/// Where a file lies behind links, also behind one that leads nowhere yet.
fn behind_links(path: &Path) -> PathBuf {
    let mut path = path.to_path_buf();
    for _ in 0..MOST_LINKS {
        if let Ok(target) = path.canonicalize() {
            return target;
        }
        match fs::read_link(&path) {
            Ok(target) => path = path.parent().unwrap_or(Path::new(".")).join(target),
            Err(_) => break,
        }
    }
    path
}

fn contents(path: &Path) -> Result<Option<String>, Problem> {
    let bytes = match fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(source) => return Err(io("read", path, source)),
    };
    match String::from_utf8(bytes) {
        Ok(text) => Ok(Some(text)),
        Err(error) => Err(Problem {
            code: "install.not_text",
            message: format!(
                "{} is not UTF-8 from byte {} on",
                path.display(),
                error.utf8_error().valid_up_to()
            ),
            hint: "Save it as UTF-8, then try again. Nothing was changed.".into(),
            retryable: false,
        }),
    }
}

fn io(doing: &str, path: &Path, source: std::io::Error) -> Problem {
    Error::Io {
        doing: format!("{doing} {}", path.display()),
        source,
    }
    .problem()
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use std::os::unix::fs::{MetadataExt as _, chown, symlink};
    use std::time::{Duration, SystemTime};

    use super::*;

    #[test]
    fn what_was_kept_last_comes_first() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("mcp.json");
        fs::write(&path, "now").unwrap();
        let file = File::read(&path).unwrap();
        for (index, text, seconds) in [(0, "last", 30), (1, "first", 10), (2, "second", 20)] {
            fs::write(file.place(index), text).unwrap();
            let kept = fs::File::options().write(true).open(file.place(index)).unwrap();
            kept.set_modified(SystemTime::UNIX_EPOCH + Duration::from_secs(seconds))
                .unwrap();
        }
        let texts: Vec<_> = file.backups().into_iter().map(|(_, text)| text).collect();
        assert_eq!(texts, ["last", "second", "first"]);
        assert_eq!(file.keep().unwrap(), Some(file.place(3)));
        assert_eq!(fs::read_to_string(file.place(3)).unwrap(), "now");
    }

    #[test]
    fn links_to_what_is_not_there_yet_are_followed_to_their_end() {
        let dir = tempfile::tempdir().unwrap();
        let place = |name: &str| dir.path().join(name);
        symlink("b", place("a")).unwrap();
        symlink("c", place("b")).unwrap();
        File::read(&place("a")).unwrap().write("x").unwrap();
        assert!(place("b").is_symlink());
        assert_eq!(fs::read_to_string(place("c")).unwrap(), "x");
        symlink("e", place("d")).unwrap();
        symlink("d", place("e")).unwrap();
        assert!(File::read(&place("d")).is_err());
    }

    #[test]
    fn a_file_keeps_its_owner() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("mcp.json");
        fs::write(&path, "x").unwrap();
        // Only root can give files away; for everybody else the owner is the same anyway.
        let _given = chown(&path, Some(12_345), Some(12_345)).is_ok();
        let before = fs::metadata(&path).unwrap();
        let file = File::read(&path).unwrap();
        let kept = file.keep().unwrap().unwrap();
        file.write("y").unwrap();
        for path in [path, kept] {
            let after = fs::metadata(&path).unwrap();
            assert_eq!((after.uid(), after.gid()), (before.uid(), before.gid()));
        }
    }
}
