//! A store for tests: a log of revisions in memory, that can be told to fail.

use std::collections::BTreeMap;
use std::sync::Mutex;

use async_trait::async_trait;

use super::*;
use crate::store::Seq;

/// The smallest thing that can be called a store.
#[derive(Debug, Default)]
pub(super) struct Log {
    pub(super) kept: Mutex<Kept>,
    /// So many puts are answered as if another process had been faster.
    pub(super) stale: Mutex<usize>,
    /// This one cannot be read.
    pub(super) damaged: Mutex<Option<LessonId>>,
    /// So many revisions of the log were read.
    pub(super) read: Mutex<usize>,
}

#[derive(Debug, Default)]
pub(super) struct Kept {
    pub(super) revisions: Vec<(String, Lesson)>,
    newest: BTreeMap<(String, LessonId), Lesson>,
}

impl Log {
    pub(super) fn newest(&self, scope: &Scope) -> Vec<Lesson> {
        let kept = self.kept.lock().unwrap();
        let ours = kept
            .newest
            .iter()
            .filter(|((project, _), _)| project == scope.project());
        ours.map(|(_, lesson)| lesson.clone()).collect()
    }
}

#[async_trait]
impl Lessons for Log {
    async fn put(&self, scope: &Scope, lessons: Vec<Lesson>) -> store::Result<Put> {
        tokio::task::yield_now().await;
        let mut kept = self.kept.lock().unwrap();
        let mut stale = self.stale.lock().unwrap();
        let key = |lesson: &Lesson| (scope.project().to_owned(), lesson.id.clone());
        for lesson in &lessons {
            let before = kept.newest.get(&key(lesson)).map_or(0, |stored| stored.revision);
            if *stale > 0 || lesson.revision != before + 1 {
                *stale = stale.saturating_sub(1);
                return Ok(Put::Stale(lesson.id.clone()));
            }
        }
        for lesson in lessons {
            kept.revisions.push((scope.project().to_owned(), lesson.clone()));
            kept.newest.insert(key(&lesson), lesson);
        }
        Ok(Put::At(kept.revisions.len() as Seq))
    }

    async fn get(&self, scope: &Scope, id: &LessonId) -> store::Result<Option<Lesson>> {
        if self.damaged.lock().unwrap().as_ref() == Some(id) {
            let (record, detail) = (id.to_string(), "checksum".to_owned());
            return Err(store::Error::Damaged { record, detail });
        }
        let kept = self.kept.lock().unwrap();
        Ok(kept
            .newest
            .get(&(scope.project().to_owned(), id.clone()))
            .cloned())
    }

    async fn after(&self, scope: &Scope, after: Seq, limit: usize) -> store::Result<Vec<(Seq, Lesson)>> {
        let kept = self.kept.lock().unwrap();
        let later = (1..).zip(&kept.revisions).skip(after as usize);
        let ours = later.filter(|(_, (project, _))| project == scope.project());
        let page: Vec<_> = ours
            .map(|(seq, (_, lesson))| (seq, lesson.clone()))
            .take(limit)
            .collect();
        *self.read.lock().unwrap() += page.len();
        Ok(page)
    }
}
