//! Raw HTTP over loopback: who is let in, what is too much, sessions, and stopping.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::fixture::{Pause, output, server, server_that_waits};
use crate::mcp::Server;
use crate::mcp::http::{Beside, Settings, serve};

struct Served {
    address: SocketAddr,
    stop: CancellationToken,
    ended: JoinHandle<()>,
    tasks: TaskTracker,
}

impl Served {
    async fn with(server: Server, settings: Settings) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, tasks) = (CancellationToken::new(), TaskTracker::new());
        let ended = serve(
            listener,
            server,
            settings,
            Beside::default(),
            tasks.clone(),
            stop.clone(),
        );
        let ended = TaskTracker::new().spawn(ended);
        Self {
            address,
            stop,
            ended,
            tasks,
        }
    }

    async fn new() -> Self {
        Self::with(server(), Settings::default()).await
    }

    async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.unwrap()
    }

    /// Sends text and reads until the server closes the connection.
    async fn raw(&self, text: &str) -> String {
        let mut socket = self.connect().await;
        socket.write_all(text.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        // A server that closes before it has read everything resets the connection after its answer.
        drop(socket.read_to_end(&mut answer).await);
        String::from_utf8_lossy(&answer).into_owned()
    }

    async fn get(&self, path: &str, headers: &str) -> String {
        self.raw(&format!(
            "GET {path} HTTP/1.1\r\nconnection: close\r\n{headers}\r\n"
        ))
        .await
    }

    async fn post(&self, path: &str, headers: &str, body: &str) -> String {
        self.raw(&post(path, headers, body)).await
    }

    /// Stops the server; when it has ended, nothing that it started is left.
    async fn stop(self) {
        self.stop.cancel();
        self.ended.await.unwrap();
        self.tasks.close();
        self.tasks.wait().await;
    }
}

const HOST: &str = "host: localhost\r\n";

fn post(path: &str, headers: &str, body: &str) -> String {
    format!(
        "POST {path} HTTP/1.1\r\nconnection: close\r\naccept: application/json, text/event-stream\r\n\
         content-type: application/json\r\ncontent-length: {}\r\n{headers}\r\n{body}",
        body.len()
    )
}

fn status(answer: &str) -> u16 {
    let code = answer
        .split(' ')
        .nth(1)
        .unwrap_or_else(|| panic!("no status in {answer:?}"));
    code.parse().unwrap()
}

/// The messages in a body, be it JSON or events.
fn messages(answer: &str) -> Vec<Value> {
    let body = answer.split_once("\r\n\r\n").unwrap().1;
    let lines = body
        .lines()
        .map(|line| line.strip_prefix("data: ").unwrap_or(line));
    lines
        .filter_map(|line| serde_json::from_str(line).ok())
        .filter(Value::is_object)
        .collect()
}

