//! Which texts a word occurs in, and how often: most of the memory that an index takes.

use super::lexical::Slot;

/// A slot and how often a word occurs in it, in four bytes: most of an index is these.
#[derive(Debug, Clone, Copy)]
pub(super) struct Posting(u32);

/// Bits of a posting that count occurrences in halves. More than 31 occurrences count as 31: beyond that
/// they hardly change a score.
const COUNT_BITS: u32 = 6;

impl Posting {
    /// `None` for a slot beyond the 67 millionth.
    pub(super) fn new(slot: Slot, count: u16) -> Option<Self> {
        let most = (1 << COUNT_BITS) - 1;
        (slot >> (u32::BITS - COUNT_BITS) == 0)
            .then_some(Self(slot << COUNT_BITS | u32::from(count).min(most)))
    }

    pub(super) fn slot(self) -> Slot {
        self.0 >> COUNT_BITS
    }

    /// Occurrences in halves.
    pub(super) fn count(self) -> u32 {
        self.0 & ((1 << COUNT_BITS) - 1)
    }

    pub(super) fn at(self, slot: Slot) -> Self {
        Self(slot << COUNT_BITS | self.count())
    }
}

/// The postings of a word. Most words occur in one text only: theirs take no memory of their own.
#[derive(Debug)]
pub(super) enum Postings {
    One(Posting),
    Many(Vec<Posting>),
}

impl Default for Postings {
    fn default() -> Self {
        Self::Many(Vec::new())
    }
}

impl Postings {
    pub(super) fn as_slice(&self) -> &[Posting] {
        match self {
            Self::One(posting) => std::slice::from_ref(posting),
            Self::Many(postings) => postings,
        }
    }

    pub(super) fn push(&mut self, posting: Posting) {
        match self {
            Self::Many(postings) if postings.capacity() == 0 => *self = Self::One(posting),
            Self::Many(postings) => postings.push(posting),
            Self::One(first) => *self = Self::Many(vec![*first, posting]),
        }
    }

    /// Makes room for so many, when there are none yet.
    pub(super) fn reserve(&mut self, count: usize) {
        if let Self::Many(postings) = self
            && count > 1
        {
            postings.reserve_exact(count);
        }
    }

    pub(super) fn retain_mut(&mut self, mut stays: impl FnMut(&mut Posting) -> bool) {
        match self {
            Self::Many(postings) => postings.retain_mut(stays),
            Self::One(posting) => {
                if !stays(posting) {
                    *self = Self::default();
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_posting_knows_its_slot_and_its_count_up_to_the_most() {
        for (slot, count, kept) in [(0, 1, 1), (7, 63, 63), ((1 << 26) - 1, 64, 63), (1, u16::MAX, 63)] {
            let posting = Posting::new(slot, count).unwrap();
            assert_eq!((posting.slot(), posting.count()), (slot, kept));
            assert_eq!((posting.at(5).slot(), posting.at(5).count()), (5, kept));
        }
        assert!(Posting::new(1 << 26, 1).is_none());
    }

    #[test]
    fn one_posting_is_kept_like_many() {
        for room in [0, 1, 3] {
            let mut postings = Postings::default();
            postings.reserve(room);
            for slot in 0..3 {
                postings.push(Posting::new(slot, 2).unwrap());
                let slots: Vec<Slot> = postings.as_slice().iter().map(|posting| posting.slot()).collect();
                assert_eq!(slots, (0..=slot).collect::<Vec<_>>());
            }
        }
        let mut one = Postings::default();
        one.push(Posting::new(4, 2).unwrap());
        one.retain_mut(|posting| posting.slot() != 4);
        assert!(one.as_slice().is_empty());
    }
}
