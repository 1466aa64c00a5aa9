//! What people do with lessons: look through them, name one by the beginning of its id, change it, retire it.

use serde::{Deserialize, Serialize};

use super::entries::LessonNo;
use super::error::{Error, Result};
use super::essence::Essence;
use super::index::Index;
use super::record::{self, MAX_CONTEXT_BYTES, NewLesson, Recorded, Related, settled_tags};
use super::{ATTEMPTS, Knowledge, in_force};
use crate::domain::{Lesson, LessonId, LessonKind, LessonState, Scope, Timestamp, Trust};
use crate::store::Put;

/// Ids are not shortened further: what is written down today should be unique for a while.
const SHORTEST_ID: usize = 8;
/// Lessons that an ambiguous id is answered with.
const MOST_NAMED: usize = 8;

/// Which lessons to list. What is empty lets all pass.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Selection {
    /// Any of these states.
    pub states: Vec<LessonState>,
    /// Any of these kinds.
    pub kinds: Vec<LessonKind>,
    /// All of these labels.
    pub tags: Vec<String>,
    /// Only what comes after this lesson in the list.
    pub after: Option<LessonId>,
    /// Most lessons.
    pub limit: usize,
}

/// Lessons of a project, the newest first.
#[derive(Debug, Clone, PartialEq)]
pub struct Listed {
    /// The lessons.
    pub lessons: Vec<Lesson>,
    /// How many there are beyond those that were left behind by `after`.
    pub total: usize,
    /// Lessons that are not in the list because their record is damaged.
    pub unreadable: usize,
    /// So many characters of an id tell each of these lessons from all others of the project.
    pub id_length: usize,
}

/// What is to be changed about a lesson.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Edit {
    /// What it says. Named as in a recording, so that rules for one hold for the other.
    #[serde(rename = "lesson", skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// Its name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Labels that it gets.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub add_tags: Vec<String>,
    /// Labels that it loses.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub remove_tags: Vec<String>,
    /// How long it holds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires: Option<Expiry>,
}

/// How long a lesson holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Expiry {
    /// Until another takes its place.
    Never,
    /// Until then.
    At(Timestamp),
}

/// What became of a change.
#[derive(Debug, Clone, PartialEq)]
pub enum Edited {
    /// It was so already; nothing was written.
    Unchanged(Lesson),
    /// The same lesson, with what was changed.
    Revised(Lesson),
    /// The new text is another lesson, which took the place of the old one.
    Replaced(Recorded),
}

/// A lesson that was taken back.
#[derive(Debug, Clone, PartialEq)]
pub struct Retired {
    /// The lesson.
    pub lesson: Lesson,
    /// Whether it was retired before; nothing was written then.
    pub was_already: bool,
}

