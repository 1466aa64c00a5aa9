//! Which words each text has. A text is a lesson as a whole, or a passage of a long one.

use super::lexical::{Field, Slot};
use super::vocabulary::{Vocabulary, WordId};
use super::words::tokens;

/// Number of a text. The whole of a lesson comes first, its passages follow.
pub(super) type TextId = u32;

/// The words of all texts, one text behind the other.
#[derive(Debug, Default)]
pub(super) struct Texts {
    words: Vec<WordId>,
    /// Occurrences in halves; a word that occurs more often counts as this often.
    counts: Vec<u8>,
    texts: Vec<Text>,
    /// By slot: its first text.
    wholes: Vec<TextId>,
}

/// What is kept of a text beside its words.
#[derive(Debug, Clone, Copy)]
pub(super) struct Text {
    /// Where its words end; they begin where those of the text before end.
    end: u32,
    /// Occurrences in halves.
    pub(super) length: u32,
    /// Of which lesson.
    pub(super) slot: Slot,
}

impl Texts {
    /// Adds the text of the lesson in the next slot.
    pub(super) fn push_whole(&mut self, vocabulary: &mut Vocabulary, fields: &[Field<'_>]) -> Option<TextId> {
        let slot = Slot::try_from(self.wholes.len()).ok()?;
        let text = self.push(vocabulary, fields, slot)?;
        self.wholes.push(text);
        Some(text)
    }

    /// Adds a passage of the last lesson.
    pub(super) fn push_passage(&mut self, vocabulary: &mut Vocabulary, passage: Field<'_>) -> Option<TextId> {
        let slot = Slot::try_from(self.wholes.len().checked_sub(1)?).ok()?;
        self.push(vocabulary, &[passage], slot)
    }

    fn push(&mut self, vocabulary: &mut Vocabulary, fields: &[Field<'_>], slot: Slot) -> Option<TextId> {
        let id = TextId::try_from(self.texts.len()).ok()?;
        let mut found: Vec<(WordId, u8)> = Vec::new();
        for field in fields {
            tokens(field.text, |token| {
                found.extend(vocabulary.intern(token).map(|word| (word, field.weight as u8)));
            });
        }
        found.sort_unstable();
        let mut length = 0_u32;
        for same in found.chunk_by(|one, other| one.0 == other.0) {
            let Some((word, _)) = same.first() else { continue };
            let count = same
                .iter()
                .fold(0_u8, |sum, (_, count)| sum.saturating_add(*count));
            self.words.push(*word);
            self.counts.push(count);
            length = length.saturating_add(u32::from(count));
        }
        let end = u32::try_from(self.words.len()).ok()?;
        self.texts.push(Text { end, length, slot });
        Some(id)
    }

    /// Takes out what [`Texts::push`] put in last, as far as `texts` and `slots` go.
    pub(super) fn n_slots(&self) -> usize {
        self.wholes.len()
    }

    /// How many texts there are.
    pub(super) fn len(&self) -> usize {
        self.texts.len()
    }

    /// What is kept of a text.
    pub(super) fn text(&self, id: TextId) -> Option<Text> {
        self.texts.get(id as usize).copied()
    }

    /// The words of a text, each once, with their occurrences in halves.
    pub(super) fn words(&self, id: TextId) -> impl Iterator<Item = (WordId, u8)> + Clone + '_ {
        let at = id as usize;
        let before = at.checked_sub(1).and_then(|before| self.texts.get(before));
        let start = before.map_or(0, |text| text.end) as usize;
        let end = self.texts.get(at).map_or(start, |text| text.end as usize);
        let words = self.words.get(start..end).unwrap_or_default();
        let counts = self.counts.get(start..end).unwrap_or_default();
        words.iter().copied().zip(counts.iter().copied())
    }

    /// The text of a lesson as a whole.
    pub(super) fn whole(&self, slot: Slot) -> Option<TextId> {
        self.wholes.get(slot as usize).copied()
    }

    /// The passages of a lesson; none when it is short.
    pub(super) fn passages(&self, slot: Slot) -> std::ops::Range<TextId> {
        let Some(whole) = self.whole(slot) else {
            return 0..0;
        };
        let next = self.wholes.get(slot as usize + 1).copied();
        whole + 1..next.unwrap_or(self.texts.len() as TextId)
    }

    /// Drops the slots for which `kept` is false; the others move together in the same order. Gives back
    /// which texts stayed.
    pub(super) fn sweep(&mut self, kept: &[bool]) -> Vec<bool> {
        let stays = |text: &Text| kept.get(text.slot as usize).copied().unwrap_or(false);
        let stayed: Vec<bool> = self.texts.iter().map(stays).collect();
        let mut next = Self::default();
        for (at, text) in self.texts.iter().enumerate().filter(|(_, text)| stays(text)) {
            let is_whole = self.whole(text.slot) == Some(at as TextId);
            if is_whole {
                next.wholes.push(next.texts.len() as TextId);
            }
            for (word, count) in self.words(at as TextId) {
                next.words.push(word);
                next.counts.push(count);
            }
            next.texts.push(Text {
                end: next.words.len() as u32,
                slot: next.wholes.len().saturating_sub(1) as Slot,
                ..*text
            });
        }
        *self = next;
        stayed
    }

    /// Words, counts, and by text where they end and how long it is, and by slot its first text: what
    /// [`Texts::from_parts`] makes it from again.
    pub(super) fn parts(&self) -> (&[WordId], &[u8], impl Iterator<Item = [u32; 2]>, &[TextId]) {
        let texts = self.texts.iter().map(|text| [text.end, text.length]);
        (&self.words, &self.counts, texts, &self.wholes)
    }

    /// The texts with these parts, of a vocabulary of `n_words`; `None` when they do not belong together.
    pub(super) fn from_parts(
        words: Vec<WordId>,
        counts: Vec<u8>,
        texts: impl Iterator<Item = [u32; 2]>,
        wholes: Vec<TextId>,
        n_words: usize,
    ) -> Option<Self> {
        let mut slot = 0;
        let texts: Vec<Text> = (0..)
            .zip(texts)
            .map(|(id, [end, length]): (TextId, _)| {
                while wholes.get(slot + 1).is_some_and(|next| *next <= id) {
                    slot += 1;
                }
                Text {
                    end,
                    length,
                    slot: slot as Slot,
                }
            })
            .collect();
        let fits = words.len() == counts.len()
            && words.iter().all(|word| (*word as usize) < n_words)
            && texts.is_sorted_by_key(|text| text.end)
            && texts.last().map_or(0, |text| text.end) as usize == words.len()
            && wholes.is_sorted_by(|one, other| one < other)
            && wholes.first().is_none_or(|first| *first == 0)
            && wholes.last().is_none_or(|last| (*last as usize) < texts.len());
        fits.then_some(Self {
            words,
            counts,
            texts,
            wholes,
        })
    }
}
