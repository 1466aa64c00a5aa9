//! What the process with the store open answers: with `--format json` printed as it is, else in words.

use serde::{Deserialize, Serialize};

pub use crate::audit::Proof;
use crate::audit::Stored;
pub use crate::audit::verify::Report;

/// The log as it was signed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signed {
    /// The signed note: what to keep elsewhere.
    pub checkpoint: String,
    /// What checks its signature.
    pub verifier: String,
    /// Entries in the log.
    pub entries: u64,
}

/// Entries of the log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entries {
    /// In order; none when there are no more.
    pub entries: Vec<Stored>,
    /// How many there are in the log.
    pub total: u64,
}
