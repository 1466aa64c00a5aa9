//! What the formats of patches have in common: files, hunks, and marked lines that know where they stand.

use std::ops::Range;

/// What a line of a hunk says about its text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mark {
    /// It is there before and after.
    Context,
    /// It is there before.
    Removed,
    /// It is there after.
    Added,
}

/// One line of a hunk.
#[derive(Debug, Clone)]
pub(super) struct Line<'t> {
    pub(super) mark: Mark,
    /// The text without its mark and its line feed; a carriage return stays.
    pub(super) text: &'t str,
    /// Where the text stands in the code of the block.
    pub(super) range: Range<usize>,
    /// Where the patch says that no line feed follows, if it does.
    pub(super) marker: Option<Range<usize>>,
}

impl Line<'_> {
    pub(super) fn is_unended(&self) -> bool {
        self.marker.is_some()
    }
}

/// The numbers of `@@ -a,b +c,d @@`: where each side begins, and how many lines it has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Numbers {
    pub(super) old: (usize, usize),
    pub(super) new: (usize, usize),
}

/// Lines that stand together in the file.
#[derive(Debug, Clone)]
pub(super) struct Hunk<'t> {
    /// Where its first line, `@@` or `<<<<<<< SEARCH`, stands.
    pub(super) header: Range<usize>,
    /// `None` where the format has none, or the header should have them and has not.
    pub(super) numbers: Option<Numbers>,
    /// What stands behind the second `@@`.
    pub(super) section: &'t str,
    /// Lines that the file has somewhere before this hunk, as `@@ class A` says in an envelope.
    pub(super) anchors: Vec<&'t str>,
    pub(super) lines: Vec<Line<'t>>,
    /// Lines that should have a mark and have none.
    pub(super) unmarked: Vec<Range<usize>>,
}

impl<'t> Hunk<'t> {
    pub(super) fn new(header: Range<usize>) -> Self {
        Self {
            header,
            numbers: None,
            section: "",
            anchors: Vec::new(),
            lines: Vec::new(),
            unmarked: Vec::new(),
        }
    }

    /// The lines that the file has to have.
    pub(super) fn old(&self) -> Vec<&Line<'t>> {
        self.lines
            .iter()
            .filter(|line| line.mark != Mark::Added)
            .collect()
    }

    /// The lines that the file has afterwards.
    pub(super) fn new_side(&self) -> Vec<&Line<'t>> {
        let there = |line: &&Line<'t>| line.mark != Mark::Removed;
        self.lines.iter().filter(there).collect()
    }

    /// How many lines each side has.
    pub(super) fn counts(&self) -> (usize, usize) {
        let of = |mark| self.lines.iter().filter(|line| line.mark == mark).count();
        let context = of(Mark::Context);
        (context + of(Mark::Removed), context + of(Mark::Added))
    }

    /// Whether both sides say the same.
    pub(super) fn changes_nothing(&self) -> bool {
        let said = |lines: Vec<&Line<'t>>| -> Vec<_> {
            lines.iter().map(|line| (line.text, line.is_unended())).collect()
        };
        said(self.old()) == said(self.new_side())
    }

    /// How many lines of context it begins or, if `ends`, ends with.
    pub(super) fn context(&self, ends: bool) -> usize {
        let is_context = |line: &&Line<'t>| line.mark == Mark::Context;
        if ends {
            self.lines.iter().rev().take_while(is_context).count()
        } else {
            self.lines.iter().take_while(is_context).count()
        }
    }
}

/// How a patch is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    /// `diff -u` and git.
    Unified,
    /// `<<<<<<< SEARCH`, `=======`, `>>>>>>> REPLACE`.
    Search,
    /// `*** Begin Patch`.
    Envelope,
}

/// What happens to a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Change,
    Create,
    Delete,
    /// Renamed or given another mode; its text stays.
    Keep,
    /// Not text.
    Binary,
    /// Against more than one parent.
    Combined,
}

/// All that a patch says about one file.
#[derive(Debug, Clone)]
pub(super) struct FilePatch<'t> {
    pub(super) format: Format,
    pub(super) kind: Kind,
    /// The file's name, as far as the patch says it.
    pub(super) path: &'t str,
    /// Where its first line stands.
    pub(super) head: Range<usize>,
    /// Whether `---` and `+++` stand before the hunks.
    pub(super) named: bool,
    pub(super) hunks: Vec<Hunk<'t>>,
}

/// A line of the text with its place, its line feed left out.
pub(super) type TextLine<'t> = (Range<usize>, &'t str);

/// The lines of `text`.
pub(super) fn text_lines(text: &str) -> Vec<TextLine<'_>> {
    let mut at = 0;
    text.split_inclusive('\n')
        .map(|line| {
            let bare = line.strip_suffix('\n').unwrap_or(line);
            let start = at;
            at += line.len();
            (start..start + bare.len(), bare)
        })
        .collect()
}
