//! Why the audit log could not do its job.

use std::io;
use std::path::Path;

/// What the log returns.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why the audit log could not do its job.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Reading or writing a file failed.
    #[error("failed to {doing}: {path}: {source}")]
    Io {
        /// What was tried.
        doing: &'static str,
        /// On which file or directory.
        path: String,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// Something in the log cannot be read as what it should be.
    #[error("the audit log is damaged: {detail}")]
    Damaged {
        /// What, and where.
        detail: String,
    },
    /// Written by a newer version.
    #[error("the audit log has format {found}, this version reads up to {supported}")]
    NewerFormat {
        /// What was found.
        found: u32,
        /// What can be read.
        supported: u32,
    },
    /// The secret cannot be a key.
    #[error("the audit key cannot be used: {detail}")]
    Key {
        /// Why.
        detail: String,
    },
    /// A number that no entry has.
    #[error("there is no entry {seq} in the audit log, which has {size}")]
    NoSuchEntry {
        /// The number.
        seq: u64,
        /// Entries in the log.
        size: u64,
    },
    /// A text that holds no checkpoint.
    #[error("{what} holds no checkpoint: {detail}")]
    NoCheckpoint {
        /// The text.
        what: String,
        /// What is wrong with it.
        detail: String,
    },
}

impl Error {
    /// What makes an error of the system's that tells of `path`.
    pub(crate) fn io(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.display().to_string();
        move |source| Self::Io { doing, path, source }
    }

    pub(crate) fn damaged(detail: impl Into<String>) -> Self {
        Self::Damaged {
            detail: detail.into(),
        }
    }

    /// The stable code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Io { .. } => "audit.io",
            Self::Damaged { .. } => "audit.damaged",
            Self::NewerFormat { .. } => "audit.newer_format",
            Self::Key { .. } => "audit.key",
            Self::NoSuchEntry { .. } => "audit.no_such_entry",
            Self::NoCheckpoint { .. } => "audit.no_checkpoint",
        }
    }

    /// What to do next.
    #[must_use]
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Io { .. } => "Check the disk (space, health, permissions) and try again.",
            Self::Damaged { .. } => {
                "Run `firstmate audit verify` to see where. To go on with a new log, move the directory aside; keep it."
            }
            Self::NewerFormat { .. } => "Update firstmate, or choose another directory with --data-dir.",
            Self::Key { .. } => {
                "Restore `audit.key` from a backup, or move it aside to have a new one drawn."
            }
            Self::NoSuchEntry { .. } => {
                "Entries are numbered from 1; `firstmate audit tail` shows the last ones."
            }
            Self::NoCheckpoint { .. } => "Give a file with what `firstmate audit checkpoint` printed.",
        }
    }

    /// Whether the same call may succeed later.
    #[must_use]
    pub fn retryable(&self) -> bool {
        matches!(self, Self::Io { .. })
    }
}
