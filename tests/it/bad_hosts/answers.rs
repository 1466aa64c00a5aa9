//! Hosts whose answers are no answers.

use serde_json::{Value, json};

use super::{Host, SPEC, given, outcomes};

const THRICE: &str = "awaiting_host:spec rejected:spec awaiting_host:spec rejected:spec awaiting_host:spec rejected:spec failed";

#[test]
fn one_that_answers_in_prose_is_told_what_to_mend_until_its_attempts_are_used_up() {
    let mut host = Host::new();
    let mut reply = host.start();
    for words in [
        "Sure! A bridge it is.",
        "Here is the JSON you asked for.",
        "I have done it, trust me.",
    ] {
        reply = host.hand_in(&reply, words);
        assert_eq!(outcomes(&reply), ["invalid"]);
        let violation = &reply["receipts"][0]["violations"][0];
        assert!(!violation["fix"].as_str().unwrap().is_empty(), "{violation}");
    }
    assert_eq!(reply["ended"]["class"], "attempts_exhausted", "{reply}");
    host.told(&reply, "failed", THRICE);
}

#[test]
fn one_that_hands_in_errors_for_ever_is_stopped_with_its_own_words() {
    let mut host = Host::new();
    let mut reply = host.start();
    for n in 1..=3 {
        let token = &reply["pending"][0]["step_token"];
        reply = host.call(json!({"submissions": [{"step_token": token, "error": format!("no luck, {n}")}]}));
    }
    let reason = reply["ended"]["reason"].as_str().unwrap();
    assert!(
        reason.contains("step.error") && reason.contains("no luck, 3"),
        "{reason}"
    );
    host.told(&reply, "failed", THRICE);
}

#[test]
fn one_that_hands_in_nothing_uses_up_its_attempts_too() {
    let mut host = Host::new();
    let mut reply = host.start();
    for nothing in [Value::Null, json!("  \n"), json!("")] {
        reply = host.hand_in(&reply, nothing);
        assert_eq!(
            reply["receipts"][0]["violations"][0]["rule"], "step.empty",
            "{reply}"
        );
    }
    host.told(&reply, "failed", THRICE);
}

#[test]
fn one_that_hands_in_megabytes_loses_no_attempt() {
    let mut host = Host::with("[call]\nmax_arguments_bytes = 8000000\n", &[]);
    let started = host.start();
    let much = host.hand_in(&started, "x".repeat(3 << 20));
    assert_eq!(outcomes(&much), ["too_large"]);
    assert_eq!(much["pending"][0]["attempt"], 1, "{much}");
    let done = host.finish(much);
    host.told(
        &done,
        "completed",
        "awaiting_host:spec result:spec awaiting_host:build result:build awaiting_host:report result:report completed",
    );
    // By default it does not even come so far.
    let mut host = Host::new();
    let started = host.start();
    let error = host.refused(json!({"submissions": [given(&started, 0, "x".repeat(3 << 20))]}));
    assert_eq!(error["code"], "arguments_too_large", "{error}");
    host.told(&started, "input_required", "awaiting_host:spec");
}

#[test]
fn one_that_floods_is_answered_within_bounds() {
    let mut host = Host::new();
    let started = host.start();
    let flood: Vec<_> = (0..1_000).map(|n| given(&started, 0, format!("{n}"))).collect();
    let reply = host.call(json!({"submissions": flood}));
    assert_eq!(outcomes(&reply).len(), 16);
    assert!(
        reply["warnings"][0].as_str().unwrap().contains("984 submissions"),
        "{reply}"
    );
    assert!(reply.to_string().len() <= 20_000);
    host.told(
        &reply,
        "input_required",
        "awaiting_host:spec rejected:spec awaiting_host:spec",
    );
}

