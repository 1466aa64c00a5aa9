//! `firstmate policy report`: what the record says of a time, for people, programs and auditors.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::{Since, since};
use crate::cli::screen::Screen;
use crate::policy::report::Report;

mod chart;
mod html;
mod text;

/// Say what the rules did.
#[derive(Debug, Args)]
pub struct Command {
    /// Only decisions from then on: a time (2027-01-01T09:30:00Z), a date, or an age (90m, 36h, 7d, 2w)
    #[arg(long, value_name = "TIME", value_parser = since)]
    pub since: Option<Since>,
    /// Of all projects, not only this one
    #[arg(long)]
    pub all_projects: bool,
    /// How to write it
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub format: Format,
    /// A file to write it to [default: stdout]
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
}

/// How a report is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people
    Text,
    /// For programs
    Json,
    /// A page of its own, with charts, for a browser or a printer
    Html,
}

/// The report in that format.
#[must_use]
pub fn told(report: &Report, format: Format, screen: Screen) -> String {
    match format {
        Format::Text => text::told(report, screen),
        Format::Json => serde_json::to_string_pretty(report).unwrap_or_default() + "\n",
        Format::Html => html::page(report),
    }
}

/// A time in the largest unit that says something.
fn took(ms: u64) -> String {
    match ms {
        0..1_000 => format!("{ms} ms"),
        1_000..60_000 => format!("{}.{} s", ms / 1_000, ms % 1_000 / 100),
        60_000..3_600_000 => format!("{} min {} s", ms / 60_000, ms % 60_000 / 1_000),
        3_600_000..86_400_000 => format!("{} h {} min", ms / 3_600_000, ms % 3_600_000 / 60_000),
        _ => format!("{} d {} h", ms / 86_400_000, ms % 86_400_000 / 3_600_000),
    }
}

#[cfg(test)]
mod tests;
