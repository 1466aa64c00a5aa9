//! A real server process under the test's hand, spoken to in raw JSON-RPC lines.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use serde_json::{Value, json};

/// How long an answer may take on a busy machine before the test fails.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// The binary with a hermetic environment: nothing of the tester's own configuration is seen.
pub(crate) fn firstmate(data_dir: &Path) -> Command {
    in_project(data_dir, "test")
}

/// The same for another project than most tests work in.
pub(crate) fn in_project(data_dir: &Path, project: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_firstmate"));
    command
        .env_clear()
        .env("HOME", data_dir)
        .env("USER", "tester")
        .current_dir(data_dir)
        .args([
            "--data-dir",
            &data_dir.join("data").to_string_lossy(),
            "--project",
            project,
        ])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

/// A server over stdio.
pub(crate) struct Server {
    child: Child,
    stdin: Option<ChildStdin>,
    lines: Receiver<String>,
    last_id: u64,
}

impl Server {
    /// Starts it on a directory and shakes hands in the old way.
    pub(crate) fn start(dir: &Path) -> Self {
        let mut server = Self::spawn(firstmate(dir).args(["serve", "--stdio"]));
        server.initialize();
        server
    }

    /// Starts it with these settings and these rules, each in a line, and shakes hands.
    pub(crate) fn with(dir: &Path, settings: &str, rules: &[String]) -> Self {
        let pack = dir.join("team.yaml");
        let lines: String = rules.iter().map(|rule| format!("  - {rule}\n")).collect();
        std::fs::write(&pack, format!("version: 1\nrules:\n{lines}")).unwrap();
        let packs = if rules.is_empty() {
            String::new()
        } else {
            format!("[policy]\npacks = [{:?}]\n", pack.display().to_string())
        };
        let config = dir.join("config.toml");
        std::fs::write(&config, format!("{packs}{settings}")).unwrap();
        let mut server = Self::configured(dir);
        server.initialize();
        server
    }

    /// Starts it again with the settings that stand there, without a handshake.
    pub(crate) fn configured(dir: &Path) -> Self {
        let config = dir.join("config.toml").display().to_string();
        Self::spawn(firstmate(dir).args(["--config", &config, "serve", "--stdio"]))
    }

    /// Shakes hands in the old way.
    pub(crate) fn initialize(&mut self) {
        self.initialize_as(json!({}));
    }

    /// The same as a client that can do this.
    pub(crate) fn initialize_as(&mut self, capabilities: Value) {
        let hello = self.request(
            "initialize",
            json!({"protocolVersion": "2025-06-18", "capabilities": capabilities, "clientInfo": {"name": "it", "version": "0"}}),
        );
        assert_eq!(hello["result"]["serverInfo"]["name"], "firstmate", "{hello}");
        self.send(&json!({"jsonrpc": "2.0", "method": "notifications/initialized"}).to_string());
    }

    /// Starts it without a handshake.
    pub(crate) fn spawn(command: &mut Command) -> Self {
        let mut child = command.spawn().unwrap();
        let stdin = child.stdin.take();
        let stdout = child.stdout.take().unwrap();
        let mut stderr = child.stderr.take().unwrap();
        let (sender, lines) = channel();
        std::thread::spawn(move || {
            for line in BufReader::new(stdout).lines().map_while(Result::ok) {
                if sender.send(line).is_err() {
                    break;
                }
            }
        });
        // A full pipe would stop the server.
        std::thread::spawn(move || std::io::copy(&mut stderr, &mut std::io::sink()));
        Self {
            child,
            stdin,
            lines,
            last_id: 0,
        }
    }

    pub(crate) fn send(&mut self, line: &str) {
        self.try_send(line.as_bytes()).unwrap();
    }

    /// Writes a line; fails when the server is gone.
    pub(crate) fn try_send(&mut self, line: &[u8]) -> std::io::Result<()> {
        let stdin = self.stdin.as_mut().unwrap();
        stdin.write_all(line)?;
        stdin.write_all(b"\n")?;
        stdin.flush()
    }

    /// The next line from the server, parsed; `None` when it is gone.
    pub(crate) fn receive(&mut self) -> Option<Value> {
        let line = self.lines.recv_timeout(PATIENCE).ok()?;
        Some(serde_json::from_str(&line).unwrap_or_else(|_| panic!("stdout carries {line:?}")))
    }

    /// The whole answer to a request: with `result` or `error`.
    pub(crate) fn request(&mut self, method: &str, params: Value) -> Value {
        self.try_request(method, params).expect("the server is gone")
    }

    /// As [`Server::request`], or `None` when the server went away.
    pub(crate) fn try_request(&mut self, method: &str, params: Value) -> Option<Value> {
        self.last_id += 1;
        let id = self.last_id;
        self.try_send(
            json!({"jsonrpc": "2.0", "id": id, "method": method, "params": params})
                .to_string()
                .as_bytes(),
        )
        .ok()?;
        loop {
            let answer = self.receive()?;
            if answer["id"] == id {
                return Some(answer);
            }
        }
    }

    /// A tool's structured answer; fails the test on a tool error.
    pub(crate) fn call(&mut self, tool: &str, arguments: Value) -> Value {
        let answer = self.request("tools/call", json!({"name": tool, "arguments": arguments}));
        assert_ne!(answer["result"]["isError"], true, "{tool}: {answer}");
        answer["result"]["structuredContent"].clone()
    }

    /// A tool's error as `{code, message, hint}`; fails the test when there is none.
    pub(crate) fn call_error(&mut self, tool: &str, arguments: Value) -> Value {
        let answer = self.request("tools/call", json!({"name": tool, "arguments": arguments}));
        assert_eq!(answer["result"]["isError"], true, "{tool}: {answer}");
        assert!(answer["result"].get("structuredContent").is_none(), "{answer}");
        serde_json::from_str(answer["result"]["content"][0]["text"].as_str().unwrap()).unwrap()
    }

    /// Ends it as a crash would, and tells how it ended: it may have ended before, and not well.
    pub(crate) fn kill(mut self) -> ExitStatus {
        self.child.kill().unwrap();
        self.child.wait().unwrap()
    }

    /// For a killer in another thread.
    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Closes its stdin, as a host does, and waits for its end.
    pub(crate) fn finish(mut self) -> ExitStatus {
        drop(self.stdin.take());
        self.child.wait().unwrap()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Already gone where the test ended it.
        if self.child.kill().is_ok() {
            let _status = self.child.wait();
        }
    }
}

/// A server over HTTP on a free port of loopback.
pub(crate) struct HttpServer {
    child: Child,
    /// `http://127.0.0.1:PORT`
    pub(crate) url: String,
}

impl HttpServer {
    pub(crate) fn start(dir: &Path) -> Self {
        Self::spawn(&mut firstmate(dir))
    }

    /// Starts `firstmate` with what else the command says.
    pub(crate) fn spawn(firstmate: &mut Command) -> Self {
        Self::spawn_at(firstmate, "127.0.0.1:0")
    }

    /// The same at an address of loopback.
    pub(crate) fn spawn_at(firstmate: &mut Command, address: &str) -> Self {
        let mut child = firstmate
            .args(["--log", "info", "serve", "--http", address])
            .spawn()
            .unwrap();
        let stderr = child.stderr.take().unwrap();
        let mut lines = BufReader::new(stderr).lines();
        let url = lines
            .by_ref()
            .map_while(Result::ok)
            .find_map(|line| Some(line[line.find("http://")?..].split("/mcp").next()?.to_owned()))
            .expect("the server does not say where it listens");
        std::thread::spawn(move || lines.for_each(drop));
        Self { child, url }
    }
}

impl HttpServer {
    /// Sends it SIGTERM, as a system that shuts down does.
    #[cfg(unix)]
    pub(crate) fn ask_to_stop(&self) {
        let sent = Command::new("kill")
            .arg(self.child.id().to_string())
            .status()
            .unwrap();
        assert!(sent.success(), "{sent}");
    }

    /// Waits for its end.
    #[cfg(unix)]
    pub(crate) fn finish(mut self) -> ExitStatus {
        self.child.wait().unwrap()
    }
}

impl Drop for HttpServer {
    fn drop(&mut self) {
        // Already gone where the test ended it.
        if self.child.kill().is_ok() {
            let _status = self.child.wait();
        }
    }
}

/// Runs the binary to its end: exit code, stdout, stderr.
pub(crate) fn run(dir: &Path, arguments: &[&str]) -> (Option<i32>, String, String) {
    let mut child = firstmate(dir).args(arguments).spawn().unwrap();
    drop(child.stdin.take());
    let mut stderr = child.stderr.take().unwrap();
    let reader = std::thread::spawn(move || {
        let mut text = String::new();
        stderr.read_to_string(&mut text).unwrap();
        text
    });
    let mut stdout = String::new();
    child.stdout.take().unwrap().read_to_string(&mut stdout).unwrap();
    let status = child.wait().unwrap();
    (status.code(), stdout, reader.join().unwrap())
}
