//! The pass over a text that finds its grams, shapes and counts.

use std::ops::Range;

use super::courtesy::{Courtesy, is_before_verb};
use super::features::{Features, Gram, Place};
use super::hash;
use super::marks::{Marks, SHAPES, Seen};
use super::senses;
use super::shape::{Line, is_equation, is_path, kind_of};
use super::signals::Counts;

/// What is asked for usually stands in the first characters: their grams are counted apart, too.
const OPENING_BYTES: usize = 120;
/// Sentences whose first word may be the verb that says what to do.
const LEAD_SENTENCES: usize = 4;
const LONG_WORD: usize = 9;
/// Longer words are cut into pieces at their beginning only.
const PIECED_BYTES: usize = 24;

const NEGATIONS: [u64; 10] = hash::words([
    "not", "no", "never", "without", "except", "t", "cannot", "neither", "nor", "none",
]);
/// Each of these is a step of a calculation told in words.
const RATIOS: [u64; 18] = hash::words([
    "each",
    "every",
    "per",
    "half",
    "twice",
    "double",
    "triple",
    "times",
    "third",
    "quarter",
    "percent",
    "more",
    "less",
    "fewer",
    "rest",
    "remaining",
    "left",
    "total",
]);

/// Stands for the beginning of a sentence.
const LEADING: u64 = hash::word(b"@leads");

#[derive(Debug, Default)]
pub(super) struct Scan {
    features: Features,
    counts: Counts,
    fenced: bool,
    sentences: usize,
    control: usize,
    code: usize,
    tables: usize,
    diff: bool,
    trace: bool,
    equation: bool,
    given: bool,
    marks: Marks,
    /// The last two senses, with where they stand.
    senses: [Option<(u64, usize)>; 2],
}

/// A line of the task: where it begins, and how much of the opening is left from there.
#[derive(Debug, Clone, Copy)]
struct At {
    offset: usize,
    opening: usize,
    last: bool,
}

impl Scan {
    /// With room for so many grams.
    pub(super) fn new(grams: usize) -> Self {
        let mut scan = Self::default();
        scan.features.grams.reserve(grams);
        scan
    }

    /// Reads a part of the task, which begins at `task`, or of its context.
    pub(super) fn text(&mut self, text: &str, task: Option<usize>) {
        let starts = task.is_some() && self.counts.bytes == 0;
        self.counts.bytes += text.len();
        self.fenced = false;
        let mut opening = if starts { OPENING_BYTES } else { 0 };
        let mut first = starts;
        let mut announced = false;
        let last = text.trim_end().lines().next_back().map(str::as_ptr);
        for line in text.lines() {
            let trimmed = line.trim();
            self.marks(line);
            if trimmed.starts_with("```") || trimmed.starts_with("~~~") {
                self.fenced = !self.fenced;
                self.code += 2;
                self.counts.fences += 1;
                first = false;
                continue;
            }
            if trimmed.is_empty() {
                continue;
            }
            self.counts.lines += 1;
            if last == Some(line.as_ptr()) {
                // What is wanted may stand below what it is wanted for.
                self.sentences = self.sentences.min(LEAD_SENTENCES - 2);
            }
            self.given |= announced;
            announced = trimmed.ends_with(':');
            // The first line says what is wanted even where it is full of code.
            let kind = if first {
                Line::Prose
            } else {
                kind_of(line, trimmed)
            };
            first = false;
            match (kind, task) {
                (Line::Prose, _) if self.fenced => self.code += 1,
                (Line::Prose, Some(offset)) => {
                    let into = trimmed.as_ptr() as usize - text.as_ptr() as usize;
                    let at = At {
                        offset: offset + into,
                        opening,
                        last: last == Some(line.as_ptr()),
                    };
                    self.prose(trimmed, at);
                    opening = opening.saturating_sub(trimmed.len() + 1);
                }
                (Line::Prose, None) => {}
                (Line::Code, _) => self.code += 1,
                (Line::Table, _) => self.tables += 1,
                (Line::Diff, _) => self.diff = true,
                (Line::Trace, _) => self.trace = true,
            }
        }
    }

    /// Counts the marks of any line.
    fn marks(&mut self, line: &str) {
        for byte in line.bytes() {
            match byte {
                b'\t' => {}
                0..0x20 | 0x7f => self.control += 1,
                b'$' => self.counts.dollars += 1,
                b'%' => self.counts.percents += 1,
                b'+' | b'=' | b'*' | b'^' | b'<' | b'>' | b'\\' => self.counts.symbols += 1,
                0x80.. => self.counts.wide += 1,
                _ => {}
            }
        }
    }