fn initialize() -> String {
    let params = json!({"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "t", "version": "1"}});
    json!({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": params}).to_string()
}

fn call(tool: &str, arguments: &Value) -> String {
    let params = json!({"name": tool, "arguments": arguments});
    json!({"jsonrpc": "2.0", "id": 2, "method": "tools/call", "params": params}).to_string()
}

fn session_of(answer: &str) -> String {
    let line = answer
        .lines()
        .find(|line| line.to_ascii_lowercase().starts_with("mcp-session-id:"));
    line.unwrap_or_else(|| panic!("no session in {answer}"))
        .split_once(':')
        .unwrap()
        .1
        .trim()
        .to_owned()
}

#[tokio::test]
async fn foreign_pages_and_foreign_names_are_refused_on_every_route() {
    let served = Served::new().await;
    for path in [
        "/mcp",
        "/sse",
        "/messages?session_id=1",
        "/healthz",
        "/readyz",
        "/nothing",
    ] {
        for headers in [
            "host: localhost\r\norigin: https://evil.example\r\n",
            "host: localhost\r\norigin: null\r\n",
            "host: evil.example\r\n",
        ] {
            assert_eq!(
                status(&served.get(path, headers).await),
                403,
                "GET {path} {headers}"
            );
            assert_eq!(
                status(&served.post(path, headers, &initialize()).await),
                403,
                "POST {path} {headers}"
            );
        }
    }
    assert_eq!(status(&served.get("/healthz", HOST).await), 200);
    assert_eq!(status(&served.get("/readyz", HOST).await), 200);
    assert_eq!(status(&served.get("/nothing", HOST).await), 404);
    served.stop().await;
}

#[tokio::test]
async fn an_old_client_has_a_session_and_a_new_one_needs_none() {
    let served = Served::new().await;
    let hello = served.post("/mcp", HOST, &initialize()).await;
    assert_eq!(
        messages(&hello)[0]["result"]["protocolVersion"],
        "2025-06-18",
        "{hello}"
    );
    let headers = format!(
        "{HOST}mcp-session-id: {}\r\nmcp-protocol-version: 2025-06-18\r\n",
        session_of(&hello)
    );
    let answer = served
        .post("/mcp", &headers, &call("route_task", &json!({"task": "sort"})))
        .await;
    let answer = messages(&answer).pop().unwrap();
    assert!(output(&answer["result"])["route_id"].is_string(), "{answer}");

    let mut modern: Value = serde_json::from_str(&call("route_task", &json!({"task": "sort"}))).unwrap();
    modern["params"]["_meta"] = json!({
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientInfo": {"name": "t", "version": "1"},
        "io.modelcontextprotocol/clientCapabilities": {}
    });
    let headers = format!(
        "{HOST}mcp-protocol-version: 2026-07-28\r\nmcp-method: tools/call\r\nmcp-name: route_task\r\n"
    );
    let answer = served.post("/mcp", &headers, &modern.to_string()).await;
    let answer = messages(&answer).pop().unwrap();
    assert_eq!(answer["result"]["resultType"], "complete", "{answer}");
    served.stop().await;
}

#[tokio::test]
async fn what_is_no_message_is_refused_in_json_rpc() {
    let served = Served::with(
        server(),
        Settings {
            body_limit_bytes: 2_000,
            ..Settings::default()
        },
    )
    .await;
    let deep = format!(
        r#"{{"jsonrpc":"2.0","id":5,"method":"ping","params":{}{}}}"#,
        "[".repeat(500),
        "]".repeat(500)
    );
    for (body, expected, code) in [
        ("{", 400, -32700),
        ("\u{fffd}", 400, -32700),
        ("[]", 400, -32600),
        (r#"[{"jsonrpc":"2.0","id":1,"method":"ping"}]"#, 400, -32600),
        (&deep, 400, -32600),
        (r#"{"id":5}"#, 400, -32600),
        (&"x".repeat(2_001), 413, -32600),
    ] {
        let answer = served.post("/mcp", HOST, body).await;
        assert_eq!(status(&answer), expected, "{body:.40}: {answer}");
        assert_eq!(
            messages(&answer)[0]["error"]["code"],
            code,
            "{body:.40}: {answer}"
        );
    }
    let chunked = format!(
        "POST /mcp HTTP/1.1\r\n{HOST}connection: close\r\ntransfer-encoding: chunked\r\n\r\nbb8\r\n{}\r\n0\r\n\r\n",
        "x".repeat(3_000)
    );
    assert_eq!(status(&served.raw(&chunked).await), 413);
    let plain = post("/mcp", HOST, "hello").replace(
        "application/json\r\ncontent-length",
        "text/plain\r\ncontent-length",
    );
    assert_eq!(status(&served.raw(&plain).await), 415);
    served.stop().await;
}

#[tokio::test]
async fn whoever_does_not_finish_a_sentence_is_cut_off() {
    let settings = Settings {
        header_timeout_s: 1,
        body_timeout_s: 1,
        ..Settings::default()
    };
    let served = Served::with(server(), settings).await;
    let body = post("/mcp", HOST, &initialize());
    let (silent, header, body) = tokio::join!(
        served.raw(""),
        served.raw("POST /mcp HTTP/1.1\r\nhost: local"),
        served.raw(&body[..body.len() - 10]),
    );
    assert_eq!(silent, "");
    // hyper may say 408 before it closes.
    assert!(header.is_empty() || status(&header) == 408, "{header}");
    assert_eq!(status(&body), 408);
    served.stop().await;
}

#[tokio::test]
async fn one_session_too_many_is_told_to_come_again() {
    let settings = Settings {
        max_sessions: 1,
        ..Settings::default()
    };
    let served = Served::with(server(), settings).await;
    let first = served.post("/mcp", HOST, &initialize()).await;
    assert_eq!(status(&first), 200);
    for answer in [
        served.post("/mcp", HOST, &initialize()).await,
        served.get("/sse", HOST).await,
    ] {
        assert_eq!(status(&answer), 503, "{answer}");
        assert!(answer.contains("retry-after: "), "{answer}");
    }
    let delete = format!(
        "DELETE /mcp HTTP/1.1\r\nconnection: close\r\n{HOST}mcp-session-id: {}\r\n\r\n",
        session_of(&first)
    );
    assert_eq!(status(&served.raw(&delete).await), 202);
    assert_eq!(status(&served.post("/mcp", HOST, &initialize()).await), 200);
    served.stop().await;
}

#[tokio::test]
async fn one_connection_too_many_gets_a_bare_503() {
    let settings = Settings {
        max_connections: 1,
        ..Settings::default()
    };
    let served = Served::with(server(), settings).await;
    let mut first = Events::open(&served, "/healthz").await;
    assert_eq!(first.until("alive").await, "alive");
    assert_eq!(status(&served.raw("").await), 503);
    drop(first);
    served.stop().await;
}

/// A response that is read line by line while it goes on.
struct Events {
    lines: Lines<BufReader<TcpStream>>,
}

impl Events {
    async fn open(served: &Served, path: &str) -> Self {
        let mut socket = served.connect().await;
        let request = format!("GET {path} HTTP/1.1\r\n{HOST}accept: text/event-stream\r\n\r\n");
        socket.write_all(request.as_bytes()).await.unwrap();
        Self {
            lines: BufReader::new(socket).lines(),
        }
    }

    /// The rest of the first line that starts so, after it.
    async fn next(&mut self, start: &str) -> Option<String> {
        while let Some(line) = self.lines.next_line().await.unwrap() {
            if let Some(rest) = line.strip_prefix(start) {
                return Some(rest.to_owned());
            }
        }
        None
    }

    /// Reads this text, which no newline follows.
    async fn until(&mut self, text: &str) -> String {
        while let Some(line) = self.lines.next_line().await.unwrap() {
            if line.is_empty() {
                break;
            }
        }
        let mut read = vec![0; text.len()];
        self.lines.get_mut().read_exact(&mut read).await.unwrap();
        String::from_utf8(read).unwrap()
    }

    async fn message(&mut self) -> Value {
        let data = self.next("data: ").await.expect("the stream ended");
        serde_json::from_str(&data).unwrap()
    }
}

#[tokio::test]
async fn the_older_pair_carries_a_whole_conversation() {
    let served = Served::new().await;
    let mut events = Events::open(&served, "/sse").await;
    let endpoint = events.next("data: ").await.unwrap();
    assert!(endpoint.starts_with("/messages?session_id="), "{endpoint}");
    assert_eq!(status(&served.post(&endpoint, HOST, &initialize()).await), 202);
    assert_eq!(
        events.message().await["result"]["serverInfo"]["name"],
        "firstmate"
    );
    let camel = endpoint.replace("session_id", "sessionId");
    let ready = r#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#;
    assert_eq!(status(&served.post(&camel, HOST, ready).await), 202);
    assert_eq!(
        status(
            &served
                .post(&endpoint, HOST, &call("route_task", &json!({"task": "sort"})))
                .await
        ),
        202
    );
    let answer = events.message().await;
    assert!(output(&answer["result"])["route_id"].is_string(), "{answer}");

    assert_eq!(
        status(&served.post("/messages?session_id=0", HOST, ready).await),
        404
    );
    let junk = served.post(&endpoint, HOST, "{").await;
    assert_eq!(
        (status(&junk), &messages(&junk)[0]["error"]["code"]),
        (400, &json!(-32700))
    );
    assert_eq!(status(&served.post("/messages", HOST, ready).await), 400);
    served.stop().await;
    // The session said all it had to say and the stream ended.
    assert_eq!(events.next("data: ").await, None);
}

#[tokio::test]
async fn the_older_pair_can_be_turned_off() {
    let settings = Settings {
        sse: false,
        ..Settings::default()
    };
    let served = Served::with(server(), settings).await;
    assert_eq!(status(&served.get("/sse", HOST).await), 404);
    served.stop().await;
}

#[tokio::test]
async fn stopping_lets_a_running_call_finish() {
    let pause = Arc::new(Pause::default());
    let served = Served::with(server_that_waits(&pause), Settings::default()).await;
    let hello = served.post("/mcp", HOST, &initialize()).await;
    let headers = format!("{HOST}mcp-session-id: {}\r\n", session_of(&hello));
    let standing = format!("GET /mcp HTTP/1.1\r\n{headers}accept: text/event-stream\r\n\r\n");
    let body = call("route_task", &json!({"task": "sort"}));
    let stop = async {
        pause.reached.notified().await;
        served.stop.cancel();
        pause.over.notify_one();
    };
    let (answer, _, ()) = tokio::join!(served.post("/mcp", &headers, &body), served.raw(&standing), stop);
    let answer = messages(&answer).pop().unwrap();
    assert!(output(&answer["result"])["route_id"].is_string(), "{answer}");
    let address = served.address;
    served.stop().await;
    assert!(TcpStream::connect(address).await.is_err());
}

#[tokio::test]
async fn stopping_lets_a_call_of_the_older_pair_finish() {
    let pause = Arc::new(Pause::default());
    let served = Served::with(server_that_waits(&pause), Settings::default()).await;
    let mut events = Events::open(&served, "/sse").await;
    let endpoint = events.next("data: ").await.unwrap();
    served.post(&endpoint, HOST, &initialize()).await;
    events.message().await;
    served
        .post(&endpoint, HOST, &call("route_task", &json!({"task": "sort"})))
        .await;
    pause.reached.notified().await;
    served.stop.cancel();
    pause.over.notify_one();
    let answer = events.message().await;
    assert!(output(&answer["result"])["route_id"].is_string(), "{answer}");
    served.stop().await;
}

#[tokio::test]
async fn half_a_sentence_does_not_hold_the_server() {
    let served = Served::new().await;
    let mut sockets = Vec::new();
    for start in [
        "",
        "GET /hea",
        "POST /mcp HTTP/1.1\r\nhost: localhost\r\ncontent-length: 9\r\n\r\n{",
    ] {
        let mut socket = served.connect().await;
        socket.write_all(start.as_bytes()).await.unwrap();
        sockets.push(socket);
    }
    // Connections are taken in order: the others are there once this is answered.
    assert_eq!(status(&served.get("/healthz", HOST).await), 200);
    let half = Duration::from_secs(Settings::default().header_timeout_s / 2);
    tokio::time::timeout(half, served.stop())
        .await
        .expect("it waits for the rest");
}

#[tokio::test]
async fn a_call_that_does_not_finish_does_not_hold_the_server() {
    let pause = Arc::new(Pause::default());
    let settings = Settings {
        drain_s: 0,
        ..Settings::default()
    };
    let served = Served::with(server_that_waits(&pause), settings).await;
    let hello = served.post("/mcp", HOST, &initialize()).await;
    let headers = format!("{HOST}mcp-session-id: {}\r\n", session_of(&hello));
    let body = call("route_task", &json!({"task": "sort"}));
    let stop = async {
        pause.reached.notified().await;
        served.stop.cancel();
    };
    let (answer, ()) = tokio::join!(served.post("/mcp", &headers, &body), stop);
    assert_eq!(messages(&answer).len(), 0, "{answer}");
    served.stop().await;
}
