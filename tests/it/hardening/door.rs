//! What is no request of a client of ours: other kinds of bodies, headers that contradict, messages that are none.

use serde_json::{Value, json};

use crate::raw::{Answer, HOST, call, connect, hello, modern, open_session, post};
use crate::support::{HttpServer, Server, firstmate};

/// What a refusal says: code of JSON-RPC, ours, and the hint.
fn refused(answer: &Answer) -> (i64, &str, &str) {
    let error = &answer
        .messages
        .last()
        .unwrap_or_else(|| panic!("no JSON: {answer:?}"))["error"];
    let data = &error["data"];
    let text = |value: &'static str| data[value].as_str().unwrap_or_default();
    (error["code"].as_i64().unwrap(), text("code"), text("hint"))
}

#[test]
fn a_form_that_any_page_can_send_is_no_message() {
    let dir = tempfile::tempdir().unwrap();
    let server = HttpServer::start(dir.path());
    for kind in [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
    ] {
        let headers =
            format!("{HOST}content-type: {kind}\r\naccept: application/json, text/event-stream\r\n");
        let answer = Answer::to(&server, "POST", "/mcp", &headers, &hello(&json!({})));
        let (rpc, code, hint) = refused(&answer);
        assert_eq!(
            (answer.status, rpc, code),
            (415, -32600, "http.content_type"),
            "{kind}"
        );
        assert!(hint.contains("application/json"), "{hint}");
    }
}

#[test]
fn what_a_client_does_not_accept_is_told_with_what_to_accept() {
    let dir = tempfile::tempdir().unwrap();
    let server = HttpServer::start(dir.path());
    for (method, accept) in [
        ("POST", "*/*"),
        ("POST", "application/json"),
        ("GET", "application/json"),
    ] {
        let headers = format!("{HOST}content-type: application/json\r\naccept: {accept}\r\n");
        let answer = Answer::to(&server, method, "/mcp", &headers, &hello(&json!({})));
        let (_, code, hint) = refused(&answer);
        assert_eq!((answer.status, code), (406, "http.accept"), "{method} {accept}");
        assert!(hint.contains("text/event-stream"), "{hint}");
    }
    let answer = Answer::to(&server, "PUT", "/mcp", HOST, "");
    assert_eq!((answer.status, refused(&answer).1), (405, "http.method"));
    assert!(
        answer.head.to_ascii_lowercase().contains("\r\nallow: "),
        "{}",
        answer.head
    );
}

#[test]
fn headers_that_contradict_the_body_or_each_other_are_refused() {
    let dir = tempfile::tempdir().unwrap();
    let server = HttpServer::start(dir.path());
    let (right, body) = modern("route_task", &json!({"task": "sort"}));
    assert_eq!(post(&server, "/mcp", &right, &body).status, 200);
    for (header, other) in [
        ("mcp-name: route_task", "mcp-name: record_lesson"),
        ("mcp-method: tools/call", "mcp-method: tools/list"),
        (
            "mcp-protocol-version: 2026-07-28",
            "mcp-protocol-version: 2025-06-18",
        ),
    ] {
        let wrong = right.replace(header, other);
        let answer = post(&server, "/mcp", &wrong, &body);
        assert_eq!(
            (answer.status, refused(&answer).0),
            (400, -32020),
            "{other}: {answer:?}"
        );
        // Whichever comes first: a proxy may have looked at the other one.
        for doubled in [
            format!("{right}{other}\r\n"),
            format!("{other}\r\n{right}"),
            format!("{right}{header}\r\n"),
        ] {
            let answer = post(&server, "/mcp", &doubled, &body);
            assert_eq!(
                (answer.status, refused(&answer).0, refused(&answer).1),
                (400, -32020, "http.header"),
                "{doubled}"
            );
        }
    }
    let session = open_session(&server, &json!({}));
    let two = format!("{session}mcp-session-id: another\r\n");
    let answer = post(
        &server,
        "/mcp",
        &two,
        &call("route_task", &json!({"task": "sort"})),
    );
    assert_eq!((answer.status, refused(&answer).1), (400, "http.header"));
}

