//! What was learned: recorded once, kept verbatim, found again with the reason why.
//!
//! Lessons live in the store; this module keeps an index of each project in use in memory, a projection
//! of the project's log of revisions that is brought up to date before every call. Nothing one project
//! holds can be seen, counted or weighed in another: there is one index for each.

use std::fmt::Debug;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use crate::clock::Clock;
use crate::domain::lesson::Uses;
use crate::domain::{Lesson, LessonId, Scope};
use crate::store::{Error as StoreError, Lessons, Put};

mod about;
pub mod curate;
mod dedupe;
mod embedding;
mod entries;
mod error;
mod essence;
mod excerpt;
mod fuse;
mod fuzzy;
mod graph;
mod hits;
mod index;
mod instructions;
mod interner;
mod lexical;
mod limits;
mod look;
pub mod notes;
mod opposition;
mod passage;
mod places;
mod postings;
mod projects;
mod query;
mod rank;
mod record;
mod recording;
mod related;
mod returned;
mod search;
mod shelf;
mod spelling;
mod texts;
mod title;
pub mod vector;
mod vocabulary;
mod words;

pub use embedding::EmbeddingProgress;
pub use error::{Error, Result};
pub use fuse::Weights;
pub use hits::{Found, Hit, TermWeight, Why};
pub(crate) use limits::is_hidden;
pub use limits::{
    MAX_CONTEXT_BYTES, MAX_EVIDENCE_BYTES, MAX_TAG_BYTES, MAX_TAGS, MAX_TEXT_BYTES, MAX_TITLE_BYTES,
};
pub use query::{
    DEFAULT_LIMIT, DEFAULT_MAX_TOKENS, MAX_HOPS, MAX_LIMIT, MAX_MAX_TOKENS, MIN_MAX_TOKENS, Mode, Query,
};
pub use record::{NewLesson, RecordStatus, Recorded, Related};

use embedding::Embedding;
use projects::{Project, Projects};
use shelf::Shelf;

/// How often a recording is tried when others change the same lesson in between.
const ATTEMPTS: usize = 4;

/// The lessons of all projects.
#[derive(Debug)]
pub struct Knowledge {
    lessons: Arc<dyn Lessons>,
    clock: Arc<dyn Clock>,
    projects: Projects,
    shelf: Option<Shelf>,
    embedding: Option<Embedding>,
}

impl Knowledge {
    /// Lessons kept in `lessons`. Indexes are built when a project is first used.
    pub fn new(lessons: Arc<dyn Lessons>, clock: Arc<dyn Clock>) -> Self {
        Self {
            lessons,
            clock,
            projects: Projects::default(),
            shelf: None,
            embedding: None,
        }
    }

    /// The same, with indexes kept in `dir` from one process to the next, so that a start need not read all
    /// lessons.
    #[must_use]
    pub fn with_indexes_in(self, dir: PathBuf) -> Self {
        Self {
            shelf: Some(Shelf::new(dir)),
            ..self
        }
    }

    /// Keeps the indexes that have grown: to be called when the process ends. Blocks for as long as it takes.
    pub fn keep(&self) {
        if let Some(shelf) = &self.shelf {
            self.projects.keep(shelf);
        }
    }

