//! Where in the file a hunk belongs, and if nowhere, where it comes closest.

use std::collections::HashMap;
use std::ops::Range;

use super::hunk::{Format, Hunk, Line};
use super::target::{Likeness, Target, alike};

/// Where a hunk belongs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Located {
    At(Placement),
    /// The file has an anchor of the hunk nowhere.
    NoAnchor(String),
    /// It does not say where.
    Unplaced,
    /// The file has no such lines.
    Nowhere(Option<Near>),
}

/// A place where the hunk fits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Placement {
    /// The first line of the file that it takes, from 0.
    pub(super) at: usize,
    pub(super) likeness: Likeness,
    /// Every place that fits, when there are several and the hunk does not say which one is meant.
    pub(super) others: Vec<usize>,
}

impl Placement {
    /// Exactly at `at`, and nowhere else.
    pub(super) fn at(at: usize) -> Self {
        Self {
            at,
            likeness: Likeness::Exact,
            others: Vec::new(),
        }
    }
}

/// The place where most of a hunk fits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Near {
    /// The first of the hunk's old lines that differs.
    pub(super) line: usize,
    /// The line of the file that stands there, from 0.
    pub(super) at: usize,
    pub(super) how: Difference,
    /// How much of the hunk stands there, in percent of what its lines say.
    pub(super) share: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Difference {
    /// They are two versions of one line.
    Changed,
    /// The file has a line more.
    Missing,
    /// The patch has a line more.
    Extra,
    /// The file ends there.
    End,
}

/// How many places of one line take part in finding the nearest place.
const MAX_VOTES: usize = 64;
/// How many lines of a hunk are compared letter by letter.
const MAX_COMPARED: usize = 10;

/// Places the hunks of one file in order.
#[derive(Debug, Default)]
pub(super) struct Locator {
    /// The first line behind the last hunk.
    floor: usize,
    /// The lines that hunks took.
    taken: Vec<Range<usize>>,
    /// How much later than said the last hunk stood.
    drift: isize,
}

impl Locator {
    pub(super) fn locate(&mut self, target: &mut Target<'_>, hunk: &Hunk<'_>, format: Format) -> Located {
        let mut floor = self.floor;
        for anchor in &hunk.anchors {
            let found = target.lines.iter().enumerate().skip(floor);
            let mut found = found.filter(|(_, line)| alike(line, anchor, Likeness::Blanks));
            match found.next() {
                Some((at, _)) => floor = at + 1,
                None => return Located::NoAnchor((*anchor).to_owned()),
            }
        }
        let old = hunk.old();
        let expected = stated(hunk).and_then(|at| at.checked_add_signed(self.drift));
        let located = if old.is_empty() {
            insertion(target, hunk, format, expected, floor)
        } else {
            let placement = fitting(target, &old, format, expected, floor)
                .or_else(|| self.before(target, hunk, &old, format, expected));
            match placement {
                Some(placement) => Located::At(placement),
                None => Located::Nowhere(match near(target, &old, expected) {
                    Some(near) if near.share >= 20 => Some(near),
                    other => similar(target, &old, expected).or(other),
                }),
            }
        };
        if let Located::At(placement) = &located {
            self.taken.push(placement.at..placement.at + old.len());
            self.floor = placement.at + old.len();
            if let Some(said) = stated(hunk) {
                self.drift = placement.at.cast_signed() - said.cast_signed();
            }
        }
        located
    }

