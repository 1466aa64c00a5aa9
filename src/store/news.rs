//! Word of what was written, for those who watch it: what it was, or only that something was.
//!
//! Told only after the write is acknowledged, so whoever looks then finds it. Only what this process writes is told of,
//! and nobody else writes: it owns the directory.

use std::sync::{Arc, PoisonError, RwLock, Weak};

use serde::Serialize;
use tokio::sync::watch;

use crate::domain::{LessonId, RunId, Scope};

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

/// How often each kind of thing was written since the store was opened. Only that a number changed means something.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Changes {
    /// Runs.
    pub runs: u64,
    /// Lessons.
    pub lessons: u64,
    /// Routing decisions, and what became of them.
    pub routes: u64,
    /// What policy decided.
    pub decisions: u64,
}

/// Where watchers are known; a store tells by it. Cheap to share.
#[derive(Debug, Clone, Default)]
pub struct News(Arc<Known>);

#[derive(Debug, Default)]
struct Known {
    watchers: RwLock<Vec<Weak<dyn Watcher>>>,
    changes: watch::Sender<Changes>,
}

impl News {
    /// Tells `watcher` from now on, for as long as anybody else keeps it.
    pub fn watch(&self, watcher: Weak<dyn Watcher>) {
        let mut watchers = self.0.watchers.write().unwrap_or_else(PoisonError::into_inner);
        watchers.retain(|watcher| watcher.strong_count() > 0);
        watchers.push(watcher);
    }

    /// That something was written, for who looks again then.
    #[must_use]
    pub fn changes(&self) -> watch::Receiver<Changes> {
        self.0.changes.subscribe()
    }

    /// Says that other rules are in force now. They are in no store, and whoever watches wants to know of them as well.
    pub fn rules_changed(&self) {
        self.each(|watcher| watcher.rules_changed());
    }

    /// Says what was written.
    pub(super) fn tell(&self, scope: &Scope, what: What<'_>) {
        self.each(|watcher| watcher.written(scope, what));
        self.count(|changes| match what {
            What::Run { .. } => &mut changes.runs,
            What::Lessons(_) => &mut changes.lessons,
        });
    }

    /// Says that something of the kind was written: of what there is one for each call nobody asks which it was.
    pub(super) fn count(&self, kind: impl FnOnce(&mut Changes) -> &mut u64) {
        self.0.changes.send_modify(|changes| {
            let count = kind(changes);
            *count = count.wrapping_add(1);
        });
    }

    fn each(&self, tell: impl Fn(&dyn Watcher)) {
        let watchers = self.0.watchers.read().unwrap_or_else(PoisonError::into_inner);
        watchers
            .iter()
            .filter_map(Weak::upgrade)
            .for_each(|watcher| tell(&*watcher));
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;
    use crate::domain::RunEvent;
    use crate::store::{Change, memory};

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
        let stores = memory::telling(&news);
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
        assert_eq!(news.changes().borrow().runs, 1);
    }
}