    fn prose(&mut self, line: &str, at: At) {
        let bytes = line.as_bytes();
        self.counts.questions += usize::from(line.contains('?'));
        self.equation |= is_equation(bytes);
        self.counts.urls += usize::from(line.contains("://"));
        let mut start = line.split_whitespace().next().unwrap_or_default().chars();
        match (start.next(), start.next()) {
            (Some('A'..='E' | 'a'..='e'), Some(')' | '.')) => self.counts.options += 1,
            (Some('0'..='9'), Some(')' | '.')) => self.counts.numbered += 1,
            _ => {}
        }
        self.counts.sentences += 1;
        let mut previous: Option<(u64, usize)> = None;
        let mut lead = Lead::Wanted;
        let mut end = 0;
        let mut asked = 0;
        let mut opening = at.opening;
        let mut courtesy = Courtesy::default();
        for word in words(bytes) {
            let text = bytes.get(word.clone()).unwrap_or_default();
            let between = bytes.get(end..word.start).unwrap_or_default();
            self.counts.paths +=
                usize::from(is_path(between, text, bytes.get(word.end..).unwrap_or_default()));
            let stop = |byte: &u8| matches!(byte, b'.' | b'!' | b'?' | b':' | b';');
            if between.iter().any(stop) && between.contains(&b' ') {
                previous = None;
                lead = Lead::Wanted;
                self.counts.sentences += 1;
            }
            end = word.end;
            let hash = hash::word(text);
            if courtesy.is(hash, matches!(lead, Lead::Wanted)) {
                opening += word.len();
                continue;
            }
            self.count(text, hash, between, bytes.get(word.end..).unwrap_or_default());
            let here = at.offset + word.start..at.offset + word.end;
            self.emit(Place::Anywhere, previous, hash, text, here.clone());
            if word.start < opening {
                self.emit(Place::Opening, previous, hash, text, here.clone());
            }
            let leads =
                matches!(lead, Lead::Wanted) && self.sentences < LEAD_SENTENCES && !is_before_verb(hash);
            self.pieces(text, here.start, leads);
            // What is asked for stands first or last; between them is what it is asked of.
            if word.start < opening || at.last {
                let before = previous.map(|(word, _)| word);
                for sense in senses::of(before, hash, text) {
                    self.sense(sense, matches!(lead, Lead::Wanted), here.clone());
                }
                if text.len() >= 6 && text.first().is_some_and(|byte| *byte >= 0xe0) {
                    // Two letters of a script without blanks.
                    for (at, piece) in text.windows(6).enumerate().step_by(3) {
                        let start = here.start + at;
                        for sense in senses::within(hash::word(piece)) {
                            self.sense(sense, matches!(lead, Lead::Wanted), start..start + 6);
                        }
                    }
                }
            }
            lead = match lead {
                Lead::Wanted if self.sentences >= LEAD_SENTENCES => Lead::Done,
                Lead::Wanted if is_before_verb(hash) => Lead::Wanted,
                Lead::Wanted => {
                    self.sentences += 1;
                    self.push(Place::Lead, hash, here.clone(), true);
                    Lead::After(hash, here.start)
                }
                Lead::After(verb, start) => {
                    self.push(Place::Lead, hash::pair(verb, hash), start..here.end, false);
                    Lead::Done
                }
                Lead::Done => Lead::Done,
            };
            previous = Some((hash, here.start));
            asked = word.end;
        }
        // The last line with words decides.
        if asked > 0 {
            self.marks.asks_last = false;
        }
        self.marks.asks_last |= bytes.get(asked..).unwrap_or_default().contains(&b'?');
    }

    /// What a word means: alone, as what a sentence begins with, and with the two before it.
    fn sense(&mut self, sense: u64, leads: bool, here: Range<usize>) {
        self.push(Place::Sense, sense, here.clone(), false);
        if leads && self.sentences < LEAD_SENTENCES {
            self.push(Place::Sense, hash::pair(sense, LEADING), here.clone(), false);
        }
        let [_, old] = self.senses;
        for (before, start) in self.senses.into_iter().flatten() {
            if before != sense {
                self.push(Place::Sense, hash::pair(before, sense), start..here.end, false);
            }
        }
        if old.is_none_or(|(before, _)| before != sense) {
            self.senses = [old, Some((sense, here.start))];
        }
    }

