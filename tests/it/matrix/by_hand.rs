//! Clients of one call at a time: the Inspector on the command line, and curl.

use std::io::{BufRead as _, BufReader};
use std::path::PathBuf;
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use crate::clients::{installed, output};
use crate::raw::{INITIALIZED, call, hello, modern};
use crate::support::HttpServer;

/// A call of each tool, and whether this is the answer.
type Asked = (&'static str, Value, fn(&Value) -> bool);

fn six() -> [Asked; 6] {
    [
        (
            "route_task",
            json!({"task": "rename a variable in this function"}),
            |answer| answer["model"]["id"].is_string() && answer["reasons"].is_array(),
        ),
        (
            "run_crew",
            json!({"task": "write add(a, b)", "plan": {"steps": [{"id": "write", "goal": "Write it."}]}}),
            |answer| answer["status"] == "input_required" && answer["pending"][0]["step_id"] == "write",
        ),
        (
            "validate_output",
            json!({"output": "{\"a\": 1,}", "kind": "json"}),
            |answer| answer["verdict"] == "fail" && answer["findings"][0]["line"] == 1,
        ),
        (
            "enforce_policy",
            json!({"action": {"kind": "shell", "content": "git push --force origin main"}}),
            |answer| answer["decision"] == "deny" && answer["rules"][0]["fix"].is_string(),
        ),
        (
            "record_lesson",
            json!({"lesson": "The staging database needs parseHTTPHeader switched off."}),
            |answer| answer["status"] == "created" || answer["status"] == "duplicate",
        ),
        (
            "search_knowledge",
            json!({"query": "http headers on staging databases"}),
            |answer| answer["hits"][0]["text"].to_string().contains("staging"),
        ),
    ]
}

/// What is called.
pub(super) struct Programs {
    node: PathBuf,
    inspector: PathBuf,
}

impl Programs {
    pub(super) fn found() -> Option<Self> {
        Some(Self {
            node: installed("node_modules/node/bin/node")?,
            inspector: installed("node_modules/.bin/mcp-inspector")?,
        })
    }

    /// All six tools over the Inspector, and its strict look at their schemas.
    pub(super) fn inspect(&self, way: &str, era: &str) -> String {
        let is_modern = era == "2026-07-28";
        match (way, is_modern) {
            ("session" | "sse", true) => return "- (has no sessions)".to_owned(),
            ("stateless", false) => return "- (always opens a session)".to_owned(),
            _ => {}
        }
        let dir = tempfile::tempdir().unwrap();
        let data = dir.path().join("stdio").to_string_lossy().into_owned();
        let server = HttpServer::start(dir.path());
        let (mcp, sse) = (format!("{}/mcp", server.url), format!("{}/sse", server.url));
        let place: &[&str] = match way {
            "stdio" => &[
                env!("CARGO_BIN_EXE_firstmate"),
                "--data-dir",
                &data,
                "serve",
                "--stdio",
            ],
            "sse" => &["--server-url", &sse, "--transport", "sse"],
            _ => &["--server-url", &mcp, "--transport", "http"],
        };
        let inspect = |arguments: &[&str]| {
            let mut command = Command::new(&self.node);
            command.arg(&self.inspector).arg("--cli").args(place);
            command.args(["--protocol-era", if is_modern { "modern" } else { "legacy" }]);
            output(command.args(arguments).env("HOME", dir.path()))
        };
        let listed = inspect(&["--method", "tools/list", "--strict"]);
        assert!(!listed.contains("Warning: tool"), "{listed}");
        assert_eq!(listed.matches("outputSchema").count(), 6, "{listed}");
        for (tool, arguments, is_right) in six() {
            let said = inspect(&[
                "--method",
                "tools/call",
                "--tool-name",
                tool,
                "--tool-args-json",
                &arguments.to_string(),
                "--format",
                "json",
            ]);
            let line = said.lines().find(|line| line.starts_with('{'));
            let answer: Value =
                serde_json::from_str(line.unwrap_or_else(|| panic!("{tool}: {said}"))).unwrap();
            assert!(
                is_right(&answer["result"]["structuredContent"]),
                "{tool} {way}: {answer}"
            );
        }
        "ok".to_owned()
    }

    /// All six tools by requests as people type them.
    pub(super) fn curl(&self, way: &str, era: &str) -> String {
        let is_modern = era == "2026-07-28";
        match (way, is_modern) {
            ("stdio", _) => return "- (speaks HTTP alone)".to_owned(),
            ("session" | "sse", true) => return "- (has no sessions)".to_owned(),
            ("stateless", false) => return "- (that era has sessions)".to_owned(),
            _ => {}
        }
        let dir = tempfile::tempdir().unwrap();
        let server = HttpServer::start(dir.path());
        let mcp = format!("{}/mcp", server.url);
        match way {
            "stateless" => {
                for (tool, arguments, is_right) in six() {
                    let (headers, body) = modern(tool, &arguments);
                    check(tool, &post(&mcp, &headers, &body), is_right);
                }
            }
            "session" => {
                let opened = post(&mcp, "", &hello(&json!({})));
                let session = opened
                    .lines()
                    .find(|line| line.to_ascii_lowercase().starts_with("mcp-session-id"));
                let session = session.unwrap_or_else(|| panic!("{opened}"));
                post(&mcp, session, INITIALIZED);
                for (tool, arguments, is_right) in six() {
                    check(tool, &post(&mcp, session, &call(tool, &arguments)), is_right);
                }
            }
            _ => events(&server),
        }
        "ok".to_owned()
    }
}

/// What curl prints: the head and the body of the answer.
fn post(url: &str, headers: &str, body: &str) -> String {
    let mut command = Command::new("curl");
    command.args([
        "-sS",
        "-i",
        "--max-time",
        "30",
        "-H",
        "Content-Type: application/json",
    ]);
    command.args(["-H", "Accept: application/json, text/event-stream"]);
    for header in headers.lines() {
        command.args(["-H", header.trim()]);
    }
    output(command.args(["-d", body, url]))
}

fn check(tool: &str, said: &str, is_right: fn(&Value) -> bool) {
    let lines = said
        .lines()
        .map(|line| line.strip_prefix("data: ").unwrap_or(line));
    let answer = lines
        .filter_map(|line| serde_json::from_str::<Value>(line).ok())
        // What changed may be told at any moment.
        .find(|message| message.get("id").is_some());
    let answer = answer.unwrap_or_else(|| panic!("{tool}: {said}"));
    assert!(
        is_right(&answer["result"]["structuredContent"]),
        "{tool}: {answer}"
    );
}

fn events(server: &HttpServer) {
    let mut listening = Command::new("curl")
        .args(["-sSN", &format!("{}/sse", server.url)])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(listening.stdout.take().unwrap()).lines();
    let mut data = lines
        .map_while(Result::ok)
        .filter_map(|line| Some(line.strip_prefix("data: ")?.to_owned()))
        .filter(|data| !data.contains("/list_changed\""));
    let endpoint = format!("{}{}", server.url, data.next().unwrap());
    post(&endpoint, "", &hello(&json!({})));
    assert!(data.next().unwrap().contains("serverInfo"));
    post(&endpoint, "", INITIALIZED);
    for (tool, arguments, is_right) in six() {
        post(&endpoint, "", &call(tool, &arguments));
        check(tool, &data.next().unwrap(), is_right);
    }
    listening.kill().unwrap();
    listening.wait().unwrap();
}
