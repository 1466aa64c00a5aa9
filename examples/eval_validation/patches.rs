//! Patches: real diffs must pass as they are, and be named right when they are damaged.
//!
//! `patches [--git DIR].. [--trees OLD NEW].. [--misses]`: the changes of single files in the history of a repository,
//! and between two trees (two versions of one package) the files that both have. `diffy` has the word on what applies.

use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, bail};
use firstmate::domain::{Artifact, Severity, Validation, Verdict};
use firstmate::validation::{Settings, check};

/// A real change: the file before, the diff, the file after.
struct Change {
    name: String,
    old: String,
    diff: String,
    new: String,
}

/// One way to damage a diff, and the rules of which one has to be found.
struct Damage {
    name: &'static str,
    rules: &'static [&'static str],
    make: fn(&Change, &mut Dice) -> Option<Damaged>,
}

/// A damaged diff, and the line that was damaged where a finding should stand on it.
struct Damaged {
    patch: String,
    line: Option<usize>,
}

impl From<String> for Damaged {
    fn from(patch: String) -> Self {
        Self { patch, line: None }
    }
}

const DAMAGES: &[Damage] = &[
    Damage {
        name: "wrong counts",
        rules: &["patch.header"],
        make: wrong_counts,
    },
    Damage {
        name: "no numbers",
        rules: &["patch.header"],
        make: no_numbers,
    },
    Damage {
        name: "changed context word",
        rules: &["patch.context"],
        make: changed_word,
    },
    Damage {
        name: "tabs and spaces swapped",
        rules: &["patch.whitespace"],
        make: swapped_tabs,
    },
    Damage {
        name: "cut off",
        rules: &["complete.truncated"],
        make: cut_off,
    },
    Damage {
        name: "CRLF",
        rules: &["patch.whitespace"],
        make: crlf,
    },
    Damage {
        name: "dropped line",
        rules: &[
            "patch.header",
            "patch.context",
            "complete.truncated",
            "patch.noop",
        ],
        make: dropped_line,
    },
];

pub(crate) fn run(arguments: &[String]) -> anyhow::Result<()> {
    let mut changes = Vec::new();
    let mut misses = false;
    let mut rest = arguments.iter();
    while let Some(argument) = rest.next() {
        let mut next = || rest.next().with_context(|| format!("{argument} needs a folder"));
        match argument.as_str() {
            "--git" => history(Path::new(next()?), &mut changes)?,
            "--trees" => trees(Path::new(next()?), Path::new(next()?), &mut changes)?,
            "--misses" => misses = true,
            other => bail!("{other} is not known"),
        }
    }
    // What the referee does not apply is no example.
    changes.retain(|change| exact(change, &change.diff));
    whole(&changes, misses);
    shifted(&changes, misses);
    blocks(&changes, misses);
    for damage in DAMAGES {
        damaged(damage, &changes, misses);
    }
    Ok(())
}

fn whole(changes: &[Change], misses: bool) {
    let mut passed = 0;
    for change in changes {
        let validation = judged(&change.old, &change.diff);
        let pass = validation.verdict == Verdict::Pass;
        passed += usize::from(pass);
        tell(!pass && misses, change, "whole", &change.diff, &validation);
    }
    print("whole", passed, changes.len(), "pass, and apply by diffy");
}

/// Shifted numbers: what applies elsewhere passes, and a place that is not certain is said to be that.
fn shifted(changes: &[Change], misses: bool) {
    let (mut right, mut ambiguous) = (0, 0);
    for change in changes {
        let mut dice = Dice::of(&change.diff);
        let by = 1 + dice.below(30);
        let patch = headers(&change.diff, |start, count, new, new_count| {
            let shift = |at: usize, count| if count == 0 { at } else { at + by };
            Some(format!(
                "@@ -{},{count} +{},{new_count} @@",
                shift(start, count),
                shift(new, new_count)
            ))
        });
        let validation = judged(&change.old, &patch);
        let unsure = rules(&validation).contains(&"patch.ambiguous");
        ambiguous += usize::from(unsure);
        let good = unsure || (validation.verdict == Verdict::Pass) == exact(change, &patch);
        right += usize::from(good);
        tell(!good && misses, change, "shifted", &patch, &validation);
    }
    print(
        "numbers shifted",
        right,
        changes.len(),
        &format!("as diffy applies them ({ambiguous} said to be ambiguous)"),
    );
}

