//! What requests are taken for.

use serde_json::json;

use super::call::{self, Call};
use super::door::status_of;
use super::*;

fn told(call: Result<Call, Refusal>) -> Value {
    match call {
        Ok(Call(arguments)) => Value::Object(arguments),
        Err(Refusal::Body(why)) => json!(why),
        Err(other) => panic!("{other:?}"),
    }
}

#[test]
fn a_request_is_one_call_of_the_tool_and_no_other() {
    assert_eq!(
        told(call::start(json!({"task": "count", "budget": {"max_steps": 3}}))),
        json!({"task": "count", "budget": {"max_steps": 3}, "action": "start"})
    );
    assert_eq!(
        told(call::submit("r", json!({"step_token": "t", "output": {"a": 1}}))),
        json!({"action": "submit", "run_id": "r", "submissions": [{"step_token": "t", "output": {"a": 1}}]})
    );
    assert_eq!(
        told(call::approve(
            "r",
            json!({"step_token": "t", "approved": false, "note": "not yet"})
        )),
        json!({"action": "submit", "run_id": "r", "submissions": [
            {"step_token": "t", "output": {"approved": false, "note": "not yet"}}]})
    );
    let Call(look) = call::look("r", Some("spec".to_owned()), None);
    assert_eq!(
        Value::Object(look),
        json!({"action": "status", "run_id": "r", "step_id": "spec", "offset": 0})
    );
}

#[test]
fn what_is_not_listed_is_not_passed_on() {
    // Another project, another run, another action.
    for body in [
        json!({"task": "count", "project": "/other"}),
        json!({"task": "count", "action": "cancel"}),
        json!({"task": "count", "run_id": "r"}),
    ] {
        assert!(
            told(call::start(body))
                .as_str()
                .unwrap()
                .contains("is none of task,")
        );
    }
    for body in [
        json!({"step_token": "t", "output": "x", "run_id": "other"}),
        json!({"submissions": [{"step_token": "t", "via": "host"}]}),
        json!({"submissions": [], "project": "/other"}),
    ] {
        assert!(
            told(call::submit("r", body))
                .as_str()
                .unwrap()
                .contains("is none of")
        );
    }
    for (body, why) in [
        (json!([]), "it is a JSON object"),
        (json!({"output": "x"}), "`step_token` is missing"),
        (json!({"submissions": {}}), "`submissions` is a list"),
    ] {
        assert_eq!(told(call::submit("r", body)), json!(why));
    }
    for body in [
        json!({"step_token": "t"}),
        json!({"step_token": "t", "approved": "yes"}),
        json!({"approved": true}),
    ] {
        assert!(
            told(call::approve("r", body))
                .as_str()
                .unwrap()
                .contains("are needed")
        );
    }
}

#[test]
fn problems_have_the_status_that_says_whether_to_come_again() {
    for (code, status) in [
        ("crew.unknown_run", 404),
        ("crew.run_closed", 409),
        ("policy.denied", 403),
        ("crew.bad_plan", 400),
        ("crew.busy", 503),
        ("store.io", 503),
        ("policy.audit_unavailable", 503),
        ("internal", 500),
    ] {
        assert_eq!(status_of(code).as_u16(), status, "{code}");
    }
}

#[test]
fn the_description_can_be_read() {
    assert_eq!(DESCRIBED["openapi"], "3.1.0");
}
