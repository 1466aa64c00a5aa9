//! The seams of what was learned, and of where it lies by its meaning.

use async_trait::async_trait;

use super::{Result, Seq};
use crate::domain::{Lesson, LessonId, Scope};

/// What became of a write of lessons.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Put {
    /// Written; the last one has this number in the organisation's log.
    At(Seq),
    /// Nothing was written: this lesson's stored revision is not one less than the given one.
    Stale(LessonId),
}

/// What was learned. Every write of a lesson is a new revision; the log of revisions is the truth.
#[async_trait]
pub trait Lessons: std::fmt::Debug + Send + Sync {
    /// Writes all of `lessons` or none. Each must have the revision that follows the stored one (1 for a
    /// new lesson).
    ///
    /// # Errors
    /// When the store cannot write.
    async fn put(&self, scope: &Scope, lessons: Vec<Lesson>) -> Result<Put>;

    /// The newest revision of a lesson of the project.
    ///
    /// # Errors
    /// When the store cannot be read or the record is damaged.
    async fn get(&self, scope: &Scope, id: &LessonId) -> Result<Option<Lesson>>;

    /// The revisions of the project's lessons written after number `after`, in order of writing, with
    /// their numbers, at most `limit`. Damaged records are skipped and counted in the store's report.
    ///
    /// # Errors
    /// When the store cannot be read.
    async fn after(&self, scope: &Scope, after: Seq, limit: usize) -> Result<Vec<(Seq, Lesson)>>;
}

/// A lesson and where it lies by its meaning: a direction in steps, of as many dimensions as the embedder
/// gives.
pub type Embedded = (LessonId, Vec<i8>);

/// Where lessons lie by their meaning, in the words of embedders: each has vectors of its own, which are
/// never mixed.
///
/// All of it can be had again from the lessons and the embedder. So it is in no export, and whatever is made
/// from one (an import, a compaction, a database restored after damage) begins without it.
#[async_trait]
pub trait Embeddings: std::fmt::Debug + Send + Sync {
    /// Keeps the vectors that `embedder` gave these lessons of the project, in place of earlier ones of the
    /// same embedder. All of them or none.
    ///
    /// # Errors
    /// When the store cannot write.
    async fn put(&self, scope: &Scope, embedder: &str, vectors: Vec<Embedded>) -> Result<()>;

    /// The vectors that `embedder` gave the lessons of the project, at most `limit`, in an order that stays
    /// the same; from the start, or those behind lesson `after`. Damaged records are skipped and counted in
    /// the store's report.
    ///
    /// # Errors
    /// When the store cannot be read.
    async fn of_project(
        &self,
        scope: &Scope,
        embedder: &str,
        after: Option<&LessonId>,
        limit: usize,
    ) -> Result<Vec<Embedded>>;
}
