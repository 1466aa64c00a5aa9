//! Why a data directory could not be claimed.

use std::fmt;
use std::path::PathBuf;

/// Why a data directory could not be claimed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Another process owns it.
    #[error("data directory {} is in use by {owner}", dir.display())]
    InUse {
        /// The directory.
        dir: PathBuf,
        /// The owner as far as it is known.
        owner: Owner,
    },
    /// It cannot be created, read or written.
    #[error("data directory {} cannot be used", dir.display())]
    Directory {
        /// The directory.
        dir: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
}

/// The process that owns a directory, as far as it left its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Owner {
    /// The process with this id.
    Process(u32),
    /// A process that did not leave its id.
    Unknown,
}

impl Error {
    /// The stable code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::InUse { .. } => "store.in_use",
            Self::Directory { .. } => "store.directory",
        }
    }

    /// What to do next.
    #[must_use]
    pub fn hint(&self) -> &'static str {
        match self {
            Self::InUse { .. } => {
                "Stop the other firstmate process, or give this one its own directory with --data-dir."
            }
            Self::Directory { .. } => {
                "Check that the directory exists, belongs to you and is writable, or choose another with --data-dir."
            }
        }
    }

    /// Whether the same call may succeed later.
    #[must_use]
    pub fn retryable(&self) -> bool {
        matches!(self, Self::InUse { .. })
    }
}

impl fmt::Display for Owner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Process(pid) => write!(f, "process {pid}"),
            Self::Unknown => f.write_str("another process"),
        }
    }
}
