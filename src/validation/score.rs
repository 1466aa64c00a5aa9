//! One number and one word from many findings.

use crate::domain::{Finding, Severity, Verdict};

/// What one finding takes from the score.
pub(super) fn weight(severity: Severity) -> f64 {
    match severity {
        Severity::Error => 0.5,
        Severity::Warning => 0.1,
        Severity::Info => 0.02,
    }
}

/// 1 less the weight of each finding, at least 0.
pub(super) fn score(findings: &[Finding]) -> f64 {
    let lost: f64 = findings.iter().map(|finding| weight(finding.severity)).sum();
    // Rounded, so that 1 - 0.1 - 0.1 - 0.1 is written 0.7 everywhere.
    ((1.0 - lost).max(0.0) * 100.0).round() / 100.0
}

/// `fail` by any error; `warn` by any other finding, or when what had to be checked could not be.
pub(super) fn verdict(findings: &[Finding], unsure: bool) -> Verdict {
    match findings.iter().map(|finding| finding.severity).max() {
        Some(Severity::Error) => Verdict::Fail,
        Some(Severity::Warning) => Verdict::Warn,
        Some(Severity::Info) | None if unsure => Verdict::Warn,
        Some(Severity::Info) => Verdict::Warn,
        None => Verdict::Pass,
    }
}
