//! Findings under the line they are in.

use std::fmt::Write as _;

use annotate_snippets::{AnnotationKind, Level, Renderer, Snippet};

use super::Judged;
use crate::cli::screen::{Screen, visible};
use crate::domain::{Finding, Severity, Verdict};

/// A longer line is cut where it is shown: nobody reads it, and some are megabytes.
const MAX_LINE: usize = 400;
/// Of what was not checked so much is said.
const MAX_GAPS: usize = 8;

/// All files, each with its findings and a sentence about the whole.
pub(super) fn text(judged: &[Judged], screen: Screen) -> String {
    let renderer = screen.renderer();
    let mut shown = String::new();
    for judged in judged {
        for finding in &judged.validation.findings {
            shown += &diagnostic(&renderer, judged, finding);
            shown.push_str("\n\n");
        }
        shown += &verdict(judged);
    }
    shown
}

/// One finding with the lines it is in.
fn diagnostic(renderer: &Renderer, judged: &Judged, finding: &Finding) -> String {
    let level = match finding.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
        Severity::Info => Level::INFO,
    };
    let place = Place::of(&judged.text, finding);
    let name = visible(&judged.name);
    let (rule, message) = (visible(&finding.rule), visible(&finding.message));
    let snippet = Snippet::source(place.lines)
        .line_start(finding.line as usize)
        .path(&*name)
        .annotation(AnnotationKind::Primary.span(place.start..place.end));
    let title = level.primary_title(&*message).id(&*rule).element(snippet);
    let fix = finding.fix.as_deref().map(visible);
    let group = match &fix {
        Some(fix) => title.element(Level::HELP.message(&**fix)),
        None => title,
    };
    renderer.render(&[group])
}

/// The lines of a finding, and where in them it is.
struct Place<'a> {
    lines: &'a str,
    start: usize,
    end: usize,
}

impl<'a> Place<'a> {
    fn of(text: &'a str, finding: &Finding) -> Self {
        let before = text.get(..finding.byte_start).unwrap_or(text);
        let mut first = before.rfind('\n').map_or(0, |end| end + 1);
        if finding.byte_start - first.min(finding.byte_start) > MAX_LINE {
            first = text.ceil_char_boundary(finding.byte_start - MAX_LINE / 2);
        }
        let rest = text.get(finding.byte_start..).unwrap_or_default();
        // A place that is many lines long is shown by its first.
        let line_end = finding.byte_start + rest.find('\n').unwrap_or(rest.len());
        let last = text.floor_char_boundary(line_end.min(finding.byte_start + MAX_LINE));
        let lines = text.get(first..last).unwrap_or_default();
        let start = (finding.byte_start - first).min(lines.len());
        let end = finding
            .byte_end
            .clamp(finding.byte_start, last.max(finding.byte_start))
            - first;
        Self {
            lines,
            start,
            end: end.min(lines.len()),
        }
    }
}

/// The judgement of a file in a line or two.
fn verdict(judged: &Judged) -> String {
    let validation = &judged.validation;
    let word = match validation.verdict {
        Verdict::Pass => "pass",
        Verdict::Warn => "warn",
        Verdict::Fail => "fail",
    };
    let count = |severity| {
        let of_it = validation
            .findings
            .iter()
            .filter(|finding| finding.severity == severity);
        of_it.count()
    };
    let mut line = format!("{}: {word}", visible(&judged.name));
    let counts = [
        (Severity::Error, "error"),
        (Severity::Warning, "warning"),
        (Severity::Info, "remark"),
    ];
    let counts: Vec<String> = counts
        .into_iter()
        .map(|(severity, name)| (count(severity), name))
        .filter(|(count, _)| *count > 0)
        .map(|(count, name)| format!("{count} {name}{}", if count == 1 { "" } else { "s" }))
        .collect();
    if !counts.is_empty() {
        // Writing to a string cannot fail.
        let _written = write!(line, " ({})", counts.join(", "));
    }
    if validation.coverage.checked.is_empty() {
        line.push_str("; nothing could be checked");
    }
    line.push('\n');
    let gaps = &validation.coverage.not_checked;
    for gap in gaps.iter().take(MAX_GAPS) {
        let _written = writeln!(
            line,
            "  not checked: {}: {}",
            visible(&gap.what),
            visible(&gap.reason)
        );
    }
    if gaps.len() > MAX_GAPS {
        let _written = writeln!(line, "  not checked: {} more", gaps.len() - MAX_GAPS);
    }
    line
}
