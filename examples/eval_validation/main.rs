//! Measures validation: `cargo run --release --example eval_validation -- --labelled DIR [--json] [--fit]`, or
//! `-- patches [--git DIR] [--trees OLD NEW] [--misses]`.

use std::path::Path;

mod curve;
mod fit;
mod grounding;
mod imports;
mod labelled;
mod patches;
mod refusals;

fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let has = |flag: &str| arguments.iter().any(|given| given == flag);
    match arguments.first().map(String::as_str) {
        Some("--labelled") if arguments.len() > 1 => {
            labelled::run(Path::new(&arguments[1]), has("--json"), has("--fit"))
        }
        Some("imports") => {
            imports::run(&arguments[1..]);
            Ok(())
        }
        Some("patches") => patches::run(&arguments[1..]),
        _ => anyhow::bail!(
            "usage: eval_validation --labelled DIR [--json] [--fit] | patches [--git DIR] [--trees OLD NEW] [--misses] | \
             imports DIR.."
        ),
    }
}
