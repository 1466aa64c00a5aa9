//! A named pipe of this machine.

use std::io;
use std::path::{Path, PathBuf};

use tokio::net::windows::named_pipe::{ClientOptions, NamedPipeServer, ServerOptions};

use super::{Places, Stream, name_of};
use crate::ownership::Claim;

/// Where the holder of a claim listens. The pipe goes with its last handle.
#[derive(Debug)]
pub struct Endpoint {
    /// The instance that the next client gets.
    next: NamedPipeServer,
    path: PathBuf,
    _claim: Claim,
}

impl Endpoint {
    /// Listens under a name made from the directory. Pipes need no place of their own.
    ///
    /// A pipe's default security lets its creator's user and administrators write, everybody else only
    /// read: without a greeting, which has to be written, nothing is said. Being the first instance means
    /// that nobody else set the name up before.
    ///
    /// # Errors
    /// When the pipe cannot be made.
    pub fn bind(claim: &Claim, _: &Places) -> io::Result<Self> {
        let path = PathBuf::from(format!(r"\\.\pipe\firstmate-{}", name_of(claim.dir())?));
        let next = ServerOptions::new()
            .first_pipe_instance(true)
            .reject_remote_clients(true)
            .create(&path)?;
        Ok(Self {
            next,
            path,
            _claim: claim.clone(),
        })
    }

    /// What others connect to.
    #[must_use]
    pub fn address(&self) -> &Path {
        &self.path
    }

    /// Whether nobody can find it any more; a pipe's name lasts as long as the pipe.
    #[must_use]
    pub fn is_lost(&self) -> bool {
        false
    }

    /// The next connection.
    ///
    /// # Errors
    /// When the system cannot accept one.
    pub async fn accept(&mut self) -> io::Result<Stream> {
        self.next.connect().await?;
        let next = ServerOptions::new()
            .reject_remote_clients(true)
            .create(&self.path)?;
        Ok(Box::new(std::mem::replace(&mut self.next, next)))
    }
}

/// Connects to the owner that listens at `address`.
///
/// # Errors
/// When nobody listens there, or all instances are taken for the moment.
#[expect(clippy::unused_async, reason = "connecting to a socket waits")]
pub async fn connect(address: &Path) -> io::Result<Stream> {
    Ok(Box::new(ClientOptions::new().open(address)?))
}
