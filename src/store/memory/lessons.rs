//! Lessons, and where embedders place them.

use std::collections::HashMap;
use std::ops::Bound;

use async_trait::async_trait;

use super::Memory;
use crate::domain::{Lesson, LessonId, Scope};
use crate::store::news::What;
use crate::store::{Embedded, Embeddings, Lessons, Put, Result, Seq};

#[async_trait]
impl Lessons for Memory {
    async fn put(&self, scope: &Scope, lessons: Vec<Lesson>) -> Result<Put> {
        let mut orgs = self.lock();
        let org = orgs.entry(scope.org().to_owned()).or_default();
        let project = org.projects.entry(scope.project().to_owned()).or_default();
        let mut newest = HashMap::new();
        for lesson in &lessons {
            let stored = newest
                .get(&lesson.id)
                .copied()
                .or_else(|| project.newest.get(&lesson.id).map(|stored| stored.revision))
                .unwrap_or(0);
            if stored.checked_add(1) != Some(lesson.revision) {
                return Ok(Put::Stale(lesson.id.clone()));
            }
            newest.insert(&lesson.id, lesson.revision);
        }
        let ids: Vec<LessonId> = lessons.iter().map(|lesson| lesson.id.clone()).collect();
        for lesson in lessons {
            org.last_lesson += 1;
            project.newest.insert(lesson.id.clone(), lesson.clone());
            project.lessons.insert(org.last_lesson, lesson);
        }
        let last = org.last_lesson;
        drop(orgs);
        self.news.tell(scope, What::Lessons(&ids));
        Ok(Put::At(last))
    }

    async fn get(&self, scope: &Scope, id: &LessonId) -> Result<Option<Lesson>> {
        Ok(self.read(scope, |project| project.newest.get(id).cloned()))
    }

    async fn after(&self, scope: &Scope, after: Seq, limit: usize) -> Result<Vec<(Seq, Lesson)>> {
        Ok(self.read(scope, |project| {
            let later = project.lessons.range(after.saturating_add(1)..).take(limit);
            later.map(|(seq, lesson)| (*seq, lesson.clone())).collect()
        }))
    }
}

#[async_trait]
impl Embeddings for Memory {
    async fn put(&self, scope: &Scope, embedder: &str, vectors: Vec<Embedded>) -> Result<()> {
        self.write(scope, |project| {
            let kept = project.embeddings.entry(embedder.to_owned()).or_default();
            kept.extend(vectors);
        });
        Ok(())
    }

    async fn of_project(
        &self,
        scope: &Scope,
        embedder: &str,
        after: Option<&LessonId>,
        limit: usize,
    ) -> Result<Vec<Embedded>> {
        let from = after.map_or(Bound::Unbounded, Bound::Excluded);
        Ok(self.read(scope, |project| {
            let kept = project.embeddings.get(embedder);
            let later = kept.map(|kept| kept.range::<LessonId, _>((from, Bound::Unbounded)));
            let page = later.into_iter().flatten().take(limit);
            page.map(|(id, vector)| (id.clone(), vector.clone())).collect()
        }))
    }
}
