//! The token that callers over HTTP show, in a file that its owner alone can read.

use std::io;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;

use super::secret;

const FILE: &str = "http.token";

/// Where the token of a data directory is kept. The token itself is in no field of any value that is printed.
#[derive(Debug, Clone)]
pub struct TokenFile(PathBuf);

impl TokenFile {
    /// That of the data directory `dir`.
    #[must_use]
    pub fn of(dir: &Path) -> Self {
        Self(dir.join(FILE))
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// The token; `None` where there is none, also where the file is empty.
    ///
    /// # Errors
    /// When the file is there and cannot be read.
    pub fn load(&self) -> io::Result<Option<String>> {
        match std::fs::read_to_string(&self.0) {
            Ok(text) => Ok(Some(text.trim().to_owned()).filter(|token| !token.is_empty())),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The token; 32 random bytes in base64url, drawn when there is none yet.
    ///
    /// # Errors
    /// When it can be neither read nor written.
    pub fn load_or_create(&self) -> io::Result<String> {
        match self.load()? {
            Some(token) => Ok(token),
            None => self.create(),
        }
    }

    /// Puts a new token in the place of whatever is there.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn create(&self) -> io::Result<String> {
        if let Some(dir) = self.0.parent() {
            std::fs::create_dir_all(dir)?;
        }
        let mut bytes = [0; 32];
        getrandom::fill(&mut bytes).map_err(|error| io::Error::other(error.to_string()))?;
        let token = BASE64_URL_SAFE_NO_PAD.encode(bytes);
        secret::write(&self.0, format!("{token}\n").as_bytes())?;
        Ok(token)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_stays_until_another_is_wanted() {
        let dir = tempfile::tempdir().unwrap();
        let file = TokenFile::of(dir.path());
        assert_eq!(file.load().unwrap(), None);
        let first = file.load_or_create().unwrap();
        assert_eq!(first.len(), 43, "32 bytes in base64url");
        assert_eq!(file.load_or_create().unwrap(), first);
        let second = file.create().unwrap();
        assert_ne!(second, first);
        assert_eq!(file.load().unwrap(), Some(second));
    }

    #[cfg(unix)]
    #[test]
    fn nobody_else_can_read_it() {
        use std::os::unix::fs::PermissionsExt as _;
        let dir = tempfile::tempdir().unwrap();
        let file = TokenFile::of(dir.path());
        std::fs::write(file.path(), "").unwrap();
        file.create().unwrap();
        let mode = std::fs::metadata(file.path()).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}
