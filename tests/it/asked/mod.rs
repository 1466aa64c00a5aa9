//! Clients that can be asked something in return: a person, over their form, and their own model. In both eras.

use std::time::{Duration, Instant};

use firstmate::domain::RunEvent;
use serde_json::{Value, json};

use crate::bad_hosts::{Host, outcomes};

mod rounds;

const ON: &str = "\
[crew]
sampling = true
[crew.recovery]
attempts = 1
backoff_ms = 20
backoff_cap_ms = 40
";

/// A client with a model: the answer to each request of the server, or the error.
type Client<'a> = &'a mut dyn FnMut(&Value) -> Result<Value, Value>;

/// Calls `run_crew` and answers what the server asks meanwhile, until the run needs no more of the server's own work.
fn play(host: &mut Host, arguments: Value, client: Client<'_>) -> Value {
    let since = Instant::now();
    let mut reply = call(host, arguments, client);
    while reply["status"] == "working" {
        assert!(since.elapsed() < Duration::from_secs(60), "{reply:#}");
        reply = call(host, json!({"run_id": reply["run_id"], "wait_s": 5}), client);
    }
    reply
}

fn call(host: &mut Host, arguments: Value, client: Client<'_>) -> Value {
    let params = json!({"name": "run_crew", "arguments": arguments});
    host.server
        .send(&json!({"jsonrpc": "2.0", "id": 700, "method": "tools/call", "params": params}).to_string());
    loop {
        let message = host.server.receive().expect("the server is gone");
        if message["id"] == 700 && message.get("method").is_none() {
            assert_ne!(message["result"]["isError"], true, "{message}");
            return message["result"]["structuredContent"].clone();
        }
        if message["method"].is_string() && !message["id"].is_null() {
            let answer = match client(&message) {
                Ok(result) => json!({"jsonrpc": "2.0", "id": message["id"], "result": result}),
                Err(error) => json!({"jsonrpc": "2.0", "id": message["id"], "error": error}),
            };
            host.server.send(&answer.to_string());
        }
    }
}

fn sampled(text: &str) -> Value {
    json!({"role": "assistant", "model": "a-model-of-the-client", "content": {"type": "text", "text": text}, "stopReason": "endTurn"})
}

fn two_steps() -> Value {
    json!([
        {"id": "spec", "goal": "Say what is wanted.", "executor": "sampling", "output_schema": {"type": "object", "required": ["goal"]}},
        {"id": "build", "goal": "Build it.", "executor": "sampling", "output_kind": "text", "timeout_s": 1},
    ])
}

fn prompt(message: &Value) -> &str {
    message["params"]["messages"][0]["content"]["text"]
        .as_str()
        .unwrap()
}

