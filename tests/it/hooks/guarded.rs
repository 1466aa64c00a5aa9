//! Who is let in, and what is done once.

use super::*;

#[test]
fn without_a_secret_there_are_no_such_paths() {
    let dir = tempfile::tempdir().unwrap();
    let server = HttpServer::start(dir.path());
    for (path, item) in description()["paths"].as_object().unwrap() {
        let path = path.replace("{run}", "r");
        let request = match item.get("get") {
            Some(_) => Request::get(path),
            None => Request::post(path, &json!({})),
        };
        assert_eq!(request.send(&server).status, 404);
    }
}

#[test]
fn who_is_not_genuine_is_refused_and_nothing_is_done() {
    let dir = tempfile::tempdir().unwrap();
    let server = serve(dir.path(), "[http]\nbody_limit_bytes = 20000\n");
    let start = || Request::post("/hooks/v1/runs", &plan());
    let refused = |request: Request, status: u16, code: &str| {
        assert_eq!(said(&server, &request, status)["code"], code);
    };
    let other = Secret::read("whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA").unwrap();
    let mut wrong = start();
    wrong.signature = Some(other.sign(&wrong.id, wrong.timestamp, wrong.body.as_bytes()));
    refused(wrong, 401, "hooks.signature");
    let mut changed = start();
    changed.signature = Some(
        Secret::read(SECRET)
            .unwrap()
            .sign(&changed.id, changed.timestamp, b"{}"),
    );
    refused(changed, 401, "hooks.signature");
    for off in [-310, 310] {
        let mut old = start();
        old.timestamp += off;
        refused(old, 401, "hooks.timestamp");
    }
    for signed in [
        String::new(),
        "webhook-id: a\r\nwebhook-timestamp: 1\r\n".to_owned(),
        format!(
            "webhook-id: a\r\nwebhook-id: b\r\nwebhook-timestamp: {}\r\nwebhook-signature: v1,AA==\r\n",
            now()
        ),
        "webhook-id: a\r\nwebhook-timestamp: now\r\nwebhook-signature: v1,AA==\r\n".to_owned(),
    ] {
        let answer = start().send_with(&server, &signed);
        assert_eq!(
            (answer.status, &answer.body["code"]),
            (400, &json!("hooks.headers")),
            "{signed}"
        );
    }
    // What is wrong with the headers is said before the body is there.
    for (time, status) in [(1, 401), (now(), 413)] {
        let mut socket = TcpStream::connect(server.url.strip_prefix("http://").unwrap()).unwrap();
        socket.set_read_timeout(Some(PATIENCE)).unwrap();
        write!(
            socket,
            "POST /hooks/v1/runs HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\ncontent-length: 30000\r\n\
             webhook-id: a\r\nwebhook-timestamp: {time}\r\nwebhook-signature: v1,AA==\r\n\r\n"
        )
        .unwrap();
        let mut begin = [0; 12];
        socket.read_exact(&mut begin).unwrap();
        assert_eq!(begin, *format!("HTTP/1.1 {status}").as_bytes());
    }
    let large = json!({"task": "long ".repeat(5_000)});
    refused(Request::post("/hooks/v1/runs", &large), 413, "hooks.too_large");
    for host in [
        "host: evil.example\r\n",
        "host: localhost\r\norigin: https://evil.example\r\n",
    ] {
        let mut foreign = start();
        foreign.host = host.to_owned();
        assert_eq!(foreign.send(&server).status, 403, "{host}");
    }
    let mut look = Request::get("/hooks/v1/runs/r");
    look.signature = Some("v1,AAAA".to_owned());
    refused(look, 401, "hooks.signature");
    for body in [
        json!([]),
        json!({"task": "x", "project": "/other"}),
        json!({"task": "x", "action": "cancel"}),
    ] {
        refused(Request::post("/hooks/v1/runs", &body), 400, "hooks.body");
    }
    let mut text = start();
    text.body = "not json".to_owned();
    refused(text, 400, "hooks.body");

    // So is what is wrong with the address, and only to who is genuine.
    for path in [
        "/hooks/v1/runs/r?offset=first",
        "/hooks/v1/runs/r?step_id=a&step_id=b",
        "/hooks/v1/runs/%ff",
    ] {
        refused(Request::get(path), 400, "hooks.address");
        let mut unsigned = Request::get(path);
        unsigned.signature = Some("v1,AAAA".to_owned());
        refused(unsigned, 401, "hooks.signature");
    }
    for path in ["/hooks/v1/runs/%ff/submit", "/hooks/v1/runs/%ff/approve"] {
        refused(Request::post(path, &json!({})), 400, "hooks.address");
    }

    // What is genuine and wrong is told as the tool tells it.
    refused(Request::get("/hooks/v1/runs/unknown"), 404, "crew.unknown_run");
    refused(
        Request::post("/hooks/v1/runs", &json!({"task": "x", "plan": {"steps": []}})),
        400,
        "crew.bad_plan",
    );
    drop(server);
    let (_, listed, _) = run(dir.path(), &["run", "list", "--all"]);
    assert!(listed.starts_with("no runs in this project"), "{listed}");
}

#[test]
fn the_same_request_is_done_once_and_answered_the_same() {
    let dir = tempfile::tempdir().unwrap();
    let server = serve(dir.path(), "");
    let request = Request::post("/hooks/v1/runs", &plan());
    let first = said(&server, &request, 200);
    // At once and side by side.
    let again: Vec<Value> = std::thread::scope(|scope| {
        let sent: Vec<_> = (0..4)
            .map(|_| scope.spawn(|| said(&server, &request, 200)))
            .collect();
        sent.into_iter().map(|sent| sent.join().unwrap()).collect()
    });
    assert!(again.iter().all(|answer| *answer == first));

    let token = &first["pending"][0]["step_token"];
    let runs = format!("/hooks/v1/runs/{}", first["run_id"].as_str().unwrap());
    let submit = Request::post(
        format!("{runs}/submit"),
        &json!({"step_token": token, "output": "A note."}),
    );
    let recorded = said(&server, &submit, 200);
    assert_eq!(recorded["receipts"][0]["outcome"], "recorded");
    assert_eq!(
        said(&server, &submit, 200),
        recorded,
        "not `duplicate`: it is the same request"
    );

    // An id stands for one request.
    let mut reused = Request::post("/hooks/v1/runs", &json!({"task": "something else"}));
    reused.id.clone_from(&request.id);
    assert_eq!(said(&server, &reused, 409)["code"], "hooks.id_reused");
    let mut elsewhere = Request::post(format!("{runs}/approve"), &plan());
    elsewhere.id.clone_from(&request.id);
    assert_eq!(said(&server, &elsewhere, 409)["code"], "hooks.id_reused");

    // After a restart the journal knows: the same run, and the output was handed in.
    drop(server);
    let server = serve(dir.path(), "");
    let later = said(&server, &request, 200);
    assert_eq!(later["run_id"], first["run_id"]);
    assert_eq!(said(&server, &submit, 200)["receipts"][0]["outcome"], "duplicate");
    let (_, listed, _) = run(dir.path(), &["run", "list", "--all", "--format", "json"]);
    let listed: Value = serde_json::from_str(&listed).unwrap();
    assert_eq!(listed["runs"].as_array().unwrap().len(), 1, "{listed}");
}
