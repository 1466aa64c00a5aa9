//! Counting under names that come from outside.

use std::collections::BTreeMap;

use super::{Counts, Row};
use crate::domain::Effect;

/// More names are counted together: a hostile agent may take a new one each time.
const MAX_NAMES: usize = 2_000;
/// What they are counted as.
const OTHERS: &str = "(others)";
/// A longer name is cut.
const MAX_NAME: usize = 120;

/// Decisions by a name.
#[derive(Debug, Default)]
pub(super) struct Tally(BTreeMap<String, Counts>);

impl Tally {
    pub(super) fn add(&mut self, name: &str, effect: Effect) {
        let name = name.get(..name.floor_char_boundary(MAX_NAME)).unwrap_or(name);
        let full = self.0.len() >= MAX_NAMES;
        if let Some(counts) = self.0.get_mut(name) {
            counts.add(effect);
        } else {
            let name = if full { OTHERS } else { name };
            self.0.entry(name.to_owned()).or_default().add(effect);
        }
    }

    pub(super) fn holds(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    /// By name.
    pub(super) fn in_order(self) -> Vec<Row> {
        let row = |(name, counts)| Row { name, counts };
        self.0.into_iter().map(row).collect()
    }

    /// The most frequent first.
    pub(super) fn by_frequency(self) -> Vec<Row> {
        let mut rows = self.in_order();
        rows.sort_by_key(|row| std::cmp::Reverse(row.counts.total()));
        rows
    }
}
