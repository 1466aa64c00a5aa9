//! Trains the heads of the router and writes `src/routing/weights.bin`:
//! `cargo run --release --example train_router -- ../shared/data/routing data/router data/contrast [--seed 1] [--out FILE]`.
//!
//! A path is a file of JSON lines or a folder of them; what a file holds is told by the fields of its rows. The
//! same files and seed give the same bytes. With `--words` it writes the words that are known,
//! `src/routing/words.txt`, instead: they are compiled in, so that comes first when prompts were added. Prints what was read, what was fixed on left-out groups, and the
//! digest of the weights.

#![expect(clippy::print_stdout, reason = "its output is what it learned")]

mod calibrate;
mod descent;
mod groups;
mod noise;
mod pack;
mod random;
mod recipe;
mod ridge;
mod rows;
mod space;
mod targets;
mod words;

use std::path::PathBuf;

use clap::Parser;
use firstmate::routing::heads::{Header, Input, Weights, digest};

use calibrate::Judged;
use recipe::Example;
use rows::Row;
use space::{Space, Vector};
use targets::Target;

const FOLDS: usize = 5;
/// For levels a gram counts if prompts of so many groups have it.
const LEVEL_GROUPS: usize = 3;
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
    /// Writes the list of known words and trains nothing.
    #[arg(long)]
    words: bool,
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
    if flags.words {
        return words::write(&rows);
    }

    let inputs: Vec<Input> = rows
        .iter()
        .map(|row| Input::of(recipe::text(row), None))
        .collect();
    let own: Vec<&Input> = rows
        .iter()
        .zip(&inputs)
        .filter(|(row, _)| row.is_own())
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

    let (space, examples) = recipe::examples(&header, &rows, flags.seed);
    header.prompts = examples.iter().flatten().count();
    calibrate(&mut header, &rows, (&space, &examples), flags.seed);
    let types = recipe::types(&space, &examples.iter().flatten().collect::<Vec<_>>(), flags.seed);

    let texts = rows.iter().map(|row| row.group).zip(&inputs);
    let levels_space = Space::of(texts, LEVEL_GROUPS);
    let vectors: Vec<Vector> = inputs
        .iter()
        .map(|input| levels_space.vector(&header, recipe::LEVEL_GAINS, input))
        .collect();
    buckets(&mut header, &rows, (&levels_space, &vectors), flags.seed);
    let level = |target: fn(&Row) -> Target| {
        let cases = vectors
            .iter()
            .zip(&rows)
            .filter_map(|(vector, row)| Some((vector, target(row)?)));
        recipe::level(&levels_space, &cases.collect::<Vec<_>>())
    };
    let levels = [
        level(targets::difficulty),
        level(targets::strong),
        level(targets::weak),
    ];
    let seen = pack::seen(&inputs);
    header.max_novelty = novelty(&rows, &inputs, &seen);

    let usage = usage(&space, &examples);
    let (bytes, left_out) = pack::pack(header, (&space, &types, &usage), (&levels_space, &levels), &seen)?;
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
    println!("{left_out} grams of least weight found no room");
    println!("{} bytes, {}", bytes.len(), digest(&bytes));
    Ok(())
}

/// Fixes temperature and threshold on our own prompts, each judged by weights that never saw its group.
fn calibrate(header: &mut Header, rows: &[Row], (space, examples): (&Space, &[Option<Example>]), seed: u64) {
    let groups: Vec<usize> = rows.iter().map(|row| row.group).collect();
    let folds = groups::folds(&groups, FOLDS, seed);
    let mut judged = Vec::new();
    for fold in 0..FOLDS {
        let train = examples.iter().zip(&folds).filter(|(_, other)| **other != fold);
        let train = train.filter_map(|(example, _)| example.as_ref());
        let model = recipe::types(space, &train.collect::<Vec<_>>(), seed);
        for (row, _) in rows
            .iter()
            .zip(&folds)
            .filter(|(row, other)| **other == fold && row.is_own())
        {
            let vector = space.vector(header, recipe::TYPE_GAINS, &Input::of(recipe::text(row), None));
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
fn buckets(header: &mut Header, rows: &[Row], (space, vectors): (&Space, &[Vector]), seed: u64) {
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
        let line = recipe::level(space, &cases);
        let left_out = vectors
            .iter()
            .zip(rows)
            .zip(&folds)
            .filter(|(_, other)| **other == fold);
        levels.extend(
            left_out.filter_map(|((vector, row), _)| {
                Some((line.at(vector), row.grade.filter(|_| row.is_own())?))
            }),
        );
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

/// How much of each column the examples have.
fn usage(space: &Space, examples: &[Option<Example>]) -> Vec<f32> {
    let mut usage = vec![0.0; space.size()];
    for example in examples.iter().flatten() {
        for (column, value) in &example.vector {
            usage[*column as usize] += value.abs() * example.lesson.size;
        }
    }
    usage
}

/// The share of unseen words that our own prompts rarely exceed.
fn novelty(rows: &[Row], inputs: &[Input], seen: &[u8]) -> f64 {
    let own = rows.iter().zip(inputs).filter(|(row, _)| row.is_own());
    let mut shares: Vec<f64> = own.map(|(_, input)| pack::unseen(input, seen)).collect();
    shares.sort_by(f64::total_cmp);
    shares
        .get((shares.len() as f64 * FAMILIAR) as usize)
        .copied()
        .unwrap_or(1.0)
}
