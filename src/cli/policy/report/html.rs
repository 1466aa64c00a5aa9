//! The report as a page: one file, no script, nothing from elsewhere, every value escaped.

use std::fmt::Write as _;

use super::super::answer::minute;
use super::super::counted;
use super::chart::{self, EFFECTS};
use super::took;
use crate::cli::screen::visible;
use crate::policy::report::{Report, Row, RuleRow, Took};

const STYLE: &str = include_str!("page.css");
/// So many rows of a table are shown.
const MAX_ROWS: usize = 100;

pub(super) fn page(report: &Report) -> String {
    let project = report.project.as_deref().unwrap_or("all projects");
    let title = format!("Policy report: {project}");
    let rules: Vec<Row> = report.rules.iter().map(RuleRow::row).collect();
    let mut page = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n\
         <title>{}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n<main>\n<h1>{}</h1>\n",
        escaped(&title),
        escaped(&title)
    );
    page += &head(report);
    page += &tiles(report);
    page += &legend();
    if report.days.is_empty() {
        page.push_str("<p>No decisions are on record for this time.</p>\n");
    } else {
        let _written = write!(
            page,
            "<h2>Decisions over time</h2>\n{}<h2>Rules that matched most</h2>\n{}",
            chart::days(&report.days),
            chart::top(&rules, 12, "Rules that matched most, by what was decided")
        );
    }
    page += &rule_table(report);
    for (heading, rows) in [
        ("Actor", &report.actors),
        ("Kind of action", &report.kinds),
        ("Project", &report.projects),
        ("Door", &report.doors),
        ("Day (UTC)", &report.days),
    ] {
        page += &table(heading, rows);
    }
    page += &trends(report);
    page += &names("Kinds of action that did not occur", &report.kinds_unseen);
    page += &names("Rules in force that never matched", &report.rules_silent);
    if let Some(checkpoint) = &report.checkpoint {
        let _written = write!(
            page,
            "<h2>Head of the log</h2>\n<p>The signed checkpoint that this report was made under. It binds every \
             decision on record.</p>\n<pre>{}</pre>\n",
            escaped(checkpoint)
        );
    }
    page + "</main>\n</body>\n</html>\n"
}

/// `text` as it may stand in an element or between quotes, with what would hide something written out.
pub(super) fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in visible(text).chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            c => escaped.push(c),
        }
    }
    escaped
}

fn head(report: &Report) -> String {
    let period = match (report.since, report.period) {
        (_, Some((from, until))) => format!("{} to {}", minute(from), minute(until)),
        (Some(since), None) => format!("from {} on", minute(since)),
        (None, None) => "no decisions".to_owned(),
    };
    let others = match report.other_bundles {
        0 => "it decided everything in this time".to_owned(),
        n => format!("{} decided in this time, too", counted(n, "other bundle")),
    };
    format!(
        "<dl>\n<dt>Period</dt><dd>{}</dd>\n<dt>Made</dt><dd>{}</dd>\n<dt>Rules in force</dt><dd><code>{}</code> ({})</dd>\n</dl>\n",
        escaped(&period),
        escaped(&minute(report.made_at)),
        escaped(&report.bundle),
        escaped(&others)
    )
}

fn tiles(report: &Report) -> String {
    let (mends, approvals) = (&report.mends, &report.approvals);
    let times = |times: Option<Took>| {
        times.map_or_else(String::new, |times| {
            format!(
                "median {}, 90 % within {}",
                took(times.median_ms),
                took(times.p90_ms)
            )
        })
    };
    let counts = &report.decisions;
    let (done, failed) = report.outcomes;
    let tiles = [
        (
            counts.total(),
            "decisions",
            format!("{done} outcomes recorded as done, {failed} as failed"),
        ),
        (counts.deny, "denied", String::new()),
        (counts.require_approval, "asked of a person", String::new()),
        (
            mends.violations,
            "violations in runs",
            format!("{} mended in the same run; {}", mends.mended, times(mends.took)),
        ),
        (
            approvals.used,
            "approvals used",
            format!(
                "{} refused, {} unanswered; {}",
                approvals.refused,
                approvals.unanswered,
                times(approvals.took)
            ),
        ),
    ];
    let mut html = "<section class=\"tiles\">\n".to_owned();
    for (n, what, more) in tiles {
        let more = more.trim_end_matches("; ");
        let _written = writeln!(
            html,
            "<div><b>{n}</b> {}<small>{}</small></div>",
            escaped(what),
            escaped(more)
        );
    }
    html + "</section>\n"
}

