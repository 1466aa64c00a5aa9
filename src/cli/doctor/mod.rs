//! `firstmate doctor`: what is there, where each setting came from, and whether it works.

use std::fmt;

use clap::Args;
use serde::Serialize;
use serde_json::json;

use super::screen::visible;

mod handshake;
mod version;

pub use handshake::prove;
pub use version::version_of;

/// Check the installation, the hosts and the server itself.
#[derive(Debug, Default, Args)]
pub struct Doctor {
    /// Ask the endpoints of providers, embedder and receivers whether they can be reached
    #[arg(long)]
    pub online: bool,
    /// Print what was found as JSON
    #[arg(long)]
    pub json: bool,
}

/// One thing that was looked at.
#[derive(Debug, Clone, Serialize)]
pub struct Check {
    /// What was looked at.
    pub name: String,
    /// Whether it is as it should be.
    pub state: State,
    /// What was seen.
    pub seen: String,
    /// What to do about it; empty when there is nothing to do.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub hint: String,
}

/// How a check went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// As it should be.
    Ok,
    /// Works, and worth knowing.
    Note,
    /// Does not work.
    Bad,
}

/// Everything that was looked at, in order.
#[derive(Debug, Clone, Default)]
pub struct Report {
    /// The checks.
    pub checks: Vec<Check>,
}

impl Report {
    /// Adds a check.
    pub fn add(&mut self, state: State, name: &str, seen: impl Into<String>, hint: impl Into<String>) {
        self.checks.push(Check {
            name: name.to_owned(),
            state,
            seen: seen.into(),
            hint: hint.into(),
        });
    }

    /// Whether nothing is broken.
    #[must_use]
    pub fn healthy(&self) -> bool {
        self.broken() == 0
    }

    fn broken(&self) -> usize {
        let is_bad = |check: &&Check| check.state == State::Bad;
        self.checks.iter().filter(is_bad).count()
    }

    /// The report for programs: whether all is well, and each check.
    #[must_use]
    pub fn as_json(&self) -> String {
        format!(
            "{:#}\n",
            json!({"healthy": self.healthy(), "checks": self.checks})
        )
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for check in &self.checks {
            let mark = match check.state {
                State::Ok => "ok  ",
                State::Note => "note",
                State::Bad => "BAD ",
            };
            // Names and addresses may come from files of others; one check is one line.
            let line = |text: &str| visible(text).replace(['\n', '\t'], " ");
            writeln!(f, "{mark}  {:<14} {}", check.name, line(&check.seen))?;
            if !check.hint.is_empty() {
                writeln!(f, "      {:<14} -> {}", "", line(&check.hint))?;
            }
        }
        match self.broken() {
            0 => writeln!(f, "\nAll is well."),
            1 => writeln!(f, "\nOne thing is broken; the arrow says what to do."),
            more => writeln!(f, "\n{more} things are broken; the arrows say what to do."),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_shows_what_is_broken_and_what_to_do() {
        let mut report = Report::default();
        report.add(State::Ok, "store", "format 1", "");
        assert!(report.healthy());
        report.add(
            State::Bad,
            "data directory",
            "read-only",
            "Choose another with --data-dir.",
        );
        assert!(!report.healthy());
        insta::assert_snapshot!(report, @r"
        ok    store          format 1
        BAD   data directory read-only
                             -> Choose another with --data-dir.

        One thing is broken; the arrow says what to do.
        ");
    }

    #[test]
    fn what_is_seen_moves_nothing_on_a_terminal() {
        let mut report = Report::default();
        report.add(State::Note, "host", "`\u{1b}[2J\nok    store`", "a\u{202e}b");
        let shown = report.to_string();
        assert!(!shown.contains(['\u{1b}', '\u{202e}']), "{shown:?}");
        assert_eq!(shown.lines().count(), 4, "{shown:?}");
    }
}
