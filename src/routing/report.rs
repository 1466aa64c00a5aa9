//! What routing came to over a period: money against one model for everything, and what became of the work.
//!
//! Costs are those expected when the decision was taken; chances are what is known now, for the router's choices
//! and for the baseline alike, so that the two are compared by one measure. Nothing here counts a call without an
//! outcome as a success.

use std::collections::{BTreeMap, HashMap};

use super::table::Table;
use super::{Error, Router, lock, project};
use crate::domain::{Evidence, Outcome, RouteRecord, Scope, Timestamp};

mod answer;
mod compare;
mod sums;

pub use answer::{Baseline, Decided, How, Line, Question, Regret, Report, Saved, Single, Spent};
use compare::{Compared, Known, baseline, singles};
pub use sums::{Interval, Observed};
use sums::{Mean, Sums};

/// Decisions that are looked at: a longer period is cut to its newest ones, and the report says so.
pub const MAX_ROUTES: usize = 50_000;
/// Outcomes that are looked at. Each decision may have several.
const MAX_OUTCOMES: usize = 100_000;
/// Single models that are shown beside the baseline.
const MAX_SINGLES: usize = 6;

impl Router {
    /// What the project's decisions came to.
    ///
    /// # Errors
    /// A baseline that is not in the catalogue, or a store that cannot be read.
    pub async fn report(&self, scope: &Scope, question: &Question) -> Result<Report, Error> {
        let named = match &question.baseline {
            Some(id) => Some(self.catalogue.position(id).ok_or_else(|| Error::BadConstraint {
                field: "baseline",
                problem: format!("names {id:?}, which is not in the catalogue"),
            })?),
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

#[cfg(test)]
mod tests;
