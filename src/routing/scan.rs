//! The pass over a text that finds its grams, shapes and counts.

mod prose;

use super::features::{Features, Gram, Place};
use super::hash;
use super::letters::{self, CONTROL, DOLLAR, PERCENT, SYMBOL, WIDE};
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
    /// The last two senses, with where they stand.
    senses: [Option<(u64, usize)>; 2],
}

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