    /// Reads what the store has of a project into its index, so that no first search has to.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn prepare(&self, scope: &Scope) -> Result<()> {
        self.refreshed(scope).await?;
        Ok(())
    }

    /// Keeps `lesson`, or confirms the one that has the same text. When it answers, it is kept.
    ///
    /// # Errors
    /// When a field breaks a limit, `supersedes` names a lesson that is unknown or not in force, or the
    /// store fails; nothing was written then.
    pub async fn record(&self, scope: &Scope, lesson: NewLesson) -> Result<Recorded> {
        let lesson = recording::settled(scope, lesson)?;
        let project = self.projects.of(scope);
        let _one_at_a_time = project.recording.lock().await;
        let mut attempts = 0;
        loop {
            project.refresh(&*self.lessons, self.shelf.as_ref()).await?;
            let (writes, recorded) = self.revisions(scope, &project, &lesson).await?;
            if writes.is_empty() {
                return Ok(recorded);
            }
            attempts += 1;
            match self.lessons.put(scope, writes).await? {
                Put::At(_) => {
                    self.wants_vectors(&project);
                    return Ok(recorded);
                }
                Put::Stale(_) if attempts < ATTEMPTS => {}
                Put::Stale(id) => return Err(Error::Contended { id, attempts }),
            }
        }
    }

    /// The lessons of the project that fit the query best.
    ///
    /// # Errors
    /// When the query is too long or the store cannot be read.
    pub async fn search(&self, scope: &Scope, query: &Query) -> Result<Found> {
        let start = self.clock.now();
        let query = query.settled()?;
        let project = self.refreshed(scope).await?;
        let meant = self.meant(&project, &query).await;
        let ranking = {
            let index = project.index();
            let similarities = meant.similarities(&project, &index);
            search::answer(&index, &query, similarities.as_deref(), start)
        };
        let mut found = Vec::with_capacity(ranking.ranked.len());
        let mut unreadable = 0;
        for scored in ranking.ranked {
            match self.readable(scope, &scored.id).await? {
                Some(lesson) => found.push((scored, lesson)),
                None => unreadable += 1,
            }
        }
        project.remember(found.iter().map(|(_, lesson)| lesson));
        let (hits, omitted) = hits::fit(found, query.max_tokens, start);
        Ok(Found {
            hits,
            took: Duration::try_from(self.clock.now().duration_since(start)).unwrap_or_default(),
            total_considered: ranking.total_considered,
            omitted: omitted + unreadable,
            advice: ranking.advice.or(meant.advice),
            embedder: meant.progress,
        })
    }

    /// The lessons in force that bear on a text, at most `limit`, best first, with their titles. It looks at the
    /// rarest words of the text only, for callers that have no time.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn remind(&self, scope: &Scope, text: &str, limit: usize) -> Result<Vec<(LessonId, String)>> {
        let project = self.refreshed(scope).await?;
        let ids = search::reminders(&project.index(), text, limit, self.clock.now());
        let mut reminders = Vec::with_capacity(ids.len());
        for id in ids {
            let lesson = self.readable(scope, &id).await?;
            reminders.extend(lesson.map(|lesson| (lesson.id, lesson.title)));
        }
        Ok(reminders)
    }

    /// Adds to what became of the work that lessons were given to. Ids that the project does not have are
    /// passed over.
    ///
    /// # Errors
    /// When the store fails, or others keep changing the same lessons.
    pub async fn credit(&self, scope: &Scope, used: &[(LessonId, Uses)]) -> Result<()> {
        let project = self.projects.of(scope);
        let _one_at_a_time = project.recording.lock().await;
        let mut attempts = 0;
        loop {
            let mut lessons = Vec::new();
            for (id, uses) in used {
                let lesson = self.readable(scope, id).await?;
                lessons.extend(lesson.map(|lesson| record::credited(lesson, *uses)));
            }
            if lessons.is_empty() {
                return Ok(());
            }
            attempts += 1;
            match self.lessons.put(scope, lessons).await? {
                Put::At(_) => return Ok(()),
                Put::Stale(_) if attempts < ATTEMPTS => {}
                Put::Stale(id) => return Err(Error::Contended { id, attempts }),
            }
        }
    }

    /// The newest revision of a lesson, whatever its state; `None` when the project has none such.
    ///
    /// # Errors
    /// When the store cannot be read or the record is damaged.
    pub async fn get(&self, scope: &Scope, id: &LessonId) -> Result<Option<Lesson>> {
        Ok(self.lessons.get(scope, id).await?)
    }

    /// The project with all that the store has of it in its index.
    async fn refreshed(&self, scope: &Scope) -> Result<Arc<Project>> {
        let project = self.projects.of(scope);
        project.refresh(&*self.lessons, self.shelf.as_ref()).await?;
        Ok(project)
    }

    /// The lesson, unless its record is damaged: that must not keep others from being found or recorded.
    async fn readable(&self, scope: &Scope, id: &LessonId) -> Result<Option<Lesson>> {
        match self.lessons.get(scope, id).await {
            Err(StoreError::Damaged { .. }) => Ok(None),
            read => Ok(read?),
        }
    }
}

#[cfg(test)]
mod tests;