/// The same changes as search and replace blocks.
fn blocks(changes: &[Change], misses: bool) {
    let (mut right, mut ambiguous) = (0, 0);
    for change in changes {
        let patch = as_blocks(&change.diff);
        let validation = judged(&change.old, &patch);
        let unsure = validation.verdict == Verdict::Warn;
        ambiguous += usize::from(unsure);
        let good = unsure || validation.verdict == Verdict::Pass;
        right += usize::from(good);
        tell(!good && misses, change, "blocks", &patch, &validation);
    }
    print(
        "as search and replace",
        right,
        changes.len(),
        &format!("not failed ({ambiguous} said to be ambiguous)"),
    );
}

fn damaged(damage: &Damage, changes: &[Change], misses: bool) {
    let (mut total, mut named, mut agreed, mut mended, mut placed, mut with_line) = (0, 0, 0, 0, 0, 0);
    for change in changes {
        let Some(made) = (damage.make)(change, &mut Dice::of(&change.diff)) else {
            continue;
        };
        if exact(change, &made.patch) {
            continue;
        }
        total += 1;
        let validation = judged(&change.old, &made.patch);
        let found = rules(&validation);
        let right = validation.verdict == Verdict::Fail
            && found.iter().any(|rule| damage.rules.contains(rule))
            && (damage.rules.len() > 1
                || found
                    .iter()
                    .all(|rule| damage.rules.contains(rule) || *rule == "patch.ambiguous"));
        named += usize::from(right);
        agreed += usize::from(validation.verdict == Verdict::Fail);
        mended += usize::from(
            validation
                .repaired
                .as_ref()
                .is_some_and(|patch| exact(change, patch)),
        );
        if let Some(repaired) = validation.repaired.as_ref().filter(|patch| !exact(change, patch)) {
            tell(misses, change, "WRONG MEND", repaired, &validation);
        }
        if let Some(line) = made.line {
            with_line += 1;
            placed += usize::from(validation.findings.iter().any(|f| f.line as usize == line));
        }
        tell(!right && misses, change, damage.name, &made.patch, &validation);
    }
    let lines = if with_line > 0 {
        format!(", {placed} of {with_line} at the damaged line")
    } else {
        String::new()
    };
    print(
        damage.name,
        named,
        total,
        &format!("named right, {agreed} failed, {mended} mended{lines}"),
    );
}

fn rules(validation: &Validation) -> Vec<&str> {
    let counts = validation
        .findings
        .iter()
        .filter(|f| f.severity != Severity::Info);
    counts.map(|finding| finding.rule.as_str()).collect()
}

fn judged(file: &str, patch: &str) -> Validation {
    let artifact = Artifact {
        kind: Some("patch".into()),
        target_file: Some(file.into()),
        ..Artifact::new(patch)
    };
    check(&artifact, &Settings::default())
}

/// Whether `patch` makes of the old file exactly the new one.
fn exact(change: &Change, patch: &str) -> bool {
    let parsed = diffy::Patch::from_str(patch).ok();
    let applied = parsed.and_then(|patch| diffy::apply(&change.old, &patch).ok());
    applied.as_deref() == Some(&change.new)
}

fn headers(diff: &str, mut make: impl FnMut(usize, usize, usize, usize) -> Option<String>) -> String {
    diff.split_inclusive('\n')
        .map(|line| {
            let numbers = line.strip_prefix("@@ -").and_then(|rest| {
                let (old, rest) = rest.split_once(" +")?;
                let (new, _) = rest.split_once(" @@")?;
                Some((pair(old)?, pair(new)?))
            });
            let made = numbers.and_then(|(old, new)| make(old.0, old.1, new.0, new.1));
            made.map_or_else(|| line.to_owned(), |header| header + "\n")
        })
        .collect()
}

fn pair(text: &str) -> Option<(usize, usize)> {
    let (start, count) = text.split_once(',').unwrap_or((text, "1"));
    Some((start.parse().ok()?, count.parse().ok()?))
}

