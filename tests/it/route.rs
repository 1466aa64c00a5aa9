//! `firstmate route` as people type it: alone, beside a running server, and at an endpoint that answers as it likes.

use std::collections::BTreeSet;
use std::io::Write as _;
use std::path::Path;

use serde_json::{Value, json};

use crate::support::{Server, firstmate, run};

#[path = "../../src/model/tests/server.rs"]
mod endpoint;

use endpoint::{Call, Reply, serve};

const TASK: &str = "write a function in Rust that parses an ISO 8601 date, with tests";

/// A command that has to succeed; what it printed.
fn told(dir: &Path, arguments: &[&str]) -> String {
    let (code, out, err) = run(dir, arguments);
    assert_eq!(code, Some(0), "{arguments:?}: {out}{err}");
    out
}

fn parsed(dir: &Path, arguments: &[&str]) -> Value {
    serde_json::from_str(&told(dir, arguments)).unwrap()
}

/// A command that has to fail; what it said.
fn refused(dir: &Path, arguments: &[&str]) -> Value {
    let (code, out, err) = run(dir, arguments);
    assert_eq!((code, out.as_str()), (Some(1), ""), "{arguments:?}: {err}");
    let problem = err.lines().last().unwrap();
    serde_json::from_str(problem).unwrap()
}

fn keys(value: &Value) -> BTreeSet<&str> {
    value.as_object().unwrap().keys().map(String::as_str).collect()
}

/// Settings that name a models file with this text.
fn with_models(dir: &Path, text: &str) -> String {
    let models = dir.join("models.toml");
    std::fs::write(&models, text).unwrap();
    let config = dir.join("config.toml");
    let setting = format!("[routing]\ncatalogue = {:?}\n", models.display().to_string());
    std::fs::write(&config, setting).unwrap();
    config.display().to_string()
}

#[test]
fn a_look_tells_everything_in_words_and_leaves_no_trace() {
    let dir = tempfile::tempdir().unwrap();
    let said = told(dir.path(), &["route", TASK]);
    for part in [
        "type        code_generation",
        "difficulty  ",
        "stakes      low",
        "needs       ",
        "no outcomes yet",
        "\nwhy\n",
        "\ncandidates ",
        "\n  chosen\n  * ",
        "  chance of success by expected cost (logarithmic)\n",
        "\n      +",
        "free",
        "The quality target is 0.95",
        "If it is not available: ",
        "A dry look: nothing was recorded",
    ] {
        assert!(said.contains(part), "{part:?} is not in\n{said}");
    }
    assert!(said.is_ascii(), "a pipe says nothing of UTF-8:\n{said}");
    // The table and the picture speak of the same models.
    let chosen = said
        .lines()
        .filter(|line| line.trim_start().starts_with("* "))
        .count();
    assert_eq!(said.matches('*').count(), chosen + 1, "{said}");
    let report = told(dir.path(), &["route", "report"]);
    assert_eq!(report, "test: no routing decision on record\n");
}

#[test]
fn json_is_the_answer_of_the_tool() {
    let dir = tempfile::tempdir().unwrap();
    let looked = parsed(dir.path(), &["route", TASK, "--format", "json"]);
    let mut server = Server::start(dir.path());
    let routed = server.call("route_task", json!({"task": TASK}));
    let beside = parsed(dir.path(), &["route", TASK, "--format", "json"]);
    assert_eq!(looked, beside, "alone and beside a server it is the same");
    let mut expected = keys(&routed);
    assert!(expected.remove("route_id"));
    expected.insert("recorded");
    assert_eq!(keys(&looked), expected);
    assert_eq!(
        (&looked["model"], &looked["candidates"]),
        (&routed["model"], &routed["candidates"])
    );
    assert!(server.finish().success());
}

