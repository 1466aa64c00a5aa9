//! The token that callers over HTTP show, in a file that its owner alone can read.

use std::io;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;

use super::claim::create_private;
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
        if let Some(token) = self.load()? {
            return Ok(token);
        }
        let token = self.draw()?;
        if secret::write_first(&self.0, line(&token).as_bytes())? {
            return Ok(token);
        }
        // Another process was faster, or the file is there and empty.
        self.load()?.map_or_else(|| self.create(), Ok)
    }

    /// Puts a new token in the place of whatever is there.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn create(&self) -> io::Result<String> {
        let token = self.draw()?;
        secret::write(&self.0, line(&token).as_bytes())?;
        Ok(token)
    }

    /// One that is nowhere yet; its directory is there then, and its owner's alone.
    fn draw(&self) -> io::Result<String> {
        if let Some(dir) = self.0.parent() {
            create_private(dir)?;
        }
        let bytes: [u8; 32] = secret::random()?;
        Ok(BASE64_URL_SAFE_NO_PAD.encode(bytes))
    }
}

fn line(token: &str) -> String {
    format!("{token}\n")
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

    #[test]
    fn all_who_draw_the_first_at_once_get_the_same() {
        for _ in 0..50 {
            let dir = tempfile::tempdir().unwrap();
            let file = TokenFile::of(&dir.path().join("data"));
            let start = std::sync::Barrier::new(4);
            let draw = || {
                start.wait();
                file.load_or_create().unwrap()
            };
            let drawn: Vec<_> = std::thread::scope(|scope| {
                let drawing: Vec<_> = (0..4).map(|_| scope.spawn(draw)).collect();
                drawing.into_iter().map(|thread| thread.join().unwrap()).collect()
            });
            let kept = file.load().unwrap().unwrap();
            assert!(drawn.iter().all(|token| *token == kept), "{drawn:?}, kept {kept}");
            assert_eq!(std::fs::read_dir(dir.path().join("data")).unwrap().count(), 1);
        }
    }

    #[cfg(unix)]
    #[test]
    fn nobody_else_can_read_it() {
        use std::os::unix::fs::PermissionsExt as _;
        let dir = tempfile::tempdir().unwrap();
        let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
        let data = dir.path().join("data");
        let file = TokenFile::of(&data);
        file.load_or_create().unwrap();
        assert_eq!((mode(&data), mode(file.path())), (0o700, 0o600));
        std::fs::write(file.path(), "").unwrap();
        file.load_or_create().unwrap();
        assert_eq!(mode(file.path()), 0o600);
    }
}