fn wrong_counts(change: &Change, dice: &mut Dice) -> Option<Damaged> {
    let hunks = change.diff.matches("\n@@ -").count();
    let chosen = dice.below(hunks.max(1));
    let (by, which, more) = (1 + dice.below(3), dice.below(3), dice.below(2) == 0);
    let mut at = 0;
    let patch = headers(&change.diff, |start, count, new, new_count| {
        at += 1;
        if at != chosen + 1 {
            return None;
        }
        let wrong = |count: usize| {
            if more {
                count + by
            } else {
                count.saturating_sub(by)
            }
        };
        let old_wrong = if which == 1 { count } else { wrong(count) };
        let new_wrong = if which == 0 { new_count } else { wrong(new_count) };
        Some(format!("@@ -{start},{old_wrong} +{new},{new_wrong} @@"))
    });
    (hunks > 0).then(|| patch.into())
}

fn no_numbers(change: &Change, dice: &mut Dice) -> Option<Damaged> {
    let header = ["@@ ... @@", "@@", "@@ @@", "@@ -,+ @@"][dice.below(4)];
    let patch = headers(&change.diff, |_, _, _, _| Some(header.to_owned()));
    (patch != change.diff).then(|| patch.into())
}

/// The lines of the body: number from 0, with the lines of headers left out.
fn body(diff: &str) -> Vec<(usize, &str)> {
    let begins = diff
        .find("\n@@")
        .map_or(0, |at| diff[..=at].matches('\n').count());
    let lines = diff.split_inclusive('\n').enumerate().skip(begins);
    lines
        .filter(|(_, line)| line.starts_with([' ', '+', '-']))
        .collect()
}

fn replaced(diff: &str, at: usize, with: &str) -> String {
    let lines = diff.split_inclusive('\n').enumerate();
    lines.map(|(i, line)| if i == at { with } else { line }).collect()
}

fn changed_word(change: &Change, dice: &mut Dice) -> Option<Damaged> {
    let worded = |line: &str| {
        line.split(|c: char| !c.is_ascii_alphabetic())
            .any(|word| word.len() > 2)
    };
    let context: Vec<_> = body(&change.diff)
        .into_iter()
        .filter(|(_, line)| line.starts_with(' ') && worded(line))
        .collect();
    let (at, line) = *context.get(dice.below(context.len().max(1)))?;
    let words: Vec<&str> = line
        .split(|c: char| !c.is_ascii_alphabetic())
        .filter(|word| word.len() > 2)
        .collect();
    let word = words[dice.below(words.len())];
    let patch = replaced(&change.diff, at, &line.replacen(word, "altogether", 1));
    Some(Damaged {
        patch,
        line: Some(at + 1),
    })
}

fn swapped_tabs(change: &Change, _: &mut Dice) -> Option<Damaged> {
    let tabs = body(&change.diff)
        .iter()
        .any(|(_, line)| line[1..].starts_with('\t'));
    let (from, to) = if tabs { ("\t", "    ") } else { ("    ", "\t") };
    let inside: Vec<usize> = body(&change.diff).iter().map(|(at, _)| *at).collect();
    let mut changed = false;
    let swapped = change.diff.split_inclusive('\n').enumerate().map(|(i, line)| {
        if inside.binary_search(&i).is_err() {
            return line.to_owned();
        }
        let (mark, text) = line.split_at(1);
        let bare = text.trim_start_matches([' ', '\t']);
        let indent = text[..text.len() - bare.len()].replace(from, to);
        changed |= !line.starts_with('+') && indent.len() != text.len() - bare.len();
        format!("{mark}{indent}{bare}")
    });
    let patch: String = swapped.collect();
    changed.then(|| patch.into())
}

/// Cuts within a hunk; between two hunks nothing is cut off.
fn cut_off(change: &Change, dice: &mut Dice) -> Option<Damaged> {
    let start = change.diff.find("\n@@")? + 2;
    let end = change.diff.trim_end().len();
    let at = start + dice.below(end.checked_sub(start)?);
    let at = change.diff.floor_char_boundary(at);
    let (kept, lost) = change.diff.split_at(at);
    let whole = lost.trim_start_matches(['\n', ' ']).starts_with("@@ ") || lost.trim().is_empty();
    let marker = kept.lines().last().is_some_and(|line| line.starts_with('\\'));
    (!whole && !marker && !lost.starts_with("\n\\")).then(|| kept.to_owned().into())
}

fn crlf(change: &Change, _: &mut Dice) -> Option<Damaged> {
    (!change.diff.contains('\r')).then(|| change.diff.replace('\n', "\r\n").into())
}

