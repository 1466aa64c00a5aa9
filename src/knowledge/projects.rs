//! The projects whose lessons are indexed in memory.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use super::embedding::Coverage;
use super::index::Index;
use super::returned::Returned;
use super::shelf::Shelf;
use crate::domain::{Lesson, LessonId, Scope};
use crate::store::{self, Lessons, Seq};

/// So many indexes stay in memory, the most recently used; a call to another project reads its log again.
pub(super) const MAX_LOADED: usize = 64;
/// So many revisions are indexed before other tasks of the thread get their turn.
const PAGE: usize = 128;
/// An index is kept while the process runs when so many revisions came since it was last kept, and so
/// large a share of what there is: then a crash costs little, and keeping it costs little of the time.
const KEEP_AFTER: u64 = 5_000;
const KEEP_AFTER_SHARE: u64 = 16;
/// At the end of the process an index is kept that so many revisions would have to be read for.
const KEEP_AT_END: u64 = 200;

/// The loaded projects, the most recently used last.
#[derive(Debug, Default)]
pub(super) struct Projects {
    loaded: Mutex<Vec<(Key, Arc<Project>)>>,
}

/// Organisation and project: the principal does not part lessons.
type Key = (String, String);

/// One project's index and what keeps it in step with the store.
#[derive(Debug)]
pub(super) struct Project {
    scope: Scope,
    /// Held while a lesson is recorded, so that two of the same text cannot both be the first.
    pub(super) recording: tokio::sync::Mutex<()>,
    /// Held while the log is read, so that a cold index is loaded once; whether it was.
    refreshing: tokio::sync::Mutex<bool>,
    index: RwLock<Index>,
    /// What an embedder has placed. Who needs both locks takes that of the index first.
    coverage: RwLock<Coverage>,
    /// The last revision in the index that was kept.
    kept: AtomicU64,
    /// The last revision when keeping it was last begun, whether or not that succeeded.
    tried: AtomicU64,
    /// Held while the index is kept.
    keeping: Mutex<()>,
    returned: Mutex<Returned>,
}

