//! Detectors: each reads a text once and says what is in it that should not be; none knows a rule.

use std::ops::Range;

use serde::{Deserialize, Serialize};

pub mod secrets;
pub mod unicode;

/// What kind of thing was found in a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Class {
    /// A credential.
    Secret,
    /// Characters that hide or reorder text.
    Unicode,
}

impl Class {
    /// The word rules use for it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Secret => "secret",
            Self::Unicode => "unicode",
        }
    }
}

/// How sure a detector is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Confidence {
    /// Looks like it from the words around it.
    Low,
    /// A known place for such a value, with a plausible value in it.
    Medium,
    /// A published format that nothing else has.
    High,
}

impl Confidence {
    /// The word rules use for it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
        }
    }
}

/// A place in a text, what is there and how sure that is. Never the text itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hit {
    /// What kind of thing it is.
    pub class: Class,
    /// The detector's rule: `github-pat`, `bidi-control`.
    pub detector: &'static str,
    /// How sure that is.
    pub confidence: Confidence,
    /// The bytes it takes in the text; always on character boundaries.
    pub range: Range<usize>,
}
