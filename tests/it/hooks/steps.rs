//! Steps that a receiver does, who calls back or answers at once.

use std::sync::mpsc;

use super::*;
use crate::receiver::{Receiver, Say};

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
