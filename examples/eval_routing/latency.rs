//! How long it takes to read a prompt.

use std::hint::black_box;
use std::time::Instant;

use firstmate::routing::assess;
use serde_json::json;

use crate::report::Report;
use crate::rows::Row;

const PROMPTS: usize = 2_000;

pub(crate) fn measure(rows: &[Row], report: &mut Report) {
    report.table(
        "Assessing a prompt, in microseconds",
        &["prompts", "mean bytes", "p50", "p99"],
    );
    let rows = rows.iter().take(PROMPTS);
    let bytes: usize = rows.clone().map(|row| row.prompt.len()).sum();
    let mut times: Vec<f64> = rows
        .map(|row| {
            let start = Instant::now();
            black_box(assess(black_box(&row.prompt), None));
            start.elapsed().as_secs_f64() * 1e6
        })
        .collect();
    times.sort_by(f64::total_cmp);
    let at = |share: f64| {
        times
            .get((times.len() as f64 * share) as usize)
            .copied()
            .unwrap_or_default()
    };
    report.row(vec![
        json!(times.len()),
        json!(bytes / times.len().max(1)),
        json!(at(0.5)),
        json!(at(0.99)),
    ]);
}
