//! The page at `/ui`: who may look, that what it shows is what the commands say, that changes are told, and how it looks in a
//! real browser.

use std::io::{BufRead as _, BufReader};

use serde_json::{Value, json};

use crate::support::{HttpServer, Server, firstmate, run};

mod asking;
mod browser;
mod judged;

use asking::{Answer, Events, HOST, ask, call, get};

const PARTS: [&str; 12] = [
    "/ui",
    "/ui/page.css",
    "/ui/dom.js",
    "/ui/say.js",
    "/ui/graph.js",
    "/ui/runs.js",
    "/ui/decisions.js",
    "/ui/lessons.js",
    "/ui/savings.js",
    "/ui/server.js",
    "/ui/host.js",
    "/ui/page.js",
];
const DATA: [&str; 6] = [
    "/ui/api/runs",
    "/ui/api/decisions",
    "/ui/api/routes",
    "/ui/api/savings",
    "/ui/api/lessons",
    "/ui/api/search?q=crane",
];
const HOSTILE: &str = "<script>alert(1)</script> \u{1b}[31mred \u{202e}evil";

#[test]
fn only_the_page_itself_may_ask_and_everything_says_what_a_browser_may_do_with_it() {
    let dir = tempfile::tempdir().unwrap();
    let server = HttpServer::start(dir.path());
    for path in PARTS.into_iter().chain(DATA).chain(["/ui/events", "/ui/nothing"]) {
        for header in [
            "host: evil.example\r\n",
            "host: localhost\r\norigin: https://evil.example\r\n",
        ] {
            assert_eq!(ask(&server, "GET", path, header).status, 403, "{path} {header:?}");
        }
    }
    for path in PARTS {
        let answer = get(&server, path);
        assert_eq!(answer.status, 200, "{path}");
        checked(&answer, path);
        assert_eq!(answer.header("cache-control"), Some("no-cache"), "{path}");
        let known = format!("{HOST}if-none-match: {}\r\n", answer.header("etag").unwrap());
        let again = ask(&server, "GET", path, &known);
        assert_eq!((again.status, again.body.as_str()), (304, ""), "{path}");
    }
    for path in DATA {
        let answer = get(&server, path);
        assert_eq!(answer.status, 200, "{path}: {}", answer.body);
        checked(&answer, path);
        assert_eq!(answer.header("cache-control"), Some("no-store"), "{path}");
        for site in ["cross-site", "same-site"] {
            let foreign = ask(&server, "GET", path, &format!("{HOST}sec-fetch-site: {site}\r\n"));
            assert_eq!(foreign.status, 403);
        }
        let own = ask(
            &server,
            "GET",
            path,
            &format!("{HOST}sec-fetch-site: same-origin\r\n"),
        );
        assert_eq!(own.status, 200, "{path}");
        // It only looks.
        for method in ["POST", "PUT", "DELETE"] {
            assert_eq!(ask(&server, method, path, HOST).status, 405, "{method} {path}");
        }
    }
    for path in [
        "/ui/nothing",
        "/ui/api/nothing",
        "/ui/../Cargo.toml",
        "/ui/%2e%2e/x",
    ] {
        let answer = get(&server, path);
        assert_eq!(answer.status, 404, "{path}");
        checked(&answer, path);
    }
    for (path, status) in [
        ("/ui/api/runs/unknown", 404),
        ("/ui/api/lessons/unknown", 404),
        ("/ui/api/runs?limit=many", 400),
    ] {
        let answer = get(&server, path);
        assert_eq!(answer.status, status, "{path}: {}", answer.body);
        for part in ["code", "message", "hint"] {
            assert!(answer.json()[part].is_string(), "{path}: {}", answer.body);
        }
    }
    let long = format!("/ui/api/search?q={}", "a".repeat(3_000));
    assert_eq!(get(&server, &long).status, 400);
}

#[test]
fn whoever_starts_the_server_is_told_where_the_page_is() {
    let dir = tempfile::tempdir().unwrap();
    let mut server = firstmate(dir.path())
        .args(["serve", "--http", "127.0.0.1:0"])
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(server.stderr.take().unwrap()).lines();
    let said = lines.find_map(|line| line.unwrap().strip_prefix("the page is at ").map(str::to_owned));
    server.kill().unwrap();
    server.wait().unwrap();
    let said = said.unwrap();
    assert!(
        said.starts_with("http://127.0.0.1:") && said.ends_with("/ui"),
        "{said}"
    );
}

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

