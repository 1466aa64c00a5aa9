//! Which kind of task a prompt is.

use std::collections::{BTreeSet, HashSet};

use firstmate::domain::TaskType;
use firstmate::routing::heads::{Header, Input, builtin};
use serde_json::json;

use crate::answers::{COLUMNS, names, table_row, trivial};
use crate::calibrate::{self, Judged};
use crate::descent::Classes;
use crate::groups;
use crate::recipe::{self, Example, mask};
use crate::report::Report;
use crate::rows::Row;
use crate::space::{self, Space, Vector};

const FOLDS: usize = 5;
/// Fewer prompts are no training set.
const LEAST: usize = 200;

pub(crate) fn measure(rows: &[Row], trains: bool, seed: u64, report: &mut Report) {
    let files: BTreeSet<&str> = rows
        .iter()
        .filter(|row| mask(row) != 0)
        .map(|row| row.file.as_str())
        .collect();
    let fitted = trains.then(|| Fitted::of(rows, seed));
    for file in &files {
        // A prompt that asks for nothing has no type; how often that is seen is another table.
        let test: Vec<usize> = (0..rows.len())
            .filter(|at| rows[*at].file == *file && mask(&rows[*at]) != 0)
            .collect();
        report.table(format!("Types: {file}"), &COLUMNS);
        let tested: Vec<&Row> = test.iter().map(|at| &rows[*at]).collect();
        let most = (0..8).max_by_key(|class| tested.iter().filter(|row| mask(row) >> class & 1 == 1).count());
        trivial(report, "the commonest type", &tested, seed, |_| {
            most.unwrap_or_default()
        });
        trivial(report, "keyword rules", &tested, seed, |row| rules(&row.prompt));
        shipped(report, &tested, seed);
        if let Some(fitted) = fitted.as_ref().filter(|_| test.len() >= LEAST) {
            let model = |at: usize| &fitted.by_fold[fitted.folds[test[at]]];
            let judged = fitted.judge(&tested, &model);
            let of = |at: usize, text: &str| model(at).scores(&fitted.vector(text));
            heads(report, "heads, groups left out", &tested, &judged, seed, &of);
            if files.len() > 1 {
                let without = fitted.without(rows, &test, seed);
                let judged = fitted.judge(&tested, &|_| &without);
                let of = |_: usize, text: &str| without.scores(&fitted.vector(text));
                heads(report, "heads, this file left out", &tested, &judged, seed, &of);
            }
        }
    }
    nothing(rows, report);
}

/// Prompts that ask for nothing: how many are said to be `general`.
fn nothing(rows: &[Row], report: &mut Report) {
    let rows: Vec<&Row> = rows
        .iter()
        .filter(|row| row.types == [TaskType::General])
        .collect();
    if rows.is_empty() {
        return;
    }
    report.table("Prompts that ask for nothing", &["prompts", "said to be general"]);
    let found = rows
        .iter()
        .filter(|row| firstmate::routing::assess(&row.prompt, None).task_type == TaskType::General);
    report.row(vec![
        json!(rows.len()),
        json!(found.count() as f64 / rows.len() as f64),
    ]);
}

/// The type with the largest sum of hand-set weights.
fn rules(prompt: &str) -> usize {
    let dense = Input::of(prompt, None).dense();
    let rules = &dense[dense.len() - 9..dense.len() - 1];
    (0..rules.len())
        .max_by(|a, b| rules[*a].total_cmp(&rules[*b]).then(b.cmp(a)))
        .unwrap_or_default()
}

