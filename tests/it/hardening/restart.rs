//! A stop under load: streams end with their result, calls in flight are answered, and the next process takes over.

use std::io::{Read as _, Write as _};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::callers::{CLIENTS, Tally, work};
use crate::raw::{Answer, HOST, call, connect, modern, open_session, posted};
use crate::support::{HttpServer, firstmate, run};

#[cfg(unix)]
#[test]
fn calls_survive_a_restart_without_one_failure() {
    let dir = tempfile::tempdir().unwrap();
    let server = HttpServer::start(dir.path());
    let address = server.url.trim_start_matches("http://").to_owned();
    let tally = Arc::new(Tally::default());
    let clients: Vec<_> = (0..CLIENTS)
        .map(|client| {
            let (address, tally) = (address.clone(), Arc::clone(&tally));
            std::thread::spawn(move || work(client, &address, &tally))
        })
        .collect();
    std::thread::sleep(Duration::from_secs(2));
    let before = tally.done.load(Ordering::Relaxed);
    server.ask_to_stop();
    assert!(server.finish().success());
    // Its place is free at once: the lock, and the address.
    let next = HttpServer::listening(&address, firstmate(dir.path()).args(["--log", "info"]));
    std::thread::sleep(Duration::from_secs(2));
    tally.stop.store(true, Ordering::Relaxed);
    for client in clients {
        client.join().unwrap();
    }
    let (after, failed) = (tally.done.load(Ordering::Relaxed), tally.failed.lock().unwrap());
    assert!(
        failed.is_empty(),
        "{} of {after}: {:?}",
        failed.len(),
        failed.first()
    );
    assert!(
        before > 100 && after > before + 100,
        "{before} before the stop, {after} in all"
    );
    let (unheard, unanswered) = (&tally.unheard, &tally.unanswered);
    assert!(
        unheard.load(Ordering::Relaxed) + unanswered.load(Ordering::Relaxed) > 0,
        "nobody noticed the restart"
    );
    // What was acknowledged by either process is there, once, and nothing else is.
    let (code, listed, said) = run(
        dir.path(),
        &["lessons", "list", "--state", "all", "--limit", "10000", "--json"],
    );
    assert_eq!(code, Some(0), "{said}");
    drop(next);
    let listed: Value = serde_json::from_str(&listed).unwrap();
    let lessons = listed["lessons"].as_array().unwrap().iter();
    let mut there: Vec<_> = lessons
        .map(|lesson| lesson["title"].as_str().unwrap().to_owned())
        .collect();
    let mut kept = tally.kept.lock().unwrap().clone();
    there.sort_unstable();
    kept.sort_unstable();
    assert_eq!(there, kept, "unheard {unheard:?}, unanswered {unanswered:?}");
}

/// Half a request at the stop, the rest when all calls are done: it is refused, and nothing of it is done.
#[cfg(unix)]
#[test]
fn what_comes_after_the_last_call_has_ended_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let server = HttpServer::start(dir.path());
    let (headers, body) = modern("record_lesson", &json!({"lesson": "The bell is cracked."}));
    let request = posted("/mcp", &headers, &body);
    let (half, rest) = request.split_at(30);
    let mut socket = connect(&server);
    socket.write_all(half.as_bytes()).unwrap();
    // It has to have been read, else the connection is none yet.
    std::thread::sleep(Duration::from_millis(300));
    server.ask_to_stop();
    std::thread::sleep(Duration::from_millis(300));
    socket.write_all(rest.as_bytes()).unwrap();
    let answer = Answer::read(&mut socket);
    assert_eq!(answer.status, 503, "{answer:?}");
    assert_eq!(answer.messages[0]["error"]["data"]["code"], "http.stops");
    assert!(server.finish().success());
    let (_, listed, _) = run(dir.path(), &["lessons", "list", "--state", "all"]);
    assert!(listed.starts_with("no lessons"), "{listed}");
}

#[cfg(unix)]
#[test]
fn a_stop_under_load_ends_streams_and_answers_what_runs() {
    let dir = tempfile::tempdir().unwrap();
    let server = HttpServer::spawn(firstmate(dir.path()).env("FIRSTMATE_CALL__APPROVAL_WAIT_S", "2"));
    let session = open_session(&server, &json!({"elicitation": {}}));
    let mut standing = connect(&server);
    write!(
        standing,
        "GET /mcp HTTP/1.1\r\n{HOST}{session}accept: text/event-stream\r\n\r\n"
    )
    .unwrap();
    let mut older = connect(&server);
    write!(
        older,
        "GET /sse HTTP/1.1\r\n{HOST}accept: text/event-stream\r\n\r\n"
    )
    .unwrap();
    crate::raw::data(&mut older);
    let action = json!({"action": {"kind": "shell", "content": "git push --force origin topic"}});
    let mut running = connect(&server);
    running
        .write_all(posted("/mcp", &session, &call("enforce_policy", &action)).as_bytes())
        .unwrap();
    crate::raw::data(&mut running);
    let since = Instant::now();
    server.ask_to_stop();
    let answer: Value = serde_json::from_str(&crate::raw::data(&mut running)).unwrap();
    assert_eq!(
        answer["result"]["structuredContent"]["decision"], "require_approval",
        "{answer}"
    );
    for mut stream in [standing, older] {
        let mut rest = Vec::new();
        stream
            .read_to_end(&mut rest)
            .expect("a stream is cut off, and not ended");
        assert!(rest.ends_with(b"0\r\n\r\n"), "{}", String::from_utf8_lossy(&rest));
    }
    assert!(server.finish().success());
    assert!(since.elapsed() < Duration::from_secs(10), "{:?}", since.elapsed());
}
