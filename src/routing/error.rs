//! Why a task could not be routed, an outcome not be taken, or a catalogue not be read.

use crate::store;

/// Why a task could not be routed, an outcome not be taken, or a catalogue not be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Nothing but white space.
    #[error("the task is empty")]
    EmptyTask,
    /// Not a number in 0..=1.
    #[error("quality_target {given} is not between 0 and 1")]
    BadQualityTarget {
        /// What was given.
        given: f64,
    },
    /// A constraint that makes no sense.
    #[error("constraint {field} {problem}")]
    BadConstraint {
        /// Which.
        field: &'static str,
        /// What is wrong with it.
        problem: String,
    },
    /// A need no model of the catalogue has ever heard of.
    #[error("unknown need {need:?}, known are {known}")]
    UnknownNeed {
        /// What was given.
        need: String,
        /// What could be given.
        known: String,
    },
    /// Reward or weight is not a number in 0..=1, or a cost no amount of money.
    #[error("{field} {given} of an outcome is not {expected}")]
    BadOutcome {
        /// What it should be.
        expected: &'static str,
        /// `reward`, `weight` or `cost_usd`.
        field: &'static str,
        /// What was given.
        given: f64,
    },
    /// One route keeps getting new outcomes.
    #[error("route {route} already had {count} different outcomes")]
    TooManyOutcomes {
        /// The route.
        route: String,
        /// How many outcomes it had.
        count: u8,
    },
    /// A catalogue cannot be used.
    #[error("catalogue {file}: {row}: {problem}")]
    Catalogue {
        /// The file as the user knows it.
        file: String,
        /// Which row, by number from 1 and id where it has one; `file` for the whole.
        row: String,
        /// The field and what is wrong with it.
        problem: String,
    },
    /// What was decided could not be kept, or what was learned not be read.
    #[error("routing cannot use the store")]
    Store(#[from] store::Error),
}

impl Error {
    /// The stable code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::EmptyTask => "routing.empty_task",
            Self::BadQualityTarget { .. } => "routing.bad_quality_target",
            Self::BadConstraint { .. } => "routing.bad_constraint",
            Self::UnknownNeed { .. } => "routing.unknown_need",
            Self::BadOutcome { .. } => "routing.bad_outcome",
            Self::TooManyOutcomes { .. } => "routing.too_many_outcomes",
            Self::Catalogue { .. } => "routing.catalogue",
            Self::Store(error) => error.code(),
        }
    }

    /// What to do next.
    #[must_use]
    pub fn hint(&self) -> &'static str {
        match self {
            Self::EmptyTask => "Put what is to be done into `task`, in one or more sentences.",
            Self::BadQualityTarget { .. } => {
                "Give the share of the best model's quality that is enough, such as 0.95, or leave it out."
            }
            Self::BadConstraint { .. } => "Correct or leave out this constraint.",
            Self::UnknownNeed { .. } => {
                "Use one of the known needs, or add the capability to a model of your catalogue."
            }
            Self::BadOutcome { .. } => {
                "Give 1 for a success, 0 for a failure, or a number between; for a cost, US dollars."
            }
            Self::TooManyOutcomes { .. } => "Route the task again and report the outcome of the new route.",
            Self::Catalogue { .. } => "Correct the row; docs/routing.md describes the format.",
            Self::Store(error) => error.hint(),
        }
    }

    /// Whether the same call may succeed later.
    #[must_use]
    pub fn retryable(&self) -> bool {
        matches!(self, Self::Store(error) if error.retryable())
    }
}
