//! Comments that say that something is still to be done.

use std::ops::Range;
use std::sync::LazyLock;

use aho_corasick::AhoCorasick;

use crate::domain::Severity;

use super::super::block::Block;
use super::super::report::Defect;

/// The most that are told of one block.
const MAX_TODOS: usize = 20;
/// How a comment begins in some language.
const MARKS: [&str; 10] = ["//", "#", "--", "%", ";", "/*", "<!--", "(*", "{-", "\"\"\""];

/// Each `TODO` and `FIXME` of a comment.
pub(super) fn todos(block: &Block) -> Vec<Defect> {
    let code = block.code.as_str();
    let Some(words) = WORDS.as_ref() else {
        return Vec::new();
    };
    let mut line = Line::default();
    let found = words.find_iter(code).filter(|found| {
        if !is_whole(code, &found.range()) {
            return false;
        }
        if found.start() >= line.range.end {
            line = Line::around(code, line.range.end, found.start());
        }
        line.comment.is_some_and(|begin| begin <= found.start())
    });
    let told = found.take(MAX_TODOS).map(|found| {
        let message = format!(
            "`{}`: something is still to be done here",
            code.get(found.range()).unwrap_or_default()
        );
        Defect::new(
            "complete.todo",
            Severity::Info,
            block.place(&found.range()),
            message,
        )
        .with_fix("do it, and leave the comment out")
    });
    told.collect()
}

fn is_whole(code: &str, range: &Range<usize>) -> bool {
    let before = code
        .get(..range.start)
        .and_then(|before| before.chars().next_back());
    let after = code.get(range.end..).and_then(|after| after.chars().next());
    ![before, after]
        .into_iter()
        .flatten()
        .any(|c| c.is_alphanumeric() || c == '_')
}

/// A line, looked at once however often it says so.
#[derive(Debug, Default)]
struct Line {
    range: Range<usize>,
    /// Where the text of its comment begins.
    comment: Option<usize>,
}

impl Line {
    /// The line around `at`, which begins at or behind `from`.
    fn around(code: &str, from: usize, at: usize) -> Self {
        let start = code
            .get(from..at)
            .and_then(|before| before.rfind('\n'))
            .map_or(from, |end| from + end + 1);
        let rest = code.get(start..).unwrap_or_default();
        let text = rest.split_inclusive('\n').next().unwrap_or_default();
        let mark = |mark: &&str| text.find(*mark).map(|begin| begin + mark.len());
        let comment = if text.trim_start().starts_with('*') {
            Some(0)
        } else {
            MARKS.iter().filter_map(mark).min()
        };
        Self {
            range: start..start + text.len(),
            comment: comment.map(|begin| start + begin),
        }
    }
}

static WORDS: LazyLock<Option<AhoCorasick>> = LazyLock::new(|| AhoCorasick::new(["TODO", "FIXME"]).ok());
