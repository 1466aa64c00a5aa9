//! Measures how steps are given to slots and providers: `cargo run --release --example eval_allocation -- [--graphs N] [--seed N]`.
//!
//! Simulated, so that thousands of runs take seconds: steps of seeded graphs and of the built-in templates, three providers of
//! one model that differ in speed, price and in how many questions they answer at once, times that spread log-normally
//! around what is expected. The order and the choice are those of [`firstmate::crew::allot`]; beside them stand a greedy
//! first-come order that asks the first provider with room, a random one, and the lower bound: the longest chain or the
//! work over what the slots can do at once, whichever is more.

#![expect(clippy::print_stdout, reason = "its output is what it measured")]

mod chance;
mod simulate;
mod workload;

use chance::Chance;
use clap::Parser;
use simulate::{Policy, simulate};
use workload::{Workload, graphs, templates};

/// Measures how steps are given to slots and providers.
#[derive(Debug, Parser)]
struct Flags {
    /// Graphs of each kind, and times each template is played.
    #[arg(long, default_value_t = 500)]
    graphs: u64,
    /// The first seed.
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

/// How often is drawn for an interval.
const DRAWS: usize = 2_000;

fn main() -> anyhow::Result<()> {
    let flags = Flags::parse();
    let mut kinds: Vec<(&str, Vec<Workload>)> = vec![
        ("wide graphs, 40 steps", graphs(flags.graphs, flags.seed, 40, 3)),
        ("narrow graphs, 40 steps", graphs(flags.graphs, flags.seed, 40, 8)),
        ("small graphs, 12 steps", graphs(flags.graphs, flags.seed, 12, 4)),
    ];
    kinds.push(("built-in templates", templates(flags.graphs / 10, flags.seed)?));
    println!(
        "{:<24} {:<28} {:>22} {:>24} {:>8}",
        "workload", "policy", "makespan / bound", "makespan of ours to it", "cost"
    );
    for (name, workloads) in &kinds {
        let ours = all(workloads, Policy::Ours);
        for policy in Policy::ALL {
            let told = all(workloads, policy);
            let to_bound: Vec<f64> = told.iter().map(|run| run.makespan / run.bound).collect();
            let to_ours: Vec<f64> = ours
                .iter()
                .zip(&told)
                .map(|(ours, it)| ours.makespan / it.makespan)
                .collect();
            let cost = |runs: &[simulate::Run]| runs.iter().map(|run| run.cost).sum::<f64>();
            println!(
                "{name:<24} {:<28} {:>22} {:>24} {:>8.2}",
                policy.name(),
                interval(&to_bound),
                interval(&to_ours),
                cost(&told) / cost(&ours),
            );
        }
    }
    Ok(())
}

fn all(workloads: &[Workload], policy: Policy) -> Vec<simulate::Run> {
    workloads
        .iter()
        .map(|workload| simulate(workload, policy))
        .collect()
}

/// The mean, and between what it lies with 95 % (percentile bootstrap).
fn interval(values: &[f64]) -> String {
    let mut chance = Chance::new(7);
    let mut means: Vec<f64> = (0..DRAWS)
        .map(|_| {
            let drawn = (0..values.len()).filter_map(|_| values.get(chance.below(values.len())));
            drawn.sum::<f64>() / values.len() as f64
        })
        .collect();
    means.sort_by(f64::total_cmp);
    let at = |share: f64| {
        means
            .get((share * (DRAWS - 1) as f64).round() as usize)
            .copied()
            .unwrap_or_default()
    };
    let mean = values.iter().sum::<f64>() / values.len().max(1) as f64;
    format!("{mean:.3} ({:.3}-{:.3})", at(0.025), at(0.975))
}
