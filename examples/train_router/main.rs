//! Trains the heads of the router and writes `src/routing/weights.bin`:
//! `cargo run --release --example train_router -- ../shared/data/routing data/router [--seed 1] [--out FILE]`.
//!
//! A path is a file of JSON lines or a folder of them; what a file holds is told by the fields of its rows. The
//! same files and seed give the same bytes. Prints what was read, what was fixed on left-out groups, and the
//! digest of the weights.

#![expect(clippy::print_stdout, reason = "its output is what it learned")]

mod calibrate;
mod groups;
mod logistic;
mod noise;
mod pack;
mod random;
mod recipe;
mod ridge;
mod rows;
mod space;
mod targets;

use std::path::PathBuf;

use clap::Parser;
use firstmate::routing::heads::{Header, Input, Weights, digest};

use calibrate::Judged;
use recipe::Example;
use rows::Row;
use space::Vector;
use targets::Target;

const FOLDS: usize = 5;
/// Of the answers above the threshold, this many are right.
const ACCURACY: f64 = 0.95;
/// Of our own prompts, this many have fewer unseen words than the bound.
const FAMILIAR: f64 = 0.95;

/// Trains the heads of the router.
#[derive(Debug, Parser)]
struct Flags {
    /// Files of JSON lines, or folders of them.
    #[arg(required = true)]
    paths: Vec<PathBuf>,
    /// Decides the folds, the noise and which rows of a benchmark are taken.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Where the weights go.
    #[arg(long, default_value = concat!(env!("CARGO_MANIFEST_DIR"), "/src/routing/weights.bin"))]
    out: PathBuf,
}

fn main() -> anyhow::Result<()> {
    let flags = Flags::parse();
    let (mut rows, sources) = rows::read(&flags.paths)?;
    groups::number(&mut rows);
    let manifest = rows::manifest(&sources);
    print!("seed {}\n{manifest}", flags.seed);

    let inputs: Vec<Input> = rows
        .iter()
        .map(|row| Input::of(recipe::text(row), None))
        .collect();
    let own: Vec<&Input> = rows
        .iter()
        .zip(&inputs)
        .filter(|(row, _)| row.file == "prompts")
        .map(|(_, input)| input)
        .collect();
    let mut header = space::standardise(
        if own.is_empty() {
            inputs.iter().collect()
        } else {
            own
        }
        .as_slice(),
    );
    header.seed = flags.seed;
    header.data = digest(manifest.as_bytes());

    let lessons = recipe::lessons(&rows, flags.seed);
    let examples: Vec<Option<Example>> = rows
        .iter()
        .zip(&lessons)
        .enumerate()
        .map(|(at, (row, lesson))| {
            lesson.map(|lesson| recipe::example(&header, row, lesson, flags.seed ^ at as u64))
        })
        .collect();
    header.prompts = examples.iter().flatten().count();
    calibrate(&mut header, &rows, &examples, flags.seed);
    let types = recipe::types(&examples.iter().flatten().collect::<Vec<_>>());

    let vectors: Vec<Vector> = inputs
        .iter()
        .map(|input| space::vector(&header, recipe::LEVEL_GAINS, input))
        .collect();
    buckets(&mut header, &rows, &vectors, flags.seed);
    let level = |target: fn(&Row) -> Target| {
        let cases = vectors
            .iter()
            .zip(&rows)
            .filter_map(|(vector, row)| Some((vector, target(row)?)));
        recipe::level(&cases.collect::<Vec<_>>())
    };
    let levels = [
        level(targets::difficulty),
        level(targets::strong),
        level(targets::weak),
    ];
    let seen = pack::seen(&inputs);
    header.max_novelty = novelty(&rows, &inputs, &seen);

    let bytes = pack::pack(header, &types, &levels, &seen)?;
    std::fs::write(&flags.out, &bytes)?;
    let header = Weights::decode(&bytes)?;
    let header = header.header();
    println!(
        "trained on {} prompts for types, data {}",
        header.prompts, header.data
    );
    println!(
        "difficulty buckets at {:.3?}, no signal above {:.2} of unseen words",
        header.buckets, header.max_novelty
    );
    println!("{} bytes, {}", bytes.len(), digest(&bytes));
    Ok(())
}

