//! The projects whose lessons are indexed in memory.

use std::sync::{Arc, Mutex, PoisonError, RwLock, RwLockReadGuard};

use crate::domain::{Lesson, LessonId, Scope};
use crate::store::{self, Lessons};

use super::index::Index;
use super::returned::Returned;

/// So many indexes stay in memory, the most recently used; a call to another project reads its log again.
pub(super) const MAX_LOADED: usize = 64;
/// So many revisions are indexed before other tasks of the thread get their turn.
const PAGE: usize = 128;

/// The loaded projects, the most recently used last.
#[derive(Debug, Default)]
pub(super) struct Projects {
    loaded: Mutex<Vec<(Key, Arc<Project>)>>,
}

/// Organisation and project: the principal does not part lessons.
type Key = (String, String);

/// One project's index and what keeps it in step with the store.
#[derive(Debug, Default)]
pub(super) struct Project {
    /// Held while a lesson is recorded, so that two of the same text cannot both be the first.
    pub(super) recording: tokio::sync::Mutex<()>,
    /// Held while the log is read, so that a cold index is loaded once.
    refreshing: tokio::sync::Mutex<()>,
    index: RwLock<Index>,
    returned: Mutex<Returned>,
}

impl Projects {
    /// The project of `scope`, empty when it was not loaded.
    pub(super) fn of(&self, scope: &Scope) -> Arc<Project> {
        let mut loaded = self.loaded.lock().unwrap_or_else(PoisonError::into_inner);
        let known = loaded
            .iter()
            .position(|((org, project), _)| org == scope.org() && project == scope.project());
        let entry = match known {
            Some(at) => loaded.remove(at),
            None => {
                let key = (scope.org().to_owned(), scope.project().to_owned());
                (key, Arc::default())
            }
        };
        if loaded.len() >= MAX_LOADED {
            // One in use must stay: its lock is what keeps a second writer out.
            if let Some(idle) = loaded
                .iter()
                .position(|(_, project)| Arc::strong_count(project) == 1)
            {
                loaded.remove(idle);
            }
        }
        let project = entry.1.clone();
        loaded.push(entry);
        project
    }

    #[cfg(test)]
    pub(super) fn loaded(&self) -> usize {
        self.loaded.lock().unwrap().len()
    }
}

impl Project {
    /// Reads what was written since the last time.
    pub(super) async fn refresh(&self, lessons: &dyn Lessons, scope: &Scope) -> store::Result<()> {
        let _one_at_a_time = self.refreshing.lock().await;
        loop {
            let last = self.index().last();
            let page = lessons.after(scope, last, PAGE).await?;
            {
                let mut index = self.index.write().unwrap_or_else(PoisonError::into_inner);
                for (seq, lesson) in &page {
                    index.apply(*seq, lesson);
                }
                if index.last() == last {
                    return Ok(());
                }
            }
            tokio::task::yield_now().await;
        }
    }

    /// These lessons were given out.
    pub(super) fn remember<'a>(&self, lessons: impl Iterator<Item = &'a Lesson>) {
        let mut returned = self.returned.lock().unwrap_or_else(PoisonError::into_inner);
        lessons.for_each(|lesson| returned.remember(&lesson.id, &lesson.text));
    }

    /// Whether the lesson was given out lately.
    pub(super) fn has_returned(&self, id: &LessonId) -> bool {
        self.returned
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .has(id)
    }

    /// The lesson given out lately that `text` repeats.
    pub(super) fn original(&self, text: &str) -> Option<LessonId> {
        let returned = self.returned.lock().unwrap_or_else(PoisonError::into_inner);
        returned.original(text).cloned()
    }

    /// The index as of the last refresh.
    pub(super) fn index(&self) -> RwLockReadGuard<'_, Index> {
        self.index.read().unwrap_or_else(PoisonError::into_inner)
    }
}
