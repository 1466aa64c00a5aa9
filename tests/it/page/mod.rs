//! The page at `/ui`: that changes are told, and that hosts are given it; who may look, what it shows and how it looks in
//! a real browser have files of their own.

use std::io::{BufRead as _, BufReader};

use serde_json::{Value, json};

use crate::support::{HttpServer, Server, firstmate};

mod asking;
mod browser;
mod guarded;
mod judged;
mod shown;

use asking::{Events, call, get};

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
