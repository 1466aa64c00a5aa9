//! Clients that are slow, silent or many; and that the server starts nothing.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use serde_json::json;

use crate::raw::{Answer, HOST, INITIALIZED, call, connect, data, hello, post};
use crate::support::{HttpServer, PATIENCE, firstmate};

/// Seconds that a busy machine may add.
const BUSY: f64 = 3.0;

/// Seconds from now until the server closes the connection.
fn until_closed(mut socket: TcpStream, since: Instant) -> f64 {
    socket.set_read_timeout(Some(PATIENCE)).unwrap();
    let mut rest = Vec::new();
    // Closed or reset, both are an end.
    let _reset = socket.read_to_end(&mut rest).is_err();
    since.elapsed().as_secs_f64()
}

/// With the settings as they come.
#[test]
fn who_says_nothing_or_half_of_it_is_cut_off_within_ten_seconds() {
    let dir = tempfile::tempdir().unwrap();
    let server = HttpServer::start(dir.path());
    let since = Instant::now();
    let sockets: Vec<_> = [
        "",
        "GET /hea",
        "POST /mcp HTTP/1.1\r\nhost: local",
        "GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n",
    ]
    .into_iter()
    .map(|start| {
        let mut socket = connect(&server);
        socket.write_all(start.as_bytes()).unwrap();
        socket
    })
    .collect();
    // One that goes on and on: a byte a second is no header, either.
    let mut dripping = connect(&server);
    let drip = dripping.try_clone().unwrap();
    let dripper = std::thread::spawn(move || {
        while dripping.write_all(b"x").is_ok() {
            std::thread::sleep(Duration::from_millis(500));
        }
    });
    // One whose first byte comes when all others are about to be cut off.
    let mut late = connect(&server);
    std::thread::sleep(Duration::from_secs_f64(7.0).saturating_sub(since.elapsed()));
    late.write_all(b"GET /hea").unwrap();
    let took: Vec<_> = sockets
        .into_iter()
        .chain([drip, late])
        .map(|socket| until_closed(socket, since))
        .collect();
    // Eight seconds, one more for who spoke late, and what a busy machine adds.
    assert!(
        took.iter().all(|seconds| (1.0..10.0 + BUSY).contains(seconds)),
        "{took:?}"
    );
    dripper.join().unwrap();
}

/// A page of another site can have that said as often as it likes, and the log lies on a disk.
#[test]
fn a_flood_of_refusals_does_not_flood_the_log() {
    let dir = tempfile::tempdir().unwrap();
    let server = HttpServer::start(dir.path());
    for n in 0..400 {
        let headers = match n % 4 {
            0 => "host: evil.example\r\n".to_owned(),
            1 => format!("{HOST}authorization: Bearer wrong{n}\r\n"),
            _ => format!("{HOST}origin: https://evil{n}.example\r\n"),
        };
        let answer = Answer::to(&server, "GET", "/mcp", &headers, "");
        assert!([401, 403].contains(&answer.status), "{answer:?}");
    }
    let lines = |log: &str| log.lines().filter(|line| line.contains("refused")).count();
    let log = server.log();
    assert_eq!(lines(&log), 3, "one for each reason: {log}");
    #[cfg(unix)]
    {
        server.ask_to_stop();
        let since = Instant::now();
        while !server.log().contains("times=199") {
            assert!(since.elapsed() < PATIENCE, "{}", server.log());
            std::thread::sleep(Duration::from_millis(50));
        }
        assert_eq!(server.log().matches("times=99").count(), 2, "{}", server.log());
        assert_eq!(lines(&server.log()), 6, "{}", server.log());
    }
}

#[test]
fn half_a_body_is_told_that_it_is_late() {
    let dir = tempfile::tempdir().unwrap();
    let server = HttpServer::spawn(firstmate(dir.path()).env("FIRSTMATE_HTTP__BODY_TIMEOUT_S", "1"));
    let mut socket = connect(&server);
    let head = "content-type: application/json\r\naccept: application/json, text/event-stream\r\n";
    write!(
        socket,
        "POST /mcp HTTP/1.1\r\n{HOST}connection: close\r\n{head}content-length: 100\r\n\r\n{{"
    )
    .unwrap();
    let answer = Answer::read(&mut socket);
    assert_eq!(answer.status, 408, "{answer:?}");
    assert_eq!(answer.messages[0]["error"]["data"]["code"], "http.too_slow");
}

#[test]
fn a_flood_of_connections_is_turned_away_and_passes() {
    let dir = tempfile::tempdir().unwrap();
    let mut command = firstmate(dir.path());
    command.env("FIRSTMATE_HTTP__MAX_CONNECTIONS", "32");
    let server = HttpServer::spawn(command.env("FIRSTMATE_HTTP__HEADER_TIMEOUT_S", "2"));
    let silent: Vec<_> = (0..32).map(|_| connect(&server)).collect();
    let mut one_more = connect(&server);
    let refused = Answer::read(&mut one_more);
    assert_eq!(refused.status, 503);
    assert!(refused.head.contains("retry-after: 5"), "{}", refused.head);
    let since = Instant::now();
    while since.elapsed() < PATIENCE {
        let mut socket = connect(&server);
        let asked = write!(socket, "GET /healthz HTTP/1.1\r\n{HOST}connection: close\r\n\r\n");
        let mut answer = String::new();
        if asked.is_ok() && socket.read_to_string(&mut answer).is_ok() && answer.starts_with("HTTP/1.1 200") {
            drop(silent);
            return;
        }
        std::thread::sleep(Duration::from_millis(200));
    }
    panic!("the silent ones hold all connections");
}

