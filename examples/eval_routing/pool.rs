//! A pool of models: the one expected to do best, and the cheapest that does well enough.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;

use crate::groups;
use crate::metrics::interval;
use crate::predict::{Pool, Question, best};
use crate::prices::Price;
use crate::report::Report;
use crate::rows::Row;

const FOLDS: usize = 5;

/// Chooses a model for a question.
type Router<'r> = &'r dyn Fn(&Question) -> usize;

pub(crate) fn measure(rows: &[Row], prices: &BTreeMap<String, Price>, seed: u64, report: &mut Report) {
    let rows: Vec<&Row> = rows.iter().filter(|row| !row.scores.is_empty()).collect();
    let models: BTreeSet<&str> = rows
        .iter()
        .flat_map(|row| row.scores.keys().map(String::as_str))
        .collect();
    let models: Vec<&str> = models.into_iter().collect();
    let rows: Vec<&Row> = rows
        .into_iter()
        .filter(|row| row.scores.len() == models.len())
        .collect();
    if rows.is_empty() {
        return;
    }
    let tasks: BTreeSet<&str> = rows.iter().map(|row| row.part.as_str()).collect();
    let tasks: Vec<&str> = tasks.into_iter().collect();
    let by_group = groups::folds(&rows.iter().map(|row| row.group).collect::<Vec<_>>(), FOLDS, seed);
    let by_task: Vec<usize> = rows
        .iter()
        .map(|row| {
            tasks
                .iter()
                .position(|task| *task == row.part)
                .unwrap_or_default()
        })
        .collect();
    let pool = Pool::new(&rows, &models, &tasks, prices);
    for (name, parts) in [
        ("questions left out, 5 parts", by_group),
        ("whole tasks left out", by_task),
    ] {
        let cases = pool.predict(&parts, seed);
        table(
            &format!("Pool of {} models: {name}", models.len()),
            &cases,
            seed,
            report,
        );
        if name.starts_with('q') && !prices.is_empty() {
            savings(&cases, &parts, report);
        }
    }
}

fn table(title: &str, cases: &[Question], seed: u64, report: &mut Report) {
    report.table(
        title,
        &[
            "router",
            "prompts",
            "quality",
            "gain over best single",
            "low",
            "high",
            "gap closed",
            "cost share",
        ],
    );
    let oracle = |case: &Question| best(&case.scores);
    let cheapest = |case: &Question| {
        let costs: Vec<f32> = case.costs.iter().map(|cost| -*cost as f32).collect();
        best(&costs)
    };
    let routers: [(&str, Router); 8] = [
        ("random", &|case| case.random),
        ("cheapest always", &cheapest),
        ("best single", &|case| case.single),
        ("likeliest task's table", &|case| best(&case.by_likeliest)),
        ("posterior over tasks x table", &|case| best(&case.by_table)),
        ("the same with a ridge on the rest", &|case| best(&case.by_ridge)),
        ("true task's table", &|case| best(&case.by_true)),
        ("oracle", &oracle),
    ];
    let mean = |cases: &[Question], of: &dyn Fn(&Question) -> f64| {
        cases.iter().map(of).sum::<f64>() / cases.len() as f64
    };
    let gain = |case: &Question, model: usize| f64::from(case.scores[model] - case.scores[case.single]);
    let gap = mean(cases, &|case| gain(case, oracle(case)));
    let single_cost = mean(cases, &|case| case.costs[case.single]);
    for (name, router) in routers {
        let gained = mean(cases, &|case| gain(case, router(case)));
        let (low, high) = interval(cases, seed, |sample| {
            mean(sample, &|case| gain(case, router(case)))
        });
        report.row(vec![
            json!(name),
            json!(cases.len()),
            json!(mean(cases, &|case| f64::from(case.scores[router(case)]))),
            json!(gained),
            json!(low),
            json!(high),
            json!(gained / gap),
            json!(mean(cases, &|case| case.costs[router(case)]) / single_cost),
        ]);
    }
}

/// Of the price of quality, the largest at which the other parts keep enough of the best single model's quality;
/// then what this part's choices at that price cost and achieve.
fn savings(cases: &[Question], parts: &[usize], report: &mut Report) {
    report.table(
        "Cost at a share of the best single model's quality; the price of quality is fixed on the other parts",
        &["wanted", "achieved", "saved"],
    );
    let prices: Vec<f64> = (0..80).map(|step| 1e-2 * 1.25f64.powi(step)).collect();
    let choose = |case: &Question, price: f64| {
        let values: Vec<f32> = case
            .by_table
            .iter()
            .zip(&case.costs)
            .map(|(p, cost)| p - (price * cost) as f32)
            .collect();
        best(&values)
    };
    for wanted in [0.95, 1.0] {
        let (mut got, mut single, mut cost, mut single_cost) = (0.0, 0.0, 0.0, 0.0);
        for part in 0..FOLDS {
            let (own, others): (Vec<_>, Vec<_>) = cases.iter().zip(parts).partition(|(_, of)| **of == part);
            let quality = |of: &dyn Fn(&Question) -> usize| {
                others
                    .iter()
                    .map(|(case, _)| f64::from(case.scores[of(case)]))
                    .sum::<f64>()
            };
            let enough = wanted * quality(&|case| case.single);
            let price = prices
                .iter()
                .rev()
                .find(|price| quality(&|case| choose(case, **price)) >= enough)
                .copied()
                .unwrap_or(0.0);
            for (case, _) in own {
                let chosen = choose(case, price);
                got += f64::from(case.scores[chosen]);
                single += f64::from(case.scores[case.single]);
                cost += case.costs[chosen];
                single_cost += case.costs[case.single];
            }
        }
        report.row(vec![
            json!(wanted),
            json!(got / single),
            json!(1.0 - cost / single_cost),
        ]);
    }
}
