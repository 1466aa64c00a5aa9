//! What each model of a pool is expected to get, by parts that never saw the prompt.

use std::collections::{BTreeMap, BTreeSet};

use firstmate::routing::heads::Input;

use crate::descent::softmax;
use crate::logistic::{self, Case};
use crate::prices::Price;
use crate::random::Random;
use crate::recipe::{LEVEL_GAINS, TYPE_GAINS};
use crate::ridge;
use crate::rows::Row;
use crate::space::{self, Space, Vector};

/// How many prompts of its own a cell needs to weigh as much as its model's mean.
const SHRINK: f32 = 3.0;
const C: f32 = 20.0;
const ITERATIONS: usize = 40;
/// What a ridge on the residuals may move a chance by.
const ALPHA: f32 = 100.0;

/// One prompt of the pool and what was predicted for it by what never saw it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Question {
    pub(crate) scores: Vec<f32>,
    pub(crate) costs: Vec<f64>,
    /// The model that is best on the training part.
    pub(crate) single: usize,
    pub(crate) by_table: Vec<f32>,
    pub(crate) by_likeliest: Vec<f32>,
    pub(crate) by_ridge: Vec<f32>,
    pub(crate) by_true: Vec<f32>,
    pub(crate) random: usize,
}

/// Prompts, the models' scores and costs.
pub(crate) struct Pool<'r> {
    vectors: Vec<(Vector, Vector)>,
    tasks: Vec<usize>,
    columns: usize,
    task_count: usize,
    scores: Vec<Vec<f32>>,
    costs: Vec<Vec<f64>>,
    rows: &'r [&'r Row],
}

impl<'r> Pool<'r> {
    pub(crate) fn new(
        rows: &'r [&Row],
        models: &[&str],
        tasks: &[&str],
        prices: &BTreeMap<String, Price>,
    ) -> Self {
        let inputs: Vec<Input> = rows.iter().map(|row| Input::of(&row.prompt, None)).collect();
        let header = space::standardise(&inputs.iter().collect::<Vec<_>>());
        let groups = rows.iter().map(|row| row.group);
        let space = Space::of(groups.zip(&inputs), 1);
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
                        space.vector(&header, TYPE_GAINS, input),
                        space.vector(&header, LEVEL_GAINS, input),
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
            columns: space.size(),
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

    pub(crate) fn predict(&self, parts: &[usize], seed: u64) -> Vec<Question> {
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
            let head = logistic::fit(&head, self.columns, self.task_count, C, ITERATIONS);
            let vectors: Vec<&Vector> = train.iter().map(|at| &self.vectors[*at].1).collect();
            let lines: Vec<_> = (0..models)
                .map(|model| {
                    let left: Vec<f32> = train
                        .iter()
                        .map(|at| self.scores[*at][model] - table[self.tasks[*at]][model])
                        .collect();
                    ridge::fit(&vectors, self.columns, &left, &vec![1.0; left.len()], ALPHA)
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

/// The first of the largest.
pub(crate) fn best(values: &[f32]) -> usize {
    (0..values.len())
        .max_by(|a, b| values[*a].total_cmp(&values[*b]).then(b.cmp(a)))
        .unwrap_or_default()
}
