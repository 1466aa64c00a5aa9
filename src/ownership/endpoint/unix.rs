//! A socket that only its owner's user can reach.

use std::fs::{self, DirBuilder, Permissions};
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use tokio::net::{UnixListener, UnixStream};

use super::{Places, Stream, name_of};
use crate::ownership::Claim;

/// Longest path of a socket; the system's own limit is 104 or 108 bytes.
const LONGEST_PATH: usize = 100;

/// Where the holder of a claim listens. Dropping it takes the socket away, still under the claim.
#[derive(Debug)]
pub struct Endpoint {
    listener: UnixListener,
    path: PathBuf,
    uid: u32,
    /// Whoever holds it may remove the socket's file, nobody else: it may be a newer owner's.
    _claim: Claim,
}

impl Endpoint {
    /// Listens in the first of `places` that is private and short enough, in place of whatever socket an
    /// earlier owner left there.
    ///
    /// # Errors
    /// When none of the places can be used.
    pub fn bind(claim: &Claim, places: &Places) -> io::Result<Self> {
        let (uid, name) = (own_uid()?, name_of(claim.dir())?);
        let temporary = format!("firstmate-{uid}");
        let candidates = [
            places.runtime.as_ref().map(|dir| dir.join("firstmate")),
            Some(places.temporary.join(&temporary)),
            // Some systems give every user a directory for temporary files with a very long path.
            Some(Path::new("/tmp").join(&temporary)),
        ];
        let mut failure = None;
        for dir in candidates.into_iter().flatten() {
            match bind_in(&dir, &name, uid) {
                Ok((listener, path)) => {
                    return Ok(Self {
                        listener,
                        path,
                        uid,
                        _claim: claim.clone(),
                    });
                }
                Err(error) => failure = Some(error),
            }
        }
        Err(failure.unwrap_or_else(|| io::Error::from(io::ErrorKind::NotFound)))
    }

    /// What others connect to.
    #[must_use]
    pub fn address(&self) -> &Path {
        &self.path
    }

    /// Whether nobody can find it any more: whoever tidies up directories may have removed the socket's file.
    #[must_use]
    pub fn is_lost(&self) -> bool {
        !self.path.exists()
    }

    /// The next connection of a process of the same user; others are turned away.
    ///
    /// # Errors
    /// When the system cannot accept one.
    pub async fn accept(&mut self) -> io::Result<Stream> {
        loop {
            let (stream, _) = self.listener.accept().await?;
            match checked(stream, self.uid) {
                Ok(stream) => return Ok(stream),
                Err(error) => tracing::warn!(%error, "a connection was turned away"),
            }
        }
    }
}

impl Drop for Endpoint {
    fn drop(&mut self) {
        if let Err(error) = fs::remove_file(&self.path) {
            tracing::debug!(%error, "the socket's file could not be removed");
        }
    }
}

/// Connects to the owner that listens at `address`.
///
/// # Errors
/// When nobody listens there, or somebody else than this user does.
pub async fn connect(address: &Path) -> io::Result<Stream> {
    checked(UnixStream::connect(address).await?, own_uid()?)
}

/// The stream, if the process at its other end runs as `uid`.
///
/// The directory keeps other users out already. This covers what a mode cannot: a place that was opened up
/// later, and somebody else's socket planted where ours is expected. It cannot be tested without a second user.
fn checked(stream: UnixStream, uid: u32) -> io::Result<Stream> {
    let peer = stream.peer_cred()?.uid();
    if peer == uid {
        return Ok(Box::new(stream));
    }
    let message = format!("the process at the other end belongs to user {peer}, not to {uid}");
    Err(io::Error::new(io::ErrorKind::PermissionDenied, message))
}

