//! What a process that dies leaves behind.

use std::fs;

use super::{Lots, last_segment, log, look, record};
use crate::audit::Standalone;
use crate::audit::verify::verify;

const SEGMENT: &str = "audit/local/00000000000000000001.log";

#[test]
fn a_torn_tail_behind_the_last_checkpoint_is_cut() {
    let dir = tempfile::tempdir().unwrap();
    // As many as the last segment has room behind.
    log(dir.path(), 148);
    let segment = last_segment(dir.path());
    let whole = fs::read(&segment).unwrap();
    let mut lots = Lots(0x7042);
    for time in 0..50 {
        // Ten more entries, of which the last is written in part.
        fs::write(&segment, &whole).unwrap();
        let mut more = Standalone::open(dir.path()).unwrap();
        for number in 149..=158 {
            more.append(&record(number)).unwrap();
        }
        more.write().unwrap();
        drop(more);
        let longer = fs::read(&segment).unwrap();
        let cut = lots.number(whole.len() as u64 + 1, longer.len() as u64 - 1) as usize;
        fs::write(&segment, &longer[..cut]).unwrap();
        let mut again = Standalone::open(dir.path()).unwrap();
        let size = again.snapshot("local").unwrap().size();
        assert!((148..158).contains(&size), "{size} entries, cut at {cut}");
        // What is left is whole, and the log goes on.
        let next = again.append(&record(time)).unwrap();
        assert_eq!(next.seq, size + 1);
        again.write().unwrap();
        let report = verify(&again.snapshot("local").unwrap(), &[]).unwrap();
        assert_eq!(
            (report.problems, report.entries, report.signed),
            (Vec::new(), size + 1, 148)
        );
    }
}

#[test]
fn damage_before_the_last_checkpoint_is_reported_and_not_repaired() {
    let dir = tempfile::tempdir().unwrap();
    log(dir.path(), 512);
    let path = dir.path().join(SEGMENT);
    let mut bytes = fs::read(&path).unwrap();
    // Somewhere in the middle; and the end is gone.
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(&path, &bytes).unwrap();
    let last = last_segment(dir.path());
    let length = fs::metadata(&last).unwrap().len();
    fs::OpenOptions::new()
        .write(true)
        .open(&last)
        .unwrap()
        .set_len(length - 3_000)
        .unwrap();
    let mut log = Standalone::open(dir.path()).unwrap();
    assert!(
        log.notes()[0].contains("shorter than its checkpoint"),
        "{:?}",
        log.notes()
    );
    assert_eq!(fs::read(&path).unwrap(), bytes, "nothing was repaired");
    // It goes on behind what is missing, and the hole stays one.
    assert_eq!(log.append(&record(513)).unwrap().seq, 513);
    log.write().unwrap();
    log.checkpoint("local").unwrap();
    let report = look(dir.path(), &[]);
    let told: Vec<_> = report
        .problems
        .iter()
        .map(|problem| (problem.first, problem.last))
        .collect();
    assert_eq!(told.len(), 2, "{:?}", report.problems);
    assert_eq!((told[1].1, report.signed), (512, 513), "{:?}", report.problems);
}

#[test]
fn a_segment_that_was_begun_and_not_finished_is_set_aside() {
    let dir = tempfile::tempdir().unwrap();
    log(dir.path(), 20);
    fs::write(
        dir.path().join("audit/local/00000000000000000021.log"),
        b"{\"format\":1,\"or",
    )
    .unwrap();
    let mut log = Standalone::open(dir.path()).unwrap();
    assert_eq!(log.append(&record(21)).unwrap().seq, 21);
    log.write().unwrap();
    drop(log);
    assert_eq!(look(dir.path(), &[]).problems, []);
}

#[test]
fn half_a_checkpoint_is_none() {
    let dir = tempfile::tempdir().unwrap();
    log(dir.path(), 600);
    let path = dir.path().join("audit/local/checkpoints");
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, &text[..text.len() - 100]).unwrap();
    let mut log = Standalone::open(dir.path()).unwrap();
    log.checkpoint("local").unwrap();
    drop(log);
    let report = look(dir.path(), &[]);
    assert_eq!((report.problems, report.signed), (Vec::new(), 600));
}

#[test]
fn a_log_without_its_checkpoints_is_read_from_its_segments() {
    let dir = tempfile::tempdir().unwrap();
    log(dir.path(), 500);
    fs::remove_file(dir.path().join("audit/local/checkpoints")).unwrap();
    let mut log = Standalone::open(dir.path()).unwrap();
    assert!(log.snapshot("local").unwrap().segments.len() > 1);
    assert_eq!(log.append(&record(501)).unwrap().seq, 501);
}

#[test]
fn a_newer_format_is_refused_in_words() {
    let dir = tempfile::tempdir().unwrap();
    log(dir.path(), 3);
    let path = dir.path().join(SEGMENT);
    let text = fs::read(&path).unwrap();
    let newer = [b"{\"format\":2".as_slice(), &text[11..]].concat();
    fs::write(&path, newer).unwrap();
    let error = Standalone::open(dir.path()).unwrap_err();
    assert_eq!(error.code(), "audit.newer_format");
}
