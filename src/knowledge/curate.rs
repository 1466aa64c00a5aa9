//! What people do with lessons: look through them, name one by the beginning of its id, change it, retire it.

use serde::{Deserialize, Serialize};

use super::entries::LessonNo;
use super::error::{Error, Result};
use super::index::Index;
use super::limits::settled_tags;
use super::record::{NewLesson, Recorded, Related};
use super::{Knowledge, recording};
use crate::domain::{Lesson, LessonId, LessonKind, LessonState, Scope, Timestamp};

mod edit;

pub use edit::{Edit, Edited, Expiry, Retired};

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

impl Knowledge {
    /// The lessons of the project that `selection` lets pass, the newest recorded first.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn list(&self, scope: &Scope, selection: &Selection) -> Result<Listed> {
        let project = self.refreshed(scope).await?;
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
        let project = self.refreshed(scope).await?;
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
        let project = self.refreshed(scope).await?;
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
        let project = self.refreshed(scope).await?;
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
        let project = self.refreshed(scope).await?;
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

    /// What [`Knowledge::record`] would answer. Nothing is written.
    ///
    /// # Errors
    /// As recording it would.
    pub async fn foresee(&self, scope: &Scope, lesson: NewLesson) -> Result<Recorded> {
        let lesson = recording::settled(scope, lesson)?;
        let project = self.refreshed(scope).await?;
        let (_, recorded) = self.revisions(scope, &project, &lesson).await?;
        Ok(recorded)
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

fn clipped(text: &str) -> String {
    text.chars().take(80).collect()
}
