//! What was learned: how likely each model is to succeed at each type and difficulty of task.
//!
//! The prior of a cell comes from the catalogue ([`Prior`]). Outcomes are kept as residuals against it, twice: what
//! all models have in common (such tasks are harder than they look) and what is a model's own. Each is kept on three
//! levels: the whole, the type, and the type and difficulty bucket. Each level is shrunk towards the one above:
//! `d = (sum of residuals + k * d_above) / (n + k)`, the posterior mean of a Beta prior in its cell. The common
//! part sees what the model's own leaves unexplained, and the other way round.
//!
//! Four things are on purpose. A common part, so that a model which meets hard tasks is not left for one that only
//! has not met them yet. Residuals, and not rewards, so that a model which is given the hard tasks
//! is not thought weak at the easy ones. A level is estimated from what its other children saw, so that one
//! outcome is not evidence three times. And `n` outcomes of one child tell the level above no more than
//! `n * k / (n + k)` would, so that a thousand of one kind do not speak for all kinds.
//!
//! What other projects saw of a model and a type counts beside what this one saw, as [`ELSEWHERE`] outcomes at most.

use super::catalogue::Catalogue;
use super::drift::PageHinkley;
use super::observed::{Log, News, Observed, Verdict};
use super::prior::{BUCKETS, Bucket, P_RANGE, Prior, TYPES, place};
use super::usage::Usage;
use crate::domain::{Outcome, TaskType};

/// How many outcomes of their own the levels need to weigh as much as what is above them.
#[derive(Debug, Clone, Copy)]
struct Masses {
    whole: f64,
    of_type: f64,
    bucket: f64,
}

/// A model's own: heavy, because a model that is left after bad luck gets no chance to show that it was that. Searched
/// on the stream of `examples/eval_routing`, roughly.
const OWN: Masses = Masses {
    whole: 20.0,
    of_type: 40.0,
    bucket: 40.0,
};
/// What all have in common is learned faster, so that it is not taken for a model's own.
const COMMON: Masses = Masses {
    whole: 20.0,
    of_type: 12.0,
    bucket: 12.0,
};
/// How many outcomes those of other projects are worth at most.
const ELSEWHERE: f64 = 10.0;
/// The one-sided 80 % quantile of the normal distribution.
const Z: f64 = 0.84;
/// Weights below this are rests of rounding.
const NOTHING: f64 = 1e-9;
/// For how many outcomes a model's fall is mentioned.
const MENTIONED: usize = 200;
/// How often the outcome of one route may change.
pub(super) const MAX_REVISIONS: u8 = 16;

/// The chance of success with its lower bound, the weight of outcomes behind it and its variance.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Estimate {
    pub(super) p: f64,
    pub(super) p_low: f64,
    pub(super) n: f64,
}

impl Estimate {
    /// From a chance and the weight of outcomes behind it. The numbers that are shown are the numbers that are
    /// compared, so they are rounded here.
    pub(super) fn new(p: f64, n: f64) -> Self {
        let p_low = (p - Z * (p * (1.0 - p) / (n + OWN.bucket + 1.0)).sqrt()).max(0.0);
        Self {
            p: (p * 1e4).round() / 1e4,
            p_low: (p_low * 1e4).round() / 1e4,
            n: (n * 1e2).round() / 1e2,
        }
    }

    /// The variance of the chance itself.
    pub(super) fn variance(&self) -> f64 {
        self.p * (1.0 - self.p) / (self.n + OWN.bucket + 1.0)
    }
}

/// For what an estimate is wanted.
#[derive(Debug, Clone, Copy)]
pub(super) struct Work<'a> {
    /// The chance of each type.
    pub(super) posterior: &'a [(TaskType, f64)],
    pub(super) bucket: Bucket,
    /// How little of it looks like anything known, in 0..=1: so far the type is not asked.
    pub(super) novelty: f64,
}

/// What one project's outcomes say.
#[derive(Debug, Clone, Default)]
pub(super) struct Table {
    /// By place in the catalogue; empty for a model without outcomes.
    models: Vec<Option<Box<OfModel>>>,
    /// What all models have in common.
    common: Option<Box<Levels>>,
    log: Log,
    /// What each entry of the log added, in its order.
    added: Vec<Added>,
    falls: Vec<Fall>,
}

#[derive(Debug, Clone)]
struct OfModel {
    own: Levels,
    /// Over all types: what gets worse mostly gets worse at everything.
    drift: PageHinkley,
    types: [OfType; TYPES],
}

