//! What is to be expected of a model, by all that was seen.

use super::Table;
use super::levels::{Cell, Levels, NOTHING, OWN};
use crate::domain::TaskType;
use crate::routing::prior::{Bucket, Kind, P_RANGE, Prior, TYPES};

/// The one-sided 80 % quantile of the normal distribution.
const Z: f64 = 0.84;

/// The chance of success with its lower bound, the weight of outcomes behind it and its variance.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::routing) struct Estimate {
    pub(in crate::routing) p: f64,
    pub(in crate::routing) p_low: f64,
    pub(in crate::routing) n: f64,
}

impl Estimate {
    /// From a chance and the weight of outcomes behind it. The numbers that are shown are the numbers that are
    /// compared, so they are rounded here.
    pub(in crate::routing) fn new(p: f64, n: f64) -> Self {
        let p_low = (p - Z * (p * (1.0 - p) / (n + OWN.bucket + 1.0)).sqrt()).max(0.0);
        Self {
            p: (p * 1e4).round() / 1e4,
            p_low: (p_low * 1e4).round() / 1e4,
            n: (n * 1e2).round() / 1e2,
        }
    }

    /// The variance of the chance itself.
    pub(in crate::routing) fn variance(&self) -> f64 {
        self.p * (1.0 - self.p) / (self.n + OWN.bucket + 1.0)
    }
}

/// For what an estimate is wanted.
#[derive(Debug, Clone, Copy)]
pub(in crate::routing) struct Work<'a> {
    /// The chance of each type.
    pub(in crate::routing) posterior: &'a [(TaskType, f64)],
    /// The place of the type of the project's own that it is of; then its parent is the only type.
    pub(in crate::routing) custom: Option<usize>,
    pub(in crate::routing) bucket: Bucket,
    /// How little of it looks like anything known, in 0..=1: so far the type is not asked.
    pub(in crate::routing) novelty: f64,
}

impl Table {
    /// What is to be expected of models for some work.
    pub(in crate::routing) fn expect<'t>(&'t self, work: Work<'t>) -> Expect<'t> {
        let mut common = [0.0; TYPES];
        let mut anywhere = 0.0;
        if let Some(levels) = &self.common {
            for (task_type, _) in work.posterior {
                if let Some(common) = common.get_mut(*task_type as usize) {
                    *common = levels.learned(work.kind(*task_type), work.bucket, Cell::default());
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
}

impl Work<'_> {
    fn kind(&self, task_type: TaskType) -> Kind {
        Kind {
            task_type,
            custom: self.custom,
        }
    }
}

/// What is to be expected of models for some work: what all have in common is known.
#[derive(Debug)]
pub(in crate::routing) struct Expect<'t> {
    table: &'t Table,
    work: Work<'t>,
    common: [f64; TYPES],
    /// Whatever the type.
    anywhere: f64,
}

impl Expect<'_> {
    /// Of the model at `model` in the catalogue: the expectation over the types' chances. `elsewhere` is what other
    /// projects saw of it, by type.
    pub(in crate::routing) fn of(
        &self,
        model: usize,
        prior: &Prior,
        elsewhere: Option<&[Cell; TYPES]>,
    ) -> Estimate {
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
                at_type += own.learned(work.kind(*task_type), work.bucket, outside);
                n += chance * own.bucket(work.kind(*task_type), work.bucket).n;
            } else if outside.n > NOTHING {
                at_type += Levels::new(OWN).learned(work.kind(*task_type), work.bucket, outside);
            }
            p += chance * clamp(at_type);
        }
        if work.novelty > 0.0 {
            let anywhere = prior.anywhere(work.bucket) + self.anywhere + own.map_or(0.0, Levels::anywhere);
            p = (1.0 - work.novelty) * p + work.novelty * clamp(anywhere);
            n = (1.0 - work.novelty) * n + work.novelty * own.map_or(0.0, |own| own.all().n);
        }
        Estimate::new(p, n)
    }
}
