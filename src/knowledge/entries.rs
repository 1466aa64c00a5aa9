//! What is known about each lesson beside its words: enough to filter, to order equals, and to recognise it.

use hashbrown::HashMap;

use super::interner::Interner;
use super::lexical::Slot;
use crate::domain::{Digest, Lesson, LessonId, LessonKind, LessonState, Timestamp};

/// Number of a lesson, whatever its state; it never changes.
pub(super) type LessonNo = u32;

const NONE: u32 = u32::MAX;

/// All lessons of a project.
#[derive(Debug, Default)]
pub(super) struct Entries {
    ids: Interner,
    /// By lesson.
    entries: Vec<Entry>,
    /// By slot.
    lessons: Vec<LessonNo>,
    /// Beginnings of the digests of all texts.
    digests: HashMap<u64, LessonNo>,
}

/// What is kept of a lesson.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Entry {
    slot: u32,
    pub(super) kind: LessonKind,
    pub(super) state: LessonState,
    /// Milliseconds of the epoch, here and below.
    pub(super) recorded_ms: i64,
    pub(super) valid_from_ms: i64,
    pub(super) valid_to_ms: i64,
    /// When somebody last said that it holds.
    pub(super) confirmed_ms: i64,
    /// How sure it is without regard to its age, 0 to 1.
    pub(super) strength: f32,
    /// Of what is searched: as long as it is the same, the index need not change.
    pub(super) content: u64,
    /// The neighbours in its run.
    previous: LessonNo,
    next: LessonNo,
}

impl Entry {
    /// The entry of `lesson`, which is in no slot and in no run.
    pub(super) fn of(lesson: &Lesson, content: u64) -> Self {
        Self {
            slot: NONE,
            kind: lesson.kind,
            state: lesson.state,
            recorded_ms: lesson.recorded_at.as_millisecond(),
            valid_from_ms: lesson.valid_from().as_millisecond(),
            valid_to_ms: lesson.valid_to.map_or(i64::MAX, |end| end.as_millisecond()),
            confirmed_ms: lesson.updated_at.as_millisecond(),
            strength: lesson.strength() as f32,
            content,
            previous: NONE,
            next: NONE,
        }
    }

    /// Where it is indexed, when it can be found.
    pub(super) fn slot(&self) -> Option<Slot> {
        (self.slot != NONE).then_some(self.slot)
    }

    /// Whether it is in force, but for the time.
    pub(super) fn is_active(&self) -> bool {
        self.state == LessonState::Active
    }

    /// Its state at that time, as [`Lesson::state_at`] tells it.
    pub(super) fn state_at(&self, now: Timestamp) -> LessonState {
        match self.state {
            LessonState::Active | LessonState::Candidate if self.valid_to_ms <= now.as_millisecond() => {
                LessonState::Expired
            }
            state => state,
        }
    }

    /// Whether it holds at that time.
    pub(super) fn holds_at(&self, now: Timestamp) -> bool {
        let now = now.as_millisecond();
        self.valid_from_ms <= now && now < self.valid_to_ms
    }
}

impl Entries {
    /// The lesson's number, which it gets now if it has none.
    pub(super) fn intern(&mut self, id: &LessonId) -> Option<LessonNo> {
        self.ids.intern(id.as_str())
    }

    /// The lesson's number, if it was ever seen.
    pub(super) fn find(&self, id: &str) -> Option<LessonNo> {
        self.ids.find(id)
    }

    /// The lesson's id.
    pub(super) fn id(&self, lesson: LessonNo) -> LessonId {
        LessonId::new(self.id_text(lesson))
    }

    /// The same, as text.
    pub(super) fn id_text(&self, lesson: LessonNo) -> &str {
        self.ids.get(lesson)
    }

    /// What is known about a lesson.
    pub(super) fn get(&self, lesson: LessonNo) -> Option<&Entry> {
        self.entries.get(lesson as usize)
    }

    /// All lessons, whatever their state, with their ids.
    pub(super) fn all(&self) -> impl Iterator<Item = (LessonNo, &str, &Entry)> {
        let numbered = (0..).zip(&self.entries);
        numbered.map(|(lesson, entry)| (lesson, self.ids.get(lesson), entry))
    }

    /// Keeps `entry` in place of what was known; slot and neighbours stay.
    pub(super) fn put(&mut self, lesson: LessonNo, entry: Entry, digest: &Digest) {
        self.digests.entry(beginning(digest)).or_insert(lesson);
        match self.entries.get_mut(lesson as usize) {
            Some(known) => {
                *known = Entry {
                    slot: known.slot,
                    previous: known.previous,
                    next: known.next,
                    ..entry
                };
            }
            None => self.entries.push(entry),
        }
    }

    /// Says that the lesson is in the next slot.
    pub(super) fn place(&mut self, lesson: LessonNo) {
        if let Some(entry) = self.entries.get_mut(lesson as usize) {
            entry.slot = self.lessons.len() as u32;
        }
        self.lessons.push(lesson);
    }

    /// Says that the lesson is in no slot any more.
    pub(super) fn displace(&mut self, lesson: LessonNo) {
        if let Some(entry) = self.entries.get_mut(lesson as usize) {
            entry.slot = NONE;
        }
    }

    /// Says that `next` follows `previous` in a run.
    pub(super) fn chain(&mut self, previous: LessonNo, next: LessonNo) {
        if let Some(entry) = self.entries.get_mut(previous as usize) {
            entry.next = next;
        }
        if let Some(entry) = self.entries.get_mut(next as usize) {
            entry.previous = previous;
        }
    }

