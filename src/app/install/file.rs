//! A configuration file of a host: read, kept beside, written in one step.

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

    /// What it was before entries were put in, the newest first, each with where it is kept.
    pub(crate) fn backups(&self) -> Vec<(PathBuf, String)> {
        let mut backups: Vec<_> = self
            .places()
            .filter_map(|place| Some((place.clone(), contents(&place).ok()??)))
            .collect();
        backups.reverse();
        backups
    }

    /// Keeps what it is beside it, and tells where; `None` where there is nothing to keep. What is changed once more has
    /// been kept before, and only the first of it matters.
    ///
    /// # Errors
    /// When it cannot be kept: then nothing may be written.
    pub(crate) fn keep(&self, is_update: bool) -> Result<Option<PathBuf>, Problem> {
        let Some(text) = &self.text else {
            return Ok(None);
        };
        let backups = self.backups();
        let same = backups.iter().find(|(_, kept)| kept == text);
        if let Some((place, _)) = same.or(if is_update { backups.last() } else { None }) {
            return Ok(Some(place.clone()));
        }
        let place = self.places().find(|place| fs::symlink_metadata(place).is_err());
        let place = place.ok_or_else(|| Problem {
            code: "install.backups",
            message: format!(
                "{MOST_BACKUPS} files like {} are kept already",
                self.place(0).display()
            ),
            hint: "Remove those that are not needed any more, then try again. Nothing was changed.".into(),
            retryable: false,
        })?;
        // With the permissions of the file: there may be keys in it.
        fs::copy(&self.target, &place).map_err(|source| io("keep", &place, source))?;
        Ok(Some(place))
    }

    /// Writes it in one step, if it still is what was read.
    ///
    /// # Errors
    /// When it was changed in between, or cannot be written.
    pub(crate) fn write(&self, text: &str) -> Result<(), Problem> {
        let directory = self.target.parent().unwrap_or(Path::new("."));
        fs::create_dir_all(directory).map_err(|source| io("create", directory, source))?;
        let mut name = OsString::from(".");
        name.push(self.target.file_name().unwrap_or_default());
        name.push(format!(".firstmate-{}", std::process::id()));
        let new = directory.join(name);
        let written = self.write_new(&new, text).and_then(|()| {
            self.check_unchanged()?;
            fs::rename(&new, &self.target).map_err(|source| io("write", &self.target, source))
        });
        if written.is_err() {
            // It may not even have been made.
            let _gone = fs::remove_file(&new).is_ok();
        }
        written
    }

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

    fn places(&self) -> impl Iterator<Item = PathBuf> {
        (0..MOST_BACKUPS).map(|index| self.place(index))
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

/// Where a file lies behind links, also behind one that leads nowhere yet.
fn behind_links(path: &Path) -> PathBuf {
    if let Ok(target) = path.canonicalize() {
        return target;
    }
    match fs::read_link(path) {
        Ok(target) => path.parent().unwrap_or(Path::new(".")).join(target),
        Err(_) => path.to_path_buf(),
    }
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
