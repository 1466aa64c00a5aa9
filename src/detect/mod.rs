//! Detectors: each reads a text once and says what is in it that should not be; none knows a rule.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::domain::Label;

pub mod address;
pub mod personal;
pub mod secrets;
pub mod structure;
pub mod unicode;

/// A made-up specimen of what a detector finds, for tests of rules; `None` for an unknown detector.
#[must_use]
pub fn sample(detector: &str) -> Option<String> {
    secrets::sample(detector).or_else(|| personal::sample(detector))
}

/// What kind of thing was found in a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Class {
    /// A credential.
    Secret,
    /// Something about a person.
    Pii,
    /// Characters that hide or reorder text.
    Unicode,
    /// Text in a form that speaks to a model behind a reader's back.
    Structure,
    /// An address that carries data away or hides where it leads.
    Url,
}

impl Class {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Secret, Self::Pii, Self::Unicode, Self::Structure, Self::Url];

    /// The word rules use for it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Secret => "secret",
            Self::Pii => "pii",
            Self::Unicode => "unicode",
            Self::Structure => "structure",
            Self::Url => "url",
        }
    }

    /// What data that holds it is marked with.
    #[must_use]
    pub fn label(self) -> Option<Label> {
        match self {
            Self::Secret => Some(Label::Secret),
            Self::Pii => Some(Label::Pii),
            Self::Unicode | Self::Structure | Self::Url => None,
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
