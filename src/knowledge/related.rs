//! The lessons that a text has to do with: that say the same, much of it or the contrary, and that it may replace.

use super::essence::Essence;
use super::projects::Project;
use super::recording::may_echo;
use super::{Error, Knowledge, NewLesson, Related, Result, opposition, search};
use crate::domain::{Digest, Lesson, LessonId, LessonState, Scope, Timestamp};

/// More replacements in a row are not followed.
const MAX_CHAIN: usize = 64;

impl Knowledge {
    /// The lesson that says the same as a text with this digest and this essence.
    pub(super) async fn twin(
        &self,
        scope: &Scope,
        project: &Project,
        text_sha256: &Digest,
        essence: &Essence,
    ) -> Result<Option<Lesson>> {
        let (exact, alike) = {
            let index = project.index();
            (index.twin(text_sha256), index.same_essence(essence))
        };
        // The index compares parts of digests only.
        if let Some(id) = exact
            && let Some(lesson) = self.readable(scope, &id).await?
            && lesson.text_sha256 == *text_sha256
        {
            return Ok(Some(lesson));
        }
        let Some(id) = alike else { return Ok(None) };
        let lesson = self.readable(scope, &id).await?;
        Ok(lesson.filter(|lesson| Essence::of(&lesson.text).is_same(essence)))
    }

    /// The lesson that a text repeats which a search gave out.
    pub(super) async fn original(
        &self,
        scope: &Scope,
        project: &Project,
        new: &NewLesson,
    ) -> Result<Option<Lesson>> {
        if !may_echo(new) || new.supersedes.is_some() {
            return Ok(None);
        }
        match project.original(&new.text) {
            Some(id) => self.readable(scope, &id).await,
            None => Ok(None),
        }
    }

    /// The newest lesson in force that says the same as `new` but for a number or a negation.
    pub(super) async fn opposed(
        &self,
        scope: &Scope,
        project: &Project,
        essence: &Essence,
        new: &Lesson,
        now: Timestamp,
    ) -> Result<Option<Lesson>> {
        let Some(id) = project.index().same_shape(essence) else {
            return Ok(None);
        };
        if new.supersedes.as_ref() == Some(&id) {
            return Ok(None);
        }
        let lesson = self.readable(scope, &id).await?;
        Ok(lesson.filter(|lesson| {
            lesson.state_at(now) == LessonState::Active
                && Essence::of(&lesson.text).shape == essence.shape
                && opposition::contradict(&lesson.text, &new.text)
        }))
    }

    /// The lesson `id`, if a text may take its place that so far belongs to `twin`, or to none.
    pub(super) async fn replaceable(
        &self,
        scope: &Scope,
        id: &LessonId,
        twin: Option<&Lesson>,
    ) -> Result<Lesson> {
        let Some(lesson) = self.lessons.get(scope, id).await? else {
            return Err(Error::Unknown { id: id.clone() });
        };
        if let Some(twin) = twin {
            if self.leads_to(scope, twin, id).await? {
                return Err(Error::Circular {
                    id: twin.id.clone(),
                    supersedes: id.clone(),
                });
            }
            in_force(twin)?;
        }
        in_force(&lesson)?;
        Ok(lesson)
    }

    /// Whether `id` is `lesson` or replaced it, directly or through others.
    async fn leads_to(&self, scope: &Scope, lesson: &Lesson, id: &LessonId) -> Result<bool> {
        let mut at = lesson.id.clone();
        let mut next = lesson.superseded_by.clone();
        for _ in 0..MAX_CHAIN {
            if at == *id {
                return Ok(true);
            }
            let Some(by) = next else { break };
            let replacement = self.readable(scope, &by).await?;
            next = replacement.and_then(|lesson| lesson.superseded_by);
            at = by;
        }
        Ok(false)
    }

    /// Lessons in force that share much of their rarer words with `new`.
    pub(super) async fn related(
        &self,
        scope: &Scope,
        project: &Project,
        new: &Lesson,
        now: Timestamp,
    ) -> Result<Vec<Related>> {
        let alike = search::alike(&project.index(), new, now);
        let mut related = Vec::new();
        for (id, why) in alike {
            related.extend(self.titled(scope, &id, why).await?);
        }
        Ok(related)
    }

    /// What took the place of `lesson`, if anything did.
    pub(super) async fn replacement(&self, scope: &Scope, lesson: &Lesson) -> Result<Vec<Related>> {
        let Some(by) = &lesson.superseded_by else {
            return Ok(Vec::new());
        };
        let titled = self.titled(scope, by, "replaced this lesson".to_owned()).await?;
        Ok(titled.into_iter().collect())
    }

    /// The lesson `id`, named for the reason `why`, unless it cannot be read.
    pub(super) async fn titled(&self, scope: &Scope, id: &LessonId, why: String) -> Result<Option<Related>> {
        let lesson = self.readable(scope, id).await?;
        Ok(lesson.map(|lesson| Related::new(&lesson, why)))
    }
}

/// Refuses a lesson that is not in force any more.
pub(super) fn in_force(lesson: &Lesson) -> Result<()> {
    let how = match (lesson.state, &lesson.superseded_by) {
        (LessonState::Active | LessonState::Candidate, _) => return Ok(()),
        (LessonState::Superseded, Some(by)) => format!("superseded by {by}"),
        (LessonState::Superseded, None) => "superseded".to_owned(),
        (LessonState::Retracted, _) => "retracted".to_owned(),
        (LessonState::Expired, _) => "expired".to_owned(),
    };
    Err(Error::NotInForce {
        id: lesson.id.clone(),
        how,
    })
}
