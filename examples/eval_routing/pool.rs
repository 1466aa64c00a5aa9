//! A pool of models: the one expected to do best, and the cheapest that does well enough.

use std::collections::{BTreeMap, BTreeSet};

use firstmate::routing::heads::Input;
use serde_json::json;

use crate::logistic::{self, Case, softmax};
use crate::metrics::interval;
use crate::prices::Price;
use crate::random::Random;
use crate::recipe::{LEVEL_GAINS, TYPE_GAINS};
use crate::report::Report;
use crate::rows::Row;
use crate::space::{self, Vector};
use crate::{groups, ridge};

const FOLDS: usize = 5;
/// How many prompts of its own a cell needs to weigh as much as its model's mean.
const SHRINK: f32 = 3.0;
const C: f32 = 20.0;
const ITERATIONS: usize = 40;
/// What a ridge on the residuals may move a chance by.
const ALPHA: f32 = 100.0;

/// One prompt of the pool and what was predicted for it by what never saw it.
#[derive(Debug, Clone, Default)]
struct Question {
    scores: Vec<f32>,
    costs: Vec<f64>,
    /// The model that is best on the training part.
    single: usize,
    by_table: Vec<f32>,
    by_likeliest: Vec<f32>,
    by_ridge: Vec<f32>,
    by_true: Vec<f32>,
    random: usize,
}

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

struct Pool<'r> {
    vectors: Vec<(Vector, Vector)>,
    tasks: Vec<usize>,
    task_count: usize,
    scores: Vec<Vec<f32>>,
    costs: Vec<Vec<f64>>,
    rows: &'r [&'r Row],
}

impl<'r> Pool<'r> {
    fn new(rows: &'r [&Row], models: &[&str], tasks: &[&str], prices: &BTreeMap<String, Price>) -> Self {
        let inputs: Vec<Input> = rows.iter().map(|row| Input::of(&row.prompt, None)).collect();
        let header = space::standardise(&inputs.iter().collect::<Vec<_>>());
        let cost = |row: &Row, model: &str| {
            prices
                .get(model)
                .map_or(0.0, |price| price.cost(row.prompt.len()))
        };
        Self {
            vectors: inputs
                .iter()
                .map(|input| {
                    (
                        space::vector(&header, TYPE_GAINS, input),
                        space::vector(&header, LEVEL_GAINS, input),
                    )
                })
                .collect(),
            tasks: rows
                .iter()
                .map(|row| {
                    tasks
                        .iter()
                        .position(|task| *task == row.part)
                        .unwrap_or_default()
                })
                .collect(),
            task_count: tasks.len(),
            scores: rows
                .iter()
                .map(|row| models.iter().map(|model| row.scores[*model]).collect())
                .collect(),
            costs: rows
                .iter()
                .map(|row| models.iter().map(|model| cost(row, model)).collect())
                .collect(),
            rows,
        }
    }

    fn predict(&self, parts: &[usize], seed: u64) -> Vec<Question> {
        let models = self.scores.first().map_or(0, Vec::len);
        let mut cases = vec![Question::default(); self.rows.len()];
        let mut random = Random::new(seed);
        for part in 0..parts.iter().max().map_or(0, |last| last + 1) {
            // A group that is in the part is nowhere else, also where parts are tasks.
            let test: Vec<usize> = (0..parts.len()).filter(|at| parts[*at] == part).collect();
            let groups: BTreeSet<usize> = test.iter().map(|at| self.rows[*at].group).collect();
            let train: Vec<usize> = (0..parts.len())
                .filter(|at| parts[*at] != part && !groups.contains(&self.rows[*at].group))
                .collect();
            let (means, table) = self.table(&train, models);
            let single = best(&means);
            let head: Vec<Case> = train
                .iter()
                .map(|at| Case {
                    vector: &self.vectors[*at].0,
                    right: 1 << self.tasks[*at],
                    size: 1.0,
                })
                .collect();
            let head = logistic::fit(&head, self.task_count, C, ITERATIONS);
            let vectors: Vec<&Vector> = train.iter().map(|at| &self.vectors[*at].1).collect();
            let lines: Vec<_> = (0..models)
                .map(|model| {
                    let left: Vec<f32> = train
                        .iter()
                        .map(|at| self.scores[*at][model] - table[self.tasks[*at]][model])
                        .collect();
                    ridge::fit(&vectors, &left, &vec![1.0; left.len()], ALPHA)
                })
                .collect();
            for at in test {
                let posterior = softmax(&head.scores(&self.vectors[at].0), 1.0);
                let expected = |model: usize| {
                    posterior
                        .iter()
                        .zip(&table)
                        .map(|(chance, row)| chance * row[model])
                        .sum::<f32>()
                };
                let by_table: Vec<f32> = (0..models).map(expected).collect();
                let residual = lines.iter().map(|line| line.at(&self.vectors[at].1));
                cases[at] = Question {
                    scores: self.scores[at].clone(),
                    costs: self.costs[at].clone(),
                    single,
                    by_likeliest: table[best(&posterior)].clone(),
                    by_ridge: by_table
                        .iter()
                        .zip(residual)
                        .map(|(table, residual)| table + residual)
                        .collect(),
                    by_true: table[self.tasks[at]].clone(),
                    by_table,
                    random: random.below(models),
                };
            }
        }
        cases
    }

    /// The mean of each model, and of each task and model, shrunk to the model's.
    fn table(&self, train: &[usize], models: usize) -> (Vec<f32>, Vec<Vec<f32>>) {
        let mean = |model: usize| {
            train.iter().map(|at| self.scores[*at][model]).sum::<f32>() / train.len().max(1) as f32
        };
        let means: Vec<f32> = (0..models).map(mean).collect();
        let mut sums = vec![vec![0.0; models]; self.task_count];
        let mut counts = vec![0.0; self.task_count];
        for at in train {
            counts[self.tasks[*at]] += 1.0;
            for (sum, score) in sums[self.tasks[*at]].iter_mut().zip(&self.scores[*at]) {
                *sum += score;
            }
        }
        for (sums, count) in sums.iter_mut().zip(counts) {
            for (sum, mean) in sums.iter_mut().zip(&means) {
                *sum = (*sum + SHRINK * mean) / (count + SHRINK);
            }
        }
        (means, sums)
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
    let routers: [(&str, &dyn Fn(&Question) -> usize); 8] = [
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

fn best(values: &[f32]) -> usize {
    (0..values.len())
        .max_by(|a, b| values[*a].total_cmp(&values[*b]).then(b.cmp(a)))
        .unwrap_or_default()
}