#[test]
fn one_that_answers_for_an_item_twice_counts_once() {
    let mut host = Host::new();
    let plan = json!({"strategy": "graph", "steps": [
        {"id": "list", "goal": "Which files?", "output_schema": {"type": "array"}},
        {"id": "each", "goal": "Read it.", "needs": ["list"], "foreach": {"step": "list"}},
    ]});
    let started = host.call(json!({"task": "Read the files.", "plan": plan}));
    let items = host.hand_in(&started, json!(["a.rs", "b.rs"]));
    assert_eq!(items["pending"].as_array().map(Vec::len), Some(2), "{items}");
    let twice = [
        given(&items, 0, "Of a."),
        given(&items, 0, "Of a."),
        given(&items, 0, "Of a, anew."),
    ];
    let reply = host.call(json!({"submissions": twice}));
    assert_eq!(outcomes(&reply), ["recorded", "duplicate", "conflict"]);
    let done = host.hand_in(&reply, "Of b.");
    host.told(
        &done,
        "completed",
        "awaiting_host:list result:list expanded:each awaiting_host:each.1 awaiting_host:each.2 result:each.1 result:each.2 result:each completed",
    );
    let results = done["results"].as_array().unwrap();
    let joined = results.iter().find(|result| result["step_id"] == "each").unwrap();
    assert_eq!(joined["digest"], r#"["Of a.","Of b."]"#);
}

#[test]
fn one_that_lies_about_what_it_took_cannot_make_it_less() {
    let mut host = Host::new();
    let started = host.start();
    let with = |usage: Value| {
        let mut submission = given(&started, 0, SPEC);
        submission["usage"] = usage;
        json!({"submissions": [submission]})
    };
    for absurd in [
        json!({"usd": -1.0}),
        json!({"usd": 1e300}),
        json!({"tokens": -5}),
        json!({"tokens": 1e30}),
        json!({"usd": "NaN"}),
    ] {
        let error = host.refused(with(absurd.clone()));
        assert_eq!(error["code"], "bad_arguments", "{absurd}: {error}");
    }
    let build = host.call(with(json!({"tokens": u64::MAX, "usd": 1e9})));
    assert_eq!(outcomes(&build), ["recorded"]);
    let mut submission = given(&build, 0, "Built.");
    submission["usage"] = json!({"tokens": u64::MAX, "usd": 1e9});
    let report = host.call(json!({"submissions": [submission]}));
    assert_eq!(
        report["cost"]["tokens"],
        u64::MAX,
        "it stays at the most there is: {report}"
    );
    assert_eq!(report["cost"]["usd"], 2e9);
    let done = host.finish(report);
    host.told(
        &done,
        "completed",
        "awaiting_host:spec result:spec awaiting_host:build result:build awaiting_host:report result:report completed",
    );
}

#[test]
fn one_that_names_another_model_teaches_nothing_about_it() {
    let mut host = Host::new();
    let started = host.start();
    let mut submission = given(&started, 0, SPEC);
    submission["model"] = json!("gpt-99-ultra\u{7}; drop table models");
    let reply = host.call(json!({"submissions": [submission]}));
    assert_eq!(outcomes(&reply), ["recorded"]);
    let done = host.finish(reply);
    let route = host
        .server
        .call("route_task", json!({"task": "Say what is wanted."}));
    assert_eq!(route["state"]["outcomes_seen"], 0, "{route}");
    host.told(
        &done,
        "completed",
        "awaiting_host:spec result:spec awaiting_host:build result:build awaiting_host:report result:report completed",
    );
}

#[test]
fn one_that_goes_in_circles_is_stopped() {
    let mut host = Host::new();
    let plan = json!({"steps": [
        {"id": "write", "goal": "Write it."},
        {"id": "judge", "goal": "Is it good?", "output_schema": {"type": "object", "required": ["good"]},
         "repeat": {"steps": ["write"], "until": {"step": "judge", "path": "/good", "op": "eq", "value": true}, "max": 9}},
    ]});
    let mut reply = host.call(json!({"task": "Write something good.", "plan": plan}));
    for round in 1.. {
        assert!(round < 20, "it is never stopped");
        if reply["status"] != "input_required" {
            break;
        }
        let judges = reply["pending"][0]["step_id"] == "judge";
        reply = host.hand_in(
            &reply,
            if judges {
                json!({"good": false})
            } else {
                json!("The same.")
            },
        );
    }
    assert_eq!(reply["ended"]["class"], "no_progress", "{reply}");
    let round = "awaiting_host:write result:write awaiting_host:judge result:judge decision:judge";
    host.told(
        &reply,
        "failed",
        &format!("{round} round_begun:judge {round} round_begun:judge {round} failed"),
    );
}

/// A rule about a host that says what a person answered.
fn asks_a_person(then: &str) -> String {
    format!(
        "{{id: a-person-says-so, when: {{tool: crew.approve}}, then: {then}, why: A person decides., fix: Ask Eve.}}"
    )
}

const RELEASE: &str = r#"[{"id": "release", "goal": "May it go out?", "executor": "approval"}, {"id": "tell", "goal": "Say so."}]"#;

#[test]
fn one_that_approves_itself_is_not_believed_where_policy_wants_a_person() {
    let mut host = Host::with("", &[asks_a_person("deny")]);
    let mut reply = host.call(json!({"task": "Release it.", "plan": RELEASE}));
    for _ in 0..3 {
        assert_eq!(reply["pending"][0]["approval"], true, "{reply}");
        reply = host.hand_in(&reply, json!({"approved": true, "note": "I asked, really."}));
        let violation = &reply["receipts"][0]["violations"][0];
        assert_eq!(
            (&violation["rule"], &violation["fix"]),
            (&json!("a-person-says-so"), &json!("Ask Eve."))
        );
    }
    assert_eq!(reply["ended"]["class"], "denied", "{reply}");
    host.told(
        &reply,
        "failed",
        "awaiting_host:release rejected:release awaiting_host:release rejected:release awaiting_host:release rejected:release failed",
    );
}

#[test]
fn a_person_can_allow_on_the_command_line_what_a_host_only_says() {
    let mut host = Host::with("", &[asks_a_person("require_approval")]);
    let started = host.call(json!({"task": "Release it.", "plan": RELEASE}));
    let yes = json!({"approved": true});
    let again = host.hand_in(&started, yes.clone());
    assert_eq!(outcomes(&again), ["invalid"], "{again}");
    let open: Value = serde_json::from_str(&host.command(&["approvals", "list", "--json"])).unwrap();
    host.command(&["approvals", "grant", open[0]["id"].as_str().unwrap()]);
    let tell = host.hand_in(&again, yes);
    assert_eq!(outcomes(&tell), ["recorded"], "{tell}");
    let done = host.finish(tell);
    let story = "awaiting_host:release rejected:release awaiting_host:release result:release awaiting_host:tell result:tell completed";
    host.told(&done, "completed", story);
}

#[test]
fn what_a_host_says_of_a_person_is_recorded_as_its_word() {
    let mut host = Host::new();
    let started = host.call(json!({"task": "Release it.", "plan": RELEASE}));
    let tell = host.hand_in(&started, json!({"approved": true}));
    let done = host.finish(tell);
    host.told(
        &done,
        "completed",
        "awaiting_host:release result:release awaiting_host:tell result:tell completed",
    );
    let via = |n: usize| json!(host.journal(&done)[n])["via"].clone();
    assert_eq!((via(2), via(4)), (json!("host"), Value::Null));
}
