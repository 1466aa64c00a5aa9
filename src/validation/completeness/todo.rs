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
    let found = words
        .find_iter(code)
        .filter(|found| is_whole(code, &found.range()) && is_comment(code, found.start()));
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

fn is_comment(code: &str, at: usize) -> bool {
    let head = code
        .get(..at)
        .unwrap_or_default()
        .rsplit('\n')
        .next()
        .unwrap_or_default();
    head.trim_start().starts_with('*') || MARKS.iter().any(|mark| head.contains(mark))
}

static WORDS: LazyLock<Option<AhoCorasick>> = LazyLock::new(|| AhoCorasick::new(["TODO", "FIXME"]).ok());
