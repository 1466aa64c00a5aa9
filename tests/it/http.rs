//! The HTTP door of the real binary: who is let in, both eras, the older pair, and a stop that loses nothing.

use std::io::{Read as _, Write as _};

use serde_json::{Value, json};

use crate::raw::{Answer, HOST, INITIALIZED, call, connect, data, hello, modern, open_session, post, posted};
use crate::support::{HttpServer, firstmate};

#[test]
fn foreign_pages_and_foreign_names_are_refused_on_every_route() {
    let dir = tempfile::tempdir().unwrap();
    let server = HttpServer::start(dir.path());
    for (method, path) in [
        ("POST", "/mcp"),
        ("GET", "/mcp"),
        ("DELETE", "/mcp"),
        ("GET", "/sse"),
        ("POST", "/messages?session_id=0"),
        ("GET", "/healthz"),
        ("GET", "/readyz"),
        ("POST", "/hooks/v1/runs"),
        ("GET", "/ui"),
        ("GET", "/nothing/here"),
    ] {
        for headers in [
            "host: evil.example\r\n",
            "host: localhost\r\norigin: https://evil.example\r\n",
            "host: localhost\r\norigin: null\r\n",
            "host: localhost\r\norigin: http://localhost:1\r\n",
            "host: localhost\r\norigin: http://localhost\r\norigin: https://evil.example\r\n",
        ] {
            let answer = Answer::to(&server, method, path, headers, &hello(&json!({})));
            assert_eq!(answer.status, 403, "{method} {path} {headers:?}");
        }
    }
    assert_eq!(Answer::to(&server, "GET", "/healthz", HOST, "").status, 200);
    assert_eq!(Answer::to(&server, "GET", "/readyz", HOST, "").status, 200);
}

#[test]
fn a_body_over_the_limit_is_413_and_the_next_request_works() {
    let dir = tempfile::tempdir().unwrap();
    let server = HttpServer::start(dir.path());
    for path in ["/mcp", "/messages?session_id=0"] {
        // What the header announces is refused before it is sent.
        let mut socket = connect(&server);
        write!(
            socket,
            "POST {path} HTTP/1.1\r\n{HOST}content-length: 1048577\r\n\r\n"
        )
        .unwrap();
        let mut start = [0; 12];
        socket.read_exact(&mut start).unwrap();
        assert_eq!(&start, b"HTTP/1.1 413", "{path}");
    }
    assert_eq!(post(&server, "/mcp", "", &hello(&json!({}))).status, 200);
}

#[test]
fn an_old_client_has_a_session_in_which_tools_answer() {
    let dir = tempfile::tempdir().unwrap();
    let server = HttpServer::start(dir.path());
    let session = open_session(&server, &json!({}));
    let answer = post(
        &server,
        "/mcp",
        &session,
        &call("route_task", &json!({"task": "rename a variable"})),
    );
    let result = &answer.messages.last().unwrap()["result"];
    assert!(result["structuredContent"]["route_id"].is_string(), "{result}");
    assert_eq!(
        Answer::to(&server, "DELETE", "/mcp", &format!("{HOST}{session}"), "").status,
        204
    );
    assert_eq!(
        post(
            &server,
            "/mcp",
            &session,
            &call("route_task", &json!({"task": "x"}))
        )
        .status,
        404
    );
}

#[test]
fn a_new_client_calls_a_tool_without_a_session() {
    let dir = tempfile::tempdir().unwrap();
    let server = HttpServer::start(dir.path());
    let (headers, request) = modern("route_task", &json!({"task": "rename a variable"}));
    let answer = post(&server, "/mcp", &headers, &request);
    let result = &answer.messages.last().unwrap()["result"];
    assert!(result["structuredContent"]["route_id"].is_string(), "{result}");
    assert!(
        !answer.head.to_ascii_lowercase().contains("mcp-session-id"),
        "{}",
        answer.head
    );
}

#[test]
fn the_older_pair_carries_a_call_and_its_answer() {
    let dir = tempfile::tempdir().unwrap();
    let server = HttpServer::start(dir.path());
    let mut events = connect(&server);
    write!(
        events,
        "GET /sse HTTP/1.1\r\n{HOST}accept: text/event-stream\r\n\r\n"
    )
    .unwrap();
    let endpoint = data(&mut events);
    assert!(endpoint.starts_with("/messages?session_id="), "{endpoint}");
    assert_eq!(post(&server, &endpoint, "", &hello(&json!({}))).status, 202);
    let greeting: Value = serde_json::from_str(&data(&mut events)).unwrap();
    assert_eq!(
        greeting["result"]["serverInfo"]["name"], "firstmate",
        "{greeting}"
    );
    assert_eq!(post(&server, &endpoint, "", INITIALIZED).status, 202);
    let lesson = json!({"lesson": "The payment tests need the clock held still."});
    assert_eq!(
        post(&server, &endpoint, "", &call("record_lesson", &lesson)).status,
        202
    );
    let answer: Value = serde_json::from_str(&data(&mut events)).unwrap();
    assert_eq!(
        answer["result"]["structuredContent"]["status"], "created",
        "{answer}"
    );
}

#[cfg(unix)]
#[test]
fn a_stop_lets_a_running_call_finish_and_frees_the_data_directory() {
    let dir = tempfile::tempdir().unwrap();
    // A call that waits for a person runs for as long as it is told to.
    let server = HttpServer::spawn(firstmate(dir.path()).env("FIRSTMATE_CALL__APPROVAL_WAIT_S", "2"));
    let session = open_session(&server, &json!({"elicitation": {}}));
    let mut standing = connect(&server);
    write!(
        standing,
        "GET /mcp HTTP/1.1\r\n{HOST}{session}accept: text/event-stream\r\n\r\n"
    )
    .unwrap();
    let _silent = connect(&server);
    let mut half = connect(&server);
    write!(half, "POST /mcp HTTP/1.1\r\n{HOST}content-length: 100\r\n\r\n{{").unwrap();
    let action = json!({"action": {"kind": "shell", "content": "git push --force origin topic"}});
    let mut running = connect(&server);
    running
        .write_all(posted("/mcp", &session, &call("enforce_policy", &action)).as_bytes())
        .unwrap();
    let asked = data(&mut running);
    assert!(asked.contains("elicitation/create"), "{asked}");

    server.ask_to_stop();
    let answer: Value = serde_json::from_str(&data(&mut running)).unwrap();
    let decision = &answer["result"]["structuredContent"]["decision"];
    assert_eq!(decision, "require_approval", "{answer}");
    let status = server.finish();
    assert!(status.success(), "{status}");
    drop(HttpServer::start(dir.path()));
}
