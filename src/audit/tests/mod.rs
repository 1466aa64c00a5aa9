//! The log as a whole: what is found in it after somebody was at its files, and what a crash leaves.

mod attacks;
mod crashes;
mod files;

use std::path::{Path, PathBuf};

use super::Standalone;
use super::checkpoint::Signed;
use super::verify::{Report, verify};
use crate::domain::{ActionKind, AuditEntry, AuditRecord, Digest, Effect, Scope, Timestamp};

fn record(number: u64) -> AuditRecord {
    let facts = format!(r#"{{"kind":"shell","bytes":{}}}"#, number % 500);
    AuditRecord {
        entry: AuditEntry {
            at: Timestamp::from_second(1_767_225_600 + number.cast_signed()).unwrap(),
            scope: Scope::new("local", "/home/ada/engine", "ada").unwrap(),
            via: "enforce_policy".to_owned(),
            kind: ActionKind::Shell,
            tool: Some("bash".to_owned()),
            run: None,
            action_sha256: Digest::of(&number.to_be_bytes()),
            facts_sha256: Some(Digest::of(facts.as_bytes())),
            effect: Effect::Allow,
            rules: Vec::new(),
            bundle: Digest::of(b"bundle"),
            approval: None,
            outcome: None,
        },
        facts: Some(facts),
    }
}

/// A log of `count` entries, written a few at a time, and the checkpoints that somebody kept of it.
fn log(dir: &Path, count: u64) -> Vec<Signed> {
    let mut log = Standalone::open(dir).unwrap();
    let mut kept = Vec::new();
    for number in 1..=count {
        log.append(&record(number)).unwrap();
        if number % 7 == 0 || number == count {
            log.write().unwrap();
        }
        if number % (count / 4).max(1) == 0 {
            log.write().unwrap();
            kept.extend(Signed::parse(&log.checkpoint("local").unwrap().0));
        }
    }
    kept
}

/// The segment that is written to.
fn last_segment(dir: &Path) -> PathBuf {
    let log = Standalone::open(dir).unwrap().snapshot("local").unwrap();
    dir.join(format!("audit/local/{:020}.log", log.segments.last().unwrap()))
}

fn look(dir: &Path, against: &[Signed]) -> Report {
    let log = Standalone::open(dir).unwrap();
    verify(&log.snapshot("local").unwrap(), against).unwrap()
}

/// A small generator, so that a failing seed can be tried again (xorshift64*).
struct Lots(u64);

impl Lots {
    /// A number from `from` to `to`.
    fn number(&mut self, from: u64, to: u64) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        from + (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 16) % (to - from + 1)
    }
}

#[test]
fn a_log_that_nobody_touched_is_clean() {
    let dir = tempfile::tempdir().unwrap();
    let kept = log(dir.path(), 1_000);
    let report = look(dir.path(), &kept);
    assert_eq!(report.problems, []);
    assert_eq!((report.entries, report.signed, report.agreed), (1_000, 1_000, 4));
    // Each segment has its own.
    assert!(report.documents >= 500 && report.segments > 3, "{report:?}");
}

#[test]
fn an_entry_is_proven_to_whoever_has_a_checkpoint() {
    use super::merkle;
    let dir = tempfile::tempdir().unwrap();
    let mut kept = log(dir.path(), 1_000);
    let log = Standalone::open(dir.path()).unwrap().snapshot("local").unwrap();
    for seq in [1, 2, 255, 256, 257, 700, 1_000] {
        let proof = log.prove(seq).unwrap();
        let signed = Signed::parse(&proof.checkpoint).unwrap();
        assert_eq!(Some(&signed), kept.last());
        let hash = merkle::leaf(proof.leaf.as_bytes());
        let path: Vec<_> = proof.inclusion.iter().map(|hash| *hash.as_bytes()).collect();
        assert!(merkle::includes(
            &signed.checkpoint.root,
            1_000,
            seq - 1,
            &hash,
            &path
        ));
    }
    assert_eq!(log.prove(1_001).unwrap_err().code(), "audit.no_such_entry");
    assert_eq!(log.prove(0).unwrap_err().code(), "audit.no_such_entry");
    // A checkpoint of another key, or of another log, is not believed because its root is right.
    let newest = kept.pop().unwrap().checkpoint;
    let stranger = super::key::SigningKey::from_seed(&[9; 32]).unwrap();
    let report = verify(&log, &[Signed::parse(&newest.sign(&stranger)).unwrap()]).unwrap();
    assert_eq!(report.problems[0].kind, super::verify::Kind::Checkpoint);
}
