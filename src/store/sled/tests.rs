use tempfile::TempDir;

use super::*;
use crate::clock::ManualClock;
use crate::domain::{LessonId, RunId};
use crate::store::conformance::samples::{change, created, lesson, outcome, scope};
use crate::store::conformance::{self, Subject, samples};
use crate::store::{Change, Committed, memory};

const PROCESS: Settings = Settings {
    durability: Durability::Process,
};

fn open_in(dir: &Path) -> (Stores, Sled) {
    open_with(dir, &PROCESS)
}

fn open_with(dir: &Path, settings: &Settings) -> (Stores, Sled) {
    let claim = Claim::take(dir).unwrap();
    open(&claim, settings, Arc::new(ManualClock::new())).unwrap()
}

fn refused(dir: &Path) -> Error {
    let claim = Claim::take(dir).unwrap();
    open(&claim, &PROCESS, Arc::new(ManualClock::new())).unwrap_err()
}

fn subject() -> Subject {
    let dir = tempfile::tempdir().unwrap();
    let mut opened: Option<Sled> = None;
    Subject::new(move || {
        drop(opened.take());
        let (stores, sled) = open_in(dir.path());
        opened = Some(sled);
        stores
    })
}

mod against_memory;

conformance::suite!(subject);

/// A store in which something of everything was written, closed.
async fn filled() -> (TempDir, Vec<String>) {
    let dir = tempfile::tempdir().unwrap();
    let (stores, _sled) = open_with(dir.path(), &Settings::default());
    samples::fill(&stores).await;
    let told = samples::told(&stores).await;
    (dir, told)
}

async fn told_in(dir: &Path) -> (Vec<String>, Report) {
    let (stores, sled) = open_in(dir);
    (samples::told(&stores).await, sled.report())
}

/// Overwrites the records whose keys begin with `table`, leaving their checksums as they were.
fn damage(dir: &Path, table: u8, pick: impl Fn(usize) -> bool) {
    let (stores, sled) = open_in(dir);
    drop(stores);
    let db = &sled.database.reader.db;
    let records = db.scan_prefix([table]).map(|record| record.unwrap());
    for (_, (key, value)) in records.enumerate().filter(|(number, _)| pick(*number)) {
        let mut value = value.to_vec();
        *value.last_mut().unwrap() ^= 1;
        db.insert(key, value).unwrap();
    }
    db.flush().unwrap();
}

#[tokio::test]
async fn memory_and_sled_tell_the_same() {
    let (_dir, told) = filled().await;
    let stores = memory::stores();
    samples::fill(&stores).await;
    assert_eq!(told, samples::told(&stores).await);
}

