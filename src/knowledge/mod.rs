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
use crate::domain::{Digest, Lesson, LessonId, LessonKind, LessonState, Scope, Timestamp};
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
mod index;
mod instructions;
mod interner;
mod lexical;
mod look;
pub mod notes;
mod opposition;
mod passage;
mod places;
mod postings;
mod projects;
mod rank;
mod record;
mod returned;
mod search;
mod shelf;
mod spelling;
mod texts;
pub mod vector;
mod vocabulary;
mod words;

pub use embedding::EmbeddingProgress;
pub use error::{Error, Result};
pub use fuse::Weights;
pub(crate) use record::is_hidden;
pub use record::{
    MAX_CONTEXT_BYTES, MAX_EVIDENCE_BYTES, MAX_TAG_BYTES, MAX_TAGS, MAX_TEXT_BYTES, MAX_TITLE_BYTES,
    NewLesson, RecordStatus, Recorded, Related,
};
pub use search::{
    DEFAULT_LIMIT, DEFAULT_MAX_TOKENS, Found, Hit, MAX_HOPS, MAX_LIMIT, MAX_MAX_TOKENS, MIN_MAX_TOKENS, Mode,
    Query, TermWeight, Why,
};

use embedding::Embedding;
use essence::Essence;
use projects::{Project, Projects};
use shelf::Shelf;

