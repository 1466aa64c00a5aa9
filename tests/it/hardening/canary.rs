//! Secrets that the server is given are nowhere but where they are needed.

use std::io::Write as _;
use std::path::Path;

use firstmate::model::faulty::{Faulty, Reply};
use serde_json::json;

use crate::hardening::token::{bearer, token};
use crate::raw::{Answer, HOST, INITIALIZED, call, connect, data, hello, listen, modern, post, posted};
use crate::receiver::{Receiver, SECRET, Say};
use crate::support::{HttpServer, firstmate, run};

const KEY: &str = "sk-canary-3vQ8xT1mZr7WdK5b";

#[test]
fn no_secret_is_in_logs_answers_records_or_the_store() {
    let dir = tempfile::tempdir().unwrap();
    let provider = Faulty::start(|_| Reply::Answer("It is done.".to_owned())).unwrap();
    let receiver = Receiver::start(|_| Say::This(204, String::new()));
    let told = receiver.section("log", "events = [\"run.completed\", \"step.completed\"]");
    let settings = format!(
        "[providers.p]\nkind = 'openai'\nurl = '{}'\nmodels = ['m']\napi_key_env = 'CANARY_KEY'\n{told}\n\
         [inbound]\nsecret_env = 'FLOW_SECRET'\n[http]\ntoken = 'required'\n",
        provider.url()
    );
    let config = dir.path().join("config.toml");
    std::fs::write(&config, settings).unwrap();
    let mut command = firstmate(dir.path());
    for name in ["FLOW_SECRET", "RECEIVER_SECRET"] {
        command.env(name, SECRET);
    }
    let command = command.arg("--config").arg(&config).env("CANARY_KEY", KEY);
    let server = HttpServer::logging("trace", command);
    let token = token(dir.path());
    let holder = bearer(&token);
    let mut answers = String::new();
    let opened = post(&server, "/mcp", &holder, &hello(&json!({})));
    let line = opened
        .head
        .lines()
        .find(|line| line.to_ascii_lowercase().starts_with("mcp-session-id"));
    let session = format!("{holder}{}\r\n", line.unwrap());
    let steps = json!([{"id": "a", "goal": "Do it.", "executor": "p/m"}, {"id": "b", "goal": "Do more.", "needs": ["a"], "executor": "p/m"}]);
    let mut ask = |tool: &str, arguments: &serde_json::Value| {
        let answer = post(&server, "/mcp", &session, &call(tool, arguments));
        answers += &answer.head;
        answers += &answer.body;
        answer.messages.last().unwrap()["result"]["structuredContent"].clone()
    };
    let mut reply = ask("run_crew", &json!({"task": "do it", "plan": {"steps": steps}}));
    for _ in 0..60 {
        if reply["status"] != "working" {
            break;
        }
        reply = ask("run_crew", &json!({"run_id": reply["run_id"], "wait_s": 2}));
    }
    assert_eq!(reply["status"], "completed", "{reply:#}");
    ask("run_crew", &json!({"run_id": "unknown"}));
    ask("record_lesson", &json!({"lesson": "The build needs the cache."}));
    let again = json!({"task": "do it again", "plan": {"steps": steps}, "wait_s": 20});
    // The newer way: no session, and a stream of news.
    let (headers, body) = listen();
    let mut news = connect(&server);
    news.write_all(posted("/mcp", &format!("{headers}{holder}"), &body).as_bytes())
        .unwrap();
    answers += &data(&mut news);
    let (headers, body) = modern("run_crew", &again);
    let answer = post(&server, "/mcp", &format!("{headers}{holder}"), &body);
    let done = &answer.messages.last().unwrap()["result"]["structuredContent"];
    assert!(done["run_id"].is_string(), "{answer:?}");
    answers += &answer.head;
    answers += &answer.body;
    answers += &data(&mut news);
    // The older pair.
    let mut events = connect(&server);
    write!(events, "GET /sse HTTP/1.1\r\n{HOST}{holder}\r\n").unwrap();
    let endpoint = data(&mut events);
    for message in [&hello(&json!({})), INITIALIZED, &call("run_crew", &again)] {
        let taken = post(&server, &endpoint, &holder, message);
        assert_eq!(taken.status, 202, "{taken:?}");
        answers += &taken.head;
    }
    loop {
        let event = data(&mut events);
        answers += &event;
        if event.contains("structuredContent") {
            break;
        }
    }
    // A wrong one is a secret of somebody, too.
    let wrong = "wrong-canary-Jp2Lk9Rt4Vb8Nc3Wd6Yf1Zs5Ga0HpJe2KuXx";
    answers += &post(&server, "/mcp", &bearer(wrong), &hello(&json!({}))).body;
    let (headers, body) = modern("route_task", &json!({"task": "sort"}));
    answers += &post(&server, "/mcp", &format!("{headers}{}", bearer(wrong)), &body).body;
    for (method, path) in [("GET", "/sse"), ("POST", "/messages?session_id=0")] {
        let refused = Answer::to(&server, method, path, &format!("{HOST}{}", bearer(wrong)), "");
        assert_eq!(refused.status, 401, "{refused:?}");
        answers += &refused.head;
        answers += &refused.body;
    }
    let asked = provider.asked();
    assert!(!asked.is_empty());
    for one in &asked {
        let sent = one.authorization.as_deref();
        assert_eq!(
            sent,
            Some(format!("Bearer {KEY}").as_str()),
            "the caller's token goes nowhere"
        );
        assert!(!one.body.to_string().contains(&token));
    }
    receiver.wait_for(1);
    let (_, doctor, said) = run(dir.path(), &["doctor"]);
    let log = server.log();
    drop(server);

    assert!(log.contains("TRACE"), "all is logged");
    let kept = everything(&dir.path().join("data"));
    let raw_secret = SECRET.trim_start_matches("whsec_");
    for (place, text) in [
        ("log", &log),
        ("answers", &answers),
        ("doctor", &(doctor + &said)),
        ("data", &kept),
    ] {
        for secret in [KEY, raw_secret, &token, wrong] {
            assert!(!text.contains(secret), "{secret} is in the {place}");
        }
    }
}

/// The bytes of all files but that of the token itself.
fn everything(dir: &Path) -> String {
    let mut all = String::new();
    for entry in std::fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            all += &everything(&path);
        } else if path.file_name().is_some_and(|name| name != "http.token")
            && let Ok(bytes) = std::fs::read(&path)
        {
            all += &String::from_utf8_lossy(&bytes);
        }
    }
    all
}
