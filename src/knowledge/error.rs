//! Why a lesson could not be recorded or looked up.

use crate::domain::LessonId;
use crate::store;

/// What this module returns.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a lesson could not be recorded or looked up.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A field breaks a limit.
    #[error("{field} {problem}")]
    Invalid {
        /// The field as callers name it.
        field: &'static str,
        /// What is wrong with it, with the limit.
        problem: String,
    },
    /// The lesson to be replaced does not exist in this project.
    #[error("lesson {id} to be superseded does not exist")]
    Unknown {
        /// The id as given.
        id: LessonId,
    },
    /// The lesson to be replaced, or the one with the same text, is not in force.
    #[error("lesson {id} is not in force: it was {how}")]
    NotInForce {
        /// The lesson.
        id: LessonId,
        /// `superseded by ..` or `retracted`.
        how: String,
    },
    /// The replacement would, through others, replace itself.
    #[error(
        "lesson {id} has this text already and cannot supersede {supersedes}, which is the same or replaced it"
    )]
    Circular {
        /// The lesson with the text that was recorded again.
        id: LessonId,
        /// The lesson it should replace.
        supersedes: LessonId,
    },
    /// Others kept changing the same lesson.
    #[error("lesson {id} was changed by others {attempts} times in a row")]
    Contended {
        /// The lesson.
        id: LessonId,
        /// How often it was tried.
        attempts: usize,
    },
    /// The store failed.
    #[error(transparent)]
    Store(#[from] store::Error),
}

impl Error {
    /// The stable code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Invalid { .. } => "knowledge.invalid",
            Self::Unknown { .. } => "knowledge.unknown_lesson",
            Self::NotInForce { .. } => "knowledge.not_in_force",
            Self::Circular { .. } => "knowledge.circular",
            Self::Contended { .. } => "knowledge.contended",
            Self::Store(error) => error.code(),
        }
    }

    /// What to do next.
    #[must_use]
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Invalid { .. } => "Mend the field and call again; nothing was written.",
            Self::Unknown { .. } => {
                "Take the id of a hit of search_knowledge in the same project, or leave supersedes out."
            }
            Self::NotInForce { .. } => "Supersede the lesson that is in force now, or leave supersedes out.",
            Self::Circular { .. } => {
                "If the older lesson holds again, say in the text why, so that it is a lesson of its own."
            }
            Self::Contended { .. } => "Call again.",
            Self::Store(error) => error.hint(),
        }
    }

    /// Whether the same call may succeed later.
    #[must_use]
    pub fn retryable(&self) -> bool {
        match self {
            Self::Contended { .. } => true,
            Self::Store(error) => error.retryable(),
            _ => false,
        }
    }
}
