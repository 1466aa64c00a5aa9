//! The token: who has to show it, who may see it, and how it is replaced.

use std::io::{Read as _, Write as _};
use std::path::Path;

use serde_json::json;

use crate::raw::{Answer, HOST, call, connect, hello, listen, modern, post, posted};
use crate::support::{HttpServer, PATIENCE, firstmate, run};

/// What `firstmate token` shows.
pub(crate) fn token(dir: &Path) -> String {
    let (code, stdout, stderr) = run(dir, &["token"]);
    assert_eq!(code, Some(0), "{stderr}");
    stdout.trim_end().to_owned()
}

pub(crate) fn bearer(token: &str) -> String {
    format!("authorization: Bearer {token}\r\n")
}

#[test]
fn who_does_not_show_the_token_gets_nothing_where_it_is_required() {
    let dir = tempfile::tempdir().unwrap();
    let server = HttpServer::spawn(firstmate(dir.path()).env("FIRSTMATE_HTTP__TOKEN", "required"));
    let (headers, body) = modern("route_task", &json!({"task": "sort"}));
    let wrong = bearer(&"A".repeat(43));
    for (method, path) in [
        ("POST", "/mcp"),
        ("GET", "/mcp"),
        ("DELETE", "/mcp"),
        ("GET", "/sse"),
        ("POST", "/messages?session_id=0"),
    ] {
        for (shown, challenge) in [
            ("", "bearer realm=\"firstmate\""),
            (&wrong, "error=\"invalid_token\""),
        ] {
            let answer = Answer::to(&server, method, path, &format!("{HOST}{shown}{headers}"), &body);
            assert_eq!(answer.status, 401, "{method} {path} {shown}");
            let head = answer.head.to_ascii_lowercase();
            assert!(
                head.contains("www-authenticate: bearer") && head.contains(challenge),
                "{head}"
            );
            let error = &answer.messages[0]["error"];
            assert_eq!(error["data"]["code"], "http.token", "{error}");
            assert!(
                error["message"].is_string() && error["data"]["hint"].is_string(),
                "{error}"
            );
        }
    }
    assert_eq!(
        Answer::to(&server, "GET", "/healthz", HOST, "").status,
        200,
        "it tells nothing"
    );
    let shown = bearer(&token(dir.path()));
    let answer = post(&server, "/mcp", &format!("{headers}{shown}"), &body);
    assert_eq!(answer.status, 200, "{answer:?}");
    let twice = format!("{headers}{shown}{shown}");
    assert_eq!(post(&server, "/mcp", &twice, &body).status, 401);
}

#[test]
fn a_new_token_takes_the_place_of_the_old_one_in_a_running_server() {
    let dir = tempfile::tempdir().unwrap();
    let server = HttpServer::spawn(firstmate(dir.path()).env("FIRSTMATE_HTTP__TOKEN", "required"));
    let old = bearer(&token(dir.path()));
    let opened = post(&server, "/mcp", &old, &hello(&json!({})));
    let line = opened
        .head
        .lines()
        .find(|line| line.to_ascii_lowercase().starts_with("mcp-session-id"));
    let session = format!("{}\r\n", line.unwrap());
    let mut streams = ["/mcp", "/sse"].map(|path| {
        let mut stream = connect(&server);
        write!(
            stream,
            "GET {path} HTTP/1.1\r\n{HOST}{old}{session}accept: text/event-stream\r\n\r\n"
        )
        .unwrap();
        let mut begin = [0; 12];
        stream.read_exact(&mut begin).unwrap();
        assert_eq!(&begin, b"HTTP/1.1 200", "{path}");
        (path, stream)
    });
    let (code, shown, _) = run(dir.path(), &["token", "--new"]);
    assert_eq!(code, Some(0));
    let new = bearer(shown.trim_end());
    assert_ne!(old, new);
    std::thread::sleep(std::time::Duration::from_millis(1_100));
    let body = call("route_task", &json!({"task": "sort"}));
    let ended = |stream: &mut std::net::TcpStream| stream.read_to_end(&mut Vec::new());
    assert_eq!(
        post(&server, "/mcp", &format!("{old}{session}"), &body).status,
        401
    );
    assert_eq!(
        post(&server, "/mcp", &format!("{new}{session}"), &body).status,
        404,
        "whose it was is gone"
    );
    assert_eq!(post(&server, "/mcp", &new, &hello(&json!({}))).status, 200);
    for (path, stream) in &mut streams {
        assert!(ended(stream).is_ok(), "{path} goes on for who has the old one");
    }
    assert_eq!(token(dir.path()), shown.trim_end(), "it is shown again");
}

