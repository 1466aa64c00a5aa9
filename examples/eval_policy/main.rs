//! Measures the built-in policy on labelled files:
//! `cargo run --release --example eval_policy -- PATH... [--json] [--misses] [--source DIR]`.
//!
//! A path is a file of JSON lines or a folder of them; what a file holds is told by the fields of its rows:
//! `rule`, `text`, `label` are credentials, `command`, `label`, `pack` commands, `text`, `spans` personal data,
//! and `text` alone harmless prompts. `--source` is a folder of programs to take speed and false alarms from
//! (without it: the sources of firstmate). `--misses` lists what was missed and what was wrongly flagged.

#![expect(clippy::print_stdout, reason = "its output is what it measured")]

#[path = "../eval_validation/cpu.rs"]
mod cpu;

mod commands;
mod credentials;
mod latency;
mod personal;
mod prompts;
mod report;
mod rows;
mod source;

use std::path::PathBuf;

use clap::Parser;

use report::Report;
use rows::Rows;

/// Measures the built-in policy.
#[derive(Debug, Parser)]
struct Flags {
    /// Files of JSON lines, or folders of them.
    #[arg(required = true)]
    paths: Vec<PathBuf>,
    /// Prints JSON in place of tables.
    #[arg(long)]
    json: bool,
    /// Lists what was missed and what was wrongly flagged.
    #[arg(long)]
    misses: bool,
    /// A folder of programs for speed and false alarms.
    #[arg(long, value_name = "DIR", default_value = concat!(env!("CARGO_MANIFEST_DIR"), "/src"))]
    source: PathBuf,
}

fn main() -> anyhow::Result<()> {
    let flags = Flags::parse();
    let mut report = Report::new(flags.misses && !flags.json);
    for path in rows::files(&flags.paths)? {
        let (file, rows) = rows::read(&path)?;
        match rows {
            Rows::Credentials(rows) => credentials::measure(&file, &rows, &mut report),
            Rows::Commands(rows) => commands::measure(&file, &rows, &mut report),
            Rows::Personal(rows) => personal::measure(&file, &rows, &mut report),
            Rows::Prompts(rows) => prompts::measure(&file, &rows, &mut report),
        }
    }
    source::measure(&flags.source, &mut report);
    latency::measure(&mut report)?;
    report.print(flags.json)
}
