//! What an answer has, counted in the ways that people count it.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use super::super::block::Block;
use super::super::markdown;
use super::super::prose::{PassageKind, Prose};
use super::super::syntax::Language;
use super::compiled;
use super::demand::Unit;

/// An answer and what was read of it.
pub(super) struct Answer<'a> {
    pub(super) text: &'a str,
    pub(super) prose: &'a Prose,
    /// The whole output when it is code itself.
    pub(super) whole_code: Option<Language>,
    pub(super) blocks: Vec<Block>,
}

impl<'a> Answer<'a> {
    pub(super) fn of(text: &'a str, prose: &'a Prose, whole_code: Option<Language>) -> Self {
        let fences = markdown::read(&Block::whole(text, Language::Markdown), &Language::Unlabelled);
        Self {
            text,
            prose,
            whole_code,
            blocks: fences.blocks,
        }
    }

    /// The code of the answer, piece by piece.
    pub(super) fn code(&self) -> Vec<&str> {
        match (&self.whole_code, self.blocks.is_empty()) {
            (Some(_), true) => vec![self.text],
            _ => self.blocks.iter().map(|block| block.code.as_str()).collect(),
        }
    }

    /// How many of `unit` there are, by every way to count that people mean by it. Empty when it has none that
    /// could be counted.
    pub(super) fn count(&self, unit: Unit) -> Vec<usize> {
        let text = self.text;
        match unit {
            Unit::Words => vec![
                text.split_whitespace()
                    .filter(|word| word.contains(char::is_alphanumeric))
                    .count(),
                self.prose
                    .words
                    .split_whitespace()
                    .filter(|word| word.contains(char::is_alphanumeric))
                    .count(),
                RUNS.find_iter(text).count(),
            ],
            Unit::Characters => vec![
                text.trim().chars().count(),
                text.chars().filter(|c| !c.is_whitespace()).count(),
            ],
            Unit::Sentences => {
                let sentences = self.prose.sentences();
                let plain = sentences
                    .iter()
                    .filter(|s| s.kind == PassageKind::Paragraph)
                    .count();
                let unlisted = sentences
                    .iter()
                    .filter(|s| s.kind != PassageKind::Heading)
                    .count();
                vec![plain, unlisted, sentences.len()]
            }
            Unit::Paragraphs => self.paragraphs(),
            Unit::Lines => vec![
                text.trim().lines().count(),
                text.lines().filter(|line| !line.trim().is_empty()).count(),
            ],
            Unit::Bullets => {
                let (top, all) = self.items(&BULLET);
                vec![top, all]
            }
            Unit::Items => self.enumerated(),
            Unit::Sections => {
                let marked = MARKED.find_iter(text).count();
                let headings = self.passages(PassageKind::Heading);
                vec![marked, headings, headings.saturating_sub(1), self.bold_lines()]
            }
            Unit::CodeBlocks => vec![self.prose.code_blocks],
            Unit::Placeholders => vec![PLACEHOLDER.find_iter(text).count()],
            Unit::Highlights => vec![HIGHLIGHT.find_iter(text).count()],
            Unit::Questions => vec![text.matches(['?', '？']).count(), self.items(&NUMBERED).0],
            Unit::CapitalWords => vec![
                RUNS.find_iter(text)
                    .filter(|word| {
                        word.as_str().contains(char::is_uppercase)
                            && !word.as_str().contains(char::is_lowercase)
                    })
                    .count(),
            ],
        }
    }

    /// The paragraphs of the answer as text, split at empty lines.
    pub(super) fn split_paragraphs(&self) -> Vec<Range<usize>> {
        let mut found = Vec::new();
        let mut start = None;
        let mut at = 0;
        for line in self.text.split_inclusive('\n') {
            let bare = line.trim();
            let divides =
                bare.is_empty() || bare.chars().all(|c| matches!(c, '*' | '-' | '_')) && bare.len() > 2;
            match (divides, start) {
                (true, Some(from)) => {
                    found.push(from..at);
                    start = None;
                }
                (false, None) => start = Some(at + line.len() - line.trim_start().len()),
                _ => {}
            }
            at += line.len();
        }
        found.extend(start.map(|from| from..at));
        found
    }