/// Nobody calls: the streams themselves notice, in both generations of the protocol and the older pair.
#[test]
fn streams_of_a_token_that_was_replaced_end_without_a_call() {
    let dir = tempfile::tempdir().unwrap();
    let server = HttpServer::spawn(firstmate(dir.path()).env("FIRSTMATE_HTTP__TOKEN", "required"));
    let open = |token: &str| {
        let holder = bearer(token);
        let opened = post(&server, "/mcp", &holder, &hello(&json!({})));
        let session = opened
            .head
            .lines()
            .find(|line| line.to_ascii_lowercase().starts_with("mcp-session-id"));
        let listens = format!("{HOST}{holder}accept: text/event-stream\r\n\r\n");
        let (headers, body) = listen();
        let requests = [
            format!("GET /mcp HTTP/1.1\r\n{}\r\n{listens}", session.unwrap()),
            format!("GET /sse HTTP/1.1\r\n{listens}"),
            posted("/mcp", &format!("{headers}{holder}"), &body),
        ];
        requests.map(|request| {
            let mut stream = connect(&server);
            stream.write_all(request.as_bytes()).unwrap();
            let mut begin = [0; 12];
            stream.read_exact(&mut begin).unwrap();
            assert_eq!(&begin, b"HTTP/1.1 200", "{request}");
            stream
        })
    };
    let former = open(&token(dir.path()));
    let (code, shown, _) = run(dir.path(), &["token", "--new"]);
    assert_eq!(code, Some(0));
    let since = std::time::Instant::now();
    for mut stream in former {
        // A stream that goes on says now and then that it is alive.
        let mut rest = Vec::new();
        while !rest.ends_with(b"0\r\n\r\n") {
            let mut part = [0; 1024];
            let read = stream.read(&mut part).unwrap();
            rest.extend_from_slice(&part[..read]);
            assert!(
                read > 0 && since.elapsed() < PATIENCE,
                "it goes on for who has the old one: {}",
                String::from_utf8_lossy(&rest)
            );
        }
    }
    // Those of who has the right one go on.
    for mut stream in open(shown.trim_end()) {
        stream
            .set_read_timeout(Some(std::time::Duration::from_secs(4)))
            .unwrap();
        let ended = stream.read_to_end(&mut Vec::new());
        assert!(ended.is_err(), "it ended");
    }
}

#[test]
fn a_server_that_others_can_reach_wants_its_token() {
    let dir = tempfile::tempdir().unwrap();
    let mut server = HttpServer::listening("0.0.0.0:0", firstmate(dir.path()).args(["--log", "info"]));
    server.url = server.url.replace("0.0.0.0", "127.0.0.1");
    let (headers, body) = modern("route_task", &json!({"task": "sort"}));
    assert_eq!(post(&server, "/mcp", &headers, &body).status, 401);
    let shown = bearer(&token(dir.path()));
    assert_eq!(
        post(&server, "/mcp", &format!("{headers}{shown}"), &body).status,
        200
    );
    let log = server.log();
    assert!(
        log.contains("http.token") && !log.contains(token(dir.path()).as_str()),
        "{log}"
    );
    drop(server);

    let (code, _, stderr) = run(dir.path(), &["serve", "--http", "0.0.0.0:0", "--token", "off"]);
    assert_eq!(code, Some(1), "{stderr}");
    assert!(
        stderr.contains("http.token_off") && stderr.contains("127.0.0.1"),
        "{stderr}"
    );
}

/// The server listens on this machine alone, and others call all the same.
#[test]
fn a_proxy_on_the_same_machine_opens_no_door() {
    let dir = tempfile::tempdir().unwrap();
    let (headers, body) = modern("route_task", &json!({"task": "sort"}));
    let server = HttpServer::start(dir.path());
    assert_eq!(post(&server, "/mcp", &headers, &body).status, 200);
    let through = format!("{headers}x-forwarded-for: 192.0.2.1\r\n");
    assert_eq!(post(&server, "/mcp", &through, &body).status, 401);
    let shown = bearer(&token(dir.path()));
    assert_eq!(
        post(&server, "/mcp", &format!("{through}{shown}"), &body).status,
        200
    );
    drop(server);

    let config = dir.path().join("config.toml");
    std::fs::write(
        &config,
        "[http]\nallowed_hosts = ['localhost', 'firstmate.example']\n",
    )
    .unwrap();
    let mut command = firstmate(dir.path());
    let server = HttpServer::spawn(command.arg("--config").arg(&config));
    assert_eq!(post(&server, "/mcp", &headers, &body).status, 401);
    assert_eq!(
        post(&server, "/mcp", &format!("{headers}{shown}"), &body).status,
        200
    );
}

#[cfg(unix)]
#[test]
fn the_token_is_its_owners_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let dir = tempfile::tempdir().unwrap();
    let token = token(dir.path());
    assert_eq!(token.len(), 43, "{token}");
    let file = dir.path().join("data/http.token");
    assert_eq!(std::fs::read_to_string(&file).unwrap().trim(), token);
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&file), 0o600);
    assert_eq!(mode(file.parent().unwrap()), 0o700);
    let served = tempfile::tempdir().unwrap();
    let server = HttpServer::spawn(firstmate(served.path()).env("FIRSTMATE_HTTP__TOKEN", "required"));
    assert_eq!(mode(&served.path().join("data")), 0o700);
    drop(server);
}
