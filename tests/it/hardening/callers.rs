//! Clients that call all the time and keep account of what was said to them.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::TcpStream;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::raw::{modern, posted};
use crate::support::PATIENCE;

pub(super) const CLIENTS: usize = 8;
/// Between the calls of one client: together they want to make 500 a second.
const PAUSE: Duration = Duration::from_millis(16);

/// What became of the calls of all clients.
#[derive(Default)]
pub(super) struct Tally {
    pub(super) stop: AtomicBool,
    pub(super) done: AtomicUsize,
    /// Nobody listened, or the whole call could not be sent.
    pub(super) unheard: AtomicUsize,
    /// Sent whole, and closed or refused without a word of an answer.
    pub(super) unanswered: AtomicUsize,
    pub(super) failed: Mutex<Vec<String>>,
    /// The lessons that were acknowledged.
    pub(super) kept: Mutex<Vec<String>>,
}

/// A lesson unlike all others, which would be merged otherwise: its title, and words that only it has.
fn lesson(client: usize, n: usize) -> (String, String) {
    let mut state = (client * 1_000_003 + n + 1) as u64;
    let words = (0..12).map(|_| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        let letter = |at: u32| char::from(b'a' + (state >> (20 + 5 * at)) as u8 % 26);
        (0..7).map(letter).collect::<String>()
    });
    (format!("Alarm {client} {n}"), words.collect::<Vec<_>>().join(" "))
}

/// One client that keeps its connection, and tries again what was refused or broke off before an answer began.
pub(super) fn work(client: usize, address: &str, tally: &Tally) {
    let mut connection = None;
    let mut n = 0;
    while !tally.stop.load(Ordering::Relaxed) {
        let (title, text) = lesson(client, n);
        let (tool, arguments) = match n % 8 {
            0 => ("record_lesson", json!({"lesson": text, "title": title})),
            1..4 => ("search_knowledge", json!({"query": "alarm"})),
            _ => (
                "enforce_policy",
                json!({"action": {"kind": "shell", "content": "ls"}}),
            ),
        };
        n += 1;
        let since = Instant::now();
        loop {
            let mut sent = false;
            match ask(&mut connection, address, tool, &arguments, &mut sent) {
                Ok(answer) => {
                    let output = &answer["result"]["structuredContent"];
                    let is_lesson = tool == "record_lesson";
                    // A duplicate was kept by a call whose answer was lost.
                    if !output.is_object() || is_lesson && output["status"] != "created" {
                        tally.failed.lock().unwrap().push(answer.to_string());
                    } else if is_lesson {
                        tally.kept.lock().unwrap().push(title);
                    }
                    tally.done.fetch_add(1, Ordering::Relaxed);
                    break;
                }
                Err(error) if since.elapsed() < PATIENCE && may_try_again(&error) => {
                    connection = None;
                    let count = if sent { &tally.unanswered } else { &tally.unheard };
                    count.fetch_add(1, Ordering::Relaxed);
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
    sent: &mut bool,
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
    *sent = true;
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
