//! Asking the page's server as a browser does.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;

use serde_json::{Value, json};

use crate::support::{HttpServer, PATIENCE};

pub(crate) const HOST: &str = "host: localhost\r\n";

#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    head: String,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let mut lines = self.head.lines().filter_map(|line| line.split_once(": "));
        lines.find_map(|(key, value)| key.eq_ignore_ascii_case(name).then_some(value))
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|_| panic!("not JSON: {:?}", self.body))
    }
}

fn connect(server: &HttpServer) -> TcpStream {
    let socket = TcpStream::connect(server.url.strip_prefix("http://").unwrap()).unwrap();
    socket.set_read_timeout(Some(PATIENCE)).unwrap();
    socket
}

pub(crate) fn get(server: &HttpServer, path: &str) -> Answer {
    ask(server, "GET", path, HOST)
}

pub(crate) fn ask(server: &HttpServer, method: &str, path: &str, headers: &str) -> Answer {
    exchange(
        server,
        &format!("{method} {path} HTTP/1.1\r\nconnection: close\r\n{headers}\r\n"),
    )
}

fn exchange(server: &HttpServer, request: &str) -> Answer {
    let mut socket = connect(server);
    socket.write_all(request.as_bytes()).unwrap();
    let mut text = String::new();
    socket.read_to_string(&mut text).unwrap();
    let (head, body) = text
        .split_once("\r\n\r\n")
        .unwrap_or_else(|| panic!("no answer: {text:?}"));
    Answer {
        status: head.split(' ').nth(1).unwrap().parse().unwrap(),
        head: head.to_owned(),
        body: body.to_owned(),
    }
}

/// A tool's structured answer, over the stateless protocol.
pub(crate) fn call(server: &HttpServer, tool: &str, arguments: Value) -> Value {
    let meta = json!({
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientInfo": {"name": "it", "version": "0"},
        "io.modelcontextprotocol/clientCapabilities": {},
    });
    let params = json!({"name": tool, "arguments": arguments, "_meta": meta});
    let body = json!({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}).to_string();
    let request = format!(
        "POST /mcp HTTP/1.1\r\n{HOST}connection: close\r\ncontent-type: application/json\r\n\
         accept: application/json, text/event-stream\r\nmcp-protocol-version: 2026-07-28\r\nmcp-method: tools/call\r\n\
         mcp-name: {tool}\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    let answer = exchange(server, &request);
    let mut messages = answer.body.lines().filter_map(|line| {
        let line = line.strip_prefix("data: ").unwrap_or(line);
        serde_json::from_str::<Value>(line).ok()
    });
    let result = messages.rfind(|message| message["id"] == 1);
    let result = result.unwrap_or_else(|| panic!("no answer: {answer:?}"));
    let answer = &result["result"]["structuredContent"];
    assert!(answer.is_object(), "{tool}: {result}");
    answer.clone()
}

/// What the server has to say as it happens.
pub(crate) struct Events(BufReader<TcpStream>);

impl Events {
    pub(crate) fn open(server: &HttpServer) -> Self {
        let mut socket = connect(server);
        write!(socket, "GET /ui/events HTTP/1.1\r\n{HOST}\r\n").unwrap();
        let mut events = BufReader::new(socket);
        let mut line = String::new();
        events.read_line(&mut line).unwrap();
        assert!(line.contains(" 200 "), "{line}");
        Self(events)
    }

    /// The next event: its name and what it says.
    pub(crate) fn next(&mut self) -> (String, Value) {
        let mut name = String::new();
        loop {
            let mut line = String::new();
            assert!(
                self.0.read_line(&mut line).unwrap() > 0,
                "the stream ended before the event"
            );
            if let Some(event) = line.strip_prefix("event: ") {
                event.trim().clone_into(&mut name);
            } else if let Some(data) = line.strip_prefix("data: ") {
                return (name, serde_json::from_str(data).unwrap_or_default());
            }
        }
    }

    pub(crate) fn until(&mut self, is_told: impl Fn(&Value) -> bool) -> Value {
        loop {
            let (_, news) = self.next();
            if is_told(&news) {
                return news;
            }
        }
    }
}
