//! Official client libraries against the real binary, asked in return, with tasks and with webhooks; `matrix.rs` has them
//! all over every transport.
//!
//! `.ci/run` installs them under `target/clients`. Where they are missing a test says that it was skipped,
//! and why; with `CI=true` a missing client is a failure.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use firstmate::model::faulty::{Fault, Faulty, Reply};
use serde_json::{Value, json};

use crate::receiver::{self, Receiver, Say};
use crate::support::{HttpServer, firstmate, run};

#[test]
fn python_mcp_1_is_asked_in_return_over_every_transport() {
    let Some(python) = installed("mcp1/bin/python") else {
        return;
    };
    for kind in ["stdio", "http", "sse"] {
        play(&python, "asked1.py", &[], kind);
    }
}

#[test]
fn python_mcp_2_is_asked_in_return_in_both_eras_over_every_transport() {
    let Some(python) = installed("mcp2/bin/python") else {
        return;
    };
    for mode in ["auto", "legacy"] {
        for kind in ["stdio", "http", "sse"] {
            play(&python, "asked2.py", &[mode], kind);
        }
    }
}

#[test]
fn python_mcp_2_takes_tasks() {
    let Some(python) = installed("mcp2/bin/python") else {
        return;
    };
    let slow = |_: &_| Reply::Fault(Fault::SlowHeader(Duration::from_millis(300)), "It.".to_owned());
    let provider = Faulty::start(slow).unwrap();
    let settings = format!(
        "[providers.p]\nkind = 'openai'\nurl = '{}'\nmodels = ['m']\n",
        provider.url()
    );
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/clients/tasks2.py");
    for kind in ["stdio", "http"] {
        let dir = tempfile::tempdir().unwrap();
        let config = dir.path().join("config.toml");
        std::fs::write(&config, &settings).unwrap();
        let mut command = Command::new(&python);
        command
            .arg(&script)
            .arg(kind)
            .env("HOME", dir.path())
            .current_dir(dir.path());
        if kind == "stdio" {
            let data = dir.path().join("data");
            output(command.arg(env!("CARGO_BIN_EXE_firstmate")).arg(data).arg(config));
            continue;
        }
        let server = HttpServer::spawn(firstmate(dir.path()).arg("--config").arg(config));
        output(command.arg(format!("{}/mcp", server.url)));
    }
}

#[test]
fn the_library_of_standard_webhooks_verifies_what_is_sent_and_signs_what_is_taken() {
    let Some(python) = installed("webhooks/bin/python") else {
        return;
    };
    let dir = tempfile::tempdir().unwrap();
    let told = Receiver::start(|_| Say::This(204, String::new()));
    let events = "events = [\"run.input_required\", \"step.completed\", \"run.cancelled\"]";
    let settings = told.section("log", events);
    let mut server = receiver::server(dir.path(), &settings);
    let plan = json!({"steps": [{"id": "a", "goal": "Say ä."}, {"id": "b", "goal": "Say ß."}]});
    let begun = server.call("run_crew", json!({"task": "Größe", "plan": plan}));
    let token = &begun["pending"][0]["step_token"];
    server.call(
        "run_crew",
        json!({"submissions": [{"step_token": token, "output": "ä"}]}),
    );
    server.call(
        "run_crew",
        json!({"run_id": begun["run_id"], "action": "cancel", "reason": "€"}),
    );
    let heard = told.wait_for(4);
    assert!(server.finish().success());
    let lines = heard.iter().map(|one| {
        let message =
            json!({"id": one.id, "timestamp": one.timestamp, "signature": one.signature, "body": one.text});
        format!("{message}\n")
    });
    let messages = dir.path().join("messages");
    std::fs::write(&messages, lines.collect::<String>()).unwrap();

    let settings = "[inbound]\nsecret_env = \"FLOW_SECRET\"\n";
    let server = HttpServer::spawn(&mut receiver::command(dir.path(), settings));
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/clients/webhooks.py");
    let mut command = Command::new(python);
    let messages = std::fs::File::open(messages).unwrap();
    let said = output(command.arg(script).arg(&server.url).stdin(messages));
    assert_eq!(said, "ok: 4 messages verified\nok: what it signs is taken\n");
}

#[test]
fn the_workflow_for_n8n_runs_to_its_report() {
    let Some(node) = installed("node_modules/node/bin/node") else {
        return;
    };
    let dir = tempfile::tempdir().unwrap();
    let settings = "[inbound]\nsecret_env = \"FLOW_SECRET\"\n";
    let server = HttpServer::spawn(&mut receiver::command(dir.path(), settings));
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut command = Command::new(node);
    command.arg(root.join("tests/clients/n8n.mjs")).arg(&server.url);
    command
        .arg(receiver::SECRET)
        .arg(root.join("docs/examples/n8n-review.json"));
    assert_eq!(
        output(&mut command),
        "ok: the run was started, approved and reported\n"
    );
    let (_, told, _) = run(dir.path(), &["run", "list", "--all", "--format", "json"]);
    let told: Value = serde_json::from_str(&told).unwrap();
    let id = told["runs"][0]["run_id"].as_str().unwrap();
    let (_, told, _) = run(dir.path(), &["run", "show", id]);
    assert!(told.contains("bytes, by webhook"), "{told}");
}

pub(crate) fn play(python: &Path, script: &str, arguments: &[&str], kind: &str) {
    let dir = tempfile::tempdir().unwrap();
    let mut command = Command::new(python);
    command.arg(
        Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("tests/clients")
            .join(script),
    );
    command
        .args(arguments)
        .arg(kind)
        .env("HOME", dir.path())
        .current_dir(dir.path());
    if kind == "stdio" {
        output(
            command
                .arg(env!("CARGO_BIN_EXE_firstmate"))
                .arg(dir.path().join("data")),
        );
        return;
    }
    // Only those that say they can are asked.
    let server = HttpServer::spawn(firstmate(dir.path()).env("FIRSTMATE_CREW__SAMPLING", "true"));
    let path = if kind == "sse" { "sse" } else { "mcp" };
    output(command.arg(format!("{}/{path}", server.url)));
}

pub(crate) fn output(command: &mut Command) -> String {
    let output = command.output().unwrap();
    let text = format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    assert!(output.status.success(), "{command:?}: {}\n{text}", output.status);
    text
}

#[expect(clippy::disallowed_methods, reason = "CI says so in the environment")]
#[expect(clippy::print_stderr, reason = "a skipped test says so")]
pub(crate) fn installed(program: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("target/clients")
        .join(program);
    if path.exists() {
        return Some(path);
    }
    assert!(
        std::env::var("CI").as_deref() != Ok("true"),
        "{} is missing: run .ci/run",
        path.display()
    );
    eprintln!(
        "skipped: {} is not installed; .ci/run installs it",
        path.display()
    );
    None
}
