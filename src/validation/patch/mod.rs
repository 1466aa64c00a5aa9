//! Patches: whether a diff, or the blocks that coding agents write, applies to the file it is for, and if not, why.

mod blocks;
mod examine;
mod hunk;
mod judge;
mod locate;
mod mend;
mod shape;
mod target;
mod tell;
#[cfg(test)]
mod tests;
mod unified;

use crate::domain::Severity;

use super::block::Block;
use super::report::{Defect, Skipped};
pub(super) use examine::Progress;
use hunk::{FilePatch, Format, Kind};
use judge::{Judged, judge};

/// What was found out about the patch of a block.
#[derive(Debug, Default)]
pub(super) struct Findings {
    pub(super) defects: Vec<Defect>,
    /// What was not looked at.
    pub(super) skipped: Vec<(&'static str, Skipped)>,
    /// The code of the block with every mend, when all of them are certain.
    pub(super) mended: Option<String>,
    /// The file afterwards.
    pub(super) applied: Option<String>,
}

/// Whether `code` is a patch, or has one in it.
pub(super) fn is_patch(code: &str) -> bool {
    unified::is_unified(code) || blocks::is_search(code) || blocks::is_envelope(code)
}

/// Whether `text` is a patch from its first line on, so that fences in it belong to the file.
pub(super) fn begins_patch(text: &str) -> bool {
    let first = text
        .lines()
        .find(|line| !line.trim().is_empty())
        .unwrap_or_default();
    let marks = ["diff --", "--- ", "@@ -", "*** Begin Patch", "Index: ", "From "];
    marks.iter().any(|mark| first.starts_with(mark)) && is_patch(text)
}

/// Judges the patch in `block`, against the text of its target if there is one. Where nobody `asked` for a patch,
/// what is wrong is no more than a warning.
pub(super) fn check(block: &Block, target: Option<&str>, asked: bool) -> Findings {
    let (files, mut defects) = read(block);
    let mut findings = match target {
        Some(target) => against(block, &files, target),
        None => alone(block, &files),
    };
    if files.is_empty() && defects.is_empty() && asked {
        let message = "there is no patch in this: no hunk, and no search and replace block";
        let nothing = Defect::new("patch.noop", Severity::Error, block.place(&(0..1)), message);
        defects.push(nothing.with_fix("write a unified diff"));
    }
    if !defects.is_empty() {
        findings.mended = None;
    }
    defects.append(&mut findings.defects);
    findings.defects = judge::mild(defects, asked || target.is_some());
    findings
}

fn read(block: &Block) -> (Vec<FilePatch<'_>>, Vec<Defect>) {
    let code = block.code.as_str();
    let (files, broken) = blocks::read(code).unwrap_or_else(|| (unified::read(code), Vec::new()));
    let defects = broken.into_iter().map(|broken| {
        let (rule, fix) = if broken.at_end {
            ("complete.truncated", "give all of the patch")
        } else {
            (
                "patch.header",
                "write `<<<<<<< SEARCH`, `=======` and `>>>>>>> REPLACE` around each block",
            )
        };
        Defect::new(rule, Severity::Error, block.place(&broken.place), broken.message).with_fix(fix)
    });
    (files, defects.collect())
}

/// What the patch shows by itself.
fn alone(block: &Block, files: &[FilePatch<'_>]) -> Findings {
    let mut findings = Findings::default();
    for (i, file) in files.iter().enumerate() {
        if let Some(reason) = unreadable(file) {
            findings.skipped.push(("patch", reason));
            continue;
        }
        let mut cut = false;
        for (j, hunk) in file.hunks.iter().enumerate() {
            let last = i + 1 == files.len() && j + 1 == file.hunks.len();
            let flaws = shape::flaws(block, file, hunk, last, None);
            cut |= last && shape::is_cut(block, hunk, last, None);
            findings.defects.extend(flaws.into_iter().map(|flaw| flaw.defect));
        }
        findings.defects.extend(shape::nothing(block, file, cut));
    }
    let reason = "there is no `target_file` to apply it to".to_owned();
    findings.skipped.push(("patch.context", Skipped::Unknown(reason)));
    findings
}

fn unreadable(file: &FilePatch<'_>) -> Option<Skipped> {
    match file.kind {
        Kind::Binary => Some(Skipped::Limit("patches of binary files are not checked".into())),
        Kind::Combined => Some(Skipped::Limit("diffs of merges are not checked".into())),
        _ => None,
    }
}

/// The parts that are about the same file, in order.
fn grouped<'f, 't>(files: &'f [FilePatch<'t>]) -> Vec<Vec<&'f FilePatch<'t>>> {
    let mut groups: Vec<Vec<&FilePatch<'t>>> = Vec::new();
    for file in files {
        // Two diffs of one file are two versions of it, block after block is one.
        let same =
            |group: &&mut Vec<&FilePatch<'t>>| group.first().is_some_and(|first| first.path == file.path);
        match groups.iter_mut().find(same) {
            Some(group) => group.push(file),
            None => groups.push(vec![file]),
        }
    }
    groups
}

fn against(block: &Block, files: &[FilePatch<'_>], target: &str) -> Findings {
    let mut findings = Findings::default();
    let groups = grouped(files);
    let others = groups.len().saturating_sub(1);
    let mut budget = target::BUDGET;
    let Some((_, judged)) = meant(block, &groups, target, &mut budget) else {
        return findings;
    };
    if others > 0 {
        let reason = format!("the patch changes {} files, and only one was given", groups.len());
        findings
            .skipped
            .push(("patch.other-files", Skipped::Unknown(reason)));
    }
    for reason in files.iter().filter_map(unreadable) {
        findings.skipped.push(("patch", reason));
    }
    if judged.exhausted {
        let reason = "finding its places takes too long in so repetitive a file";
        findings
            .skipped
            .push(("patch.context", Skipped::Limit(reason.into())));
    }
    if let Some(edits) = judged.edits.filter(|edits| !edits.is_empty()) {
        let mended = mend::edited(&block.code, &edits);
        let again = Block::whole(&mended, block.language.clone());
        if holds(&again, target, judged.applied.as_deref(), &mut budget) {
            findings.mended = Some(mended);
        }
    }
    findings.applied = judged.applied;
    findings.defects = judged.defects;
    findings
}

/// The file of the patch that `target` is likeliest to be, and how it is judged.
fn meant<'g, 'f, 't>(
    block: &Block,
    groups: &'g [Vec<&'f FilePatch<'t>>],
    target: &str,
    budget: &mut usize,
) -> Option<(&'g [&'f FilePatch<'t>], Judged)> {
    groups
        .iter()
        .map(|group| (group.as_slice(), one_after_another(block, group, target, budget)))
        // The first of equals: later ones only count if they fit better.
        .rev()
        .max_by_key(|(_, judged)| (judged.placed, judged.applied.is_some()))
}

/// Judges the parts of a patch that are about one file, each against what the ones before it made.
fn one_after_another(block: &Block, group: &[&FilePatch<'_>], target: &str, budget: &mut usize) -> Judged {
    let mut all = Judged {
        edits: Some(Vec::new()),
        applied: Some(target.to_owned()),
        ..Judged::default()
    };
    let mut text = target.to_owned();
    for file in group {
        if unreadable(file).is_some() {
            all.edits = None;
            continue;
        }
        if *budget == 0 {
            all.exhausted = true;
            all.applied = None;
            all.edits = None;
            break;
        }
        let one = judge(block, file, &text, budget);
        all.defects.extend(one.defects);
        all.placed += one.placed;
        all.exhausted |= one.exhausted;
        match (&mut all.edits, one.edits) {
            (Some(edits), Some(more)) => edits.extend(more),
            _ => all.edits = None,
        }
        match one.applied {
            Some(applied) => text = applied,
            None => all.applied = None,
        }
    }
    all.applied = all.applied.map(|_| text);
    all
}

/// Whether the mended patch applies as it stands and does what was meant; for diffs, by the word of another
/// implementation.
fn holds(mended: &Block, target: &str, wanted: Option<&str>, budget: &mut usize) -> bool {
    let (files, broken) = read(mended);
    if !broken.is_empty() || wanted.is_none() {
        return false;
    }
    let groups = grouped(&files);
    let Some((group, judged)) = meant(mended, &groups, target, budget) else {
        return false;
    };
    let is_right = if group.iter().all(|file| file.format != Format::Unified) {
        judged.applied.as_deref() == wanted
    } else {
        by_diffy(mended, group, &files, target).as_deref() == wanted
    };
    judged.defects.is_empty() && is_right
}

/// What `diffy` makes of the one diff of a file among `files`.
fn by_diffy(
    patch: &Block,
    group: &[&FilePatch<'_>],
    files: &[FilePatch<'_>],
    target: &str,
) -> Option<String> {
    let [file] = group else { return None };
    let start = file.head.start;
    let next = files
        .iter()
        .map(|file| file.head.start)
        .find(|next| *next > start);
    let code = patch.code.get(start..next.unwrap_or(patch.code.len()))?;
    let diff = diffy::Patch::from_str(code).ok()?;
    diffy::apply(target, &diff).ok()
}