fn bind_in(dir: &Path, name: &str, uid: u32) -> io::Result<(UnixListener, PathBuf)> {
    let path = dir.join(name).with_extension("sock");
    if path.as_os_str().len() > LONGEST_PATH {
        let message = format!("{} is too long for a socket", path.display());
        return Err(io::Error::new(io::ErrorKind::InvalidInput, message));
    }
    make_private(dir, uid)?;
    match fs::remove_file(&path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let listener = UnixListener::bind(&path)?;
    fs::set_permissions(&path, Permissions::from_mode(0o600))?;
    Ok((listener, path))
}

/// Creates `dir` for this user alone, or makes sure that it is such a directory: in a place that all may
/// write, another user may have been there first. The place itself is the system's to make.
fn make_private(dir: &Path, uid: u32) -> io::Result<()> {
    match DirBuilder::new().mode(0o700).create(dir) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
        _ => {}
    }
    // Not `metadata`, which would follow a link that somebody else planted.
    let found = fs::symlink_metadata(dir)?;
    if found.is_dir() && found.uid() == uid && found.mode() & 0o077 == 0 {
        return Ok(());
    }
    let message = format!("{} is not a directory of this user alone", dir.display());
    Err(io::Error::new(io::ErrorKind::PermissionDenied, message))
}

/// The user that this process runs as, asked over a connection to itself: std does not tell.
fn own_uid() -> io::Result<u32> {
    let (one, _other) = UnixStream::pair()?;
    Ok(one.peer_cred()?.uid())
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    use super::*;

    fn places(dir: &Path) -> Places {
        let [runtime, temporary] = ["run", "tmp"].map(|name| dir.join(name));
        for dir in [&runtime, &temporary] {
            fs::create_dir_all(dir).unwrap();
        }
        Places {
            runtime: Some(runtime),
            temporary,
        }
    }

    async fn hears(endpoint: &mut Endpoint) {
        let mut client = connect(endpoint.address()).await.unwrap();
        let mut server = endpoint.accept().await.unwrap();
        client.write_all(b"ahoy").await.unwrap();
        let mut heard = [0; 4];
        server.read_exact(&mut heard).await.unwrap();
        assert_eq!(&heard, b"ahoy");
    }

    #[tokio::test]
    async fn the_socket_is_private_replaces_a_stale_one_and_goes_with_its_owner() {
        let dir = tempfile::tempdir().unwrap();
        let claim = Claim::take(&dir.path().join("data")).unwrap();
        let first = Endpoint::bind(&claim, &places(dir.path())).unwrap();
        let path = first.address().to_owned();
        assert!(path.starts_with(dir.path().join("run/firstmate")));
        let mode = |path: &Path| fs::metadata(path).unwrap().mode() & 0o777;
        assert_eq!((mode(&path), mode(path.parent().unwrap())), (0o600, 0o700));
        assert!(!first.is_lost());
        fs::remove_file(&path).unwrap();
        assert!(first.is_lost());
        drop(first);
        let again = Endpoint::bind(&claim, &places(dir.path())).unwrap();
        assert!(path.exists());
        drop(again);
        assert!(!path.exists());
        // What a killed owner leaves behind.
        drop(std::os::unix::net::UnixListener::bind(&path).unwrap());
        let mut second = Endpoint::bind(&claim, &places(dir.path())).unwrap();
        assert_eq!(second.address(), path);
        hears(&mut second).await;
    }

    #[tokio::test]
    async fn a_place_that_others_can_enter_or_that_is_too_long_is_passed_over() {
        let dir = tempfile::tempdir().unwrap();
        let claim = Claim::take(&dir.path().join("data")).unwrap();
        let open = dir.path().join("run/firstmate");
        DirBuilder::new()
            .recursive(true)
            .mode(0o755)
            .create(&open)
            .unwrap();
        let mut endpoint = Endpoint::bind(&claim, &places(dir.path())).unwrap();
        assert!(endpoint.address().starts_with(dir.path().join("tmp")));
        hears(&mut endpoint).await;
        drop(endpoint);
        let far = Places {
            runtime: None,
            temporary: dir.path().join("x".repeat(100)),
        };
        let mut endpoint = Endpoint::bind(&claim, &far).unwrap();
        assert!(endpoint.address().starts_with("/tmp"));
        hears(&mut endpoint).await;
    }

    #[tokio::test]
    async fn a_planted_link_is_no_private_directory() {
        let dir = tempfile::tempdir().unwrap();
        std::os::unix::fs::symlink(dir.path(), dir.path().join("link")).unwrap();
        let error = make_private(&dir.path().join("link"), own_uid().unwrap()).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::PermissionDenied);
    }
}