/// The weights in the binary, which may have seen these rows in training.
fn shipped(report: &mut Report, rows: &[&Row], seed: u64) {
    let weights = builtin();
    let scores = |text: &str| {
        weights
            .read(&Input::of(text, None))
            .types
            .map(|score| score as f32)
            .to_vec()
    };
    let judged: Vec<Judged> = rows
        .iter()
        .map(|row| Judged {
            scores: scores(&row.prompt),
            right: mask(row),
        })
        .collect();
    let header = weights.header();
    for (row, judged) in rows.iter().zip(&judged) {
        let (class, chance, right) = judged.answer(header.temperature as f32);
        if !right {
            report.tell(|| {
                format!(
                    "{} as {} ({chance:.2}): {}",
                    names(judged.right),
                    names(1 << class),
                    row.prompt.lines().next().unwrap_or_default()
                )
            });
        }
    }
    table_row(
        report,
        "shipped",
        rows,
        &judged,
        (header.temperature as f32, header.min_chance as f32),
        seed,
        &|_, text| scores(text),
    );
}

fn heads(
    report: &mut Report,
    name: &str,
    rows: &[&Row],
    judged: &[Judged],
    seed: u64,
    scores: &dyn Fn(usize, &str) -> Vec<f32>,
) {
    // Temperature and threshold for each half from the other half.
    let half = |odd: usize| -> Vec<Judged> { judged.iter().skip(odd).step_by(2).cloned().collect() };
    let temperature = calibrate::temperature(&half(0));
    let (chance, _) = calibrate::threshold(&half(0), temperature, 0.95);
    let (rest, at): (Vec<&Row>, Vec<usize>) = rows
        .iter()
        .enumerate()
        .skip(1)
        .step_by(2)
        .map(|(at, row)| (*row, at))
        .unzip();
    // Accuracy is of all rows, what was fixed on one half is measured on the other.
    table_row(
        report,
        &format!("{name}, all rows"),
        rows,
        judged,
        (temperature, chance),
        seed,
        scores,
    );
    table_row(
        report,
        &format!("{name}, rows that fixed nothing"),
        &rest,
        &half(1),
        (temperature, chance),
        seed,
        &|row, text| scores(at[row], text),
    );
}

/// Weights learned from all folds but one, each.
struct Fitted {
    header: Header,
    space: Space,
    examples: Vec<Option<Example>>,
    folds: Vec<usize>,
    by_fold: Vec<Classes>,
}

impl Fitted {
    fn of(rows: &[Row], seed: u64) -> Self {
        let header = standardised(rows);
        let (space, examples) = recipe::examples(&header, rows, seed);
        let folds = groups::folds(&rows.iter().map(|row| row.group).collect::<Vec<_>>(), FOLDS, seed);
        let by_fold = (0..FOLDS).map(|fold| {
            let train = examples.iter().zip(&folds).filter(|(_, other)| **other != fold);
            let train = train.filter_map(|(example, _)| example.as_ref());
            recipe::types(&space, &train.collect::<Vec<_>>(), seed)
        });
        Self {
            by_fold: by_fold.collect(),
            header,
            space,
            examples,
            folds,
        }
    }

    /// Weights that never saw these rows or anything of their groups.
    fn without(&self, rows: &[Row], test: &[usize], seed: u64) -> Classes {
        let groups: HashSet<usize> = test.iter().map(|at| rows[*at].group).collect();
        let train = self
            .examples
            .iter()
            .zip(rows)
            .filter(|(_, row)| !groups.contains(&row.group));
        let train = train.filter_map(|(example, _)| example.as_ref());
        recipe::types(&self.space, &train.collect::<Vec<_>>(), seed)
    }

    fn vector(&self, text: &str) -> Vector {
        self.space
            .vector(&self.header, recipe::TYPE_GAINS, &Input::of(text, None))
    }

    fn judge<'m>(&self, rows: &[&Row], model: &dyn Fn(usize) -> &'m Classes) -> Vec<Judged> {
        let judge = |(at, row): (usize, &&Row)| Judged {
            scores: model(at).scores(&self.vector(&row.prompt)),
            right: mask(row),
        };
        rows.iter().enumerate().map(judge).collect()
    }
}

/// The dense signals of rows that have a type.
fn standardised(rows: &[Row]) -> Header {
    let typed = rows.iter().filter(|row| mask(row) != 0);
    let inputs: Vec<Input> = typed.map(|row| Input::of(recipe::text(row), None)).collect();
    space::standardise(&inputs.iter().collect::<Vec<_>>())
}
