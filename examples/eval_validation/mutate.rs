//! What is found in files that were damaged, and what is wrongly found where the damage did no harm.

use std::collections::BTreeMap;
use std::fmt;

use firstmate::domain::{Severity, Verdict};
use firstmate::validation::{Settings, check};
use serde::Serialize;

use super::damage::{self, Damage};
use super::files::{File, artifact};
use super::referee::Referee;

#[derive(Debug, Default, Serialize)]
pub(crate) struct Measured {
    /// By language and kind of damage.
    rows: BTreeMap<String, BTreeMap<&'static str, Row>>,
    /// What the referee and the rules do not agree about.
    disagreements: Vec<String>,
}

#[derive(Debug, Default, Serialize)]
struct Row {
    mutants: usize,
    /// The verdict was `fail`.
    failed: usize,
    /// Something was found, a warning at least, that the undamaged file does not have.
    noticed: usize,
    /// Refused by the referee, and how many of those failed.
    refused: usize,
    refused_failed: usize,
    /// Accepted by the referee, and how many of those failed all the same.
    accepted: usize,
    accepted_failed: usize,
}

pub(crate) fn measure(
    files: &[File],
    copies: u64,
    settings: &Settings,
    mut referee: Option<&mut Referee>,
) -> anyhow::Result<Measured> {
    let mut measured = Measured::default();
    for (number, file) in files.iter().enumerate() {
        let Some(text) = file.text() else { continue };
        let mut asked = referee.as_deref_mut().filter(|_| file.language == "python");
        if let Some(referee) = &mut asked
            && referee.compiles(&text)? != Some(true)
        {
            continue;
        }
        let before = check(&artifact(file.language, text.clone()), settings);
        if before.verdict == Verdict::Fail {
            continue;
        }
        for damage in damage::ALL {
            for copy in 0..copies {
                let seed = ((number as u64) << 16) | ((damage as u64) << 8) | copy;
                let Some(mutant) = damage.apply(file.language, &text, seed) else {
                    continue;
                };
                if mutant == text {
                    continue;
                }
                let compiles = match &mut asked {
                    Some(referee) => referee.compiles(&mutant)?,
                    None => None,
                };
                let after = check(&artifact(file.language, mutant.clone()), settings);
                let failed = after.verdict == Verdict::Fail;
                let known = |rule: &str| before.findings.iter().filter(|f| f.rule == rule).count();
                let noticed = failed
                    || after
                        .findings
                        .iter()
                        .any(|f| after.findings.iter().filter(|g| g.rule == f.rule).count() > known(&f.rule));
                let rows = measured.rows.entry(file.language.to_owned()).or_default();
                rows.entry(damage.name())
                    .or_default()
                    .count(failed, noticed, compiles);
                if compiles.is_some_and(|compiles| compiles == failed) {
                    let worst = after.findings.iter().find(|f| f.severity == Severity::Error);
                    let told = worst.map_or("nothing".to_owned(), |f| {
                        format!("{}:{} {} | {}", f.line, f.column, f.message, f.excerpt)
                    });
                    measured.disagreements.push(format!(
                        "{} {} {seed}: referee {}, found {told}",
                        file.path.display(),
                        damage.name(),
                        if failed { "accepts" } else { "refuses" }
                    ));
                    keep(&mutant, seed, damage);
                }
            }
        }
    }
    Ok(measured)
}

/// Leaves the mutant where `EVAL_KEEP` says, to be looked at.
fn keep(mutant: &str, seed: u64, damage: Damage) {
    if let Some(folder) = std::env::var_os("EVAL_KEEP") {
        let path = std::path::Path::new(&folder).join(format!("{seed}-{damage:?}"));
        std::fs::write(path, mutant).unwrap_or_default();
    }
}

impl Row {
    fn count(&mut self, failed: bool, noticed: bool, compiles: Option<bool>) {
        self.mutants += 1;
        self.failed += usize::from(failed);
        self.noticed += usize::from(noticed);
        match compiles {
            Some(false) => {
                self.refused += 1;
                self.refused_failed += usize::from(failed);
            }
            Some(true) => {
                self.accepted += 1;
                self.accepted_failed += usize::from(failed);
            }
            None => {}
        }
    }

    fn add(&mut self, other: &Self) {
        self.mutants += other.mutants;
        self.failed += other.failed;
        self.noticed += other.noticed;
        self.refused += other.refused;
        self.refused_failed += other.refused_failed;
        self.accepted += other.accepted;
        self.accepted_failed += other.accepted_failed;
    }
}

impl fmt::Display for Measured {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for disagreement in &self.disagreements {
            writeln!(out, "{disagreement}")?;
        }
        writeln!(
            out,
            "{:<12} {:<16} {:>8} {:>8} {:>8}   {:>8} {:>9}   {:>8} {:>6}",
            "language", "damage", "mutants", "fail %", "any %", "refused", "found %", "accepted", "failed"
        )?;
        for (language, rows) in &self.rows {
            let mut all = Row::default();
            for row in rows.values() {
                all.add(row);
            }
            for (damage, row) in rows.iter().chain([(&"all", &all)]) {
                let share = |part: usize, whole: usize| 100.0 * part as f64 / whole.max(1) as f64;
                writeln!(
                    out,
                    "{language:<12} {damage:<16} {:>8} {:>8.2} {:>8.2}   {:>8} {:>9.3}   {:>8} {:>6}",
                    row.mutants,
                    share(row.failed, row.mutants),
                    share(row.noticed, row.mutants),
                    row.refused,
                    share(row.refused_failed, row.refused),
                    row.accepted,
                    row.accepted_failed
                )?;
            }
        }
        Ok(())
    }
}
