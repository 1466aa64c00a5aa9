//! Parts by the number of their gram.

use crate::routing::features::Gram;

/// What a signal is, before it gets a name.
#[derive(Debug, Clone, Copy)]
pub(super) enum Source<'i> {
    Gram(&'i Gram),
    Dense(usize),
}

/// A signal with its number and what it adds to each answer.
pub(super) type Sum<'i> = (u64, Source<'i>, [f64; 2]);

/// A table of places, twice as long as needed at least, in which a number is looked for from its own low bits on.
pub(super) struct Sums<'i> {
    pub(super) parts: Vec<Sum<'i>>,
    /// One more than the place among the parts; 0 is free.
    slots: Vec<u32>,
}

impl<'i> Sums<'i> {
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

    pub(super) fn known(&self, number: u64) -> Option<usize> {
        self.slot(number).1
    }

    /// The place of a gram's part, which is made if need be.
    pub(super) fn of(&mut self, gram: &'i Gram) -> usize {
        let (slot, at) = self.slot(gram.number);
        at.unwrap_or_else(|| {
            self.parts.push((gram.number, Source::Gram(gram), [0.0; 2]));
            if let Some(slot) = self.slots.get_mut(slot) {
                *slot = u32::try_from(self.parts.len()).unwrap_or(u32::MAX);
            }
            self.parts.len() - 1
        })
    }

    pub(super) fn add(&mut self, at: usize, part: [f64; 2]) {
        if let Some((_, _, sums)) = self.parts.get_mut(at) {
            for (sum, part) in sums.iter_mut().zip(part) {
                *sum += part;
            }
        }
    }
}
