//! `firstmate policy backtest`: what other rules would have changed.

use std::fmt::Write as _;

use super::answer::{effect, minute, word};
use super::counted;
use crate::cli::screen::{Ink, Screen, cut, padded, visible};
use crate::policy::backtest::{Backtest, Change, Sample};

/// The rules with the most changes are told.
const MAX_RULES: usize = 20;

/// In words.
#[must_use]
pub fn told(found: &Backtest, screen: Screen) -> String {
    let mut said = String::new();
    let Some((from, until)) = found.period else {
        said.push_str("no decision on record could be judged\n");
        said += &gaps(found);
        return said;
    };
    let _written = writeln!(
        said,
        "{} from {} to {}",
        counted(found.judged, "recorded decision"),
        minute(from),
        minute(until)
    );
    let stops = found.denied_now + found.asked_now;
    let summary = format!(
        "would have stopped {stops} of {} that passed, and let {} pass that were stopped",
        counted(found.passed, "action"),
        found.passed_now
    );
    let _written = writeln!(said, "{}", screen.ink(Ink::Strong, &summary));
    let mut more = Vec::new();
    if found.asked_now > 0 {
        more.push(format!(
            "{} denied, {} to be approved by a person",
            found.denied_now, found.asked_now
        ));
    }
    if found.otherwise > 0 {
        more.push(format!(
            "{} decided otherwise without being stopped or let pass",
            found.otherwise
        ));
    }
    if found.final_denials > 0 {
        more.push(format!(
            "{} repeated what was refused before",
            counted(found.final_denials, "refusal")
        ));
    }
    for line in more {
        let _written = writeln!(said, "  {line}");
    }
    for change in found.rules.iter().take(MAX_RULES) {
        said += &told_change(change, screen);
    }
    if found.rules.len() > MAX_RULES {
        let _written = writeln!(said, "and {} rules more", found.rules.len() - MAX_RULES);
    }
    said + &gaps(found)
}

fn told_change(change: &Change, screen: Screen) -> String {
    let mut counts = Vec::new();
    if change.stops > 0 {
        counts.push(format!("stops {} that passed", change.stops));
    }
    if change.lets > 0 {
        counts.push(format!("stopped {} that pass", change.lets));
    }
    let id = screen.ink(Ink::Strong, &visible(&change.id));
    let mut said = format!("\n{id}: {}\n", counts.join(", "));
    for sample in &change.samples {
        said += &told_sample(sample, screen);
    }
    said
}

fn told_sample(sample: &Sample, screen: Screen) -> String {
    let tool = sample.tool.as_deref().map(|tool| format!(" {tool}"));
    let what = format!("{}{}", word(sample.kind), tool.unwrap_or_default());
    let line = format!(
        "  entry {}  {}  {} -> {}  {}",
        padded(&sample.seq.to_string(), 6),
        minute(sample.at),
        effect(sample.was),
        effect(sample.would_be),
        what
    );
    let mut said = format!("{}\n", cut_keeping_indent(&line, screen));
    for matched in &sample.matched {
        let _written = writeln!(said, "      {}", cut(matched, screen.room(6)));
    }
    said
}

fn cut_keeping_indent(line: &str, screen: Screen) -> String {
    if screen.is_terminal() {
        format!("  {}", cut(line.trim_start(), screen.room(2)))
    } else {
        visible(line)
    }
}

/// What could not be judged, and why.
fn gaps(found: &Backtest) -> String {
    let mut said = String::new();
    if found.without_facts > 0 {
        let _written = writeln!(
            said,
            "not judged: {} without the facts they were judged by",
            counted(found.without_facts, "decision")
        );
    }
    if found.unreadable > 0 {
        let _written = writeln!(
            said,
            "not judged: {} whose facts cannot be read",
            counted(found.unreadable, "decision")
        );
    }
    if found.asks_for_validation {
        said.push_str(
            "what validate_output had said is on record only where a rule asked for it then; elsewhere it counts as unsaid\n",
        );
    }
    said
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{ActionKind, Effect};

    #[test]
    fn it_says_what_would_have_been_stopped_and_let_pass() {
        let at = "2026-01-01T10:00:00Z".parse().unwrap();
        let found = Backtest {
            period: Some((at, at)),
            judged: 12_500,
            passed: 12_480,
            stopped: 20,
            denied_now: 30,
            asked_now: 7,
            passed_now: 5,
            without_facts: 3,
            rules: vec![Change {
                id: "no-curl".to_owned(),
                stops: 37,
                lets: 0,
                samples: vec![Sample {
                    seq: 17,
                    at,
                    kind: ActionKind::Shell,
                    tool: Some("bash\u{1b}[2J".to_owned()),
                    was: Effect::Allow,
                    would_be: Effect::Deny,
                    matched: vec!["curl does net.fetch host a.example".to_owned()],
                }],
            }],
            ..Backtest::default()
        };
        insta::assert_snapshot!(told(&found, Screen::file()), @r"
        12,500 recorded decisions from 2026-01-01 10:00 UTC to 2026-01-01 10:00 UTC
        would have stopped 37 of 12,480 actions that passed, and let 5 pass that were stopped
          30 denied, 7 to be approved by a person

        no-curl: stops 37 that passed
          entry 17      2026-01-01 10:00 UTC  allow -> deny  shell bash\u{1b}[2J
              curl does net.fetch host a.example
        not judged: 3 decisions without the facts they were judged by
        ");
    }
}
