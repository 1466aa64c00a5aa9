//! Parts by the number of their gram.

use crate::routing::features::{Place, Span};

/// What a signal is, before it gets a name.
#[derive(Debug, Clone, Copy)]
pub(super) enum Source {
    Gram(Place, Span),
    Dense(usize),
}

/// A signal with its number and what it adds to each answer.
pub(super) type Sum = (u64, Source, [f64; 2]);

/// A table of places, twice as long as needed at least, in which a number is looked for from its own low bits on.
pub(super) struct Sums {
    pub(super) parts: Vec<Sum>,
    /// One more than the place among the parts; 0 is free.
    slots: Vec<u32>,
}

impl Sums {
    /// With room for so many grams.
    pub(super) fn new(grams: usize) -> Self {
        Self {
            parts: Vec::with_capacity(grams + super::DENSE),
            slots: vec![0; (2 * grams + 2).next_power_of_two()],
        }
    }

    /// The slot of a number, and the place of its part when it has one.
    fn slot(&self, number: u64) -> (usize, Option<usize>) {
        let mask = self.slots.len() - 1;
        let mut slot = (number >> 20) as usize & mask;
        loop {
            let taken = self.slots.get(slot).copied().unwrap_or_default();
            let Some(at) = (taken as usize).checked_sub(1) else {
                return (slot, None);
            };
            if self.parts.get(at).is_some_and(|part| part.0 == number) {
                return (slot, Some(at));
            }
            slot = (slot + 1) & mask;
        }
    }

    /// Adds to the part of a number, which is made if need be.
    pub(super) fn add(&mut self, number: u64, source: Source, part: [f64; 2]) {
        let (slot, at) = self.slot(number);
        match at.and_then(|at| self.parts.get_mut(at)) {
            Some((_, _, sums)) => *sums = [sums[0] + part[0], sums[1] + part[1]],
            None => {
                self.parts.push((number, source, part));
                if let Some(slot) = self.slots.get_mut(slot) {
                    *slot = u32::try_from(self.parts.len()).unwrap_or(u32::MAX);
                }
            }
        }
    }

    /// Adds to the part of a number, if it has one.
    #[must_use]
    pub(super) fn add_known(&mut self, number: u64, part: [f64; 2]) -> bool {
        let (_, at) = self.slot(number);
        let Some((_, _, sums)) = at.and_then(|at| self.parts.get_mut(at)) else {
            return false;
        };
        *sums = [sums[0] + part[0], sums[1] + part[1]];
        true
    }
}
