//! Things that lessons are about and that tie them together.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// What sort of thing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum EntityKind {
    /// A lesson, by its id.
    Lesson,
    /// A run, by its id.
    Run,
    /// A kind of task, as routing names it.
    TaskType,
    /// A file, by its path as it was written.
    File,
    /// A tool, such as `validate_output` or `cargo`.
    Tool,
    /// A model, by its id in the catalogue.
    Model,
    /// A label.
    Tag,
}

impl EntityKind {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::Lesson,
        Self::Run,
        Self::TaskType,
        Self::File,
        Self::Tool,
        Self::Model,
        Self::Tag,
    ];

    /// The name before the colon.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Lesson => "lesson",
            Self::Run => "run",
            Self::TaskType => "task_type",
            Self::File => "file",
            Self::Tool => "tool",
            Self::Model => "model",
            Self::Tag => "tag",
        }
    }
}

/// One thing, written `kind:name`, such as `file:src/main.rs`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Entity {
    /// What sort of thing.
    pub kind: EntityKind,
    /// Its name, not empty.
    pub name: String,
}

impl Entity {
    /// The thing of that name.
    pub fn new(kind: EntityKind, name: impl Into<String>) -> Self {
        Self {
            kind,
            name: name.into(),
        }
    }
}

impl fmt::Display for Entity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.kind.as_str(), self.name)
    }
}

impl From<Entity> for String {
    fn from(entity: Entity) -> Self {
        entity.to_string()
    }
}

impl TryFrom<String> for Entity {
    type Error = UnknownEntity;

    fn try_from(text: String) -> Result<Self, UnknownEntity> {
        text.parse()
    }
}

impl FromStr for Entity {
    type Err = UnknownEntity;

    fn from_str(text: &str) -> Result<Self, UnknownEntity> {
        let unknown = || UnknownEntity {
            given: text.chars().take(80).collect(),
        };
        let (kind, name) = text.split_once(':').ok_or_else(unknown)?;
        let kind = EntityKind::ALL
            .into_iter()
            .find(|known| known.as_str() == kind.trim());
        match (kind, name.trim()) {
            (Some(kind), name) if !name.is_empty() => Ok(Self::new(kind, name)),
            _ => Err(unknown()),
        }
    }
}

/// A text that names no thing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{given}` names no thing; write kind:name, such as file:src/main.rs (lesson, run, task_type, file, tool, model, tag)"
)]
pub struct UnknownEntity {
    /// What was given, cut.
    pub given: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thing_is_written_and_read_alike() {
        for kind in EntityKind::ALL {
            let entity = Entity::new(kind, "a:b c");
            assert_eq!(entity.to_string().parse(), Ok(entity));
        }
    }

    #[test]
    fn what_names_nothing_is_refused_with_an_example() {
        for text in ["", "file", "file:", "planet:mars"] {
            let error = text.parse::<Entity>().unwrap_err().to_string();
            assert!(error.contains("file:src/main.rs"), "{error}");
        }
    }
}
