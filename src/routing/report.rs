//! What routing came to over a period: money against one model for everything, and what became of the work.
//!
//! Costs are those expected when the decision was taken; chances are what is known now, for the router's choices
//! and for the baseline alike, so that the two are compared by one measure. Nothing here counts a call without an
//! outcome as a success.

use std::collections::{BTreeMap, HashMap};

use serde::{Deserialize, Serialize};

use super::catalogue::Catalogue;
use super::prior::TYPES;
use super::table::{Cell, Table, Work};
use super::{Error, Router, lock, project};
use crate::domain::{Evidence, Forecast, ModelCard, Outcome, RouteRecord, Scope, TaskType, Timestamp};

mod sums;

pub use sums::{Interval, Observed};
use sums::{Mean, Sums};

/// Decisions that are looked at: a longer period is cut to its newest ones, and the report says so.
pub const MAX_ROUTES: usize = 50_000;
/// Outcomes that are looked at. Each decision may have several.
const MAX_OUTCOMES: usize = 100_000;
/// Single models that are shown beside the baseline.
const MAX_SINGLES: usize = 6;

/// What is asked.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Question {
    /// From when on; all there is when nobody says.
    pub since: Option<Timestamp>,
    /// The id of the model to compare with; the best single one when nobody says.
    pub baseline: Option<String>,
}

/// What routing came to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// The first and the last decision; `None` without any.
    pub period: Option<(Timestamp, Timestamp)>,
    /// Whether the period holds more decisions than were looked at.
    pub is_cut: bool,
    /// All calls.
    pub all: Line,
    /// By task type, most calls first.
    pub types: Vec<Line>,
    /// By chosen model, most calls first.
    pub models: Vec<Line>,
    /// What the choices are compared with; `None` when no call can be compared.
    pub baseline: Option<Baseline>,
    /// What other models would have come to, had each done everything: those likeliest to succeed first.
    pub singles: Vec<Single>,
    /// What the choices lost against the model that is best for each call by what is known now.
    pub regret: Option<Regret>,
    /// US dollars that were reported as really spent.
    pub spent: Option<Spent>,
}

/// Calls that have something in common.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Line {
    /// The type or the model; `all`.
    pub name: String,
    /// Routing decisions.
    pub calls: u64,
    /// Of them, those with a cost on record.
    pub priced: u64,
    /// What those were expected to cost, in US dollars.
    pub expected_usd: f64,
    /// The mean chance of success by what is known now; `None` when no chosen model is in the catalogue any more.
    pub mean_p: Option<f64>,
    /// What became of the calls that have an outcome.
    pub observed: Observed,
    /// Money beside the baseline's, over those of the calls that can be compared; `None` without any.
    pub saved: Option<Saved>,
}

/// Money beside that of the baseline.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Saved {
    /// What the choices were expected to cost, in US dollars.
    pub routed_usd: f64,
    /// What the baseline would have cost, in US dollars, by today's prices.
    pub baseline_usd: f64,
    /// `1 - routed_usd / baseline_usd`; `None` where the baseline would have cost nothing.
    pub share: Option<f64>,
}

/// One model for everything, and what the choices kept and saved against it. Over the calls that both have a
/// price and a chance for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Baseline {
    /// The model.
    pub model: String,
    /// How it was found.
    pub how: How,
    /// The share of the best mean chance that was enough to be found.
    pub quality_target: f64,
    /// Calls that are compared.
    pub calls: u64,
    /// The money of both.
    pub saved: Saved,
    /// Its mean chance of success by what is known now.
    pub mean_p: f64,
    /// The same for the choices.
    pub routed_p: f64,
    /// `routed_p / mean_p`: at this quality the money was saved.
    pub quality_kept: Option<f64>,
    /// Whether no model of the catalogue would have cost more: then the saving says little.
    pub is_dearest: bool,
}

/// How a baseline was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum How {
    /// The caller named it.
    Named,
    /// The best single model by the router's own rule: the cheapest that reaches the quality target, had one
    /// model to do everything.
    BestSingle,
    /// That would have been the dearest model, against which nearly any choice saves. So it is the one that is
    /// likeliest to succeed of the others.
    BestBelowDearest,
}

/// One model for everything.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Single {
    /// The model.
    pub model: String,
    /// Its mean chance of success by what is known now.
    pub mean_p: f64,
    /// What it would have cost, in US dollars; `None` when its price is unknown.
    pub cost_usd: Option<f64>,
}

