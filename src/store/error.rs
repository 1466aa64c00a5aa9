//! Why a store could not do its job.

use crate::{audit, ownership};

/// What every seam returns.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a store could not do its job.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The data directory cannot be claimed.
    #[error(transparent)]
    Claim(#[from] ownership::Error),
    /// The audit log failed.
    #[error(transparent)]
    Audit(#[from] audit::Error),
    /// Written by a newer version.
    #[error("data has format {found}, this version reads up to {supported}")]
    NewerFormat {
        /// What was found.
        found: u32,
        /// What can be read.
        supported: u32,
    },
    /// A record does not match its checksum or cannot be decoded.
    #[error("record {record} is damaged: {detail}")]
    Damaged {
        /// Which.
        record: String,
        /// What is wrong with it.
        detail: String,
    },
    /// A record that could be written but not read again.
    #[error("a record is nested more than {limit} deep")]
    TooDeep {
        /// What can be read.
        limit: usize,
    },
    /// An earlier write failed, so what is on the disk is not known: only reading goes on.
    #[error("the store stopped writing after a failure: {cause}")]
    Poisoned {
        /// The first failure.
        cause: String,
    },
    /// Reading or writing failed.
    #[error("the store failed to {doing}: {detail}")]
    Io {
        /// What was tried.
        doing: &'static str,
        /// What the system said.
        detail: String,
    },
    /// The process is shutting down.
    #[error("the store is closed")]
    Closed,
}

impl Error {
    #[expect(clippy::needless_pass_by_value, reason = "it is made for map_err")]
    pub(super) fn encode(error: serde_json::Error) -> Self {
        Self::Io {
            doing: "encode a record",
            detail: error.to_string(),
        }
    }

    /// The stable code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Claim(error) => error.code(),
            Self::Audit(error) => error.code(),
            Self::NewerFormat { .. } => "store.newer_format",
            Self::Damaged { .. } => "store.damaged",
            Self::TooDeep { .. } => "store.too_deep",
            Self::Poisoned { .. } => "store.poisoned",
            Self::Io { .. } => "store.io",
            Self::Closed => "store.closed",
        }
    }

    /// What to do next.
    #[must_use]
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Claim(error) => error.hint(),
            Self::Audit(error) => error.hint(),
            Self::NewerFormat { .. } => "Update firstmate, or choose another directory with --data-dir.",
            Self::Damaged { .. } => "Run `firstmate doctor`; other records are not affected.",
            Self::TooDeep { .. } => "Nest the data less deeply.",
            Self::Poisoned { .. } => {
                "Check the disk (space, health), then restart firstmate; what was acknowledged before is kept."
            }
            Self::Io { .. } => "Check the disk (space, health, permissions) and try again.",
            Self::Closed => "Start firstmate again.",
        }
    }

    /// Whether the same call may succeed later.
    #[must_use]
    pub fn retryable(&self) -> bool {
        match self {
            Self::Claim(error) => error.retryable(),
            Self::Audit(error) => error.retryable(),
            Self::Io { .. } | Self::Closed => true,
            Self::NewerFormat { .. }
            | Self::Damaged { .. }
            | Self::TooDeep { .. }
            | Self::Poisoned { .. } => false,
        }
    }
}
