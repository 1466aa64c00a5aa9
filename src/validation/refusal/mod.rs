//! Whether an answer declines what was asked.
//!
//! Most refusals say so: "I cannot help with that" near the beginning. That is a rule. Others argue: they call the
//! request wrong, give values and send elsewhere, and never say no. Those are weighed by signs of how such answers
//! are built ([`SIGNS`], [`Signs::score`]), only against a `request`, and only in answers that are nothing but a
//! few paragraphs: a code of conduct is full of values, too.

mod patterns;
mod signs;
mod weights;

use crate::domain::Severity;

use super::prose::Prose;
use super::report::Defect;

pub use signs::{SIGNS, Signs};

/// How an answer stands to its request.
#[derive(Debug, Clone, PartialEq)]
pub struct Reading {
    /// The bytes of the sentence that declines, when one does in so many words.
    pub said: Option<std::ops::Range<usize>>,
    /// The signs of declining without saying so, when the answer is of a kind that can be weighed.
    pub signs: Option<Signs>,
    /// Whether something of what was asked seems to be there: steps, code, or a long text.
    pub complies: bool,
    /// Whether the answer lacks access to what was asked, rather than will.
    pub lacks: bool,
    /// The bytes of its first sentence.
    first: std::ops::Range<usize>,
}

impl Reading {
    /// Whether the answer refuses; arguments count only against a request.
    #[must_use]
    pub fn refuses(&self) -> bool {
        self.said.is_some() || self.argues()
    }

    fn argues(&self) -> bool {
        self.signs.as_ref().is_some_and(|signs| signs.score() >= 0.0)
    }
}

/// Reads `output` as an answer to `request`.
#[must_use]
pub fn read(output: &str, request: Option<&str>) -> Reading {
    signs::read(&Prose::of(output), request)
}

/// The refusal in `prose`, if it is one.
pub(super) fn check(prose: &Prose, request: Option<&str>) -> Option<Defect> {
    let reading = signs::read(prose, request);
    if !reading.refuses() {
        return None;
    }
    let partial = reading.complies || reading.lacks;
    let (rule, severity) = if partial {
        ("refusal.partial", Severity::Info)
    } else {
        ("refusal.full", Severity::Warning)
    };
    let (range, message) = match reading.said {
        Some(range) if partial => (
            range,
            "the answer says that it does not do part of what was asked",
        ),
        Some(range) => (range, "the answer refuses"),
        None => (
            reading.first,
            "the answer seems to argue against the request instead of meeting it",
        ),
    };
    let defect = Defect::new(rule, severity, range, message);
    Some(defect.with_fix("ask in another way, or another model; do not use this as the result"))
}

#[cfg(test)]
mod tests;
