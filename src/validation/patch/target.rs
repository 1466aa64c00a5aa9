//! The file that a patch has to apply to, as lines that can be looked for.

use std::borrow::Cow;
use std::collections::HashMap;

use super::hunk::Line;

/// How equal lines have to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Likeness {
    /// Byte by byte, line ends included.
    Exact,
    /// But for line ends.
    Ends,
    /// But for blanks.
    Blanks,
}

impl Likeness {
    pub(super) const ALL: [Self; 3] = [Self::Exact, Self::Ends, Self::Blanks];

    /// What has to be equal of `text`.
    fn key(self, text: &str) -> Cow<'_, str> {
        match self {
            Self::Exact => Cow::Borrowed(text),
            Self::Ends => Cow::Borrowed(text.trim_end_matches('\r')),
            Self::Blanks => {
                let mut key = String::with_capacity(text.len());
                for word in text.split_whitespace() {
                    key.push_str(word);
                    key.push(' ');
                }
                Cow::Owned(key)
            }
        }
    }
}

/// The lines of the file, without their line feeds.
#[derive(Debug)]
pub(super) struct Target<'t> {
    pub(super) lines: Vec<&'t str>,
    /// Whether a line feed ends the last line.
    pub(super) ended: bool,
    tables: [Table<'t>; 3],
    /// How many comparisons are left.
    budget: usize,
}

#[derive(Debug, Default)]
struct Table<'t> {
    ids: HashMap<Cow<'t, str>, u32>,
    lines: Vec<u32>,
}

/// No line of the file has this number.
const UNKNOWN: u32 = u32::MAX;
/// The most steps for one patch, about half a second.
pub(super) const BUDGET: usize = 100_000_000;
/// The most places that are told apart.
const MAX_PLACES: usize = 1_000;

impl<'t> Target<'t> {
    /// Takes what it costs from `budget`, and gives the rest back by [`Self::rest`].
    pub(super) fn new(text: &'t str, budget: usize) -> Self {
        let lines: Vec<&str> = text
            .split_inclusive('\n')
            .map(|line| line.strip_suffix('\n').unwrap_or(line))
            .collect();
        let mut target = Self {
            ended: text.is_empty() || text.ends_with('\n'),
            lines,
            tables: Default::default(),
            budget: budget.saturating_sub(text.len()),
        };
        target.tables[0] = target.table(Likeness::Exact);
        target
    }

    /// Whether the search had to be given up.
    pub(super) fn is_exhausted(&self) -> bool {
        self.budget == 0
    }

    /// What is left of the budget.
    pub(super) fn rest(&self) -> usize {
        self.budget
    }

