//! A piece of the output that is judged on its own, and the way back from it to the whole.

use std::ops::Range;

use super::syntax::Language;

/// Code taken out of the output: a fenced block without its container's prefixes, or the whole output.
#[derive(Debug, Clone)]
pub(super) struct Block {
    /// The code as its parser sees it.
    pub(super) code: String,
    /// What the code says it is.
    pub(super) language: Language,
    /// Whether it stood in a fence, where fragments and dialects are usual.
    pub(super) fenced: bool,
    /// Runs of bytes that stand together in the output as they do in the code, in order of place.
    runs: Vec<Run>,
}

/// Where a stretch of the code begins, and the bytes of the output it was taken from.
#[derive(Debug, Clone)]
struct Run {
    code: usize,
    output: Range<usize>,
}

impl Block {
    /// An empty block that is filled by [`Self::push`].
    pub(super) fn new(language: Language, fenced: bool) -> Self {
        Self {
            code: String::new(),
            language,
            fenced,
            runs: Vec::new(),
        }
    }

    /// The whole output as one block.
    pub(super) fn whole(output: &str, language: Language) -> Self {
        let mut block = Self::new(language, false);
        block.push(output, 0..output.len());
        block
    }

    /// The same code, said to be in `language`.
    pub(super) fn labelled(&self, language: Language) -> Self {
        Self {
            language,
            ..self.clone()
        }
    }

    /// Appends code that stands at `output` in the whole.
    pub(super) fn push(&mut self, code: &str, output: Range<usize>) {
        if code.is_empty() {
            return;
        }
        self.runs.push(Run {
            code: self.code.len(),
            output,
        });
        self.code.push_str(code);
    }

    /// Appends the bytes `range` of another block's code.
    pub(super) fn append(&mut self, from: &Self, range: Range<usize>) {
        let first = from
            .runs
            .partition_point(|run| run.code <= range.start)
            .saturating_sub(1);
        for (i, run) in from.runs.iter().enumerate().skip(first) {
            let end = from.runs.get(i + 1).map_or(from.code.len(), |next| next.code);
            let piece = range.start.max(run.code)..range.end.min(end);
            if piece.is_empty() {
                break;
            }
            let place = from.place(&piece);
            self.push(from.code.get(piece).unwrap_or_default(), place);
        }
    }

    /// The block that is left when only `ranges` of the code are kept; they are to be in order.
    pub(super) fn keep(&self, ranges: impl IntoIterator<Item = Range<usize>>) -> Self {
        let mut kept = Self::new(self.language.clone(), self.fenced);
        for range in ranges {
            kept.append(self, range);
        }
        kept
    }

    /// The block with `edits`, which are in order of place; what they put in stands where it was put.
    pub(super) fn edited(&self, edits: &[(Range<usize>, String)]) -> Self {
        self.within(0..self.code.len(), edits)
    }

    /// The part `within` of the block, with those of `edits` that fall into it.
    pub(super) fn within(&self, within: Range<usize>, edits: &[(Range<usize>, String)]) -> Self {
        let mut block = Self::new(self.language.clone(), self.fenced);
        let mut from = within.start;
        for (range, text) in edits {
            if range.start < from || range.end > within.end {
                continue;
            }
            block.append(self, from..range.start);
            block.push(text, self.place(range));
            from = range.end;
        }
        block.append(self, from..within.end);
        block
    }

    /// The bytes of the output that `range` of the code was taken from.
    pub(super) fn place(&self, range: &Range<usize>) -> Range<usize> {
        let start = self.offset(range.start);
        // The end is found from the last byte inside, so that it does not slip behind a line's prefix.
        let end = if range.is_empty() {
            start
        } else {
            self.offset(range.end - 1) + 1
        };
        start..end.max(start)
    }

    fn offset(&self, code: usize) -> usize {
        let at = self.runs.partition_point(|run| run.code <= code);
        match at.checked_sub(1).and_then(|i| self.runs.get(i)) {
            Some(run) => (run.output.start + (code - run.code)).min(run.output.end),
            None => self.runs.first().map_or(0, |run| run.output.start),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_still_knows_where_it_stood() {
        let output = "> ab\n> cd\n";
        let mut block = Block::new(Language::Python, true);
        block.push("ab\n", 2..5);
        block.push("cd\n", 7..10);
        assert_eq!(block.place(&(0..3)), 2..5);
        assert_eq!(block.place(&(3..4)), 7..8);
        let kept = block.keep([1..2, 2..4, 5..6]);
        assert_eq!(kept.code, "b\nc\n");
        for (code, byte) in kept.code.char_indices() {
            assert_eq!(output.as_bytes()[kept.place(&(code..code + 1)).start], byte as u8);
        }
    }

    #[test]
    fn an_empty_block_has_a_place() {
        assert_eq!(Block::new(Language::Python, true).place(&(5..9)), 0..1);
    }
}