fn dropped_line(change: &Change, dice: &mut Dice) -> Option<Damaged> {
    let lines = body(&change.diff);
    let (at, _) = *lines.get(dice.below(lines.len().max(1)))?;
    Some(replaced(&change.diff, at, "").into())
}

fn as_blocks(diff: &str) -> String {
    let mut text = String::new();
    let (mut old, mut new) = (String::new(), String::new());
    let mut inside = false;
    let mut flush = |old: &mut String, new: &mut String| {
        if !old.is_empty() || !new.is_empty() {
            let parts = [
                "src/x.rs\n<<<<<<< SEARCH\n",
                old,
                "=======\n",
                new,
                ">>>>>>> REPLACE\n\n",
            ];
            text.extend(parts);
        }
        old.clear();
        new.clear();
    };
    for line in diff.split_inclusive('\n') {
        if line.starts_with("@@ -") {
            flush(&mut old, &mut new);
            inside = true;
        } else if inside && !line.starts_with('\\') {
            let (mark, rest) = line.split_at(1);
            if mark != "+" {
                old += rest;
            }
            if mark != "-" {
                new += rest;
            }
        }
    }
    flush(&mut old, &mut new);
    text
}

/// The changes of single files in the history of a repository.
fn history(repository: &Path, changes: &mut Vec<Change>) -> anyhow::Result<()> {
    let git = |arguments: &[&str]| -> anyhow::Result<Option<String>> {
        let output = Command::new("git")
            .arg("-C")
            .arg(repository)
            .args(arguments)
            .output()?;
        Ok(String::from_utf8(output.stdout)
            .ok()
            .filter(|_| output.status.success()))
    };
    let commits = git(&["log", "--no-merges", "--format=%H"])?.context("this is no repository")?;
    for commit in commits.lines() {
        let parent = format!("{commit}^");
        let Some(files) = git(&["diff", "--name-only", "--diff-filter=M", &parent, commit])? else {
            continue;
        };
        for file in files.lines() {
            let texts = (
                git(&["show", &format!("{parent}:{file}")])?,
                git(&["diff", &parent, commit, "--", file])?,
                git(&["show", &format!("{commit}:{file}")])?,
            );
            if let (Some(old), Some(diff), Some(new)) = texts {
                let name = format!("{} {file}", commit.get(..8).unwrap_or_default());
                changes.push(Change { name, old, diff, new });
            }
        }
    }
    Ok(())
}

/// The files that two trees both have, and not the same.
fn trees(before: &Path, after: &Path, changes: &mut Vec<Change>) -> anyhow::Result<()> {
    let mut folders = vec![before.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder)? {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let twin = after.join(path.strip_prefix(before)?);
            let (Ok(old), Ok(new)) = (std::fs::read_to_string(&path), std::fs::read_to_string(&twin)) else {
                continue;
            };
            if old == new {
                continue;
            }
            let output = Command::new("git")
                .args(["diff", "--no-index"])
                .arg(&path)
                .arg(&twin)
                .output()?;
            if let Ok(diff) = String::from_utf8(output.stdout) {
                changes.push(Change {
                    name: path.display().to_string(),
                    old,
                    diff,
                    new,
                });
            }
        }
    }
    Ok(())
}

/// Numbers that are the same each time.
struct Dice(u64);

impl Dice {
    fn of(text: &str) -> Self {
        let seed = text.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |all, b| {
            (all ^ u64::from(b)).wrapping_mul(0x0100_0000_01b3)
        });
        Self(seed | 1)
    }

    fn below(&mut self, end: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap_or_default() % end.max(1)
    }
}

#[expect(clippy::print_stdout, reason = "this is what it is for")]
fn print(what: &str, good: usize, total: usize, how: &str) {
    println!("{what:<24} {good:>5} of {total:<5} {how}");
}

#[expect(clippy::print_stdout, reason = "this is what it is for")]
fn tell(show: bool, change: &Change, what: &str, patch: &str, validation: &Validation) {
    if show {
        let found: Vec<_> = validation
            .findings
            .iter()
            .map(|f| format!("{} {}: {}", f.rule, f.line, f.message))
            .collect();
        let shown: String = patch.chars().take(1_500).collect();
        println!(
            "--- {what}: {} {:?}\n{}\n{shown}\n",
            change.name,
            validation.verdict,
            found.join("\n")
        );
    }
}
