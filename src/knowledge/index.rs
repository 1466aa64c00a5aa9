//! What is known about one project's lessons in memory: enough to filter and rank them, and to
//! recognise what was recorded before. The lessons themselves stay in the store.

use std::collections::BTreeMap;

use hashbrown::HashMap;

use super::about;
use super::entries::{Entries, Entry, LessonNo};
use super::essence::Essence;
use super::fuse::Opinion;
use super::graph::{Graph, Path, Step};
use super::lexical::{Field, FieldWeight, Lexical, Slot};
use super::passage::passages;
use super::places::{Places, Rarity};
use super::rank::Ranked;
use super::spelling::Spelling;
use super::texts::{TextId, Texts};
use super::vector::PieceId;
use super::vocabulary::{StemId, Vocabulary, WordId};
use crate::domain::{Digest, Entity, EntityKind, Lesson, LessonId, LessonKind, LessonState, Timestamp};
use crate::store::Seq;

mod recode;
mod snapshot;

use recode::Recoding;

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
    /// What does not hold now is not found.
    pub(super) now: Timestamp,
    /// Only lessons that are in there.
    pub(super) within: Option<&'a BTreeMap<LessonNo, Path>>,
}

impl Filter<'_> {
    /// Everything that is in force.
    pub(super) fn in_force(now: Timestamp) -> Self {
        Self {
            tags: &[],
            kinds: &[],
            since: None,
            include_candidates: false,
            now,
            within: None,
        }
    }

    /// Whether it asks for more than what is in force now.
    fn is_narrow(&self) -> bool {
        !self.tags.is_empty()
            || !self.kinds.is_empty()
            || self.since.is_some()
            || self.include_candidates
            || self.within.is_some()
    }
}

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

    /// For every slot whether its lesson may be found, and how many may.
    pub(super) fn passing(&self, filter: &Filter<'_>) -> (Vec<bool>, usize) {
        let tagged: Vec<&[LessonNo]> = filter.tags.iter().map(|tag| self.tagged(tag)).collect();
        let since = filter.since.map_or(i64::MIN, |since| since.as_millisecond());
        let fits = |lesson: LessonNo, entry: &Entry| {
            (entry.is_active() || filter.include_candidates)
                && entry.holds_at(filter.now)
                && entry.recorded_ms >= since
                && (filter.kinds.is_empty() || filter.kinds.contains(&entry.kind))
                && filter.within.is_none_or(|within| within.contains_key(&lesson))
                && tagged.iter().all(|tagged| tagged.binary_search(&lesson).is_ok())
        };
        let slots = 0..self.active.len() as Slot;
        if filter.is_narrow() {
            let passes = |slot| {
                self.entries
                    .at(slot)
                    .is_some_and(|(lesson, entry)| fits(lesson, entry))
            };
            let passes: Vec<bool> = slots.map(passes).collect();
            let count = passes.iter().filter(|passes| **passes).count();
            return (passes, count);
        }
        // Nearly always: everything in force, but for the few whose time is not now.
        let mut passes = self.active.clone();
        let mut count = self.n_active;
        for lesson in &self.timed {
            if let Some(entry) = self.entries.get(*lesson)
                && !entry.holds_at(filter.now)
                && let Some(slot) = entry.slot()
                && let Some(passes) = passes.get_mut(slot as usize)
            {
                count -= usize::from(std::mem::take(passes));
            }
        }
        (passes, count)
    }

    /// The labels there are, each with how many lessons have it.
    pub(super) fn labels(&self) -> impl Iterator<Item = (&str, usize)> {
        self.graph.beginning("tag:")
    }

    /// The lessons with a label, whatever their state, ascending.
    pub(super) fn tagged(&self, tag: &str) -> &[LessonNo] {
        self.graph.lessons(&Entity::new(EntityKind::Tag, tag).to_string())
    }

    /// The newest `limit` of the lessons that pass.
    pub(super) fn newest(&self, passes: &[bool], limit: usize) -> Vec<Ranked> {
        let slots = (0..passes.len() as Slot).rev();
        let passing = slots.filter(|slot| passes.get(*slot as usize).copied().unwrap_or(false));
        let lessons = passing.filter_map(|slot| Some((slot, self.entries.at(slot)?.0)));
        lessons
            .take(limit)
            .map(|(slot, lesson)| Ranked {
                slot,
                id: self.entries.id(lesson),
                score: 1.0,
                opinion: Opinion::default(),
            })
            .collect()
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

    fn push(&mut self, number: LessonNo, lesson: &Lesson) {
        let fields = fields(lesson);
        let Some(whole) = self.texts.push_whole(&mut self.vocabulary, &fields) else {
            return;
        };
        let stems = self.stems(whole);
        self.lexical.push(&self.vocabulary, &stems);
        let words: Vec<(WordId, u8)> = self.texts.words(whole).collect();
        self.spelling.add(spelt(&self.vocabulary, &words));
        self.rarity.add(pieces(&self.vocabulary, &words));
        for passage in passages(&lesson.text) {
            let text = Field {
                text: passage,
                weight: FieldWeight::Full,
            };
            self.texts.push_passage(&mut self.vocabulary, text);
        }
        for text in whole..self.texts.len() as TextId {
            let place = self.rarity.encode(self.pieces(text));
            self.places.push(&place);
        }
        self.entries.place(number);
        let is_active = lesson.state == LessonState::Active;
        self.active.push(is_active);
        self.n_active += usize::from(is_active);
    }

    fn remove(&mut self, number: LessonNo, slot: Slot) {
        if let Some(whole) = self.texts.whole(slot) {
            let stems = self.stems(whole);
            self.lexical.remove(slot, stems.into_iter().map(|(stem, _)| stem));
            let words: Vec<(WordId, u8)> = self.texts.words(whole).collect();
            self.spelling.remove(spelt(&self.vocabulary, &words));
            self.rarity.remove(pieces(&self.vocabulary, &words));
        }
        self.entries.displace(number);
        if let Some(active) = self.active.get_mut(slot as usize) {
            self.n_active -= usize::from(std::mem::take(active));
        }
    }

    /// A lesson whose words stay may have been confirmed.
    fn allow(&mut self, slot: Slot, lesson: &Lesson) {
        if let Some(active) = self.active.get_mut(slot as usize) {
            let is_active = lesson.state == LessonState::Active;
            self.n_active = self.n_active - usize::from(*active) + usize::from(is_active);
            *active = is_active;
        }
    }

    /// What a new lesson is recognised by, and where it stands in its run.
    fn recognise(&mut self, number: LessonNo, lesson: &Lesson) {
        let essence = Essence::of(&lesson.text);
        for key in [essence.words, essence.letters] {
            self.essences.entry(key).or_insert(number);
        }
        self.shapes.insert(essence.shape, number);
        if let Some(run) = &lesson.provenance.run
            && let Some(previous) = self.run_ends.insert(run.clone(), number)
        {
            self.entries.chain(previous, number);
        }
    }

    fn tie(&mut self, number: LessonNo, lesson: &Lesson) {
        if let Some(other) = lesson
            .supersedes
            .as_ref()
            .and_then(|id| self.entries.find(id.as_str()))
        {
            self.graph.tie(number, other);
        }
        for other in &lesson.contradicts {
            if let Some(other) = self.entries.find(other.as_str()) {
                self.graph.oppose(number, other);
            }
        }
    }

    fn time(&mut self, number: LessonNo, lesson: &Lesson) {
        let is_timed = lesson.valid_to.is_some() || lesson.valid_from() > lesson.recorded_at;
        if is_timed && !self.timed.contains(&number) {
            self.timed.push(number);
        }
    }

    /// The stems of a text, each once with its occurrences in halves.
    fn stems(&self, text: TextId) -> Vec<(StemId, u16)> {
        let words = self.texts.words(text);
        let mut stems: Vec<(StemId, u16)> = words
            .filter_map(|(word, halves)| Some((self.vocabulary.stem(word)?, u16::from(halves))))
            .collect();
        stems.sort_unstable();
        stems.dedup_by(|next, kept| {
            let same = next.0 == kept.0;
            if same {
                kept.1 = kept.1.saturating_add(next.1);
            }
            same
        });
        stems
    }

    /// Drops the slots of removed lessons when they are many.
    fn sweep(&mut self) {
        let slots = self.entries.n_slots();
        let kept: usize = self.rarity.live() as usize;
        let dead = slots - kept.min(slots);
        if dead < LEAST_SWEEP || dead * 2 < slots {
            return;
        }
        while self.has_put_off() {
            self.make_up();
        }
        let kept: Vec<bool> = (0..slots as Slot)
            .map(|slot| self.entries.at(slot).is_some())
            .collect();
        let texts = self.texts.sweep(&kept);
        self.places.sweep(&texts);
        self.lexical.sweep(&kept);
        self.entries.sweep(&kept);
        let mut kept = kept.iter();
        self.active.retain(|_| kept.next().is_some_and(|kept| *kept));
        self.recoding.restart();
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

fn spelt<'a>(vocabulary: &'a Vocabulary, words: &'a [(WordId, u8)]) -> impl Iterator<Item = (&'a str, u8)> {
    let words = words.iter();
    words.filter_map(|(word, halves)| Some((vocabulary.spelt(*word)?, *halves)))
}

fn pieces<'a>(vocabulary: &'a Vocabulary, words: &'a [(WordId, u8)]) -> impl Iterator<Item = PieceId> + 'a {
    let words = words.iter();
    words.flat_map(|(word, _)| vocabulary.pieces(*word).iter().copied())
}
