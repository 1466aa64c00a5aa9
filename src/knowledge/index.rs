//! What is known about one project's lessons in memory: enough to filter and rank them, and to
//! recognise what was recorded before. The lessons themselves stay in the store.

use std::collections::BTreeMap;

use hashbrown::HashMap;

use super::about;
use super::entries::{Entries, Entry, LessonNo};
use super::essence::Essence;
use super::graph::{Graph, Path, Step};
use super::lexical::{Field, FieldWeight, Lexical, Slot};
use super::places::{Places, Rarity};
use super::spelling::Spelling;
use super::texts::{TextId, Texts};
use super::vector::PieceId;
use super::vocabulary::Vocabulary;
use crate::domain::{Digest, Entity, EntityKind, Lesson, LessonId, LessonState, Timestamp};
use crate::store::Seq;

mod filter;
mod grow;
mod recode;
mod snapshot;

pub(super) use filter::Filter;
use recode::Recoding;

/// The index of one project, a projection of its log of revisions.
#[derive(Debug, Default)]
pub(super) struct Index {
    last: Seq,
    /// Which revision that was, to recognise the store it came from.
    mark: u64,
    pub(super) vocabulary: Vocabulary,
    pub(super) texts: Texts,
    pub(super) lexical: Lexical,
    pub(super) spelling: Spelling,
    pub(super) rarity: Rarity,
    pub(super) places: Places,
    pub(super) entries: Entries,
    graph: Graph,
    recoding: Recoding,
    /// By slot, whether its lesson is in force, but for the time.
    active: Vec<bool>,
    n_active: usize,
    /// Those in a slot that hold from or to a certain time only.
    timed: Vec<LessonNo>,
    /// By what is left of a text without case, punctuation and inflection.
    essences: HashMap<u64, LessonNo>,
    /// The same without numbers and negations: the newest lesson.
    shapes: HashMap<u64, LessonNo>,
    /// By run, its last lesson.
    run_ends: HashMap<String, LessonNo>,
}

impl Index {
    /// Number of the last revision that was applied.
    pub(super) fn last(&self) -> Seq {
        self.last
    }

    /// Whether the index ends with this revision.
    pub(super) fn ends_with(&self, seq: Seq, lesson: &Lesson) -> bool {
        self.last == seq && self.mark == mark(lesson)
    }

    /// How many lessons can be found, candidates among them.
    pub(super) fn live(&self) -> u64 {
        u64::from(self.rarity.live())
    }

    /// Takes in the next revision of the log. One that was applied before changes nothing.
    pub(super) fn apply(&mut self, seq: Seq, lesson: &Lesson) {
        if seq <= self.last {
            return;
        }
        (self.last, self.mark) = (seq, mark(lesson));
        let Some(number) = self.entries.intern(&lesson.id) else {
            return;
        };
        let is_new = self.entries.get(number).is_none();
        let content = content(lesson);
        let known = self
            .entries
            .get(number)
            .map(|entry| (entry.content, entry.slot()));
        let findable = matches!(lesson.state, LessonState::Active | LessonState::Candidate);
        self.entries
            .put(number, Entry::of(lesson, content), &lesson.text_sha256);
        if is_new {
            self.recognise(number, lesson);
        }
        self.graph
            .put(number, about::entities(lesson).map(|entity| entity.to_string()));
        self.tie(number, lesson);
        match known {
            Some((same, Some(slot))) if findable && same == content => self.allow(slot, lesson),
            known => {
                if let Some((_, Some(slot))) = known {
                    self.remove(number, slot);
                }
                if findable {
                    self.push(number, lesson);
                }
            }
        }
        self.time(number, lesson);
        self.sweep();
        self.recode();
    }

    /// The lesson whose normalised text may have this digest.
    pub(super) fn twin(&self, text: &Digest) -> Option<LessonId> {
        self.entries.twin(text).map(|lesson| self.entries.id(lesson))
    }

    /// The lesson that says the same but for case, punctuation and inflection.
    pub(super) fn same_essence(&self, essence: &Essence) -> Option<LessonId> {
        let known = self
            .essences
            .get(&essence.words)
            .or_else(|| self.essences.get(&essence.letters));
        known.map(|lesson| self.entries.id(*lesson))
    }

    /// The newest lesson that says the same but for its numbers or a negation.
    pub(super) fn same_shape(&self, essence: &Essence) -> Option<LessonId> {
        let lesson = self.shapes.get(&essence.shape)?;
        Some(self.entries.id(*lesson))
    }

    /// The labels there are, each with how many lessons have it.
    pub(super) fn labels(&self) -> impl Iterator<Item = (&str, usize)> {
        self.graph.beginning("tag:")
    }

    /// The lessons with a label, whatever their state, ascending.
    pub(super) fn tagged(&self, tag: &str) -> &[LessonNo] {
        self.graph.lessons(&Entity::new(EntityKind::Tag, tag).to_string())
    }

    /// The lessons within `hops` of a thing, each with the way there.
    pub(super) fn reach(&self, from: &Entity, hops: usize) -> BTreeMap<LessonNo, Path> {
        self.graph.reach(from, self.entries.find(&from.name), hops)
    }

    /// The lessons in force that contradict the one in a slot, or that it does.
    pub(super) fn opponents(&self, slot: Slot, now: Timestamp) -> Vec<LessonId> {
        let lesson = self.entries.at(slot).map(|(lesson, _)| lesson);
        let opponents = lesson
            .map(|lesson| self.graph.opponents(lesson))
            .unwrap_or_default();
        let in_force = |lesson: &&LessonNo| {
            let entry = self.entries.get(**lesson);
            entry.is_some_and(|entry| entry.is_active() && entry.holds_at(now))
        };
        let in_force = opponents.iter().filter(in_force);
        let mut opponents: Vec<LessonId> = in_force.map(|lesson| self.entries.id(*lesson)).collect();
        opponents.sort();
        opponents
    }

    /// What the stations of a path are called.
    pub(super) fn path(&self, path: &[Step]) -> Vec<String> {
        let id = |lesson| self.entries.id(lesson).to_string();
        path.iter().map(|step| self.graph.name(*step, id)).collect()
    }

    /// The pieces of a text, each with how often it occurs.
    pub(super) fn pieces(&self, text: TextId) -> impl Iterator<Item = (PieceId, f32)> + '_ {
        let words = self.texts.words(text);
        words.flat_map(|(word, halves)| {
            let pieces = self.vocabulary.pieces(word).iter();
            pieces.map(move |piece| (*piece, f32::from(halves) / 2.0))
        })
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

/// A number for a revision.
fn mark(lesson: &Lesson) -> u64 {
    let revision = format!(
        "{} {} {}",
        lesson.id,
        lesson.revision,
        lesson.updated_at.as_millisecond()
    );
    number(&Digest::of(revision.as_bytes()))
}

/// A number for all that is searched of a lesson.
fn content(lesson: &Lesson) -> u64 {
    let mut text = String::new();
    for field in fields(lesson) {
        text.push_str(field.text);
        text.push('\0');
    }
    text.push(char::from(b'0' + u8::from(lesson.context.is_some())));
    number(&Digest::of(text.as_bytes()))
}

fn number(digest: &Digest) -> u64 {
    let first = digest.as_bytes().first_chunk();
    first.map_or(0, |first| u64::from_be_bytes(*first))
}