#[tokio::test]
async fn a_half_written_snapshot_is_removed_and_nothing_lost() {
    let (dir, told) = filled().await;
    let half = dir.path().join("db/snap.00000000FFFFFFFF.generating");
    std::fs::write(&half, b"half a snapshot, as a killed process leaves it").unwrap();
    let (after, report) = told_in(dir.path()).await;
    assert_eq!(after, told);
    assert!(!half.exists());
    insta::assert_debug_snapshot!(report.notes, @r#"
    [
        "removed the half-written snapshot snap.00000000FFFFFFFF.generating",
    ]
    "#);
}

/// What sled makes of the database, opened past the store. A thread of sled may hold the file for a moment
/// after it was closed.
fn by_sled_alone(data: &Path) -> sled::Result<sled::Db> {
    open::wait_until_closed(&data.join("db")).unwrap();
    sled::open(data.join("db"))
}

#[tokio::test]
async fn sled_alone_would_stumble_over_the_half_written_snapshot() {
    let (dir, _) = filled().await;
    let half = dir.path().join("db/snap.00000000FFFFFFFF.generating");
    std::fs::write(&half, b"half a snapshot, as a killed process leaves it").unwrap();
    let error = by_sled_alone(dir.path()).unwrap_err();
    assert!(matches!(error, sled::Error::Corruption { .. }), "{error}");
}

#[tokio::test]
async fn after_a_failed_flush_nothing_is_written_and_reading_goes_on() {
    let dir = tempfile::tempdir().unwrap();
    let (stores, sled) = open_in(dir.path());
    let commit = |expected| stores.journal.commit(change("r", expected, vec![created("t")]));
    assert_eq!(commit(0).await.unwrap(), Committed::At(1));
    sled.fault.arm();
    for expected in [1, 1, 2] {
        let error = commit(expected).await.unwrap_err();
        assert_eq!(error.code(), "store.poisoned");
        insta::allow_duplicates! {
            insta::assert_snapshot!(error, @"the store stopped writing after a failure: no space left on device");
        }
    }
    let replayed = stores
        .journal
        .replay(&scope(), &RunId::new("r"), 0)
        .await
        .unwrap();
    assert_eq!(replayed.first(), Some(&created("t")));
    drop(stores);
    sled.close();
    let (stores, _sled) = open_in(dir.path());
    let replayed = stores
        .journal
        .replay(&scope(), &RunId::new("r"), 0)
        .await
        .unwrap();
    assert_eq!(
        replayed.first(),
        Some(&created("t")),
        "what was acknowledged is kept"
    );
}

#[tokio::test]
async fn damaged_lessons_and_outcomes_are_skipped_and_reported() {
    let (dir, _) = filled().await;
    // The first is of the other project, whose name is shorter.
    damage(dir.path(), keys::table::LESSON, |number| number == 1);
    damage(dir.path(), keys::table::OUTCOME, |number| number == 0);
    let (stores, sled) = open_in(dir.path());
    for _ in 0..2 {
        let lessons = stores.lessons.after(&scope(), 0, 10).await.unwrap();
        assert_eq!(lessons.iter().map(|(seq, _)| *seq).collect::<Vec<_>>(), [2, 3, 5]);
        let outcomes = stores.outcomes.recent(&scope(), 10).await.unwrap();
        assert_eq!(outcomes, [outcome("g", 1.0 / 3.0)]);
        assert_eq!(sled.report().damaged.len(), 2, "each once");
    }
    let put = stores.lessons.put(&scope(), vec![lesson("new", 1)]).await;
    assert_eq!(put.unwrap(), super::super::Put::At(6));
}

#[tokio::test]
async fn a_damaged_vector_is_missing_and_can_be_had_again() {
    let dir = tempfile::tempdir().unwrap();
    let (stores, sled) = open_in(dir.path());
    let all = ["a", "b", "c"].map(|id| (LessonId::new(id), vec![1_i8; 768]));
    stores.embeddings.put(&scope(), "m", all.to_vec()).await.unwrap();
    drop(stores);
    drop(sled);
    damage(dir.path(), keys::table::EMBEDDING, |number| number == 1);
    let (stores, sled) = open_in(dir.path());
    let found = stores.embeddings.of_project(&scope(), "m", None, 10).await;
    assert_eq!(found.unwrap(), [all[0].clone(), all[2].clone()]);
    assert_eq!(sled.report().damaged.len(), 1);
    let again = vec![all[1].clone()];
    stores.embeddings.put(&scope(), "m", again).await.unwrap();
    let found = stores.embeddings.of_project(&scope(), "m", None, 10).await;
    assert_eq!(found.unwrap(), all);
}

#[tokio::test]
async fn vectors_are_left_behind_by_a_compaction() {
    let dir = tempfile::tempdir().unwrap();
    let (stores, sled) = open_in(dir.path());
    let put = stores.lessons.put(&scope(), vec![lesson("l", 1)]).await;
    put.unwrap();
    let vector = vec![(LessonId::new("l"), vec![1; 768])];
    stores.embeddings.put(&scope(), "m", vector).await.unwrap();
    drop(stores);
    drop(sled);
    let claim = Claim::take(dir.path()).unwrap();
    let compacted = compact(&claim, &Settings::default(), Arc::new(ManualClock::new())).unwrap();
    assert_eq!(compacted.export.records, 1);
    drop(claim);
    let (stores, _sled) = open_in(dir.path());
    let found = stores.embeddings.of_project(&scope(), "m", None, 10).await;
    assert_eq!(found.unwrap(), []);
    assert!(
        stores
            .lessons
            .get(&scope(), &LessonId::new("l"))
            .await
            .unwrap()
            .is_some()
    );
}

#[tokio::test]
async fn a_damaged_event_stops_its_run_only() {
    let (dir, _) = filled().await;
    // The second of `r`, which comes first because its name is shorter.
    damage(dir.path(), keys::table::EVENT, |number| number == 1);
    let (stores, _sled) = open_in(dir.path());
    let replay = |run: &str| {
        let (journal, run) = (stores.journal.clone(), RunId::new(run));
        async move { journal.replay(&scope(), &run, 0).await }
    };
    let error = replay("r").await.unwrap_err();
    assert_eq!(error.code(), "store.damaged");
    assert_eq!(replay("ended").await.unwrap().len(), 2);
    assert_eq!(stores.journal.unfinished(&scope(), 10).await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_missing_event_is_a_hole_and_not_an_end() {
    for missing in 0..3 {
        let (dir, _) = filled().await;
        let (stores, sled) = open_in(dir.path());
        let key = keys::events(&scope(), &RunId::new("r")).at(missing + 1);
        sled.database.reader.db.remove(key.as_ref()).unwrap().unwrap();
        let replayed = stores.journal.replay(&scope(), &RunId::new("r"), 0).await;
        assert_eq!(
            replayed.unwrap_err().code(),
            "store.damaged",
            "event {}",
            missing + 1
        );
    }
}

#[tokio::test]
async fn a_damaged_output_is_not_given_out() {
    let (dir, _) = filled().await;
    damage(dir.path(), keys::table::BLOB, |_| true);
    let (stores, _sled) = open_in(dir.path());
    let digest = crate::domain::Digest::of(b"an output");
    let error = stores.journal.blob(&scope(), &digest).await.unwrap_err();
    assert_eq!(error.code(), "store.damaged");
}

#[tokio::test]
async fn an_exchanged_audit_entry_is_seen() {
    let (dir, _) = filled().await;
    let (stores, sled) = open_in(dir.path());
    let segment = dir.path().join("audit/local/00000000000000000001.log");
    let text = std::fs::read(&segment).unwrap();
    let second = text.windows(8).position(|bytes| bytes == b"\"seq\":2,").unwrap();
    let mut exchanged = text.clone();
    exchanged[second + 6] = b'3';
    std::fs::write(&segment, exchanged).unwrap();
    let error = stores.audit.entries(&scope(), 0, 10).await.unwrap_err();
    assert_eq!(error.code(), "audit.damaged");
    assert_eq!(stores.audit.entries(&scope(), 0, 1).await.unwrap().len(), 1);
    let log = sled.audit_log("local").unwrap();
    let report = crate::audit::verify::verify(&log, &[]).unwrap();
    let found: Vec<_> = report
        .problems
        .iter()
        .map(|problem| (problem.kind, problem.first, problem.last))
        .collect();
    assert_eq!(found, [(crate::audit::verify::Kind::Changed, 2, 2)]);
}

#[tokio::test]
async fn a_lost_database_takes_no_audit_entry_with_it() {
    let (dir, _) = filled().await;
    std::fs::remove_dir_all(dir.path().join("db")).unwrap();
    let (stores, _sled) = open_in(dir.path());
    assert_eq!(stores.audit.entries(&scope(), 0, 10).await.unwrap().len(), 3);
}

#[tokio::test]
async fn a_corrupt_database_is_moved_aside_and_the_newest_export_restored() {
    let (dir, told) = filled().await;
    let (stores, sled) = open_in(dir.path());
    sled.export(&sled.export_path()).unwrap();
    drop((stores, sled));
    std::fs::write(
        dir.path().join("db/snap.00000000FFFFFFFF"),
        "not a snapshot at all",
    )
    .unwrap();
    let (after, report) = told_in(dir.path()).await;
    assert_eq!(after, told);
    assert_eq!(report.notes.len(), 3, "{:?}", report.notes);
    // The audit log is beside the database and was not lost.
    assert!(
        report.notes[2].contains("19 records added, 3 were there already"),
        "{:?}",
        report.notes
    );
    let quarantined = std::fs::read_dir(dir.path().join("quarantine")).unwrap();
    assert_eq!(quarantined.count(), 1);
    // Once restored, it is a store like any other.
    let (after, report) = told_in(dir.path()).await;
    assert_eq!((after, report.notes.len()), (told, 0));
}

#[tokio::test]
async fn a_corrupt_database_without_an_export_says_that_all_is_lost() {
    let (dir, _) = filled().await;
    std::fs::write(
        dir.path().join("db/snap.00000000FFFFFFFF"),
        "not a snapshot at all",
    )
    .unwrap();
    let (_stores, sled) = open_in(dir.path());
    let notes = sled.report().notes;
    assert!(notes.last().unwrap().contains("the store is empty"), "{notes:?}");
}

#[tokio::test]
async fn a_newer_format_is_refused_and_left_alone() {
    let (dir, told) = filled().await;
    let set_format = |format| {
        let (stores, sled) = open_in(dir.path());
        drop(stores);
        let meta = open::Meta {
            format,
            ..sled.database.meta.clone()
        };
        let payload = serde_json::to_vec(&meta).unwrap();
        let db = &sled.database.reader.db;
        db.insert(keys::meta().as_ref(), codec::seal(codec::WHOLE, &payload))
            .unwrap();
        db.flush().unwrap();
    };
    set_format(3);
    let error = refused(dir.path());
    assert_eq!(error.code(), "store.newer_format");
    insta::assert_snapshot!(error, @"data has format 3, this version reads up to 2");
    // Back by hand: nothing else was touched.
    let db = by_sled_alone(dir.path()).unwrap();
    let meta = open::Meta {
        format: 2,
        id: "x".to_owned(),
        created_at: Timestamp::UNIX_EPOCH,
    };
    let payload = serde_json::to_vec(&meta).unwrap();
    db.insert(keys::meta().as_ref(), codec::seal(codec::WHOLE, &payload))
        .unwrap();
    drop(db);
    assert_eq!(told_in(dir.path()).await.0, told);
}

#[tokio::test]
async fn a_database_that_somebody_else_opened_is_in_use() {
    let (dir, _) = filled().await;
    let _foreign = by_sled_alone(dir.path()).unwrap();
    let error = refused(dir.path());
    assert_eq!(error.code(), "store.in_use");
}

#[tokio::test]
async fn closing_finishes_what_waits_and_then_refuses() {
    let dir = tempfile::tempdir().unwrap();
    let (stores, sled) = open_in(dir.path());
    let waiting = (0..50).map(|run| {
        stores
            .journal
            .commit(change(&format!("r{run}"), 0, vec![created("t")]))
    });
    let waiting: Vec<_> = waiting.map(|commit| async { commit.await.is_ok() }).collect();
    assert!(futures::future::join_all(waiting).await.into_iter().all(|ok| ok));
    sled.close();
    let late = stores.journal.commit(change("late", 0, vec![created("t")])).await;
    assert_eq!(late.unwrap_err().code(), "store.closed");
    assert_eq!(stores.journal.unfinished(&scope(), 100).await.unwrap().len(), 50);
    assert!(
        Claim::take(dir.path()).is_err(),
        "the stores still hold the directory"
    );
    drop(stores);
    assert!(Claim::take(dir.path()).is_ok());
}

#[tokio::test]
async fn a_request_that_panics_takes_nothing_with_it() {
    let dir = tempfile::tempdir().unwrap();
    let (stores, sled) = open_in(dir.path());
    let writer = &sled.database.writer;
    let panicking = writer.write(|draft| -> Result<()> {
        draft.write(keys::meta(), &"half")?;
        panic!("for a test")
    });
    let before = stores.journal.commit(change("a", 0, vec![created("t")]));
    let after = stores.journal.commit(change("b", 0, vec![created("t")]));
    let (before, panicked, after) = futures::join!(before, panicking, after);
    assert_eq!(panicked.unwrap_err().code(), "store.io");
    assert_eq!(
        (before.unwrap(), after.unwrap()),
        (Committed::At(1), Committed::At(1))
    );
    drop(stores);
    sled.close();
    open_in(dir.path());
}

#[tokio::test]
async fn what_could_not_be_read_again_is_not_written() {
    let dir = tempfile::tempdir().unwrap();
    let (stores, _sled) = open_in(dir.path());
    let nested = |levels: usize| {
        let schema = (0..levels).fold(serde_json::json!(1), |inner, _| serde_json::json!([inner]));
        let mut event = created("t");
        let crate::domain::RunEvent::RunCreated { plan, .. } = &mut event else {
            panic!("{event:?}")
        };
        plan.steps.push(crate::domain::run::PlanStep {
            output_schema: Some(schema),
            ..crate::domain::run::PlanStep::new(crate::domain::StepId::new("s"), "", "")
        });
        event
    };
    let deepest = codec::DEEPEST - 4;
    let error = stores
        .journal
        .commit(change("r", 0, vec![nested(deepest + 1)]))
        .await;
    assert_eq!(error.unwrap_err().code(), "store.too_deep");
    let kept = nested(deepest);
    stores
        .journal
        .commit(change("r", 0, vec![kept.clone()]))
        .await
        .unwrap();
    assert_eq!(
        stores
            .journal
            .replay(&scope(), &RunId::new("r"), 0)
            .await
            .unwrap(),
        [kept]
    );
}

/// sled writes a page of more than 128 KiB into a file of its own, which it never syncs.
#[tokio::test]
async fn nothing_is_long_enough_for_the_files_that_sled_does_not_sync() {
    let dir = tempfile::tempdir().unwrap();
    let (stores, sled) = open_in(dir.path());
    for run in 0..4_u8 {
        let blob = |n: u8| (0..400_000_u32).map(|at| (at % 251) as u8 ^ n ^ run).collect();
        let change = Change {
            blobs: vec![blob(1), blob(2), blob(4)],
            ..change(&format!("r{run}"), 0, vec![created(&"long ".repeat(80_000))])
        };
        stores.journal.commit(change).await.unwrap();
        let lesson = crate::domain::Lesson {
            text: "x".repeat(4_000),
            ..lesson(&format!("l{run}"), 1)
        };
        stores.lessons.put(&scope(), vec![lesson]).await.unwrap();
    }
    let files = std::fs::read_dir(dir.path().join("db/blobs")).unwrap();
    assert_eq!(files.count(), 0);
    drop(sled);
}

#[tokio::test]
async fn debug_does_not_print_the_records() {
    let (dir, _) = filled().await;
    let (stores, sled) = open_in(dir.path());
    let printed = format!("{stores:?} {sled:?}");
    assert!(!printed.contains("read the log"), "{printed}");
    assert!(
        stores
            .lessons
            .get(&scope(), &LessonId::new("a"))
            .await
            .unwrap()
            .is_some()
    );
}
