//! Calls as they were routed, against one model for all of them.

use std::collections::HashMap;

use super::answer::{Baseline, How, Saved, Single};
use super::sums::Mean;
use crate::domain::{Forecast, ModelCard, RouteRecord, TaskType};
use crate::routing::catalogue::Catalogue;
use crate::routing::prior::TYPES;
use crate::routing::table::{Cell, Table, Work};

/// What is known now about every model at a type and difficulty, each looked up once.
pub(super) struct Known<'a> {
    pub(super) catalogue: &'a Catalogue,
    pub(super) models: &'a [ModelCard],
    pub(super) table: &'a Table,
    /// What the organisation's other projects have to tell of each.
    pub(super) elsewhere: Vec<[Cell; TYPES]>,
    pub(super) cells: HashMap<(TaskType, Option<u8>), Vec<f64>>,
}

impl Known<'_> {
    /// The chance of each model, in the order of the catalogue.
    pub(super) fn chances(&mut self, route: &RouteRecord) -> &[f64] {
        let (task_type, bucket) = (
            route.task_type,
            route.difficulty_bucket.map(|bucket| bucket.min(4)),
        );
        let (models, table) = (self.models, self.table);
        let (catalogue, elsewhere) = (self.catalogue, &self.elsewhere);
        self.cells.entry((task_type, bucket)).or_insert_with(|| {
            let work = Work {
                posterior: &[(task_type, 1.0)],
                custom: None,
                bucket,
                novelty: 0.0,
            };
            let expect = table.expect(work);
            let chance = |at| {
                let prior = catalogue.prior(at)?;
                Some(expect.of(at, prior, elsewhere.get(at)).p)
            };
            (0..models.len())
                .map(|at| chance(at).unwrap_or_default())
                .collect()
        })
    }

    pub(super) fn position(&self, id: &str) -> Option<usize> {
        self.models.iter().position(|model| model.id == id)
    }
}

/// A call that can be compared: it has a price, and its model is still known.
pub(super) struct Compared {
    /// Where it is among the routes.
    pub(super) route: usize,
    pub(super) forecast: Forecast,
    pub(super) routed_usd: f64,
    pub(super) routed_p: f64,
    pub(super) cell: (TaskType, Option<u8>),
}

/// What each model would have come to, the likeliest to succeed first; none without calls to compare.
pub(super) fn singles(known: &Known<'_>, compared: &[Compared]) -> Vec<Single> {
    if compared.is_empty() {
        return Vec::new();
    }
    let single = |(at, card): (usize, &ModelCard)| {
        let (mut mean, mut cost) = (Mean::default(), Some(0.0));
        for call in compared {
            let chances = known.cells.get(&call.cell);
            mean.add(
                chances
                    .and_then(|chances| chances.get(at))
                    .copied()
                    .unwrap_or_default(),
            );
            let forecast = call.forecast;
            let price = card.cost_usd(forecast.tokens_in, forecast.tokens_out);
            cost = cost.zip(price).map(|(sum, price)| sum + price);
        }
        Single {
            model: card.id.clone(),
            mean_p: mean.mean().unwrap_or_default(),
            cost_usd: cost,
        }
    };
    let mut singles: Vec<_> = known.models.iter().enumerate().map(single).collect();
    singles.sort_by(|one, other| {
        let cost = |single: &Single| single.cost_usd.unwrap_or(f64::INFINITY);
        other
            .mean_p
            .total_cmp(&one.mean_p)
            .then(cost(one).total_cmp(&cost(other)))
    });
    singles
}

/// The model that all is compared with: the named one, or the best single one.
pub(super) fn baseline(
    singles: &[Single],
    compared: &[Compared],
    named: Option<&ModelCard>,
    quality_target: f64,
) -> Option<Baseline> {
    let with_price = || {
        singles
            .iter()
            .filter_map(|single| Some((single, single.cost_usd?)))
    };
    let dearest = with_price().map(|(_, cost)| cost).fold(0.0, f64::max);
    let (how, (single, cost_usd)) = match named {
        Some(card) => (
            How::Named,
            with_price().find(|(single, _)| single.model == card.id)?,
        ),
        None => {
            let best = with_price().map(|(single, _)| single.mean_p).fold(0.0, f64::max);
            let good_enough = |(single, _): &(&Single, f64)| single.mean_p >= quality_target * best;
            let by_cost = |(_, one): &(&Single, f64), (_, other): &(&Single, f64)| one.total_cmp(other);
            let cheapest = with_price().filter(good_enough).min_by(by_cost)?;
            let is_dearest = dearest > 0.0 && cheapest.1 >= dearest;
            match with_price().find(|(_, cost)| is_dearest && *cost < dearest) {
                Some(other) => (How::BestBelowDearest, other),
                None => (How::BestSingle, cheapest),
            }
        }
    };
    let routed_usd = compared.iter().map(|call| call.routed_usd).sum::<f64>();
    let routed_p = compared.iter().map(|call| call.routed_p).sum::<f64>() / compared.len().max(1) as f64;
    Some(Baseline {
        model: single.model.clone(),
        how,
        quality_target,
        calls: compared.len() as u64,
        saved: Saved::of(routed_usd, cost_usd),
        mean_p: single.mean_p,
        routed_p,
        quality_kept: (single.mean_p > 0.0).then(|| routed_p / single.mean_p),
        is_dearest: cost_usd > 0.0 && cost_usd >= dearest,
    })
}
