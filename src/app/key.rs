//! The secret that makes step tokens unforgeable, kept beside the data and readable by its owner alone.

use std::io::{Read as _, Write as _};
use std::path::Path;

use crate::crew::TokenKey;
use crate::error::{Error, Result};

const FILE: &str = "token.key";
/// Stands in every token, so that a second key can be told from this one.
const KEY_ID: u8 = 1;

/// The key of this data directory; drawn when there is none yet.
pub(super) fn load_or_create(dir: &Path) -> Result<TokenKey> {
    let path = dir.join(FILE);
    let failed = |doing: &str, source| Error::Io {
        doing: format!("{doing} {}", path.display()),
        source,
    };
    match std::fs::File::open(&path) {
        Ok(mut file) => {
            let mut bytes = [0; 32];
            file.read_exact(&mut bytes)
                .map_err(|source| failed("read the step token key", source))?;
            Ok(TokenKey::new(KEY_ID, bytes))
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            let mut bytes = [0; 32];
            getrandom::fill(&mut bytes).map_err(|error| {
                failed(
                    "draw the step token key",
                    std::io::Error::other(error.to_string()),
                )
            })?;
            write(&path, &bytes).map_err(|source| failed("keep the step token key", source))?;
            Ok(TokenKey::new(KEY_ID, bytes))
        }
        Err(source) => Err(failed("read the step token key", source)),
    }
}

/// Written aside and renamed, so that a crash leaves no half a key.
fn write(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let aside = path.with_extension("key.new");
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&aside)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    std::fs::rename(&aside, path)
}
