//! What is said about a patch that does not fit: what is wrong, both versions, and what to do.

use std::ops::Range;

use crate::domain::Severity;

use super::super::block::Block;
use super::super::report::Defect;
use super::hunk::{Format, Hunk};
use super::judge::old_line;
use super::locate::{Difference, Near, Placement};
use super::target::{Likeness, Target, alike};

/// The most characters of a line that are quoted.
const QUOTE: usize = 90;

fn error(rule: &str, block: &Block, range: &Range<usize>, message: impl Into<String>) -> Defect {
    Defect::new(rule, Severity::Error, block.place(range), message)
}

/// A line as it is quoted in a message.
fn quoted(line: &str) -> String {
    let line = line.trim_end_matches('\r');
    let mut text: String = line.chars().take(QUOTE).collect();
    if text.len() < line.len() {
        text.push('…');
    }
    format!("`{}`", text.replace('\t', "\\t"))
}

pub(super) fn already(block: &Block, range: &Range<usize>) -> Defect {
    error("patch.noop", block, range, "the file already has this change").with_fix("leave it out")
}

pub(super) fn exists(block: &Block, range: &Range<usize>) -> Defect {
    error(
        "patch.target",
        block,
        range,
        "the patch creates a file, and `target_file` is there already",
    )
    .with_fix("change what is there instead, or give an empty `target_file`")
}

pub(super) fn another_file(block: &Block, range: &Range<usize>) -> Defect {
    let message =
        "hardly a line that this patch expects is in `target_file`: it is for another file or version";
    error("patch.target", block, range, message).with_fix("write the patch against the file as it is now")
}

pub(super) fn ambiguous(block: &Block, hunk: &Hunk<'_>, places: &[usize]) -> Defect {
    let lines: Vec<String> = places.iter().take(4).map(|at| (at + 1).to_string()).collect();
    let more = if places.len() > lines.len() {
        " and others"
    } else {
        ""
    };
    let message = format!(
        "the old lines stand in the file {} times, at lines {}{more}: which is meant is not certain",
        places.len(),
        lines.join(", ")
    );
    let place = block.place(&hunk.header);
    Defect::new("patch.ambiguous", Severity::Warning, place, message)
        .with_fix("give more lines of context, so that only one place fits")
}

/// Whether the lines of the file end in CRLF, and those of the patch in LF.
pub(super) fn lacks_returns(hunk: &Hunk<'_>, placement: &Placement, target: &Target<'_>) -> bool {
    let lines = target.lines.get(placement.at..).unwrap_or_default();
    let old = hunk.old();
    let mut pairs = old.iter().zip(lines);
    pairs.any(|(line, there)| there.ends_with('\r') && !line.text.ends_with('\r'))
}

pub(super) fn line_ends(
    block: &Block,
    hunk: &Hunk<'_>,
    placement: &Placement,
    target: &Target<'_>,
) -> Defect {
    let old = hunk.old();
    let differs = |i: usize| match (old.get(i), target.lines.get(placement.at + i)) {
        (Some(line), Some(there)) => line.text != *there,
        _ => false,
    };
    match (0..old.len()).find(|i| differs(*i)) {
        Some(i) => {
            let there = target
                .lines
                .get(placement.at + i)
                .is_some_and(|line| line.ends_with('\r'));
            let (file, patch) = if there { ("CRLF", "LF") } else { ("LF", "CRLF") };
            let message = format!("the lines of the file end in {file}, those of the patch in {patch}");
            error("patch.whitespace", block, &old_line(hunk, i), message)
                .with_fix(format!("end the lines of the patch in {file}"))
        }
        None => {
            let place = old_line(hunk, old.len().saturating_sub(1));
            if target.ended {
                error(
                    "patch.whitespace",
                    block,
                    &place,
                    "the file ends in a line feed, and the patch says that it does not",
                )
                .with_fix("leave `\\ No newline at end of file` out behind this line")
            } else {
                error(
                    "patch.whitespace",
                    block,
                    &place,
                    "the file does not end in a line feed, and the patch takes it for granted",
                )
                .with_fix("write `\\ No newline at end of file` behind this line")
            }
        }
    }
}

pub(super) fn blanks(block: &Block, hunk: &Hunk<'_>, placement: &Placement, target: &Target<'_>) -> Defect {
    let old = hunk.old();
    let first = (0..old.len()).find(|i| match (old.get(*i), target.lines.get(placement.at + i)) {
        (Some(line), Some(there)) => !alike(line.text, there, Likeness::Ends),
        _ => false,
    });
    let i = first.unwrap_or_default();
    let patch = old.get(i).map_or("", |line| line.text);
    let file = target.lines.get(placement.at + i).copied().unwrap_or_default();
    let message = format!(
        "this line differs from line {} of the file in its blanks only: the file has {}, the patch {}",
        placement.at + i + 1,
        quoted(file),
        quoted(patch)
    );
    let fix = match (file.starts_with('\t'), patch.starts_with('\t')) {
        (true, false) => "indent with tabs, as the file does",
        (false, true) => "indent with spaces, as the file does",
        _ => "copy the lines from the file with their blanks",
    };
    error("patch.whitespace", block, &old_line(hunk, i), message).with_fix(fix)
}

pub(super) fn no_anchor(block: &Block, hunk: &Hunk<'_>, anchor: &str) -> Defect {
    let message = format!("the file has no line {} here or below", quoted(anchor));
    error("patch.context", block, &hunk.header, message).with_fix("copy the line from the file")
}

pub(super) fn unplaced(block: &Block, hunk: &Hunk<'_>, format: Format, target: &Target<'_>) -> Defect {
    match (format, hunk.numbers) {
        (Format::Search, _) => {
            let message =
                "nothing is searched for, which stands for a new file, and `target_file` is not empty";
            error("patch.target", block, &hunk.header, message)
                .with_fix("search for the lines beside which these belong")
        }
        (_, Some(numbers)) => {
            let message = format!(
                "the hunk belongs at line {}, and the file has {}",
                numbers.old.0,
                target.lines.len()
            );
            error("patch.context", block, &hunk.header, message).with_fix("give lines of context")
        }
        _ => {
            let message = "nothing says where these lines belong: no line number and no context";
            error("patch.header", block, &hunk.header, message).with_fix("give lines of context around them")
        }
    }
}

pub(super) fn context(block: &Block, hunk: &Hunk<'_>, near: Option<&Near>, target: &Target<'_>) -> Defect {
    let Some(near) = near else {
        return error(
            "patch.context",
            block,
            &hunk.header,
            "none of the lines of this hunk is in the file",
        )
        .with_fix("copy the lines from the file as it is now");
    };
    let old = hunk.old();
    let patch = quoted(old.get(near.line).map_or("", |line| line.text));
    let file = quoted(target.lines.get(near.at).copied().unwrap_or_default());
    let number = near.at + 1;
    let (message, fix) = match near.how {
        Difference::Changed => (
            format!("line {number} of the file is {file}, and the patch has {patch}"),
            "copy the line from the file as it is now",
        ),
        Difference::Missing => (
            format!("line {number} of the file is {file}; the patch leaves it out before {patch}"),
            "add the line to the hunk",
        ),
        Difference::Extra => (
            format!("the file has no line {patch} before its line {number}, {file}"),
            "take the line out of the hunk, or mark it with `+`",
        ),
        Difference::End => (
            format!("the file ends before line {number}, and the patch goes on with {patch}"),
            "copy the lines from the file as it is now",
        ),
    };
    error("patch.context", block, &old_line(hunk, near.line), message).with_fix(fix)
}
