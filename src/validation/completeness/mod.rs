//! Whether all of it is there: nothing cut off, nothing left out, nothing left to do.

mod elision;
mod ending;
mod todo;

#[cfg(test)]
mod tests;

use std::sync::LazyLock;

use regex::Regex;

use crate::domain::Severity;

use super::block::Block;
use super::report::Defect;

pub(super) use elision::elision;
pub(super) use ending::cut_off;

/// Words of providers for "the model was not done".
const CUT_OFF: [&str; 4] = ["length", "max_tokens", "max_output_tokens", "model_length"];

/// An output of nothing.
pub(super) fn empty(output: &str) -> Option<Defect> {
    output.trim().is_empty().then(|| {
        Defect::new(
            "complete.empty",
            Severity::Error,
            0..output.len(),
            "the output is empty",
        )
        .with_fix("ask again")
    })
}

/// What the provider said about why the model stopped.
pub(super) fn truncated(output: &str, finish_reason: Option<&str>) -> Option<Defect> {
    let reason = finish_reason?.trim().to_ascii_lowercase();
    CUT_OFF.contains(&reason.as_str()).then(|| {
        let end = output.trim_end().len();
        let message = format!("the model was stopped ({reason}) before it was done");
        Defect::new("complete.truncated", Severity::Error, end..end, message)
            .with_fix("let it go on, or ask for less at once")
    })
}

/// Comments that stand where code was left out, and statements that stand for a body. Python's stubs are found
/// where its tree is.
pub(super) fn left_out(block: &Block) -> Vec<Defect> {
    let mut defects = Vec::new();
    let mut start = 0;
    for line in block.code.split_inclusive('\n') {
        let text = line.trim();
        let from = start + line.len() - line.trim_start().len();
        let range = from..from + text.len();
        start += line.len();
        if elision::is_elision(text) && !elision::is_part_of_text(&block.code, &range) {
            defects.push(elision(block, &range));
        } else if may_be_stub(text) && STUB.is_match(text) {
            let message = "this body is a placeholder";
            let stub = Defect::new("complete.stub", Severity::Warning, block.place(&range), message);
            defects.push(stub.with_fix("write the body"));
        }
    }
    defects.extend(todo::todos(block));
    defects
}

/// Few lines begin like a stub, and only those are worth an expression.
fn may_be_stub(line: &str) -> bool {
    line.starts_with(['r', 't', 'u', 'p'])
        && ["return ", "todo!", "unimplemented!", "throw ", "panic("]
            .iter()
            .any(|start| line.starts_with(start))
}

// A call of a placeholder anywhere on a line.
static STUB: LazyLock<Regex> = LazyLock::new(|| {
    compiled(
        r#"^(return )?(todo|unimplemented)!\(.*\);?$|^throw new (\w*Error|\w*Exception)\(['"`](?i:not (yet )?implemented|todo)\b.*|^panic\("(?i:not implemented|todo)\b.*"#,
    )
});

#[expect(
    clippy::expect_used,
    reason = "the patterns are constants, and the tests compile them"
)]
fn compiled(pattern: &str) -> Regex {
    Regex::new(pattern).expect("a constant pattern compiles")
}
