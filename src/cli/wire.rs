//! A JSON-RPC client over a child's stdin and stdout, as an editor has one.
//!
//! It exists for the demo and the doctor, which prove the real binary from outside; nothing else starts a server.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, sync_channel};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use serde_json::{Value, json};

/// How long an answer may take before the session is given up.
const PATIENCE: Duration = Duration::from_secs(30);

/// A server under our hand.
#[derive(Debug)]
pub(super) struct Wire {
    child: Child,
    stdin: Option<ChildStdin>,
    lines: Receiver<String>,
    last_id: u64,
    patience: Duration,
}

impl Wire {
    /// Starts `program serve --stdio` on `data_dir` in `workspace` and shakes hands.
    pub(super) fn start(program: &Path, data_dir: &Path, workspace: &Path) -> anyhow::Result<Self> {
        let mut command = Command::new(program);
        command
            .arg("--data-dir")
            .arg(data_dir)
            .args(["serve", "--stdio"])
            .current_dir(workspace)
            .stderr(Stdio::inherit());
        let mut wire = Self::spawn(&mut command, PATIENCE)?;
        wire.hello("firstmate-demo")?;
        Ok(wire)
    }

    /// Starts a server without a word to it. Each answer is waited for no longer than `patience`.
    pub(super) fn spawn(command: &mut Command, patience: Duration) -> anyhow::Result<Self> {
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .with_context(|| format!("failed to start {}", command.get_program().display()))?;
        let stdin = child.stdin.take();
        let stdout = child.stdout.take().context("the server has no stdout")?;
        let (sender, lines) = sync_channel(64);
        std::thread::spawn(move || {
            // Ends with the server's stdout, or when nobody listens any more.
            for line in BufReader::new(stdout).lines().map_while(Result::ok) {
                if sender.send(line).is_err() {
                    break;
                }
            }
        });
        Ok(Self {
            child,
            stdin,
            lines,
            last_id: 0,
            patience,
        })
    }

    /// Shakes hands under that name; gives back what the server says of itself.
    pub(super) fn hello(&mut self, name: &str) -> anyhow::Result<Value> {
        let hello = self.request(
            "initialize",
            &json!({
                "protocolVersion": "2025-11-25",
                "capabilities": {},
                "clientInfo": {"name": name, "version": env!("CARGO_PKG_VERSION")},
            }),
        )?;
        self.send(&json!({"jsonrpc": "2.0", "method": "notifications/initialized"}))?;
        Ok(hello)
    }

    /// Sends a request and waits for its answer.
    pub(super) fn request(&mut self, method: &str, params: &Value) -> anyhow::Result<Value> {
        self.last_id += 1;
        let id = self.last_id;
        self.send(&json!({"jsonrpc": "2.0", "id": id, "method": method, "params": params}))?;
        loop {
            let line = self
                .lines
                .recv_timeout(self.patience)
                .context("the server did not answer")?;
            let message: Value = serde_json::from_str(&line)
                .with_context(|| format!("the server wrote something that is not JSON: {line}"))?;
            if message["id"] != id {
                continue;
            }
            if let Some(error) = message.get("error") {
                bail!("{method} failed: {error}");
            }
            return Ok(message["result"].clone());
        }
    }

    /// Calls a tool; `Err` carries the tool's own error text.
    pub(super) fn call(&mut self, tool: &str, arguments: &Value) -> anyhow::Result<Result<Value, Value>> {
        let result = self.request("tools/call", &json!({"name": tool, "arguments": arguments}))?;
        if result["isError"] == true {
            let text = result["content"][0]["text"].as_str().unwrap_or_default();
            return Ok(Err(
                serde_json::from_str(text).unwrap_or_else(|_| json!({"message": text}))
            ));
        }
        Ok(Ok(result["structuredContent"].clone()))
    }

    /// Ends the server without warning, as a crash would.
    pub(super) fn kill(mut self) -> anyhow::Result<()> {
        self.child.kill().context("failed to kill the server")?;
        self.child
            .wait()
            .context("failed to wait for the killed server")?;
        Ok(())
    }

    /// Closes the server's stdin, as an editor does, and gives back whether it ended well.
    pub(super) fn finish(mut self) -> anyhow::Result<bool> {
        drop(self.stdin.take());
        let deadline = Instant::now() + self.patience;
        while self
            .child
            .try_wait()
            .context("failed to wait for the server")?
            .is_none()
        {
            if Instant::now() >= deadline {
                self.kill()?;
                bail!("the server did not end");
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        let status = self.child.wait().context("failed to wait for the server")?;
        Ok(status.success())
    }

    fn send(&mut self, message: &Value) -> anyhow::Result<()> {
        let stdin = self.stdin.as_mut().context("the server's stdin is closed")?;
        writeln!(stdin, "{message}").context("failed to write to the server")?;
        stdin.flush().context("failed to write to the server")
    }
}