/// Fixes temperature and threshold on our own prompts, each judged by weights that never saw its group.
fn calibrate(header: &mut Header, rows: &[Row], examples: &[Option<Example>], seed: u64) {
    let groups: Vec<usize> = rows.iter().map(|row| row.group).collect();
    let folds = groups::folds(&groups, FOLDS, seed);
    let mut judged = Vec::new();
    for fold in 0..FOLDS {
        let train = examples.iter().zip(&folds).filter(|(_, other)| **other != fold);
        let model = recipe::types(
            &train
                .filter_map(|(example, _)| example.as_ref())
                .collect::<Vec<_>>(),
        );
        for (row, _) in rows
            .iter()
            .zip(&folds)
            .filter(|(row, other)| **other == fold && row.file == "prompts")
        {
            let vector = space::vector(header, recipe::TYPE_GAINS, &Input::of(recipe::text(row), None));
            judged.push(Judged {
                scores: model.scores(&vector),
                right: recipe::mask(row),
            });
        }
    }
    let temperature = calibrate::temperature(&judged);
    let (chance, coverage) = calibrate::threshold(&judged, temperature, ACCURACY);
    let right = judged.iter().filter(|row| row.answer(1.0).2).count();
    println!(
        "left-out groups: {} of {} right; temperature {temperature:.2}; {ACCURACY} right above a chance of {chance:.3}, {coverage:.3} of prompts",
        right,
        judged.len()
    );
    header.temperature = f64::from(temperature);
    header.min_chance = f64::from(chance);
}

/// Cuts the levels of our own prompts, each judged by weights that never saw its group, where their grades are
/// cut: as many in each bucket as have that grade.
fn buckets(header: &mut Header, rows: &[Row], vectors: &[Vector], seed: u64) {
    let groups: Vec<usize> = rows.iter().map(|row| row.group).collect();
    let folds = groups::folds(&groups, FOLDS, seed);
    let mut levels = Vec::new();
    for fold in 0..FOLDS {
        let train = vectors
            .iter()
            .zip(rows)
            .zip(&folds)
            .filter(|(_, other)| **other != fold);
        let cases: Vec<_> = train
            .filter_map(|((vector, row), _)| Some((vector, targets::difficulty(row)?)))
            .collect();
        let line = recipe::level(&cases);
        let left_out = vectors
            .iter()
            .zip(rows)
            .zip(&folds)
            .filter(|(_, other)| **other == fold);
        levels.extend(left_out.filter_map(|((vector, row), _)| {
            Some((line.at(vector), row.grade.filter(|_| row.file == "prompts")?))
        }));
    }
    if levels.is_empty() {
        return;
    }
    levels.sort_by(|left, right| left.0.total_cmp(&right.0));
    let mut below = 0;
    for (grade, cut) in [1.0, 2.0, 3.0, 4.0].into_iter().zip(&mut header.buckets) {
        below += levels.iter().filter(|(_, of)| of.round() == grade).count();
        *cut = levels.get(below).map_or(1.0, |(level, _)| f64::from(*level));
    }
}

/// The share of unseen words that our own prompts rarely exceed.
fn novelty(rows: &[Row], inputs: &[Input], seen: &[u8]) -> f64 {
    let own = rows.iter().zip(inputs).filter(|(row, _)| row.file == "prompts");
    let mut shares: Vec<f64> = own.map(|(_, input)| pack::unseen(input, seen)).collect();
    shares.sort_by(f64::total_cmp);
    shares
        .get((shares.len() as f64 * FAMILIAR) as usize)
        .copied()
        .unwrap_or(1.0)
}
