//! The HTTP door of the real binary: who is let in, both eras, the older pair, and a stop that loses nothing.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use serde_json::{Value, json};

use crate::support::{HttpServer, PATIENCE, firstmate};

#[test]
fn foreign_pages_and_foreign_names_are_refused_on_every_route() {
    let dir = tempfile::tempdir().unwrap();
    let server = HttpServer::start(dir.path());
    for (method, path) in [
        ("POST", "/mcp"),
        ("GET", "/mcp"),
        ("DELETE", "/mcp"),
        ("GET", "/sse"),
        ("POST", "/messages?session_id=0"),
        ("GET", "/healthz"),
        ("GET", "/readyz"),
        ("GET", "/nothing/here"),
    ] {
        for headers in [
            "host: evil.example\r\n",
            "host: localhost\r\norigin: https://evil.example\r\n",
            "host: localhost\r\norigin: null\r\n",
            "host: localhost\r\norigin: http://localhost\r\norigin: https://evil.example\r\n",
        ] {
            let answer = Answer::to(&server, method, path, headers, &hello(&json!({})));
            assert_eq!(answer.status, 403, "{method} {path} {headers:?}");
        }
    }
    assert_eq!(Answer::to(&server, "GET", "/healthz", HOST, "").status, 200);
    assert_eq!(Answer::to(&server, "GET", "/readyz", HOST, "").status, 200);
}

#[test]
fn a_body_over_the_limit_is_413_and_the_next_request_works() {
    let dir = tempfile::tempdir().unwrap();
    let server = HttpServer::start(dir.path());
    for path in ["/mcp", "/messages?session_id=0"] {
        // What the header announces is refused before it is sent.
        let mut socket = connect(&server);
        write!(
            socket,
            "POST {path} HTTP/1.1\r\n{HOST}content-length: 1048577\r\n\r\n"
        )
        .unwrap();
        let mut start = [0; 12];
        socket.read_exact(&mut start).unwrap();
        assert_eq!(&start, b"HTTP/1.1 413", "{path}");
    }
    assert_eq!(post(&server, "/mcp", "", &hello(&json!({}))).status, 200);
}

#[test]
fn an_old_client_has_a_session_in_which_tools_answer() {
    let dir = tempfile::tempdir().unwrap();
    let server = HttpServer::start(dir.path());
    let session = open_session(&server, &json!({}));
    let answer = post(
        &server,
        "/mcp",
        &session,
        &call("route_task", &json!({"task": "rename a variable"})),
    );
    let result = &answer.messages.last().unwrap()["result"];
    assert!(result["structuredContent"]["route_id"].is_string(), "{result}");
    assert_eq!(
        Answer::to(&server, "DELETE", "/mcp", &format!("{HOST}{session}"), "").status,
        204
    );
    assert_eq!(
        post(
            &server,
            "/mcp",
            &session,
            &call("route_task", &json!({"task": "x"}))
        )
        .status,
        404
    );
}

#[test]
fn a_new_client_calls_a_tool_without_a_session() {
    let dir = tempfile::tempdir().unwrap();
    let server = HttpServer::start(dir.path());
    let headers = "mcp-protocol-version: 2026-07-28\r\nmcp-method: tools/call\r\nmcp-name: route_task\r\n";
    let mut request: Value =
        serde_json::from_str(&call("route_task", &json!({"task": "rename a variable"}))).unwrap();
    request["params"]["_meta"] = json!({
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientInfo": {"name": "it", "version": "0"},
        "io.modelcontextprotocol/clientCapabilities": {},
    });
    let answer = post(&server, "/mcp", headers, &request.to_string());
    let result = &answer.messages.last().unwrap()["result"];
    assert!(result["structuredContent"]["route_id"].is_string(), "{result}");
    assert!(
        !answer.head.to_ascii_lowercase().contains("mcp-session-id"),
        "{}",
        answer.head
    );
}

#[test]
fn the_older_pair_carries_a_call_and_its_answer() {
    let dir = tempfile::tempdir().unwrap();
    let server = HttpServer::start(dir.path());
    let mut events = connect(&server);
    write!(
        events,
        "GET /sse HTTP/1.1\r\n{HOST}accept: text/event-stream\r\n\r\n"
    )
    .unwrap();
    let endpoint = data(&mut events);
    assert!(endpoint.starts_with("/messages?session_id="), "{endpoint}");
    assert_eq!(post(&server, &endpoint, "", &hello(&json!({}))).status, 202);
    let greeting: Value = serde_json::from_str(&data(&mut events)).unwrap();
    assert_eq!(
        greeting["result"]["serverInfo"]["name"], "firstmate",
        "{greeting}"
    );
    assert_eq!(post(&server, &endpoint, "", INITIALIZED).status, 202);
    let lesson = json!({"lesson": "The payment tests need the clock held still."});
    assert_eq!(
        post(&server, &endpoint, "", &call("record_lesson", &lesson)).status,
        202
    );
    let answer: Value = serde_json::from_str(&data(&mut events)).unwrap();
    assert_eq!(
        answer["result"]["structuredContent"]["status"], "created",
        "{answer}"
    );
}

