//! C, C++, C# and SQL: whether brackets match. Macros and dialects make more than that a guess.

use std::ops::Range;

use crate::domain::Severity;

use super::super::block::Block;
use super::super::report::Defect;
use super::lexis::{self, Lexis};
use super::{ellipsis, error};

/// The first bracket that does not match, or the fence that was left in. Never worse than a warning.
pub(super) fn check(block: &Block) -> Vec<Defect> {
    let Some(lexis) = lexis::of(&block.language) else {
        return Vec::new();
    };
    let elisions = ellipsis::placeholders(&block.code)
        .into_iter()
        .filter(|_| block.fenced);
    let elisions = elisions.map(|range| ellipsis::elision(block, &range));
    let found = fence(&block.code).or_else(|| mismatch(&block.code, &lexis));
    let mild = |(range, message)| error(block, &range, message).at_most(Severity::Warning);
    found.map(mild).into_iter().chain(elisions).collect()
}

fn fence(code: &str) -> Option<(Range<usize>, String)> {
    let mut start = 0;
    for line in code.split_inclusive('\n') {
        if line.trim_start().starts_with("```") {
            return Some((start..start + line.trim_end().len(), "a fence".to_owned()));
        }
        start += line.len();
    }
    None
}

/// A bracket that is open, and where.
type Open = (u8, usize);

fn mismatch(code: &str, lexis: &Lexis) -> Option<(Range<usize>, String)> {
    let mut open: Vec<Open> = Vec::new();
    // The brackets that were open before each `#if`: every branch starts from them.
    let mut branches: Vec<Vec<Open>> = Vec::new();
    let mut conditional = false;
    let mut at = 0;
    while let Some(&byte) = code.as_bytes().get(at) {
        if byte == b'#' && lexis.preprocessor {
            conditional |= directive(code.get(at..).unwrap_or_default(), &mut open, &mut branches);
        }
        match byte {
            b'(' | b'[' | b'{' => open.push((byte, at)),
            b')' | b']' | b'}' => {
                let opened = open.pop();
                if opened.is_none_or(|(opener, _)| closer(opener) != byte) {
                    // Branches of `#if` may each hold a half of what the other half stands behind.
                    let message = match opened {
                        Some((opener, _)) => {
                            format!("`{}` closes a `{}`", char::from(byte), char::from(opener))
                        }
                        None => format!("`{}` closes nothing", char::from(byte)),
                    };
                    return (!conditional).then_some((at..at + 1, message));
                }
            }
            // What is neither may begin a comment, a string or a directive.
            b'#' | b'/' | b'-' | b'"' | b'\'' | b'`' | b'R' | b'@' | b'$' => {
                let Some(length) = lexis.skip(code, at) else {
                    let message = "this string or comment has no end".to_owned();
                    return (!conditional && byte != b'\'').then_some((at..at + 1, message));
                };
                at += length.max(1);
                continue;
            }
            _ => {}
        }
        at += 1;
    }
    let (opener, at) = open.pop().filter(|_| !conditional)?;
    let message = format!("this `{}` is never closed", char::from(opener));
    Some((at..at + 1, message))
}

/// Follows `#if` and its branches; whether it was one of them.
fn directive(line: &str, open: &mut Vec<Open>, branches: &mut Vec<Vec<Open>>) -> bool {
    let word = line.trim_start_matches(['#', ' ', '\t']);
    // One `#if` around all of a header is its guard.
    let inside = !branches.is_empty();
    if word.starts_with("if") {
        branches.push(open.clone());
    } else if word.starts_with("el") {
        if let Some(before) = branches.last() {
            open.clone_from(before);
        }
    } else if word.starts_with("endif") {
        branches.pop();
    } else {
        return false;
    }
    word.starts_with("el") || inside
}

fn closer(opener: u8) -> u8 {
    match opener {
        b'(' => b')',
        b'[' => b']',
        _ => b'}',
    }
}
