//! The table that is printed, and the same as JSON.

use std::collections::BTreeMap;

use serde_json::json;

use super::corpus::Answered;

/// Resamples for an interval.
const RESAMPLES: usize = 1_000;

/// Every measured ranking, in order.
#[derive(Default)]
pub(crate) struct Report(Vec<Row>);

struct Row {
    collection: String,
    ranking: String,
    answered: Vec<Answered>,
}

type Metric = (&'static str, fn(&Answered) -> f64);
const METRICS: [Metric; 4] = [
    ("R@5", |answered| answered.recall_at_5),
    ("R@10", |answered| answered.recall_at_10),
    ("MRR", |answered| answered.reciprocal_rank),
    ("nDCG@10", |answered| answered.ndcg_at_10),
];

impl Report {
    /// Adds the answers of a ranking to what it answered in other parts of the same collection.
    pub(crate) fn add(&mut self, collection: &str, ranking: &str, answered: Vec<Answered>) {
        let same = |row: &&mut Row| row.collection == collection && row.ranking == ranking;
        match self.0.iter_mut().find(same) {
            Some(row) => row.answered.extend(answered),
            None => self.0.push(Row {
                collection: collection.to_owned(),
                ranking: ranking.to_owned(),
                answered,
            }),
        }
    }

    /// Prints one table a collection, or everything as JSON.
    pub(crate) fn print(&self, as_json: bool) -> anyhow::Result<()> {
        if as_json {
            let rows: Vec<_> = self.0.iter().map(Row::json).collect();
            return say(&serde_json::to_string_pretty(&rows)?);
        }
        let mut last = "";
        for row in &self.0 {
            if row.collection != last {
                last = &row.collection;
                say(&format!(
                    "\n{last}, {} questions; 95 % interval of R@10 by bootstrap over questions",
                    row.answered.len()
                ))?;
                say("| ranking | R@5 | R@10 | interval | MRR | nDCG@10 | p50 ms | p95 ms |")?;
                say("|---|---|---|---|---|---|---|---|")?;
            }
            row.print()?;
        }
        self.categories()
    }

    fn categories(&self) -> anyhow::Result<()> {
        say("\nR@10 of the default by category")?;
        let mut seen = Vec::new();
        for row in self.0.iter().filter(|row| row.ranking.contains("default")) {
            let mut by: BTreeMap<&str, Vec<f64>> = BTreeMap::new();
            for answered in &row.answered {
                by.entry(&answered.category)
                    .or_default()
                    .push(answered.recall_at_10);
            }
            let parts: Vec<String> = by
                .iter()
                .map(|(category, values)| format!("{category} {:.3} ({})", mean(values), values.len()))
                .collect();
            seen.push(format!("{}: {}", row.collection, parts.join(", ")));
        }
        say(&seen.join("\n"))
    }
}

impl Row {
    fn print(&self) -> anyhow::Result<()> {
        let [r5, r10, mrr, ndcg] = METRICS.map(|(_, of)| mean(&self.values(of)));
        let (low, high) = interval(&self.values(METRICS[1].1));
        let [p50, p95] = [0.5, 0.95].map(|share| self.took_ms(share));
        say(&format!(
            "| {} | {r5:.3} | {r10:.3} | {low:.3}-{high:.3} | {mrr:.3} | {ndcg:.3} | {p50:.2} | {p95:.2} |",
            self.ranking
        ))
    }

    fn json(&self) -> serde_json::Value {
        let metrics: serde_json::Map<_, _> = METRICS
            .iter()
            .map(|(name, of)| ((*name).to_owned(), json!(mean(&self.values(*of)))))
            .collect();
        let (low, high) = interval(&self.values(METRICS[1].1));
        json!({
            "collection": self.collection, "ranking": self.ranking, "questions": self.answered.len(),
            "metrics": metrics, "R@10 interval": [low, high],
            "p50_ms": self.took_ms(0.5), "p95_ms": self.took_ms(0.95),
        })
    }

    fn values(&self, of: fn(&Answered) -> f64) -> Vec<f64> {
        self.answered.iter().map(of).collect()
    }

    fn took_ms(&self, share: f64) -> f64 {
        let mut took: Vec<f64> = self
            .answered
            .iter()
            .map(|answered| answered.took.as_secs_f64() * 1e3)
            .collect();
        took.sort_by(f64::total_cmp);
        let at = (took.len() as f64 * share) as usize;
        took.get(at.min(took.len().saturating_sub(1)))
            .copied()
            .unwrap_or_default()
    }
}

pub(crate) fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len().max(1) as f64
}

/// The middle 95 % of the means of resamples, drawn by a fixed sequence.
fn interval(values: &[f64]) -> (f64, f64) {
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let mut means: Vec<f64> = (0..RESAMPLES)
        .map(|_| {
            let drawn = (0..values.len()).map(|_| {
                // xorshift64
                state ^= state << 13;
                state ^= state >> 7;
                state ^= state << 17;
                values[(state % values.len() as u64) as usize]
            });
            drawn.sum::<f64>() / values.len() as f64
        })
        .collect();
    means.sort_by(f64::total_cmp);
    (means[RESAMPLES / 40], means[RESAMPLES - RESAMPLES / 40 - 1])
}

#[expect(clippy::print_stdout, reason = "an example that prints its table")]
#[expect(clippy::unnecessary_wraps, reason = "reads as one of the steps")]
pub(crate) fn say(line: &str) -> anyhow::Result<()> {
    println!("{line}");
    Ok(())
}
