//! `firstmate audit`: what was decided, and whether that record is still what it was.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use crate::domain::Timestamp;

pub mod answer;
mod told;

/// Look at the record of decisions, and check it.
#[derive(Debug, Args)]
pub struct Audit {
    /// What to do with it.
    #[command(subcommand)]
    pub command: Command,
}

/// What to do with the record of decisions.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Check every entry: what was changed, taken out, moved, cut off or rewritten is named
    #[command(
        after_help = "Examples:\n  firstmate audit verify\n  firstmate audit verify --against kept.txt    (what `firstmate audit checkpoint` printed \
                      earlier)\n\nIt exits with 1 when something is wrong."
    )]
    Verify(Verify),
    /// Show an entry with the proof that it is in the log of the newest checkpoint
    #[command(after_help = "Example: firstmate audit prove 17 --format json")]
    Prove(Prove),
    /// Sign the log as it is now, and print what to keep elsewhere
    #[command(
        long_about = "Sign the log as it is now, and print what to keep elsewhere: in a git commit, on another machine, with another person. \
                      Who owns this machine and its key can write another history; only a checkpoint that is out of their reach shows it.",
        after_help = "Example: firstmate audit checkpoint >> ../elsewhere/kept.txt"
    )]
    Checkpoint(Checkpoint),
    /// Write entries with the facts they were decided on, one JSON object a line
    #[command(after_help = "Example: firstmate audit export --since 2026-01-01 > decisions.jsonl")]
    Export(Export),
    /// Show the last entries
    #[command(after_help = "Example: firstmate audit tail -n 50")]
    Tail(Tail),
}

/// Check every entry.
#[derive(Debug, Args)]
pub struct Verify {
    /// A file with checkpoints that were kept elsewhere, one or several
    #[arg(long, value_name = "FILE")]
    pub against: Option<PathBuf>,
    /// How the answer is printed
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub format: Format,
}

/// Show an entry with its proof.
#[derive(Debug, Args)]
pub struct Prove {
    /// The number of the entry, from 1
    #[arg(value_name = "SEQ")]
    pub seq: u64,
    /// How the answer is printed
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub format: Format,
}

/// Sign the log.
#[derive(Debug, Args)]
pub struct Checkpoint {
    /// How the answer is printed
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub format: Format,
}

/// Write entries.
#[derive(Debug, Args)]
pub struct Export {
    /// Only entries from this day or time on
    #[arg(long, value_name = "TIME", value_parser = time)]
    pub since: Option<Timestamp>,
}

/// Show the last entries.
#[derive(Debug, Args)]
pub struct Tail {
    /// How many
    #[arg(short = 'n', long, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u64).range(1..=10_000))]
    pub number: u64,
    /// How the answer is printed
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub format: Format,
}

/// How an answer is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people
    Text,
    /// For programs
    Json,
}

fn time(text: &str) -> Result<Timestamp, String> {
    let midnight = || format!("{text}T00:00:00Z").parse();
    let read = text.parse::<Timestamp>().or_else(|_| midnight());
    read.map_err(|_| "expected a date such as 2027-01-01, or a time such as 2027-01-01T09:30:00Z".to_owned())
}
