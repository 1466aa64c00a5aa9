//! What a revision changes in the parts of the index.

use super::{Index, fields};
use crate::domain::{Lesson, LessonState};
use crate::knowledge::entries::LessonNo;
use crate::knowledge::essence::Essence;
use crate::knowledge::lexical::{Field, FieldWeight, Slot};
use crate::knowledge::passage::passages;
use crate::knowledge::texts::TextId;
use crate::knowledge::vector::PieceId;
use crate::knowledge::vocabulary::{StemId, Vocabulary, WordId};

/// Fewer tombstones than this are never worth a sweep.
const LEAST_SWEEP: usize = 1024;

impl Index {
    pub(super) fn push(&mut self, number: LessonNo, lesson: &Lesson) {
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

    pub(super) fn remove(&mut self, number: LessonNo, slot: Slot) {
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
    pub(super) fn allow(&mut self, slot: Slot, lesson: &Lesson) {
        if let Some(active) = self.active.get_mut(slot as usize) {
            let is_active = lesson.state == LessonState::Active;
            self.n_active = self.n_active - usize::from(*active) + usize::from(is_active);
            *active = is_active;
        }
    }

    /// What a new lesson is recognised by, and where it stands in its run.
    pub(super) fn recognise(&mut self, number: LessonNo, lesson: &Lesson) {
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

    pub(super) fn tie(&mut self, number: LessonNo, lesson: &Lesson) {
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

    pub(super) fn time(&mut self, number: LessonNo, lesson: &Lesson) {
        let is_timed = lesson.valid_to.is_some() || lesson.valid_from() > lesson.recorded_at;
        if is_timed && !self.timed.contains(&number) {
            self.timed.push(number);
        }
    }

    /// The stems of a text, each once with its occurrences in halves.
    pub(super) fn stems(&self, text: TextId) -> Vec<(StemId, u16)> {
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
    pub(super) fn sweep(&mut self) {
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

fn spelt<'a>(vocabulary: &'a Vocabulary, words: &'a [(WordId, u8)]) -> impl Iterator<Item = (&'a str, u8)> {
    let words = words.iter();
    words.filter_map(|(word, halves)| Some((vocabulary.spelt(*word)?, *halves)))
}

fn pieces<'a>(vocabulary: &'a Vocabulary, words: &'a [(WordId, u8)]) -> impl Iterator<Item = PieceId> + 'a {
    let words = words.iter();
    words.flat_map(|(word, _)| vocabulary.pieces(*word).iter().copied())
}
