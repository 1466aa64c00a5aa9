//! The report in lines.

use std::fmt::Write as _;

use super::super::answer::minute;
use super::super::counted;
use super::took;
use crate::cli::screen::{Ink, Screen, cut, padded};
use crate::policy::report::{Counts, Mends, Report, Row, RuleRow, Took};

/// So many rows of a table are shown.
const MAX_ROWS: usize = 15;
/// So many columns has a name.
const NAME: usize = 34;

pub(super) fn told(report: &Report, screen: Screen) -> String {
    let mut said = String::new();
    let project = report.project.as_deref().unwrap_or("all projects");
    let Some((from, until)) = report.period else {
        return format!("{}: no decisions on record\n", cut(project, screen.room(30)));
    };
    let _written = writeln!(
        said,
        "{}: {} from {} to {}",
        screen.ink(Ink::Strong, &cut(project, 60)),
        counted(report.decisions.total(), "decision"),
        minute(from),
        minute(until)
    );
    let _written = writeln!(said, "bundle {}", report.bundle);
    if report.other_bundles > 0 {
        let _written = writeln!(
            said,
            "{} decided in this time, too",
            counted(report.other_bundles, "other bundle")
        );
    }
    let counts = &report.decisions;
    let _written = writeln!(
        said,
        "allowed {}, warned {}, redacted {}, asked {}, denied {}",
        counts.allow, counts.warn, counts.redact, counts.require_approval, counts.deny
    );
    let rules: Vec<Row> = report.rules.iter().map(RuleRow::row).collect();
    let tables = [
        ("rule", &rules),
        ("actor", &report.actors),
        ("kind", &report.kinds),
        ("project", &report.projects),
        ("door", &report.doors),
    ];
    for (title, rows) in tables {
        said += &table(title, rows.iter(), screen);
    }
    // The last days say more than the first.
    let skipped = report.days.len().saturating_sub(MAX_ROWS);
    said += &table("day", report.days.iter().skip(skipped), screen);
    said += &mends(&report.mends);
    let approvals = &report.approvals;
    let _written = writeln!(
        said,
        "approvals: asked {}, used {}, refused {}, unanswered {}{}",
        approvals.asked,
        approvals.used,
        approvals.refused,
        approvals.unanswered,
        times(approvals.took)
    );
    for (what, names) in [
        ("kinds of action never seen", &report.kinds_unseen),
        ("rules that never matched", &report.rules_silent),
    ] {
        if !names.is_empty() {
            let _written = writeln!(said, "{what} ({}):", names.len());
            said += &screen.prose(&names.join(", "), 2);
        }
    }
    if !report.trends.is_empty() {
        said.push('\n');
        said += &trends(report, screen);
    }
    if let Some(checkpoint) = &report.checkpoint {
        let _written = write!(
            said,
            "\nhead of the log, signed:\n{}",
            screen.prose(checkpoint, 2)
        );
    }
    said
}

/// This week beside the one before, by rule and actor.
pub(super) fn trends(report: &Report, screen: Screen) -> String {
    let title = format!("{}  this week  week before", padded("rule, actor", 2 * NAME));
    let mut said = format!("{}\n", screen.ink(Ink::Strong, &title));
    for trend in report.trends.iter().take(MAX_ROWS) {
        let name = format!("{}, {}", trend.rule, trend.actor);
        let _written = writeln!(
            said,
            "{}  {:>9}  {:>11}",
            padded(&cut(&name, 2 * NAME), 2 * NAME),
            trend.this_week,
            trend.week_before
        );
    }
    said
}

fn table<'a>(title: &str, rows: impl ExactSizeIterator<Item = &'a Row>, screen: Screen) -> String {
    let more = rows.len().saturating_sub(MAX_ROWS);
    let head = format!(
        "{}   allow    warn  redact     ask    deny",
        padded(&format!("by {title}"), NAME)
    );
    let mut said = format!("\n{}\n", screen.ink(Ink::Strong, &head));
    for Row { name, counts } in rows.take(MAX_ROWS) {
        let Counts {
            allow,
            warn,
            redact,
            require_approval,
            deny,
        } = counts;
        let name = padded(&cut(name, NAME), NAME);
        let _written = writeln!(
            said,
            "{name}{allow:>8}{warn:>8}{redact:>8}{require_approval:>8}{deny:>8}"
        );
    }
    if more > 0 {
        let _written = writeln!(said, "{}", screen.ink(Ink::Faint, &format!("and {more} more")));
    }
    said
}

fn mends(mends: &Mends) -> String {
    format!(
        "\nviolations in runs: {}, mended in the same run {}{}\n",
        mends.violations,
        mends.mended,
        times(mends.took)
    )
}

fn times(times: Option<Took>) -> String {
    times.map_or_else(String::new, |times| {
        format!(
            " (median {}, nine in ten within {})",
            took(times.median_ms),
            took(times.p90_ms)
        )
    })
}
