//! Secrets that are kept beside the data, readable by their owner alone.

use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};

/// The 32 secret bytes in the file `name` of the data directory `dir`; drawn when there are none yet.
///
/// # Errors
/// When the file is too short, cannot be read or cannot be written.
pub fn load_or_create(dir: &Path, name: &str) -> io::Result<[u8; 32]> {
    let path = dir.join(name);
    let mut bytes = [0; 32];
    match std::fs::File::open(&path) {
        Ok(mut file) => file.read_exact(&mut bytes)?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            bytes = random()?;
            if !write_first(&path, &bytes)? {
                std::fs::File::open(&path)?.read_exact(&mut bytes)?;
            }
        }
        Err(error) => return Err(error),
    }
    Ok(bytes)
}

/// Bytes that nobody can guess.
pub(super) fn random<const N: usize>() -> io::Result<[u8; N]> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|error| io::Error::other(error.to_string()))?;
    Ok(bytes)
}

/// Puts `bytes` in the place of whatever is at `path`: renamed, so that a crash leaves no half a key.
pub(super) fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    std::fs::rename(aside(path, bytes)?, path)
}

/// Puts `bytes` at `path` where nothing is yet; `false` where something is, which stays.
pub(super) fn write_first(path: &Path, bytes: &[u8]) -> io::Result<bool> {
    let aside = aside(path, bytes)?;
    match std::fs::hard_link(&aside, path) {
        Ok(()) => std::fs::remove_file(aside).map(|()| true),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            std::fs::remove_file(aside).map(|()| false)
        }
        // A file system without links: who is last wins.
        Err(_) => std::fs::rename(aside, path).map(|()| true),
    }
}

/// `bytes` in a file of their own beside `path`, under a name that nobody else uses.
fn aside(path: &Path, bytes: &[u8]) -> io::Result<PathBuf> {
    let unique = u64::from_le_bytes(random()?);
    let aside = path.with_extension(format!("{unique:016x}.new"));
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&aside)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    Ok(aside)
}
