//! `firstmate demo`: one whole piece of work against the real server, as an editor would drive it.
//!
//! The demo is the host. It starts this very binary over stdio, writes a small project with a planted bug,
//! and does the steps of the crew itself: what it hands in is written down in `script`, and passes or fails
//! real validation. Nothing that is printed was not on the wire.

use std::io::Write;
use std::path::Path;

use anyhow::{Context as _, ensure};
use clap::Args;
use serde_json::{Value, json};

use super::wire::Wire;

mod script;
mod show;

use show::Show;

/// Play one whole piece of work against a real server.
#[derive(Debug, Default, Args)]
pub struct Demo {
    /// Show every message in full
    #[arg(long)]
    pub full: bool,
}

/// Plays the demo and prints it to `out`.
///
/// # Errors
/// When the server cannot be started, or an answer is not what the demo is about to claim.
pub fn play(demo: &Demo, out: &mut dyn Write) -> anyhow::Result<()> {
    let program = std::env::current_exe().context("failed to find this binary")?;
    let place = Scratch::create()?;
    std::fs::write(place.path().join("invoice.py"), script::BUGGY_FILE)?;
    let data = place.path().join("data");
    let mut show = Show::new(out, demo.full);

    show.line(&format!(
        "A project with one file, invoice.py, and one bug:\n\n{}",
        indent(script::BUGGY_FILE)
    ))?;
    let mut wire = Wire::start(&program, &data, place.path())?;
    show.heading("Who should do it?")?;
    let route = route(&mut wire, &mut show)?;

    show.heading("The crew goes to work; this demo is the host and does the steps")?;
    let run = begin(&mut wire, &mut show)?;

    show.heading("The server is killed half-way, and started again")?;
    wire.kill()?;
    show.line("  (killed: no goodbye, no flush)")?;
    let mut wire = Wire::start(&program, &data, place.path())?;
    go_on(&mut wire, &mut show, &run)?;
    std::fs::write(place.path().join("invoice.py"), script::FIXED_FILE)?;

    show.heading("May I force-push this to main?")?;
    push(&mut wire, &mut show)?;

    show.heading("What was learned, and found again by other words")?;
    learn(&mut wire, &mut show, &route)?;

    ensure!(wire.finish()?, "the server did not end cleanly");
    show.line(
        "\nThe host closed stdin, the server drained, unlocked and left. That was one whole piece of work.",
    )
}

/// Asks which model should do the task; gives back the id of the decision.
fn route(wire: &mut Wire, show: &mut Show<'_>) -> anyhow::Result<String> {
    let route = show.call(wire, "route_task", &json!({"task": script::TASK}))?;
    show.because(&format!(
        "{} (sure: {:.2}), difficulty {}; {} does it for about ${}",
        text(&route["task_type"]),
        route["task_type_confidence"].as_f64().unwrap_or_default(),
        route["difficulty"]["score"],
        text(&route["model"]["id"]),
        route["expected"]["cost_usd"],
    ))?;
    for reason in route["reasons"].as_array().into_iter().flatten().take(3) {
        show.because(&format!(
            "signal {}: {} towards {}",
            reason["signal"], reason["weight"], reason["towards"]
        ))?;
    }
    if let Some(flip) = route["flip"].as_object().filter(|flip| !flip.is_empty()) {
        show.because(&format!("what would change it: {}", Value::Object(flip.clone())))?;
    }
    Ok(text(&route["route_id"]).to_owned())
}

/// Starts the run, does the first step, and hands in a second one that is wrong.
fn begin(wire: &mut Wire, show: &mut Show<'_>) -> anyhow::Result<String> {
    let reply = show.call(
        wire,
        "run_crew",
        &json!({"task": script::TASK, "template": "code_change"}),
    )?;
    let run = text(&reply["run_id"]).to_owned();
    due(show, &reply)?;
    let reply = submit(wire, show, &run, &reply, &script::understanding())?;
    ensure!(
        reply["receipts"][0]["outcome"] == "recorded",
        "the first step was not recorded: {reply}"
    );
    due(show, &reply)?;

    show.line("\n  The host's model writes code that does not parse:")?;
    let reply = submit(wire, show, &run, &reply, &json!(script::wrong_change()))?;
    let receipt = &reply["receipts"][0];
    ensure!(
        receipt["outcome"] == "invalid",
        "broken code was let through: {reply}"
    );
    let violation = &receipt["violations"][0];
    show.because(&format!(
        "invalid, sent back: {} at {}: {}",
        text(&violation["rule"]),
        text(&violation["path"]),
        text(&violation["got"])
    ))?;
    due(show, &reply)?;
    Ok(run)
}

