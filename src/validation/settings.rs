//! What a check may cost.

use serde::Deserialize;

/// The limits of one validation, and how many run at once.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// The largest output that is looked at, in bytes; 8 MiB by default.
    pub max_output_bytes: usize,
    /// The largest piece that is given to a parser, in bytes; 1 MiB by default.
    pub max_block_bytes: usize,
    /// How long one validation may take, waiting included, in milliseconds; 2000 by default.
    pub deadline_ms: u64,
    /// How many outputs are checked at once; 2 by default, and never less than 1.
    pub threads: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            max_output_bytes: 8 << 20,
            max_block_bytes: 1 << 20,
            deadline_ms: 2_000,
            threads: 2,
        }
    }
}
