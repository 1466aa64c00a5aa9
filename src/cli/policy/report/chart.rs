//! Charts as SVG: drawn with rectangles and words, coloured by the page's own style.

use std::fmt::Write as _;

use super::html::escaped;
use crate::domain::Effect;
use crate::policy::report::Row;

/// From the bottom of a bar to its top.
pub(super) const EFFECTS: [(Effect, &str, &str); 5] = [
    (Effect::Allow, "allow", "allowed"),
    (Effect::Warn, "warn", "warned"),
    (Effect::Redact, "redact", "redacted"),
    (Effect::RequireApproval, "ask", "asked"),
    (Effect::Deny, "deny", "denied"),
];

const WIDTH: usize = 720;
const HEIGHT: usize = 200;
/// More bars could not be told from each other: neighbours are put together.
const MAX_BARS: usize = 60;

/// Decisions over time: a bar a day, its parts by effect.
pub(super) fn days(rows: &[Row]) -> String {
    let per_bar = rows.len().div_ceil(MAX_BARS).max(1);
    let bars: Vec<&[Row]> = rows.chunks(per_bar).collect();
    let sum = |bar: &[Row], effect| bar.iter().map(|row| row.counts.of(effect)).sum::<u64>();
    let total = |bar: &[Row]| bar.iter().map(|row| row.counts.total()).sum::<u64>();
    let most = bars.iter().map(|bar| total(bar)).max().unwrap_or(0).max(1);
    let step = WIDTH as f64 / bars.len().max(1) as f64;
    let mut svg = format!(
        "<svg viewBox=\"0 0 {WIDTH} {}\" role=\"img\" aria-label=\"Decisions over time by effect\">\n",
        HEIGHT + 24
    );
    for (at, bar) in bars.iter().enumerate() {
        let x = at as f64 * step;
        let width = (step - 2.0).clamp(1.0, 60.0);
        let mut y = HEIGHT as f64;
        for (effect, class, word) in EFFECTS {
            let n = sum(bar, effect);
            if n == 0 {
                continue;
            }
            let height = n as f64 / most as f64 * (HEIGHT as f64 - 10.0);
            y -= height;
            let name = span(bar);
            let _written = writeln!(
                svg,
                "<rect class=\"{class}\" x=\"{x:.1}\" y=\"{y:.1}\" width=\"{width:.1}\" height=\"{height:.1}\"><title>{}: {n} {word}</title></rect>",
                escaped(&name)
            );
        }
    }
    let ends = [bars.first(), bars.last().filter(|_| bars.len() > 1)];
    for (bar, (x, anchor)) in ends.into_iter().zip([(0, "start"), (WIDTH, "end")]) {
        if let Some(bar) = bar {
            let name = if anchor == "start" {
                bar.first()
            } else {
                bar.last()
            };
            let name = name.map(|row| row.name.as_str()).unwrap_or_default();
            let _written = writeln!(
                svg,
                "<text x=\"{x}\" y=\"{}\" text-anchor=\"{anchor}\">{}</text>",
                HEIGHT + 18,
                escaped(name)
            );
        }
    }
    svg + "</svg>\n"
}

fn span(bar: &[Row]) -> String {
    match bar {
        [first, .., last] => format!("{} to {}", first.name, last.name),
        [only] => only.name.clone(),
        [] => String::new(),
    }
}

/// The rows with most decisions, a line each.
pub(super) fn top(rows: &[Row], most_rows: usize, label: &str) -> String {
    let rows = rows.get(..most_rows.min(rows.len())).unwrap_or(rows);
    let most = rows
        .iter()
        .map(|row| row.counts.total())
        .max()
        .unwrap_or(0)
        .max(1);
    let mut svg = format!(
        "<svg viewBox=\"0 0 {WIDTH} {}\" role=\"img\" aria-label=\"{}\">\n",
        rows.len() * 34 + 4,
        escaped(label)
    );
    for (at, row) in rows.iter().enumerate() {
        let y = at * 34;
        let total = row.counts.total();
        let _written = writeln!(
            svg,
            "<text x=\"0\" y=\"{}\">{} <tspan class=\"faint\">{total}</tspan></text>",
            y + 13,
            escaped(&row.name)
        );
        let mut x = 0.0;
        for (effect, class, word) in EFFECTS {
            let n = row.counts.of(effect);
            if n == 0 {
                continue;
            }
            let width = n as f64 / most as f64 * WIDTH as f64;
            let _written = writeln!(
                svg,
                "<rect class=\"{class}\" x=\"{x:.1}\" y=\"{}\" width=\"{width:.1}\" height=\"10\"><title>{n} {word}</title></rect>",
                y + 18
            );
            x += width;
        }
    }
    svg + "</svg>\n"
}
