//! Credentials found in texts that hold one, and flagged in texts that do not.

use std::collections::BTreeMap;

use firstmate::detect::{Class, Confidence};
use firstmate::domain::{Action, ActionKind};
use firstmate::policy::Facts;
use serde_json::json;

use crate::report::{Report, share};
use crate::rows::Credential;

#[derive(Debug, Default)]
struct Count {
    found: usize,
    sure: usize,
    with: usize,
    flagged: usize,
    any: usize,
    without: usize,
    /// How many of the texts that hold one each detector fired on.
    detectors: BTreeMap<String, usize>,
}

impl Count {
    /// Whether the detector is one for this rule: it found a fifth of its texts.
    fn owns(&self, detector: &str) -> bool {
        self.detectors
            .get(detector)
            .is_some_and(|count| count * 5 >= self.with)
    }
}

pub(crate) fn measure(file: &str, rows: &[Credential], report: &mut Report) {
    let mut counts: BTreeMap<&str, Count> = BTreeMap::new();
    let found: Vec<Vec<(String, Confidence)>> = rows.iter().map(detectors).collect();
    for (row, found) in rows.iter().zip(&found).filter(|(row, _)| row.label == 1) {
        let count = counts.entry(&row.rule).or_default();
        count.with += 1;
        count.found += usize::from(!found.is_empty());
        count.sure += usize::from(found.iter().any(|(_, sure)| *sure > Confidence::Low));
        let mut names: Vec<&str> = found.iter().map(|(name, _)| name.as_str()).collect();
        names.sort_unstable();
        names.dedup();
        for name in names {
            *count.detectors.entry(name.to_owned()).or_default() += 1;
        }
        if found.is_empty() {
            report.tell(|| format!("missed {}: {}", row.rule, start(&row.text)));
        }
    }
    for (row, found) in rows.iter().zip(&found).filter(|(row, _)| row.label == 0) {
        let count = counts.entry(&row.rule).or_default();
        count.without += 1;
        count.any += usize::from(!found.is_empty());
        let own = found.iter().any(|(name, _)| count.owns(name));
        count.flagged += usize::from(own);
        if own {
            report.tell(|| format!("flagged {} by {found:?}: {}", row.rule, start(&row.text)));
        }
    }
    let columns = [
        "rule",
        "found",
        "of",
        "share",
        "above low",
        "flagged",
        "flagged by any",
        "of these",
    ];
    report.table(format!("Credentials: {file}"), &columns);
    let mut all = Count::default();
    for (rule, count) in &counts {
        if count.found < count.with || count.flagged > 0 {
            report.row(cells(rule, count));
        }
        all.found += count.found;
        all.sure += count.sure;
        all.with += count.with;
        all.flagged += count.flagged;
        all.any += count.any;
        all.without += count.without;
    }
    let whole = counts
        .values()
        .filter(|count| count.found == count.with && count.flagged == 0)
        .count();
    report.row(cells(
        &format!("all {} ({whole} without a fault not listed)", counts.len()),
        &all,
    ));
}

fn cells(rule: &str, count: &Count) -> Vec<serde_json::Value> {
    vec![
        json!(rule),
        json!(count.found),
        json!(count.with),
        json!(share(count.found, count.with)),
        json!(count.sure),
        json!(count.flagged),
        json!(count.any),
        json!(count.without),
    ]
}

fn detectors(row: &Credential) -> Vec<(String, Confidence)> {
    let mut action = Action::new(ActionKind::FileWrite).with_content(row.text.clone());
    action.path.clone_from(&row.path);
    Facts::of(&action, None)
        .findings
        .iter()
        .filter(|found| found.class == Class::Secret)
        .map(|found| (found.detector.clone().into_owned(), found.confidence))
        .collect()
}

fn start(text: &str) -> String {
    text.chars().take(100).collect::<String>().replace('\n', "\\n")
}
