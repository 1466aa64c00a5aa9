//! What the page shows is what the commands say.

use serde_json::{Value, json};

use super::asking::{call, get};
use crate::support::{HttpServer, run};

const HOSTILE: &str = "<script>alert(1)</script> \u{1b}[31mred \u{202e}evil";

#[test]
fn what_it_shows_is_what_the_commands_say() {
    let dir = tempfile::tempdir().unwrap();
    let server = HttpServer::start(dir.path());
    let plan = json!({"steps": [{"id": "a", "goal": "Say one."}, {"id": "b", "goal": "Say two.", "needs": ["a"]}], "strategy": "graph"});
    let begun = call(&server, "run_crew", json!({"task": HOSTILE, "plan": plan}));
    let token = &begun["pending"][0]["step_token"];
    let usage = json!({"usd": 0.25, "tokens": 12});
    call(
        &server,
        "run_crew",
        json!({"submissions": [{"step_token": token, "output": HOSTILE, "usage": usage}]}),
    );
    let lesson = call(
        &server,
        "record_lesson",
        json!({"lesson": HOSTILE.replace('\u{1b}', ""), "title": "<b>A crane</b>", "tags": ["x"]}),
    );
    let route = call(&server, "route_task", json!({"task": "rename a variable"}));
    call(
        &server,
        "record_lesson",
        json!({"lesson": "It went well.", "outcome": {"ref": route["route_id"], "success": true}}),
    );

    let id = begun["run_id"].as_str().unwrap();
    let told = |arguments: &[&str]| -> Value {
        let (code, out, err) = run(dir.path(), arguments);
        assert_eq!(code, Some(0), "{err}");
        serde_json::from_str(&out).unwrap()
    };
    let shown = |path: &str| get(&server, path).json();
    let run_shown = shown(&format!("/ui/api/runs/{id}"));
    assert_eq!(run_shown, told(&["run", "show", id, "--format", "json"]));
    // As it was taken in: the rules mark what turns the direction of writing.
    let hostile = |text: &Value| {
        text.as_str()
            .unwrap()
            .starts_with("<script>alert(1)</script> \u{1b}[31mred ")
    };
    assert!(hostile(&run_shown["task"]), "{run_shown}");
    assert_eq!(run_shown["strategy"], "graph");
    assert_eq!(run_shown["usage"], json!({"usd": 250_000, "tokens": 12}));
    assert_eq!(
        shown("/ui/api/runs"),
        told(&["run", "list", "--all", "--format", "json"])
    );
    assert_eq!(
        shown("/ui/api/savings"),
        told(&["route", "report", "--format", "json"])
    );
    let lesson = lesson["id"].as_str().unwrap();
    let lesson_shown = shown(&format!("/ui/api/lessons/{lesson}"));
    // How sure it is goes down while one looks.
    let settled = |mut told: Value| {
        told["confidence"] = json!(told["confidence"].as_f64().map(|sure| (sure * 1e4).round()));
        told
    };
    let lesson_told = told(&["lessons", "show", lesson, "--json"]);
    assert_eq!(settled(lesson_shown.clone()), settled(lesson_told));
    assert_eq!(lesson_shown["lesson"]["title"], "<b>A crane</b>");
    assert_eq!(shown("/ui/api/lessons"), told(&["lessons", "list", "--json"]));
    let output = shown(&format!("/ui/api/runs/{id}/steps/a"));
    assert!(hostile(&output["text"]), "{output}");
    assert_eq!(
        output["bytes"],
        output["text"].as_str().unwrap().len(),
        "{output}"
    );
    let routes = shown("/ui/api/routes");
    assert_eq!(routes.as_array().unwrap().len(), 1);
    assert_eq!(
        (&routes[0]["id"], &routes[0]["reward"]),
        (&route["route_id"], &json!(1.0))
    );

    let decisions = shown("/ui/api/decisions?limit=500");
    let (code, log, err) = run(dir.path(), &["audit", "export"]);
    assert_eq!(code, Some(0), "{err}");
    let log: Vec<Value> = log
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    for decision in decisions["decisions"].as_array().unwrap() {
        let seq = decision["seq"].as_u64().unwrap();
        let entry = &log.iter().find(|entry| entry["seq"] == seq).unwrap()["entry"];
        for (mine, theirs) in [
            ("at", "at"),
            ("via", "via"),
            ("effect", "decision"),
            ("rules", "rules"),
        ] {
            assert_eq!(decision[mine], entry[theirs], "{decision} {entry}");
        }
    }
    let page = shown("/ui/api/decisions?limit=1");
    assert_eq!(page["decisions"].as_array().unwrap().len(), 1);
    let before = page["before"].as_u64().unwrap();
    let older = shown(&format!("/ui/api/decisions?limit=1&before={before}"));
    assert!(older["decisions"][0]["seq"].as_u64().unwrap() < before, "{older}");
}
