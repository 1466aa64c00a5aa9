//! Measures validation: `cargo run --release --example eval_validation -- --labelled DIR [--json] [--fit]`.
//!
//! `--labelled DIR` reads every JSON Lines file of `DIR` by the fields it has (see `labelled.rs`).

use std::path::Path;

use anyhow::Context as _;

mod curve;
mod fit;
mod grounding;
mod labelled;
mod refusals;

fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let has = |flag: &str| arguments.iter().any(|given| given == flag);
    let value = |flag: &str| {
        let at = arguments.iter().position(|given| given == flag)?;
        arguments.get(at + 1)
    };
    if let Some(dir) = value("--labelled") {
        return labelled::run(Path::new(dir), has("--json"), has("--fit"));
    }
    None.context("usage: eval_validation --labelled DIR [--json] [--fit]")
}
