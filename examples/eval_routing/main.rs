//! Measures the router on labelled files:
//! `cargo run --release --example eval_routing -- PATH... [--shipped] [--json] [--misses]`.
//!
//! A path is a file of JSON lines or a folder of them; what a file holds is told by the fields of its rows:
//! `prompt`, `strong`, `weak` are two models, `prompt`, `task`, `scores` a pool of models (with prices in
//! `*_models.json` beside it), `prompt`, `type` kinds of tasks, with `also` and `family` if there are any.
//!
//! Every figure stands beside trivial routers. What is trained here is measured on rows it never saw: other
//! groups of the same kind, and whole subjects, tasks or files left out. `--shipped` trains nothing: it measures
//! the weights in the binary, and of them only rows they were not trained on say anything.

#![expect(clippy::print_stdout, reason = "its output is what it measured")]

#[path = "../train_router/calibrate.rs"]
mod calibrate;
#[path = "../train_router/descent.rs"]
mod descent;
#[path = "../train_router/groups.rs"]
mod groups;
#[path = "../train_router/noise.rs"]
mod noise;
#[path = "../train_router/random.rs"]
mod random;
#[path = "../train_router/recipe.rs"]
mod recipe;
#[path = "../eval_policy/report.rs"]
mod report;
#[path = "../train_router/ridge.rs"]
mod ridge;
#[path = "../train_router/rows.rs"]
mod rows;
#[path = "../train_router/space.rs"]
mod space;

mod answers;
mod flips;
mod kinds;
mod latency;
mod logistic;
mod metrics;
mod online;
mod pairs;
mod pool;
mod predict;
mod prices;

use std::path::PathBuf;

use clap::Parser;
use firstmate::routing::heads::builtin_digest;

use report::Report;

/// Measures the router.
#[derive(Debug, Parser)]
struct Flags {
    /// Files of JSON lines, or folders of them.
    #[arg(required = true)]
    paths: Vec<PathBuf>,
    /// Measures only the weights in the binary.
    #[arg(long)]
    shipped: bool,
    /// Decides splits and resampling.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Prints JSON in place of tables.
    #[arg(long)]
    json: bool,
    /// Lists prompts that got a wrong type.
    #[arg(long)]
    misses: bool,
}

fn main() -> anyhow::Result<()> {
    let flags = Flags::parse();
    let (mut rows, sources) = rows::read(&flags.paths)?;
    groups::number(&mut rows);
    if !flags.json {
        print!(
            "weights {}, seed {}\n{}",
            builtin_digest(),
            flags.seed,
            rows::manifest(&sources)
        );
    }
    let mut report = Report::new(flags.misses && !flags.json);
    let trains = !flags.shipped;
    kinds::measure(&rows, trains, flags.seed, &mut report);
    pairs::measure(&rows, trains, flags.seed, &mut report);
    if trains {
        pool::measure(&rows, &prices::read(&flags.paths)?, flags.seed, &mut report);
    }
    latency::measure(&rows, &mut report);
    report.print(flags.json)?;
    let pools = flags
        .paths
        .iter()
        .filter(|path| path.join("llmrouter.jsonl").is_file());
    for pool in pools.filter(|_| trains && !flags.json) {
        println!("\n## Learning from outcomes, one after the other");
        online::run(pool)?;
    }
    Ok(())
}