#[test]
fn strange_json_is_answered_in_words_and_the_next_call_works() {
    let dir = tempfile::tempdir().unwrap();
    let server = HttpServer::start(dir.path());
    let with = |argument: &str| {
        format!(
            r#"{{"jsonrpc":"2.0","id":9,"method":"tools/call","params":{{"name":"route_task","arguments":{argument}}}}}"#
        )
    };
    let session = open_session(&server, &json!({}));
    let deep = "[".repeat(100_000) + &"]".repeat(100_000);
    for argument in [
        r#"{"task":"sort","constraints":{"max_cost_usd":1e400}}"#,
        r#"{"task":"sort","constraints":{"max_latency_ms":123456789012345678901234567890}}"#,
        r#"{"task":"\ud800"}"#,
        r#"{"task":"sort","task":"search"}"#,
        r#"{"task":"\u0000\u0007"}"#,
        &format!(r#"{{"task":{deep}}}"#),
    ] {
        let answer = post(&server, "/mcp", &session, &with(argument));
        assert!([200, 400].contains(&answer.status), "{argument:.60}: {answer:?}");
        let message = answer
            .messages
            .last()
            .unwrap_or_else(|| panic!("{argument:.60}: {answer:?}"));
        let text = message.to_string();
        let is_said = message["error"]["message"].is_string() || message["result"].is_object();
        assert!(is_said && !text.contains("internal"), "{argument:.60}: {text}");
        let next = post(
            &server,
            "/mcp",
            &session,
            &call("route_task", &json!({"task": "sort"})),
        );
        let result = &next.messages.last().unwrap()["result"];
        assert!(
            result["structuredContent"]["route_id"].is_string(),
            "{argument:.60}: {next:?}"
        );
    }
}

#[test]
fn a_header_of_megabytes_is_cut_off() {
    use std::io::{Read as _, Write as _};
    let dir = tempfile::tempdir().unwrap();
    let server = HttpServer::start(dir.path());
    let mut socket = connect(&server);
    let long = "x".repeat(1 << 20);
    // It may be closed before all of it was taken.
    let _cut = write!(socket, "GET /healthz HTTP/1.1\r\n{HOST}x: {long}\r\n\r\n").is_err();
    let mut answer = Vec::new();
    let _reset = socket.read_to_end(&mut answer).is_err();
    let answer = String::from_utf8_lossy(&answer);
    assert!(
        answer.is_empty() || answer.starts_with("HTTP/1.1 431"),
        "{answer}"
    );
}

/// Neither newlines nor colours of an argument reach a line of the log as such, however much is logged.
#[test]
fn what_callers_say_stays_in_one_line_of_the_log() {
    let dir = tempfile::tempdir().unwrap();
    let server = HttpServer::logging("trace", &mut firstmate(dir.path()));
    let forged = "x\n2026-01-01T00:00:00Z  INFO firstmate: forged\r\u{1b}[2Jred\u{9b}31m\u{2028}";
    let session = open_session(&server, &json!({}));
    for (tool, arguments) in [
        ("route_task", json!({"task": forged, "constraints": {forged: 1}})),
        ("run_crew", json!({"run_id": forged})),
        (
            "enforce_policy",
            json!({"action": {"kind": "shell", "content": forged}}),
        ),
        ("record_lesson", json!({"lesson": forged, "supersedes": forged})),
        (forged, json!({})),
    ] {
        post(&server, "/mcp", &session, &call(tool, &arguments));
    }
    post(
        &server,
        "/mcp",
        &session,
        r#"{"jsonrpc":"2.0","id":1,"method":"x\n2026 forged\u001b[2J"}"#,
    );
    let log = server.log();
    assert!(
        log.contains("forged"),
        "nothing of it is logged, so nothing is shown: {log}"
    );
    for line in log.lines() {
        let is_plain = !line
            .chars()
            .any(|letter| letter.is_control() || letter == '\u{2028}');
        assert!(is_plain && !line.starts_with("2026-01-01"), "{line:?}");
        // Where the page is, is said whatever is logged.
        let is_said = line.starts_with("the page is at http://127.0.0.1:");
        assert!(
            is_said || line.starts_with("20") && line.contains('T'),
            "not the start of a line: {line:?}"
        );
    }
}

#[test]
fn numbers_and_letters_that_do_not_exist_are_answered_over_stdio_too() {
    let dir = tempfile::tempdir().unwrap();
    let mut server = Server::start(dir.path());
    for line in [
        r#"{"jsonrpc":"2.0","id":123456789012345678901234567890,"method":"tools/list"}"#,
        r#"{"jsonrpc":"2.0","id":1e400,"method":"tools/list"}"#,
        r#"{"jsonrpc":"2.0","id":"\ud800","method":"tools/list"}"#,
    ] {
        server.send(line);
        let answer: Value = server.receive().unwrap();
        assert!(answer["error"]["message"].is_string(), "{line}: {answer}");
        assert!(server.call("route_task", json!({"task": "sort"}))["route_id"].is_string());
    }
    assert!(server.finish().success());
}
