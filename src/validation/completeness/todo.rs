//! Comments that say that something is still to be done.

use std::sync::LazyLock;

use regex::Regex;

use crate::domain::Severity;

use super::super::block::Block;
use super::super::report::Defect;
use super::compiled;

/// The most that are told of one block.
const MAX_TODOS: usize = 20;
/// How a comment begins in some language.
const MARKS: [&str; 10] = ["//", "#", "--", "%", ";", "/*", "<!--", "(*", "{-", "\"\"\""];

/// Each `TODO` and `FIXME` of a comment.
pub(super) fn todos(block: &Block) -> Vec<Defect> {
    let code = block.code.as_str();
    let found = TODO
        .find_iter(code)
        .filter(|found| is_comment(code, found.start()));
    let told = found.take(MAX_TODOS).map(|found| {
        let message = format!("`{}`: something is still to be done here", found.as_str());
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

fn is_comment(code: &str, at: usize) -> bool {
    let head = code
        .get(..at)
        .unwrap_or_default()
        .rsplit('\n')
        .next()
        .unwrap_or_default();
    head.trim_start().starts_with('*') || MARKS.iter().any(|mark| head.contains(mark))
}

static TODO: LazyLock<Regex> = LazyLock::new(|| compiled(r"\b(?:TODO|FIXME)\b"));