#[test]
fn limits_and_stdin_reach_the_router() {
    let dir = tempfile::tempdir().unwrap();
    let mut child = firstmate(dir.path())
        .args([
            "route",
            "-",
            "--local-only",
            "--deny",
            "gpt-oss*",
            "--need",
            "tools",
            "--quality-target",
            "0.5",
        ])
        .args(["--format", "json"])
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(TASK.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let answer: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(answer["model"]["local"], true, "{answer}");
    assert!(
        !answer["model"]["id"].as_str().unwrap().starts_with("gpt-oss"),
        "{answer}"
    );
    assert_eq!(answer["flip"]["quality_target"]["now"], 0.5);
    let none = told(dir.path(), &["route", TASK, "--allow", "nobody"]);
    assert!(
        none.contains("no model is left") && none.contains("Nothing was recorded"),
        "{none}"
    );
    for (arguments, code) in [
        (
            &["route", TASK, "--quality-target", "7"][..],
            "routing.bad_quality_target",
        ),
        (&["route", TASK, "--need", "telepathy"], "routing.unknown_need"),
        (&["route", " "], "routing.empty_task"),
        (&["route"], "bad_arguments"),
        (&["route", TASK, "--context", "no such file"], "io"),
    ] {
        let problem = refused(dir.path(), arguments);
        assert!(problem["code"].as_str().unwrap().starts_with(code), "{problem}");
    }
}

#[test]
fn a_report_names_baseline_quality_and_what_it_does_not_know() {
    let dir = tempfile::tempdir().unwrap();
    let mut server = Server::start(dir.path());
    for n in 0..4 {
        let routed = server.call("route_task", json!({"task": TASK}));
        let reference = &routed["route_id"];
        match n {
            0 => server.call(
                "record_lesson",
                json!({"outcome": {"ref": reference, "success": true, "cost_usd": 0.25}, "evidence": "tests passed"}),
            ),
            1 => server.call("record_lesson", json!({"outcome": {"ref": reference, "success": false}})),
            _ => Value::Null,
        };
    }
    let id = parsed(dir.path(), &["route", TASK, "--record", "--format", "json"]);
    assert!(id["recorded"] == true && id["route_id"].is_string(), "{id}");
    let bad = server.call_error(
        "record_lesson",
        json!({"outcome": {"ref": id["route_id"], "success": true, "cost_usd": -1}}),
    );
    assert_eq!(bad["code"], "bad_arguments", "{bad}");

    let report = parsed(
        dir.path(),
        &["route", "report", "--since", "1d", "--format", "json"],
    );
    assert_eq!(
        (&report["all"]["calls"], &report["all"]["priced"]),
        (&json!(5), &json!(5))
    );
    let observed = &report["all"]["observed"];
    assert_eq!(
        (&observed["calls"], &observed["without"]),
        (&json!(2), &json!(3)),
        "{report}"
    );
    assert_eq!(observed["mean"]["value"], 0.5);
    assert_eq!(
        (&report["spent"]["calls"], &report["spent"]["usd"]),
        (&json!(1), &json!(0.25))
    );
    let baseline = &report["baseline"];
    assert_eq!(
        (&baseline["how"], &baseline["is_dearest"]),
        (&json!("best_single"), &json!(false)),
        "{baseline}"
    );
    assert_eq!(report["types"][0]["name"], "code_generation");
    let by_model = report["models"].as_array().unwrap().iter();
    assert_eq!(
        by_model.map(|line| line["calls"].as_u64().unwrap()).sum::<u64>(),
        5
    );
    let text = told(dir.path(), &["route", "report", "--baseline", "claude-opus-5-5"]);
    for part in [
        "test: 5 calls from ",
        "really cost $0.2500 as reported for 1 call",
        "observed success 0.50 (95 %: ",
        "3 of 5 calls (60 %) have no outcome: how they went is not known, and they count as nothing",
        "regret ",
        "against claude-opus-5-5 (named by --baseline; 5 calls)",
        "of its quality",
        "had one done everything",
        "by type",
        "by model",
    ] {
        assert!(text.contains(part), "{part:?} is not in\n{text}");
    }
    let problem = refused(dir.path(), &["route", "report", "--baseline", "nobody"]);
    assert_eq!(problem["code"], "routing.bad_constraint", "{problem}");
    let later = told(dir.path(), &["route", "report", "--since", "2100-01-01"]);
    assert_eq!(later, "test: no routing decision on record\n");
    assert!(server.finish().success());
    // What was reported is kept.
    let again = parsed(dir.path(), &["route", "report", "--format", "json"]);
    assert_eq!(again["spent"], report["spent"]);
}

#[test]
fn models_are_listed_as_merged_and_a_bad_file_is_refused_with_its_place() {
    let dir = tempfile::tempdir().unwrap();
    let builtin = parsed(dir.path(), &["route", "models", "--format", "json"]);
    let row = &builtin["models"][0];
    assert_eq!(row["origin"], "built_in");
    assert!(
        row["price_read"].is_string() && row["source"].is_string(),
        "{row}"
    );
    let config = with_models(
        dir.path(),
        "[[model]]\nid = \"gpt-oss:20b\"\nfirst_token_ms = 1\n",
    );
    let text = told(dir.path(), &["--config", &config, "route", "models"]);
    let changed = text
        .lines()
        .find(|line| line.starts_with("gpt-oss:20b "))
        .unwrap();
    assert!(changed.contains("changed"), "{changed}");

    let config = with_models(
        dir.path(),
        "[[model]]\nid = \"gpt-oss:20b\"\n\ninput_usd_per_milion = 1\n",
    );
    let problem = refused(dir.path(), &["--config", &config, "route", "models"]);
    let message = problem["message"].as_str().unwrap();
    assert!(message.contains("models.toml:4:1: row 1"), "{problem}");
    assert!(
        message.contains("did you mean `input_usd_per_million`?"),
        "{problem}"
    );
    // The built-in catalogue stays, and nobody is left in the dark.
    let routed = parsed(
        dir.path(),
        &["--config", &config, "route", TASK, "--format", "json"],
    );
    assert!(
        routed["warnings"].to_string().contains("models.toml:4:1"),
        "{routed}"
    );
    assert_eq!(
        routed["candidates"].as_array().unwrap().len(),
        builtin["models"].as_array().unwrap().len()
    );
    let (code, doctor, _) = run(dir.path(), &["--config", &config, "doctor"]);
    assert!(code == Some(1) && doctor.contains("models.toml:4:1"), "{doctor}");
}

/// Two models as Ollama lists and shows them, one of them in the catalogue.
fn ollama(call: &Call) -> Reply {
    let answer = if call.head.starts_with("get /api/tags ") {
        json!({"models": [{"model": "llama9:8b", "details": {"parameter_size": "8.0B"}}, {"model": "gpt-oss:20b"}]})
    } else {
        let window = if call.body["model"] == "llama9:8b" {
            32_768
        } else {
            131_072
        };
        json!({"capabilities": ["completion", "tools"], "model_info": {"x.context_length": window}})
    };
    Reply::Body("200 OK", answer.to_string())
}

#[test]
fn what_an_endpoint_has_is_found_and_written_beside_what_is_there() {
    let dir = tempfile::tempdir().unwrap();
    let (url, calls) = serve(ollama);
    let found = told(dir.path(), &["route", "discover", "--url", &url]);
    for part in [
        "2 models at ",
        "llama9:8b",
        "32768",
        "in the catalogue",
        "[[model]]\nid = \"llama9:8b\"",
        "--write",
    ] {
        assert!(found.contains(part), "{part:?} is not in\n{found}");
    }
    let asked: Vec<_> = calls
        .try_iter()
        .map(|call| call.head.lines().next().unwrap_or_default().to_owned())
        .collect();
    assert_eq!(
        asked,
        [
            "get /api/tags http/1.1",
            "post /api/show http/1.1",
            "post /api/show http/1.1"
        ]
    );

    let mine = "# my own\n[[model]]\nid = \"gpt-oss:20b\" # fast here\nfirst_token_ms = 1\n";
    let config = with_models(dir.path(), mine);
    let discover = ["--config", &config, "route", "discover", "--url", &url, "--write"];
    let first = told(dir.path(), &discover);
    assert!(
        first.contains("Added to ") && first.contains(": llama9:8b."),
        "{first}"
    );
    let file = std::fs::read_to_string(dir.path().join("models.toml")).unwrap();
    assert!(
        file.starts_with(mine) && file.contains("context_tokens = 32768"),
        "{file}"
    );
    let second = told(dir.path(), &discover);
    assert!(second.contains("Nothing was added"), "{second}");
    assert_eq!(
        std::fs::read_to_string(dir.path().join("models.toml")).unwrap(),
        file
    );
    let models = parsed(
        dir.path(),
        &["--config", &config, "route", "models", "--format", "json"],
    );
    let added = models["models"].as_array().unwrap().last().unwrap();
    assert_eq!(
        (&added["id"], &added["origin"]),
        (&json!("llama9:8b"), &json!("added"))
    );
    let leftovers = std::fs::read_dir(dir.path()).unwrap();
    let leftovers = leftovers.filter(|entry| {
        entry
            .as_ref()
            .unwrap()
            .path()
            .extension()
            .is_some_and(|end| end == "new")
    });
    assert_eq!(leftovers.count(), 0);
}

#[test]
fn an_endpoint_that_does_harm_or_nothing_is_an_error_in_words() {
    let dir = tempfile::tempdir().unwrap();
    for (reply, code) in [
        (Reply::Hang, "model.timeout"),
        (Reply::HangUp, "model.unreachable"),
        (Reply::Endless, "model.answer"),
        (
            Reply::Body("200 OK", "{\"models\": 7}".to_owned()),
            "model.answer",
        ),
        (Reply::Body("500 Oops", String::new()), "model.refused"),
    ] {
        let (url, _calls) = serve(move |_| reply.clone());
        let problem = refused(dir.path(), &["route", "discover", "--url", &url]);
        assert_eq!(problem["code"], code, "{problem}");
        assert!(problem["hint"].as_str().unwrap().contains("--url"), "{problem}");
    }
    for (arguments, code) in [
        (
            &["route", "discover", "--url", "http://models.example"][..],
            "bad_arguments",
        ),
        (&["route", "discover", "--url", "file:///etc"], "model.endpoint"),
        (&["route", "discover", "--write"], "bad_arguments"),
    ] {
        let problem = refused(dir.path(), arguments);
        assert_eq!(problem["code"], code, "{problem}");
    }
}

#[test]
fn a_rule_may_forbid_the_call_and_the_record_shows_it() {
    let dir = tempfile::tempdir().unwrap();
    let (url, calls) = serve(ollama);
    let pack = dir.path().join("team.yaml");
    std::fs::write(
        &pack,
        "version: 1\nrules:\n  - {id: no-calls, when: {kind: http}, then: deny, why: Nothing is called., fix: Leave it.}\n",
    )
    .unwrap();
    let config = dir.path().join("config.toml");
    std::fs::write(
        &config,
        format!("[policy]\npacks = [{:?}]\n", pack.display().to_string()),
    )
    .unwrap();
    let config = config.display().to_string();
    let problem = refused(
        dir.path(),
        &["--config", &config, "route", "discover", "--url", &url],
    );
    assert_eq!(
        (&problem["code"], &problem["rule"]),
        (&json!("policy.denied"), &json!("no-calls")),
        "{problem}"
    );
    assert!(calls.try_recv().is_err(), "it was called all the same");
    let tail = told(dir.path(), &["audit", "tail"]);
    assert!(tail.contains("deny"), "{tail}");
}