    /// The letters of a word, each four bytes of it and its ends, and six where letters take several bytes.
    fn pieces(&mut self, word: &[u8], start: usize, leads: bool) {
        let mut padded = [b' '; PIECED_BYTES + 2];
        for (to, from) in padded.iter_mut().skip(1).zip(word.iter().take(PIECED_BYTES)) {
            *to = *from;
        }
        if let Some(letters) = hash::letters(word) {
            self.push(Place::Piece, letters, start..start + word.len(), false);
            if leads {
                let lead = hash::pair(letters, LEADING);
                self.push(Place::Piece, lead, start..start + word.len(), false);
            }
        }
        let padded = padded.get(..word.len().min(PIECED_BYTES) + 2).unwrap_or_default();
        let sizes: &[usize] = if word.iter().any(|b| *b >= 0x80) {
            &[4, 6]
        } else {
            &[4]
        };
        for size in sizes {
            for (at, piece) in padded.windows(*size).enumerate() {
                self.push(
                    Place::Piece,
                    hash::word(piece),
                    start + at.saturating_sub(1)..start + at + size - 1,
                    false,
                );
            }
        }
    }

    fn count(&mut self, word: &[u8], hash: u64, between: &[u8], after: &[u8]) {
        self.marks.look(word, between, after);
        let counts = &mut self.counts;
        counts.words += 1;
        counts.word_bytes += word.len();
        counts.long_words += usize::from(word.len() >= LONG_WORD);
        let digits = word.iter().filter(|byte| byte.is_ascii_digit()).count();
        counts.digits += digits;
        counts.numbers += usize::from(digits > 0);
        counts.negations += usize::from(NEGATIONS.contains(&hash));
        counts.ratios += usize::from(RATIOS.contains(&hash));
    }

    /// A word alone and with the one before it; a plural also as its singular.
    fn emit(
        &mut self,
        place: Place,
        previous: Option<(u64, usize)>,
        hash: u64,
        text: &[u8],
        here: Range<usize>,
    ) {
        let singular = match text {
            [stem @ .., last, b's' | b'S'] if stem.len() >= 2 && !last.eq_ignore_ascii_case(&b's') => {
                Some(hash::word(text.get(..text.len() - 1).unwrap_or_default()))
            }
            _ => None,
        };
        let forms = [Some((hash, here.end)), singular.map(|hash| (hash, here.end - 1))];
        for (hash, end) in forms.into_iter().flatten() {
            self.push(place, hash, here.start..end, end == here.end);
            if let Some((previous, start)) = previous {
                self.push(place, hash::pair(previous, hash), start..end, false);
            }
        }
    }

    fn push(&mut self, place: Place, hash: u64, here: Range<usize>, is_word: bool) {
        let gram = Gram::new(hash::at(place, hash), place, here, is_word);
        self.features.grams.push(gram);
    }

    /// What was found, with the shapes; beside the task there were so many bytes of context.
    pub(super) fn finish(self, context_bytes: usize) -> Features {
        let (mut features, mut counts) = (self.features, self.counts);
        let code = self.code >= 2 || self.diff || self.trace;
        let seen = Seen {
            code,
            diff: self.diff,
            trace: self.trace,
            equation: self.equation && !code,
            table: self.tables >= 2,
            given: self.given,
        };
        let present = self.marks.shapes(&seen, &counts);
        for (at, (name, _)) in SHAPES
            .iter()
            .zip(present)
            .enumerate()
            .filter(|(_, (_, present))| *present)
        {
            let number = hash::gram(Place::Shape, name);
            features
                .grams
                .push(Gram::new(number, Place::Shape, at..at, false));
        }
        features.binary = self.control * 50 > counts.bytes;
        features.words = counts.words;
        counts.code_lines = self.code;
        counts.context_bytes = context_bytes;
        features.counts = counts;
        features
    }
}

/// How far the search for a sentence's verb has come.
#[derive(Debug, Clone, Copy)]
enum Lead {
    Wanted,
    After(u64, usize),
    Done,
}

fn words(bytes: &[u8]) -> impl Iterator<Item = Range<usize>> {
    let mut from = 0;
    std::iter::from_fn(move || {
        let start = from + bytes.get(from..)?.iter().position(|byte| is_word(*byte))?;
        let length = bytes.get(start..)?.iter().position(|byte| !is_word(*byte));
        from = length.map_or(bytes.len(), |length| start + length);
        Some(start..from)
    })
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80
}
