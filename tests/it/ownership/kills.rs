//! Many servers on one directory, whose owners are killed one after the other.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use super::*;

const SERVERS: usize = 20;
const KILLS: usize = 20;

#[test]
#[expect(
    clippy::print_stderr,
    reason = "how long a takeover takes is a figure to look at"
)]
fn twenty_servers_survive_twenty_dead_owners_and_lose_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    let (over, answered) = (AtomicBool::new(false), AtomicUsize::new(0));
    let tallies = Mutex::new(Vec::new());
    let mut killed = Vec::new();
    std::thread::scope(|scope| {
        for client in 0..SERVERS {
            let (over, answered, tallies) = (&over, &answered, &tallies);
            scope.spawn(move || {
                let tally = work(dir, client, over, answered);
                tallies.lock().unwrap().push(tally);
            });
        }
        let wait_for = |answers: usize| {
            let until = Instant::now() + PATIENCE;
            while answered.load(Ordering::Relaxed) < answers {
                assert!(Instant::now() < until, "nobody gets an answer any more");
                std::thread::sleep(Duration::from_millis(5));
            }
        };
        wait_for(SERVERS);
        let mut last = 0;
        for _ in 0..KILLS {
            wait_for(answered.load(Ordering::Relaxed) + SERVERS);
            let pid = loop {
                match owner(dir) {
                    pid if pid != last => break pid,
                    _ => std::thread::sleep(Duration::from_millis(1)),
                }
            };
            signal("KILL", pid);
            killed.push(Instant::now());
            last = pid;
        }
        wait_for(answered.load(Ordering::Relaxed) + SERVERS);
        over.store(true, Ordering::Relaxed);
    });
    let tallies = tallies.into_inner().unwrap();
    let calls = || tallies.iter().flat_map(|tally| &tally.calls);
    let takeovers = killed.iter().map(|kill| {
        let answered = calls().filter(|(begin, _)| begin > kill).map(|(_, end)| *end);
        answered.min().unwrap().duration_since(*kill)
    });
    let mut takeovers: Vec<_> = takeovers.collect();
    takeovers.sort();
    let mut slowest: Vec<_> = calls().map(|(begin, end)| end.duration_since(*begin)).collect();
    slowest.sort();
    eprintln!(
        "{} calls by {SERVERS} clients, {KILLS} owners killed; a call after a kill is answered within {:?} (median), \
         {:?} (most); the slowest call of all took {:?}",
        slowest.len(),
        takeovers[KILLS / 2],
        takeovers[KILLS - 1],
        slowest.last().unwrap(),
    );
    let errors: Vec<_> = tallies.iter().flat_map(|tally| &tally.errors).collect();
    assert!(errors.is_empty(), "{errors:?}");
    assert!(takeovers[KILLS - 1] < Duration::from_secs(20), "{takeovers:?}");
    check_kept(dir, &tallies);
}

#[derive(Default)]
struct Tally {
    /// Lesson id, text, and whether the client had to ask a second server.
    kept: Vec<(String, String, bool)>,
    /// When each call was made and answered.
    calls: Vec<(Instant, Instant)>,
    errors: Vec<Value>,
}

/// Records lessons until it is over; when its own server dies, starts another and retries once.
fn work(dir: &Path, client: usize, over: &AtomicBool, answered: &AtomicUsize) -> Tally {
    let mut tally = Tally::default();
    let mut server = Server::start(dir);
    for n in 0.. {
        if over.load(Ordering::Relaxed) {
            break;
        }
        let text = format!(
            "Lesson {n} of client {client}: {:x}.",
            (n * 31 + client) * 2_654_435_761
        );
        let call = json!({"name": "record_lesson", "arguments": {"lesson": text}});
        let begin = Instant::now();
        let mut retried = false;
        let answer = match server.try_request("tools/call", call.clone()) {
            Some(answer) => answer,
            None => {
                retried = true;
                server = Server::start(dir);
                server.request("tools/call", call)
            }
        };
        tally.calls.push((begin, Instant::now()));
        answered.fetch_add(1, Ordering::Relaxed);
        match answer["result"]["structuredContent"]["id"].as_str() {
            Some(id) => tally.kept.push((id.to_owned(), text, retried)),
            None => tally.errors.push(answer),
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    tally
}

/// Every acknowledged lesson is there once, and was written once unless its client itself asked twice.
fn check_kept(dir: &Path, tallies: &[Tally]) {
    let file = dir.join("all.jsonl");
    let (code, _, stderr) = run(dir, &["export", &file.to_string_lossy()]);
    assert_eq!(code, Some(0), "{stderr}");
    let text = std::fs::read_to_string(file).unwrap();
    let records: Vec<Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    for (id, text, retried) in tallies.iter().flat_map(|tally| &tally.kept) {
        let revisions: Vec<_> = records
            .iter()
            .map(|record| &record["lesson"])
            .filter(|lesson| lesson["text"] == **text)
            .collect();
        assert!(!revisions.is_empty(), "lost: {text}");
        assert!(
            revisions.iter().all(|lesson| lesson["id"] == **id),
            "twice: {revisions:?}"
        );
        assert!(
            *retried || revisions.len() == 1,
            "confirmed by nobody: {revisions:?}"
        );
    }
}
