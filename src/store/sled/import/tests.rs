use std::fs;
use std::path::PathBuf;

use tempfile::TempDir;

use super::*;
use crate::audit::verify::{Kind, verify};
use crate::clock::ManualClock;
use crate::domain::Delivery;
use crate::store::conformance::samples::{self, change, created, lesson, scope};
use crate::store::sled::{Compacted, Durability, Sled, compact, open as open_store};
use crate::store::{Change, Shelf, Stores};

const SETTINGS: Settings = Settings {
    durability: Durability::Process,
};

fn clock() -> Arc<dyn Clock> {
    Arc::new(ManualClock::new())
}

fn open_in(dir: &Path) -> (Stores, Sled) {
    open_store(&Claim::take(dir).unwrap(), &SETTINGS, clock()).unwrap()
}

fn import_into(dir: &Path, file: &Path) -> Imported {
    import(&Claim::take(dir).unwrap(), &SETTINGS, &clock(), file).unwrap()
}

fn compact_in(dir: &Path) -> Result<Compacted> {
    compact(&Claim::take(dir).unwrap(), &SETTINGS, clock())
}

fn export_of(dir: &Path) -> PathBuf {
    let (_stores, sled) = open_in(dir);
    sled.export(&dir.join("export.jsonl")).unwrap().path
}

async fn told_in(dir: &Path) -> Vec<String> {
    let (stores, _sled) = open_in(dir);
    samples::told(&stores).await
}

/// A store with something of everything, and its export.
async fn filled() -> (TempDir, PathBuf) {
    filled_in(tempfile::tempdir().unwrap()).await
}

async fn filled_in(dir: TempDir) -> (TempDir, PathBuf) {
    let (stores, sled) = open_in(dir.path());
    samples::fill(&stores).await;
    drop((stores, sled));
    let file = export_of(dir.path());
    (dir, file)
}

#[tokio::test]
async fn an_empty_store_that_imports_answers_as_the_one_that_exported() {
    let (from, file) = filled().await;
    let to = tempfile::tempdir().unwrap();
    let imported = import_into(to.path(), &file);
    assert_eq!(
        imported.to_string(),
        "22 records added, 0 were there already, 0 conflicts, 0 damaged lines"
    );
    assert_eq!(told_in(to.path()).await, told_in(from.path()).await);
    let lines = |file: &Path| {
        fs::read_to_string(file)
            .unwrap()
            .split_once('\n')
            .unwrap()
            .1
            .to_owned()
    };
    assert_eq!(lines(&export_of(to.path())), lines(&file), "all but the header");
}

#[tokio::test]
async fn importing_twice_adds_nothing() {
    let (_from, file) = filled().await;
    let to = tempfile::tempdir().unwrap();
    import_into(to.path(), &file);
    let told = told_in(to.path()).await;
    let again = import_into(to.path(), &file);
    assert_eq!(
        again.to_string(),
        "0 records added, 22 were there already, 0 conflicts, 0 damaged lines"
    );
    assert_eq!(told_in(to.path()).await, told);
}

