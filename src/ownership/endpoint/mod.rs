//! Where the owner of a directory can be reached by other processes of the same user, and by nobody else.

use std::fmt::Debug;
use std::io;
use std::path::{Path, PathBuf};

use tokio::io::{AsyncRead, AsyncWrite};

use crate::domain::Digest;

#[cfg(unix)]
mod unix;
#[cfg(windows)]
mod windows;

#[cfg(unix)]
pub use unix::{Endpoint, connect};
#[cfg(windows)]
pub use windows::{Endpoint, connect};

/// A connection between two processes, or between two ends in one.
pub type Stream = Box<dyn Duplex>;

/// What a [`Stream`] can do.
pub trait Duplex: AsyncRead + AsyncWrite + Debug + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Debug + Send + Unpin> Duplex for T {}

/// Where a socket may be put, the better place first.
#[derive(Debug, Clone, Default)]
pub struct Places {
    /// The directory that the system made for this user's session, where there is one.
    pub runtime: Option<PathBuf>,
    /// The directory for temporary files, which others may use too.
    pub temporary: PathBuf,
}

/// A short name for a directory: the path itself may be too long for a socket's.
fn name_of(dir: &Path) -> io::Result<String> {
    let dir = dir.canonicalize()?;
    let mut name = Digest::of(dir.as_os_str().as_encoded_bytes()).to_string();
    name.truncate(24);
    Ok(name)
}
