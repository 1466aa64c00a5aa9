//! Five attacks at random places, each a hundred times: all are found, and it is said where.

use std::path::Path;

use super::files::Files;
use super::{Lots, log, look};
use crate::audit::Standalone;
use crate::audit::checkpoint::Signed;
use crate::audit::verify::{Kind, Report, verify};

/// Ten thousand in an optimised build: `cargo test --release --lib audit::tests::attacks`.
const ENTRIES: u64 = if cfg!(debug_assertions) { 1_000 } else { 10_000 };
const TIMES: u64 = 100;

/// A log, what it was, and checkpoints of it that were kept elsewhere.
struct Target {
    files: Files,
    kept: Vec<Signed>,
    lots: Lots,
    _dir: tempfile::TempDir,
}

impl Target {
    fn new(seed: u64) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let kept = log(dir.path(), ENTRIES);
        Self {
            files: Files::read(dir.path()),
            kept,
            lots: Lots(seed),
            _dir: dir,
        }
    }

    /// What is found in the log after `attack`, with the checkpoints kept elsewhere or without.
    fn after(&mut self, attack: impl FnOnce(&mut Files), against: bool) -> Report {
        let mut files = self.files.clone();
        attack(&mut files);
        let there = tempfile::tempdir().unwrap();
        files.write(there.path());
        look(there.path(), if against { &self.kept } else { &[] })
    }
}

/// Whether a problem of this kind is told about exactly these entries.
fn told(report: &Report, kind: Kind, first: u64, last: u64) -> bool {
    let mut problems = report.problems.iter();
    problems.any(|problem| (problem.kind, problem.first, problem.last) == (kind, first, last))
}

fn exactly(report: &Report, kind: Kind, first: u64, last: u64) {
    let told = told(report, kind, first, last);
    assert!(told, "{kind:?} {first} to {last}: {:?}", report.problems);
}