    fn paragraphs(&self) -> Vec<usize> {
        let divided = DIVIDER
            .split(self.text)
            .filter(|part| !part.trim().is_empty())
            .count();
        let mut ways = vec![
            self.passages(PassageKind::Paragraph),
            self.split_paragraphs().len(),
        ];
        if divided > 1 {
            ways.push(divided);
        }
        ways
    }

    /// Items, steps, reasons: of a list, or what headings or rows tell apart.
    fn enumerated(&self) -> Vec<usize> {
        let (bullets, all_bullets) = self.items(&BULLET);
        let (numbers, all_numbers) = self.items(&NUMBERED);
        let titled = NUMBERED_TITLE.find_iter(self.text).count();
        let headings = self.passages(PassageKind::Heading);
        let mut ways: Vec<usize> = [
            bullets,
            all_bullets,
            numbers,
            all_numbers,
            bullets + numbers,
            titled,
            self.bold_lines(),
        ]
        .into_iter()
        .filter(|count| *count > 0)
        .collect();
        // Without a list or titles it may be told in prose, which nobody here counts.
        if !ways.is_empty() && headings > 0 {
            ways.extend([headings, headings - 1]);
        }
        ways
    }

    /// Items whose line begins with a mark: those that are in no other item, and all.
    fn items(&self, mark: &Regex) -> (usize, usize) {
        let lines: Vec<&str> = self.lines_outside_code();
        let indents: Vec<usize> = lines
            .iter()
            .filter(|line| mark.is_match(line))
            .map(|line| line.len() - line.trim_start().len())
            .collect();
        let least = indents.iter().copied().min().unwrap_or(0);
        let top = indents.iter().filter(|indent| **indent <= least + 1).count();
        (top, indents.len())
    }

    fn lines_outside_code(&self) -> Vec<&str> {
        let mut inside = false;
        self.text
            .lines()
            .filter(|line| {
                let fence = line.trim_start().starts_with("```") || line.trim_start().starts_with("~~~");
                inside ^= fence;
                !inside && !fence
            })
            .collect()
    }

    fn bold_lines(&self) -> usize {
        self.lines_outside_code()
            .iter()
            .filter(|line| BOLD_LINE.is_match(line))
            .count()
    }

    fn passages(&self, kind: PassageKind) -> usize {
        self.prose
            .passages
            .iter()
            .filter(|passage| passage.kind == kind)
            .count()
    }
}

static RUNS: LazyLock<Regex> = LazyLock::new(|| compiled(r"\w+"));
static BULLET: LazyLock<Regex> = LazyLock::new(|| compiled(r"^\s*[-*+•] +\S"));
static NUMBERED: LazyLock<Regex> = LazyLock::new(|| compiled(r"^\s*\d{1,3}[.)] +\S"));
static NUMBERED_TITLE: LazyLock<Regex> =
    LazyLock::new(|| compiled(r"(?m)^(?:#+ *|\*\*)(?:\w+ )?\d{1,3}[.:) ]"));
static MARKED: LazyLock<Regex> =
    LazyLock::new(|| compiled(r"(?mi)^\W{0,6}(?:section|part|chapter) +[\dIVX]+\b"));
static BOLD_LINE: LazyLock<Regex> = LazyLock::new(|| compiled(r"^\s*\*\*[^*]+\*\*:?\s*$"));
static PLACEHOLDER: LazyLock<Regex> = LazyLock::new(|| compiled(r"\[[^\[\]]{1,200}\]"));
static HIGHLIGHT: LazyLock<Regex> = LazyLock::new(|| compiled(r"\*{1,2}[^\s*](?:[^*\n]*[^\s*])?\*{1,2}"));
static DIVIDER: LazyLock<Regex> = LazyLock::new(|| compiled(r"(?m)^\s*\*\*\*\s*$"));
