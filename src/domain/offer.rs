//! Which of the tools a client is offered.

use serde::{Deserialize, Serialize};

/// What whoever starts a server lets its client use. The default is everything.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Offer {
    /// The tools, by name; empty for all.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tools: Vec<String>,
    /// Whether only those that write nothing but the record of decisions.
    pub read_only: bool,
}