/// Finds the run again and does what is left of it.
fn go_on(wire: &mut Wire, show: &mut Show<'_>, run: &str) -> anyhow::Result<()> {
    let open = show.call(wire, "run_crew", &json!({"action": "status"}))?;
    ensure!(
        open.to_string().contains(run),
        "the open run is not listed: {open}"
    );
    let mut reply = show.call(wire, "run_crew", &json!({"action": "status", "run_id": run}))?;
    ensure!(
        reply["progress"]["done"] == 1,
        "a recorded step was lost: {reply}"
    );
    show.because("the recorded step is still done; the one that was sent back is due again")?;
    while reply["status"] == "input_required" {
        due(show, &reply)?;
        let step = text(&reply["pending"][0]["step_id"]).to_owned();
        let output =
            script::output(&step).with_context(|| format!("the demo has no answer to step {step}"))?;
        reply = submit(wire, show, run, &reply, &output)?;
        ensure!(
            reply["receipts"][0]["outcome"] == "recorded",
            "step {step} was not recorded: {reply}"
        );
    }
    ensure!(
        reply["status"] == "completed",
        "the run did not complete: {reply}"
    );
    show.because(&format!(
        "completed: {} steps, each validated and journalled",
        reply["progress"]["done"]
    ))
}

fn push(wire: &mut Wire, show: &mut Show<'_>) -> anyhow::Result<()> {
    let action = json!({"kind": "shell", "tool": "bash", "content": "git push --force origin main"});
    let decision = show.call(wire, "enforce_policy", &json!({"action": action}))?;
    ensure!(
        decision["decision"] == "deny",
        "the force push was not denied: {decision}"
    );
    let rule = &decision["rules"][0];
    show.because(&format!(
        "deny, rule {}: {}",
        text(&rule["id"]),
        text(&rule["why"])
    ))?;
    show.because(&format!("how to comply: {}", text(&rule["fix"])))?;
    show.because(&format!(
        "recorded as entry {} of the audit log before this answer",
        decision["audit"]["seq"]
    ))
}

fn learn(wire: &mut Wire, show: &mut Show<'_>, route: &str) -> anyhow::Result<()> {
    let lesson = json!({
        "lesson": script::LESSON,
        "tags": ["pricing"],
        "outcome": {"ref": route, "success": true},
    });
    let recorded = show.call(wire, "record_lesson", &lesson)?;
    let again = show.call(wire, "record_lesson", &lesson)?;
    ensure!(
        again["id"] == recorded["id"],
        "the same lesson was kept twice: {again}"
    );
    show.because(&format!(
        "kept once: {}, then {}",
        text(&recorded["status"]),
        text(&again["status"])
    ))?;
    let found = show.call(wire, "search_knowledge", &json!({"query": script::QUERY}))?;
    let hit = &found["hits"][0];
    ensure!(hit["id"] == recorded["id"], "the lesson was not found: {found}");
    show.because(&format!("found with score {}: {}", hit["score"], hit["why"]))
}

/// Hands in the output of the step that is due.
fn submit(
    wire: &mut Wire,
    show: &mut Show<'_>,
    run: &str,
    reply: &Value,
    output: &Value,
) -> anyhow::Result<Value> {
    let token = &reply["pending"][0]["step_token"];
    ensure!(token.is_string(), "no step is due: {reply}");
    let submission = json!({"step_token": token, "output": output});
    show.call(
        wire,
        "run_crew",
        &json!({"run_id": run, "submissions": [submission]}),
    )
}

fn due(show: &mut Show<'_>, reply: &Value) -> anyhow::Result<()> {
    let step = &reply["pending"][0];
    show.because(&format!(
        "due: {} as {}, attempt {}",
        text(&step["step_id"]),
        text(&step["role"]),
        step["attempt"]
    ))
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn indent(text: &str) -> String {
    text.lines().map(|line| format!("    {line}\n")).collect()
}

/// A directory of our own that goes with us.
#[derive(Debug)]
pub(super) struct Scratch(std::path::PathBuf);

impl Scratch {
    pub(super) fn create() -> anyhow::Result<Self> {
        let path = std::env::temp_dir().join(format!("firstmate-{}", uuid::Uuid::new_v4().simple()));
        std::fs::create_dir(&path).with_context(|| format!("failed to create {}", path.display()))?;
        Ok(Self(path))
    }

    pub(super) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // What cannot be removed is the temporary directory's to clean.
        let _left_behind = std::fs::remove_dir_all(&self.0).is_err();
    }
}