fn legend() -> String {
    let marks = EFFECTS.map(|(_, class, word)| format!("<span><i class=\"{class}\"></i>{word}</span>"));
    format!("<p class=\"legend\">{}</p>\n", marks.join(" "))
}

const HEADS: &str = "<th>Allowed</th><th>Warned</th><th>Redacted</th><th>Asked</th><th>Denied</th>";

fn cells(row: &Row) -> String {
    let cells = EFFECTS.map(|(effect, ..)| format!("<td>{}</td>", row.counts.of(effect)));
    format!("<th scope=\"row\">{}</th>{}", escaped(&row.name), cells.concat())
}

fn table(heading: &str, rows: &[Row]) -> String {
    if rows.is_empty() {
        return String::new();
    }
    let mut html = format!(
        "<h2>By {}</h2>\n<div class=\"table\"><table>\n<thead><tr><th>{heading}</th>{HEADS}</tr></thead>\n<tbody>\n",
        heading.to_lowercase().replace("(utc)", "(UTC)")
    );
    for row in rows.iter().take(MAX_ROWS) {
        let _written = writeln!(html, "<tr>{}</tr>", cells(row));
    }
    html + "</tbody>\n</table></div>\n" + &rest(rows.len())
}

fn rule_table(report: &Report) -> String {
    if report.rules.is_empty() {
        return String::new();
    }
    let mut html = format!(
        "<h2>By rule</h2>\n<div class=\"table\"><table>\n<thead><tr><th>Rule</th>{HEADS}<th>Violations</th><th>Mended</th>\
         <th>Median time</th><th>Last</th></tr></thead>\n<tbody>\n"
    );
    for rule in report.rules.iter().take(MAX_ROWS) {
        let row = rule.row();
        let time = rule
            .mends
            .took
            .map(|times| took(times.median_ms))
            .unwrap_or_default();
        let last = rule.seen.map(|(_, last)| minute(last)).unwrap_or_default();
        let _written = writeln!(
            html,
            "<tr>{}<td>{}</td><td>{}</td><td>{}</td><td>{}</td></tr>",
            cells(&row),
            rule.mends.violations,
            rule.mends.mended,
            escaped(&time),
            escaped(&last)
        );
    }
    html + "</tbody>\n</table></div>\n" + &rest(report.rules.len())
}

fn trends(report: &Report) -> String {
    if report.trends.is_empty() {
        return String::new();
    }
    let mut html = "<h2>This week and the one before</h2>\n<div class=\"table\"><table>\n<thead><tr><th>Rule</th><th>Actor</th>\
                    <th>This week</th><th>Week before</th></tr></thead>\n<tbody>\n"
        .to_owned();
    for trend in report.trends.iter().take(MAX_ROWS) {
        let _written = writeln!(
            html,
            "<tr><th scope=\"row\">{}</th><th>{}</th><td>{}</td><td>{}</td></tr>",
            escaped(&trend.rule),
            escaped(&trend.actor),
            trend.this_week,
            trend.week_before
        );
    }
    html + "</tbody>\n</table></div>\n" + &rest(report.trends.len())
}

fn rest(n: usize) -> String {
    match n.saturating_sub(MAX_ROWS) {
        0 => String::new(),
        more => format!("<p class=\"faint\">and {more} more</p>\n"),
    }
}

fn names(heading: &str, names: &[String]) -> String {
    if names.is_empty() {
        return String::new();
    }
    let items: Vec<String> = names
        .iter()
        .map(|name| format!("<code>{}</code>", escaped(name)))
        .collect();
    format!("<h2>{heading}</h2>\n<p>{}</p>\n", items.join(", "))
}
