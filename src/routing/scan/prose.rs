//! The words of a line of prose.

use super::{At, LEAD_SENTENCES, Scan};
use crate::routing::features::{Gram, Place, Span};
use crate::routing::hash;
use crate::routing::letters::{COLON, QUESTION};
use crate::routing::senses;
use crate::routing::shape::{is_equation, is_path};
use crate::routing::small_words::{BEFORE_VERB, Courtesy, NEGATION, RATIO, Small};
use crate::routing::spelling;
use crate::routing::word::Word;

const LONG_WORD: usize = 9;
/// Stands for the beginning of a sentence.
const LEADING: u64 = hash::word(b"@leads");
/// Tells a verb that is asked for from a meaning.
const ASKED: u64 = hash::word(b"@asked");
/// Two letters of a script without blanks.
const TWO_LETTERS: usize = 6;

/// How far the search for a sentence's verb has come.
#[derive(Debug, Clone, Copy)]
enum Lead {
    Wanted,
    After(u64, u32),
    Done,
}

impl Scan {
    pub(super) fn prose(&mut self, line: &str, at: At) {
        let bytes = line.as_bytes();
        self.counts.questions += usize::from(at.kinds & QUESTION != 0);
        self.equation = self.equation || is_equation(bytes);
        self.counts.urls += usize::from(at.kinds & COLON != 0 && line.contains("://"));
        let mut start = line.split_whitespace().next().unwrap_or_default().chars();
        match (start.next(), start.next()) {
            (Some('A'..='E' | 'a'..='e'), Some(')' | '.')) => self.counts.options += 1,
            (Some('0'..='9'), Some(')' | '.')) => self.counts.numbered += 1,
            _ => {}
        }
        self.counts.sentences += 1;
        let mut previous: Option<(u64, u32)> = None;
        let mut lead = Lead::Wanted;
        let mut end = 0;
        let mut asked = 0;
        let mut opening = at.opening;
        let mut courtesy = Courtesy::default();
        while let Some(typed) = Word::next(bytes, end) {
            let known = spelling::knows(typed.hash);
            let mended = if known { None } else { spelling::mended(&typed) };
            let word = mended.as_ref().unwrap_or(&typed);
            let between = bytes.get(end..word.start).unwrap_or_default();
            let after = bytes.get(word.end()..).unwrap_or_default();
            let is_apart = between != b" ";
            if is_apart {
                self.counts.paths += usize::from(is_path(between, typed.text, after));
                let stop = |byte: &u8| matches!(byte, b'.' | b'!' | b'?' | b':' | b';');
                if between.iter().any(stop) && between.contains(&b' ') {
                    previous = None;
                    lead = Lead::Wanted;
                    self.counts.sentences += 1;
                }
            }
            end = word.end();
            let small = Small::word(word.hash);
            let begins = matches!(lead, Lead::Wanted);
            if courtesy.is(small, begins) {
                opening += word.text.len();
                continue;
            }
            self.marks.look(&typed, after);
            if is_apart {
                self.marks.look_between(between, &typed);
            }
            self.count(&typed, small);
            let here = Span::new(at.offset + word.start, at.offset + word.end());
            let is_opening = word.start < opening;
            let pieces = if known || mended.is_some() {
                0
            } else {
                self.pieces(word)
            };
            self.emit(Place::Anywhere, previous, word, here, pieces);
            if is_opening {
                self.emit(Place::Opening, previous, word, here, 0);
            }
            let ends = self.ends.get_or_insert([(word.hash, here); 2]);
            ends[1] = (word.hash, here);
            // What is asked for stands first or last; between them is what it is asked of.
            if is_opening || at.last {
                self.senses(previous.map(|(word, _)| word), word, begins, here);
            }
            lead = match lead {
                Lead::Wanted if self.sentences >= LEAD_SENTENCES => Lead::Done,
                Lead::Wanted if small.is(BEFORE_VERB) => Lead::Wanted,
                Lead::Wanted => {
                    self.sentences += 1;
                    self.push(Place::Lead, word.hash, here);
                    self.ask(hash::pair(word.hash, ASKED), here);
                    Lead::After(word.hash, here.start)
                }
                Lead::After(verb, start) => {
                    let both = Span { start, ..here };
                    self.push(Place::Lead, hash::pair(verb, word.hash), both);
                    Lead::Done
                }
                Lead::Done => Lead::Done,
            };
            previous = Some((word.hash, here.start));
            asked = word.end();
        }
        // The last line with words decides.
        if asked > 0 {
            self.marks.asks_last = false;
        }
        self.marks.asks_last |= bytes.get(asked..).unwrap_or_default().contains(&b'?');
    }

