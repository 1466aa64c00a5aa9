//! Kill -9 at any moment: nothing acknowledged is lost, no recorded step is asked for again, every open succeeds.

use std::collections::BTreeMap;
use std::os::unix::process::ExitStatusExt as _;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Sender, channel};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::support::{Server, run};

const KILLS: u64 = 200;
/// More lessons than a process leaves to be read again: at its end it keeps an index.
const LESSONS: usize = 220;
/// So many calls a process that has opened may answer at most; with the next one on its way it is killed.
const CALLS: f64 = 14.0;
/// The longest that one is left on its way.
const LEFT: Duration = Duration::from_millis(8);

#[test]
fn two_hundred_kills_lose_nothing_and_repeat_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let mut seen = Acknowledged::default();
    let mut server = Server::start(dir.path());
    for _ in 0..LESSONS {
        record(&mut server, &mut seen).unwrap();
    }
    assert!(server.finish().success());
    let index = std::fs::read(index_of(dir.path())).expect("an index was kept");
    let begin = Instant::now();
    assert!(Server::start(dir.path()).finish().success());
    let start = begin.elapsed();
    let mut lots = Lots(0x5eed);
    for kill in 0..KILLS {
        match kill % 8 {
            0 => plant_half_a_snapshot(dir.path()),
            3 => plant_half_an_index(dir.path(), &index[..(index.len() as f64 * lots.share()) as usize]),
            // A whole one, behind what is stored by all that came since.
            6 => std::fs::write(index_of(dir.path()), &index).unwrap(),
            _ => {}
        }
        if kill % 2 == 0 {
            open_until_killed(dir.path(), start.mul_f64(lots.share()));
        } else {
            let calls = (CALLS * lots.share()) as usize;
            work_until_killed(dir.path(), calls, LEFT.mul_f64(lots.share()), &mut seen);
        }
    }
    assert!(
        seen.lessons.len() > LESSONS + 30 && seen.steps.len() > 50,
        "too little was done to prove anything: {} lessons, {} steps",
        seen.lessons.len(),
        seen.steps.len()
    );

    let mut server = Server::start(dir.path());
    check_runs(&mut server, &seen);
    check_search(&mut server, &seen);
    assert!(server.finish().success());
    check_export(dir.path(), &seen);
}

/// What the server said it had done.
#[derive(Default)]
struct Acknowledged {
    /// Lesson id to text.
    lessons: BTreeMap<String, String>,
    /// Run and step to the digest of its output.
    steps: BTreeMap<(String, String), String>,
    /// The run under way.
    run: Option<String>,
    counter: u64,
    /// After so many more calls somebody is told, once.
    fuse: usize,
    killer: Option<Sender<()>>,
}

/// Dies within its first milliseconds, wherever in the opening that may be.
fn open_until_killed(dir: &Path, life: Duration) {
    let server = Server::spawn(crate::support::firstmate(dir).args(["serve", "--stdio"]));
    std::thread::sleep(life);
    check_was_killed(server);
}

/// Dies while it works: some time into the call after so many others.
fn work_until_killed(dir: &Path, calls: usize, left: Duration, seen: &mut Acknowledged) {
    let mut server = Server::start(dir);
    let pid = server.pid();
    let (sender, told) = channel();
    (seen.fuse, seen.killer) = (calls, Some(sender));
    let killer = std::thread::spawn(move || {
        told.recv().unwrap();
        std::thread::sleep(left);
        let killed = std::process::Command::new("kill")
            .args(["-9", &pid.to_string()])
            .status();
        assert!(killed.unwrap().success(), "it was gone before it was killed");
    });
    while work(&mut server, seen).is_some() {}
    killer.join().unwrap();
    check_was_killed(server);
}

/// A process that could not open its store would have ended by itself.
fn check_was_killed(server: Server) {
    let status = server.kill();
    assert_eq!(status.signal(), Some(9), "it ended by itself: {status}");
}

/// One round of work; `None` as soon as the server is gone.
fn work(server: &mut Server, seen: &mut Acknowledged) -> Option<()> {
    record(server, seen)?;
    let mut reply = match seen.run.clone() {
        Some(run) => call(
            server,
            seen,
            "run_crew",
            json!({"run_id": run, "action": "status"}),
        )?,
        None => {
            let steps: Vec<_> = (0..4)
                .map(|n| json!({"id": format!("s{n}"), "role": "r", "goal": "Say something."}))
                .collect();
            call(
                server,
                seen,
                "run_crew",
                json!({"task": "crash test", "plan": {"steps": steps}}),
            )?
        }
    };
    let run = reply["run_id"].as_str().unwrap().to_owned();
    seen.run = Some(run.clone());
    while reply["status"] == "input_required" {
        let pending = &reply["pending"][0];
        let step = pending["step_id"].as_str().unwrap().to_owned();
        let key = (run.clone(), step);
        assert!(
            !seen.steps.contains_key(&key),
            "a recorded step was asked for again: {key:?}"
        );
        let output = format!("The output of {} in {run}.", key.1);
        let submission = json!({"step_token": pending["step_token"], "output": output});
        reply = call(
            server,
            seen,
            "run_crew",
            json!({"run_id": run, "submissions": [submission]}),
        )?;
        assert_eq!(reply["receipts"][0]["outcome"], "recorded", "{reply}");
        seen.steps.insert(key, output);
    }
    assert_eq!(reply["status"], "completed", "{reply}");
    seen.run = None;
    Some(())
}

