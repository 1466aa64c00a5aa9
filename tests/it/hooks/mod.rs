//! Webhooks in, against the real binary: who is let in, what is done once, and that all of it is as docs/openapi.yaml says.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;

use firstmate::clock::{Clock as _, SystemClock};
use firstmate::model::Secret;
use serde_json::{Value, json};

use crate::receiver::{self, SECRET};
use crate::support::{HttpServer, PATIENCE, run};

mod described;
mod guarded;
mod steps;

const INBOUND: &str = "[inbound]\nsecret_env = \"FLOW_SECRET\"\n";

fn serve(dir: &Path, settings: &str) -> HttpServer {
    HttpServer::spawn(&mut receiver::command(dir, &format!("{INBOUND}{settings}")))
}

fn now() -> i64 {
    SystemClock.now().as_second()
}

/// A request to be changed before it is sent.
struct Request {
    method: &'static str,
    path: String,
    id: String,
    timestamp: i64,
    signature: Option<String>,
    host: String,
    body: String,
}

/// What was said to it.
#[derive(Debug, PartialEq)]
struct Answer {
    status: u16,
    body: Value,
}

impl Request {
    fn post(path: impl Into<String>, body: &Value) -> Self {
        Self {
            method: "POST",
            path: path.into(),
            id: SystemClock.random_id(),
            timestamp: now(),
            signature: None,
            host: "host: localhost\r\n".to_owned(),
            body: body.to_string(),
        }
    }

    fn get(path: impl Into<String>) -> Self {
        Self {
            method: "GET",
            body: String::new(),
            ..Self::post(path, &Value::Null)
        }
    }

    fn send(&self, server: &HttpServer) -> Answer {
        self.send_to(&server.url)
    }

    fn send_to(&self, url: &str) -> Answer {
        let secret = Secret::read(SECRET).unwrap();
        let right = || secret.sign(&self.id, self.timestamp, self.body.as_bytes());
        let signature = self.signature.clone().unwrap_or_else(right);
        let signed = format!(
            "webhook-id: {}\r\nwebhook-timestamp: {}\r\nwebhook-signature: {signature}\r\n",
            self.id, self.timestamp
        );
        self.send_as(url, &signed)
    }

    fn send_with(&self, server: &HttpServer, signed: &str) -> Answer {
        self.send_as(&server.url, signed)
    }

    fn send_as(&self, url: &str, signed: &str) -> Answer {
        let mut socket = TcpStream::connect(url.strip_prefix("http://").unwrap()).unwrap();
        socket.set_read_timeout(Some(PATIENCE)).unwrap();
        let (method, path, host, body) = (self.method, &self.path, &self.host, &self.body);
        write!(
            socket,
            "{method} {path} HTTP/1.1\r\n{host}{signed}content-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
            body.len()
        )
        .unwrap();
        let mut text = String::new();
        socket.read_to_string(&mut text).unwrap();
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        Answer {
            status: head.split(' ').nth(1).unwrap().parse().unwrap(),
            body: serde_json::from_str(body).unwrap_or(Value::Null),
        }
    }
}

fn description() -> Value {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/openapi.yaml");
    serde_saphyr::from_str(&std::fs::read_to_string(file).unwrap()).unwrap()
}

/// Fails the test unless `value` meets the schema of that name in the description.
fn meets(name: &str, value: &Value) {
    let mut schema = json!({"$ref": format!("#/components/schemas/{name}")});
    schema["components"] = description()["components"].clone();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let wrong: Vec<_> = validator
        .iter_errors(value)
        .map(|error| format!("{} {error}", error.instance_path()))
        .collect();
    assert!(wrong.is_empty(), "{name}: {wrong:#?}\n{value:#}");
}

/// What is said to a request, which has to be of the described form.
fn said(server: &HttpServer, request: &Request, status: u16) -> Value {
    let answer = request.send(server);
    assert_eq!(answer.status, status, "{answer:?}");
    meets(if status == 200 { "Run" } else { "Problem" }, &answer.body);
    answer.body
}

fn plan() -> Value {
    json!({"task": "write a note", "plan": {"steps": [
        {"id": "draft", "role": "writer", "goal": "Write it."},
        {"id": "sign", "goal": "May it go out?", "executor": "approval", "needs": ["draft"]},
    ]}})
}

#[test]
fn a_run_goes_from_its_start_over_an_approval_to_its_end() {
    let dir = tempfile::tempdir().unwrap();
    let server = serve(dir.path(), "");
    let described = Request::get("/hooks/v1/openapi.json").send_with(&server, "");
    assert_eq!(
        described,
        Answer {
            status: 200,
            body: description()
        }
    );

    let start = plan();
    meets("Start", &start);
    let begun = said(&server, &Request::post("/hooks/v1/runs", &start), 200);
    let runs = format!("/hooks/v1/runs/{}", begun["run_id"].as_str().unwrap());
    let submit =
        json!({"step_token": begun["pending"][0]["step_token"], "output": "A note.", "usage": {"tokens": 7}});
    meets("Submit", &submit);
    let asked = said(&server, &Request::post(format!("{runs}/submit"), &submit), 200);
    assert_eq!(asked["receipts"][0]["outcome"], "recorded", "{asked}");
    let looked = said(&server, &Request::get(&runs), 200);
    assert_eq!(looked["pending"][0]["step_id"], "sign", "{looked}");
    let approve = json!({"step_token": looked["pending"][0]["step_token"], "approved": true, "note": "go"});
    meets("Approve", &approve);
    let ended = said(&server, &Request::post(format!("{runs}/approve"), &approve), 200);
    assert_eq!(ended["status"], "completed", "{ended}");
    let page = said(
        &server,
        &Request::get(format!("{runs}?step_id=draft&offset=2")),
        200,
    );
    assert_eq!(page["page"]["text"], "note.", "{page}");

    // It is on record that it came by webhook.
    let id = begun["run_id"].as_str().unwrap();
    let (code, events, stderr) = run(dir.path(), &["run", "export", id]);
    assert_eq!(code, Some(0), "{stderr}");
    let via = events.matches(r#""via":"webhook""#).count();
    assert_eq!(via, 2, "{events}");
}

/// Looks until the run has ended.
fn ended(server: &HttpServer, runs: &str) -> Value {
    let until = std::time::Instant::now() + PATIENCE;
    loop {
        let looked = said(server, &Request::get(runs), 200);
        if looked["status"] != "working" {
            return looked;
        }
        assert!(std::time::Instant::now() < until, "{looked}");
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
}
