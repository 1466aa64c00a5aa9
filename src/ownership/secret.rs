//! Secrets that are kept beside the data, readable by their owner alone.

use std::io::{self, Read as _, Write as _};
use std::path::Path;

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
            getrandom::fill(&mut bytes).map_err(|error| io::Error::other(error.to_string()))?;
            write(&path, &bytes)?;
        }
        Err(error) => return Err(error),
    }
    Ok(bytes)
}

/// Written aside and renamed, so that a crash leaves no half a key. What a crash left aside is not written into:
/// others may be able to read it.
pub(super) fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let aside = path.with_extension("new");
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match std::fs::remove_file(&aside) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut file = options.open(&aside)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    std::fs::rename(&aside, path)
}