/// Observed success beside that of the best model for each call.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Regret {
    /// Calls with an outcome.
    pub calls: u64,
    /// The mean chance of the model that is likeliest to succeed, call by call, whatever it costs and whatever
    /// limits the call had.
    pub best_p: f64,
    /// The mean reward of the choices.
    pub observed: f64,
    /// `best_p - observed`, with the interval that the observed part leaves.
    pub regret: Interval,
}

/// Money that was reported.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Spent {
    /// Calls it was reported for.
    pub calls: u64,
    /// What they took.
    pub usd: f64,
    /// What those of them with a cost on record were expected to take.
    pub expected_usd: f64,
    /// How many those are.
    pub expected_calls: u64,
}

/// A decision with what became of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Decided {
    /// The decision.
    #[serde(flatten)]
    pub route: RouteRecord,
    /// How the work went, 0 to 1; `None` when nobody said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reward: Option<f64>,
}

impl Saved {
    fn of(routed_usd: f64, baseline_usd: f64) -> Self {
        Self {
            routed_usd,
            baseline_usd,
            share: (baseline_usd > 0.0).then(|| 1.0 - routed_usd / baseline_usd),
        }
    }
}

impl Router {
    /// What the project's decisions came to.
    ///
    /// # Errors
    /// A baseline that is not in the catalogue, or a store that cannot be read.
    pub async fn report(&self, scope: &Scope, question: &Question) -> Result<Report, Error> {
        let named = match &question.baseline {
            Some(id) => Some(
                self.catalogue
                    .models()
                    .iter()
                    .position(|model| model.id == *id)
                    .ok_or_else(|| Error::BadConstraint {
                        field: "baseline",
                        problem: format!("names {id:?}, which is not in the catalogue"),
                    })?,
            ),
            None => None,
        };
        let since = question.since.unwrap_or(Timestamp::MIN);
        let routes = self.outcomes.routes(scope, since, MAX_ROUTES + 1).await?;
        let outcomes = self.outcomes.recent(scope, MAX_OUTCOMES).await?;
        let project = project(scope);
        self.load(scope, &project).await?;
        let elsewhere = self.elsewhere(&project);
        let mut tables = lock(&self.tables);
        let mut unlearned = Table::default();
        let table = tables.get_mut(&project).unwrap_or(&mut unlearned);
        let known = Known {
            catalogue: &self.catalogue,
            models: self.catalogue.models(),
            table,
            elsewhere,
            cells: HashMap::new(),
        };
        let target = self.settings.quality_target;
        Ok(told(known, routes, &outcomes, (named, target)))
    }

    /// The newest decisions of the project, each with what became of it, at most `limit`.
    ///
    /// # Errors
    /// A store that cannot be read.
    pub async fn decided(&self, scope: &Scope, limit: usize) -> Result<Vec<Decided>, Error> {
        let routes = self.outcomes.routes(scope, Timestamp::MIN, limit).await?;
        let outcomes = self.outcomes.recent(scope, MAX_OUTCOMES).await?;
        let rewards = rewards(&outcomes);
        let decided = routes.into_iter().map(|route| Decided {
            reward: rewards.get(route.id.as_str()).map(|(_, reward)| *reward),
            route,
        });
        Ok(decided.collect())
    }

    /// Notes what a routed piece of work really cost, in US dollars; `false` when the project has no such route.
    ///
    /// # Errors
    /// An amount that is none, or a store that cannot be used.
    pub async fn spent(&self, scope: &Scope, id: &crate::domain::RouteId, usd: f64) -> Result<bool, Error> {
        if !(usd.is_finite() && usd >= 0.0) {
            return Err(Error::BadConstraint {
                field: "cost_usd",
                problem: format!("is {usd}, not an amount"),
            });
        }
        let Some(route) = self.outcomes.route(scope, id).await? else {
            return Ok(false);
        };
        if route.spent_usd != Some(usd) {
            let spent_usd = Some(usd);
            let told = RouteRecord { spent_usd, ..route };
            self.outcomes.remember(scope, told).await?;
        }
        Ok(true)
    }
}

/// What is known now about every model at a type and difficulty, each looked up once.
struct Known<'a> {
    catalogue: &'a Catalogue,
    models: &'a [ModelCard],
    table: &'a Table,
    /// What the organisation's other projects have to tell of each.
    elsewhere: Vec<[Cell; TYPES]>,
    cells: HashMap<(TaskType, Option<u8>), Vec<f64>>,
}

impl Known<'_> {
    /// The chance of each model, in the order of the catalogue.
    fn chances(&mut self, route: &RouteRecord) -> &[f64] {
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

    fn position(&self, id: &str) -> Option<usize> {
        self.models.iter().position(|model| model.id == id)
    }
}

