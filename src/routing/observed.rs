//! What was told of each routed piece of work, and how much of it counts.
//!
//! Of one route the outcome of the highest rank counts (a test or a person before a check, a check before a
//! model's own word), and of equal ranks the newest. Of one client and model and type of task, an hour's outcomes
//! beyond [`FULL_AN_HOUR`] count less and less, so that a client that floods moves nothing much.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use super::catalogue::Catalogue;
use super::prior::{Bucket, Kind};
use crate::domain::{Evidence, Outcome, TaskType};

/// How many outcomes of one client, model and type count whole within an hour. The sum over `n` grows with the
/// logarithm of `n` beyond.
const FULL_AN_HOUR: u32 = 60;
/// Counts of hours past that are kept.
const MAX_COUNTS: usize = 4096;
const RANKS: usize = 3;

/// One routed piece of work.
#[derive(Debug, Clone, Copy)]
pub(super) struct Observed {
    /// Its model's place in the catalogue.
    pub(super) model: usize,
    pub(super) kind: Kind,
    pub(super) bucket: Bucket,
    /// Whether a validation let it pass.
    pub(super) accepted: Option<bool>,
    pub(super) tokens_out: Option<u64>,
    /// When, in seconds since 1970, and how many dollars.
    pub(super) spent: (i64, f64),
    /// By rank.
    verdicts: [Option<Verdict>; RANKS],
    /// How much of its weight counts.
    share: f64,
    revisions: u8,
}

/// A reward and its weight.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Verdict {
    pub(super) reward: f64,
    pub(super) weight: f64,
}

impl Observed {
    /// The verdict that counts, with the weight it counts with.
    pub(super) fn verdict(&self) -> Option<Verdict> {
        self.counting().map(|verdict| Verdict {
            weight: verdict.weight * self.share,
            ..verdict
        })
    }

    /// What a test or a person said.
    pub(super) fn judged(&self) -> Option<Verdict> {
        self.verdicts.last().copied().flatten()
    }

    fn counting(&self) -> Option<Verdict> {
        self.verdicts.iter().rev().flatten().next().copied()
    }

    fn take(&mut self, outcome: &Outcome) {
        let verdict = Verdict {
            reward: outcome.reward.clamp(0.0, 1.0),
            weight: outcome.weight.clamp(0.0, 1.0),
        };
        if let Some(place) = self.verdicts.get_mut(outcome.evidence.rank()) {
            *place = Some(verdict);
        }
        self.accepted = outcome.accepted.or(self.accepted);
        self.tokens_out = outcome.tokens_out.or(self.tokens_out);
        self.spent.1 = outcome.cost_usd.unwrap_or(self.spent.1);
        self.revisions = self.revisions.saturating_add(1);
    }
}

/// What was told, in order of first arrival.
#[derive(Debug, Clone, Default)]
pub(super) struct Log {
    observed: Vec<Observed>,
    by_reference: HashMap<String, usize>,
    counts: HashMap<(u64, usize, TaskType, i64), u32>,
}

/// What an outcome is to the log.
#[derive(Debug, Clone, Copy)]
pub(super) enum News {
    /// Of a model that is not in the catalogue, or no number.
    Nothing,
    /// The first of its reference.
    First,
    /// Another one of its reference: what was counted has to be counted anew.
    Changed,
}

impl Log {
    /// Takes an outcome in. A model that is no longer in the catalogue cannot be chosen, so its outcomes are
    /// passed over; so are those that say nothing about the model.
    pub(super) fn take(&mut self, catalogue: &Catalogue, outcome: &Outcome) -> News {
        let finite = outcome.reward.is_finite() && outcome.weight.is_finite();
        let Some(model) = catalogue
            .position(&outcome.model)
            .filter(|_| finite && outcome.evidence != Evidence::Unavailable)
        else {
            return News::Nothing;
        };
        let known = self.by_reference.get(&outcome.reference);
        if let Some(known) = known.and_then(|at| self.observed.get_mut(*at)) {
            known.take(outcome);
            return News::Changed;
        }
        let mut first = Observed {
            model,
            kind: catalogue.kind(outcome.task_type, outcome.custom_type.as_deref()),
            bucket: outcome.difficulty_bucket.map(|bucket| bucket.min(4)),
            accepted: None,
            tokens_out: None,
            spent: (outcome.at.as_second(), 0.0),
            verdicts: [None; RANKS],
            share: self.share(model, outcome),
            revisions: 0,
        };
        first.take(outcome);
        self.by_reference
            .insert(outcome.reference.clone(), self.observed.len());
        self.observed.push(first);
        News::First
    }

    /// How much the next outcome of this client counts. Times are the server's own, so a caller cannot choose its
    /// hour; when the machine's clock jumps, another hour begins.
    fn share(&mut self, model: usize, outcome: &Outcome) -> f64 {
        let mut client = DefaultHasher::new();
        outcome.client.hash(&mut client);
        let hour = outcome.at.as_second().div_euclid(3600);
        if self.counts.len() >= MAX_COUNTS {
            self.counts.retain(|(.., counted), _| *counted == hour);
        }
        let count = self
            .counts
            .entry((client.finish(), model, outcome.task_type, hour))
            .or_default();
        *count = count.saturating_add(1);
        (f64::from(FULL_AN_HOUR) / f64::from(*count)).min(1.0)
    }

    pub(super) fn observed(&self) -> &[Observed] {
        &self.observed
    }

    fn of(&self, reference: &str) -> Option<&Observed> {
        self.observed.get(*self.by_reference.get(reference)?)
    }

    /// Whether nothing would change by this outcome.
    pub(super) fn knows(&self, outcome: &Outcome) -> bool {
        let same = |known: &Observed| {
            let mut after = *known;
            after.take(outcome);
            (after.verdicts, after.accepted, after.tokens_out)
                == (known.verdicts, known.accepted, known.tokens_out)
        };
        self.of(&outcome.reference).is_some_and(same)
    }

    /// How often the outcome of a reference was told.
    pub(super) fn revisions(&self, reference: &str) -> u8 {
        self.of(reference).map_or(0, |known| known.revisions)
    }
}