/// Changes what an entry says, without changing its length.
fn falsify(entry: &mut [u8]) {
    let at = entry.windows(7).position(|word| word == br#""allow""#).unwrap();
    entry[at..at + 7].copy_from_slice(br#""alloy""#);
}

#[test]
fn an_edited_entry_is_named() {
    let mut target = Target::new(0x5eed);
    for time in 0..TIMES {
        let seq = target.lots.number(1, ENTRIES);
        let report = target.after(
            |files| {
                let entry = files.entry(seq);
                falsify(&mut entry.bytes);
                // Every second time by somebody who knows of the checksum.
                entry.stale = time % 2 == 0;
            },
            false,
        );
        exactly(&report, Kind::Changed, seq, seq);
        assert_eq!(report.problems.len(), 1, "{:?}", report.problems);
    }
}

#[test]
fn deleted_entries_are_named() {
    let mut target = Target::new(0xdead);
    for time in 0..TIMES {
        let seq = target.lots.number(1, ENTRIES - 10);
        let last = seq + target.lots.number(0, 3);
        let report = target.after(
            |files| {
                for _ in seq..=last {
                    let (segment, place) = files.find(seq);
                    files.segments[segment].2.remove(place);
                }
                // Every second time by somebody who gives the others new numbers.
                if time % 2 == 0 {
                    for (number, entry) in files.entries_from(seq) {
                        renumber(&mut entry.bytes, number);
                    }
                }
            },
            false,
        );
        if time % 2 == 0 {
            let first = report.problems.iter().map(|problem| problem.first).min();
            assert_eq!(first, Some(seq), "{:?}", report.problems);
        } else {
            exactly(&report, Kind::Missing, seq, last);
            let others = report
                .problems
                .iter()
                .filter(|problem| problem.kind != Kind::Facts);
            assert_eq!(others.count(), 1, "{:?}", report.problems);
        }
    }
}

fn renumber(entry: &mut Vec<u8>, number: u64) {
    let text = String::from_utf8(entry.clone()).unwrap();
    let (before, rest) = text.split_once(r#""seq":"#).unwrap();
    let (_, behind) = rest.split_once(',').unwrap();
    *entry = format!(r#"{before}"seq":{number},{behind}"#).into_bytes();
}

#[test]
fn exchanged_entries_are_named() {
    let mut target = Target::new(0xc0de);
    for time in 0..TIMES {
        let first = target.lots.number(1, ENTRIES - 1);
        // Sometimes neighbours.
        let second = match time % 3 {
            0 => first + 1,
            _ => target.lots.number(first + 1, ENTRIES),
        };
        let report = target.after(
            |files| {
                let mut a = files.entry(first).bytes.clone();
                let mut b = files.entry(second).bytes.clone();
                if time % 2 == 0 {
                    renumber(&mut a, second);
                    renumber(&mut b, first);
                }
                files.entry(first).bytes = b;
                files.entry(second).bytes = a;
            },
            false,
        );
        if time % 2 == 0 {
            exactly(
                &report,
                Kind::Changed,
                first,
                if second == first + 1 { second } else { first },
            );
            assert!(report.problems.iter().any(|problem| problem.last == second));
        } else {
            // Of two neighbours one was moved, and nobody can say which.
            let moved = |seq| told(&report, Kind::Moved, seq, seq);
            let found = match second == first + 1 {
                true => moved(first) != moved(second),
                false => moved(first) && moved(second),
            };
            assert!(found, "{first} and {second}: {:?}", report.problems);
        }
    }
}

#[test]
fn a_log_that_was_cut_off_says_from_where() {
    let mut target = Target::new(0xfeed);
    for time in 0..TIMES {
        let last = target.lots.number(1, ENTRIES - 1);
        // Every second time together with the checkpoints: then only one that was kept elsewhere shows it.
        let states = time % 2 == 0;
        let report = target.after(|files| files.cut(last, states), states);
        exactly(&report, Kind::Missing, last + 1, ENTRIES);
    }
}

#[test]
fn a_history_that_was_written_anew_with_the_key_parts_from_a_checkpoint_kept_elsewhere() {
    let mut target = Target::new(0xf0f0);
    let key = target.files.stolen_key();
    for _ in 0..TIMES {
        let from = target.lots.number(1, ENTRIES);
        let attack = |files: &mut Files| {
            for (_, entry) in files.entries_from(from) {
                falsify(&mut entry.bytes);
            }
            files.sign_again(&key);
        };
        let report = target.after(attack, true);
        let found: Vec<_> = report.problems.iter().map(|problem| problem.kind).collect();
        assert_eq!(found, [Kind::Forked], "from {from}: {:?}", report.problems);
        // Between the checkpoint that still holds and the first that does not.
        let quarter = ENTRIES / 4;
        let first = (from - 1) / quarter * quarter + 1;
        exactly(&report, Kind::Forked, first, first + quarter - 1);
    }
    // Without one, nobody can know. This is what the documentation says plainly.
    let attack = |files: &mut Files| {
        for (_, entry) in files.entries_from(ENTRIES / 2) {
            falsify(&mut entry.bytes);
        }
        files.sign_again(&key);
    };
    assert_eq!(target.after(attack, false).problems, []);
}

#[test]
fn a_history_that_was_written_anew_without_the_key_is_not_believed() {
    let mut target = Target::new(0xabcd);
    let stranger = crate::audit::key::SigningKey::from_seed(&[9; 32]).unwrap();
    for _ in 0..10 {
        let from = target.lots.number(1, ENTRIES);
        let attack = |files: &mut Files| {
            for (_, entry) in files.entries_from(from) {
                falsify(&mut entry.bytes);
            }
            files.sign_again(&stranger);
        };
        let report = target.after(attack, false);
        exactly(&report, Kind::Checkpoint, 1, ENTRIES);
    }
}

/// Whatever is done to the bytes of the files, it is found, and nothing panics.
#[test]
fn random_damage_is_found() {
    let dir = tempfile::tempdir().unwrap();
    log(dir.path(), 300);
    let mut lots = Lots(0x1234);
    for _ in 0..200 {
        let there = tempfile::tempdir().unwrap();
        Files::read(dir.path()).write(there.path());
        let file = there.path().join(
            ["audit/local/00000000000000000001.log", "audit/local/checkpoints"][lots.number(0, 1) as usize],
        );
        let before = std::fs::read(&file).unwrap();
        let mut bytes = before.clone();
        let at = lots.number(0, bytes.len() as u64 - 1) as usize;
        match lots.number(0, 3) {
            0 => bytes[at] ^= 1 << lots.number(0, 7),
            1 => bytes.truncate(at),
            2 => drop(bytes.drain(at..(at + lots.number(1, 900) as usize).min(before.len()))),
            _ => bytes.splice(at..at, *b"inserted").for_each(drop),
        }
        std::fs::write(&file, &bytes).unwrap();
        check_is_found(there.path(), at);
    }
}

/// A log that cannot be opened at all says so.
fn check_is_found(data: &Path, at: usize) {
    let log = Standalone::open(data).map(|log| log.snapshot("local"));
    if let Ok(Some(log)) = log {
        let report = verify(&log, &[]);
        // A checkpoint that is cut off leaves its entries unsigned, which is told, too.
        let clean = report.is_ok_and(|report| report.is_clean() && report.signed == 300);
        assert!(!clean, "damage at {at} was not found");
    }
}
