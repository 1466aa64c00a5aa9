//! Webhooks in, against the real binary: who is let in, what is done once, and that all of it is as docs/openapi.yaml says.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::sync::mpsc;

use firstmate::clock::{Clock as _, SystemClock};
use firstmate::mcp::tool_list;
use firstmate::model::Secret;
use serde_json::{Value, json};

use crate::receiver::{self, Receiver, SECRET, Say};
use crate::support::{HttpServer, PATIENCE, run};

const INBOUND: &str = "[inbound]\nsecret_env = \"FLOW_SECRET\"\n";

fn serve(dir: &Path, settings: &str) -> HttpServer {
    HttpServer::spawn(&mut receiver::command(dir, &format!("{INBOUND}{settings}")))
}

fn now() -> i64 {
    SystemClock.now().as_second()
}

/// A request to be changed before it is sent.
struct Request {
    method: &'static str,
    path: String,
    id: String,
    timestamp: i64,
    signature: Option<String>,
    host: String,
    body: String,
}

/// What was said to it.
#[derive(Debug, PartialEq)]
struct Answer {
    status: u16,
    body: Value,
}

impl Request {
    fn post(path: impl Into<String>, body: &Value) -> Self {
        Self {
            method: "POST",
            path: path.into(),
            id: SystemClock.random_id(),
            timestamp: now(),
            signature: None,
            host: "host: localhost\r\n".to_owned(),
            body: body.to_string(),
        }
    }

    fn get(path: impl Into<String>) -> Self {
        Self {
            method: "GET",
            body: String::new(),
            ..Self::post(path, &Value::Null)
        }
    }

    fn send(&self, server: &HttpServer) -> Answer {
        self.send_to(&server.url)
    }

    fn send_to(&self, url: &str) -> Answer {
        let secret = Secret::read(SECRET).unwrap();
        let right = || secret.sign(&self.id, self.timestamp, self.body.as_bytes());
        let signature = self.signature.clone().unwrap_or_else(right);
        let signed = format!(
            "webhook-id: {}\r\nwebhook-timestamp: {}\r\nwebhook-signature: {signature}\r\n",
            self.id, self.timestamp
        );
        self.send_as(url, &signed)
    }

    fn send_with(&self, server: &HttpServer, signed: &str) -> Answer {
        self.send_as(&server.url, signed)
    }

    fn send_as(&self, url: &str, signed: &str) -> Answer {
        let mut socket = TcpStream::connect(url.strip_prefix("http://").unwrap()).unwrap();
        socket.set_read_timeout(Some(PATIENCE)).unwrap();
        let (method, path, host, body) = (self.method, &self.path, &self.host, &self.body);
        write!(
            socket,
            "{method} {path} HTTP/1.1\r\n{host}{signed}content-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
            body.len()
        )
        .unwrap();
        let mut text = String::new();
        socket.read_to_string(&mut text).unwrap();
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        Answer {
            status: head.split(' ').nth(1).unwrap().parse().unwrap(),
            body: serde_json::from_str(body).unwrap_or(Value::Null),
        }
    }
}

fn description() -> Value {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/openapi.yaml");
    serde_saphyr::from_str(&std::fs::read_to_string(file).unwrap()).unwrap()
}

/// Fails the test unless `value` meets the schema of that name in the description.
fn meets(name: &str, value: &Value) {
    let mut schema = json!({"$ref": format!("#/components/schemas/{name}")});
    schema["components"] = description()["components"].clone();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let wrong: Vec<_> = validator
        .iter_errors(value)
        .map(|error| format!("{} {error}", error.instance_path()))
        .collect();
    assert!(wrong.is_empty(), "{name}: {wrong:#?}\n{value:#}");
}

/// What is said to a request, which has to be of the described form.
fn said(server: &HttpServer, request: &Request, status: u16) -> Value {
    let answer = request.send(server);
    assert_eq!(answer.status, status, "{answer:?}");
    meets(if status == 200 { "Run" } else { "Problem" }, &answer.body);
    answer.body
}

