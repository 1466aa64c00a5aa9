//! What is wrong with a patch whatever file it is for: its headers, its end, and that it changes nothing.

use crate::domain::Severity;

use super::super::block::Block;
use super::super::report::Defect;
use super::hunk::{FilePatch, Format, Hunk, Kind};
use super::locate::{Located, Placement};
use super::mend::Edit;
use super::target::Target;

/// How many lines of context `diff` gives around a change.
const USUAL_CONTEXT: usize = 3;
/// How far off counts usually are.
const MISCOUNTED: usize = 3;

/// Something wrong with a hunk itself.
#[derive(Debug)]
pub(super) struct Flaw {
    pub(super) defect: Defect,
    /// Whether the lines that are there tell how it should be.
    certain: bool,
}

pub(super) fn is_uncertain(flaws: &[Flaw]) -> bool {
    flaws.iter().any(|flaw| !flaw.certain)
}

/// The flaws of `hunk`, which is the `last` of its file.
pub(super) fn flaws(
    block: &Block,
    file: &FilePatch<'_>,
    hunk: &Hunk<'_>,
    last: bool,
    place: Option<(&Target<'_>, &Located)>,
) -> Vec<Flaw> {
    let mut flaws = Vec::new();
    let mut flaw = |rule, range: &std::ops::Range<usize>, message: String, fix: String, certain| {
        let defect = Defect::new(rule, Severity::Error, block.place(range), message).with_fix(fix);
        flaws.push(Flaw { defect, certain });
    };
    if let Some(place) = hunk.unmarked.first() {
        flaw(
            "patch.header",
            place,
            "this line has no mark: lines of a hunk begin with a blank, `-` or `+`".to_owned(),
            "put a blank before each line of context".to_owned(),
            true,
        );
    }
    if file.format != Format::Unified {
        return flaws;
    }
    let (old, new) = hunk.counts();
    if is_cut(block, hunk, last, place) {
        let end = block.code.trim_end().len();
        let message = match hunk.numbers {
            Some(numbers) => format!(
                "the patch ends too early: its last hunk should have {} old and {} new lines, and has {old} and {new}",
                numbers.old.1, numbers.new.1
            ),
            None => "the patch ends in the header of a hunk".to_owned(),
        };
        let fix = "give all of the patch".to_owned();
        flaw("complete.truncated", &(end..end), message, fix, false);
        return flaws;
    }
    let fits = match place {
        Some((_, Located::At(Placement { at, .. }))) => {
            format!("; its lines fit at line {} of the file", at + 1)
        }
        _ => String::new(),
    };
    let Some(numbers) = hunk.numbers else {
        let message = format!("this hunk's header has no line numbers{fits}");
        let fix = format!("write `@@ -LINE,{old} +LINE,{new} @@`");
        flaw("patch.header", &hunk.header, message, fix, true);
        return flaws;
    };
    let said = (numbers.old.1, numbers.new.1);
    if said == (old, new) {
        return flaws;
    }
    let message = format!(
        "the header says {} old and {} new lines, and the hunk has {old} and {new}{fits}",
        said.0, said.1
    );
    let fix = format!("write `@@ -{},{old} +{},{new} @@`", numbers.old.0, numbers.new.0);
    flaw("patch.header", &hunk.header, message, fix, true);
    flaws
}

/// Whether lines are missing at the end of the text, and not the numbers wrong: what was cut off has less context at
/// its end than a whole hunk.
pub(super) fn is_cut(
    block: &Block,
    hunk: &Hunk<'_>,
    last: bool,
    place: Option<(&Target<'_>, &Located)>,
) -> bool {
    if !last || !is_at_end(block, hunk) {
        return false;
    }
    let Some(numbers) = hunk.numbers else {
        return hunk.lines.is_empty();
    };
    let (old, new) = hunk.counts();
    let missing = numbers.old.1.checked_sub(old).zip(numbers.new.1.checked_sub(new));
    let (Some((missing_old, missing_new)), trailing) = (missing, hunk.context(true)) else {
        return false;
    };
    if missing_old + missing_new == 0 {
        return false;
    }
    // Behind the last line of context come only lines of both sides.
    if trailing > 0 && (missing_old == 0 || missing_new == 0) {
        return false;
    }
    if trailing == hunk.lines.len() {
        return true;
    }
    let leading = hunk.context(false);
    let mut usual = USUAL_CONTEXT;
    // At the beginning of a file there may be less before a change than behind it.
    if numbers.old.0 > 1 && leading > 0 {
        usual = usual.min(leading);
    }
    if let Some((target, Located::At(placement))) = place {
        let rest = target.lines.len().saturating_sub(placement.at + old);
        if rest == 0 {
            // Lines added at the end of a file have nothing behind them that would be missing; few are miscounted.
            let few = missing_new <= MISCOUNTED && block.code.ends_with('\n');
            return missing_old == 0 && !few;
        }
        usual = usual.min(trailing + rest);
    }
    trailing < usual
}

/// That the text ends within a line of the file.
pub(super) fn half(block: &Block) -> Flaw {
    let end = block.code.trim_end().len();
    let message = "the patch ends too early: only half of its last line is there";
    let defect = Defect::new(
        "complete.truncated",
        Severity::Error,
        block.place(&(end..end)),
        message,
    );
    Flaw {
        defect: defect.with_fix("give all of the patch"),
        certain: false,
    }
}

/// Whether nothing stands behind the hunk.
pub(super) fn is_at_end(block: &Block, hunk: &Hunk<'_>) -> bool {
    let behind = hunk.lines.last().map_or(hunk.header.end, |line| {
        line.marker.as_ref().unwrap_or(&line.range).end
    });
    behind >= block.code.trim_end().len()
}

/// How the header and the marks of `hunk` should be; the header only where it is wrong, with the place of the hunk
/// and by how much the hunks before it lengthen the file.
pub(super) fn edits(hunk: &Hunk<'_>, place: Option<(usize, isize)>) -> Vec<Edit> {
    let mut edits: Vec<Edit> = hunk
        .unmarked
        .iter()
        .map(|range| Edit::new(range.start..range.start, " "))
        .collect();
    if let Some((at, delta)) = place.filter(|_| hunk.header.start < hunk.header.end) {
        let (old, new) = hunk.counts();
        let start = |at: usize, count: usize| if count == 0 { at } else { at + 1 };
        let new_at = at.saturating_add_signed(delta);
        let header = format!(
            "@@ -{},{old} +{},{new} @@{}",
            start(at, old),
            start(new_at, new),
            hunk.section
        );
        edits.push(Edit::new(hunk.header.clone(), header));
    }
    edits
}

/// That `file`, or a hunk of it, changes nothing; its last hunk may have been `cut` off.
pub(super) fn nothing(block: &Block, file: &FilePatch<'_>, cut: bool) -> Vec<Defect> {
    // What a hunk that was cut off would have changed stood behind the cut.
    let told = file.hunks.len() - usize::from(cut && !file.hunks.is_empty());
    let idle = file.hunks.iter().take(told).filter(|hunk| hunk.changes_nothing());
    let idle: Vec<_> = idle.collect();
    if idle.is_empty() && cut {
        return Vec::new();
    }
    let whole = idle.len() == file.hunks.len();
    if whole
        && (file.kind != Kind::Change || file.format == Format::Unified && !file.named && idle.is_empty())
    {
        return Vec::new();
    }
    let tell = |range: &std::ops::Range<usize>, what: &str| {
        let severity = if whole { Severity::Error } else { Severity::Warning };
        let message = format!("{what} changes nothing: both sides are the same");
        Defect::new("patch.noop", severity, block.place(range), message)
            .with_fix("mark what goes with `-` and what comes with `+`, or leave it out")
    };
    if file.hunks.is_empty() {
        return vec![tell(&file.head, "this part of the patch")];
    }
    idle.iter().map(|hunk| tell(&hunk.header, "this hunk")).collect()
}