impl Knowledge {
    /// The lessons of the project that `selection` lets pass, the newest recorded first.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn list(&self, scope: &Scope, selection: &Selection) -> Result<Listed> {
        let project = self.projects.of(scope);
        project.refresh(&*self.lessons, self.shelf.as_ref()).await?;
        let (ids, total, id_length) = select(&project.index(), selection, self.clock.now());
        let found = ids.len();
        let mut lessons = Vec::with_capacity(found);
        for id in &ids {
            lessons.extend(self.readable(scope, id).await?);
        }
        Ok(Listed {
            total,
            unreadable: found - lessons.len(),
            id_length,
            lessons,
        })
    }

    /// The ids of the project's lessons, the newest recorded first, at most `limit`.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn ids(&self, scope: &Scope, limit: usize) -> Result<Vec<LessonId>> {
        let project = self.projects.of(scope);
        project.refresh(&*self.lessons, self.shelf.as_ref()).await?;
        let selection = Selection {
            limit,
            ..Selection::default()
        };
        let (ids, ..) = select(&project.index(), &selection, self.clock.now());
        Ok(ids)
    }

    /// The labels of the project's lessons, each with how many have it, in no order.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn labels(&self, scope: &Scope) -> Result<Vec<(String, usize)>> {
        let project = self.projects.of(scope);
        project.refresh(&*self.lessons, self.shelf.as_ref()).await?;
        let labels = project
            .index()
            .labels()
            .map(|(label, n)| (label.to_owned(), n))
            .collect();
        Ok(labels)
    }

    /// The lesson whose id is `name` or begins with it, whatever its state.
    ///
    /// # Errors
    /// When there is none or more than one such, or the store cannot be read.
    pub async fn named(&self, scope: &Scope, name: &str) -> Result<Lesson> {
        let name = name.trim();
        let project = self.projects.of(scope);
        project.refresh(&*self.lessons, self.shelf.as_ref()).await?;
        let mut ids = if name.is_empty() {
            Vec::new()
        } else {
            beginning_with(&project.index(), name)
        };
        match (ids.pop(), ids.len()) {
            (Some(id), 0) => self.existing(scope, &id).await,
            (None, _) => Err(Error::NoSuch { id: clipped(name) }),
            (Some(newest), others) => {
                let newest_first = std::iter::once(newest).chain(ids.into_iter().rev());
                let mut among = Vec::new();
                for id in newest_first.take(MOST_NAMED) {
                    let lesson = self.readable(scope, &id).await?;
                    let title = lesson.map_or("damaged".to_owned(), |lesson| lesson.title);
                    among.push(format!("{id} ({title})"));
                }
                Err(Error::Ambiguous {
                    prefix: name.to_owned(),
                    count: others + 1,
                    among,
                })
            }
        }
    }

    /// What a lesson replaced, what replaced it, and what says otherwise about the same.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn relatives(&self, scope: &Scope, lesson: &Lesson) -> Result<Vec<Related>> {
        let project = self.projects.of(scope);
        project.refresh(&*self.lessons, self.shelf.as_ref()).await?;
        let mut opponents = lesson.contradicts.clone();
        opponents.extend(opponents_of(&project.index(), &lesson.id, self.clock.now()));
        opponents.sort_unstable();
        opponents.dedup();
        let mut related = Vec::new();
        for (id, why) in [
            (&lesson.superseded_by, "replaced it"),
            (&lesson.supersedes, "was replaced by it"),
        ] {
            if let Some(id) = id {
                related.extend(self.titled(scope, id, why.to_owned()).await?);
            }
        }
        for id in &opponents {
            let why = "says otherwise about the same".to_owned();
            related.extend(self.titled(scope, id, why).await?);
        }
        Ok(related)
    }

    /// Changes a lesson in force. Another title, other labels or another expiry make a new revision of it;
    /// another text makes another lesson, which takes its place: texts are never rewritten. `request` names
    /// the call, as in a recording.
    ///
    /// # Errors
    /// When there is no such lesson, it is not in force, a field breaks a limit, the new text says the same
    /// as the old one, or the store fails; nothing was written then.
    pub async fn edit(
        &self,
        scope: &Scope,
        id: &LessonId,
        edit: &Edit,
        request: Option<String>,
    ) -> Result<Edited> {
        let lesson = self.existing(scope, id).await?;
        if let Some(text) = edit.text.as_ref().filter(|text| **text != lesson.text) {
            if Essence::of(text).is_same(&Essence::of(&lesson.text)) {
                return Err(Error::SameText { id: id.clone() });
            }
            let new = NewLesson {
                request,
                ..replacement(&lesson, text, edit, scope, self.clock.now())
            };
            return Ok(Edited::Replaced(self.record(scope, new).await?));
        }
        let (lesson, is_new) = self
            .revise(scope, id, |lesson| {
                in_force(lesson)?;
                edited(lesson, edit)
            })
            .await?;
        Ok(if is_new {
            Edited::Revised(lesson)
        } else {
            Edited::Unchanged(lesson)
        })
    }

    /// Takes a lesson back: it is not found any more, and stays readable by its id. What it replaced stays
    /// replaced.
    ///
    /// # Errors
    /// When there is no such lesson, another took its place already, the reason is too long, or the store
    /// fails; nothing was written then.
    pub async fn retire(&self, scope: &Scope, id: &LessonId, reason: Option<&str>) -> Result<Retired> {
        let reason = reason.map(str::trim).filter(|reason| !reason.is_empty());
        if let Some(reason) = reason {
            record::check_text("reason", reason, MAX_CONTEXT_BYTES)?;
        }
        let now = self.clock.now();
        let (lesson, is_new) = self
            .revise(scope, id, |lesson| {
                if lesson.state == LessonState::Retracted {
                    return Ok(None);
                }
                in_force(lesson)?;
                Ok(Some(retired(lesson, reason, now)))
            })
            .await?;
        Ok(Retired {
            lesson,
            was_already: !is_new,
        })
    }

    /// What [`Knowledge::record`] would answer. Nothing is written.
    ///
    /// # Errors
    /// As recording it would.
    pub async fn foresee(&self, scope: &Scope, lesson: NewLesson) -> Result<Recorded> {
        let mut lesson = record::checked(lesson)?;
        if lesson.provenance.principal.is_empty() {
            scope.principal().clone_into(&mut lesson.provenance.principal);
        }
        let project = self.projects.of(scope);
        project.refresh(&*self.lessons, self.shelf.as_ref()).await?;
        let (_, recorded) = self.revisions(scope, &project, &lesson).await?;
        Ok(recorded)
    }

    /// Writes what `change` makes of the newest revision, or nothing where it makes nothing. The lesson as it
    /// is then, and whether that is new.
    async fn revise(
        &self,
        scope: &Scope,
        id: &LessonId,
        change: impl Fn(&Lesson) -> Result<Option<Lesson>>,
    ) -> Result<(Lesson, bool)> {
        let project = self.projects.of(scope);
        let _one_at_a_time = project.recording.lock().await;
        let mut attempts = 0;
        loop {
            let lesson = self.existing(scope, id).await?;
            let Some(mut changed) = change(&lesson)? else {
                return Ok((lesson, false));
            };
            changed.revision = lesson.revision.saturating_add(1);
            attempts += 1;
            match self.lessons.put(scope, vec![changed.clone()]).await? {
                Put::At(_) => return Ok((changed, true)),
                Put::Stale(_) if attempts < ATTEMPTS => {}
                Put::Stale(id) => return Err(Error::Contended { id, attempts }),
            }
        }
    }

    async fn existing(&self, scope: &Scope, id: &LessonId) -> Result<Lesson> {
        let lesson = self.lessons.get(scope, id).await?;
        lesson.ok_or_else(|| Error::NoSuch {
            id: clipped(id.as_str()),
        })
    }
}

