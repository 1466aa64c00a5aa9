//! A session belongs to who opened it, and one caller cannot take all of them.

use std::io::{Read as _, Write as _};

use serde_json::json;

use crate::hardening::token::{bearer, token};
use crate::raw::{Answer, HOST, call, connect, data, hello, open_session, post, posted};
use crate::support::{HttpServer, firstmate};

#[test]
fn a_session_in_other_hands_is_that_of_nobody() {
    let dir = tempfile::tempdir().unwrap();
    let server = HttpServer::start(dir.path());
    let holder = bearer(&token(dir.path()));
    let opened = post(&server, "/mcp", &holder, &hello(&json!({})));
    let line = opened
        .head
        .lines()
        .find(|line| line.to_ascii_lowercase().starts_with("mcp-session-id"));
    let session = format!("{}\r\n", line.unwrap());
    let unknown = "mcp-session-id: 4b0c3f52-6d1e-4f6a-9a3b-0d8c5e7f1a2b\r\n";
    let body = call("route_task", &json!({"task": "sort"}));
    let listen = "accept: text/event-stream\r\n";
    for (method, extra, body) in [
        ("POST", "", body.as_str()),
        ("GET", listen, ""),
        ("DELETE", "", ""),
    ] {
        let as_seen = |session: &str| {
            let kinds = "content-type: application/json\r\naccept: application/json, text/event-stream\r\n";
            let extra = if extra.is_empty() { kinds } else { extra };
            let answer = Answer::to(&server, method, "/mcp", &format!("{HOST}{extra}{session}"), body);
            // The date alone may differ.
            let head = answer
                .head
                .lines()
                .filter(|line| !line.to_ascii_lowercase().starts_with("date:"));
            (answer.status, head.collect::<Vec<_>>().join("\n"), answer.body)
        };
        assert_eq!(as_seen(&session), as_seen(unknown), "{method}");
        // Who ends what is not there has nothing left to do.
        let expected = if method == "DELETE" { 204 } else { 404 };
        assert_eq!(as_seen(&session).0, expected, "{method}");
    }
    let mine = post(&server, "/mcp", &format!("{holder}{session}"), &body);
    assert_eq!(mine.status, 200, "nobody else ended it: {mine:?}");
}

#[test]
fn the_older_pair_takes_messages_of_who_opened_it_alone() {
    let dir = tempfile::tempdir().unwrap();
    let server = HttpServer::start(dir.path());
    let holder = bearer(&token(dir.path()));
    let mut events = connect(&server);
    write!(events, "GET /sse HTTP/1.1\r\n{HOST}{holder}\r\n").unwrap();
    let endpoint = data(&mut events);
    let foreign = post(&server, &endpoint, "", &hello(&json!({})));
    let unknown = post(&server, "/messages?session_id=0", "", &hello(&json!({})));
    assert_eq!((foreign.status, &foreign.body), (404, &unknown.body));
    assert_eq!(post(&server, &endpoint, &holder, &hello(&json!({}))).status, 202);
}

#[test]
fn a_flood_of_one_caller_leaves_room_for_others_and_ends() {
    let dir = tempfile::tempdir().unwrap();
    let mut command = firstmate(dir.path());
    command.env("FIRSTMATE_HTTP__MAX_SESSIONS", "8");
    command.env("FIRSTMATE_HTTP__MAX_SESSIONS_PER_CALLER", "6");
    let server = HttpServer::spawn(command.env("FIRSTMATE_HTTP__SESSION_IDLE_S", "2"));
    let open = |headers: &str| post(&server, "/mcp", headers, &hello(&json!({})));
    let statuses: Vec<_> = (0..20).map(|_| open("").status).collect();
    assert_eq!(
        statuses.iter().filter(|status| **status == 200).count(),
        6,
        "{statuses:?}"
    );
    // What one reader takes for no session id at all is refused before another takes it for one.
    for id in [&b"\xff"[..], b"a\xc3\xa9"] {
        let mut socket = connect(&server);
        let posted = posted("/mcp", "mcp-session-id: ?\r\n", &hello(&json!({})));
        let (before, after) = posted.split_once('?').unwrap();
        socket
            .write_all(&[before.as_bytes(), id, after.as_bytes()].concat())
            .unwrap();
        let answer = Answer::read(&mut socket);
        assert_eq!(answer.status, 400, "{answer:?}");
        assert_eq!(answer.messages[0]["error"]["data"]["code"], "http.header");
    }
    let refused = open("");
    assert_eq!(refused.status, 503);
    assert!(
        refused.head.to_ascii_lowercase().contains("\r\nretry-after: 5"),
        "{}",
        refused.head
    );
    let holder = bearer(&token(dir.path()));
    assert_eq!(open(&holder).status, 200, "another caller has its own places");
    assert_eq!(Answer::to(&server, "GET", "/healthz", HOST, "").status, 200);
    // Sessions in which nothing happens end, and their places are free.
    std::thread::sleep(std::time::Duration::from_secs(4));
    assert_eq!(open("").status, 200);
}

