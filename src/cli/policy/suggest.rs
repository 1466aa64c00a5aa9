//! `firstmate policy suggest`: rules that the record speaks for, as a pack with its reasons.

use std::fmt::Write as _;

use clap::Args;
use serde::{Deserialize, Serialize};

use super::{Since, since};
use crate::cli::screen::visible;
use crate::policy::backtest::Backtest;
use crate::policy::report::Trend;
use crate::policy::suggest::{Proposal, pack};

/// The most frequent rows of the table are shown.
const MAX_TRENDS: usize = 20;

/// Propose rules from the record.
#[derive(Debug, Args)]
pub struct Command {
    /// Only decisions from then on: a time (2027-01-01T09:30:00Z), a date, or an age (90m, 36h, 7d, 2w)
    #[arg(long, value_name = "TIME", value_parser = since)]
    pub since: Option<Since>,
}

/// What the record speaks for.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Suggested {
    /// Rules, each with what it would have changed.
    pub proposals: Vec<(Proposal, Backtest)>,
    /// Patterns for which no rule of its own would help, in words.
    pub unhelped: Vec<String>,
    /// By rule and actor, this week beside the one before.
    pub trends: Vec<Trend>,
}

/// A pack that `policy check` accepts; all that is no rule is a comment.
#[must_use]
pub fn told(found: &Suggested) -> String {
    let mut said = String::new();
    if found.proposals.is_empty() {
        said.push_str("# Nothing on record speaks for another rule.\n");
    } else {
        said.push_str(
            "# Rules that the record speaks for. Read them before you use them; none is in force.\n",
        );
    }
    for evidence in &found.unhelped {
        said += &comment(
            "",
            &format!("No rule of its own would help here, edit the one that is there: {evidence}."),
        );
    }
    let empty = pack([]).text;
    let Some(head) = empty
        .strip_suffix(" []\n")
        .filter(|_| !found.proposals.is_empty())
    else {
        return said + &empty + &trends(&found.trends);
    };
    let _written = writeln!(said, "{head}");
    for (proposal, replayed) in &found.proposals {
        said += &comment("  ", &format!("{}.", proposal.evidence));
        said += &comment(
            "  ",
            &format!(
                "Replayed over {} decisions: {} more stopped, {} more pass.",
                replayed.judged,
                replayed.denied_now + replayed.asked_now,
                replayed.passed_now
            ),
        );
        said += &proposal.yaml;
    }
    said + &trends(&found.trends)
}

/// Text behind `#`, whatever is in it.
fn comment(indent: &str, text: &str) -> String {
    let line = visible(text).split_whitespace().collect::<Vec<_>>().join(" ");
    format!("{indent}# {line}\n")
}

fn trends(trends: &[Trend]) -> String {
    if trends.is_empty() {
        return String::new();
    }
    let mut said = "\n# this week  week before  rule, actor\n".to_owned();
    for trend in trends.iter().take(MAX_TRENDS) {
        let name = format!("{}, {}", trend.rule, trend.actor);
        let row = comment("", &name);
        let name = row.trim_start_matches("# ");
        let _written = write!(
            said,
            "# {:>9}  {:>11}  {name}",
            trend.this_week, trend.week_before
        );
    }
    said
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::{Bundle, Source};

    #[test]
    fn what_is_printed_is_a_pack_whatever_the_names_are() {
        let yaml = "  - id: known-x\n    when: {kind: \"shell\", program: \"curl\"}\n    then: warn\n";
        let hostile = "rm\nrules: []\n\u{2028}- id: y";
        let found = Suggested {
            proposals: vec![(
                Proposal {
                    id: "known-x".to_owned(),
                    yaml: yaml.to_owned(),
                    evidence: hostile.to_owned(),
                    times: 7,
                    exception: None,
                },
                Backtest {
                    judged: 70,
                    passed_now: 7,
                    ..Backtest::default()
                },
            )],
            unhelped: vec![hostile.to_owned()],
            trends: vec![Trend {
                rule: "x".to_owned(),
                actor: hostile.to_owned(),
                this_week: 3,
                week_before: 1,
            }],
        };
        for found in [&found, &Suggested::default()] {
            let text = told(found);
            let source = Source {
                name: "s.yaml".to_owned(),
                text: text.clone(),
            };
            let bundle = Bundle::load(&[source]).unwrap();
            let own = bundle.rules().len() - Bundle::builtin().rules().len();
            assert_eq!(own, found.proposals.len(), "{text}");
        }
        assert!(told(&found).contains("# Replayed over 70 decisions: 0 more stopped, 7 more pass."));
    }
}