    fn count(&mut self, word: &Word, small: Small) {
        let counts = &mut self.counts;
        counts.words += 1;
        counts.word_bytes += word.text.len();
        counts.long_words += usize::from(word.text.len() >= LONG_WORD);
        let digits = word.digits();
        counts.digits += digits;
        counts.numbers += usize::from(digits > 0);
        counts.negations += usize::from(small.is(NEGATION));
        counts.ratios += usize::from(small.is(RATIO));
        small.tell(&mut self.features.languages);
    }

    /// A word alone and with the one before it; a plural also as its singular.
    fn emit(&mut self, place: Place, previous: Option<(u64, u32)>, word: &Word, here: Span, pieces: u8) {
        let gram = Gram {
            is_word: true,
            pieces,
            ..Gram::new(hash::at(place, word.hash), here)
        };
        self.add(place, gram);
        if let Some((previous, start)) = previous {
            let both = Span { start, ..here };
            self.push(place, hash::pair(previous, word.hash), both);
        }
        if let Some(singular) = word.singular() {
            let end = here.end - 1;
            self.push(place, singular, Span { end, ..here });
            if let Some((previous, start)) = previous {
                self.push(place, hash::pair(previous, singular), Span { start, end });
            }
        }
    }

    /// Each four bytes of a word and its ends, and six where letters take several bytes. Gives back how many that
    /// are.
    fn pieces(&mut self, word: &Word) -> u8 {
        let pieces = &mut self.features.pieces;
        let before = pieces.len();
        pieces.extend(word.pieces());
        // A word is cut up at its beginning only, so these are few.
        u8::try_from(pieces.len() - before).unwrap_or(u8::MAX)
    }

    /// What a word means, and in a script without blanks what each two letters do.
    fn senses(&mut self, previous: Option<u64>, word: &Word, begins: bool, here: Span) {
        for sense in senses::of(previous, word) {
            self.sense(sense, begins, here);
        }
        if word.text.len() >= TWO_LETTERS && word.text.first().is_some_and(|byte| *byte >= 0xe0) {
            for (at, piece) in word.text.windows(TWO_LETTERS).enumerate().step_by(3) {
                let start = here.start as usize + at;
                for sense in senses::within(hash::word(piece)) {
                    self.sense(sense, begins, Span::new(start, start + TWO_LETTERS));
                }
            }
        }
    }

    /// A meaning alone, as what a sentence begins with, and with the two before it.
    fn sense(&mut self, sense: u64, begins: bool, here: Span) {
        self.push(Place::Sense, sense, here);
        self.ask(sense, here);
        if begins && self.sentences < LEAD_SENTENCES {
            self.push(Place::Sense, hash::pair(sense, LEADING), here);
            self.ask(hash::pair(sense, LEADING), here);
        }
        let [_, old] = self.senses;
        for (before, start) in self.senses.into_iter().flatten() {
            if before != sense {
                let both = Span { start, ..here };
                self.push(Place::Sense, hash::pair(before, sense), both);
            }
        }
        if old.is_none_or(|(before, _)| before != sense) {
            self.senses = [old, Some((sense, here.start))];
        }
    }
}
