//! Lessons: one log of revisions per organisation, read by project, and the newest revision of each.

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use super::draft::{self, Draft};
use super::{Database, Reader, failed, keys};
use crate::domain::{Lesson, LessonId, Scope};
use crate::store::news::What;
use crate::store::{Lessons, Put, Result, Seq};

/// The newest revision of a lesson and where it is.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
pub(super) struct Newest {
    pub(super) revision: u32,
    pub(super) seq: Seq,
}

#[async_trait]
impl Lessons for Database {
    async fn put(&self, scope: &Scope, lessons: Vec<Lesson>) -> Result<Put> {
        let ids: Vec<LessonId> = lessons.iter().map(|lesson| lesson.id.clone()).collect();
        let whose = scope.clone();
        let put = self
            .writer
            .write(move |draft| put(draft, &whose, &lessons))
            .await?;
        if let Put::At(_) = put {
            self.news.tell(scope, What::Lessons(&ids));
        }
        Ok(put)
    }

    async fn get(&self, scope: &Scope, id: &LessonId) -> Result<Option<Lesson>> {
        let tree: &sled::Tree = &self.reader.db;
        match draft::read::<Newest>(tree, &keys::newest(scope, id))? {
            Some(newest) => draft::read(tree, &keys::lessons(scope).at(newest.seq)),
            None => Ok(None),
        }
    }

    async fn after(&self, scope: &Scope, after: Seq, limit: usize) -> Result<Vec<(Seq, Lesson)>> {
        let lessons = keys::lessons(scope);
        let scan = move |reader: &Reader| reader.lessons(&lessons, after, limit);
        self.reader.scan(limit as u64, scan).await
    }
}

impl Reader {
    fn lessons(&self, lessons: &keys::Key, after: Seq, limit: usize) -> Result<Vec<(Seq, Lesson)>> {
        let from = lessons.at(after.saturating_add(1));
        let to = lessons.at(Seq::MAX);
        let mut found = Vec::new();
        for record in self.db.range(from.as_ref()..=to.as_ref()) {
            if found.len() == limit {
                break;
            }
            let (key, value) = record.map_err(failed("read"))?;
            let lesson = self.skip_damaged(draft::decode(&*self.db, &key, &value))?;
            found.extend(keys::last_number(&key).zip(lesson));
        }
        Ok(found)
    }
}

fn put(draft: &mut Draft<'_>, scope: &Scope, lessons: &[Lesson]) -> Result<Put> {
    let mut seq = draft.last(&keys::log(scope))?;
    for lesson in lessons {
        let stored: Option<Newest> = draft::read(draft, &keys::newest(scope, &lesson.id))?;
        if stored.unwrap_or_default().revision.checked_add(1) != Some(lesson.revision) {
            return Ok(draft.refuse(Put::Stale(lesson.id.clone())));
        }
        seq += 1;
        write(draft, scope, seq, lesson)?;
    }
    Ok(Put::At(seq))
}

/// Writes a revision under a number that is free.
pub(super) fn write(draft: &mut Draft<'_>, scope: &Scope, seq: Seq, lesson: &Lesson) -> Result<()> {
    draft.write(keys::log(scope).at(seq), &scope.project())?;
    draft.write(keys::lessons(scope).at(seq), lesson)?;
    let newest = Newest {
        revision: lesson.revision,
        seq,
    };
    draft.write(keys::newest(scope, &lesson.id), &newest)
}