/// How often a recording is tried when others change the same lesson in between.
const ATTEMPTS: usize = 4;
/// More replacements in a row are not followed.
const MAX_CHAIN: usize = 64;

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
        let project = self.projects.of(scope);
        project.refresh(&*self.lessons, self.shelf.as_ref()).await?;
        Ok(())
    }

    /// Keeps `lesson`, or confirms the one that has the same text. When it answers, it is kept.
    ///
    /// # Errors
    /// When a field breaks a limit, `supersedes` names a lesson that is unknown or not in force, or the
    /// store fails; nothing was written then.
    pub async fn record(&self, scope: &Scope, lesson: NewLesson) -> Result<Recorded> {
        let mut lesson = record::checked(lesson)?;
        if lesson.provenance.principal.is_empty() {
            scope.principal().clone_into(&mut lesson.provenance.principal);
        }
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
        let project = self.projects.of(scope);
        project.refresh(&*self.lessons, self.shelf.as_ref()).await?;
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
        let (hits, omitted) = search::fit(found, query.max_tokens, start);
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
        let project = self.projects.of(scope);
        project.refresh(&*self.lessons, self.shelf.as_ref()).await?;
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

    /// What is to be written together for `lesson`, and what the caller is told once it is. Nothing is to be
    /// written when this very call was answered before.
    async fn revisions(
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
            return Ok((Vec::new(), self.told_again(scope, project, twin, status).await?));
        }
        let replaced = match &lesson.supersedes {
            Some(id) => Some(self.replaceable(scope, id, twin.as_ref()).await?),
            None => None,
        };
        let Some(twin) = twin else {
            if let Some(original) = self.original(scope, project, lesson).await? {
                return Ok((Vec::new(), repeated(original)));
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
                related.insert(
                    0,
                    Related {
                        id: opposed.id.clone(),
                        title: opposed.title.clone(),
                        why:
                            "says otherwise about the same; if it is outdated, record this with `supersedes`"
                                .to_owned(),
                    },
                );
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
                known(twin)
            } else {
                repeated(twin)
            };
            return Ok((Vec::new(), answer));
        }
        let mut related = Vec::new();
        if !says_the_same {
            related.push(Related {
                id: twin.id.clone(),
                title: twin.title.clone(),
                why: "says the same but for case, punctuation or inflection".to_owned(),
            });
        }
        related.extend(self.replacement(scope, &confirmed).await?);
        dedupe::remember(&mut confirmed, lesson, status, now);
        Ok(written(confirmed, replaced, status, related, now))
    }

    /// The lesson that says the same as a text with this digest and this essence.
    async fn twin(
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
    async fn original(&self, scope: &Scope, project: &Project, new: &NewLesson) -> Result<Option<Lesson>> {
        if !may_echo(new) || new.supersedes.is_some() {
            return Ok(None);
        }
        match project.original(&new.text) {
            Some(id) => self.readable(scope, &id).await,
            None => Ok(None),
        }
    }

    /// The newest lesson in force that says the same as `new` but for a number or a negation.
    async fn opposed(
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

    /// The answer to a call that wrote to `lesson` before.
    async fn told_again(
        &self,
        scope: &Scope,
        project: &Project,
        lesson: &Lesson,
        status: RecordStatus,
    ) -> Result<Recorded> {
        let related = match status {
            RecordStatus::Duplicate | RecordStatus::Merged => self.replacement(scope, lesson).await?,
            _ => self.related(scope, project, lesson, self.clock.now()).await?,
        };
        Ok(Recorded {
            id: lesson.id.clone(),
            status,
            state: lesson.state,
            related,
            confirmations: lesson.confirmations,
        })
    }

    /// The lesson `id`, if a text may take its place that so far belongs to `twin`, or to none.
    async fn replaceable(&self, scope: &Scope, id: &LessonId, twin: Option<&Lesson>) -> Result<Lesson> {
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
    async fn related(
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
    async fn replacement(&self, scope: &Scope, lesson: &Lesson) -> Result<Vec<Related>> {
        let Some(by) = &lesson.superseded_by else {
            return Ok(Vec::new());
        };
        let titled = self.titled(scope, by, "replaced this lesson".to_owned()).await?;
        Ok(titled.into_iter().collect())
    }

    async fn titled(&self, scope: &Scope, id: &LessonId, why: String) -> Result<Option<Related>> {
        let lesson = self.readable(scope, id).await?;
        Ok(lesson.map(|lesson| Related {
            id: lesson.id,
            title: lesson.title,
            why,
        }))
    }

    /// The lesson, unless its record is damaged: that must not keep others from being found or recorded.
    async fn readable(&self, scope: &Scope, id: &LessonId) -> Result<Option<Lesson>> {
        match self.lessons.get(scope, id).await {
            Err(StoreError::Damaged { .. }) => Ok(None),
            read => Ok(read?),
        }
    }
}

/// The answer to a text that a search had given out: nothing is written, because it confirms nothing.
fn repeated(original: Lesson) -> Recorded {
    let related = Related {
        id: original.id.clone(),
        title: original.title.clone(),
        why: "a search had returned this text; repeating it confirms nothing".to_owned(),
    };
    Recorded {
        related: vec![related],
        ..known(original)
    }
}

/// The answer to a text that was there, when nothing is written.
fn known(lesson: Lesson) -> Recorded {
    Recorded {
        status: RecordStatus::Duplicate,
        state: lesson.state,
        related: Vec::new(),
        confirmations: lesson.confirmations,
        id: lesson.id,
    }
}

/// Whether the lesson was read from a file. A file that is read twice, or by two people, says what it says
/// once: it confirms nothing.
fn is_imported(lesson: &NewLesson) -> bool {
    lesson.provenance.source.is_some()
}

/// Whether the lesson may be a mere repetition of what a search gave out: what a rule took from a journal is
/// none, nor is what somebody backs.
fn may_echo(lesson: &NewLesson) -> bool {
    lesson.kind == LessonKind::Note && lesson.evidence.is_none()
}

fn in_force(lesson: &Lesson) -> Result<()> {
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

/// `lesson` in place of `replaced`, in one write.
fn written(
    lesson: Lesson,
    replaced: Option<Lesson>,
    status: RecordStatus,
    related: Vec<Related>,
    now: Timestamp,
) -> (Vec<Lesson>, Recorded) {
    let recorded = Recorded {
        id: lesson.id.clone(),
        status,
        state: lesson.state,
        related,
        confirmations: lesson.confirmations,
    };
    let replaced = replaced.map(|old| record::superseded(old, &lesson.id, now));
    (std::iter::once(lesson).chain(replaced).collect(), recorded)
}

#[cfg(test)]
mod tests;
