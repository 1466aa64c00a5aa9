//! Word of what was written, for those who watch it: the stores themselves, with a bell.
//!
//! Told only after the write is acknowledged, so whoever looks then finds it. Only what this process writes is told of,
//! and nobody else writes: it owns the directory.

use std::sync::{Arc, PoisonError, RwLock, Weak};

use async_trait::async_trait;

use super::{Change, Committed, Journal, Lessons, OpenRun, Put, Result, Seq, Stores};
use crate::domain::{Digest, Lesson, LessonId, RunEvent, RunId, Scope};

/// What was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What<'a> {
    /// Something happened in a run, or it was forgotten.
    Run {
        /// The run.
        run: &'a RunId,
        /// Whether it was begun by it, ended, or forgotten: it is in another list of runs than before.
        moved: bool,
    },
    /// Lessons were recorded or changed.
    Lessons(&'a [LessonId]),
}

/// Is told of every write, by whoever writes: it has to be quick.
pub trait Watcher: std::fmt::Debug + Send + Sync {
    /// Something of the scope's project was written.
    fn written(&self, scope: &Scope, what: What<'_>);

    /// Other rules are in force now, for all projects.
    fn rules_changed(&self) {}
}

/// Where watchers are known. Cheap to share.
#[derive(Debug, Clone, Default)]
pub struct News(Arc<RwLock<Vec<Weak<dyn Watcher>>>>);

impl News {
    /// Tells `watcher` from now on, for as long as anybody else keeps it.
    pub fn watch(&self, watcher: Weak<dyn Watcher>) {
        let mut watchers = self.0.write().unwrap_or_else(PoisonError::into_inner);
        watchers.retain(|watcher| watcher.strong_count() > 0);
        watchers.push(watcher);
    }

    /// `stores`, telling of what is written to their journal and lessons.
    #[must_use]
    pub fn over(&self, stores: Stores) -> Stores {
        let news = self.clone();
        Stores {
            journal: Arc::new(Telling(stores.journal, self.clone())),
            lessons: Arc::new(Telling(stores.lessons, news)),
            ..stores
        }
    }

    /// Says that other rules are in force now. They are in no store, and whoever watches wants to know of them as well.
    pub fn rules_changed(&self) {
        let watchers = self.0.read().unwrap_or_else(PoisonError::into_inner);
        for watcher in watchers.iter().filter_map(Weak::upgrade) {
            watcher.rules_changed();
        }
    }

    fn tell(&self, scope: &Scope, what: What<'_>) {
        let watchers = self.0.read().unwrap_or_else(PoisonError::into_inner);
        for watcher in watchers.iter().filter_map(Weak::upgrade) {
            watcher.written(scope, what);
        }
    }
}

/// A store, and who is told.
#[derive(Debug)]
struct Telling<S: ?Sized>(Arc<S>, News);

#[async_trait]
impl Journal for Telling<dyn Journal> {
    async fn commit(&self, change: Change) -> Result<Committed> {
        let (scope, run) = (change.scope.clone(), change.run.clone());
        let moved = change.expected == 0 || change.events.iter().any(RunEvent::ends_run);
        let committed = self.0.commit(change).await?;
        if let Committed::At(_) = committed {
            self.1.tell(&scope, What::Run { run: &run, moved });
        }
        Ok(committed)
    }

    async fn forget(&self, scope: &Scope, runs: Vec<RunId>) -> Result<Vec<RunId>> {
        let forgotten = self.0.forget(scope, runs).await?;
        for run in &forgotten {
            self.1.tell(scope, What::Run { run, moved: true });
        }
        Ok(forgotten)
    }

    async fn replay(&self, scope: &Scope, run: &RunId, after: Seq) -> Result<Vec<RunEvent>> {
        self.0.replay(scope, run, after).await
    }

    async fn unfinished(&self, scope: &Scope, limit: usize) -> Result<Vec<OpenRun>> {
        self.0.unfinished(scope, limit).await
    }

    async fn runs(&self, scope: &Scope, limit: usize) -> Result<Vec<RunId>> {
        self.0.runs(scope, limit).await
    }

    async fn unfinished_anywhere(&self, limit: usize) -> Result<Vec<(Scope, OpenRun)>> {
        self.0.unfinished_anywhere(limit).await
    }

    async fn blob(&self, scope: &Scope, digest: &Digest) -> Result<Option<Vec<u8>>> {
        self.0.blob(scope, digest).await
    }
}

#[async_trait]
impl Lessons for Telling<dyn Lessons> {
    async fn put(&self, scope: &Scope, lessons: Vec<Lesson>) -> Result<Put> {
        let ids: Vec<LessonId> = lessons.iter().map(|lesson| lesson.id.clone()).collect();
        let put = self.0.put(scope, lessons).await?;
        if let Put::At(_) = put {
            self.1.tell(scope, What::Lessons(&ids));
        }
        Ok(put)
    }

    async fn get(&self, scope: &Scope, id: &LessonId) -> Result<Option<Lesson>> {
        self.0.get(scope, id).await
    }

    async fn after(&self, scope: &Scope, after: Seq, limit: usize) -> Result<Vec<(Seq, Lesson)>> {
        self.0.after(scope, after, limit).await
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;
    use crate::store::conformance::{self, Subject};
    use crate::store::memory;

    /// What tells is a store like any other.
    fn subject() -> Subject {
        let stores = News::default().over(memory::stores());
        Subject::new(move || stores.clone())
    }

    conformance::suite!(subject);

    #[derive(Debug, Default)]
    struct Heard(Mutex<Vec<String>>);

    impl Watcher for Heard {
        fn written(&self, scope: &Scope, what: What<'_>) {
            self.0
                .lock()
                .unwrap()
                .push(format!("{} {what:?}", scope.project()));
        }
    }

    #[tokio::test]
    async fn what_is_written_is_told_once_and_what_is_refused_is_not() {
        let (news, heard) = (News::default(), Arc::new(Heard::default()));
        let watcher: Weak<dyn Watcher> = Arc::downgrade(&(Arc::clone(&heard) as Arc<dyn Watcher>));
        news.watch(watcher);
        let stores = news.over(memory::stores());
        let scope = Scope::new("local", "p", "ada").unwrap();
        let change = |expected| Change {
            scope: scope.clone(),
            run: RunId::new("r"),
            expected,
            events: vec![RunEvent::RunCancelled {
                at: "2026-01-01T00:00:00Z".parse().unwrap(),
                reason: "no".to_owned(),
            }],
            blobs: Vec::new(),
            idempotency: None,
            reserve: Vec::new(),
            settle: Vec::new(),
            deliveries: Vec::new(),
        };
        for expected in [7, 0] {
            drop(stores.journal.commit(change(expected)).await.unwrap());
        }
        let told = heard.0.lock().unwrap().clone();
        assert_eq!(told, [r#"p Run { run: RunId("r"), moved: true }"#]);
    }
}