/// The ids that are to be listed, how many there are, and how much of an id tells lessons apart.
fn select(index: &Index, selection: &Selection, now: Timestamp) -> (Vec<LessonId>, usize, usize) {
    let tags = settled_tags(&selection.tags);
    let tagged: Vec<&[LessonNo]> = tags.iter().map(|tag| index.tagged(tag)).collect();
    let any = |of: &[LessonState], state| of.is_empty() || of.contains(&state);
    let last = selection.after.as_ref().and_then(|id| {
        let lesson = index.entries.find(id.as_str())?;
        Some((index.entries.get(lesson)?.recorded_ms, id.as_str()))
    });
    let mut passing: Vec<(i64, &str)> = index
        .entries
        .all()
        .filter(|(lesson, _, entry)| {
            any(&selection.states, entry.state_at(now))
                && (selection.kinds.is_empty() || selection.kinds.contains(&entry.kind))
                && tagged.iter().all(|tagged| tagged.binary_search(lesson).is_ok())
        })
        .map(|(_, id, entry)| (entry.recorded_ms, id))
        .filter(|place| last.is_none_or(|last| *place < last))
        .collect();
    passing.sort_unstable_by(|one, other| other.cmp(one));
    let total = passing.len();
    passing.truncate(selection.limit);
    let ids: Vec<&str> = passing.iter().map(|(_, id)| *id).collect();
    let id_length = distinct_length(index, &ids);
    (ids.into_iter().map(LessonId::new).collect(), total, id_length)
}

/// How many characters of each of `ids` tell it from all others of the project.
fn distinct_length(index: &Index, ids: &[&str]) -> usize {
    let mut all: Vec<&str> = index.entries.all().map(|(_, id, _)| id).collect();
    all.sort_unstable();
    let shared = |one: &str, other: &str| one.chars().zip(other.chars()).take_while(|(a, b)| a == b).count();
    let needed = |id: &&str| {
        let at = all.binary_search(id).ok()?;
        let beside = [at.checked_sub(1), at.checked_add(1)];
        let beside = beside.into_iter().flatten().filter_map(|at| all.get(at));
        beside.map(|other| shared(id, other) + 1).max()
    };
    ids.iter().filter_map(needed).fold(SHORTEST_ID, usize::max)
}

