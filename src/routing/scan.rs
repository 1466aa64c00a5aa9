//! The pass over a text that finds its grams, shapes and counts.

mod prose;

use std::sync::LazyLock;

use super::features::{Features, Gram, Place, Span};
use super::hash;
use super::letters::{self, CONTROL, DOLLAR, PERCENT, SYMBOL, WIDE};
use super::lexicon::Found;
use super::marks::{Marks, SHAPES, Seen};
use super::shape::{Line, kind_of};
use super::signals::Counts;

/// What is asked for usually stands in the first characters: their grams are counted apart, too.
const OPENING_BYTES: usize = 120;
/// Sentences whose first word may be the verb that says what to do.
const LEAD_SENTENCES: usize = 4;

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
    found: Found,
    /// The last two senses, with where they begin.
    senses: [Option<(u64, u32)>; 2],
    /// What is asked for: senses, those that a sentence begins with once more, and verbs; each once.
    asked: Vec<(u64, Span)>,
    /// The first word and the last.
    ends: Option<[(u64, Span); 2]>,
}

/// Stands before the first word.
const FIRST: u64 = hash::word(b"@first");

/// What the shapes say.
static SHAPE_GRAMS: LazyLock<[u64; SHAPES.len()]> = LazyLock::new(|| SHAPES.map(hash::phrase));

/// A line of the task: where it begins, and how much of the opening is left from there.
#[derive(Debug, Clone, Copy)]
struct At {
    offset: usize,
    opening: usize,
    last: bool,
    /// All that its bytes are.
    kinds: u16,
}

impl Scan {
    /// Writes into these, which are empty.
    pub(super) fn new(features: Features) -> Self {
        Self {
            features,
            ..Self::default()
        }
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
            let kinds = letters::all(line.as_bytes());
            self.count_marks(line.as_bytes(), kinds);
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
                kind_of(line, trimmed, kinds)
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
                        kinds,
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

    /// Counts the marks of any line, of which `kinds` are there.
    fn count_marks(&mut self, line: &[u8], kinds: u16) {
        let counts = &mut self.counts;
        for (count, kind) in [
            (&mut self.control, CONTROL),
            (&mut counts.dollars, DOLLAR),
            (&mut counts.percents, PERCENT),
            (&mut counts.symbols, SYMBOL),
            (&mut counts.wide, WIDE),
        ] {
            if kinds & kind != 0 {
                *count += letters::count(line, kind);
            }
        }
    }

    /// What was found, with the shapes; beside the task there were so many bytes of context.
    pub(super) fn finish(mut self, context_bytes: usize) -> Features {
        let code = self.code >= 2 || self.diff || self.trace;
        let seen = Seen {
            code,
            diff: self.diff,
            trace: self.trace,
            equation: self.equation && !code,
            table: self.tables >= 2,
            given: self.given,
        };
        let present = self.marks.shapes(&seen, &self.counts);
        let mut shapes = Vec::with_capacity(SHAPES.len());
        for (at, (number, _)) in SHAPE_GRAMS
            .iter()
            .zip(present)
            .enumerate()
            .filter(|(_, (_, present))| *present)
        {
            self.push(Place::Shape, *number, Span::new(at, at));
            shapes.push(*number);
        }
        for (asked, at) in std::mem::take(&mut self.asked) {
            for shape in &shapes {
                self.push(Place::Cross, hash::pair(asked, *shape), at);
            }
        }
        if let Some([(first, start), (last, end)]) = self.ends {
            let both = Span {
                end: end.end,
                ..start
            };
            self.push(Place::End, hash::pair(FIRST, first), start);
            self.push(Place::End, last, end);
            self.push(Place::End, hash::pair(first, last), both);
        }
        let (mut features, mut counts) = (self.features, self.counts);
        features.hits = self.found.hits(counts.words);
        features.binary = self.control * 50 > counts.bytes;
        features.words = counts.words;
        counts.code_lines = self.code;
        counts.context_bytes = context_bytes;
        features.counts = counts;
        features
    }

    /// Notes what is asked for.
    fn ask(&mut self, hash: u64, at: Span) {
        if self.asked.iter().all(|(known, _)| *known != hash) {
            self.asked.push((hash, at));
        }
    }

    /// Adds a gram; `hash` is what it says, whatever its place.
    fn push(&mut self, place: Place, hash: u64, at: Span) {
        self.add(place, Gram::new(hash::at(place, hash), at));
    }

    fn add(&mut self, place: Place, gram: Gram) {
        if !matches!(place, Place::Sense | Place::Cross | Place::End) {
            self.found.look(gram.number);
        }
        if let Some(grams) = self.features.grams.get_mut(place as usize) {
            grams.push(gram);
        }
    }
}