/// As in an editor: the client listens, and its person thinks for a while.
#[test]
fn who_listens_is_not_idle() {
    let dir = tempfile::tempdir().unwrap();
    let mut command = firstmate(dir.path());
    let server = HttpServer::spawn(command.env("FIRSTMATE_HTTP__SESSION_IDLE_S", "1"));
    let (silent, listening) = (
        open_session(&server, &json!({})),
        open_session(&server, &json!({})),
    );
    let mut stream = connect(&server);
    write!(
        stream,
        "GET /mcp HTTP/1.1\r\n{HOST}{listening}accept: text/event-stream\r\n\r\n"
    )
    .unwrap();
    // It stands once something of it has come.
    assert!(stream.read(&mut [0; 64]).unwrap() > 0);
    std::thread::sleep(std::time::Duration::from_secs(3));
    let ping = json!({"jsonrpc": "2.0", "id": 1, "method": "ping"}).to_string();
    let status = |session: &str| post(&server, "/mcp", session, &ping).status;
    assert_eq!((status(&silent), status(&listening)), (404, 200));
    drop(stream);
    std::thread::sleep(std::time::Duration::from_secs(3));
    assert_eq!(status(&listening), 404, "nobody listens any more");
}

#[test]
fn names_that_are_guessed_lead_nowhere() {
    let dir = tempfile::tempdir().unwrap();
    let server = HttpServer::start(dir.path());
    let session = open_session(&server, &json!({}));
    let list = r#"{"jsonrpc":"2.0","id":2,"method":"tools/list"}"#;
    let to_pair = |id: &str| post(&server, &format!("/messages?session_id={id}"), "", list);
    let to_session = |id: &str| post(&server, "/mcp", &format!("mcp-session-id: {id}\r\n"), list);
    let read = |path: &str| {
        let params = json!({"uri": format!("firstmate://{path}")});
        let read = json!({"jsonrpc": "2.0", "id": 2, "method": "resources/read", "params": params});
        let answer = post(&server, "/mcp", &session, &read.to_string());
        answer.messages.last().unwrap()["error"]["code"].clone()
    };
    // There is one of each that could be met.
    let (run, lesson) = (
        json!({"task": "count", "plan": {"steps": [{"id": "one", "goal": "say it"}]}}),
        json!({"lesson": "The bell is cracked."}),
    );
    for (tool, arguments) in [("run_crew", run), ("record_lesson", lesson)] {
        assert_eq!(
            post(&server, "/mcp", &session, &call(tool, &arguments)).status,
            200
        );
    }
    let (no_pair, no_session) = (to_pair("0").body, to_session("0").body);
    for n in 0..500_u128 {
        let guess = format!(
            "{:032x}",
            n.wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835)
        );
        // As rmcp writes the ids of its sessions.
        let (a, b, c, d, e) = (
            &guess[..8],
            &guess[8..12],
            &guess[12..16],
            &guess[16..20],
            &guess[20..],
        );
        let dashed = format!("{a}-{b}-{c}-{d}-{e}");
        let pair = to_pair(&guess);
        assert_eq!((pair.status, &pair.body), (404, &no_pair), "{guess}");
        let session = to_session(&dashed);
        assert_eq!((session.status, &session.body), (404, &no_session), "{dashed}");
        assert_eq!(read(&format!("run/{guess}")), -32002, "{guess}");
        assert_eq!(read(&format!("lesson/{guess}")), -32002, "{guess}");
    }
}
