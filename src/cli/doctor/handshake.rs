//! The server proved from outside: this very binary is started as a host starts it, on a directory of its own, and
//! spoken to in both generations of the protocol.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use serde_json::{Value, json};

use super::super::demo::Scratch;
use super::super::wire::Wire;
use super::{Report, State};

/// How long one answer may take.
const PATIENCE: Duration = Duration::from_secs(15);

/// Starts the server twice and does what every host does: shake hands, list the tools, call one. `config` is the file of
/// settings that is tried with it.
pub fn prove(config: Option<&Path>, report: &mut Report) {
    for (generation, talk) in [
        (
            "2025-11-25",
            shake_hands as fn(&mut Wire) -> anyhow::Result<String>,
        ),
        ("2026-07-28", without_a_handshake),
    ] {
        let began = Instant::now();
        match serve(config, talk) {
            Ok(said) => {
                let took = began.elapsed().as_millis();
                let seen = format!("serves clients of {generation}: {said}, in {took} ms from start to end");
                report.add(State::Ok, "server", seen, "");
            }
            Err(error) => report.add(
                State::Bad,
                "server",
                format!("does not serve clients of {generation}: {error:#}"),
                "`firstmate --log debug serve --stdio < /dev/null` says more.",
            ),
        }
    }
}

fn serve(config: Option<&Path>, talk: fn(&mut Wire) -> anyhow::Result<String>) -> anyhow::Result<String> {
    let program = std::env::current_exe().context("this program was not found")?;
    let place = Scratch::create()?;
    let mut command = Command::new(program);
    command.arg("--data-dir").arg(place.path().join("data"));
    if let Some(config) = config {
        command.arg("--config").arg(config);
    }
    command
        .args(["--log", "error", "serve", "--stdio"])
        .current_dir(place.path())
        .stderr(Stdio::null());
    let mut wire = Wire::spawn(&mut command, PATIENCE)?;
    let said = talk(&mut wire);
    // What was said before matters more than how it ended.
    let ended = wire.finish();
    let said = said?;
    ensure!(ended?, "it did not end well when its client left");
    Ok(said)
}

fn shake_hands(wire: &mut Wire) -> anyhow::Result<String> {
    let hello = wire.hello("firstmate-doctor")?;
    let name = hello["serverInfo"]["name"].as_str().unwrap_or_default();
    ensure!(name == "firstmate", "it calls itself {name:?}");
    use_tools(wire, &json!({}))
}

fn without_a_handshake(wire: &mut Wire) -> anyhow::Result<String> {
    let meta = json!({"_meta": {
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientInfo": {"name": "firstmate-doctor", "version": env!("CARGO_PKG_VERSION")},
        "io.modelcontextprotocol/clientCapabilities": {},
    }});
    wire.request("server/discover", &meta)?;
    use_tools(wire, &meta)
}

/// Lists the tools and has one of them judge something that is known.
fn use_tools(wire: &mut Wire, meta: &Value) -> anyhow::Result<String> {
    let listed = wire.request("tools/list", meta)?;
    let tools = listed["tools"].as_array().map_or(0, Vec::len);
    ensure!(tools > 0, "it lists no tools");
    let mut call = meta.clone();
    call["name"] = "validate_output".into();
    call["arguments"] = json!({"output": "{\"a\": 1", "kind": "json"});
    let judged = wire.request("tools/call", &call)?;
    let verdict = &judged["structuredContent"]["verdict"];
    ensure!(*verdict == "fail", "validate_output calls broken JSON {verdict}");
    Ok(format!("{tools} tools, and a call"))
}
