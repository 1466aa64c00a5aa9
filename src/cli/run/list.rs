//! Runs, one line each.

use std::fmt::Write as _;

use super::show::{ago, status};
use crate::cli::screen::{Ink, Screen, cut, padded};
use crate::crew::history::{Listed, Row};
use crate::domain::{RunStatus, Timestamp};

/// In lines; `all` when the ended ones were asked for.
#[must_use]
pub fn told(listed: &Listed, all: bool, now: Timestamp, screen: Screen) -> String {
    let mut told = String::new();
    let rows: Vec<_> = listed
        .runs
        .iter()
        .map(|row| cells(row, listed.id_length, now))
        .collect();
    let widths: [usize; 5] = std::array::from_fn(|n| {
        let width = |row: &[String; 5]| row.get(n).map_or(0, |cell| cell.chars().count());
        rows.iter().map(width).max().unwrap_or(0)
    });
    let used = widths.iter().sum::<usize>() + 2 * widths.len();
    for (row, cells) in listed.runs.iter().zip(&rows) {
        let ink = |n: usize| match (n, row.status) {
            (0, _) => Ink::Strong,
            (2, RunStatus::Failed | RunStatus::InputRequired) => Ink::Warning,
            _ => Ink::Faint,
        };
        for (n, (cell, width)) in cells.iter().zip(widths).enumerate() {
            told.push_str(&screen.ink(ink(n), &padded(cell, width)));
            told.push_str("  ");
        }
        told.push_str(&cut(&row.task, screen.room(used)));
        told.push('\n');
    }
    let ended = listed.total.saturating_sub(listed.runs.len());
    match (listed.runs.len(), ended) {
        (0, 0) => told.push_str("no runs in this project\n"),
        (_, 0) => {}
        (0, n) if !all => {
            let _written = writeln!(told, "no open runs; --all shows {n} that ended");
        }
        (_, n) => {
            let how = if all { "--limit" } else { "--all" };
            told.push_str(&screen.ink(Ink::Faint, &format!("{n} more; {how} shows them")));
            told.push('\n');
        }
    }
    told
}

fn cells(row: &Row, id_length: usize, now: Timestamp) -> [String; 5] {
    let id = row.run_id.as_str().chars().take(id_length).collect();
    let state = match (&row.class, row.waits_for.as_slice()) {
        (Some(class), _) if row.status == RunStatus::Failed => format!("failed: {class}"),
        (_, []) => status(row.status).to_owned(),
        (_, steps) => format!("waits: {}", steps.join(", ")),
    };
    let steps = format!("{}/{}", row.done, row.total);
    [id, ago(row.touched_at, now), state, steps, row.plan.clone()]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::RunId;
    use crate::domain::run::Usage;

    #[test]
    fn a_line_says_where_a_run_stands() {
        let row = |id: &str, status, class: Option<&str>, waits_for: &[&str]| Row {
            run_id: RunId::new(id),
            status,
            class: class.map(str::to_owned),
            task: "Let total() take a discount,\na share between 0 and 1, and refuse all others".to_owned(),
            plan: "code_change".to_owned(),
            strategy: None,
            usage: Usage::default(),
            done: 1,
            total: 4,
            waits_for: waits_for.iter().copied().map(str::to_owned).collect(),
            started_at: "2026-01-01T00:00:00Z".parse().unwrap(),
            touched_at: "2026-01-01T11:30:00Z".parse().unwrap(),
        };
        let listed = Listed {
            runs: vec![
                row("0191a2b3ffff", RunStatus::InputRequired, None, &["implement"]),
                row("0191a2b3eeee", RunStatus::Failed, Some("over_budget"), &[]),
                row("0191a2b3dddd", RunStatus::Completed, None, &[]),
            ],
            total: 5,
            id_length: 9,
        };
        let noon = "2026-01-01T12:00:00Z".parse().unwrap();
        insta::assert_snapshot!(told(&listed, true, noon, Screen::terminal(80)), @r##"
        0191a2b3f  30 min  waits: implement     1/4  code_change  Let total() take a di…
        0191a2b3e  30 min  failed: over_budget  1/4  code_change  Let total() take a di…
        0191a2b3d  30 min  completed            1/4  code_change  Let total() take a di…
        2 more; --limit shows them
        "##);
        let none = Listed {
            runs: Vec::new(),
            ..listed
        };
        assert_eq!(
            told(&none, false, noon, Screen::file()),
            "no open runs; --all shows 5 that ended\n"
        );
    }
}