/// One more lesson; `None` as soon as the server is gone.
fn record(server: &mut Server, seen: &mut Acknowledged) -> Option<()> {
    seen.counter += 1;
    let (number, mark) = (seen.counter, seen.counter * 2_654_435_761);
    let text = format!("Lesson number {number} of the crash test: {mark:x}.");
    let lesson = call(server, seen, "record_lesson", json!({"lesson": text}))?;
    seen.lessons
        .insert(lesson["id"].as_str().unwrap().to_owned(), text);
    Some(())
}

fn call(server: &mut Server, seen: &mut Acknowledged, tool: &str, arguments: Value) -> Option<Value> {
    match seen.fuse.checked_sub(1) {
        Some(fuse) => seen.fuse = fuse,
        None => drop(seen.killer.take().map(|killer| killer.send(()))),
    }
    let answer = server.try_request("tools/call", json!({"name": tool, "arguments": arguments}))?;
    assert_ne!(answer["result"]["isError"], true, "{tool}: {answer}");
    Some(answer["result"]["structuredContent"].clone())
}

/// Every run reached what was acknowledged of it.
fn check_runs(server: &mut Server, seen: &Acknowledged) {
    for ((run, step), output) in &seen.steps {
        let page = server.call(
            "run_crew",
            json!({"action": "status", "run_id": run, "step_id": step, "offset": 0}),
        );
        assert!(page.to_string().contains(output), "{run} {step}: {page}");
    }
}

/// What was acknowledged is found, whatever became of the index that was kept.
fn check_search(server: &mut Server, seen: &Acknowledged) {
    for (id, text) in seen.lessons.iter().step_by(7) {
        let found = server.call("search_knowledge", json!({"query": text, "limit": 1}));
        assert_eq!(found["hits"][0]["id"], **id, "{text}: {found}");
    }
}

/// Every lesson is there, and no step of any run has two results.
fn check_export(dir: &Path, seen: &Acknowledged) {
    let file = dir.join("export.jsonl");
    let (code, _, stderr) = run(dir, &["export", &file.to_string_lossy()]);
    assert_eq!(code, Some(0), "{stderr}");
    let text = std::fs::read_to_string(file).unwrap();
    for (id, lesson) in &seen.lessons {
        assert!(text.contains(id) && text.contains(lesson), "lost: {id} {lesson}");
    }
    let mut results = BTreeMap::new();
    for line in text.lines() {
        let record: Value = serde_json::from_str(line).unwrap();
        let event = &record["event"];
        if event["event"] == "step_result" {
            let key = (record["run"].to_string(), event["step"].to_string());
            *results.entry(key).or_insert(0) += 1;
        }
    }
    assert!(
        results.len() >= seen.steps.len(),
        "{} results, {} acknowledged",
        results.len(),
        seen.steps.len()
    );
    assert!(
        results.values().all(|count| *count == 1),
        "executed twice: {results:?}"
    );
}

/// What sled leaves behind when it is killed while it writes a snapshot: sorted last, it would be read first.
fn plant_half_a_snapshot(dir: &Path) {
    let db = dir.join("data").join("db");
    if db.exists() {
        std::fs::write(db.join("snap.00000000FFFFFFFF.generating"), b"half a snapshot").unwrap();
    }
}

/// What a process leaves behind that is killed while it keeps an index, and a disk that lost the end of one.
fn plant_half_an_index(dir: &Path, half: &[u8]) {
    let index = index_of(dir);
    std::fs::write(index.with_extension("4711.new"), half).unwrap();
    std::fs::write(index, half).unwrap();
}

/// The one index there is or will be.
fn index_of(dir: &Path) -> PathBuf {
    let files = std::fs::read_dir(dir.join("data").join("index")).unwrap();
    let mut files = files.map(|file| file.unwrap().path());
    files
        .find(|file| file.extension().is_some_and(|ending| ending == "fmix"))
        .expect("no index")
}

/// A small generator, so that a failing seed can be tried again (xorshift64*).
struct Lots(u64);

impl Lots {
    /// A number from 0 to 1.
    fn share(&mut self) -> f64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 11) as f64 / (1u64 << 53) as f64
    }
}
