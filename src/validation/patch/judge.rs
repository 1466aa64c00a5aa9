//! One file's part of a patch against that file.

use std::ops::Range;

use crate::domain::Severity;

use super::super::block::Block;
use super::super::report::Defect;
use super::hunk::{FilePatch, Format, Hunk, Kind, Mark};
use super::locate::{Located, Locator, Placement};
use super::mend::{self, Edit};
use super::target::{Likeness, Target};
use super::{shape, tell};

/// What came of one file's part.
#[derive(Debug, Default)]
pub(super) struct Judged {
    pub(super) defects: Vec<Defect>,
    /// The mends of all that was found; `None` when one of them is not certain.
    pub(super) edits: Option<Vec<Edit>>,
    /// The file afterwards, if every hunk has a place in it.
    pub(super) applied: Option<String>,
    /// How many hunks have a place.
    pub(super) placed: usize,
    /// Whether the search for places had to be given up.
    pub(super) exhausted: bool,
}

/// Judges `file` against the text that it should apply to, in as many steps as `budget` has.
pub(super) fn judge(block: &Block, file: &FilePatch<'_>, text: &str, budget: &mut usize) -> Judged {
    let mut target = Target::new(text, *budget);
    let mut judged = Judged {
        edits: Some(Vec::new()),
        ..Judged::default()
    };
    let creates = file.kind == Kind::Create;
    if creates && !text.is_empty() {
        let created = mend::created(file);
        judged.defects.push(if created == text {
            tell::already(block, &file.head)
        } else {
            tell::exists(block, &file.head)
        });
        judged.edits = None;
        return judged;
    }
    if file.kind == Kind::Delete && file.format == Format::Envelope {
        judged.applied = Some(String::new());
        return judged;
    }
    let mut locator = Locator::default();
    let located: Vec<Located> = file
        .hunks
        .iter()
        .map(|hunk| {
            if creates && file.format == Format::Envelope {
                return Located::At(Placement::at(0));
            }
            if target.is_exhausted() {
                return Located::Nowhere(None);
            }
            locator.locate(&mut target, hunk, file.format)
        })
        .collect();
    *budget = target.rest();
    judged.exhausted = target.is_exhausted();
    judged.placed = located
        .iter()
        .filter(|place| matches!(place, Located::At(_)))
        .count();
    if is_for_another(file, &located) && !judged.exhausted {
        judged.defects.push(tell::another_file(block, &file.head));
        judged.edits = None;
        return judged;
    }
    let mut delta = 0_isize;
    let mut cut = false;
    for (i, (hunk, located)) in file.hunks.iter().zip(&located).enumerate() {
        let placement = match located {
            Located::At(placement) => Some(placement),
            _ => None,
        };
        let last = i + 1 == file.hunks.len();
        let half = last && matches!(located, Located::Nowhere(_)) && is_half(block, file, hunk, &mut target);
        let cut_here = half || shape::is_cut(block, hunk, last, Some((&target, located)));
        cut |= cut_here;
        let flaws = if half {
            vec![shape::half(block)]
        } else {
            shape::flaws(block, file, hunk, last, Some((&target, located)))
        };
        let misfits = if cut_here && (half || hunk.lines.is_empty() || placement.is_some()) {
            Vec::new()
        } else {
            misfits(block, file, hunk, located, &mut target)
        };
        let uncertain = shape::is_uncertain(&flaws) || misfits.iter().any(|misfit| !misfit.certain);
        match (placement, &mut judged.edits) {
            (Some(placement), Some(edits)) if !uncertain => {
                let wrong = !flaws.is_empty();
                edits.extend(shape::edits(hunk, wrong.then_some((placement.at, delta))));
                if placement.likeness > Likeness::Exact && file.format == Format::Unified
                    || placement.likeness == Likeness::Blanks
                {
                    match mend::lines(hunk, placement, &target) {
                        Some(more) => edits.extend(more),
                        None => judged.edits = None,
                    }
                }
            }
            _ => judged.edits = None,
        }
        let (old, new) = hunk.counts();
        delta += new.cast_signed() - old.cast_signed();
        judged.defects.extend(flaws.into_iter().map(|flaw| flaw.defect));
        judged
            .defects
            .extend(misfits.into_iter().map(|misfit| misfit.defect));
    }
    if judged.placed == file.hunks.len() {
        judged.applied = Some(mend::applied(file, &located, &target));
    }
    judged.defects.extend(shape::nothing(block, file, cut));
    if judged.defects.is_empty() && judged.applied.as_deref() == Some(text) && !file.hunks.is_empty() {
        judged.defects.push(tell::already(block, &file.head));
    }
    judged
}