impl Projects {
    /// The project of `scope`, empty when it was not loaded.
    pub(super) fn of(&self, scope: &Scope) -> Arc<Project> {
        let mut loaded = lock(&self.loaded);
        let known = loaded
            .iter()
            .position(|((org, project), _)| org == scope.org() && project == scope.project());
        let entry = match known {
            Some(at) => loaded.remove(at),
            None => {
                let key = (scope.org().to_owned(), scope.project().to_owned());
                (key, Arc::new(Project::new(scope.clone())))
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

    /// Keeps every index that has grown since it was kept.
    pub(super) fn keep(&self, shelf: &Shelf) {
        let projects: Vec<Arc<Project>> = lock(&self.loaded)
            .iter()
            .map(|(_, project)| project.clone())
            .collect();
        for project in projects {
            // One that another thread is still busy with would end with the process, half written.
            drop(lock(&project.keeping));
            if project.since(&project.kept) >= KEEP_AT_END {
                project.keep(shelf);
            }
        }
    }

    #[cfg(test)]
    pub(super) fn loaded(&self) -> usize {
        self.loaded.lock().unwrap().len()
    }
}

impl Project {
    fn new(scope: Scope) -> Self {
        Self {
            scope,
            recording: tokio::sync::Mutex::default(),
            refreshing: tokio::sync::Mutex::default(),
            index: RwLock::default(),
            coverage: RwLock::default(),
            kept: AtomicU64::new(0),
            tried: AtomicU64::new(0),
            keeping: Mutex::default(),
            returned: Mutex::default(),
        }
    }

    /// Reads what was written since the last time, the first time on top of the index that was kept.
    pub(super) async fn refresh(
        self: &Arc<Self>,
        lessons: &dyn Lessons,
        shelf: Option<&Shelf>,
    ) -> store::Result<()> {
        let mut is_loaded = self.refreshing.lock().await;
        if !*is_loaded {
            if let Some(shelf) = shelf {
                self.load(lessons, shelf).await?;
            }
            *is_loaded = true;
            self.index_mut().put_off();
        }
        loop {
            let last = self.index().last();
            let page = lessons.after(&self.scope, last, PAGE).await?;
            {
                let mut index = self.index_mut();
                if page.len() == PAGE {
                    index.put_off();
                }
                for (seq, lesson) in &page {
                    index.apply(*seq, lesson);
                }
                if index.last() == last {
                    break;
                }
            }
            if page.len() < PAGE {
                break;
            }
            tokio::task::yield_now().await;
        }
        while self.index().has_put_off() {
            self.index_mut().make_up();
            tokio::task::yield_now().await;
        }
        if let Some(shelf) = shelf {
            self.keep_when_due(shelf);
        }
        Ok(())
    }

    /// Takes the index that was kept, if it belongs to what is in the store.
    async fn load(&self, lessons: &dyn Lessons, shelf: &Shelf) -> store::Result<()> {
        let (shelf, scope) = (shelf.clone(), self.scope.clone());
        let Ok(Some(index)) = tokio::task::spawn_blocking(move || shelf.load(&scope)).await else {
            return Ok(());
        };
        let last = index.last();
        let newest = lessons.after(&self.scope, last.saturating_sub(1), 1).await?;
        if newest
            .first()
            .is_some_and(|(seq, lesson)| index.ends_with(*seq, lesson))
        {
            self.kept.store(last, Ordering::Relaxed);
            *self.index_mut() = index;
        } else {
            tracing::warn!("a kept index is not of this store; it is built again");
        }
        Ok(())
    }

    fn keep_when_due(self: &Arc<Self>, shelf: &Shelf) {
        let (last, live) = {
            let index = self.index();
            (index.last(), index.live())
        };
        let unkept = self.since(&self.kept).min(self.since(&self.tried));
        if unkept < KEEP_AFTER.max(live / KEEP_AFTER_SHARE) {
            return;
        }
        // Not again until as many have come, whether or not this succeeds.
        self.tried.store(last, Ordering::Relaxed);
        let (project, shelf) = (Arc::clone(self), shelf.clone());
        drop(tokio::task::spawn_blocking(move || project.keep(&shelf)));
    }

    fn keep(&self, shelf: &Shelf) {
        let _one_at_a_time = lock(&self.keeping);
        let (last, bytes) = {
            let index = self.index();
            (index.last(), index.to_bytes())
        };
        match shelf.keep(&self.scope, &bytes) {
            Ok(()) => self.kept.store(last, Ordering::Relaxed),
            Err(error) => {
                tracing::warn!(%error, "the index could not be kept; the next start reads all lessons");
            }
        }
    }

    /// How many revisions came after one of them.
    fn since(&self, revision: &AtomicU64) -> Seq {
        self.index()
            .last()
            .saturating_sub(revision.load(Ordering::Relaxed))
    }

    /// These lessons were given out.
    pub(super) fn remember<'a>(&self, lessons: impl Iterator<Item = &'a Lesson>) {
        let mut returned = lock(&self.returned);
        lessons.for_each(|lesson| returned.remember(&lesson.id, &lesson.text));
    }

    /// Whether the lesson was given out lately.
    pub(super) fn has_returned(&self, id: &LessonId) -> bool {
        lock(&self.returned).has(id)
    }

    /// The lesson given out lately that `text` repeats.
    pub(super) fn original(&self, text: &str) -> Option<LessonId> {
        lock(&self.returned).original(text).cloned()
    }

    /// Whose lessons these are; the principal does not matter.
    pub(super) fn scope(&self) -> &Scope {
        &self.scope
    }

    /// What an embedder has placed.
    pub(super) fn coverage(&self) -> RwLockReadGuard<'_, Coverage> {
        self.coverage.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// The same, to add to it.
    pub(super) fn coverage_mut(&self) -> RwLockWriteGuard<'_, Coverage> {
        self.coverage.write().unwrap_or_else(PoisonError::into_inner)
    }

    fn index_mut(&self) -> RwLockWriteGuard<'_, Index> {
        self.index.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// The index as of the last refresh.
    pub(super) fn index(&self) -> RwLockReadGuard<'_, Index> {
        self.index.read().unwrap_or_else(PoisonError::into_inner)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
