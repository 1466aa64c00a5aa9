//! HTTP as it is written on the wire, for what no client library would send.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use serde_json::{Value, json};

use crate::support::{HttpServer, PATIENCE};

pub(crate) const HOST: &str = "host: localhost\r\n";
pub(crate) const INITIALIZED: &str = r#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#;

pub(crate) fn hello(capabilities: &Value) -> String {
    let client = json!({"name": "it", "version": "0"});
    let params = json!({"protocolVersion": "2025-06-18", "capabilities": capabilities, "clientInfo": client});
    json!({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": params}).to_string()
}

pub(crate) fn call(tool: &str, arguments: &Value) -> String {
    let params = json!({"name": tool, "arguments": arguments});
    json!({"jsonrpc": "2.0", "id": 2, "method": "tools/call", "params": params}).to_string()
}

/// The same for a client of 2026-07-28: the headers, and the message.
pub(crate) fn modern(tool: &str, arguments: &Value) -> (String, String) {
    let headers =
        format!("mcp-protocol-version: 2026-07-28\r\nmcp-method: tools/call\r\nmcp-name: {tool}\r\n");
    let mut request: Value = serde_json::from_str(&call(tool, arguments)).unwrap();
    request["params"]["_meta"] = json!({
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientInfo": {"name": "it", "version": "0"},
        "io.modelcontextprotocol/clientCapabilities": {},
    });
    (headers, request.to_string())
}

/// A stream of news for a client of 2026-07-28.
pub(crate) fn listen() -> (String, String) {
    let (headers, body) = modern("listen", &json!({}));
    let headers = headers.replace("tools/call\r\nmcp-name: listen", "subscriptions/listen");
    let mut request: Value = serde_json::from_str(&body).unwrap();
    let meta = request["params"]["_meta"].take();
    request["method"] = json!("subscriptions/listen");
    request["params"] = json!({"notifications": {"resourceSubscriptions": ["firstmate://runs", "firstmate://lessons"]}, "_meta": meta});
    (headers, request.to_string())
}

pub(crate) fn connect(server: &HttpServer) -> TcpStream {
    let socket = TcpStream::connect(server.url.trim_start_matches("http://")).unwrap();
    socket.set_read_timeout(Some(PATIENCE)).unwrap();
    socket
}

/// Shakes hands in the old way: the header that names the session.
pub(crate) fn open_session(server: &HttpServer, capabilities: &Value) -> String {
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

pub(crate) fn posted(path: &str, headers: &str, body: &str) -> String {
    format!(
        "POST {path} HTTP/1.1\r\n{HOST}connection: close\r\ncontent-type: application/json\r\n\
         accept: application/json, text/event-stream\r\ncontent-length: {}\r\n{headers}\r\n{body}",
        body.len()
    )
}

pub(crate) fn post(server: &HttpServer, path: &str, headers: &str, body: &str) -> Answer {
    let mut socket = connect(server);
    socket.write_all(posted(path, headers, body).as_bytes()).unwrap();
    Answer::read(&mut socket)
}

#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) head: String,
    /// What follows the head, as it came.
    pub(crate) body: String,
    /// The JSON in the body, be it plain or in events.
    pub(crate) messages: Vec<Value>,
}

impl Answer {
    /// Asks with exactly these headers.
    pub(crate) fn to(server: &HttpServer, method: &str, path: &str, headers: &str, body: &str) -> Self {
        let mut socket = connect(server);
        let length = body.len();
        let head = format!(
            "{method} {path} HTTP/1.1\r\nconnection: close\r\ncontent-length: {length}\r\n{headers}\r\n"
        );
        socket.write_all((head + body).as_bytes()).unwrap();
        Self::read(&mut socket)
    }

    pub(crate) fn read(socket: &mut TcpStream) -> Self {
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
            body: body.to_owned(),
            messages: messages.collect(),
        }
    }
}

/// What the next event of a stream says; those without words are passed over.
pub(crate) fn data(stream: &mut TcpStream) -> String {
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