#[cfg(unix)]
#[test]
fn a_stop_lets_a_running_call_finish_and_frees_the_data_directory() {
    let dir = tempfile::tempdir().unwrap();
    // A call that waits for a person runs for as long as it is told to.
    let server = HttpServer::spawn(firstmate(dir.path()).env("FIRSTMATE_CALL__APPROVAL_WAIT_S", "2"));
    let session = open_session(&server, &json!({"elicitation": {}}));
    let mut standing = connect(&server);
    write!(
        standing,
        "GET /mcp HTTP/1.1\r\n{HOST}{session}accept: text/event-stream\r\n\r\n"
    )
    .unwrap();
    let _silent = connect(&server);
    let mut half = connect(&server);
    write!(half, "POST /mcp HTTP/1.1\r\n{HOST}content-length: 100\r\n\r\n{{").unwrap();
    let action = json!({"action": {"kind": "shell", "content": "git push --force origin topic"}});
    let mut running = connect(&server);
    running
        .write_all(posted("/mcp", &session, &call("enforce_policy", &action)).as_bytes())
        .unwrap();
    let asked = data(&mut running);
    assert!(asked.contains("elicitation/create"), "{asked}");

    server.ask_to_stop();
    let answer: Value = serde_json::from_str(&data(&mut running)).unwrap();
    let decision = &answer["result"]["structuredContent"]["decision"];
    assert_eq!(decision, "require_approval", "{answer}");
    let status = server.finish();
    assert!(status.success(), "{status}");
    drop(HttpServer::start(dir.path()));
}

const HOST: &str = "host: localhost\r\n";
const INITIALIZED: &str = r#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#;

fn hello(capabilities: &Value) -> String {
    let client = json!({"name": "it", "version": "0"});
    let params = json!({"protocolVersion": "2025-06-18", "capabilities": capabilities, "clientInfo": client});
    json!({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": params}).to_string()
}

fn call(tool: &str, arguments: &Value) -> String {
    let params = json!({"name": tool, "arguments": arguments});
    json!({"jsonrpc": "2.0", "id": 2, "method": "tools/call", "params": params}).to_string()
}

fn connect(server: &HttpServer) -> TcpStream {
    let socket = TcpStream::connect(server.url.trim_start_matches("http://")).unwrap();
    socket.set_read_timeout(Some(PATIENCE)).unwrap();
    socket
}

/// Shakes hands in the old way: the header that names the session.
fn open_session(server: &HttpServer, capabilities: &Value) -> String {
    let answer = post(server, "/mcp", "", &hello(capabilities));
    let session = answer
        .head
        .lines()
        .find(|line| line.to_ascii_lowercase().starts_with("mcp-session-id:"));
    let session = format!(
        "{}\r\n",
        session.unwrap_or_else(|| panic!("no session: {answer:?}"))
    );
    assert_eq!(post(server, "/mcp", &session, INITIALIZED).status, 202);
    session
}

fn posted(path: &str, headers: &str, body: &str) -> String {
    format!(
        "POST {path} HTTP/1.1\r\n{HOST}connection: close\r\ncontent-type: application/json\r\n\
         accept: application/json, text/event-stream\r\ncontent-length: {}\r\n{headers}\r\n{body}",
        body.len()
    )
}

fn post(server: &HttpServer, path: &str, headers: &str, body: &str) -> Answer {
    let mut socket = connect(server);
    socket.write_all(posted(path, headers, body).as_bytes()).unwrap();
    Answer::read(&mut socket)
}

#[derive(Debug)]
struct Answer {
    status: u16,
    head: String,
    /// The JSON in the body, be it plain or in events.
    messages: Vec<Value>,
}

impl Answer {
    /// Asks with exactly these headers.
    fn to(server: &HttpServer, method: &str, path: &str, headers: &str, body: &str) -> Self {
        let mut socket = connect(server);
        let length = body.len();
        let head = format!(
            "{method} {path} HTTP/1.1\r\nconnection: close\r\ncontent-length: {length}\r\n{headers}\r\n"
        );
        socket.write_all((head + body).as_bytes()).unwrap();
        Self::read(&mut socket)
    }

    fn read(socket: &mut TcpStream) -> Self {
        let mut bytes = Vec::new();
        // A server that does not want the rest of a body resets the connection after its answer.
        let _whole = socket.read_to_end(&mut bytes).is_ok();
        let text = String::from_utf8(bytes).unwrap();
        let (head, body) = text
            .split_once("\r\n\r\n")
            .unwrap_or_else(|| panic!("no answer: {text:?}"));
        let lines = body
            .lines()
            .map(|line| line.strip_prefix("data: ").unwrap_or(line));
        let messages = lines
            .filter_map(|line| serde_json::from_str(line).ok())
            .filter(Value::is_object);
        Self {
            status: head.split(' ').nth(1).unwrap().parse().unwrap(),
            head: head.to_owned(),
            messages: messages.collect(),
        }
    }
}

/// What the next event of a stream says; those without words are passed over.
fn data(stream: &mut TcpStream) -> String {
    let mut line = Vec::new();
    loop {
        let mut byte = [0];
        stream
            .read_exact(&mut byte)
            .expect("the stream ended before the event");
        if byte != *b"\n" {
            line.extend(byte);
            continue;
        }
        if let Some(data) = line
            .strip_prefix(b"data: ")
            .filter(|data| !data.trim_ascii().is_empty())
        {
            return String::from_utf8(data.to_vec()).unwrap();
        }
        line.clear();
    }
}