#[derive(Debug, Clone, Copy, Default)]
struct OfType {
    drift: PageHinkley,
    usage: Usage,
}

/// Residuals as a whole, by type, and by type and bucket.
#[derive(Debug, Clone)]
struct Levels {
    masses: Masses,
    all: Cell,
    types: [Cell; TYPES],
    buckets: [[Cell; BUCKETS]; TYPES],
}

/// What one outcome added to its model's own residuals and to the common ones.
#[derive(Debug, Clone, Copy, Default)]
struct Added {
    own: Cell,
    common: Cell,
}

/// The weight of outcomes and the sum of their residuals.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Cell {
    n: f64,
    residuals: f64,
}

/// A model has got worse at a type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Fall {
    pub(super) model: usize,
    /// Where not at everything.
    pub(super) task_type: Option<TaskType>,
    /// How many outcomes the project had by then.
    pub(super) at: usize,
}

impl Table {
    /// Outcomes in the order they were recorded.
    pub(super) fn replay(catalogue: &Catalogue, outcomes: &[Outcome]) -> Self {
        let mut table = Self::default();
        for outcome in outcomes {
            table.log.take(catalogue, outcome);
        }
        table.recount(catalogue);
        table
    }

    /// Counts an outcome; says so when the model has got worse by it.
    pub(super) fn apply(&mut self, catalogue: &Catalogue, outcome: &Outcome) -> Option<Fall> {
        match self.log.take(catalogue, outcome) {
            News::Nothing => None,
            News::First => self.count(catalogue, self.log.observed().len() - 1),
            News::Changed => {
                let before = self.falls.len();
                self.recount(catalogue);
                self.falls.last().copied().filter(|_| self.falls.len() > before)
            }
        }
    }

    /// Whether nothing would change by this outcome.
    pub(super) fn knows(&self, outcome: &Outcome) -> bool {
        self.log.knows(outcome)
    }

    /// How often the outcome of a reference was told.
    pub(super) fn revisions(&self, reference: &str) -> u8 {
        self.log.revisions(reference)
    }

    /// How many references have an outcome.
    pub(super) fn len(&self) -> usize {
        self.log.observed().len()
    }

    /// Whether a model's fall at a type is recent, for the models that it is of.
    pub(super) fn has_fallen(&self, model: usize, task_type: TaskType) -> bool {
        self.falls.iter().any(|fall| {
            fall.model == model
                && fall.task_type.is_none_or(|of| of == task_type)
                && self.len() - fall.at.min(self.len()) < MENTIONED
        })
    }

    /// What was spent on models that `counts` since a moment, in US dollars.
    pub(super) fn spent_since(&self, second: i64, counts: impl Fn(usize) -> bool) -> f64 {
        self.log
            .observed()
            .iter()
            .filter(|observed| observed.spent.0 >= second && counts(observed.model))
            .map(|observed| observed.spent.1)
            .sum()
    }

    /// What is to be expected of models for some work.
    pub(super) fn expect<'t>(&'t self, work: Work<'t>) -> Expect<'t> {
        let mut common = [0.0; TYPES];
        let mut anywhere = 0.0;
        if let Some(levels) = &self.common {
            for (task_type, _) in work.posterior {
                if let Some(common) = common.get_mut(*task_type as usize) {
                    *common = levels.learned(*task_type, work.bucket, Cell::default());
                }
            }
            anywhere = levels.anywhere();
        }
        Expect {
            table: self,
            work,
            common,
            anywhere,
        }
    }

    /// How long a model's answers are and what validations make of them, at a type.
    pub(super) fn usage(&self, model: usize, task_type: TaskType) -> Usage {
        self.of(model)
            .and_then(|of_model| of_model.types.get(task_type as usize))
            .map_or_else(Usage::default, |of_type| of_type.usage)
    }

    /// What this project tells the others: the model, the type, and what it saw, as far as that speaks for others.
    pub(super) fn told(&self) -> impl Iterator<Item = (usize, usize, Cell)> {
        self.models.iter().enumerate().flat_map(|(model, of_model)| {
            of_model.iter().flat_map(move |of_model| {
                let types = of_model.own.types.iter().enumerate();
                types
                    .filter(|(_, cell)| cell.n > NOTHING)
                    .map(move |(task_type, cell)| (model, task_type, cell.told_above(OWN.of_type)))
            })
        })
    }

    fn of(&self, model: usize) -> Option<&OfModel> {
        self.models.get(model)?.as_deref()
    }

