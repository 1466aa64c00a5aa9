//! What was learned: how likely each model is to succeed at each type and difficulty of task.
//!
//! The prior of a cell comes from the catalogue ([`super::prior::Prior`]). Outcomes are kept as residuals against it, twice: what
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
//! What other projects saw of a model and a type counts beside what this one saw, as ten outcomes at most.

mod expect;
mod levels;

use super::catalogue::Catalogue;
use super::drift::PageHinkley;
use super::observed::{Log, News, Observed, Verdict};
use super::prior::{P_RANGE, TYPES};
use super::usage::Usage;
use crate::domain::{Outcome, TaskType};

pub(super) use expect::{Estimate, Work};
pub(super) use levels::Cell;
use levels::{COMMON, Levels, NOTHING, OWN};

/// For how many outcomes a model's fall is mentioned.
const MENTIONED: usize = 200;
/// How often the outcome of one route may change.
pub(super) const MAX_REVISIONS: u8 = 16;

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

/// What one outcome added to its model's own residuals and to the common ones.
#[derive(Debug, Clone, Copy, Default)]
struct Added {
    own: Cell,
    common: Cell,
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
                let types = of_model.own.types().iter().enumerate();
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
        let prior = catalogue.prior(seen.model)?.at(seen.kind.task_type, seen.bucket);
        if self.models.len() <= seen.model {
            self.models.resize_with(seen.model + 1, || None);
        }
        let of_model = self.models.get_mut(seen.model)?.get_or_insert_with(Box::default);
        let common_levels = self.common.get_or_insert_with(|| Box::new(Levels::new(COMMON)));
        let Verdict { reward, weight } = seen.verdict()?;
        let own = of_model.own.learned(seen.kind, seen.bucket, Cell::default());
        let common = common_levels.learned(seen.kind, seen.bucket, Cell::default());
        let cell = |residual: f64| Cell {
            n: weight,
            residuals: weight * residual,
        };
        let added = Added {
            own: cell(reward - prior - common),
            common: cell(reward - prior - own),
        };
        of_model.own.add(seen.kind, seen.bucket, added.own);
        common_levels.add(seen.kind, seen.bucket, added.common);
        if let Some(last) = self.added.last_mut() {
            *last = added;
        }
        let of_type = of_model.types.get_mut(seen.kind.task_type as usize)?;
        of_type.usage.count(&seen);
        let expected = (prior + common + own).clamp(P_RANGE.0, P_RANGE.1);
        let at_type = of_type.drift.fell(reward, expected, weight, at);
        let anywhere = of_model.drift.fell(reward, expected, weight, at);
        let (since, task_type) = match (anywhere, at_type) {
            (Some(since), _) => (since, None),
            (None, Some(since)) => (since, Some(seen.kind.task_type)),
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
        let is_of =
            |seen: &Observed| seen.model == model && task_type.is_none_or(|of| of == seen.kind.task_type);
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
            common.add(seen.kind, seen.bucket, added.common.times(-1.0));
            of_model.own.add(seen.kind, seen.bucket, added.own.times(-1.0));
        }
        let types = of_model.types.iter_mut().enumerate();
        for (place, of_type) in types.filter(|(place, _)| task_type.is_none_or(|of| of as usize == *place)) {
            of_type.drift = PageHinkley::from(now);
            of_model.own.halve(place);
        }
        of_model.drift = PageHinkley::from(now);
        for (seen, added) in &after {
            of_model.own.add(seen.kind, seen.bucket, added.own);
        }
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

#[cfg(test)]
mod tests;
