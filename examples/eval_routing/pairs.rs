//! Two models: which prompts are worth the strong one.

use std::collections::BTreeSet;

use firstmate::routing::heads::{DENSE, Input, builtin};
use serde_json::json;

use crate::metrics::{Sent, apgr, calls_for, interval, mean};
use crate::random::Random;
use crate::recipe::{self, LEVEL_GAINS};
use crate::report::Report;
use crate::rows::Row;
use crate::space::{self, Space};

const DRAWS: u64 = 5;
/// Rows of the same kind to learn from: many of a large file, few of a small one.
const MANY: usize = 1_500;
const FEW: usize = 300;
const LARGE: usize = 3_000;

pub(crate) fn measure(rows: &[Row], trains: bool, seed: u64, report: &mut Report) {
    let files: BTreeSet<&str> = rows
        .iter()
        .filter(|row| row.pair.is_some())
        .map(|row| row.file.as_str())
        .collect();
    for file in files {
        let rows: Vec<&Row> = rows.iter().filter(|row| row.file == file).collect();
        let columns = [
            "router",
            "learned from",
            "tested on",
            "APGR",
            "sd over draws",
            "low",
            "high",
            "CPT50",
            "CPT80",
        ];
        report.table(format!("Two models: {file}"), &columns);
        let inputs: Vec<Input> = rows.iter().map(|row| Input::of(&row.prompt, None)).collect();
        let all: Vec<usize> = (0..rows.len()).collect();
        let sent = |at: &usize, score: f64| {
            let (strong, weak) = rows[*at].pair.unwrap_or_default();
            Sent {
                score,
                strong: f64::from(strong),
                weak: f64::from(weak),
            }
        };
        let by = |score: &dyn Fn(usize) -> f64| -> Vec<Vec<Sent>> {
            vec![all.iter().map(|at| sent(at, score(*at))).collect()]
        };
        let draws = if trains { DRAWS } else { 1 };
        let random = (0..draws).map(|draw| {
            let mut random = Random::new(seed + draw);
            all.iter()
                .map(|at| sent(at, random.below(1 << 30) as f64))
                .collect()
        });
        row(report, "random", 0, &random.collect::<Vec<_>>(), seed);
        row(
            report,
            "prompt length",
            0,
            &by(&|at| rows[at].prompt.len() as f64),
            seed,
        );
        row(
            report,
            "keyword rules",
            0,
            &by(&|at| f64::from(inputs[at].dense()[DENSE - 1])),
            seed,
        );
        if trains {
            let learned = if rows.len() >= LARGE { MANY } else { FEW };
            let mut tested = Vec::new();
            for draw in 0..DRAWS {
                let (train, test) = split(&all, |at| rows[at].group.to_string(), learned, seed + draw);
                tested.push(
                    gains(&rows, &inputs, &train, &test)
                        .iter()
                        .zip(&test)
                        .map(|(gain, at)| sent(at, *gain))
                        .collect(),
                );
            }
            row(report, "heads, rows of the same kind", learned, &tested, seed);
            if rows.iter().any(|row| !row.part.is_empty()) {
                let mut tested = Vec::new();
                for draw in 0..DRAWS {
                    let (train, test) =
                        split(&all, |at| rows[at].part.clone(), all.len() * 2 / 3, seed + draw);
                    tested.push(
                        gains(&rows, &inputs, &train, &test)
                            .iter()
                            .zip(&test)
                            .map(|(gain, at)| sent(at, *gain))
                            .collect(),
                    );
                }
                row(
                    report,
                    "heads, whole subjects left out",
                    all.len() * 2 / 3,
                    &tested,
                    seed,
                );
            }
        }
        row(
            report,
            "shipped: gain",
            0,
            &by(&|at| builtin().read(&inputs[at]).gain()),
            seed,
        );
        row(
            report,
            "shipped: difficulty",
            0,
            &by(&|at| builtin().read(&inputs[at]).difficulty),
            seed,
        );
        row(
            report,
            "oracle",
            0,
            &by(&|at| sent(&at, 0.0).strong - sent(&at, 0.0).weak),
            seed,
        );
    }
}

/// Groups drawn by lot until there are `learned` rows, and the rest.
fn split(
    all: &[usize],
    group: impl Fn(usize) -> String,
    learned: usize,
    seed: u64,
) -> (Vec<usize>, Vec<usize>) {
    let names: BTreeSet<String> = all.iter().map(|at| group(*at)).collect();
    let mut names: Vec<String> = names.into_iter().collect();
    Random::new(seed).shuffle(&mut names);
    let mut train: BTreeSet<usize> = BTreeSet::new();
    for name in names {
        if train.len() >= learned {
            break;
        }
        train.extend(all.iter().filter(|at| group(**at) == name));
    }
    let test = all.iter().filter(|at| !train.contains(at)).copied().collect();
    (train.into_iter().collect(), test)
}

/// The gain of the strong model for each of `test`, learned from `train` alone.
fn gains(rows: &[&Row], inputs: &[Input], train: &[usize], test: &[usize]) -> Vec<f64> {
    let header = space::standardise(&train.iter().map(|at| &inputs[*at]).collect::<Vec<_>>());
    let texts = train.iter().map(|at| (rows[*at].group, &inputs[*at]));
    let space = Space::of(texts, 1);
    let vector = |at: &usize| space.vector(&header, LEVEL_GAINS, &inputs[*at]);
    let vectors: Vec<_> = train.iter().map(vector).collect();
    let level = |strong: bool| {
        let cases = vectors.iter().zip(train).filter_map(|(vector, at)| {
            let (of_strong, of_weak) = rows[*at].pair?;
            Some((vector, (if strong { of_strong } else { of_weak }, 1.0)))
        });
        recipe::level(&space, &cases.collect::<Vec<_>>())
    };
    let (strong, weak) = (level(true), level(false));
    let gain = |at: &usize| {
        let vector = vector(at);
        f64::from(strong.at(&vector) - weak.at(&vector))
    };
    test.iter().map(gain).collect()
}

/// A row of the table: means over the draws, the interval over the prompts of the first.
fn row(report: &mut Report, name: &str, learned: usize, draws: &[Vec<Sent>], seed: u64) {
    let of =
        |figure: &dyn Fn(&[Sent]) -> f64| mean(&draws.iter().map(|draw| figure(draw)).collect::<Vec<_>>());
    let (area, deviation) = of(&|sent| apgr(sent, seed));
    let first = draws.first().map(Vec::as_slice).unwrap_or_default();
    let (low, high) = interval(first, seed, |sample| apgr(sample, seed));
    report.row(vec![
        json!(name),
        json!(learned),
        json!(first.len()),
        json!(area),
        json!(deviation),
        json!(low),
        json!(high),
        json!(of(&|sent| calls_for(sent, 0.5, seed)).0),
        json!(of(&|sent| calls_for(sent, 0.8, seed)).0),
    ]);
}
