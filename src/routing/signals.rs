//! What is counted rather than matched: lengths, shares and marks.

/// Counts of one text.
#[derive(Debug, Clone, Default)]
pub(super) struct Counts {
    pub(super) bytes: usize,
    pub(super) words: usize,
    pub(super) word_bytes: usize,
    pub(super) lines: usize,
    pub(super) code_lines: usize,
    pub(super) fences: usize,
    pub(super) digits: usize,
    pub(super) numbers: usize,
    pub(super) symbols: usize,
    pub(super) wide: usize,
    pub(super) negations: usize,
    pub(super) questions: usize,
    pub(super) dollars: usize,
    pub(super) percents: usize,
    pub(super) options: usize,
    pub(super) numbered: usize,
    pub(super) urls: usize,
    pub(super) paths: usize,
    pub(super) long_words: usize,
    pub(super) sentences: usize,
    pub(super) ratios: usize,
    pub(super) context_bytes: usize,
}

/// How many signals [`Counts::signals`] gives.
pub(super) const SIGNALS: usize = 23;

/// What an answer calls them.
pub(super) const NAMES: [&str; SIGNALS] = [
    "length in bytes",
    "length in words",
    "number of lines",
    "length of words",
    "share of long words",
    "share of digits",
    "numbers",
    "signs of mathematics",
    "letters beyond ASCII",
    "negations",
    "question marks",
    "$",
    "%",
    "lines of code",
    "fenced code",
    "answer options",
    "numbered steps",
    "addresses",
    "paths",
    "number of sentences",
    "words of proportion",
    "share of numbers",
    "context given",
];

impl Counts {
    /// The signals, not yet standardised. Counts as logarithms, shares as they are.
    pub(super) fn signals(&self) -> [f32; SIGNALS] {
        let log = |count: usize| (1.0 + count as f32).ln();
        let share = |part: usize, whole: usize| part as f32 / whole.max(1) as f32;
        [
            log(self.bytes),
            log(self.words),
            log(self.lines),
            share(self.word_bytes, self.words),
            share(self.long_words, self.words),
            share(self.digits, self.bytes),
            log(self.numbers),
            share(self.symbols, self.bytes),
            share(self.wide, self.bytes),
            log(self.negations),
            log(self.questions),
            log(self.dollars),
            log(self.percents),
            log(self.code_lines),
            log(self.fences),
            log(self.options),
            log(self.numbered),
            log(self.urls),
            log(self.paths),
            log(self.sentences),
            log(self.ratios),
            share(self.numbers, self.words),
            log(self.context_bytes),
        ]
    }
}
