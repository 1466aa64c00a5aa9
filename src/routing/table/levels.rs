//! Residuals on their levels, and how each is shrunk towards the one above.

use crate::routing::prior::{BUCKETS, Bucket, Kind, TYPES, place};

/// How many outcomes of their own the levels need to weigh as much as what is above them.
#[derive(Debug, Clone, Copy)]
pub(super) struct Masses {
    whole: f64,
    pub(super) of_type: f64,
    pub(super) bucket: f64,
}

/// A model's own: heavy, because a model that is left after bad luck gets no chance to show that it was that. Searched
/// on the stream of `examples/eval_routing`, roughly.
pub(super) const OWN: Masses = Masses {
    whole: 20.0,
    of_type: 40.0,
    bucket: 40.0,
};
/// What all have in common is learned faster, so that it is not taken for a model's own.
pub(super) const COMMON: Masses = Masses {
    whole: 20.0,
    of_type: 12.0,
    bucket: 12.0,
};
/// How many outcomes those of other projects are worth at most.
pub(super) const ELSEWHERE: f64 = 10.0;
/// Weights below this are rests of rounding.
pub(super) const NOTHING: f64 = 1e-9;

/// Residuals as a whole, by type, and by type and bucket.
#[derive(Debug, Clone)]
pub(super) struct Levels {
    masses: Masses,
    all: Cell,
    types: [Cell; TYPES],
    buckets: [[Cell; BUCKETS]; TYPES],
    /// Of the project's own types, by their place: a level more, below that of the type each is a kind of.
    customs: Vec<Custom>,
}

/// What was seen at a type of the project's own.
#[derive(Debug, Clone, Copy, Default)]
struct Custom {
    /// The place of the type that it is a kind of.
    parent: usize,
    all: Cell,
    buckets: [Cell; BUCKETS],
}

/// The weight of outcomes and the sum of their residuals.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(in crate::routing) struct Cell {
    pub(super) n: f64,
    pub(super) residuals: f64,
}

impl Levels {
    pub(super) fn new(masses: Masses) -> Self {
        Self {
            masses,
            all: Cell::default(),
            types: [Cell::default(); TYPES],
            buckets: [[Cell::default(); BUCKETS]; TYPES],
            customs: Vec::new(),
        }
    }

    pub(super) fn all(&self) -> Cell {
        self.all
    }

    pub(super) fn types(&self) -> &[Cell; TYPES] {
        &self.types
    }

    /// How far outcomes have moved everything from its prior.
    pub(super) fn anywhere(&self) -> f64 {
        self.all.mean(self.masses.whole, 0.0)
    }

    /// How far outcomes have moved a cell from its prior. What was seen `elsewhere` of the type counts beside.
    pub(super) fn learned(&self, kind: Kind, bucket: Bucket, elsewhere: Cell) -> f64 {
        let of_type = self
            .types
            .get(kind.task_type as usize)
            .copied()
            .unwrap_or_default();
        let masses = self.masses;
        let in_bucket = self.bucket(kind, bucket);
        let custom = self.custom(kind).map(|custom| custom.all);
        let below = custom.map_or_else(
            || in_bucket.told_above(masses.bucket),
            |custom| custom.told_above(masses.of_type),
        );
        let by_whole = self
            .all
            .plus(of_type.told_above(masses.of_type), -1.0)
            .mean(masses.whole, 0.0);
        let by_type = of_type
            .plus(below, -1.0)
            .plus(elsewhere.at_most(ELSEWHERE), 1.0)
            .mean(masses.of_type, by_whole);
        let above = custom.map_or(by_type, |custom| {
            custom
                .plus(in_bucket.told_above(masses.bucket), -1.0)
                .mean(masses.of_type, by_type)
        });
        in_bucket.mean(masses.bucket, above)
    }

    pub(super) fn bucket(&self, kind: Kind, bucket: Bucket) -> Cell {
        let buckets = match kind.custom {
            Some(at) => self.customs.get(at).map(|custom| &custom.buckets),
            None => self.buckets.get(kind.task_type as usize),
        };
        let cell = buckets.and_then(|buckets| buckets.get(place(bucket)));
        cell.copied().unwrap_or_default()
    }

