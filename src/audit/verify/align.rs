//! Entries that are not all where they belong: which were changed, taken out, moved, added?
//!
//! Of the entries that are known, as many as possible are taken to have stayed (the longest run of rising numbers);
//! the others were moved. A number that nobody has is missing, or was changed if something stands there that
//! calls itself so or cannot be read.

use std::collections::{HashMap, HashSet};

use super::{Kind, Report};
use crate::audit::merkle::Hash;

/// Something that was read where entries belong.
#[derive(Debug, Clone, Copy)]
pub(super) struct Item {
    /// Its hash as a leaf.
    pub(super) hash: Hash,
    /// The number it was signed with; or, where only a root is signed or nothing yet, the one it gives itself.
    pub(super) place: Option<u64>,
    /// The number that it gives itself.
    pub(super) says: Option<u64>,
    /// Whether something that cannot be read stands before it.
    pub(super) damage: bool,
}

/// Tells what is wrong with `items`, which should be the entries from `first` to `last`; with damage behind the last
/// of them or not. Gives the hashes of these entries as far as they are there.
pub(super) fn align(
    items: &[Item],
    (first, last): (u64, u64),
    damage_behind: bool,
    report: &mut Report,
) -> HashMap<u64, Hash> {
    let stayed = longest_rise(items, first);
    let mut alignment = Alignment {
        next: first,
        elsewhere: elsewhere(items, &stayed),
        unknown: Vec::new(),
        damage: false,
        found: HashMap::new(),
        report,
    };
    let mut stayed = stayed.into_iter().peekable();
    for (at, item) in items.iter().enumerate() {
        alignment.damage |= item.damage;
        match (stayed.next_if_eq(&at), item.place) {
            (Some(_), Some(place)) => {
                alignment.close_gap(place);
                alignment.found.insert(place, item.hash);
                alignment.next = place + 1;
            }
            (None, Some(place)) => alignment.strayed(place),
            (_, None) => alignment.unknown.push(*item),
        }
    }
    alignment.damage |= damage_behind;
    alignment.close_gap(last + 1);
    alignment.found
}

struct Alignment<'a> {
    /// The number that has to come next.
    next: u64,
    /// Numbers of entries that are there, not where they belong.
    elsewhere: HashSet<u64>,
    /// What nobody knows, since the last entry that is where it belongs.
    unknown: Vec<Item>,
    damage: bool,
    found: HashMap<u64, Hash>,
    report: &'a mut Report,
}

impl Alignment<'_> {
    /// The entry `end` is where it belongs; what should stand between it and the last one that is?
    fn close_gap(&mut self, end: u64) {
        let gap = self.next..end;
        let mut changed = HashSet::new();
        for item in std::mem::take(&mut self.unknown) {
            match item
                .says
                .filter(|says| gap.contains(says) && changed.insert(*says))
            {
                Some(says) => {
                    self.found.insert(says, item.hash);
                }
                None => self.added(end, item.says),
            }
        }
        let damage = std::mem::take(&mut self.damage);
        let mut unread = damage;
        for number in gap {
            let (kind, detail) = if changed.contains(&number) {
                (Kind::Changed, "it is not what was signed")
            } else if self.elsewhere.contains(&number) {
                (Kind::Moved, "it stands elsewhere")
            } else if damage {
                unread = false;
                (Kind::Changed, "what stands there cannot be read")
            } else {
                (Kind::Missing, "")
            };
            self.report.push(kind, number, number, detail.to_owned());
        }
        if unread {
            // All entries are there, so it is what stands between them: a document.
            let detail = "a document before it cannot be read".to_owned();
            self.report.push(Kind::Facts, end, end, detail);
        }
    }

    fn added(&mut self, before: u64, says: Option<u64>) {
        let detail = match says {
            Some(says) => format!("something that calls itself entry {says} stands before it"),
            None => "something that is no entry stands before it".to_owned(),
        };
        self.report.push(Kind::Added, before, before, detail);
    }

    /// An entry that is known stands here and belongs elsewhere. Where it should be, that is told; if it is there, too,
    /// it is told here.
    fn strayed(&mut self, place: u64) {
        if !self.elsewhere.contains(&place) {
            let detail = format!("it stands a second time before entry {}", self.next);
            self.report.push(Kind::Moved, place, place, detail);
        }
    }
}

