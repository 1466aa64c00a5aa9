//! Texts that are numbered, each kept once.

use std::hash::BuildHasher as _;

use hashbrown::{DefaultHashBuilder, HashTable};

/// Numbers texts from 0 in the order in which they come. A text costs its bytes and some twelve more.
#[derive(Debug, Default)]
pub(super) struct Interner {
    letters: String,
    /// By number, where the text ends in `letters`.
    ends: Vec<u32>,
    numbers: HashTable<u32>,
    hasher: DefaultHashBuilder,
}

impl Interner {
    /// How many texts there are.
    pub(super) fn len(&self) -> usize {
        self.ends.len()
    }

    /// The number of `text`, if it was seen.
    pub(super) fn find(&self, text: &str) -> Option<u32> {
        let hash = self.hasher.hash_one(text);
        self.numbers
            .find(hash, |number| self.get(*number) == text)
            .copied()
    }

    /// The number of `text`; `None` when there is no room for another.
    pub(super) fn intern(&mut self, text: &str) -> Option<u32> {
        if let Some(number) = self.find(text) {
            return Some(number);
        }
        let number = u32::try_from(self.ends.len()).ok()?;
        let end = u32::try_from(self.letters.len() + text.len()).ok()?;
        self.letters.push_str(text);
        self.ends.push(end);
        self.enter(number);
        Some(number)
    }

    /// The text with that number; empty for one that was never given.
    pub(super) fn get(&self, number: u32) -> &str {
        let at = number as usize;
        let start = match at.checked_sub(1) {
            Some(before) => self.ends.get(before).copied().unwrap_or_default(),
            None => 0,
        };
        let end = self.ends.get(at).copied().unwrap_or(start);
        self.letters.get(start as usize..end as usize).unwrap_or_default()
    }

    /// What [`Interner::from_parts`] makes it from again.
    pub(super) fn parts(&self) -> (&str, &[u32]) {
        (&self.letters, &self.ends)
    }

    /// The interner with these parts; `None` when they do not belong together.
    pub(super) fn from_parts(letters: String, ends: Vec<u32>) -> Option<Self> {
        let fits = ends.is_sorted()
            && ends.last().copied().unwrap_or_default() as usize == letters.len()
            && ends.iter().all(|end| letters.is_char_boundary(*end as usize));
        if !fits {
            return None;
        }
        let mut interner = Self {
            numbers: HashTable::with_capacity(ends.len()),
            letters,
            ends,
            hasher: DefaultHashBuilder::default(),
        };
        for number in 0..interner.ends.len() as u32 {
            interner.enter(number);
        }
        Some(interner)
    }

    fn enter(&mut self, number: u32) {
        let Self {
            letters,
            ends,
            numbers,
            hasher,
        } = self;
        let text = |number: u32| {
            let at = number as usize;
            let start = at.checked_sub(1).and_then(|before| ends.get(before)).copied();
            let end = ends.get(at).copied().unwrap_or_default();
            letters
                .get(start.unwrap_or_default() as usize..end as usize)
                .unwrap_or_default()
        };
        let hash = hasher.hash_one(text(number));
        numbers.insert_unique(hash, number, |other| hasher.hash_one(text(*other)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_keeps_its_number_also_through_its_parts() {
        let mut interner = Interner::default();
        let numbers: Vec<_> = ["a", "", "кэш", "a", "b"]
            .iter()
            .map(|text| interner.intern(text))
            .collect();
        assert_eq!(numbers, [Some(0), Some(1), Some(2), Some(0), Some(3)]);
        let (letters, ends) = interner.parts();
        let again = Interner::from_parts(letters.to_owned(), ends.to_vec()).unwrap();
        assert_eq!(again.find("кэш"), Some(2));
        assert_eq!(
            [0, 1, 2, 3].map(|number| again.get(number)),
            ["a", "", "кэш", "b"]
        );
        assert_eq!((again.find("c"), again.get(9)), (None, ""));
    }

    #[test]
    fn parts_that_do_not_belong_together_are_refused() {
        for ends in [vec![1], vec![3, 2], vec![1, 2, 4]] {
            assert!(Interner::from_parts("éa".to_owned(), ends).is_none());
        }
    }
}
