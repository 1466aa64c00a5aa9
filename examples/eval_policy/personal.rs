//! Personal data at labelled places; beside it patterns without checks, as they are often written.

use std::collections::BTreeMap;
use std::ops::Range;

use firstmate::detect::personal;
use regex::Regex;
use serde_json::json;

use crate::report::{Report, share};
use crate::rows::Personal;

/// The labels and the detectors for them.
const TYPES: [(&str, &str); 7] = [
    ("EMAIL_ADDRESS", "mail"),
    ("CREDIT_CARD", "card"),
    ("IBAN_CODE", "iban"),
    ("US_SSN", "us-ssn"),
    ("IP_ADDRESS", "ip"),
    ("PHONE_NUMBER", "phone"),
    ("DOMAIN_NAME", "domain"),
];

/// The patterns first thought of.
const NAIVE: [(&str, &str); 7] = [
    ("mail", r"[\w.+-]+@[\w-]+\.[\w.-]+"),
    ("card", r"\b\d(?:[ -]?\d){12,18}\b"),
    ("iban", r"\b[A-Z]{2}\d{2}[A-Z0-9]{11,30}\b"),
    ("us-ssn", r"\b\d{3}-\d{2}-\d{4}\b"),
    ("ip", r"\b\d{1,3}(?:\.\d{1,3}){3}\b"),
    ("phone", r"\+?\(?\d[\d\s().-]{6,18}\d"),
    ("domain", r"https?://[^\s/]+"),
];

type Found = (&'static str, Range<usize>);

#[derive(Debug, Default, Clone, Copy)]
struct Count {
    found: usize,
    labelled: usize,
    right: usize,
    reported: usize,
}

pub(crate) fn measure(file: &str, rows: &[Personal], report: &mut Report) {
    let patterns: Vec<(&'static str, Regex)> = NAIVE
        .iter()
        .filter_map(|(name, pattern)| Some((*name, Regex::new(pattern).ok()?)))
        .collect();
    let checked = count(rows, report, true, |text| {
        let mut hits = Vec::new();
        personal::scan(text, 1_000, &mut hits);
        hits.into_iter().map(|hit| (hit.detector, hit.range)).collect()
    });
    let naive = count(rows, report, false, |text| {
        let all = patterns
            .iter()
            .flat_map(|(name, pattern)| pattern.find_iter(text).map(|found| (*name, found.range())));
        all.collect()
    });
    let columns = [
        "type",
        "found",
        "of",
        "recall",
        "right",
        "reported",
        "precision",
        "naive recall",
        "naive precision",
    ];
    report.table(format!("Personal data: {file}"), &columns);
    let (mut all, mut all_naive) = (Count::default(), Count::default());
    for (_, name) in TYPES {
        let one = checked.get(name).copied().unwrap_or_default();
        let other = naive.get(name).copied().unwrap_or_default();
        report.row(cells(name, one, other));
        add(&mut all, one);
        add(&mut all_naive, other);
    }
    report.row(cells("all", all, all_naive));
}

fn add(sum: &mut Count, one: Count) {
    sum.found += one.found;
    sum.labelled += one.labelled;
    sum.right += one.right;
    sum.reported += one.reported;
}

fn cells(name: &str, one: Count, naive: Count) -> Vec<serde_json::Value> {
    vec![
        json!(name),
        json!(one.found),
        json!(one.labelled),
        json!(share(one.found, one.labelled)),
        json!(one.right),
        json!(one.reported),
        json!(share(one.right, one.reported)),
        json!(share(naive.found, naive.labelled)),
        json!(share(naive.right, naive.reported)),
    ]
}

fn count(
    rows: &[Personal],
    report: &Report,
    tells: bool,
    scan: impl Fn(&str) -> Vec<Found>,
) -> BTreeMap<&'static str, Count> {
    let mut counts: BTreeMap<&'static str, Count> = BTreeMap::new();
    for row in rows {
        let ends: Vec<usize> = row
            .text
            .char_indices()
            .map(|(at, _)| at)
            .chain([row.text.len()])
            .collect();
        let byte = |at: usize| ends.get(at).copied().unwrap_or(row.text.len());
        let labels: Vec<Found> = row
            .spans
            .iter()
            .filter_map(|span| {
                let (_, name) = TYPES.iter().find(|(label, _)| *label == span.kind)?;
                Some((*name, byte(span.start)..byte(span.end)))
            })
            .collect();
        let found = scan(&row.text);
        let meets = |a: &Found, b: &Found| a.0 == b.0 && a.1.start < b.1.end && b.1.start < a.1.end;
        for label in &labels {
            let hit = found.iter().any(|one| meets(one, label));
            let count = counts.entry(label.0).or_default();
            count.labelled += 1;
            count.found += usize::from(hit);
            if !hit && tells {
                report.tell(|| format!("missed {} {:?}", label.0, row.text.get(label.1.clone())));
            }
        }
        for one in &found {
            let right = labels.iter().any(|label| meets(one, label));
            let count = counts.entry(one.0).or_default();
            count.reported += 1;
            count.right += usize::from(right);
            if !right && tells {
                report.tell(|| format!("wrong {} {:?}", one.0, row.text.get(one.1.clone())));
            }
        }
    }
    counts
}