    /// The slots of the lessons before and after the one in `slot`, in its run.
    pub(super) fn neighbours(&self, slot: Slot) -> impl Iterator<Item = Slot> {
        let entry = self.at(slot).map(|(_, entry)| [entry.previous, entry.next]);
        let neighbours = entry.into_iter().flatten();
        neighbours.filter_map(|lesson| self.get(lesson)?.slot())
    }

    /// The lesson in a slot, unless it was removed from there.
    pub(super) fn at(&self, slot: Slot) -> Option<(LessonNo, &Entry)> {
        let lesson = *self.lessons.get(slot as usize)?;
        let entry = self.get(lesson)?;
        (entry.slot == slot).then_some((lesson, entry))
    }

    /// How many slots there are, those of removed lessons among them.
    pub(super) fn n_slots(&self) -> usize {
        self.lessons.len()
    }

    /// The lesson whose text may have this digest: only its beginning is compared.
    pub(super) fn twin(&self, digest: &Digest) -> Option<LessonNo> {
        self.digests.get(&beginning(digest)).copied()
    }

    /// Drops the slots for which `kept` is false; the others move together in the same order.
    pub(super) fn sweep(&mut self, kept: &[bool]) {
        let mut kept = kept.iter();
        self.lessons.retain(|_| kept.next().is_some_and(|kept| *kept));
        for (slot, lesson) in (0..).zip(&self.lessons) {
            if let Some(entry) = self.entries.get_mut(*lesson as usize) {
                entry.slot = slot;
            }
        }
    }
}

/// How an entry is kept.
const COLUMNS: usize = 15;
const KINDS: [LessonKind; 3] = [LessonKind::Note, LessonKind::Run, LessonKind::Outcome];
const STATES: [LessonState; 5] = [
    LessonState::Candidate,
    LessonState::Active,
    LessonState::Superseded,
    LessonState::Expired,
    LessonState::Retracted,
];

impl Entries {
    /// Ids, by lesson its entry, by slot its lesson, and the digests: what [`Entries::from_parts`] makes
    /// them from again.
    pub(super) fn parts(
        &self,
    ) -> (
        &Interner,
        impl Iterator<Item = [u32; COLUMNS]>,
        &[LessonNo],
        impl Iterator<Item = (&u64, &LessonNo)>,
    ) {
        let entries = self.entries.iter().map(Entry::columns);
        (&self.ids, entries, &self.lessons, self.digests.iter())
    }

    /// The entries with these parts; `None` when they do not belong together.
    pub(super) fn from_parts(
        ids: Interner,
        entries: impl Iterator<Item = [u32; COLUMNS]>,
        lessons: Vec<LessonNo>,
        digests: impl Iterator<Item = (u64, LessonNo)>,
    ) -> Option<Self> {
        let mut entries = entries.map(Entry::from_columns).collect::<Option<Vec<_>>>()?;
        // A collection that may fail does not know its length before.
        entries.shrink_to_fit();
        let known = |lesson: LessonNo| (lesson as usize) < entries.len();
        let fits = entries.len() == ids.len() && lessons.iter().all(|lesson| known(*lesson));
        if !fits {
            return None;
        }
        let mut all = Self {
            ids,
            entries,
            lessons,
            digests: digests.collect(),
        };
        for next in 0..all.entries.len() as LessonNo {
            if let Some(previous) = all.get(next).map(|entry| entry.previous)
                && let Some(entry) = all.entries.get_mut(previous as usize)
            {
                entry.next = next;
            }
        }
        Some(all)
    }
}

impl Entry {
    fn columns(&self) -> [u32; COLUMNS] {
        let halves = |value: u64| [value as u32, (value >> 32) as u32];
        let position = |at: Option<usize>| at.unwrap_or_default() as u32;
        let kind = position(KINDS.iter().position(|kind| *kind == self.kind));
        let state = position(STATES.iter().position(|state| *state == self.state));
        let [a, b] = halves(self.recorded_ms.cast_unsigned());
        let [c, d] = halves(self.valid_from_ms.cast_unsigned());
        let [e, f] = halves(self.valid_to_ms.cast_unsigned());
        let [g, h] = halves(self.confirmed_ms.cast_unsigned());
        let [i, j] = halves(self.content);
        let strength = self.strength.to_bits();
        [
            self.slot,
            kind,
            state,
            a,
            b,
            c,
            d,
            e,
            f,
            g,
            h,
            strength,
            i,
            j,
            self.previous,
        ]
    }

    fn from_columns(columns: [u32; COLUMNS]) -> Option<Self> {
        let [
            slot,
            kind,
            state,
            a,
            b,
            c,
            d,
            e,
            f,
            g,
            h,
            strength,
            i,
            j,
            previous,
        ] = columns;
        let whole = |low: u32, high: u32| u64::from(high) << 32 | u64::from(low);
        Some(Self {
            slot,
            kind: *KINDS.get(kind as usize)?,
            state: *STATES.get(state as usize)?,
            recorded_ms: whole(a, b).cast_signed(),
            valid_from_ms: whole(c, d).cast_signed(),
            valid_to_ms: whole(e, f).cast_signed(),
            confirmed_ms: whole(g, h).cast_signed(),
            strength: f32::from_bits(strength),
            content: whole(i, j),
            previous,
            // Follows from the entries that name this one as the previous.
            next: NONE,
        })
    }
}

fn beginning(digest: &Digest) -> u64 {
    let [a, b, c, d, e, f, g, h, ..] = *digest.as_bytes();
    u64::from_be_bytes([a, b, c, d, e, f, g, h])
}