/// The lesson with that id, or those whose ids begin with it, the newest last.
fn beginning_with(index: &Index, name: &str) -> Vec<LessonId> {
    if index.entries.find(name).is_some() {
        return vec![LessonId::new(name)];
    }
    let fitting = index.entries.all().filter(|(_, id, _)| id.starts_with(name));
    let mut fitting: Vec<(i64, &str)> = fitting.map(|(_, id, entry)| (entry.recorded_ms, id)).collect();
    fitting.sort_unstable();
    fitting.into_iter().map(|(_, id)| LessonId::new(id)).collect()
}

fn opponents_of(index: &Index, id: &LessonId, now: Timestamp) -> Vec<LessonId> {
    let lesson = index.entries.find(id.as_str());
    let slot = lesson.and_then(|lesson| index.entries.get(lesson)?.slot());
    slot.map(|slot| index.opponents(slot, now)).unwrap_or_default()
}

/// What takes the place of `old`: all that was known about it but for the text, said by whoever edits.
fn replacement(old: &Lesson, text: &str, edit: &Edit, scope: &Scope, now: Timestamp) -> NewLesson {
    // A title that was made from the text is made anew.
    let title = (old.title != record::derived_title(&old.text)).then(|| old.title.clone());
    let mut provenance = old.provenance.clone();
    scope.principal().clone_into(&mut provenance.principal);
    provenance.source = None;
    NewLesson {
        title: edit.title.clone().or(title),
        context: old.context.clone(),
        tags: tags(old, edit),
        // Whatever a rule took from a journal, these are somebody's words.
        kind: if old.kind == LessonKind::Run {
            LessonKind::Note
        } else {
            old.kind
        },
        outcome: old.outcome.clone(),
        evidence: old.evidence.clone(),
        supersedes: Some(old.id.clone()),
        // What is said now holds now, also when what it replaces had expired.
        expires_at: expiry(old, edit).filter(|end| edit.expires.is_some() || *end > now),
        about: old.about.clone(),
        provenance,
        ..NewLesson::note(text)
    }
}

/// The lesson with what is changed about it, or nothing when it is so already. It ages on: an edit confirms
/// nothing.
fn edited(lesson: &Lesson, edit: &Edit) -> Result<Option<Lesson>> {
    let new = record::checked(NewLesson {
        title: edit.title.clone().or_else(|| Some(lesson.title.clone())),
        tags: tags(lesson, edit),
        ..NewLesson::note(lesson.text.clone())
    })?;
    let changed = Lesson {
        title: new.title.unwrap_or_else(|| lesson.title.clone()),
        tags: new.tags,
        valid_to: expiry(lesson, edit),
        trust: if new.trust == Trust::Flagged {
            Trust::Flagged
        } else {
            lesson.trust
        },
        ..lesson.clone()
    };
    Ok((changed != *lesson).then_some(changed))
}

fn retired(lesson: &Lesson, reason: Option<&str>, now: Timestamp) -> Lesson {
    Lesson {
        state: LessonState::Retracted,
        retired_because: reason.map(str::to_owned),
        valid_to: Some(now),
        updated_at: now,
        ..lesson.clone()
    }
}

fn tags(lesson: &Lesson, edit: &Edit) -> Vec<String> {
    let removed = settled_tags(&edit.remove_tags);
    let kept = lesson.tags.iter().filter(|tag| !removed.contains(tag));
    kept.cloned().chain(settled_tags(&edit.add_tags)).collect()
}

fn expiry(lesson: &Lesson, edit: &Edit) -> Option<Timestamp> {
    match edit.expires {
        None => lesson.valid_to,
        Some(Expiry::Never) => None,
        Some(Expiry::At(end)) => Some(end),
    }
}

fn clipped(text: &str) -> String {
    text.chars().take(80).collect()
}