/// A call that can be compared: it has a price, and its model is still known.
struct Compared {
    /// Where it is among the routes.
    route: usize,
    forecast: Forecast,
    routed_usd: f64,
    routed_p: f64,
    cell: (TaskType, Option<u8>),
}

fn told(
    mut known: Known<'_>,
    mut routes: Vec<RouteRecord>,
    outcomes: &[Outcome],
    (named, target): (Option<usize>, f64),
) -> Report {
    let is_cut = routes.len() > MAX_ROUTES;
    routes.truncate(MAX_ROUTES);
    let rewards = rewards(outcomes);
    let (mut all, mut types, mut models) = (Sums::default(), BTreeMap::new(), BTreeMap::new());
    let (mut compared, mut best) = (Vec::new(), Mean::default());
    for (number, route) in routes.iter().enumerate() {
        let at = known.position(&route.model);
        let chances = known.chances(route);
        let p = at.and_then(|at| chances.get(at)).copied();
        let reward = rewards.get(route.id.as_str()).map(|(_, reward)| *reward);
        if reward.is_some() {
            best.add(chances.iter().copied().fold(0.0, f64::max));
        }
        for sums in [
            &mut all,
            types.entry(route.task_type.name().to_owned()).or_default(),
            models.entry(route.model.clone()).or_default(),
        ] {
            sums.add(route, p, reward);
        }
        if let (Some(forecast), Some(routed_p)) = (route.forecast, p)
            && let Some(routed_usd) = forecast.cost_usd
        {
            compared.push(Compared {
                route: number,
                forecast,
                routed_usd,
                routed_p,
                cell: (
                    route.task_type,
                    route.difficulty_bucket.map(|bucket| bucket.min(4)),
                ),
            });
        }
    }
    let singles = singles(&known, &compared);
    let named = named.and_then(|at| known.models.get(at));
    let baseline = baseline(&singles, &compared, named, target);
    let card = baseline
        .as_ref()
        .and_then(|baseline| known.position(&baseline.model));
    let card = card.and_then(|at| known.models.get(at));
    for call in &compared {
        let forecast = call.forecast;
        let Some(baseline_usd) = card.and_then(|card| card.cost_usd(forecast.tokens_in, forecast.tokens_out))
        else {
            continue;
        };
        let Some(route) = routes.get(call.route) else {
            continue;
        };
        let of_type = types.get_mut(route.task_type.name());
        let of_model = models.get_mut(&route.model);
        for sums in of_type.into_iter().chain(of_model).chain([&mut all]) {
            sums.compare(call.routed_usd, baseline_usd);
        }
    }
    let regret = all.observed().mean.map(|observed| Regret {
        calls: best.count,
        best_p: best.mean().unwrap_or_default(),
        observed: observed.value,
        regret: Interval::mirrored(best.mean().unwrap_or_default(), observed),
    });
    Report {
        period: routes
            .last()
            .zip(routes.first())
            .map(|(first, last)| (first.at, last.at)),
        is_cut,
        spent: all.spent(),
        all: all.line("all".to_owned()),
        types: lines(types),
        models: lines(models),
        baseline,
        singles: singles.into_iter().take(MAX_SINGLES).collect(),
        regret,
    }
}

/// Of one route the outcome of the highest rank counts, and of equal ranks the newest: by route, the rank and the reward.
fn rewards(outcomes: &[Outcome]) -> HashMap<&str, (usize, f64)> {
    let mut rewards: HashMap<&str, (usize, f64)> = HashMap::new();
    for outcome in outcomes
        .iter()
        .filter(|outcome| outcome.evidence != Evidence::Unavailable)
    {
        let told = (outcome.evidence.rank(), outcome.reward.clamp(0.0, 1.0));
        let counts = rewards.entry(outcome.reference.as_str()).or_insert(told);
        if told.0 >= counts.0 {
            *counts = told;
        }
    }
    rewards
}

/// Most calls first.
fn lines(sums: BTreeMap<String, Sums>) -> Vec<Line> {
    let mut lines: Vec<_> = sums.into_iter().map(|(name, sums)| sums.line(name)).collect();
    lines.sort_by_key(|line| std::cmp::Reverse(line.calls));
    lines
}

/// What each model would have come to, the likeliest to succeed first; none without calls to compare.
fn singles(known: &Known<'_>, compared: &[Compared]) -> Vec<Single> {
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

fn baseline(
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

#[cfg(test)]
mod tests;