fn plan() -> Value {
    json!({"task": "write a note", "plan": {"steps": [
        {"id": "draft", "role": "writer", "goal": "Write it."},
        {"id": "sign", "goal": "May it go out?", "executor": "approval", "needs": ["draft"]},
    ]}})
}

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
fn a_run_goes_from_its_start_over_an_approval_to_its_end() {
    let dir = tempfile::tempdir().unwrap();
    let server = serve(dir.path(), "");
    let described = Request::get("/hooks/v1/openapi.json").send_with(&server, "");
    assert_eq!(
        described,
        Answer {
            status: 200,
            body: description()
        }
    );

    let start = plan();
    meets("Start", &start);
    let begun = said(&server, &Request::post("/hooks/v1/runs", &start), 200);
    let runs = format!("/hooks/v1/runs/{}", begun["run_id"].as_str().unwrap());
    let submit =
        json!({"step_token": begun["pending"][0]["step_token"], "output": "A note.", "usage": {"tokens": 7}});
    meets("Submit", &submit);
    let asked = said(&server, &Request::post(format!("{runs}/submit"), &submit), 200);
    assert_eq!(asked["receipts"][0]["outcome"], "recorded", "{asked}");
    let looked = said(&server, &Request::get(&runs), 200);
    assert_eq!(looked["pending"][0]["step_id"], "sign", "{looked}");
    let approve = json!({"step_token": looked["pending"][0]["step_token"], "approved": true, "note": "go"});
    meets("Approve", &approve);
    let ended = said(&server, &Request::post(format!("{runs}/approve"), &approve), 200);
    assert_eq!(ended["status"], "completed", "{ended}");
    let page = said(
        &server,
        &Request::get(format!("{runs}?step_id=draft&offset=2")),
        200,
    );
    assert_eq!(page["page"]["text"], "note.", "{page}");

    // It is on record that it came by webhook.
    let id = begun["run_id"].as_str().unwrap();
    let (code, events, stderr) = run(dir.path(), &["run", "export", id]);
    assert_eq!(code, Some(0), "{stderr}");
    let via = events.matches(r#""via":"webhook""#).count();
    assert_eq!(via, 2, "{events}");
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

/// Looks until the run has ended.
fn ended(server: &HttpServer, runs: &str) -> Value {
    let until = std::time::Instant::now() + PATIENCE;
    loop {
        let looked = said(server, &Request::get(runs), 200);
        if looked["status"] != "working" {
            return looked;
        }
        assert!(std::time::Instant::now() < until, "{looked}");
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
}

#[test]
fn a_step_is_done_by_a_receiver_that_fails_twice_and_then_calls_back() {
    let dir = tempfile::tempdir().unwrap();
    let (sender, asked) = mpsc::channel();
    let mut said_before = 0;
    let receiver = Receiver::start(move |heard| {
        heard.verify();
        said_before += 1;
        if said_before <= 2 {
            return Say::This(503, String::new());
        }
        sender.send(heard.body.clone()).unwrap();
        Say::This(200, r#"{"message": "Workflow was started"}"#.to_owned())
    });
    let recovery = "[crew.recovery]\nbackoff_ms = 10\nbackoff_cap_ms = 20\n";
    let events = "events = [\"step.completed\", \"step.failed\", \"run.completed\"]";
    let told = Receiver::start(|_| Say::This(204, String::new()));
    let settings = format!(
        "{}{}{recovery}",
        receiver.section("n8n", ""),
        told.section("log", events)
    );
    let server = serve(dir.path(), &settings);

    let start = json!({"task": "review the note", "plan": {"steps": [
        {"id": "review", "role": "reviewer", "goal": "Say whether it is good.", "executor": "webhook:n8n",
         "output_schema": {"type": "object", "required": ["good"]}}]}});
    let begun = said(&server, &Request::post("/hooks/v1/runs", &start), 200);
    let runs = format!("/hooks/v1/runs/{}", begun["run_id"].as_str().unwrap());
    let message = asked.recv_timeout(PATIENCE).unwrap();
    meets("Asked", &message);
    let data = &message["data"];
    assert_eq!(
        (&data["attempt"], &data["goal"]),
        (&json!(3), &json!("Say whether it is good."))
    );
    assert_eq!(data["callback"]["path"], format!("{runs}/submit"));

    // Not what was asked for: the same step again, under another token.
    let token = &data["callback"]["step_token"];
    let wrong = json!({"step_token": token, "output": {"bad": true}});
    let receipt = &said(&server, &Request::post(format!("{runs}/submit"), &wrong), 200)["receipts"][0];
    assert_eq!(receipt["outcome"], "invalid", "{receipt}");
    let again = asked.recv_timeout(PATIENCE).unwrap();
    meets("Asked", &again);
    assert!(again["data"]["violations"][0]["rule"].is_string(), "{again}");
    let late = json!({"step_token": token, "output": {"good": true}});
    let receipt = &said(&server, &Request::post(format!("{runs}/submit"), &late), 200)["receipts"][0];
    assert_eq!(receipt["outcome"], "conflict", "{receipt}");
    let token = &again["data"]["callback"]["step_token"];
    let right = json!({"step_token": token, "output": {"good": true}});
    let done = said(&server, &Request::post(format!("{runs}/submit"), &right), 200);
    assert_eq!(done["receipts"][0]["outcome"], "recorded", "{done}");
    let last = ended(&server, &runs);
    assert_eq!(
        (&last["status"], &last["results"][0]["digest"]),
        (&json!("completed"), &json!("{\"good\":true}"))
    );
    assert_eq!(
        (&last["cost"]["tokens"], &last["cost"]["usd"]),
        (&json!(0), &json!(0.0))
    );
    assert_eq!(receiver.count(), 4);

    // What others were told is as described, too.
    let heard = told.wait_for(5);
    heard.iter().for_each(|message| meets("Event", &message.body));
    let types: Vec<_> = heard
        .iter()
        .map(|one| one.body["type"].as_str().unwrap())
        .collect();
    let failed = "step.failed";
    assert_eq!(types, [failed, failed, failed, "step.completed", "run.completed"]);
}

#[test]
fn a_receiver_that_answers_at_once_needs_no_way_back() {
    let dir = tempfile::tempdir().unwrap();
    let receiver = Receiver::start(|heard| {
        let data = &heard.body["data"];
        assert!(data.get("callback").is_none(), "nobody listens");
        match data["step_id"].as_str().unwrap() {
            "first" => Say::This(200, json!({"output": "one"}).to_string()),
            _ => {
                assert_eq!(data["inputs"][0]["text"], "one", "{data}");
                Say::This(200, "started".to_owned())
            }
        }
    });
    let mut server = receiver::server(dir.path(), &receiver.section("n8n", ""));
    let steps = json!({"steps": [{"id": "first", "goal": "say one"}, {"id": "second", "goal": "say two", "fallbacks": ["host"]}]});
    let call = json!({"task": "count", "plan": steps, "executor": "webhook:n8n", "wait_s": 20});
    let reply = server.call("run_crew", call);
    // The second step takes its time, which cannot be waited for here, so the host does it.
    assert_eq!(reply["status"], "input_required", "{reply}");
    assert_eq!(reply["results"][0]["digest"], "one", "{reply}");
    assert_eq!(reply["pending"][0]["step_id"], "second", "{reply}");
    for executor in ["webhook:zapier", "webhook:"] {
        let error = server.call_error(
            "run_crew",
            json!({"task": "count", "plan": steps, "executor": executor}),
        );
        assert_eq!(error["code"], "crew.not_available", "{error}");
        let message = error["message"].as_str().unwrap();
        assert!(
            message.ends_with("available: host, auto, webhook:n8n"),
            "{message}"
        );
    }
    let named = json!({"steps": [{"id": "a", "goal": "g", "executor": "webhook:zapier"}]});
    let error = server.call_error("run_crew", json!({"task": "count", "plan": named}));
    assert_eq!(error["code"], "crew.not_available", "{error}");
    assert!(server.finish().success());
}

#[test]
fn a_step_that_was_waited_for_is_asked_anew_after_a_crash_and_its_older_token_is_void() {
    let dir = tempfile::tempdir().unwrap();
    let (sender, asked) = mpsc::channel();
    let receiver = Receiver::start(move |heard| {
        sender.send(heard.body["data"].clone()).unwrap();
        Say::This(202, String::new())
    });
    let settings = receiver.section("n8n", "");
    let first = serve(dir.path(), &settings);
    let start = json!({"task": "count", "executor": "webhook:n8n", "plan": {"steps": [{"id": "a", "goal": "Count."}]}});
    let begun = said(&first, &Request::post("/hooks/v1/runs", &start), 200);
    let runs = format!("/hooks/v1/runs/{}", begun["run_id"].as_str().unwrap());
    let before = asked.recv_timeout(PATIENCE).unwrap();
    // The test's end of a server kills it.
    drop(first);

    let second = serve(dir.path(), &settings);
    let after = asked.recv_timeout(PATIENCE).unwrap();
    assert_eq!((&before["attempt"], &after["attempt"]), (&json!(1), &json!(2)));
    let hand_in = |asked: &Value, output: &str| {
        let step = json!({"step_token": asked["callback"]["step_token"], "output": output});
        let answer = said(&second, &Request::post(format!("{runs}/submit"), &step), 200);
        answer["receipts"][0]["outcome"].as_str().unwrap().to_owned()
    };
    assert_eq!(hand_in(&before, "1"), "conflict");
    assert_eq!(hand_in(&after, "1, 2"), "recorded");
    assert_eq!(
        hand_in(&after, "1, 2"),
        "duplicate",
        "another request says the same"
    );
    let other = json!({"step_token": after["callback"]["step_token"], "output": "1, 2, 3"});
    let closed = said(&second, &Request::post(format!("{runs}/submit"), &other), 409);
    assert_eq!(closed["code"], "crew.run_closed");
    assert_eq!(ended(&second, &runs)["status"], "completed");
}

#[test]
fn a_receiver_may_hand_the_output_in_before_it_answers() {
    let dir = tempfile::tempdir().unwrap();
    let (address, known) = mpsc::channel::<String>();
    let receiver = Receiver::start(move |heard| {
        let server: String = known.recv_timeout(PATIENCE).unwrap();
        let callback = &heard.body["data"]["callback"];
        let step = json!({"step_token": callback["step_token"], "output": "42"});
        let request = Request::post(callback["path"].as_str().unwrap(), &step);
        let answer = request.send_to(&server);
        assert_eq!(answer.body["receipts"][0]["outcome"], "recorded", "{answer:?}");
        Say::This(204, String::new())
    });
    let server = serve(dir.path(), &receiver.section("n8n", ""));
    address.send(server.url.clone()).unwrap();
    let start = json!({"task": "count", "executor": "webhook:n8n", "plan": {"steps": [{"id": "a", "goal": "Count."}]}});
    let begun = said(&server, &Request::post("/hooks/v1/runs", &start), 200);
    let last = ended(
        &server,
        &format!("/hooks/v1/runs/{}", begun["run_id"].as_str().unwrap()),
    );
    assert_eq!(last["results"][0]["digest"], "42", "{last}");
    assert_eq!(receiver.wait_for(1).len(), 1);
}

/// Everything behind this line of the description is written by the test below.
const WRITTEN: &str = "    # From here on written by a test.\n";

#[test]
fn the_description_has_the_schema_of_a_run_as_the_tool_publishes_it() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/openapi.yaml");
    let text = std::fs::read_to_string(file).unwrap();
    let (by_hand, _) = text.split_once(WRITTEN).unwrap();
    let tool = tool_list()
        .into_iter()
        .find(|tool| tool.name == "run_crew")
        .unwrap();
    let schema = serde_json::to_value(tool).unwrap()["outputSchema"].clone();
    let schema = format!("{schema:#}").replace('\n', "\n      ");
    crate::manifest::compare(
        "docs/openapi.yaml",
        &format!("{by_hand}{WRITTEN}    Run:\n      {schema}\n"),
    );
}

#[test]
fn every_operation_is_served_and_every_path_that_is_served_is_described() {
    let dir = tempfile::tempdir().unwrap();
    let server = serve(dir.path(), "");
    let description = description();
    let mut operations = Vec::new();
    for (path, item) in description["paths"].as_object().unwrap() {
        for method in ["get", "post"] {
            let Some(operation) = item.get(method) else {
                continue;
            };
            operations.push(operation["operationId"].as_str().unwrap());
            let real = path.replace("{run}", "r");
            let request = if method == "get" {
                Request::get(real)
            } else {
                Request::post(real, &json!({}))
            };
            let status = request.send_with(&server, "").status;
            let open = operation["security"] == json!([]);
            assert_eq!(status, if open { 200 } else { 400 }, "{method} {path}");
            if !open {
                for status in ["200", "400", "401", "409", "413", "503"] {
                    assert!(
                        operation["responses"].get(status).is_some(),
                        "{method} {path}: {status}"
                    );
                }
            }
        }
    }
    operations.sort_unstable();
    assert_eq!(
        operations,
        ["approveStep", "describe", "lookAtRun", "startRun", "submitSteps"]
    );
    let source = include_str!("../../src/mcp/hooks/mod.rs");
    let served = source
        .split("\"/hooks/v1")
        .skip(1)
        .filter_map(|rest| rest.split('"').next());
    for path in served {
        let path = format!("/hooks/v1{path}");
        assert!(
            description["paths"].get(&path).is_some(),
            "{path} is not described"
        );
    }
}

/// Versions of n8n's nodes, as their sources in n8n-io/n8n list them.
const NODES: [(&str, &[f64]); 4] = [
    ("n8n-nodes-base.webhook", &[1.0, 1.1, 2.0, 2.1]),
    ("n8n-nodes-base.httpRequest", &[4.0, 4.1, 4.2]),
    ("n8n-nodes-base.wait", &[1.0, 1.1]),
    ("n8n-nodes-base.code", &[1.0, 2.0]),
];

#[test]
fn the_workflow_for_n8n_is_whole_and_calls_what_is_described() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/examples/n8n-review.json");
    let workflow: Value = serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap();
    let nodes = workflow["nodes"].as_array().unwrap();
    let mut names: Vec<&str> = Vec::new();
    let mut ids: Vec<&str> = Vec::new();
    for node in nodes {
        let kind = node["type"].as_str().unwrap();
        let (_, versions) = NODES
            .iter()
            .find(|(name, _)| *name == kind)
            .unwrap_or_else(|| panic!("{kind}"));
        assert!(
            versions.contains(&node["typeVersion"].as_f64().unwrap()),
            "{node}"
        );
        assert!(
            node["parameters"].is_object() && node["position"].as_array().unwrap().len() == 2,
            "{node}"
        );
        names.push(node["name"].as_str().unwrap());
        ids.push(node["id"].as_str().unwrap());
    }
    for all in [&mut names, &mut ids] {
        let count = all.len();
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), count, "each has a name and an id of its own: {all:?}");
    }
    let mut reached = vec!["Webhook in"];
    let connections = workflow["connections"].as_object().unwrap();
    for (from, outputs) in connections {
        assert!(names.contains(&from.as_str()), "{from}");
        for to in outputs["main"]
            .as_array()
            .unwrap()
            .iter()
            .flat_map(|output| output.as_array().unwrap())
        {
            let to = to["node"].as_str().unwrap();
            assert!(names.contains(&to), "{from} leads to {to}, which is no node");
            reached.push(to);
        }
    }
    reached.sort_unstable();
    assert_eq!(reached, names, "every node is reached, once");

    // What other nodes are referred to by, and which paths are called.
    let described = description();
    let paths: Vec<&String> = described["paths"].as_object().unwrap().keys().collect();
    let mut called = Vec::new();
    for code in nodes
        .iter()
        .filter_map(|node| node["parameters"]["jsCode"].as_str())
    {
        for name in code
            .split("$('")
            .skip(1)
            .filter_map(|rest| rest.split('\'').next())
        {
            assert!(names.contains(&name), "`{name}` is referred to and is no node");
        }
        for path in code.split("/hooks/v1").skip(1) {
            let path = path.split(['\'', '`']).next().unwrap().replace("${run}", "{run}");
            let path = format!("/hooks/v1{path}");
            assert!(paths.contains(&&path), "{path} is not described");
            called.push(path);
        }
    }
    assert_eq!(
        called,
        [
            "/hooks/v1/runs",
            "/hooks/v1/runs/{run}",
            "/hooks/v1/runs/{run}/approve"
        ]
    );
}