    fn recount(&mut self, catalogue: &Catalogue) {
        self.models.clear();
        self.falls.clear();
        self.added.clear();
        self.common = None;
        for at in 0..self.log.observed().len() {
            self.count(catalogue, at);
        }
    }

    /// Counts the entry of the log at `at`.
    fn count(&mut self, catalogue: &Catalogue, at: usize) -> Option<Fall> {
        self.added.push(Added::default());
        let seen = *self.log.observed().get(at)?;
        let prior = catalogue.prior(seen.model)?.at(seen.task_type, seen.bucket);
        if self.models.len() <= seen.model {
            self.models.resize_with(seen.model + 1, || None);
        }
        let of_model = self.models.get_mut(seen.model)?.get_or_insert_with(Box::default);
        let common_levels = self.common.get_or_insert_with(|| Box::new(Levels::new(COMMON)));
        let Verdict { reward, weight } = seen.verdict()?;
        let own = of_model.own.learned(seen.task_type, seen.bucket, Cell::default());
        let common = common_levels.learned(seen.task_type, seen.bucket, Cell::default());
        let cell = |residual: f64| Cell {
            n: weight,
            residuals: weight * residual,
        };
        let added = Added {
            own: cell(reward - prior - common),
            common: cell(reward - prior - own),
        };
        of_model.own.add(seen.task_type, seen.bucket, added.own);
        common_levels.add(seen.task_type, seen.bucket, added.common);
        if let Some(last) = self.added.last_mut() {
            *last = added;
        }
        let of_type = of_model.types.get_mut(seen.task_type as usize)?;
        of_type.usage.count(&seen);
        let expected = (prior + common + own).clamp(P_RANGE.0, P_RANGE.1);
        let at_type = of_type.drift.fell(reward, expected, weight, at);
        let anywhere = of_model.drift.fell(reward, expected, weight, at);
        let (since, task_type) = match (anywhere, at_type) {
            (Some(since), _) => (since, None),
            (None, Some(since)) => (since, Some(seen.task_type)),
            (None, None) => return None,
        };
        self.forget(seen.model, task_type, since);
        let fall = Fall {
            model: seen.model,
            task_type,
            at: at + 1,
        };
        self.falls.push(fall);
        Some(fall)
    }

    /// What was seen of a model (at a type, or at all) before the entry at `since` counts half, and no more than what
    /// the level above does; what was seen since is the model's own, and nothing that all have in common.
    fn forget(&mut self, model: usize, task_type: Option<TaskType>, since: usize) {
        let now = self.added.len();
        let is_of = |seen: &Observed| seen.model == model && task_type.is_none_or(|of| of == seen.task_type);
        let after = self.log.observed().iter().zip(&self.added).skip(since);
        let after: Vec<_> = after
            .filter(|(seen, _)| is_of(seen))
            .map(|(seen, added)| (*seen, *added))
            .collect();
        let of_model = self.models.get_mut(model).and_then(Option::as_mut);
        let (Some(of_model), Some(common)) = (of_model, &mut self.common) else {
            return;
        };
        for (seen, added) in &after {
            common.add(seen.task_type, seen.bucket, added.common.times(-1.0));
            of_model
                .own
                .add(seen.task_type, seen.bucket, added.own.times(-1.0));
        }
        let types = of_model.types.iter_mut().enumerate();
        for (place, of_type) in types.filter(|(place, _)| task_type.is_none_or(|of| of as usize == *place)) {
            of_type.drift = PageHinkley::from(now);
            of_model.own.halve(place);
        }
        of_model.drift = PageHinkley::from(now);
        for (seen, added) in &after {
            of_model.own.add(seen.task_type, seen.bucket, added.own);
        }
    }
}

/// What is to be expected of models for some work: what all have in common is known.
#[derive(Debug)]
pub(super) struct Expect<'t> {
    table: &'t Table,
    work: Work<'t>,
    common: [f64; TYPES],
    /// Whatever the type.
    anywhere: f64,
}

