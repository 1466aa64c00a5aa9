//! Indexes that are kept on disk, beside the store they belong to.

use std::path::Path;
use std::sync::LazyLock;

use super::*;

/// More revisions than a process leaves to be read again.
const ENOUGH: usize = 260;

/// One clock for all processes: ids come from it.
static CLOCK: LazyLock<Arc<ManualClock>> = LazyLock::new(Arc::default);

/// A process that keeps no index.
fn without(log: &Arc<Log>) -> Knowledge {
    Knowledge::new(log.clone(), CLOCK.clone())
}

fn on(log: &Arc<Log>, dir: &Path) -> Knowledge {
    without(log).with_indexes_in(dir.to_owned())
}

fn note(knowledge: &Knowledge, text: &str) -> LessonId {
    let scope = scope("project", "ada");
    wait(knowledge.record(&scope, NewLesson::note(text))).unwrap().id
}

fn find(knowledge: &Knowledge, query: &str) -> Found {
    wait(knowledge.search(&scope("project", "ada"), &Query::new(query))).unwrap()
}

/// A store with an index in `dir` that was kept when the process ended.
fn kept(dir: &Path) -> Arc<Log> {
    let log = Arc::new(Log::default());
    let knowledge = on(&log, dir);
    for n in 0..ENOUGH {
        note(&knowledge, &format!("{} of the first store", sentence(n)));
    }
    knowledge.keep();
    log
}

#[test]
fn a_start_reads_only_what_came_after_the_index_that_was_kept() {
    let dir = tempfile::tempdir().unwrap();
    let log = kept(dir.path());
    // Another process that left no index behind.
    let late = note(&without(&log), "The freeze is over.");
    let read = *log.read.lock().unwrap();
    let knowledge = on(&log, dir.path());
    assert_eq!(find(&knowledge, "freeze").hits[0].id, late);
    assert!(
        *log.read.lock().unwrap() - read < 5,
        "the log was read from the start"
    );
    let whole = without(&log);
    for query in ["common w3", "rare12 pair", "freeze"] {
        assert_eq!(find(&knowledge, query), find(&whole, query));
    }
}

#[test]
fn the_index_of_another_store_is_not_taken() {
    let dir = tempfile::tempdir().unwrap();
    kept(dir.path());
    // The same numbers, but other revisions under them.
    let other = Arc::new(Log::default());
    let writer = without(&other);
    note(&writer, "Only one lesson here.");
    for n in 1..ENOUGH + 10 {
        note(&writer, &format!("{} of the second store", sentence(n)));
    }
    let knowledge = on(&other, dir.path());
    assert_eq!(
        find(&knowledge, "rare7").hits[0].title,
        "common w0 pair7 rare7 of the second store"
    );
    assert_eq!(find(&knowledge, "first").hits.len(), 0);
}

#[test]
fn the_index_of_a_longer_store_is_not_taken() {
    let dir = tempfile::tempdir().unwrap();
    kept(dir.path());
    let short = Arc::new(Log::default());
    let knowledge = on(&short, dir.path());
    assert_eq!(find(&knowledge, "rare7").hits.len(), 0);
    note(&knowledge, "The freeze is over.");
    assert_eq!(find(&knowledge, "freeze common").hits.len(), 1);
}

#[test]
fn what_is_no_index_is_built_again_and_half_a_file_removed() {
    let dir = tempfile::tempdir().unwrap();
    let log = kept(dir.path());
    let files = || -> Vec<PathBuf> {
        let files = std::fs::read_dir(dir.path()).unwrap();
        files.map(|file| file.unwrap().path()).collect()
    };
    let [file] = files().try_into().unwrap();
    let bytes = std::fs::read(&file).unwrap();
    std::fs::write(&file, &bytes[..bytes.len() / 2]).unwrap();
    std::fs::write(file.with_extension("7.new"), &bytes[..99]).unwrap();
    let knowledge = on(&log, dir.path());
    assert_eq!(
        find(&knowledge, "rare7").hits[0].title,
        "common w0 pair7 rare7 of the first store"
    );
    knowledge.keep();
    assert_eq!(files(), std::slice::from_ref(&file));
    assert!(std::fs::metadata(&file).unwrap().len() >= bytes.len() as u64);
}

#[tokio::test]
async fn an_index_that_is_being_kept_when_the_process_ends_is_kept() {
    let dir = tempfile::tempdir().unwrap();
    let (log, scope) = (Arc::new(Log::default()), scope("project", "ada"));
    // So many that the first search begins to keep the index at once.
    for n in 0..5_000 {
        let text = sentence(n);
        let id = LessonId::new(format!("{n:032}"));
        let lesson = record::first_revision(&NewLesson::note(&text), id, dedupe::digest(&text), CLOCK.now());
        log.put(&scope, vec![lesson]).await.unwrap();
    }
    let knowledge = on(&log, dir.path());
    knowledge.search(&scope, &Query::new("rare7")).await.unwrap();
    knowledge.keep();
    let read = *log.read.lock().unwrap();
    on(&log, dir.path())
        .search(&scope, &Query::new("rare7"))
        .await
        .unwrap();
    assert!(
        *log.read.lock().unwrap() - read < 5,
        "the log was read from the start"
    );
}
