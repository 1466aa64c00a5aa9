//! Measures how runs survive what goes wrong: `cargo run --release --example eval_crew -- [--runs N] [--seed N]`.
//!
//! For each class of failure so many seeded runs, each of a plan, a strategy and faults drawn by its seed. A run counts as
//! recovered when it is completed, every output is what its model answers byte for byte, nothing with a result was asked
//! for again, and what it took is within its budget and deadline. Beside it stands the same with recovery switched off.
//! Classes that nothing helps against have to end failed, by their name.

#![expect(clippy::print_stdout, reason = "its output is what it measured")]

mod fault;
mod model;
mod plans;
mod run;
mod world;

use clap::Parser;
use futures::stream::{self, StreamExt as _};

use fault::{Class, RECOVERABLE, UNRECOVERABLE};
use run::{Ended, Told};
use world::World;

/// Measures how runs survive what goes wrong.
#[derive(Debug, Parser)]
struct Flags {
    /// Runs of each class.
    #[arg(long, default_value_t = 1_000)]
    runs: u64,
    /// The first seed.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Most runs at once.
    #[arg(long, default_value_t = 24)]
    at_once: usize,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    let flags = Flags::parse();
    let world = World::new()?;
    let mut missed = 0;
    println!(
        "{:<16} {:>6} {:>10} {:>15} {:>11} {:>8} {:>8}",
        "class", "runs", "recovered", "95 % at least", "without", "faults", "calls"
    );
    for class in RECOVERABLE {
        let told = all(&world, class, &flags, true).await?;
        let without = all(&world, class, &flags, false).await?;
        let good = told.iter().filter(|told| told.ended == Ended::Right).count() as u64;
        let control = without.iter().filter(|told| told.ended == Ended::Right).count() as u64;
        let faults: u64 = told.iter().map(|told| told.faults).sum();
        let calls: u64 = told.iter().map(|told| told.calls).sum();
        println!(
            "{:<16} {:>6} {:>10} {:>15.4} {:>11} {:>8} {:>8}",
            class.name(),
            flags.runs,
            good,
            wilson(good, flags.runs),
            control,
            faults,
            calls
        );
        for wrong in told.iter().filter(|told| told.ended != Ended::Right).take(5) {
            println!("    seed {}: {:?}", wrong.seed, wrong.ended);
        }
        missed += u64::from(good * 1_000 < flags.runs * 997);
    }
    println!(
        "\n{:<16} {:>6} {:>22}",
        "cannot be helped", "runs", "failed by their name"
    );
    for class in UNRECOVERABLE {
        let told = all(&world, class, &flags, true).await?;
        let right = told
            .iter()
            .filter(|told| told.ended == Ended::Failed(class.ends_as()))
            .count() as u64;
        println!("{:<16} {:>6} {:>22}", class.name(), flags.runs, right);
        for wrong in told
            .iter()
            .filter(|told| told.ended != Ended::Failed(class.ends_as()))
            .take(5)
        {
            println!("    seed {}: {:?}", wrong.seed, wrong.ended);
        }
        missed += u64::from(right != flags.runs);
    }
    anyhow::ensure!(
        missed == 0,
        "{missed} classes are below 997 of 1,000, or did not fail by their name"
    );
    Ok(())
}

async fn all(world: &World, class: Class, flags: &Flags, recovery: bool) -> anyhow::Result<Vec<Told>> {
    let seeds = flags.seed..flags.seed + flags.runs;
    let runs = stream::iter(seeds).map(|seed| run::play(world, class, seed, recovery));
    runs.buffered(flags.at_once)
        .collect::<Vec<_>>()
        .await
        .into_iter()
        .collect()
}

/// The lower end of the 95 % interval of a share (Wilson, 1927).
fn wilson(good: u64, of: u64) -> f64 {
    let as_f64 = |n: u64| f64::from(u32::try_from(n).unwrap_or(u32::MAX));
    let (n, z) = (as_f64(of), 1.96_f64);
    let p = as_f64(good) / n;
    let spread = z * (p * (1.0 - p) / n + z * z / (4.0 * n * n)).sqrt();
    (p + z * z / (2.0 * n) - spread) / (1.0 + z * z / n)
}