    fn custom(&self, kind: Kind) -> Option<Custom> {
        let seen = self.customs.get(kind.custom?).copied();
        Some(seen.unwrap_or_default())
    }

    pub(super) fn add(&mut self, kind: Kind, bucket: Bucket, news: Cell) {
        let (parent, bucket) = (kind.task_type as usize, place(bucket));
        let grown = |cell: Cell| cell.plus(news, 1.0);
        match kind.custom {
            None => self.change(parent, bucket, grown),
            Some(at) => {
                if self.customs.len() <= at {
                    self.customs.resize(at + 1, Custom::default());
                }
                if let Some(custom) = self.customs.get_mut(at) {
                    custom.parent = parent;
                }
                self.change_custom(at, bucket, grown);
            }
        }
    }

    /// What was seen at a type counts half, and no more than the level above.
    pub(super) fn halve(&mut self, task_type: usize) {
        let most = self.masses.bucket;
        let half = |cell: Cell| cell.or_nothing().times(0.5).at_most(most);
        for bucket in 0..BUCKETS {
            self.change(task_type, bucket, half);
            for at in 0..self.customs.len() {
                if self
                    .customs
                    .get(at)
                    .is_some_and(|custom| custom.parent == task_type)
                {
                    self.change_custom(at, bucket, half);
                }
            }
        }
    }

    /// Changes a bucket; what the levels above hear grows and shrinks by the difference.
    fn change(&mut self, task_type: usize, bucket: usize, change: impl Fn(Cell) -> Cell) {
        let mass = self.masses.bucket;
        let buckets = self.buckets.get_mut(task_type);
        if let Some(cell) = buckets.and_then(|buckets| buckets.get_mut(bucket)) {
            let news = cell.change(mass, change);
            self.hear(task_type, news);
        }
    }

    /// The same at a type of the project's own.
    fn change_custom(&mut self, at: usize, bucket: usize, change: impl Fn(Cell) -> Cell) {
        let masses = self.masses;
        let Some(custom) = self.customs.get_mut(at) else {
            return;
        };
        if let Some(cell) = custom.buckets.get_mut(bucket) {
            let news = cell.change(masses.bucket, change);
            let news = custom.all.change(masses.of_type, |all| all.plus(news, 1.0));
            let parent = custom.parent;
            self.hear(parent, news);
        }
    }

    /// Takes to a type, and from there to the whole, what is told from below.
    fn hear(&mut self, task_type: usize, news: Cell) {
        let mass = self.masses.of_type;
        if let Some(of_type) = self.types.get_mut(task_type) {
            let news = of_type.change(mass, |of_type| of_type.plus(news, 1.0));
            self.all = self.all.plus(news, 1.0);
        }
    }
}

impl Cell {
    pub(in crate::routing) fn plus(self, other: Self, sign: f64) -> Self {
        Self {
            n: self.n + sign * other.n,
            residuals: self.residuals + sign * other.residuals,
        }
    }

    /// Changes it; gives back by how much what it tells the level above grows.
    fn change(&mut self, mass: f64, change: impl Fn(Self) -> Self) -> Self {
        let before = self.told_above(mass);
        *self = change(*self);
        self.told_above(mass).plus(before, -1.0)
    }

    /// As much of it as speaks for the level above, where this one weighs as much with `mass` outcomes.
    pub(super) fn told_above(self, mass: f64) -> Self {
        self.times(mass / (self.n + mass))
    }

    /// The same, worth no more than `mass` outcomes.
    fn at_most(self, mass: f64) -> Self {
        if self.n > mass {
            self.times(mass / self.n)
        } else {
            self
        }
    }

    /// What is left after something was taken out; nothing where that was all of it.
    fn or_nothing(self) -> Self {
        if self.n > NOTHING { self } else { Self::default() }
    }

    pub(super) fn times(self, share: f64) -> Self {
        Self {
            n: self.n * share,
            residuals: self.residuals * share,
        }
    }

    /// The mean residual, shrunk towards `above` as if that were worth `mass` outcomes.
    fn mean(self, mass: f64, above: f64) -> f64 {
        (self.residuals + mass * above) / (self.n + mass)
    }
}