#[tokio::test]
async fn what_is_there_is_never_overwritten() {
    let (_from, file) = filled().await;
    let to = tempfile::tempdir().unwrap();
    let (stores, sled) = open_in(to.path());
    let mine = change("r", 0, vec![created("mine")]);
    stores.journal.commit(mine).await.unwrap();
    stores.lessons.put(&scope(), vec![lesson("c", 1)]).await.unwrap();
    stores
        .audit
        .append(samples::entry(&scope(), "mine").into())
        .await
        .unwrap();
    drop((stores, sled));
    let imported = import_into(to.path(), &file);
    assert_eq!((imported.added, imported.same), (15, 0));
    insta::assert_debug_snapshot!(imported.conflicts.first, @r#"
    [
        "line 5: another record is in its place",
        "line 9: another record is in its place",
        "line 21: another record is in its place",
    ]
    "#);
    insta::assert_debug_snapshot!(imported.damaged.first, @r#"
    [
        "line 10: what it follows was left out",
        "line 11: what it follows was left out",
        "line 22: what it follows was left out",
        "line 23: what it follows was left out",
    ]
    "#);
    let (stores, _sled) = open_in(to.path());
    let run = crate::domain::RunId::new("r");
    let events = stores.journal.replay(&scope(), &run, 0).await.unwrap();
    assert_eq!(events, [created("mine")]);
    assert_eq!(
        stores.audit.entries(&scope(), 0, 1).await.unwrap()[0].1.entry.via,
        "mine"
    );
}

#[tokio::test]
async fn damaged_lines_are_named_and_the_rest_is_read() {
    let (_from, file) = filled().await;
    let text = fs::read_to_string(&file).unwrap();
    let lines: Vec<_> = text.lines().collect();
    let find = |what: &str| lines.iter().position(|line| line.contains(what)).unwrap();
    let (blob, outcome) = (find(r#""record":"blob""#), find(r#""record":"outcome""#));
    let mut damaged: Vec<String> = lines.iter().map(|line| (*line).to_owned()).collect();
    damaged[blob] = lines[blob].replace("base64\":\"", "base64\":\"AAAA");
    damaged[outcome] = lines[outcome][..40].to_owned();
    damaged.insert(
        1,
        lines[outcome].replace(r#""project":""#, r#""project":"\u0000"#),
    );
    damaged.pop();
    fs::write(&file, damaged.join("\n")).unwrap();
    let to = tempfile::tempdir().unwrap();
    let imported = import_into(to.path(), &file);
    assert_eq!((imported.added, imported.complete), (20, false));
    insta::assert_debug_snapshot!(imported.damaged.first, @r#"
    [
        "line 2: its organisation or project cannot be one",
        "line 15: its bytes have another digest",
        "line 17: control character (\\u0000-\\u001F) found while parsing a string at line 2 column 0",
    ]
    "#);
}

#[tokio::test]
async fn damaged_records_are_left_out_of_an_export_and_counted() {
    let (dir, file) = filled().await;
    let (_stores, sled) = open_in(dir.path());
    let key = keys::outcomes(&scope()).at(1);
    sled.database.reader.db.insert(key.as_ref(), b"x").unwrap();
    let exported = sled.export(&file).unwrap();
    assert_eq!((exported.records, exported.skipped), (21, 1));
    assert_eq!(sled.report().damaged.len(), 1);
}

#[tokio::test]
async fn an_export_that_fails_leaves_the_one_before() {
    let (dir, file) = filled().await;
    let before = fs::read_to_string(&file).unwrap();
    fs::create_dir(dir.path().join("export.jsonl.part")).unwrap();
    let (_stores, sled) = open_in(dir.path());
    assert_eq!(sled.export(&file).unwrap_err().code(), "store.io");
    assert_eq!(fs::read_to_string(&file).unwrap(), before);
}

#[tokio::test]
async fn compacting_keeps_everything_and_gives_room_back() {
    let (dir, _) = filled().await;
    let (stores, sled) = open_in(dir.path());
    for round in 0..100 {
        let limit = Some(crate::domain::MicroUsd(1_000 + round));
        stores.budgets.set_limit(&scope(), limit).await.unwrap();
        let text = "x".repeat(8_000);
        let route = crate::domain::RouteRecord {
            model: format!("{text}{round}"),
            ..samples::route("g")
        };
        stores.outcomes.remember(&scope(), route).await.unwrap();
    }
    let told = samples::told(&stores).await;
    let id = sled.database.meta.clone();
    drop((stores, sled));
    let compacted = compact_in(dir.path()).unwrap();
    assert!(compacted.after < compacted.before, "{compacted:?}");
    assert_eq!(told_in(dir.path()).await, told);
    let (_stores, sled) = open_in(dir.path());
    assert_eq!(sled.database.meta, id);
    assert!(!compacted.export.path.exists());
    assert_eq!(sled.report().notes, Vec::<String>::new());
}

#[tokio::test]
async fn compacting_loses_nothing_silently() {
    let (dir, _) = filled().await;
    let (stores, sled) = open_in(dir.path());
    let key = keys::outcomes(&scope()).at(1);
    sled.database.reader.db.insert(key.as_ref(), b"x").unwrap();
    sled.database.reader.db.flush().unwrap();
    drop((stores, sled));
    assert_eq!(compact_in(dir.path()).unwrap_err().code(), "store.damaged");
    let (stores, _sled) = open_in(dir.path());
    assert_eq!(stores.outcomes.recent(&scope(), 10).await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_compaction_that_was_cut_off_leaves_one_of_its_two_ends() {
    let (dir, _) = filled().await;
    let told = told_in(dir.path()).await;
    let [db, new, old] = ["db", open::NEW, open::OLD].map(|name| dir.path().join(name));
    // While the new database was being written.
    fs::create_dir(&new).unwrap();
    assert_eq!(told_in(dir.path()).await, told);
    // Between the two renames.
    fs::rename(&db, &old).unwrap();
    fs::create_dir(&new).unwrap();
    assert_eq!(told_in(dir.path()).await, told);
    // Before the old one was removed.
    fs::create_dir(&old).unwrap();
    assert_eq!(told_in(dir.path()).await, told);
    assert!(!new.exists() && !old.exists());
}

fn fixture(version: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/data")
        .join(version)
}

/// A data directory with the files of a fixture. Git keeps no empty directories.
fn copied(version: &str, to: &Path) {
    fs::create_dir_all(to.join("db/blobs")).unwrap();
    let mut folders = vec![PathBuf::new()];
    while let Some(folder) = folders.pop() {
        fs::create_dir_all(to.join(&folder)).unwrap();
        for entry in fs::read_dir(fixture(version).join(&folder)).unwrap() {
            let entry = entry.unwrap();
            let name = folder.join(entry.file_name());
            match entry.file_type().unwrap().is_dir() {
                true => folders.push(name),
                false => {
                    fs::copy(entry.path(), to.join(name)).unwrap();
                }
            }
        }
    }
}

#[tokio::test]
async fn the_export_of_format_1_still_loads() {
    let to = tempfile::tempdir().unwrap();
    let imported = import_into(to.path(), &fixture("store-v1").join("export.jsonl"));
    assert_eq!((imported.added, imported.complete), (22, true));
    holds_what_format_1_held(to.path()).await;
    let again = import_into(to.path(), &fixture("store-v1").join("export.jsonl"));
    assert_eq!((again.added, again.same), (0, 22));
}

/// All that was there, and the entries of the chain as leaves, with links that still hold.
async fn holds_what_format_1_held(dir: &Path) {
    let memory = crate::store::memory::stores();
    samples::fill(&memory).await;
    let (mut told, mut expect) = (told_in(dir).await, samples::told(&memory).await);
    // The hash of an entry is another one in a tree.
    told.pop();
    expect.pop();
    assert!(told == expect);
    let (stores, sled) = open_in(dir);
    let entries = async |stores: &Stores| -> Vec<_> {
        let entries = stores.audit.entries(&scope(), 0, 10).await.unwrap();
        entries.into_iter().map(|(at, record)| (at.seq, record)).collect()
    };
    assert_eq!(entries(&stores).await, entries(&memory).await);
    let report = verify(&sled.audit_log("local").unwrap(), &[]).unwrap();
    assert_eq!(
        (report.carried, report.signed, report.problems),
        (3, 3, Vec::new())
    );
}

#[tokio::test]
async fn messages_on_their_way_are_exported_and_survive_compaction() {
    let dir = tempfile::tempdir().unwrap();
    let (stores, sled) = open_in(dir.path());
    let with = Change {
        deliveries: vec![samples::delivery("flow", 1), samples::delivery("flow", 2)],
        ..change("r", 0, vec![created("t")])
    };
    stores.journal.commit(with).await.unwrap();
    let dead = Delivery {
        due: None,
        ..samples::delivery("flow", 2)
    };
    stores
        .outbox
        .shelve(&scope(), dead.clone(), Shelf::Dead)
        .await
        .unwrap();
    drop((stores, sled));
    let holds = async |dir: &Path| {
        let (stores, _sled) = open_in(dir);
        let waiting = stores.outbox.waiting(10).await.unwrap();
        assert!(
            waiting
                .iter()
                .map(|(_, one)| one)
                .eq([&samples::delivery("flow", 1)])
        );
        assert!(
            stores
                .outbox
                .dead(10)
                .await
                .unwrap()
                .iter()
                .map(|(_, one)| one)
                .eq([&dead])
        );
    };
    let file = export_of(dir.path());
    let to = tempfile::tempdir().unwrap();
    assert_eq!(import_into(to.path(), &file).added, 3);
    holds(to.path()).await;
    compact_in(dir.path()).unwrap();
    holds(dir.path()).await;
}

#[tokio::test]
async fn the_database_of_format_1_still_opens() {
    let to = tempfile::tempdir().unwrap();
    copied("store-v1", to.path());
    let (stores, sled) = open_in(to.path());
    assert_eq!(sled.report().notes, ["migrated from format 1 to 2"]);
    assert!(
        sled.database
            .reader
            .db
            .scan_prefix([keys::table::AUDIT])
            .next()
            .is_none()
    );
    drop((stores, sled));
    holds_what_format_1_held(to.path()).await;
    let (_stores, sled) = open_in(to.path());
    assert_eq!(sled.report().notes, Vec::<String>::new());
}

#[tokio::test]
async fn what_a_chain_had_lost_is_marked_and_not_hidden() {
    let text = fs::read_to_string(fixture("store-v1").join("export.jsonl")).unwrap();
    let kept: Vec<_> = text
        .lines()
        .filter(|line| !line.contains(r#""record":"audit","seq":2"#))
        .collect();
    let to = tempfile::tempdir().unwrap();
    let file = to.path().join("holed.jsonl");
    fs::write(&file, kept.join("\n") + "\n").unwrap();
    import_into(to.path(), &file);
    let (stores, sled) = open_in(to.path());
    let entries = stores.audit.entries(&scope(), 0, 10).await.unwrap();
    let numbers: Vec<_> = entries.iter().map(|(at, _)| at.seq).collect();
    assert_eq!(numbers, [1, 3]);
    let stored = sled.audit_log("local").unwrap().entries(1, 1).unwrap().remove(0);
    assert!(stored.leaf.starts_with(r#"{"lost":"#), "{stored:?}");
    let next = stores.audit.append(samples::entry(&scope(), "new").into()).await;
    assert_eq!(next.unwrap().seq, 4);
}

#[tokio::test]
async fn the_database_of_format_2_still_opens() {
    let to = tempfile::tempdir().unwrap();
    copied("store-v2", to.path());
    let memory = crate::store::memory::stores();
    samples::fill(&memory).await;
    assert!(told_in(to.path()).await == samples::told(&memory).await);
    let (_stores, sled) = open_in(to.path());
    assert_eq!(sled.report().notes, Vec::<String>::new());
    // All is as it was; the key it was signed with is not in the fixture.
    let report = verify(&sled.audit_log("local").unwrap(), &[]).unwrap();
    let kinds: Vec<_> = report.problems.iter().map(|problem| problem.kind).collect();
    assert_eq!((report.entries, kinds), (3, vec![Kind::Checkpoint]));
}

#[tokio::test]
async fn the_export_of_format_2_still_loads() {
    let to = tempfile::tempdir().unwrap();
    let imported = import_into(to.path(), &fixture("store-v2").join("export.jsonl"));
    assert_eq!((imported.added, imported.complete), (22, true));
    let memory = crate::store::memory::stores();
    samples::fill(&memory).await;
    assert!(told_in(to.path()).await == samples::told(&memory).await);
}

/// Run by hand when a format is new: `cargo test --lib writes_the_fixture -- --ignored`, then give the new
/// directory in `tests/data` its name, and take the key, the lock and the owner's note out of it.
#[tokio::test]
#[ignore = "it writes what the tests above compare with"]
async fn writes_the_fixture() {
    let data = fixture("store-v1").parent().unwrap().to_owned();
    let (dir, _) = filled_in(tempfile::tempdir_in(data).unwrap()).await;
    drop(dir.keep());
}
