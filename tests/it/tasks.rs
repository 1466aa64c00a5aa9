//! The tasks extension over the real binary: handles for runs that the server works on, read from the journal.

use std::time::{Duration, Instant};

use firstmate::model::faulty::{Fault, Faulty, Reply};
use serde_json::{Value, json};

use crate::bad_hosts::{Host, given};

const SLOW: Duration = Duration::from_millis(400);

/// A provider that takes its time, and the settings that name it.
fn provider() -> (Faulty, String) {
    let slow = |_: &_| Reply::Fault(Fault::SlowHeader(SLOW), "It is done.".to_owned());
    let provider = Faulty::start(slow).unwrap();
    let settings = format!(
        "[providers.p]\nkind = 'openai'\nurl = '{}'\nmodels = ['m']\n",
        provider.url()
    );
    (provider, settings)
}

fn step(id: &str, executor: &str) -> Value {
    json!({"id": id, "goal": "Do it.", "executor": executor, "output_kind": "text"})
}

/// A request of 2026-07-28 by a client that declares the extension, or not.
fn ask(host: &mut Host, method: &str, mut params: Value, declares: bool) -> Value {
    let capabilities = if declares {
        json!({"extensions": {"io.modelcontextprotocol/tasks": {}}})
    } else {
        json!({})
    };
    params["_meta"] = json!({
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientInfo": {"name": "it", "version": "1"},
        "io.modelcontextprotocol/clientCapabilities": capabilities});
    host.server.request(method, params)
}

fn run_crew(host: &mut Host, arguments: Value) -> Value {
    let answer = ask(
        host,
        "tools/call",
        json!({"name": "run_crew", "arguments": arguments}),
        true,
    );
    answer["result"].clone()
}

fn get(host: &mut Host, task: &Value) -> Value {
    let answer = ask(host, "tasks/get", json!({"taskId": task}), true);
    assert!(answer.get("error").is_none(), "{answer}");
    answer["result"].clone()
}