/// Whether hardly a line of any hunk is in the file. A line or two may have been changed since.
fn is_for_another(file: &FilePatch<'_>, located: &[Located]) -> bool {
    let lines = file.hunks.iter().flat_map(Hunk::old);
    let saying = lines.filter(|line| !line.text.trim().is_empty()).count();
    saying > 2
        && located.iter().all(|place| match place {
            Located::Nowhere(near) => near.as_ref().is_none_or(|near| near.share < 20),
            _ => false,
        })
}

/// Whether the hunk would fit if its last line, with which the text ends, were not only half there.
fn is_half(block: &Block, file: &FilePatch<'_>, hunk: &Hunk<'_>, target: &mut Target<'_>) -> bool {
    let mut before = hunk.clone();
    let Some(last) = before.lines.pop().filter(|_| shape::is_at_end(block, hunk)) else {
        return false;
    };
    let at = match (before.counts().0, hunk.numbers) {
        (0, Some(numbers)) => numbers.old.0.saturating_sub(1),
        (0, None) => return false,
        (old, _) => match Locator::default().locate(target, &before, file.format) {
            Located::At(placement) => placement.at + old,
            _ => return false,
        },
    };
    let there = target.lines.get(at);
    last.mark != Mark::Added && there.is_some_and(|there| there.starts_with(last.text.trim_end()))
}

/// What keeps a hunk from its place.
#[derive(Debug)]
struct Misfit {
    defect: Defect,
    /// Whether the mend is.
    certain: bool,
}

fn misfits(
    block: &Block,
    file: &FilePatch<'_>,
    hunk: &Hunk<'_>,
    located: &Located,
    target: &mut Target<'_>,
) -> Vec<Misfit> {
    let misfit = |defect, certain| Misfit { defect, certain };
    match located {
        Located::At(placement) => {
            let mut all = Vec::new();
            if !placement.others.is_empty() {
                all.push(misfit(tell::ambiguous(block, hunk, &placement.others), false));
            }
            match placement.likeness {
                Likeness::Exact => {}
                Likeness::Ends if file.format != Format::Unified => {}
                // Markdown takes the carriage returns out of what stands in a fence, so it does not say.
                Likeness::Ends if block.fenced && tell::lacks_returns(hunk, placement, target) => {}
                Likeness::Ends => all.push(misfit(tell::line_ends(block, hunk, placement, target), true)),
                Likeness::Blanks => all.push(misfit(tell::blanks(block, hunk, placement, target), true)),
            }
            all
        }
        Located::NoAnchor(anchor) => vec![misfit(tell::no_anchor(block, hunk, anchor), false)],
        Located::Unplaced => vec![misfit(tell::unplaced(block, hunk, file.format, target), false)],
        Located::Nowhere(_) if target.is_exhausted() => Vec::new(),
        Located::Nowhere(near) => {
            if has_been_applied(hunk, target) {
                return vec![misfit(tell::already(block, &hunk.header), false)];
            }
            vec![misfit(tell::context(block, hunk, near.as_ref(), target), false)]
        }
    }
}

/// Whether the file looks as it would afterwards.
fn has_been_applied(hunk: &Hunk<'_>, target: &mut Target<'_>) -> bool {
    let new = hunk.new_side();
    let says = new
        .iter()
        .any(|line| line.mark == Mark::Added && line.text.trim().len() > 3);
    says && !target.places(&new, 0, Likeness::Ends).is_empty()
}

/// Where the old lines of `hunk` stand in the code.
pub(super) fn old_line(hunk: &Hunk<'_>, i: usize) -> Range<usize> {
    hunk.old()
        .get(i)
        .map_or(hunk.header.clone(), |line| line.range.clone())
}

/// At most a warning where nobody asked for a patch.
pub(super) fn mild(defects: Vec<Defect>, asked: bool) -> Vec<Defect> {
    if asked {
        return defects;
    }
    defects
        .into_iter()
        .map(|defect| defect.at_most(Severity::Warning))
        .collect()
}
