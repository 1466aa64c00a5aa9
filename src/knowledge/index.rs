//! What is known about one project's lessons in memory: enough to filter and rank them, and to
//! recognise a text that was recorded before. The lessons themselves stay in the store.

use std::collections::HashMap;

use crate::domain::{Digest, Lesson, LessonId, LessonKind, LessonState, Timestamp};
use crate::store::Seq;

use super::lexical::{Field, FieldWeight, Lexical, QueryTerm, Slot};

/// Fewer tombstones than this are never worth a sweep.
const LEAST_SWEEP: usize = 1024;

/// Which lessons a search may find at all.
#[derive(Debug)]
pub(super) struct Filter<'a> {
    /// All of them must be on the lesson.
    pub(super) tags: &'a [String],
    /// Any of them; none means all.
    pub(super) kinds: &'a [LessonKind],
    /// Recorded then or later.
    pub(super) since: Option<Timestamp>,
    pub(super) include_candidates: bool,
    /// What has expired by now is not found.
    pub(super) now: Timestamp,
}

/// A lesson and how well it fits.
#[derive(Debug)]
pub(super) struct Ranked {
    pub(super) slot: Slot,
    pub(super) id: LessonId,
    pub(super) bm25: f64,
}

/// The index of one project, a projection of its log of revisions.
#[derive(Debug, Default)]
pub(super) struct Index {
    last: Seq,
    lexical: Lexical,
    /// By slot; `None` where a lesson was removed.
    entries: Vec<Option<Entry>>,
    /// Of the lessons that can be found.
    slots: HashMap<LessonId, Slot>,
    /// Of all lessons, whatever their state.
    digests: HashMap<Digest, LessonId>,
    tags: HashMap<String, TagId>,
}

type TagId = u32;

#[derive(Debug)]
struct Entry {
    id: LessonId,
    kind: LessonKind,
    candidate: bool,
    tags: Box<[TagId]>,
    recorded_at: Timestamp,
    expires_at: Option<Timestamp>,
}

impl Index {
    /// Number of the last revision that was applied.
    pub(super) fn last(&self) -> Seq {
        self.last
    }

    /// Takes in the next revision of the log. One that was applied before changes nothing.
    pub(super) fn apply(&mut self, seq: Seq, lesson: &Lesson) {
        if seq <= self.last {
            return;
        }
        self.last = seq;
        self.digests
            .entry(lesson.text_sha256)
            .or_insert_with(|| lesson.id.clone());
        if let Some(slot) = self.slots.remove(&lesson.id) {
            self.lexical.remove(slot);
            if let Some(entry) = self.entries.get_mut(slot as usize) {
                *entry = None;
            }
        }
        let candidate = match lesson.state {
            LessonState::Active => false,
            LessonState::Candidate => true,
            LessonState::Superseded | LessonState::Retracted => return self.sweep(),
        };
        let Ok(slot) = Slot::try_from(self.entries.len()) else {
            return;
        };
        let tags = lesson.tags.iter().map(|tag| self.intern(tag)).collect();
        self.lexical.push(&fields(lesson));
        self.entries.push(Some(Entry {
            id: lesson.id.clone(),
            kind: lesson.kind,
            candidate,
            tags,
            recorded_at: lesson.recorded_at,
            expires_at: lesson.expires_at,
        }));
        self.slots.insert(lesson.id.clone(), slot);
        self.sweep();
    }

    /// The lesson whose normalised text has this digest.
    pub(super) fn twin(&self, text: &Digest) -> Option<&LessonId> {
        self.digests.get(text)
    }

    /// The words that rank.
    pub(super) fn lexical(&self) -> &Lexical {
        &self.lexical
    }

    /// For every slot whether its lesson may be found.
    pub(super) fn passing(&self, filter: &Filter<'_>) -> Vec<bool> {
        let tags: Option<Vec<TagId>> = filter
            .tags
            .iter()
            .map(|tag| self.tags.get(tag).copied())
            .collect();
        // A tag that no lesson has: nothing can pass.
        let Some(tags) = tags else {
            return vec![false; self.entries.len()];
        };
        self.entries
            .iter()
            .map(|entry| entry.as_ref().is_some_and(|entry| entry.passes(filter, &tags)))
            .collect()
    }

    /// The best `limit` of the lessons that pass, the best first, newer ones first among equals.
    pub(super) fn rank(&self, query: &[QueryTerm], passes: &[bool], limit: usize) -> Vec<Ranked> {
        let id = |slot: Slot| {
            self.entries
                .get(slot as usize)
                .and_then(Option::as_ref)
                .map(|entry| &entry.id)
        };
        let order = |one: &(Slot, f64), other: &(Slot, f64)| {
            other
                .1
                .total_cmp(&one.1)
                .then_with(|| id(other.0).cmp(&id(one.0)))
        };
        let mut found = self.lexical.score(query, passes);
        if limit < found.len() {
            found.select_nth_unstable_by(limit, order);
            found.truncate(limit);
        }
        found.sort_unstable_by(order);
        found
            .into_iter()
            .filter_map(|(slot, bm25)| {
                Some(Ranked {
                    slot,
                    id: id(slot)?.clone(),
                    bm25,
                })
            })
            .collect()
    }

    fn intern(&mut self, tag: &str) -> TagId {
        let next = TagId::try_from(self.tags.len()).unwrap_or(TagId::MAX);
        *self.tags.entry(tag.to_owned()).or_insert(next)
    }

    /// Keeps the tombstones fewer than the lessons, at a constant price per removal.
    fn sweep(&mut self) {
        let dead = self.entries.len() - self.slots.len();
        if dead < LEAST_SWEEP.max(self.slots.len()) {
            return;
        }
        let kept: Vec<bool> = self.entries.iter().map(Option::is_some).collect();
        self.lexical.sweep(&kept);
        self.entries.retain(Option::is_some);
        self.slots = (0..)
            .zip(self.entries.iter().flatten())
            .map(|(slot, entry)| (entry.id.clone(), slot))
            .collect();
    }
}

impl Entry {
    fn passes(&self, filter: &Filter<'_>, tags: &[TagId]) -> bool {
        (!self.candidate || filter.include_candidates)
            && self.expires_at.is_none_or(|end| filter.now < end)
            && filter.since.is_none_or(|start| start <= self.recorded_at)
            && (filter.kinds.is_empty() || filter.kinds.contains(&self.kind))
            && tags.iter().all(|tag| self.tags.contains(tag))
    }
}

/// What of a lesson is searched. When it applies counts half: it names the surroundings, not the point.
fn fields(lesson: &Lesson) -> Vec<Field<'_>> {
    let full = |text| Field {
        text,
        weight: FieldWeight::Full,
    };
    // A title that was derived from the text must not count its words twice.
    let title = lesson.title.trim_end_matches('…');
    let title = (!lesson.text.contains(title)).then_some(lesson.title.as_str());
    let context = lesson.context.as_deref().map(|text| Field {
        text,
        weight: FieldWeight::Half,
    });
    [lesson.text.as_str()]
        .into_iter()
        .chain(title)
        .chain(lesson.tags.iter().map(String::as_str))
        .map(full)
        .chain(context)
        .collect()
}