/// Looks until the task is over.
fn ended(host: &mut Host, task: &Value) -> Value {
    let since = Instant::now();
    loop {
        let found = get(host, task);
        if found["status"] != "working" {
            return found;
        }
        assert!(since.elapsed() < Duration::from_secs(60), "{found}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

fn modern(settings: &str, rules: &[String]) -> Host {
    Host::with(settings, rules).crash_alone()
}

#[test]
fn a_run_of_models_is_a_task_that_survives_the_process() {
    let (provider, settings) = provider();
    let mut host = modern(&settings, &[]);
    let plan = json!([step("first", "p/m"), step("second", "p/m")]);
    let task = run_crew(&mut host, json!({"task": "Do it twice.", "plan": plan}));
    assert_eq!(
        (&task["resultType"], &task["status"]),
        (&json!("task"), &json!("working")),
        "{task}"
    );
    let id = &task["taskId"];
    let found = get(&mut host, id);
    assert_eq!(
        (&found["status"], &found["createdAt"]),
        (&json!("working"), &task["createdAt"]),
        "{found}"
    );
    assert_eq!(
        found["ttlMs"],
        Value::Null,
        "it is kept as long as the run: {found}"
    );
    assert!(
        found["pollIntervalMs"].is_u64() && found.get("result").is_none(),
        "{found}"
    );
    while provider.count() == 0 {
        std::thread::sleep(Duration::from_millis(10));
    }

    let mut host = host.crash_alone();
    let over = ended(&mut host, id);
    assert_eq!(
        (&over["status"], &over["resultType"]),
        (&json!("completed"), &json!("complete")),
        "{over}"
    );
    let done = &over["result"]["structuredContent"];
    host.told(
        done,
        "completed",
        "started:first failed:first started:first result:first started:second result:second completed",
    );
    let text = over["result"]["content"][0]["text"].as_str().unwrap();
    assert!(text.contains("2 of 2 steps done"), "{text}");
    let mut host = host.crash_alone();
    assert_eq!(get(&mut host, id), over, "what is over stays as it is");
    let ack = ask(&mut host, "tasks/cancel", json!({"taskId": id}), true);
    assert_eq!(ack["result"]["resultType"], "complete", "{ack}");
    assert_eq!(get(&mut host, id), over, "also when it is cancelled then");
}

#[test]
fn a_task_is_over_when_the_host_is_needed_and_stays_so_when_the_run_goes_on() {
    let (_provider, settings) = provider();
    let mut host = modern(&settings, &[]);
    let plan = json!([step("first", "p/m"), step("yours", "host"), step("last", "p/m")]);
    let task = run_crew(&mut host, json!({"task": "Do it.", "plan": plan}));
    let over = ended(&mut host, &task["taskId"]);
    assert_eq!(over["status"], "completed", "{over}");
    let yours = &over["result"]["structuredContent"];
    assert_eq!(
        (&yours["status"], &yours["pending"][0]["step_id"]),
        (&json!("input_required"), &json!("yours"))
    );
    let next = run_crew(
        &mut host,
        json!({"submissions": [given(yours, 0, "Done by hand.")]}),
    );
    assert_eq!(next["resultType"], "task", "{next}");
    assert_ne!(next["taskId"], task["taskId"]);
    let done = ended(&mut host, &next["taskId"]);
    let done = &done["result"]["structuredContent"];
    let story =
        "started:first result:first awaiting_host:yours result:yours started:last result:last completed";
    host.told(done, "completed", story);
    assert_eq!(
        get(&mut host, &task["taskId"])["result"]["structuredContent"]["pending"],
        yours["pending"]
    );
}

#[test]
fn a_task_can_be_cancelled_and_one_that_failed_has_its_answer() {
    let hang = Faulty::start(|_| Reply::Fault(Fault::Hang, String::new())).unwrap();
    let settings = format!(
        "[providers.p]\nkind = 'openai'\nurl = '{}'\nmodels = ['m']\n",
        hang.url()
    );
    let mut host = modern(&settings, &[]);
    let plan = json!([step("only", "p/m")]);
    let task = run_crew(&mut host, json!({"task": "Do it.", "plan": plan}));
    let ack = ask(&mut host, "tasks/cancel", json!({"taskId": task["taskId"]}), true);
    assert_eq!(ack["result"], json!({"resultType": "complete"}), "{ack}");
    let over = get(&mut host, &task["taskId"]);
    assert_eq!(over["status"], "cancelled", "{over}");
    let run = task["taskId"].as_str().unwrap().rsplit_once('-').unwrap().0;
    let reply = run_crew(&mut host, json!({"run_id": run}))["structuredContent"].clone();
    host.told(&reply, "cancelled", "started:only cancelled");

    let refused = Faulty::start(|_| Reply::Fault(Fault::Unauthorized, String::new())).unwrap();
    let settings = format!(
        "[providers.p]\nkind = 'openai'\nurl = '{}'\nmodels = ['m']\n",
        refused.url()
    );
    let mut host = modern(&settings, &[]);
    let answer = run_crew(&mut host, json!({"task": "Do it.", "plan": plan}));
    let over = ended(&mut host, &answer["taskId"]);
    assert_eq!(over["status"], "completed", "a failed run is an answer: {over}");
    assert_eq!(
        over["result"]["structuredContent"]["ended"]["class"], "authentication",
        "{over}"
    );
}

#[test]
fn who_does_not_declare_it_sees_nothing_of_it() {
    let (_provider, settings) = provider();
    let mut host = modern(&settings, &[]);
    for declares in [true, false] {
        let found = ask(&mut host, "server/discover", json!({}), declares);
        let extensions = &found["result"]["capabilities"]["extensions"];
        assert_eq!(extensions.is_object(), declares, "{found}");
    }
    let arguments = json!({"task": "Do it.", "plan": [step("only", "p/m")]});
    let answer = ask(
        &mut host,
        "tools/call",
        json!({"name": "run_crew", "arguments": arguments}),
        false,
    );
    let reply = &answer["result"]["structuredContent"];
    assert_eq!(
        (&answer["result"]["resultType"], &reply["status"]),
        (&json!("complete"), &json!("working"))
    );
    let task = format!("{}-{}", reply["run_id"].as_str().unwrap(), reply["seq"]);
    for method in ["tasks/get", "tasks/cancel", "tasks/update"] {
        let params = json!({"taskId": task, "inputResponses": {}});
        let answer = ask(&mut host, method, params, false);
        assert_eq!(answer["error"]["code"], -32021, "{method}: {answer}");
    }
    // A session says it once, when it begins.
    for declares in [true, false] {
        let mut host = Host::with(&settings, &[]).crash_alone();
        let capabilities = if declares {
            json!({"extensions": {"io.modelcontextprotocol/tasks": {}}})
        } else {
            json!({})
        };
        let hello = json!({"protocolVersion": "2025-11-25", "capabilities": capabilities, "clientInfo": {"name": "it", "version": "0"}});
        let hello = host.server.request("initialize", hello);
        assert_eq!(
            hello["result"]["capabilities"].get("extensions").is_some(),
            declares,
            "{hello}"
        );
        host.server
            .send(r#"{"jsonrpc": "2.0", "method": "notifications/initialized"}"#);
        let answer = host
            .server
            .request("tools/call", json!({"name": "run_crew", "arguments": arguments}));
        assert_eq!(answer["result"]["taskId"].is_string(), declares, "{answer}");
    }
}

#[test]
fn a_foreign_task_looks_like_one_that_never_was_and_a_rule_can_close_it() {
    let (_provider, settings) = provider();
    let mut host = modern(&settings, &[]);
    let elsewhere = json!({"task": "Do it.", "plan": [step("only", "p/m")], "project": "/elsewhere"});
    let reply = run_crew(&mut host, elsewhere)["structuredContent"].clone();
    assert_eq!(
        reply["status"], "working",
        "no handle that nobody could use: {reply}"
    );
    let foreign = format!("{}-{}", reply["run_id"].as_str().unwrap(), reply["seq"]);
    let here = run_crew(
        &mut host,
        json!({"task": "Do it.", "plan": [step("only", "p/m")]}),
    );
    let run = here["taskId"]
        .as_str()
        .unwrap()
        .rsplit_once('-')
        .unwrap()
        .0
        .to_owned();
    let wrong = [
        foreign,
        run.clone(),
        format!("{run}-0"),
        format!("{run}-999"),
        format!("{run}--1"),
        String::new(),
        "x".repeat(5_000),
    ];
    for id in &wrong {
        for method in ["tasks/get", "tasks/cancel", "tasks/update"] {
            let answer = ask(
                &mut host,
                method,
                json!({"taskId": id, "inputResponses": {}}),
                true,
            );
            assert_eq!(answer["error"]["code"], -32602, "{method} {id}: {answer}");
            assert!(
                answer["error"]["message"]
                    .as_str()
                    .unwrap()
                    .starts_with("there is no task"),
                "{answer}"
            );
        }
    }
    let ack = ask(
        &mut host,
        "tasks/update",
        json!({"taskId": here["taskId"], "inputResponses": {"a": {}}}),
        true,
    );
    assert_eq!(
        ack["result"],
        json!({"resultType": "complete"}),
        "what nobody asked is passed over: {ack}"
    );

    let rule = "{id: no-tasks, when: {tool: tasks/get}, then: deny, fix: Leave it.}".to_owned();
    let mut host = modern(&settings, &[rule]);
    let task = run_crew(
        &mut host,
        json!({"task": "Do it.", "plan": [step("only", "p/m")]}),
    );
    for method in ["tasks/get", "tasks/update"] {
        let answer = ask(
            &mut host,
            method,
            json!({"taskId": task["taskId"], "inputResponses": {}}),
            true,
        );
        assert_eq!(answer["error"]["data"]["rule"], "no-tasks", "{method}: {answer}");
    }
}