    /// A place before the last hunk: hunks may stand in any order, as long as no two take the same line.
    fn before(
        &self,
        target: &mut Target<'_>,
        hunk: &Hunk<'_>,
        old: &[&Line<'_>],
        format: Format,
        expected: Option<usize>,
    ) -> Option<Placement> {
        if self.floor == 0 || !hunk.anchors.is_empty() {
            return None;
        }
        let placement = fitting(target, old, format, expected, 0)?;
        let (start, end) = (placement.at, placement.at + old.len());
        let free = !self
            .taken
            .iter()
            .any(|taken| taken.start < end && start < taken.end);
        free.then_some(placement)
    }
}

/// The line, from 0, at which the hunk's header says that it begins.
fn stated(hunk: &Hunk<'_>) -> Option<usize> {
    let (start, count) = hunk.numbers?.old;
    // `-4,0` stands behind line 4.
    Some(if count == 0 {
        start
    } else {
        start.saturating_sub(1)
    })
}

fn insertion(
    target: &Target<'_>,
    hunk: &Hunk<'_>,
    format: Format,
    expected: Option<usize>,
    floor: usize,
) -> Located {
    let length = target.lines.len();
    let at = match format {
        Format::Unified => expected.filter(|at| (floor..=length).contains(at)),
        Format::Search => (length == 0).then_some(0),
        Format::Envelope if hunk.anchors.is_empty() => Some(length),
        Format::Envelope => Some(floor),
    };
    at.map_or(Located::Unplaced, |at| Located::At(Placement::at(at)))
}

fn fitting(
    target: &mut Target<'_>,
    old: &[&Line<'_>],
    format: Format,
    expected: Option<usize>,
    floor: usize,
) -> Option<Placement> {
    for likeness in Likeness::ALL {
        if let Some(at) = expected.filter(|at| *at >= floor && target.is_at(old, *at, likeness)) {
            return Some(Placement {
                at,
                likeness,
                others: Vec::new(),
            });
        }
        // Only unified diffs are applied byte by byte; agents read and write lines.
        if likeness == Likeness::Exact && format != Format::Unified {
            continue;
        }
        let places = target.places(old, floor, likeness);
        let nearest = places
            .iter()
            .copied()
            .min_by_key(|at| expected.map_or(*at, |expected| at.abs_diff(expected)));
        if let Some(at) = nearest {
            let others = if places.len() > 1 { places } else { Vec::new() };
            return Some(Placement { at, likeness, others });
        }
    }
    None
}

/// The place at which most of the lines stand that say anything, and what differs there first.
fn near(target: &mut Target<'_>, old: &[&Line<'_>], expected: Option<usize>) -> Option<Near> {
    let mut tally: HashMap<usize, usize> = HashMap::new();
    for (i, places) in target.votes(old, 0, MAX_VOTES).iter().enumerate() {
        let weight = old.get(i).map_or(0, |line| weight_of(line));
        for at in places.iter().filter_map(|place| place.checked_sub(i)) {
            *tally.entry(at).or_default() += weight;
        }
    }
    let total: usize = old.iter().map(|line| weight_of(line)).sum();
    let distance = |at: usize| expected.map_or(at, |expected| at.abs_diff(expected));
    let (best, weight) = tally
        .iter()
        .map(|(at, weight)| (*at, *weight))
        .max_by_key(|(at, weight)| (*weight, std::cmp::Reverse(distance(*at))))?;
    if weight == 0 {
        return None;
    }
    // When a line is missing or there is one too many, the lines before it vote for a place close by.
    let begins = (best.saturating_sub(3)..=best + 3)
        .filter(|at| tally.contains_key(at) && agreement(target, old, *at) > 0)
        .max_by_key(|at| (tally.get(at).copied(), std::cmp::Reverse(at.abs_diff(best))));
    let at = if agreement(target, old, best) > 0 {
        best
    } else {
        begins.unwrap_or(best)
    };
    let line = agreement(target, old, at);
    Some(Near {
        line,
        at: at + line,
        how: difference(target, old, line, at + line),
        share: weight * 100 / total.max(1),
    })
}

/// The place that the hunk names, if a line there is much like its own: short hunks have no other lines to go by.
fn similar(target: &Target<'_>, old: &[&Line<'_>], expected: Option<usize>) -> Option<Near> {
    let at = expected?;
    let like = |i: usize| match (old.get(i), target.lines.get(at + i)) {
        (Some(line), Some(there)) if (1..200).contains(&line.text.trim().len()) && there.len() < 300 => {
            strsim::normalized_levenshtein(line.text.trim(), there.trim()) > 0.5
        }
        _ => false,
    };
    (0..old.len().min(MAX_COMPARED)).find(|i| like(*i))?;
    let line = agreement(target, old, at);
    Some(Near {
        line,
        at: at + line,
        how: difference(target, old, line, at + line),
        share: 20,
    })
}

/// How much a line says: a bracket stands everywhere.
fn weight_of(line: &Line<'_>) -> usize {
    line.text.trim().len().min(30)
}

fn is_same(target: &Target<'_>, old: &[&Line<'_>], line: usize, at: usize) -> bool {
    match (old.get(line), target.lines.get(at)) {
        (Some(line), Some(there)) => alike(line.text, there, Likeness::Blanks),
        _ => false,
    }
}

/// How many of the lines stand at `at`, up to the first that does not.
fn agreement(target: &Target<'_>, old: &[&Line<'_>], at: usize) -> usize {
    (0..old.len())
        .take_while(|i| is_same(target, old, *i, at + i))
        .count()
}

fn difference(target: &Target<'_>, old: &[&Line<'_>], line: usize, at: usize) -> Difference {
    if at >= target.lines.len() {
        Difference::End
    } else if is_same(target, old, line + 1, at + 1) {
        Difference::Changed
    } else if is_same(target, old, line, at + 1) {
        Difference::Missing
    } else if is_same(target, old, line + 1, at) {
        Difference::Extra
    } else {
        Difference::Changed
    }
}
