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
    /// There is no such lesson in this project.
    #[error("there is no lesson {id} in this project")]
    NoSuch {
        /// The id, or its beginning, as given.
        id: String,
    },
    /// More than one lesson has an id that begins like this.
    #[error("{count} lessons have ids that begin with {prefix}: {}", among.join("; "))]
    Ambiguous {
        /// The beginning as given.
        prefix: String,
        /// How many.
        count: usize,
        /// The newest of them, each with its title.
        among: Vec<String>,
    },
    /// A text was to be changed into one that counts as the same.
    #[error("the new text says the same as lesson {id} but for case, punctuation or inflection")]
    SameText {
        /// The lesson.
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
            Self::Unknown { .. } | Self::NoSuch { .. } => "knowledge.unknown_lesson",
            Self::Ambiguous { .. } => "knowledge.ambiguous_id",
            Self::SameText { .. } => "knowledge.same_text",
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
            Self::NoSuch { .. } => "`firstmate lessons list --state all` shows the ids of this project.",
            Self::Ambiguous { .. } => "Give more of the id.",
            Self::SameText { .. } => {
                "Texts stay as they were first recorded. Say what is different, or leave the text as it is."
            }
            Self::NotInForce { .. } => "Use the lesson that is in force now, or leave supersedes out.",
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
