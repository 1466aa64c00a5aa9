//! Which lessons a search may find at all.

use std::collections::BTreeMap;

use super::Index;
use crate::domain::{LessonKind, Timestamp};
use crate::knowledge::entries::{Entry, LessonNo};
use crate::knowledge::fuse::Opinion;
use crate::knowledge::graph::Path;
use crate::knowledge::lexical::Slot;
use crate::knowledge::rank::Ranked;

/// Which lessons a search may find at all.
#[derive(Debug)]
pub(in crate::knowledge) struct Filter<'a> {
    /// All of them must be on the lesson.
    pub(in crate::knowledge) tags: &'a [String],
    /// Any of them; none means all.
    pub(in crate::knowledge) kinds: &'a [LessonKind],
    /// Recorded then or later.
    pub(in crate::knowledge) since: Option<Timestamp>,
    pub(in crate::knowledge) include_candidates: bool,
    /// What does not hold now is not found.
    pub(in crate::knowledge) now: Timestamp,
    /// Only lessons that are in there.
    pub(in crate::knowledge) within: Option<&'a BTreeMap<LessonNo, Path>>,
}

impl Filter<'_> {
    /// Everything that is in force.
    pub(in crate::knowledge) fn in_force(now: Timestamp) -> Self {
        Self {
            tags: &[],
            kinds: &[],
            since: None,
            include_candidates: false,
            now,
            within: None,
        }
    }

    /// Whether it asks for more than what is in force now.
    fn is_narrow(&self) -> bool {
        !self.tags.is_empty()
            || !self.kinds.is_empty()
            || self.since.is_some()
            || self.include_candidates
            || self.within.is_some()
    }
}

impl Index {
    /// For every slot whether its lesson may be found, and how many may.
    pub(in crate::knowledge) fn passing(&self, filter: &Filter<'_>) -> (Vec<bool>, usize) {
        let tagged: Vec<&[LessonNo]> = filter.tags.iter().map(|tag| self.tagged(tag)).collect();
        let since = filter.since.map_or(i64::MIN, |since| since.as_millisecond());
        let fits = |lesson: LessonNo, entry: &Entry| {
            (entry.is_active() || filter.include_candidates)
                && entry.holds_at(filter.now)
                && entry.recorded_ms >= since
                && (filter.kinds.is_empty() || filter.kinds.contains(&entry.kind))
                && filter.within.is_none_or(|within| within.contains_key(&lesson))
                && tagged.iter().all(|tagged| tagged.binary_search(&lesson).is_ok())
        };
        let slots = 0..self.active.len() as Slot;
        if filter.is_narrow() {
            let passes = |slot| {
                self.entries
                    .at(slot)
                    .is_some_and(|(lesson, entry)| fits(lesson, entry))
            };
            let passes: Vec<bool> = slots.map(passes).collect();
            let count = passes.iter().filter(|passes| **passes).count();
            return (passes, count);
        }
        // Nearly always: everything in force, but for the few whose time is not now.
        let mut passes = self.active.clone();
        let mut count = self.n_active;
        for lesson in &self.timed {
            if let Some(entry) = self.entries.get(*lesson)
                && !entry.holds_at(filter.now)
                && let Some(slot) = entry.slot()
                && let Some(passes) = passes.get_mut(slot as usize)
            {
                count -= usize::from(std::mem::take(passes));
            }
        }
        (passes, count)
    }

    /// The newest `limit` of the lessons that pass.
    pub(in crate::knowledge) fn newest(&self, passes: &[bool], limit: usize) -> Vec<Ranked> {
        let slots = (0..passes.len() as Slot).rev();
        let passing = slots.filter(|slot| passes.get(*slot as usize).copied().unwrap_or(false));
        let lessons = passing.filter_map(|slot| Some((slot, self.entries.at(slot)?.0)));
        lessons
            .take(limit)
            .map(|(slot, lesson)| Ranked {
                slot,
                id: self.entries.id(lesson),
                score: 1.0,
                opinion: Opinion::default(),
            })
            .collect()
    }
}
