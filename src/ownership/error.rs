//! Why a data directory could be neither claimed nor reached through its owner.

use std::fmt;
use std::path::PathBuf;

/// Why a data directory could be neither claimed nor reached through its owner.
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
    /// Its owner listens, but not here: it is just coming or going, or runs in another container.
    #[error("data directory {} is owned by {owner}, which cannot be reached", dir.display())]
    Unreachable {
        /// The directory.
        dir: PathBuf,
        /// The owner.
        owner: Owner,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// Its owner was reached and says nothing.
    #[error("data directory {} is owned by {owner}, which does not answer", dir.display())]
    Silent {
        /// The directory.
        dir: PathBuf,
        /// The owner.
        owner: Owner,
    },
    /// Its owner is of another version that this one does not go together with.
    #[error("{message}")]
    Incompatible {
        /// Who and which versions.
        message: String,
    },
    /// Its owner did not let this process in.
    #[error("{message}")]
    Refused {
        /// Why.
        message: String,
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
            Self::Unreachable { .. } => "owner.unreachable",
            Self::Silent { .. } => "owner.silent",
            Self::Incompatible { .. } => "owner.incompatible",
            Self::Refused { .. } => "owner.refused",
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
            Self::Unreachable { .. } => {
                "Try again in a moment; if it stays so, stop that process, or choose another directory with --data-dir."
            }
            Self::Silent { .. } => {
                "If that process is suspended, continue or end it; if it is opening a large store, try again in a moment."
            }
            Self::Incompatible { .. } => {
                "Restart what runs the older version, so that all run the same, or give this one its own directory with --data-dir."
            }
            Self::Refused { .. } => "Close firstmate processes that are not needed, then try again.",
            Self::Directory { .. } => {
                "Check that the directory exists, belongs to you and is writable, or choose another with --data-dir."
            }
        }
    }

    /// Whether the same call may succeed later.
    #[must_use]
    pub fn retryable(&self) -> bool {
        matches!(
            self,
            Self::InUse { .. } | Self::Unreachable { .. } | Self::Silent { .. } | Self::Refused { .. }
        )
    }

    /// Whether it is usually over in a moment: an owner that comes or goes, or a command that has the
    /// directory while it runs.
    #[must_use]
    pub fn is_passing(&self) -> bool {
        matches!(self, Self::InUse { .. } | Self::Unreachable { .. })
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
