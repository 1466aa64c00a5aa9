//! The words of a project's lessons, each with what it is found by.

use std::borrow::Cow;

use super::interner::Interner;
use super::vector::{self, PieceId};
use super::words::{Token, lower_case, stem};

/// Number of a word as it is written, lower-cased.
pub(super) type WordId = u32;
/// Number of what words are looked up by.
pub(super) type StemId = u32;

/// A word that is looked up by nothing: a stop word, a single letter.
const DROPPED: StemId = StemId::MAX;

/// Every word that was ever indexed.
#[derive(Debug, Default)]
pub(super) struct Vocabulary {
    words: Interner,
    stems: Interner,
    /// By word.
    about: Vec<About>,
    /// The pieces of all words, one behind the other.
    pieces: Vec<PieceId>,
}

#[derive(Debug, Clone, Copy)]
struct About {
    stem: StemId,
    /// Where its pieces end in `pieces`; they begin where those of the word before end.
    pieces: u32,
    is_whole: bool,
}

impl Vocabulary {
    /// The word's number; `None` for a word that is not indexed.
    pub(super) fn intern(&mut self, token: Token<'_>) -> Option<WordId> {
        let lower = lower_case(token.surface);
        if let Some(word) = self.words.find(&lower) {
            return self.stem(word).is_some().then_some(word);
        }
        let stem = match stem(&lower) {
            Some(stem) => self.stems.intern(&stem)?,
            None => DROPPED,
        };
        let word = self.words.intern(&lower)?;
        if stem != DROPPED && !token.is_whole {
            self.pieces.extend(vector::pieces(&lower));
        }
        self.about.push(About {
            stem,
            pieces: u32::try_from(self.pieces.len()).unwrap_or(u32::MAX),
            is_whole: token.is_whole,
        });
        (stem != DROPPED).then_some(word)
    }

    /// What the word is looked up by.
    pub(super) fn stem(&self, word: WordId) -> Option<StemId> {
        let about = self.about.get(word as usize)?;
        (about.stem != DROPPED).then_some(about.stem)
    }

    /// What a word as it is written is looked up by, whether or not it was ever indexed; `None` for what is
    /// dropped.
    pub(super) fn stem_of(&self, surface: &str) -> Option<Cow<'_, str>> {
        let lower = lower_case(surface);
        match self.words.find(&lower) {
            // Stemming takes longer than looking it up.
            Some(word) => self.stem(word).map(|stem| Cow::Borrowed(self.stem_text(stem))),
            None => stem(&lower).map(Cow::Owned),
        }
    }

    /// What the word is made of; nothing for the whole of an identifier, whose parts are words of their own.
    pub(super) fn pieces(&self, word: WordId) -> &[PieceId] {
        let at = word as usize;
        let before = at.checked_sub(1).and_then(|before| self.about.get(before));
        let start = before.map_or(0, |about| about.pieces);
        let end = self.about.get(at).map_or(start, |about| about.pieces);
        self.pieces.get(start as usize..end as usize).unwrap_or_default()
    }

    /// The word lower-cased, for its spelling; nothing for the whole of an identifier.
    pub(super) fn spelt(&self, word: WordId) -> Option<&str> {
        let about = self.about.get(word as usize)?;
        (!about.is_whole).then(|| self.words.get(word))
    }

    /// The stem's number, if some word has it.
    pub(super) fn find_stem(&self, stem: &str) -> Option<StemId> {
        self.stems.find(stem)
    }

    /// The stem with that number.
    pub(super) fn stem_text(&self, stem: StemId) -> &str {
        self.stems.get(stem)
    }

    /// How many stems there are.
    pub(super) fn n_stems(&self) -> usize {
        self.stems.len()
    }

    /// How many words there are.
    pub(super) fn n_words(&self) -> usize {
        self.words.len()
    }

    /// Words, stems, by word its stem, the end of its pieces and whether it is whole, and the pieces.
    pub(super) fn parts(&self) -> (&Interner, &Interner, impl Iterator<Item = [u32; 3]>, &[PieceId]) {
        let about = self.about.iter();
        let about = about.map(|about| [about.stem, about.pieces, u32::from(about.is_whole)]);
        (&self.words, &self.stems, about, &self.pieces)
    }

    /// The vocabulary with these parts; `None` when they do not belong together.
    pub(super) fn from_parts(
        words: Interner,
        stems: Interner,
        about: impl Iterator<Item = [u32; 3]>,
        pieces: Vec<PieceId>,
    ) -> Option<Self> {
        let about: Vec<About> = about
            .map(|[stem, pieces, is_whole]| About {
                stem,
                pieces,
                is_whole: is_whole != 0,
            })
            .collect();
        let known = |about: &About| about.stem == DROPPED || (about.stem as usize) < stems.len();
        let fits = about.len() == words.len()
            && about.iter().all(known)
            && about.is_sorted_by_key(|about| about.pieces)
            && about.last().map_or(0, |about| about.pieces) as usize == pieces.len();
        fits.then_some(Self {
            words,
            stems,
            about,
            pieces,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::words::tokens;
    use super::*;

    #[test]
    fn an_identifier_is_found_whole_and_lies_where_its_parts_do() {
        let mut vocabulary = Vocabulary::default();
        let mut words = Vec::new();
        tokens("the parseHTTPHeader", |token| {
            words.extend(vocabulary.intern(token));
        });
        let stems: Vec<&str> = words
            .iter()
            .map(|word| vocabulary.stem_text(vocabulary.stem(*word).unwrap()))
            .collect();
        assert_eq!(stems, ["parsehttphead", "pars", "http", "header"]);
        let spelt: Vec<_> = words.iter().filter_map(|word| vocabulary.spelt(*word)).collect();
        assert_eq!(spelt, ["parse", "http", "header"]);
        assert!(vocabulary.pieces(words[0]).is_empty() && !vocabulary.pieces(words[3]).is_empty());
    }
}
