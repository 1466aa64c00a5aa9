//! A stop under load: streams end with their result, calls in flight are answered, and the next process takes over.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::TcpStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::raw::{HOST, call, connect, modern, open_session, posted};
use crate::support::{HttpServer, PATIENCE, firstmate};

const CLIENTS: usize = 8;
/// Between the calls of one client: together they make 500 a second.
const PAUSE: Duration = Duration::from_millis(16);

/// What became of the calls of all clients.
#[derive(Default)]
struct Tally {
    stop: AtomicBool,
    done: AtomicUsize,
    tried_again: AtomicUsize,
    failed: std::sync::Mutex<Vec<String>>,
}

#[cfg(unix)]
#[test]
fn five_hundred_calls_a_second_survive_a_restart_without_one_failure() {
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
    assert!(
        tally.tried_again.load(Ordering::Relaxed) > 0,
        "nobody noticed the restart"
    );
    // What was acknowledged by either process is there.
    let found = (0..CLIENTS).map(|client| {
        let query = json!({"query": format!("client {client} alarm"), "limit": 20});
        let (headers, body) = modern("search_knowledge", &query);
        crate::raw::post(&next, "/mcp", &headers, &body)
            .messages
            .pop()
            .unwrap()
    });
    assert!(
        found
            .into_iter()
            .all(|answer| answer.to_string().contains("alarm"))
    );
}

/// One client that keeps its connection, and tries again what was refused or broke off before an answer began.
fn work(client: usize, address: &str, tally: &Tally) {
    let mut connection = None;
    let mut n = 0;
    while !tally.stop.load(Ordering::Relaxed) {
        let (tool, arguments) = match n % 8 {
            0 => (
                "record_lesson",
                json!({"lesson": format!("The alarm of client {client} rang {n} times.")}),
            ),
            1..4 => ("search_knowledge", json!({"query": "alarm"})),
            _ => (
                "enforce_policy",
                json!({"action": {"kind": "shell", "content": "ls"}}),
            ),
        };
        n += 1;
        let since = Instant::now();
        loop {
            match ask(&mut connection, address, tool, &arguments) {
                Ok(answer) if answer["result"]["structuredContent"].is_object() => {
                    tally.done.fetch_add(1, Ordering::Relaxed);
                    break;
                }
                Ok(answer) => {
                    tally.failed.lock().unwrap().push(answer.to_string());
                    break;
                }
                Err(error) if since.elapsed() < PATIENCE && may_try_again(&error) => {
                    connection = None;
                    tally.tried_again.fetch_add(1, Ordering::Relaxed);
                    std::thread::sleep(Duration::from_millis(20));
                }
                Err(error) => {
                    tally.failed.lock().unwrap().push(error.to_string());
                    return;
                }
            }
        }
        std::thread::sleep(PAUSE.saturating_sub(since.elapsed()));
    }
}

fn may_try_again(error: &std::io::Error) -> bool {
    use ErrorKind::{
        BrokenPipe, ConnectionAborted, ConnectionRefused, ConnectionReset, NotConnected, UnexpectedEof,
    };
    matches!(
        error.kind(),
        BrokenPipe | ConnectionAborted | ConnectionRefused | ConnectionReset | NotConnected | UnexpectedEof
    )
}

/// A call on the connection there is. An answer that began and broke off is no case for trying again: `Other`.
fn ask(
    connection: &mut Option<TcpStream>,
    address: &str,
    tool: &str,
    arguments: &Value,
) -> std::io::Result<Value> {
    let socket = match connection {
        Some(socket) => socket,
        None => {
            let socket = TcpStream::connect(address)?;
            socket.set_read_timeout(Some(PATIENCE))?;
            connection.insert(socket)
        }
    };
    let (headers, body) = modern(tool, arguments);
    let request = posted("/mcp", &headers, &body).replace("connection: close\r\n", "");
    socket.write_all(request.as_bytes())?;
    let mut answer = Vec::new();
    loop {
        let mut part = [0; 4096];
        let read = socket.read(&mut part)?;
        if read == 0 && answer.is_empty() {
            return Err(ErrorKind::UnexpectedEof.into());
        }
        if read == 0 {
            return Err(std::io::Error::other(format!(
                "broke off: {}",
                String::from_utf8_lossy(&answer)
            )));
        }
        answer.extend_from_slice(&part[..read]);
        if answer.ends_with(b"0\r\n\r\n") {
            break;
        }
        // With a length it is a refusal, or JSON; it comes in one piece.
        let text = String::from_utf8_lossy(&answer);
        if text.to_ascii_lowercase().contains("content-length:") && text.contains("\r\n\r\n") {
            break;
        }
    }
    let text = String::from_utf8_lossy(&answer);
    if text.starts_with("HTTP/1.1 503") {
        return Err(ErrorKind::ConnectionAborted.into());
    }
    let lines = text
        .lines()
        .map(|line| line.strip_prefix("data: ").unwrap_or(line));
    let message = lines
        .filter_map(|line| serde_json::from_str::<Value>(line).ok())
        .find(Value::is_object);
    message.ok_or_else(|| std::io::Error::other(format!("no message: {text}")))
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
