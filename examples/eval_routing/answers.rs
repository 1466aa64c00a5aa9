//! One router's answers about types as a row of a table.

use firstmate::domain::TaskType;
use serde_json::json;

use crate::calibrate::Judged;
use crate::flips;
use crate::metrics::{calibration, coverage, interval};
use crate::recipe::{self, mask};
use crate::report::{Report, share};
use crate::rows::Row;

pub(crate) const COLUMNS: [&str; 17] = [
    "router",
    "prompts",
    "accuracy",
    "low",
    "high",
    "macro F1",
    "ECE",
    "Brier",
    "coverage at .95",
    "threshold",
    "answered",
    "right of answered",
    "typos",
    "white space",
    "case",
    "politeness",
    "boilerplate",
];

pub(crate) fn trivial(
    report: &mut Report,
    name: &str,
    rows: &[&Row],
    seed: u64,
    class: impl Fn(&Row) -> usize,
) {
    let judged = |row: &&Row| {
        let mut scores = vec![0.0; TaskType::KINDS.len()];
        scores[class(row)] = 1.0;
        Judged {
            scores,
            right: mask(row),
        }
    };
    let judged: Vec<Judged> = rows.iter().map(judged).collect();
    let right: Vec<bool> = judged.iter().map(|row| row.answer(1.0).2).collect();
    let (low, high) = interval(&right, seed, of);
    let mut cells = vec![
        json!(name),
        json!(rows.len()),
        json!(of(&right)),
        json!(low),
        json!(high),
        json!(f1(rows, &judged, 1.0)),
    ];
    cells.resize(COLUMNS.len(), json!("-"));
    report.row(cells);
}

pub(crate) fn table_row(
    report: &mut Report,
    name: &str,
    rows: &[&Row],
    judged: &[Judged],
    (temperature, threshold): (f32, f32),
    seed: u64,
    scores: &dyn Fn(usize, &str) -> Vec<f32>,
) {
    let answers: Vec<(f64, bool)> = judged
        .iter()
        .map(|row| row.answer(temperature))
        .map(|(_, chance, right)| (f64::from(chance), right))
        .collect();
    let right: Vec<bool> = answers.iter().map(|(_, right)| *right).collect();
    let (low, high) = interval(&right, seed, of);
    let answered: Vec<bool> = answers
        .iter()
        .filter(|(chance, _)| *chance >= f64::from(threshold))
        .map(|(_, right)| *right)
        .collect();
    let brier = answers
        .iter()
        .map(|(chance, right)| (chance - f64::from(u8::from(*right))).powi(2))
        .sum::<f64>();
    let mut cells = vec![
        json!(name),
        json!(rows.len()),
        json!(of(&right)),
        json!(low),
        json!(high),
        json!(f1(rows, judged, temperature)),
        json!(calibration(&answers)),
        json!(brier / answers.len().max(1) as f64),
        json!(coverage(&answers)),
        json!(threshold),
        json!(answered.len() as f64 / rows.len().max(1) as f64),
        json!(of(&answered)),
    ];
    let prompts: Vec<&str> = rows.iter().map(|row| row.prompt.as_str()).collect();
    let decide = |at: usize, text: &str| {
        Judged {
            scores: scores(at, text),
            right: 0,
        }
        .answer(1.0)
        .0
    };
    cells.extend(
        flips::share(&prompts, seed, decide)
            .into_iter()
            .map(|(_, share)| json!(share)),
    );
    report.row(cells);
}

fn of(right: &[bool]) -> f64 {
    share(right.iter().filter(|right| **right).count(), right.len())
}

/// The mean of the types' F1, over the types that are there; a second label is right as well.
fn f1(rows: &[&Row], judged: &[Judged], temperature: f32) -> f64 {
    let mut counts = [(0.0, 0.0, 0.0); TaskType::KINDS.len()];
    for (row, judged) in rows.iter().zip(judged) {
        let (class, _, right) = judged.answer(temperature);
        let first = row
            .types
            .iter()
            .find_map(|kind| recipe::class(*kind))
            .unwrap_or_default();
        if right {
            counts[class].0 += 1.0;
        } else {
            counts[class].1 += 1.0;
            counts[first].2 += 1.0;
        }
    }
    let there: Vec<f64> = counts
        .iter()
        .filter(|(hit, _, missed)| hit + missed > 0.0)
        .map(|(hit, wrong, missed)| 2.0 * hit / (2.0 * hit + wrong + missed))
        .collect();
    there.iter().sum::<f64>() / there.len().max(1) as f64
}

pub(crate) fn names(mask: u32) -> String {
    let names = TaskType::KINDS
        .iter()
        .enumerate()
        .filter(|(class, _)| mask >> class & 1 == 1)
        .map(|(_, kind)| kind.name());
    names.collect::<Vec<_>>().join("|")
}
