//! A map that keeps only what was used last.

use std::collections::HashMap;
use std::hash::Hash;

/// At most `capacity` entries; a new one pushes out the one that was used longest ago.
#[derive(Debug)]
pub(super) struct Recent<K, V> {
    entries: HashMap<K, (u64, V)>,
    capacity: usize,
    uses: u64,
}

impl<K: Hash + Eq + Clone, V> Recent<K, V> {
    pub(super) fn new(capacity: usize) -> Self {
        Self {
            entries: HashMap::new(),
            capacity: capacity.max(1),
            uses: 0,
        }
    }

    pub(super) fn get_mut(&mut self, key: &K) -> Option<&mut V> {
        self.uses += 1;
        let (used, value) = self.entries.get_mut(key)?;
        *used = self.uses;
        Some(value)
    }

    /// The value of `key`, made if it is not there.
    pub(super) fn or_insert_with(&mut self, key: K, make: impl FnOnce() -> V) -> &mut V {
        self.uses += 1;
        if self.entries.len() >= self.capacity && !self.entries.contains_key(&key) {
            let oldest = self
                .entries
                .iter()
                .min_by_key(|(_, (used, _))| *used)
                .map(|(key, _)| key.clone());
            oldest.and_then(|oldest| self.entries.remove(&oldest));
        }
        let (used, value) = self.entries.entry(key).or_insert_with(|| (0, make()));
        *used = self.uses;
        value
    }

    pub(super) fn remove(&mut self, key: &K) {
        self.entries.remove(key);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_entry_used_longest_ago_makes_room() {
        let mut recent = Recent::new(2);
        recent.or_insert_with("a", || 1);
        recent.or_insert_with("b", || 2);
        assert_eq!(recent.get_mut(&"a"), Some(&mut 1));
        recent.or_insert_with("c", || 3);
        assert_eq!(recent.get_mut(&"b"), None);
        assert_eq!(*recent.or_insert_with("a", || 9), 1);
        assert_eq!(recent.entries.len(), 2);
    }
}