/// The numbers of entries that are there, and nowhere where they belong.
fn elsewhere(items: &[Item], stayed: &[usize]) -> HashSet<u64> {
    let places = |at: &usize| items.get(*at).and_then(|item| item.place);
    let at_home: HashSet<u64> = stayed.iter().filter_map(places).collect();
    let all = items.iter().filter_map(|item| item.place);
    all.filter(|place| !at_home.contains(place)).collect()
}

/// The longest run of items, in their order, whose numbers rise, all at least `first`.
fn longest_rise(items: &[Item], first: u64) -> Vec<usize> {
    // For each length, the item that ends such a run with the lowest number; for each item, the one before it.
    let mut ends: Vec<(u64, usize)> = Vec::new();
    let mut before: Vec<Option<usize>> = vec![None; items.len()];
    for (at, item) in items.iter().enumerate() {
        let Some(place) = item.place.filter(|place| *place >= first) else {
            continue;
        };
        let length = ends.partition_point(|(end, _)| *end < place);
        let previous = length.checked_sub(1).and_then(|last| ends.get(last));
        if let Some(link) = before.get_mut(at) {
            *link = previous.map(|(_, at)| *at);
        }
        match ends.get_mut(length) {
            Some(end) => *end = (place, at),
            None => ends.push((place, at)),
        }
    }
    let mut run = Vec::with_capacity(ends.len());
    let mut at = ends.last().map(|(_, at)| *at);
    while let Some(item) = at {
        run.push(item);
        at = before.get(item).copied().flatten();
    }
    run.reverse();
    run
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Places in words: `3` is entry 3, `x3` something unknown that calls itself so, `!` damage before the next.
    fn check(text: &str, expect: &str) {
        let mut items = Vec::new();
        let mut damage = false;
        for word in text.split_whitespace() {
            if word == "!" {
                damage = true;
                continue;
            }
            let says: Option<u64> = word.trim_start_matches('x').parse().ok();
            items.push(Item {
                hash: [0; 32],
                place: says.filter(|_| !word.starts_with('x')),
                says,
                damage: std::mem::take(&mut damage),
            });
        }
        let mut report = Report::default();
        align(&items, (1, 6), damage, &mut report);
        let told = report.problems.iter().map(|problem| {
            let kind = format!("{:?}", problem.kind).to_lowercase();
            format!("{kind} {}-{}", problem.first, problem.last)
        });
        assert_eq!(told.collect::<Vec<_>>().join(", "), expect, "{text}");
    }

    #[test]
    fn what_was_done_is_told() {
        check("1 2 3 4 5 6", "");
        check("1 2 x3 4 5 6", "changed 3-3");
        check("1 2 5 6", "missing 3-4");
        check("3 4 5 6", "missing 1-2");
        check("1 2 3", "missing 4-6");
        check("", "missing 1-6");
        check("1 3 2 4 5 6", "moved 3-3");
        check("6 2 3 4 5 1", "moved 1-1, moved 6-6");
        check("2 3 4 5 1 6", "moved 1-1");
        check("1 2 2 3 4 5 6", "moved 2-2");
        check("1 2 ! 4 5 6", "changed 3-3");
        check("1 2 ! 3 4 5 6", "facts 3-3");
        check("1 2 3 4 5 !", "changed 6-6");
        check("1 2 x9 3 4 5 6", "added 3-3");
        check("1 x2 x3 x4 x5", "changed 2-5, missing 6-6");
        check("1 2 x 4 5 6", "added 4-4, missing 3-3");
    }
}