/// A stream that nobody reads fills up, and is closed; the session goes with it.
#[test]
fn a_stream_that_nobody_reads_is_closed() {
    let dir = tempfile::tempdir().unwrap();
    // Long enough for a busy machine to fill what has an end before that.
    let server = HttpServer::spawn(firstmate(dir.path()).env("FIRSTMATE_HTTP__WRITE_TIMEOUT_S", "4"));
    let mut events = connect(&server);
    write!(
        events,
        "GET /sse HTTP/1.1\r\n{HOST}accept: text/event-stream\r\n\r\n"
    )
    .unwrap();
    let endpoint = data(&mut events);
    assert_eq!(post(&server, &endpoint, "", &hello(&json!({}))).status, 202);
    assert_eq!(post(&server, &endpoint, "", INITIALIZED).status, 202);
    // Each answer is about as long as all schemas of the tools.
    let list = r#"{"jsonrpc":"2.0","id":3,"method":"tools/list"}"#;
    let since = Instant::now();
    let (mut sent, mut refused) = (0, 0);
    loop {
        match post(&server, &endpoint, "", list).status {
            202 => sent += 1,
            // Too many wait: it is full, and the clock runs.
            503 => {
                refused += 1;
                std::thread::sleep(Duration::from_millis(100));
            }
            404 | 410 => break,
            other => panic!("{other} after {sent}"),
        }
        assert!(
            since.elapsed() < PATIENCE,
            "{sent} were taken, and it is still open"
        );
    }
    assert!(sent > 10 && refused > 0, "{sent} were taken, {refused} refused");
    // What the system holds of it, and then a few dozen.
    assert!(sent < 1_000, "{sent} were taken, and nobody read the answers");
    let answer = post(&server, "/mcp", "", &hello(&json!({})));
    assert_eq!(answer.status, 200, "nobody else is held");
}

/// The server is one process and stays one, whatever it is asked.
#[cfg(target_os = "linux")]
#[test]
#[expect(clippy::print_stderr, reason = "a skipped test says so")]
fn nothing_that_is_asked_starts_a_program() {
    use std::process::{Command, Stdio};
    let dir = tempfile::tempdir().unwrap();
    let trace = dir.path().join("trace");
    let works = Command::new("strace").args(["-o", "/dev/null", "true"]).status();
    if !works.is_ok_and(|status| status.success()) {
        let has_to = std::env::var_os("CI").is_some_and(|ci| ci == "true");
        assert!(!has_to, "strace is not installed or may not trace here");
        eprintln!("skipped: strace is not installed or may not trace here");
        return;
    }
    let arguments = [
        r#"{"action":{"kind":"shell","content":"touch /tmp/$(id) `id`; id | sh"}}"#,
        r#"{"action":{"kind":"shell","content":"git push --force origin main"}}"#,
    ];
    let mut lines = vec![hello(&json!({})), INITIALIZED.to_owned()];
    for arguments in arguments {
        lines.push(call("enforce_policy", &serde_json::from_str(arguments).unwrap()));
    }
    lines.push(call("route_task", &json!({"task": "run `rm -rf /` in a shell"})));
    lines.push(call(
        "validate_output",
        &json!({"output": "#!/bin/sh\n$(id)\n", "kind": "code", "language": "bash"}),
    ));
    lines.push(call(
        "validate_output",
        &json!({"output": "import os; os.system('id')", "kind": "code", "language": "python"}),
    ));
    lines.push(call(
        "record_lesson",
        &json!({"lesson": "The id is in $(id); `touch x` makes x."}),
    ));
    lines.push(call("search_knowledge", &json!({"query": "$(id) && touch x"})));
    lines.push(call(
        "run_crew",
        &json!({"task": "$(id)", "plan": {"steps": [{"id": "a", "goal": "`id`"}]}}),
    ));
    // Each call with an id of its own.
    let lines: String = lines
        .iter()
        .enumerate()
        .map(|(n, line)| line.replace("\"id\":2,", &format!("\"id\":{},", n + 10)) + "\n")
        .collect();
    let mut child = Command::new("strace")
        .args(["-f", "-e", "trace=execve,execveat", "-o"])
        .arg(&trace)
        .arg(env!("CARGO_BIN_EXE_firstmate"))
        .args([
            "--data-dir",
            &dir.path().join("data").to_string_lossy(),
            "serve",
            "--stdio",
        ])
        .env_clear()
        .env("HOME", dir.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(lines.as_bytes()).unwrap();
    drop(stdin);
    let told = child.wait_with_output().unwrap();
    let answers = String::from_utf8(told.stdout).unwrap();
    assert_eq!(answers.matches("structuredContent").count(), 8, "{answers}");
    let trace = std::fs::read_to_string(&trace).unwrap();
    let started: Vec<_> = trace.lines().filter(|line| line.contains("exec")).collect();
    assert_eq!(started.len(), 1, "only its own start: {started:#?}");
}