#[test]
fn the_clients_own_model_does_steps_and_is_examined_like_any_other() {
    let mut host = Host::that_can(json!({"sampling": {}}), ON, &[]);
    let mut prompts = Vec::new();
    let done = play(
        &mut host,
        json!({"task": "Build a bridge.", "plan": two_steps()}),
        &mut |message| {
            assert_eq!(message["method"], "sampling/createMessage", "{message}");
            prompts.push(prompt(message).to_owned());
            Ok(sampled(match prompts.len() {
                1 => "It is a bridge, I think.",
                2 => r#"{"goal": "a bridge"}"#,
                _ => "Built.",
            }))
        },
    );
    let story = "started:spec rejected:spec started:spec result:spec started:build result:build completed";
    host.told(&done, "completed", story);
    assert_eq!(prompts.len(), 3);
    assert!(
        prompts[0].contains("Build a bridge.") && prompts[0].contains("Say what is wanted."),
        "{}",
        prompts[0]
    );
    assert!(
        prompts[1].contains("Your last answer was sent back"),
        "{}",
        prompts[1]
    );
    assert!(prompts[2].contains(r#"{"goal": "a bridge"}"#), "{}", prompts[2]);
    let by = json!(host.journal(&done)[1])["executor"].clone();
    assert_eq!(by, json!({"by": "model", "what": "client/sampling"}));
    assert_eq!(done["warnings"], json!([]), "{done}");
}

#[test]
fn what_no_model_is_set_up_for_is_the_clients_with_auto_and_the_hosts_otherwise() {
    let plan = json!([{"id": "only", "goal": "Say it.", "output_kind": "text"}]);
    let arguments = |executor: &str| json!({"task": "Say it.", "plan": plan, "executor": executor});
    let mut host = Host::that_can(json!({"sampling": {}}), ON, &[]);
    let done = play(&mut host, arguments("auto"), &mut |_| Ok(sampled("It.")));
    host.told(&done, "completed", "started:only result:only completed");
    for (capabilities, settings, why) in [
        (
            json!({}),
            ON,
            "this client does not declare sampling; done by the host: only",
        ),
        (
            json!({"sampling": {}}),
            "",
            "sampling is off (crew.sampling in the settings); done by the host: only",
        ),
    ] {
        let mut host = Host::that_can(capabilities, settings, &[]);
        let reply = host.call(arguments("sampling"));
        assert_eq!(reply["warnings"], json!([why]), "{reply}");
        host.told(&reply, "input_required", "awaiting_host:only");
    }
}

#[test]
fn a_client_that_says_no_or_nothing_leaves_the_step_to_the_host() {
    let mut host = Host::that_can(json!({"sampling": {}}), ON, &[]);
    let no = json!({"code": -1, "message": "the user rejected it: a secret"});
    let spec = play(
        &mut host,
        json!({"task": "Build.", "plan": two_steps()}),
        &mut |_| Err(no.clone()),
    );
    assert_eq!(spec["pending"][0]["step_id"], "spec", "{spec}");
    // The next one is put to it again, and it does not answer in time.
    let token = spec["pending"][0]["step_token"].clone();
    let handed_in =
        json!({"run_id": spec["run_id"], "submissions": [{"step_token": token, "output": {"goal": "x"}}]});
    let mut unanswered = 0;
    let since = Instant::now();
    let params = json!({"name": "run_crew", "arguments": handed_in});
    host.server
        .send(&json!({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}).to_string());
    // A request, and the word that nobody waits any more, twice.
    while unanswered < 2 {
        let message = host.server.receive().unwrap();
        unanswered += usize::from(message["method"] == "notifications/cancelled");
    }
    let build = play(
        &mut host,
        json!({"run_id": spec["run_id"], "wait_s": 5}),
        &mut |_| unreachable!(),
    );
    assert!(since.elapsed() < Duration::from_secs(30));
    let done = host.hand_in(&build, "Built.");
    let story = "started:spec failed:spec awaiting_host:spec result:spec started:build failed:build started:build failed:build awaiting_host:build result:build completed";
    host.told(&done, "completed", story);
    let failures: Vec<_> = host.journal(&done).iter().filter_map(failed).collect();
    assert_eq!(
        failures[0],
        "bad_request: the client does not have its model asked, code -1"
    );
    assert!(failures[1].starts_with("timeout: "), "{failures:?}");
}

fn failed(event: &RunEvent) -> Option<String> {
    match event {
        RunEvent::StepFailed { class, message, .. } => Some(format!("{}: {message}", class.name())),
        _ => None,
    }
}

#[test]
fn a_crash_while_the_client_is_asked_costs_an_attempt_and_the_host_goes_on() {
    let mut host = Host::that_can(json!({"sampling": {}}), ON, &[]);
    let params = json!({"name": "run_crew", "arguments": {"task": "Build.", "plan": two_steps()}});
    host.server
        .send(&json!({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}).to_string());
    let mut run = Value::Null;
    let mut asked = false;
    while run.is_null() || !asked {
        let message = host.server.receive().unwrap();
        asked |= message["method"] == "sampling/createMessage";
        if message["id"] == 1 && message.get("result").is_some() {
            run = message["result"]["structuredContent"]["run_id"].clone();
        }
    }
    let mut host = host.crash();
    let spec = play(
        &mut host,
        json!({"run_id": run, "wait_s": 5}),
        &mut |_| unreachable!(),
    );
    let build = host.hand_in(&spec, r#"{"goal": "x"}"#);
    let build = play(
        &mut host,
        json!({"run_id": build["run_id"], "wait_s": 5}),
        &mut |_| unreachable!(),
    );
    let done = host.hand_in(&build, "Built.");
    let failures: Vec<_> = host.journal(&done).iter().filter_map(failed).collect();
    let classes: Vec<_> = failures
        .iter()
        .map(|failure| failure.split(':').next().unwrap())
        .collect();
    assert_eq!(
        classes,
        ["crash", "missing_model", "missing_model"],
        "{failures:?}"
    );
    let story = "started:spec failed:spec failed:spec awaiting_host:spec result:spec failed:build awaiting_host:build result:build completed";
    host.told(&done, "completed", story);
}

const RELEASE: &str = r#"[{"id": "notes", "goal": "What is new?"}, {"id": "release", "goal": "May it go out?", "executor": "approval"}, {"id": "tell", "goal": "Say so."}]"#;
/// Where a person decides, a host's word is nothing.
const A_PERSON: &str = "{id: a-person-says-so, when: {tool: crew.approve}, then: deny, fix: Ask Eve.}";

#[test]
fn a_person_is_asked_over_the_clients_form_and_the_answer_is_recorded_so() {
    for (answer, status, story) in [
        (
            json!({"action": "accept", "content": {"approve": true}}),
            "input_required",
            "result:release awaiting_host:tell",
        ),
        (
            json!({"action": "accept", "content": {"approve": false}}),
            "failed",
            "failed:release failed",
        ),
        (json!({"action": "decline"}), "failed", "failed:release failed"),
        (json!({"action": "cancel"}), "input_required", ""),
        (json!({"action": "nonsense"}), "input_required", ""),
    ] {
        let mut host = Host::that_can(json!({"elicitation": {}}), "", &[A_PERSON.to_owned()]);
        let notes = host.call(json!({"task": "Release it.", "plan": RELEASE}));
        let token = notes["pending"][0]["step_token"].clone();
        let mut shown = String::new();
        let submission =
            json!({"submissions": [{"step_token": token, "output": "Faster, \u{1b}[31mand \u{202e}red."}]});
        let reply = play(&mut host, submission, &mut |message| {
            assert_eq!(message["method"], "elicitation/create", "{message}");
            shown = message["params"]["message"].as_str().unwrap().to_owned();
            Ok(answer.clone())
        });
        assert!(
            shown.contains("Release it.") && shown.contains("May it go out?") && shown.contains("Faster"),
            "{shown}"
        );
        assert!(
            !shown.contains(['\u{1b}', '\u{202e}']) && !shown.contains("hand in"),
            "{shown}"
        );
        let begun = "awaiting_host:notes result:notes awaiting_host:release";
        host.told(&reply, status, format!("{begun} {story}").trim_end());
        assert_eq!(
            outcomes(&reply)[0],
            "recorded",
            "that of the call itself comes first: {reply}"
        );
        let told = json!(host.journal(&reply));
        match story {
            "" => assert_eq!(reply["pending"][0]["approval"], true, "{reply}"),
            _ if status == "failed" => {
                assert_eq!(reply["ended"]["class"], "denied", "{reply}");
                assert!(
                    told[4]["message"].as_str().unwrap().contains("via elicitation"),
                    "{told}"
                );
            }
            _ => assert_eq!(told[4]["via"], "elicitation", "{told}"),
        }
    }
}

#[test]
fn a_client_of_a_later_process_is_asked_through_the_owner() {
    let (mut owner, mut later) = Host::with_a_window(json!({"sampling": {}, "elicitation": {}}), ON);
    let plan = json!([
        {"id": "notes", "goal": "What is new?", "executor": "sampling", "output_kind": "text"},
        {"id": "release", "goal": "May it go out?", "executor": "approval"},
    ]);
    let mut asked = Vec::new();
    let done = play(
        &mut later,
        json!({"task": "Release it.", "plan": plan}),
        &mut |message| {
            asked.push(message["method"].as_str().unwrap().to_owned());
            Ok(match asked.len() {
                1 => sampled("It is faster."),
                _ => json!({"action": "accept", "content": {"approve": true}}),
            })
        },
    );
    assert_eq!(asked, ["sampling/createMessage", "elicitation/create"]);
    later.told(
        &done,
        "completed",
        "started:notes result:notes awaiting_host:release result:release completed",
    );
    assert_eq!(
        owner.call(json!({}))["open_runs"],
        json!([]),
        "the owner was asked nothing"
    );
}
