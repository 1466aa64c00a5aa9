//! Programs: how fast each detector reads them, and what it finds in them.

use std::path::{Path, PathBuf};

use firstmate::detect::{Hit, address, personal, secrets, structure, unicode};
use serde_json::json;

use crate::cpu::Cpu;
use crate::report::Report;

/// Files above this are data.
const LARGEST: u64 = 1 << 20;
/// Bytes that are read at most.
const MOST: usize = 200 << 20;

type Scan = fn(&str, usize, &mut Vec<Hit>) -> bool;

pub(crate) fn measure(dir: &Path, report: &mut Report) {
    let texts = texts(dir);
    let bytes: usize = texts.iter().map(|(_, text)| text.len()).sum();
    let columns = [
        "detector",
        "MB/s of one core",
        "findings",
        "files with one",
        "files",
        "MB",
    ];
    report.table(format!("Programs: {}", dir.display()), &columns);
    let detectors: [(&str, Scan); 5] = [
        ("credentials", secrets::scan),
        ("personal data", personal::scan),
        ("hidden characters", unicode::scan),
        ("hidden instructions", structure::scan),
        ("addresses", address::scan),
    ];
    for (name, scan) in detectors {
        // Patterns are compiled when they are first needed; that is not what is measured.
        run(scan, &texts, &Report::new(false), name);
        let clock = Cpu::start();
        let (findings, files) = run(scan, &texts, report, name);
        let seconds = clock.elapsed().as_secs_f64();
        report.row(vec![
            json!(name),
            json!(bytes as f64 / seconds / 1e6),
            json!(findings),
            json!(files),
            json!(texts.len()),
            json!(bytes as f64 / 1e6),
        ]);
    }
}

fn run(scan: Scan, texts: &[(PathBuf, String)], report: &Report, name: &str) -> (usize, usize) {
    let (mut findings, mut files) = (0, 0);
    for (path, text) in texts {
        let mut hits = Vec::new();
        scan(text, 1_000, &mut hits);
        hits.retain(|hit| hit.detector != "domain");
        findings += hits.len();
        files += usize::from(!hits.is_empty());
        if let Some(hit) = hits.first() {
            report.tell(|| format!("{name}: {} in {}", hit.detector, path.display()));
        }
    }
    (findings, files)
}

fn texts(dir: &Path) -> Vec<(PathBuf, String)> {
    let mut open = vec![dir.to_owned()];
    let mut paths = Vec::new();
    while let Some(path) = open.pop() {
        let Ok(data) = path.symlink_metadata() else {
            continue;
        };
        if data.is_dir() {
            open.extend(
                std::fs::read_dir(&path)
                    .into_iter()
                    .flatten()
                    .flatten()
                    .map(|entry| entry.path()),
            );
        } else if data.is_file() && data.len() < LARGEST {
            paths.push(path);
        }
    }
    paths.sort();
    let mut left = MOST;
    let mut texts = Vec::new();
    for path in paths {
        if let Ok(text) = std::fs::read_to_string(&path) {
            let Some(rest) = left.checked_sub(text.len()) else {
                break;
            };
            left = rest;
            texts.push((path, text));
        }
    }
    texts
}