    fn table(&self, likeness: Likeness) -> Table<'t> {
        let mut table = Table::default();
        for line in &self.lines {
            let next = u32::try_from(table.ids.len()).unwrap_or(UNKNOWN - 1);
            table
                .lines
                .push(*table.ids.entry(likeness.key(line)).or_insert(next));
        }
        table
    }

    fn prepared(&mut self, likeness: Likeness) -> &Table<'t> {
        let i = likeness as usize;
        if self
            .tables
            .get(i)
            .is_some_and(|table| table.lines.len() < self.lines.len())
        {
            let table = self.table(likeness);
            if let Some(place) = self.tables.get_mut(i) {
                *place = table;
            }
        }
        &self.tables[i.min(2)]
    }

    /// The numbers of `lines` in this file.
    fn numbered(&mut self, lines: &[&Line<'_>], likeness: Likeness) -> Vec<u32> {
        let table = self.prepared(likeness);
        lines
            .iter()
            .map(|line| {
                table
                    .ids
                    .get(&likeness.key(line.text))
                    .copied()
                    .unwrap_or(UNKNOWN)
            })
            .collect()
    }

    /// Whether `lines` stand at `at`.
    pub(super) fn is_at(&mut self, lines: &[&Line<'_>], at: usize, likeness: Likeness) -> bool {
        let numbers = self.numbered(lines, likeness);
        self.budget = self.budget.saturating_sub(lines.len() + 1);
        let there = self
            .prepared(likeness)
            .lines
            .get(at..at.saturating_add(numbers.len()));
        there == Some(&numbers[..]) && self.ends_well(lines, at, likeness)
    }

    /// Whether the end of the file is where `lines` at `at` say it is.
    fn ends_well(&self, lines: &[&Line<'_>], at: usize, likeness: Likeness) -> bool {
        let last = at + lines.len() == self.lines.len();
        likeness != Likeness::Exact
            || lines
                .last()
                .is_none_or(|line| line.is_unended() == (last && !self.ended))
    }

    /// The places from `from` on where `lines` stand, in order. Linear in the length of the file.
    pub(super) fn places(&mut self, lines: &[&Line<'_>], from: usize, likeness: Likeness) -> Vec<usize> {
        let wanted = self.numbered(lines, likeness);
        if wanted.is_empty() || wanted.contains(&UNKNOWN) {
            return Vec::new();
        }
        let Some(rest) = self.budget.checked_sub(self.lines.len().saturating_sub(from)) else {
            self.budget = 0;
            return Vec::new();
        };
        self.budget = rest;
        let there = self.prepared(likeness).lines.get(from..).unwrap_or_default();
        let mut places = occurrences(there, &wanted);
        places.iter_mut().for_each(|place| *place += from);
        places.retain(|place| self.ends_well(lines, *place, likeness));
        places
    }

    /// Where each of `lines` alone stands, at most `most` places each.
    pub(super) fn votes(&mut self, lines: &[&Line<'_>], from: usize, most: usize) -> Vec<Vec<usize>> {
        if self.is_exhausted() {
            return Vec::new();
        }
        let wanted = self.numbered(lines, Likeness::Blanks);
        self.budget = self
            .budget
            .saturating_sub(self.lines.len() * 8 + lines.len() * most);
        let mut places: HashMap<u32, Vec<usize>> = HashMap::new();
        for number in &wanted {
            places.insert(*number, Vec::new());
        }
        let there = &self.prepared(Likeness::Blanks).lines;
        for (at, number) in there.iter().enumerate().skip(from) {
            if let Some(known) = places.get_mut(number).filter(|known| known.len() < most) {
                known.push(at);
            }
        }
        wanted
            .iter()
            .map(|number| places.get(number).cloned().unwrap_or_default())
            .collect()
    }
}

/// Where `needle` stands in `hay`, by Knuth, Morris and Pratt: repetitive files cost no more than others.
fn occurrences(hay: &[u32], needle: &[u32]) -> Vec<usize> {
    let mut borders = vec![0_usize; needle.len()];
    let mut length = 0;
    for (i, item) in needle.iter().enumerate().skip(1) {
        while length > 0 && needle.get(length) != Some(item) {
            length = borders.get(length - 1).copied().unwrap_or(0);
        }
        length += usize::from(needle.get(length) == Some(item));
        if let Some(border) = borders.get_mut(i) {
            *border = length;
        }
    }
    let mut found = Vec::new();
    length = 0;
    for (i, item) in hay.iter().enumerate() {
        while length > 0 && needle.get(length) != Some(item) {
            length = borders.get(length - 1).copied().unwrap_or(0);
        }
        length += usize::from(needle.get(length) == Some(item));
        if length == needle.len() {
            found.push(i + 1 - length);
            if found.len() == MAX_PLACES {
                break;
            }
            length = borders.get(length - 1).copied().unwrap_or(0);
        }
    }
    found
}

/// Whether two texts are equal but for `likeness`.
pub(super) fn alike(a: &str, b: &str, likeness: Likeness) -> bool {
    likeness.key(a) == likeness.key(b)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_place_is_found_also_where_they_overlap() {
        assert_eq!(occurrences(&[1, 1, 2, 1, 1, 2, 1, 1], &[1, 1, 2, 1, 1]), [0, 3]);
        assert_eq!(occurrences(&[1, 1, 1, 1], &[1, 1]), [0, 1, 2]);
        assert_eq!(occurrences(&[1, 2, 1, 2, 3], &[1, 2, 3]), [2]);
        assert!(occurrences(&[1, 2], &[2, 1]).is_empty());
    }
}
