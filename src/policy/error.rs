//! Why the policy engine could not do its job. A denial is not among them.

use std::fmt;

use serde_saphyr::Location;

use crate::store;

/// A place in a pack, both from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// The line.
    pub line: u64,
    /// The column, in characters.
    pub column: u64,
}

impl From<Location> for Place {
    fn from(at: Location) -> Self {
        Self {
            line: at.line(),
            column: at.column(),
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}, column {}", self.line, self.column)
    }
}

/// Why the policy engine could not do its job.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A rule pack is wrong; nothing of the bundle is used.
    #[error("rule pack {pack} is refused{}: {detail}", at.map(|at| format!(" at {at}")).unwrap_or_default())]
    Pack {
        /// Which pack.
        pack: String,
        /// The place in it, where it is known.
        at: Option<Place>,
        /// What is wrong.
        detail: String,
    },
    /// The decision could not be recorded, so nothing is permitted.
    #[error("the decision could not be recorded, so the action is not permitted")]
    AuditUnavailable {
        /// What the log said.
        #[source]
        source: store::Error,
    },
    /// It cannot be known what a tool was like before, or kept what it is like.
    #[error("what the tool was like before cannot be read or kept")]
    PinsUnavailable {
        /// What the store said.
        #[source]
        source: store::Error,
    },
    /// There is no such approval to give: unknown, given before, of another project, or expired.
    #[error("there is no open approval {id}")]
    ApprovalUnknown {
        /// The handle.
        id: String,
    },
    /// The approval was asked for another action.
    #[error("approval {id} was asked for other content, arguments or another destination")]
    ApprovalMismatch {
        /// The handle.
        id: String,
    },
}

impl Error {
    /// The stable code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Pack { .. } => "policy.pack",
            Self::AuditUnavailable { .. } => "policy.audit_unavailable",
            Self::PinsUnavailable { .. } => "policy.pins_unavailable",
            Self::ApprovalUnknown { .. } => "policy.approval_unknown",
            Self::ApprovalMismatch { .. } => "policy.approval_mismatch",
        }
    }

    /// What to do next.
    #[must_use]
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Pack { .. } => {
                "Mend the pack and start again; docs/policies.md lists every field and operator."
            }
            Self::AuditUnavailable { .. } | Self::PinsUnavailable { .. } => {
                "Check the disk of the data directory (space, permissions), then try again."
            }
            Self::ApprovalUnknown { .. } => "Ask for the action again; a new approval is then offered.",
            Self::ApprovalMismatch { .. } => {
                "Repeat exactly the action the approval was asked for, or ask for this one anew."
            }
        }
    }

    /// Whether the same call may succeed later.
    #[must_use]
    pub fn retryable(&self) -> bool {
        matches!(self, Self::AuditUnavailable { .. } | Self::PinsUnavailable { .. })
    }
}
