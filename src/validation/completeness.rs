//! Whether all of it is there: nothing cut off, nothing left out, nothing left to do.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use crate::domain::Severity;

use super::block::Block;
use super::report::Defect;

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
        if is_elision(text) {
            defects.push(elision(block, &range));
        } else if STUB.is_match(text) {
            let message = "this body is a placeholder";
            let stub = Defect::new("complete.stub", Severity::Warning, block.place(&range), message);
            defects.push(stub.with_fix("write the body"));
        }
    }
    defects
}

/// Code was left out at `range`.
pub(super) fn elision(block: &Block, range: &Range<usize>) -> Defect {
    let message = "code was left out here";
    Defect::new("complete.elision", Severity::Warning, block.place(range), message)
        .with_fix("write all of the code")
}

/// Whether a trimmed line is only a comment that says that something was left out.
fn is_elision(line: &str) -> bool {
    // No such comment is long, and most lines are none: only few are worth an expression.
    if line.len() > 160 || !line.starts_with(['/', '#', '-', '%', ';', '<', '(', '{', '\'', 'R']) {
        return false;
    }
    let Some(comment) = COMMENT.captures(line).and_then(|found| found.get(1)) else {
        return false;
    };
    let brackets = ['[', ']', '(', ')', '<', '>', '-', ' '];
    let comment = comment.as_str().trim_matches(brackets);
    let words = comment.trim_matches(['.', '…', ' ']);
    let dots = ["...", "…"];
    if words.is_empty() {
        dots.iter().any(|dots| comment.contains(dots))
    } else if dots.iter().any(|dots| comment.starts_with(dots)) {
        DOTTED.is_match(words)
    } else if dots.iter().any(|dots| comment.ends_with(dots)) {
        // Much prose trails off; the words have to come first.
        DOTTED
            .find(words)
            .is_some_and(|found| LEADING.is_match(words.get(..found.start()).unwrap_or_default()))
    } else {
        PLAIN.is_match(words)
    }
}

// What every kind of comment says, without its marks.
static COMMENT: LazyLock<Regex> = LazyLock::new(|| {
    compiled(r"^(?:\{?/\*+|//+|#+|--|%+|;+|<!--|\(\*|REM\b|'{1})\s*(.*?)\s*(?:\*/\}?|-->|\*\))?$")
});
// Beside an ellipsis, one such word is enough.
static DOTTED: LazyLock<Regex> = LazyLock::new(|| {
    compiled(
        r"(?i)\b(rest|remaining|existing|previous|unchanged|omitted|same as|as before|as above|your (own )?(code|logic|implementation)|(other|more) (code|methods?|functions?|fields?|imports?|styles?|tests?|routes?|cases?|properties|props|components?|options|entries|items|lines|logic)|implementation|code here|logic here|goes here|and so on|etc|truncated|snipped)\b",
    )
});
// What may stand before that word when the ellipsis is at the end.
static LEADING: LazyLock<Regex> =
    LazyLock::new(|| compiled(r"(?i)^((the|your|add|insert|put|and|with|all|any|some) )*$"));
// Without one, the whole comment has to say it.
static PLAIN: LazyLock<Regex> = LazyLock::new(|| {
    compiled(
        r"(?ix)^(
        (the\ )?(rest|remainder)\ of\ (the\ |your\ |this\ )?(existing\ |original\ )?(code|file|function|class|method|methods|implementation|script|component|imports|styles|logic)
            (\ (is|are|stays?|remains?|goes|here|unchanged|the\ same|omitted|as\ before|below))*
        |(the\ )?(remaining|existing|previous|other|original)\ (code|methods|functions|imports|styles|implementation|logic)
            \ (here|unchanged|goes\ here|(stays?|remains?|is|are)\ (the\ same|unchanged|here)|omitted.*|as\ before)
        |(same|unchanged)\ as\ (before|above)
        |(code|implementation|details?|rest|imports|the\ rest)\ (is\ |are\ )?(omitted|unchanged|remains?\ (unchanged|the\ same))(\ for\ (brevity|clarity))?
        |omitted\ for\ (brevity|clarity)
        |(insert\ |add\ |put\ |write\ |place\ )?your\ (own\ )?(code|logic|implementation)\ (goes\ )?here
        |(add|insert|put)\ (the\ |your\ )?(\w+\ )?(code|logic|implementation|methods|imports|styles)\ here
    )$",
    )
});
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
