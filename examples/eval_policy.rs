//! Measures the built-in policy on labelled files:
//! `cargo run --release --example eval_policy -- DIR [--misses]`.
//!
//! `DIR` holds JSON Lines files: `gitleaks_cases.jsonl` (`rule`, `text`, `label` 1 or 0),
//! `commands_destructive.jsonl` and `commands_safe.jsonl` (`command`), and any of `benign_prompts.jsonl` and
//! `notinject.jsonl` (`text`). A file that is missing is said to be.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Instant;

use anyhow::Context as _;
use firstmate::detect::{Class, Confidence};
use firstmate::domain::{Action, ActionKind, Effect};
use firstmate::policy::{Bundle, Facts};
use serde_json::Value;

fn main() -> anyhow::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let dir = arguments.next().context("usage: eval_policy DIR [--misses]")?;
    let show = arguments.any(|argument| argument == "--misses");
    let dir = Path::new(&dir);
    let bundle = Bundle::builtin();
    secrets(dir, show)?;
    for (file, stop) in [
        ("commands_destructive.jsonl", true),
        ("commands_safe.jsonl", false),
    ] {
        commands(dir, file, stop, &bundle, show)?;
    }
    for file in ["benign_prompts.jsonl", "notinject.jsonl"] {
        prompts(dir, file, &bundle, show)?;
    }
    Ok(())
}

/// The rows of a file; a line that is not JSON is an error.
fn rows(dir: &Path, file: &str) -> anyhow::Result<Option<Vec<Value>>> {
    let path = dir.join(file);
    if !path.exists() {
        say(&format!("{file}: not there, skipped"));
        return Ok(None);
    }
    let text = std::fs::read_to_string(&path).with_context(|| format!("reading {}", path.display()))?;
    let rows = text
        .lines()
        .map(serde_json::from_str)
        .collect::<Result<Vec<Value>, _>>();
    rows.with_context(|| format!("reading {}", path.display()))
        .map(Some)
}

/// Credentials: texts with any finding among those that have one, by confidence, and among those that have none.
fn secrets(dir: &Path, show: bool) -> anyhow::Result<()> {
    let Some(rows) = rows(dir, "gitleaks_cases.jsonl")? else {
        return Ok(());
    };
    let (mut found, mut total) = ([0_usize; 2], [0_usize; 2]);
    let mut sure = 0;
    let mut missed: BTreeMap<&str, usize> = BTreeMap::new();
    let mut bytes = 0;
    let start = Instant::now();
    for row in &rows {
        let (text, rule) = (
            row["text"].as_str().unwrap_or_default(),
            row["rule"].as_str().unwrap_or_default(),
        );
        let label = usize::from(row["label"] == 1);
        let facts = Facts::of(&Action::new(ActionKind::FileWrite).with_content(text), None);
        let mut secrets = facts
            .findings
            .iter()
            .filter(|found| found.class == Class::Secret)
            .peekable();
        bytes += text.len();
        total[label] += 1;
        if secrets.peek().is_none() {
            *missed.entry(rule).or_default() += label;
            continue;
        }
        found[label] += 1;
        let certain = secrets.clone().any(|found| found.confidence > Confidence::Low);
        sure += usize::from(label == 1 && certain);
        if label == 0 && show {
            say(&format!(
                "  flagged {rule} by {:?}",
                secrets.map(|found| found.detector.as_ref()).collect::<Vec<_>>()
            ));
        }
    }
    let speed = bytes as f64 / start.elapsed().as_secs_f64() / 1e6;
    say(&format!(
        "credentials: found {} of {} ({:.1} %), {sure} of them above low confidence; of {} others flagged {}; {speed:.1} MB/s with all detectors",
        found[1],
        total[1],
        100.0 * found[1] as f64 / total[1] as f64,
        total[0],
        found[0]
    ));
    missed.retain(|_, missed| *missed > 0);
    say(&format!("  missed by kind: {missed:?}"));
    Ok(())
}

/// Commands: how many are denied, how many need approval.
fn commands(dir: &Path, file: &str, stop: bool, bundle: &Bundle, show: bool) -> anyhow::Result<()> {
    let Some(rows) = rows(dir, file)? else {
        return Ok(());
    };
    let mut counts: BTreeMap<Effect, usize> = BTreeMap::new();
    for row in &rows {
        let command = row["command"].as_str().unwrap_or_default();
        let facts = Facts::of(&Action::new(ActionKind::Shell).with_content(command), None);
        let effect = bundle.evaluate(&facts).effect;
        *counts.entry(effect).or_default() += 1;
        if show && (effect >= Effect::RequireApproval) != stop {
            say(&format!("  {effect:?}: {command}"));
        }
    }
    let stopped: usize = counts
        .range(Effect::RequireApproval..)
        .map(|(_, count)| count)
        .sum();
    let share = 100.0 * stopped as f64 / rows.len() as f64;
    say(&format!(
        "{file}: stopped {stopped} of {} ({share:.1} %): {counts:?}",
        rows.len()
    ));
    Ok(())
}

/// Harmless prompts: how many are not simply allowed.
fn prompts(dir: &Path, file: &str, bundle: &Bundle, show: bool) -> anyhow::Result<()> {
    let Some(rows) = rows(dir, file)? else {
        return Ok(());
    };
    let mut flagged = 0;
    for row in &rows {
        let facts = Facts::of(
            &Action::new(ActionKind::ModelRequest).with_content(row["text"].as_str().unwrap_or_default()),
            None,
        );
        let judgement = bundle.evaluate(&facts);
        flagged += usize::from(judgement.effect > Effect::Allow);
        if show && judgement.effect > Effect::Allow {
            say(&format!(
                "  {:?}",
                judgement
                    .rules
                    .iter()
                    .map(|rule| &rule.matched)
                    .collect::<Vec<_>>()
            ));
        }
    }
    say(&format!("{file}: flagged {flagged} of {}", rows.len()));
    Ok(())
}

#[expect(clippy::print_stdout, reason = "the report is what this program is for")]
fn say(line: &str) {
    println!("{line}");
}
