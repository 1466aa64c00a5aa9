//! `firstmate run`: the runs of crews, for people: what there is, where each stands, what happened.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::policy::{Format, Since, since};
use crate::crew::forget::Forgotten;
use crate::domain::{MicroUsd, RunBudget};

pub mod list;
pub mod show;
pub mod watch;

/// See where the runs of crews stand and what happened in them; stop them, let them go on.
#[derive(Debug, Args)]
pub struct Run {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What to do about runs. A run is named by its id, or its beginning.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// List the runs that have not ended
    List {
        /// Those that have ended, too
        #[arg(long)]
        all: bool,
        /// So many at most
        #[arg(long, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..))]
        limit: u32,
        /// How to print them
        #[arg(long, value_enum, default_value_t = Format::Text)]
        format: Format,
    },
    /// Show its steps, who did what, what was sent back and why, what it took, and everything that happened
    Show {
        /// Its id, or the beginning of it
        run: String,
        /// How to print it
        #[arg(long, value_enum, default_value_t = Format::Text)]
        format: Format,
    },
    /// Follow it until it ends
    #[command(
        after_help = "A terminal is painted anew as it goes on, anything else gets a line for each event. It exits with 1 when \
                            the run fails or is cancelled."
    )]
    Watch {
        /// Its id, or the beginning of it
        run: String,
    },
    /// Let it go on, with fresh tokens and, where given, another budget
    #[command(after_help = "Example: firstmate run resume 0191a2b3 --max-steps 40")]
    Resume {
        /// Its id, or the beginning of it
        run: String,
        /// What it may use.
        #[command(flatten)]
        budget: Budget,
    },
    /// Stop it for good; what was reached is kept
    Cancel {
        /// Its id, or the beginning of it
        run: String,
        /// Why
        #[arg(default_value = "a person stopped it")]
        reason: String,
    },
    /// Forget runs that ended long ago, with their outputs; the audit log keeps what was decided in them
    #[command(
        after_help = "Example: firstmate run forget --ended-before 90d --dry-run\n\nThe room is free for new runs; \
                            `firstmate compact` gives it back to the disk."
    )]
    Forget {
        /// The latest end: an age (90d, 12w), a date, or a time
        #[arg(long, value_name = "TIME", value_parser = since)]
        ended_before: Since,
        /// Only say which these are
        #[arg(long)]
        dry_run: bool,
    },
    /// Write its events and the outputs of its steps as lines of JSON
    Export {
        /// Its id, or the beginning of it
        run: String,
        /// A file to write to [default: stdout]
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
    },
}

/// What a run may use, counted from its start.
#[derive(Debug, Clone, Copy, Args)]
pub struct Budget {
    /// Most US dollars
    #[arg(long, value_name = "USD", value_parser = usd)]
    pub max_usd: Option<MicroUsd>,
    /// Most tokens
    #[arg(long, value_name = "TOKENS")]
    pub max_tokens: Option<u64>,
    /// Most submissions, repeated ones too
    #[arg(long, value_name = "N")]
    pub max_steps: Option<u32>,
    /// Most seconds
    #[arg(long, value_name = "SECONDS")]
    pub max_wall: Option<u64>,
}

impl From<Budget> for RunBudget {
    fn from(budget: Budget) -> Self {
        Self {
            max_usd: budget.max_usd,
            max_tokens: budget.max_tokens,
            max_steps: budget.max_steps,
            max_wall_s: budget.max_wall,
        }
    }
}

/// What was forgotten, in words.
#[must_use]
pub fn forgotten(told: &Forgotten) -> String {
    let count = told.runs.len();
    let runs = if count == 1 { "run" } else { "runs" };
    let kept = told.kept;
    match (count, told.gone) {
        (0, _) => format!("No run ended before that; {kept} kept.\n"),
        (_, true) => format!("{count} {runs} forgotten, {kept} kept.\n"),
        (_, false) => {
            let named: Vec<_> = told.runs.iter().map(|run| format!("  {run}\n")).collect();
            format!(
                "{count} {runs} would be forgotten, {kept} kept:\n{}",
                named.concat()
            )
        }
    }
}

fn usd(text: &str) -> Result<MicroUsd, String> {
    let amount = text.parse().ok().and_then(MicroUsd::from_usd);
    amount.ok_or_else(|| "expected an amount in US dollars, such as 0.50".to_owned())
}
