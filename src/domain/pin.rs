//! What tools are expected to say of themselves.

use serde::{Deserialize, Serialize};

use super::{Digest, Timestamp};

/// A tool as it was when it was first seen, or when a person last took it as it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pin {
    /// The server that offers it; empty where nobody said.
    pub server: String,
    /// The tool's name there.
    pub tool: String,
    /// SHA-256 of its definition in canonical form.
    pub sha256: Digest,
    /// Since when that is what it is.
    pub pinned_at: Timestamp,
}