impl Expect<'_> {
    /// Of the model at `model` in the catalogue: the expectation over the types' chances. `elsewhere` is what other
    /// projects saw of it, by type.
    pub(super) fn of(&self, model: usize, prior: &Prior, elsewhere: Option<&[Cell; TYPES]>) -> Estimate {
        let work = self.work;
        let own = self.table.of(model).map(|of_model| &of_model.own);
        let clamp = |p: f64| p.clamp(P_RANGE.0, P_RANGE.1);
        let (mut p, mut n) = (0.0, 0.0);
        for (task_type, chance) in work.posterior {
            let common = self.common.get(*task_type as usize).copied().unwrap_or_default();
            let mut at_type = prior.at(*task_type, work.bucket) + common;
            let outside = elsewhere
                .and_then(|cells| cells.get(*task_type as usize))
                .copied();
            let outside = outside.unwrap_or_default();
            if let Some(own) = own {
                at_type += own.learned(*task_type, work.bucket, outside);
                n += chance * own.bucket(*task_type, work.bucket).n;
            } else if outside.n > NOTHING {
                at_type += Levels::new(OWN).learned(*task_type, work.bucket, outside);
            }
            p += chance * clamp(at_type);
        }
        if work.novelty > 0.0 {
            let anywhere = prior.anywhere(work.bucket) + self.anywhere + own.map_or(0.0, Levels::anywhere);
            p = (1.0 - work.novelty) * p + work.novelty * clamp(anywhere);
            n = (1.0 - work.novelty) * n + work.novelty * own.map_or(0.0, |own| own.all.n);
        }
        Estimate::new(p, n)
    }
}

impl Default for OfModel {
    fn default() -> Self {
        Self {
            own: Levels::new(OWN),
            drift: PageHinkley::default(),
            types: [OfType::default(); TYPES],
        }
    }
}

impl Levels {
    fn new(masses: Masses) -> Self {
        Self {
            masses,
            all: Cell::default(),
            types: [Cell::default(); TYPES],
            buckets: [[Cell::default(); BUCKETS]; TYPES],
        }
    }

    /// How far outcomes have moved a cell from its prior. What was seen `elsewhere` of the type counts beside.
    fn learned(&self, task_type: TaskType, bucket: Bucket, elsewhere: Cell) -> f64 {
        let of_type = self.types.get(task_type as usize).copied().unwrap_or_default();
        let in_bucket = self.bucket(task_type, bucket);
        let masses = self.masses;
        let by_whole = self
            .all
            .plus(of_type.told_above(masses.of_type), -1.0)
            .mean(masses.whole, 0.0);
        let by_type = of_type
            .plus(in_bucket.told_above(masses.bucket), -1.0)
            .plus(elsewhere.at_most(ELSEWHERE), 1.0)
            .mean(masses.of_type, by_whole);
        in_bucket.mean(masses.bucket, by_type)
    }

    /// How far outcomes have moved everything from its prior.
    fn anywhere(&self) -> f64 {
        self.all.mean(self.masses.whole, 0.0)
    }

    fn bucket(&self, task_type: TaskType, bucket: Bucket) -> Cell {
        let of_type = self.buckets.get(task_type as usize);
        let cell = of_type.and_then(|buckets| buckets.get(place(bucket)));
        cell.copied().unwrap_or_default()
    }

    fn add(&mut self, task_type: TaskType, bucket: Bucket, news: Cell) {
        self.change(task_type as usize, place(bucket), |cell| cell.plus(news, 1.0));
    }

    /// What was seen at a type counts half, and no more than the level above.
    fn halve(&mut self, task_type: usize) {
        let most = self.masses.bucket;
        for bucket in 0..BUCKETS {
            self.change(task_type, bucket, |cell| {
                cell.or_nothing().times(0.5).at_most(most)
            });
        }
    }

    /// Changes a bucket; what the levels above hear grows and shrinks by the difference.
    fn change(&mut self, task_type: usize, bucket: usize, change: impl Fn(Cell) -> Cell) {
        let Masses {
            of_type: k,
            bucket: k_bucket,
            ..
        } = self.masses;
        let buckets = self.buckets.get_mut(task_type);
        let Some(cell) = buckets.and_then(|buckets| buckets.get_mut(bucket)) else {
            return;
        };
        let before = cell.told_above(k_bucket);
        *cell = change(*cell);
        let news = cell.told_above(k_bucket).plus(before, -1.0);
        let Some(of_type) = self.types.get_mut(task_type) else {
            return;
        };
        let before = of_type.told_above(k);
        *of_type = of_type.plus(news, 1.0);
        let news = of_type.told_above(k).plus(before, -1.0);
        self.all = self.all.plus(news, 1.0);
    }
}

impl Cell {
    pub(super) fn plus(self, other: Self, sign: f64) -> Self {
        Self {
            n: self.n + sign * other.n,
            residuals: self.residuals + sign * other.residuals,
        }
    }

    /// As much of it as speaks for the level above, where this one weighs as much with `mass` outcomes.
    fn told_above(self, mass: f64) -> Self {
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

    fn times(self, share: f64) -> Self {
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

#[cfg(test)]
mod tests;
