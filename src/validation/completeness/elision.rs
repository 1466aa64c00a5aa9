//! Comments that stand where code was left out, in every way to write a comment.

use std::ops::Range;
use std::sync::LazyLock;

use aho_corasick::AhoCorasick;
use regex::Regex;

use crate::domain::Severity;

use super::super::block::Block;
use super::super::report::Defect;
use super::compiled;

/// Code was left out at `range`.
pub(crate) fn elision(block: &Block, range: &Range<usize>) -> Defect {
    let message = "code was left out here";
    Defect::new("complete.elision", Severity::Warning, block.place(range), message)
        .with_fix("write all of the code")
}

/// What a comment may begin with in some language.
const MARKS: [char; 14] = [
    '/', '#', '-', '%', ';', '<', '(', '{', '\'', 'R', 'r', '@', '!', '*',
];
/// Comments that are the documentation of what they stand by.
const DOCUMENTATION: [&str; 3] = ["///", "//!", "/**"];

/// Whether a trimmed line is only a comment that says that something was left out.
pub(super) fn is_elision(line: &str) -> bool {
    // No such comment is long, and most lines are none: only few are worth an expression.
    if line.len() > 160 || !line.starts_with(MARKS) || DOCUMENTATION.iter().any(|mark| line.starts_with(mark))
    {
        return false;
    }
    if !WORDS.as_ref().is_some_and(|words| words.is_match(line)) {
        return false;
    }
    let Some(comment) = COMMENT.captures(line).and_then(|found| found.get(1)) else {
        return false;
    };
    let brackets = ['[', ']', '(', ')', '<', '>', '-', ' '];
    let comment = comment.as_str().trim_matches(brackets);
    let words = comment.trim_matches(['.', '…', ' ']);
    let dots = ["...", "…"];
    // Who leaves something out says so in few words; more of them are a sentence about something else.
    let few = |most: usize| words.split_whitespace().count() <= most;
    if words.is_empty() {
        // More dots are a rule between parts.
        comment.len() <= 6 && dots.iter().any(|dots| comment.contains(dots))
    } else if dots.iter().any(|dots| comment.starts_with(dots)) {
        few(8) && DOTTED.is_match(words)
    } else if dots.iter().any(|dots| comment.ends_with(dots)) {
        // Much prose trails off; the words have to come first.
        few(6)
            && !words.contains(',')
            && DOTTED
                .find(words)
                .is_some_and(|found| LEADING.is_match(words.get(..found.start()).unwrap_or_default()))
    } else {
        PLAIN.is_match(words)
    }
}

/// Whether the comment at `range` is dots in the middle of a longer comment, which may be about anything.
pub(super) fn is_part_of_text(code: &str, range: &Range<usize>) -> bool {
    let text = code.get(range.clone()).unwrap_or_default();
    let Some(mark) = text
        .get(..1)
        .filter(|_| !text.contains(|c: char| c.is_alphanumeric()))
    else {
        return false;
    };
    let before = code
        .get(..range.start)
        .unwrap_or_default()
        .trim_end_matches([' ', '\t']);
    let above = before
        .strip_suffix('\n')
        .and_then(|before| before.rsplit('\n').next());
    let below = code.get(range.end..).unwrap_or_default().split('\n').nth(1);
    [above, below]
        .iter()
        .all(|line| line.is_some_and(|line| line.trim_start().starts_with(mark)))
}

// Without one of these no expression below matches, and few comments have one.
static WORDS: LazyLock<Option<AhoCorasick>> = LazyLock::new(|| {
    AhoCorasick::builder()
        .ascii_case_insensitive(true)
        .build([
            "...",
            "…",
            "rest",
            "remain",
            "existing",
            "previous",
            "original",
            "other",
            "same",
            "unchanged",
            "omitted",
            " here",
        ])
        .ok()
});
// What every kind of comment says, without its marks.
static COMMENT: LazyLock<Regex> = LazyLock::new(|| {
    compiled(
        r"^(?:\{?/\*+|\{#|\{\{!(?:--)?|<%(?:--|#)|@\*|//+|#+|--\[\[|--+|%+|;+|<!--|\(\*|\{-|(?i:rem)\b|'|!|\\|\*)\s*(.*?)\s*(?:\*/\}?|#\}|(?:--)?\}\}|(?:--)?%>|\*@|--+>|\]\]|\*\)|-\})?$",
    )
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
