//! What was found so far, and what was and was not looked at.

use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use crate::domain::verdict::{Coverage, NotChecked, Support};
use crate::domain::{Digest, Finding, Severity, Validation};

use super::position::{Position, excerpt};
use super::{rules, score};

/// The most findings of one validation; a text that breaks a rule more often is not read to the end anyway.
const MAX_FINDINGS: usize = 200;
/// The most that is said about what was not looked at: each of many fences may name a language of its own.
const MAX_NOT_CHECKED: usize = 100;
/// The most characters of a message: parsers and schemas quote what they were given.
const MAX_MESSAGE: usize = 300;

/// A defect before it has a line and a column.
#[derive(Debug, Clone)]
pub(super) struct Defect {
    pub(super) rule: String,
    pub(super) severity: Severity,
    /// The bytes of the output it stands at.
    pub(super) range: Range<usize>,
    pub(super) message: String,
    pub(super) fix: Option<String>,
}

impl Defect {
    pub(super) fn new(
        rule: impl Into<String>,
        severity: Severity,
        range: Range<usize>,
        message: impl Into<String>,
    ) -> Self {
        Self {
            rule: rule.into(),
            severity,
            range,
            message: message.into(),
            fix: None,
        }
    }

    pub(super) fn with_fix(self, fix: impl Into<String>) -> Self {
        Self {
            fix: Some(fix.into()),
            ..self
        }
    }

    /// The same defect, no worse than `severity`.
    pub(super) fn at_most(self, severity: Severity) -> Self {
        Self {
            severity: self.severity.min(severity),
            ..self
        }
    }
}

/// Why a check could not be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Skipped {
    /// Nobody can check this yet: no parser, no language.
    Unknown(String),
    /// It could have been checked, but not within the limits.
    Limit(String),
}

/// Collects what the checks of one output say.
#[derive(Debug)]
pub(super) struct Report<'t> {
    text: &'t str,
    deadline: Option<Instant>,
    /// Nobody wants it any more.
    given_up: Arc<AtomicBool>,
    defects: Vec<Defect>,
    coverage: Coverage,
    /// How often something was not checked that is not listed any more.
    unlisted: usize,
    unsure: bool,
    repaired: Option<String>,
    support: Vec<Support>,
}

impl<'t> Report<'t> {
    /// A report on `text`; no check begins behind `deadline`.
    pub(super) fn new(text: &'t str, deadline: Option<Instant>) -> Self {
        Self {
            text,
            deadline,
            given_up: Arc::default(),
            defects: Vec::new(),
            coverage: Coverage::default(),
            unlisted: 0,
            unsure: false,
            repaired: None,
            support: Vec::new(),
        }
    }

    /// The same report, in which no check begins once `given_up` is set.
    pub(super) fn unless(self, given_up: &Arc<AtomicBool>) -> Self {
        Self {
            given_up: Arc::clone(given_up),
            ..self
        }
    }

    /// Runs one check, whatever it does: late or panicking, it becomes an entry in `not_checked`.
    pub(super) fn run<T>(&mut self, what: &str, check: impl FnOnce() -> T) -> Option<T> {
        if self.deadline.is_some_and(|deadline| Instant::now() >= deadline) {
            self.skip(what, Skipped::Limit("the deadline has passed".into()));
            return None;
        }
        if self.given_up.load(Ordering::Relaxed) {
            self.skip(what, Skipped::Limit("nobody waits for it any more".into()));
            return None;
        }
        let done = catch_unwind(AssertUnwindSafe(check));
        if done.is_err() {
            self.skip(what, Skipped::Limit("internal: the check failed".into()));
        }
        done.ok()
    }

    /// Takes the answer of a check: what it found, or why it could not look.
    pub(super) fn take(&mut self, what: &str, answer: Result<Vec<Defect>, Skipped>) {
        match answer {
            Ok(defects) => {
                debug_assert!(
                    defects.iter().all(|defect| rules::find(&defect.rule).is_some()),
                    "a rule without a page in rules/: {defects:?}"
                );
                self.checked(what);
                self.defects.extend(defects);
            }
            Err(skipped) => self.skip(what, skipped),
        }
    }

    /// Whether `rule` has been broken already.
    pub(super) fn has(&self, rule: &str) -> bool {
        self.defects.iter().any(|defect| defect.rule == rule)
    }

    /// Notes that a check ran.
    pub(super) fn checked(&mut self, what: &str) {
        if !self.coverage.checked.iter().any(|known| known == what) {
            self.coverage.checked.push(what.to_owned());
        }
    }

    /// Notes that a check did not run. One that a limit stopped keeps the verdict from being `pass`.
    pub(super) fn skip(&mut self, what: &str, why: Skipped) {
        let reason = match why {
            Skipped::Unknown(reason) => reason,
            Skipped::Limit(reason) => {
                self.unsure = true;
                reason
            }
        };
        let entry = NotChecked {
            what: what.to_owned(),
            reason,
        };
        if self.coverage.not_checked.contains(&entry) {
            return;
        }
        if self.coverage.not_checked.len() < MAX_NOT_CHECKED {
            self.coverage.not_checked.push(entry);
        } else {
            self.unlisted += 1;
        }
    }

