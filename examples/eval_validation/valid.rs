//! What is found in files that are right.

use std::collections::BTreeMap;
use std::fmt;

use firstmate::domain::{Severity, Verdict};
use firstmate::validation::{Settings, check};
use serde::Serialize;

use super::cpu::Cpu;
use super::files::{File, artifact};
use super::referee::Referee;

#[derive(Debug, Default, Serialize)]
pub(crate) struct Measured {
    languages: BTreeMap<&'static str, Language>,
    /// Each finding that would fail a valid file, and each warning of a parser.
    alarms: Vec<String>,
}

#[derive(Debug, Default, Serialize)]
struct Language {
    files: usize,
    not_text: usize,
    /// Refused by the language itself.
    refused: usize,
    /// Over a limit, or nothing to check it with.
    not_checked: usize,
    failed: usize,
    bytes: usize,
    cpu_seconds: f64,
    /// Findings that do not fail, by rule.
    warnings: BTreeMap<String, usize>,
}

pub(crate) fn measure(
    files: &[File],
    settings: &Settings,
    mut referee: Option<&mut Referee>,
    listed: &[String],
) -> anyhow::Result<Measured> {
    let mut measured = Measured::default();
    for file in files {
        let row = measured.languages.entry(file.language).or_default();
        let Some(text) = file.text() else {
            row.not_text += 1;
            continue;
        };
        // Nothing is a valid file of most languages, and no answer.
        if text.trim().is_empty() {
            continue;
        }
        if file.language == "python"
            && let Some(referee) = referee.as_deref_mut()
            && referee.compiles(&text)? != Some(true)
        {
            row.refused += 1;
            continue;
        }
        row.files += 1;
        row.bytes += text.len();
        let artifact = artifact(file.language, text);
        let cpu = Cpu::start();
        let validation = check(&artifact, settings);
        row.cpu_seconds += cpu.elapsed().as_secs_f64();
        row.failed += usize::from(validation.verdict == Verdict::Fail);
        let skipped = validation.coverage.not_checked.first();
        row.not_checked += usize::from(skipped.is_some());
        let place = file.path.display();
        if let Some(skipped) = skipped {
            measured.alarms.push(format!(
                "{place}: not checked: {} ({})",
                skipped.reason, skipped.what
            ));
        }
        for finding in &validation.findings {
            if finding.severity != Severity::Error {
                *row.warnings.entry(finding.rule.clone()).or_default() += 1;
            }
            if finding.severity == Severity::Error
                || finding.rule.starts_with("syntax.")
                || listed.iter().any(|rule| finding.rule.starts_with(rule))
            {
                measured.alarms.push(format!(
                    "{place}:{}:{}: {:?} {}: {} | {}",
                    finding.line,
                    finding.column,
                    finding.severity,
                    finding.rule,
                    finding.message,
                    finding.excerpt
                ));
            }
        }
    }
    Ok(measured)
}

impl fmt::Display for Measured {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for alarm in &self.alarms {
            writeln!(out, "{alarm}")?;
        }
        writeln!(
            out,
            "{:<12} {:>7} {:>7} {:>7} {:>9} {:>7} {:>8} {:>9} {:>7}  warnings",
            "language", "files", "binary", "refused", "unchecked", "failed", "%", "MB", "MB/s"
        )?;
        for (name, row) in &self.languages {
            let megabytes = row.bytes as f64 / 1e6;
            writeln!(
                out,
                "{name:<12} {:>7} {:>7} {:>7} {:>9} {:>7} {:>8.4} {megabytes:>9.2} {:>7.1}  {:?}",
                row.files,
                row.not_text,
                row.refused,
                row.not_checked,
                row.failed,
                100.0 * row.failed as f64 / row.files.max(1) as f64,
                megabytes / row.cpu_seconds.max(1e-9),
                row.warnings
            )?;
        }
        Ok(())
    }
}
