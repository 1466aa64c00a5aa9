//! `firstmate policy`: for people who write rules, and for those who ask what the rules did.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use crate::domain::Timestamp;

pub mod answer;
pub mod backtest;
pub mod check;
pub mod refusal;
pub mod report;
pub mod suggest;
pub mod trial;

/// Check, test and try out rules; see what they did.
#[derive(Debug, Args)]
pub struct Policy {
    /// What to do with them.
    #[command(subcommand)]
    pub command: Command,
}

/// What to do with rules.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Say which rules are in force and what is odd about them, or why they are refused
    #[command(
        after_help = "Examples:\n  firstmate policy check rules.yaml\n  firstmate policy check      (the packs that the settings name)\n\n\
                      It exits with 1 when a pack is refused."
    )]
    Check(Files),
    /// Run the tests of all rules, also of the built-in ones
    #[command(after_help = "Example: firstmate policy test rules.yaml\n\nIt exits with 1 when a test fails.")]
    Test(Files),
    /// Judge the recorded actions of the project by other rules, and say what would have changed
    #[command(
        after_help = "Examples:\n  firstmate policy backtest rules.yaml --since 7d\n  \
                      firstmate policy backtest rules.yaml --format json"
    )]
    Backtest(Backtest),
    /// Propose rules from the record, as a pack: what was approved every time, what is refused again and again
    #[command(after_help = "Example: firstmate policy suggest --since 30d > suggestions.yaml")]
    Suggest(suggest::Command),
    /// Say what the rules did: by rule, actor, kind and day, how fast it was mended and approved, what never happened
    #[command(after_help = "Examples:\n  firstmate policy report --since 7d\n  \
                      firstmate policy report --since 30d --format html --out report.html")]
    Report(report::Command),
}

/// Rule packs.
#[derive(Debug, Args)]
pub struct Files {
    /// Rule packs, beside the built-in ones [default: those that the settings name]
    #[arg(value_name = "FILE")]
    pub files: Vec<PathBuf>,
}

/// Judge the record by other rules.
#[derive(Debug, Args)]
pub struct Backtest {
    /// Rule packs, beside the built-in ones
    #[arg(value_name = "FILE", required = true)]
    pub files: Vec<PathBuf>,
    /// Only decisions from then on: a time (2027-01-01T09:30:00Z), a date, or an age (90m, 36h, 7d, 2w)
    #[arg(long, value_name = "TIME", value_parser = since)]
    pub since: Option<Since>,
    /// Stop after so many decisions
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub limit: Option<u64>,
    /// How to print what was found
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub format: Format,
}

/// How answers are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people
    Text,
    /// For programs
    Json,
}

/// From when on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Since {
    /// A moment.
    At(Timestamp),
    /// So many seconds ago.
    Age(u64),
}

impl Since {
    /// The moment, seen from `now`.
    #[must_use]
    pub fn moment(self, now: Timestamp) -> Timestamp {
        match self {
            Self::At(at) => at,
            Self::Age(seconds) => now
                .saturating_sub(std::time::Duration::from_secs(seconds))
                .unwrap_or(Timestamp::MIN),
        }
    }
}

pub(super) fn since(text: &str) -> Result<Since, String> {
    let midnight = || format!("{text}T00:00:00Z").parse();
    if let Ok(at) = text.parse::<Timestamp>().or_else(|_| midnight()) {
        return Ok(Since::At(at));
    }
    let wrong = || "expected a time such as 2027-01-01T09:30:00Z, a date, or an age such as 90m, 36h, 7d, 2w";
    let unit = match text.chars().last() {
        Some('s') => 1,
        Some('m') => 60,
        Some('h') => 3_600,
        Some('d') => 86_400,
        Some('w') => 604_800,
        _ => return Err(wrong().to_owned()),
    };
    let number = text
        .get(..text.len() - 1)
        .and_then(|number| number.parse::<u64>().ok());
    let seconds = number.and_then(|number| number.checked_mul(unit));
    seconds.map(Since::Age).ok_or_else(|| wrong().to_owned())
}

/// "1 rule", "2 rules".
pub(super) fn counted(n: u64, what: &str) -> String {
    let digits = n.to_string();
    let mut number = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            number.push(',');
        }
        number.push(digit);
    }
    format!("{number} {what}{}", if n == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn since_is_a_time_a_date_or_an_age() {
        let now: Timestamp = "2026-01-08T00:00:00Z".parse().unwrap();
        for (text, moment) in [
            ("2026-01-01T09:30:00Z", "2026-01-01T09:30:00Z"),
            ("2026-01-01", "2026-01-01T00:00:00Z"),
            ("7d", "2026-01-01T00:00:00Z"),
            ("1w", "2026-01-01T00:00:00Z"),
            ("90m", "2026-01-07T22:30:00Z"),
        ] {
            let moment: Timestamp = moment.parse().unwrap();
            assert_eq!(since(text).unwrap().moment(now), moment, "{text}");
        }
        for wrong in ["", "soon", "-7d", "d", "7", "99999999999999999999d"] {
            assert!(since(wrong).unwrap_err().contains("7d"), "{wrong}");
        }
    }

    #[test]
    fn numbers_are_read_in_threes() {
        assert_eq!(counted(1, "rule"), "1 rule");
        assert_eq!(counted(12_480, "action"), "12,480 actions");
        assert_eq!(counted(1_000_000, "action"), "1,000,000 actions");
        assert_eq!(counted(0, "rule"), "0 rules");
    }
}