    /// What the caller asked for by name was not checked: the verdict must not be `pass`.
    pub(super) fn unsure(&mut self) {
        self.unsure = true;
    }

    /// Takes the output with its unambiguous mends.
    pub(super) fn repaired(&mut self, text: String) {
        self.repaired = Some(text);
    }

    /// Takes how far sentences are supported, in order of place and still without lines.
    pub(super) fn supported(&mut self, support: Vec<Support>) {
        let mut position = Position::new(self.text);
        self.support = support;
        for sentence in &mut self.support {
            (sentence.line, sentence.column) = position.seek(sentence.byte_start);
        }
    }

    /// Puts everything in order of place and judges it.
    pub(super) fn finish(mut self) -> Validation {
        self.defects
            .sort_by(|a, b| (a.range.start, &a.rule).cmp(&(b.range.start, &b.rule)));
        self.defects
            .dedup_by(|b, a| a.rule == b.rule && a.range == b.range && a.message == b.message);
        if self.defects.len() > MAX_FINDINGS {
            let rest = self.defects.len() - MAX_FINDINGS;
            // The worst are kept; the sort is stable, so that they stay in order of place.
            self.defects
                .sort_by_key(|defect| std::cmp::Reverse(defect.severity));
            self.defects.truncate(MAX_FINDINGS);
            self.defects.sort_by_key(|defect| defect.range.start);
            self.skip(
                "findings",
                Skipped::Unknown(format!("{rest} more are not listed")),
            );
        }
        if self.unlisted > 0 {
            self.coverage.not_checked.push(NotChecked {
                what: "others".to_owned(),
                reason: format!("{} more are not listed", self.unlisted),
            });
        }
        let mut position = Position::new(self.text);
        let findings: Vec<Finding> = self
            .defects
            .into_iter()
            .map(|defect| locate(self.text, &mut position, defect))
            .collect();
        Validation {
            verdict: score::verdict(&findings, self.unsure),
            score: score::score(&findings),
            findings,
            coverage: self.coverage,
            content_sha256: Digest::of(self.text.as_bytes()),
            repaired: self.repaired,
            support: self.support,
        }
    }
}

fn locate(text: &str, position: &mut Position<'_>, defect: Defect) -> Finding {
    let byte_start = text.floor_char_boundary(defect.range.start);
    let byte_end = text.ceil_char_boundary(defect.range.end).max(byte_start);
    let (line, column) = position.seek(byte_start);
    let excerpt = if defect.rule.starts_with("secret.") {
        "[credential]".to_owned()
    } else {
        excerpt(text, byte_start)
    };
    Finding {
        rule: defect.rule,
        severity: defect.severity,
        line,
        column,
        byte_start,
        byte_end,
        excerpt,
        message: shortened(defect.message),
        fix: defect.fix.map(shortened),
    }
}

fn shortened(mut text: String) -> String {
    if let Some((end, _)) = text.char_indices().nth(MAX_MESSAGE) {
        text.truncate(end);
        text.push('…');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Verdict;

    #[test]
    fn a_panicking_check_is_not_checked_and_not_passed() {
        let mut report = Report::new("x", None);
        let none: Option<()> = report.run("syntax.python", || panic!("a parser's bug"));
        assert_eq!(none, None);
        let validation = report.finish();
        assert_eq!(validation.verdict, Verdict::Warn);
        assert_eq!(
            validation.coverage.not_checked[0].reason,
            "internal: the check failed"
        );
    }

    #[test]
    fn nothing_begins_behind_the_deadline() {
        let mut report = Report::new("x", Some(Instant::now()));
        assert_eq!(report.run("syntax.python", || 1), None);
        assert_eq!(
            report.finish().coverage.not_checked[0].reason,
            "the deadline has passed"
        );
    }

    #[test]
    fn nothing_begins_that_nobody_waits_for() {
        let given_up = Arc::new(AtomicBool::new(false));
        let mut report = Report::new("x", None).unless(&given_up);
        assert_eq!(report.run("complete", || 1), Some(1));
        given_up.store(true, Ordering::Relaxed);
        assert_eq!(report.run("syntax.python", || 1), None);
    }

    #[test]
    fn too_many_findings_keep_the_worst() {
        let mut report = Report::new("x", None);
        let mut defects: Vec<_> = (0..500)
            .map(|i| Defect::new("complete.elision", Severity::Warning, i..i, "m"))
            .collect();
        defects.push(Defect::new("complete.empty", Severity::Error, 900..900, "m"));
        report.take("complete", Ok(defects));
        let validation = report.finish();
        assert_eq!(validation.findings.len(), MAX_FINDINGS);
        assert_eq!(validation.verdict, Verdict::Fail);
    }
}