#[test]
fn a_change_is_told_and_the_end_of_the_server_too() {
    let dir = tempfile::tempdir().unwrap();
    let server = HttpServer::start(dir.path());
    let mut events = Events::open(&server);
    let (name, first) = events.next();
    assert_eq!(name, "news");
    let begun = call(
        &server,
        "run_crew",
        json!({"task": "count", "plan": {"steps": [{"id": "a", "goal": "Say one."}]}}),
    );
    let begun_news = events.until(|news| news["runs"].as_u64() > first["runs"].as_u64());
    let token = &begun["pending"][0]["step_token"];
    call(
        &server,
        "run_crew",
        json!({"submissions": [{"step_token": token, "output": "one"}]}),
    );
    events.until(|news| news["runs"].as_u64() > begun_news["runs"].as_u64());
    let done = get(
        &server,
        &format!("/ui/api/runs/{}", begun["run_id"].as_str().unwrap()),
    );
    assert_eq!(done.json()["status"], "completed");
    call(&server, "record_lesson", json!({"lesson": "A crane needs room."}));
    events.until(|news| news["lessons"].as_u64() > first["lessons"].as_u64());
    call(&server, "route_task", json!({"task": "rename a variable"}));
    events.until(|news| news["routes"].as_u64() > first["routes"].as_u64());
    // So many may listen, and no more.
    let others: Vec<Events> = (0..63).map(|_| Events::open(&server)).collect();
    assert_eq!(get(&server, "/ui/events").status, 503);
    drop(others);
    #[cfg(unix)]
    {
        server.ask_to_stop();
        loop {
            let (name, _) = events.next();
            if name == "end" {
                break;
            }
        }
        assert!(server.finish().success());
    }
}

#[test]
fn a_host_that_shows_apps_is_given_one() {
    let dir = tempfile::tempdir().unwrap();
    for (extensions, declared) in [
        (json!({}), false),
        (
            json!({"io.modelcontextprotocol/ui": {"mimeTypes": ["text/html;profile=mcp-app"]}}),
            true,
        ),
    ] {
        let mut server = Server::spawn(firstmate(dir.path()).args(["serve", "--stdio"]));
        let hello = server.request(
            "initialize",
            json!({"protocolVersion": "2025-11-25", "capabilities": {"extensions": extensions}, "clientInfo": {"name": "it", "version": "0"}}),
        );
        let extensions = &hello["result"]["capabilities"]["extensions"];
        assert_eq!(
            extensions["io.modelcontextprotocol/ui"].is_object(),
            declared,
            "{hello}"
        );
        server.send(&json!({"jsonrpc": "2.0", "method": "notifications/initialized"}).to_string());
        let tools = server.request("tools/list", json!({}));
        for tool in tools["result"]["tools"].as_array().unwrap() {
            let uri = tool["_meta"]["ui"]["resourceUri"].as_str();
            let shows = ["run_crew", "route_task"].contains(&tool["name"].as_str().unwrap());
            assert_eq!(
                uri,
                shows.then_some("ui://firstmate/dashboard"),
                "{}",
                tool["name"]
            );
        }
        let read = server.request("resources/read", json!({"uri": "ui://firstmate/dashboard"}));
        let contents = &read["result"]["contents"][0];
        assert_eq!(contents["mimeType"], "text/html;profile=mcp-app");
        assert!(contents["text"].as_str().unwrap().starts_with("<!doctype html>"));
        let begun = server.call(
            "run_crew",
            json!({"task": "count", "plan": {"steps": [{"id": "a", "goal": "Say one."}]}}),
        );
        let uri = format!("firstmate://run/{}/history", begun["run_id"].as_str().unwrap());
        let read = server.request("resources/read", json!({"uri": uri}));
        let history: Value =
            serde_json::from_str(read["result"]["contents"][0]["text"].as_str().unwrap()).unwrap();
        assert_eq!(history["steps"][0]["id"], "a", "{history}");
    }
}

/// What every answer under `/ui` tells a browser.
fn checked(answer: &Answer, path: &str) {
    let policy = answer.header("content-security-policy").unwrap_or_default();
    for rule in [
        "default-src 'none'",
        "script-src 'self'",
        "connect-src 'self'",
        "frame-ancestors 'none'",
        "form-action 'none'",
        "base-uri 'none'",
    ] {
        assert!(policy.contains(rule), "{path}: {policy:?} has no {rule}");
    }
    assert!(!policy.contains("unsafe"), "{path}: {policy}");
    assert_eq!(answer.header("x-content-type-options"), Some("nosniff"), "{path}");
    assert_eq!(answer.header("referrer-policy"), Some("no-referrer"), "{path}");
    assert_eq!(
        answer.header("cross-origin-resource-policy"),
        Some("same-origin"),
        "{path}"
    );
}
