//! Kill -9 at any moment: nothing acknowledged is lost, no recorded step is asked for again, every open succeeds.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::support::{Server, run};

const KILLS: u64 = 100;

#[test]
fn a_hundred_kills_lose_nothing_and_repeat_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let mut seen = Acknowledged::default();
    let mut lots = Lots(0x5eed);
    let begin = Instant::now();
    assert!(Server::start(dir.path()).finish().success());
    let start = begin.elapsed();
    for kill in 0..KILLS {
        if kill % 5 == 0 {
            plant_half_a_snapshot(dir.path());
        }
        // Some deaths fall into the opening, most into the work.
        let life = match kill % 4 {
            0 => start.mul_f64(lots.share()),
            _ => start + Duration::from_millis(300).mul_f64(lots.share()),
        };
        work_until_killed(dir.path(), life, &mut seen);
    }
    assert!(
        seen.lessons.len() > 50,
        "too little was done to prove anything: {}",
        seen.lessons.len()
    );
    assert!(
        seen.steps.len() > 50,
        "too little was done to prove anything: {}",
        seen.steps.len()
    );

    let mut server = Server::start(dir.path());
    check_runs(&mut server, &seen);
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
}

fn work_until_killed(dir: &Path, life: Duration, seen: &mut Acknowledged) {
    let mut server = Server::spawn(crate::support::firstmate(dir).args(["serve", "--stdio"]));
    let pid = server.pid();
    let killer = std::thread::spawn(move || {
        std::thread::park_timeout(life);
        // The process may be a zombie already; then there is nothing to kill.
        let _status = std::process::Command::new("kill")
            .args(["-9", &pid.to_string()])
            .status();
    });
    while work(&mut server, seen).is_some() {}
    killer.join().unwrap();
    server.kill();
}

/// One round of work; `None` as soon as the server is gone.
fn work(server: &mut Server, seen: &mut Acknowledged) -> Option<()> {
    if server.is_fresh() {
        let params = json!({"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "crash", "version": "0"}});
        server.try_request("initialize", params)?;
    }
    seen.counter += 1;
    let text = format!(
        "Lesson number {} of the crash test: {:x}.",
        seen.counter,
        seen.counter * 2_654_435_761
    );
    let lesson = call(server, "record_lesson", json!({"lesson": text}))?;
    seen.lessons
        .insert(lesson["id"].as_str().unwrap().to_owned(), text);

    let mut reply = match seen.run.clone() {
        Some(run) => call(server, "run_crew", json!({"run_id": run, "action": "status"}))?,
        None => {
            let steps: Vec<_> = (0..4)
                .map(|n| json!({"id": format!("s{n}"), "role": "r", "goal": "Say something."}))
                .collect();
            call(
                server,
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

fn call(server: &mut Server, tool: &str, arguments: Value) -> Option<Value> {
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
