//! What a recording writes, and what the caller is told.

use super::essence::Essence;
use super::projects::Project;
use super::{Knowledge, NewLesson, RecordStatus, Recorded, Related, Result, dedupe, limits, record};
use crate::domain::{Lesson, LessonId, LessonKind, Scope, Timestamp};

impl Knowledge {
    /// What is to be written together for `lesson`, and what the caller is told once it is. Nothing is to be
    /// written when this very call was answered before.
    pub(super) async fn revisions(
        &self,
        scope: &Scope,
        project: &Project,
        lesson: &NewLesson,
    ) -> Result<(Vec<Lesson>, Recorded)> {
        let now = self.clock.now();
        let text_sha256 = dedupe::digest(&lesson.text);
        let essence = Essence::of(&lesson.text);
        let twin = self.twin(scope, project, &text_sha256, &essence).await?;
        if let Some((twin, status)) = twin
            .as_ref()
            .and_then(|twin| Some((twin, dedupe::told_before(twin, lesson)?)))
        {
            let related = match status {
                RecordStatus::Duplicate | RecordStatus::Merged => self.replacement(scope, twin).await?,
                _ => self.related(scope, project, twin, now).await?,
            };
            return Ok((Vec::new(), Recorded::new(twin, status, related)));
        }
        let replaced = match &lesson.supersedes {
            Some(id) => Some(self.replaceable(scope, id, twin.as_ref()).await?),
            None => None,
        };
        let Some(twin) = twin else {
            if let Some(original) = self.original(scope, project, lesson).await? {
                return Ok((Vec::new(), repeated(&original)));
            }
            let id = LessonId::new(self.clock.sortable_id());
            let mut new = record::first_revision(lesson, id, text_sha256, now);
            let status = match (&replaced, lesson.candidate) {
                (Some(_), _) => RecordStatus::Superseded,
                (None, true) => RecordStatus::Candidate,
                (None, false) => RecordStatus::Created,
            };
            let mut related = self.related(scope, project, &new, now).await?;
            let opposed = self.opposed(scope, project, &essence, &new, now).await?;
            if let Some(opposed) = &opposed {
                new.contradicts.push(opposed.id.clone());
                related.retain(|related| related.id != opposed.id);
                let why = "says otherwise about the same; if it is outdated, record this with `supersedes`";
                related.insert(0, Related::new(opposed, why));
            }
            dedupe::remember(&mut new, lesson, status, now);
            return Ok(written(new, replaced, status, related, now));
        };
        let is_echo = is_imported(lesson) || (may_echo(lesson) && project.has_returned(&twin.id));
        let mut confirmed = dedupe::confirm(&twin, lesson, is_echo, now);
        let says_the_same = twin.text_sha256 == text_sha256;
        let status = if let Some(replaced) = &replaced {
            confirmed.supersedes.get_or_insert_with(|| replaced.id.clone());
            RecordStatus::Superseded
        } else if !says_the_same || dedupe::adds_something(&twin, &confirmed) {
            RecordStatus::Merged
        } else {
            RecordStatus::Duplicate
        };
        if is_echo && replaced.is_none() && !dedupe::adds_something(&twin, &confirmed) {
            let answer = if is_imported(lesson) {
                Recorded::new(&twin, RecordStatus::Duplicate, Vec::new())
            } else {
                repeated(&twin)
            };
            return Ok((Vec::new(), answer));
        }
        let mut related = Vec::new();
        if !says_the_same {
            let why = "says the same but for case, punctuation or inflection";
            related.push(Related::new(&twin, why));
        }
        related.extend(self.replacement(scope, &confirmed).await?);
        dedupe::remember(&mut confirmed, lesson, status, now);
        Ok(written(confirmed, replaced, status, related, now))
    }
}

/// `lesson` in its settled form, learned by the caller unless it says by whom.
pub(super) fn settled(scope: &Scope, lesson: NewLesson) -> Result<NewLesson> {
    let mut lesson = limits::checked(lesson)?;
    if lesson.provenance.principal.is_empty() {
        scope.principal().clone_into(&mut lesson.provenance.principal);
    }
    Ok(lesson)
}

/// `lesson` in place of `replaced`, in one write.
fn written(
    lesson: Lesson,
    replaced: Option<Lesson>,
    status: RecordStatus,
    related: Vec<Related>,
    now: Timestamp,
) -> (Vec<Lesson>, Recorded) {
    let recorded = Recorded::new(&lesson, status, related);
    let replaced = replaced.map(|old| record::superseded(old, &lesson.id, now));
    (std::iter::once(lesson).chain(replaced).collect(), recorded)
}

/// The answer to a text that a search had given out: nothing is written, because it confirms nothing.
fn repeated(original: &Lesson) -> Recorded {
    let why = "a search had returned this text; repeating it confirms nothing";
    let related = vec![Related::new(original, why)];
    Recorded::new(original, RecordStatus::Duplicate, related)
}

/// Whether the lesson was read from a file. A file that is read twice, or by two people, says what it says
/// once: it confirms nothing.
fn is_imported(lesson: &NewLesson) -> bool {
    lesson.provenance.source.is_some()
}

/// Whether the lesson may be a mere repetition of what a search gave out: what a rule took from a journal is
/// none, nor is what somebody backs.
pub(super) fn may_echo(lesson: &NewLesson) -> bool {
    lesson.kind == LessonKind::Note && lesson.evidence.is_none()
}
