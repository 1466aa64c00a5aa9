//! Hosts that are wrong about tokens: what they name, whose they are, and how often they are used.

use std::time::Duration;

use serde_json::{Value, json};

use super::{Host, SPEC, given, outcomes};

const ALL: &str = "awaiting_host:spec result:spec awaiting_host:build result:build awaiting_host:report result:report completed";

#[test]
fn one_that_skips_ahead_has_no_token_to_do_it_with() {
    let mut host = Host::new();
    let started = host.start();
    // The last step first, on the only token there is, and the others on the same.
    let ahead = json!({"submissions": [given(&started, 0, "Done."), given(&started, 0, "Built."), given(&started, 0, SPEC)]});
    let reply = host.call(ahead);
    assert_eq!(outcomes(&reply), ["invalid", "conflict", "conflict"]);
    assert_eq!(reply["pending"][0]["attempt"], 2, "{reply}");
    let done = host.finish(reply);
    host.told(
        &done,
        "completed",
        "awaiting_host:spec rejected:spec awaiting_host:spec result:spec awaiting_host:build result:build awaiting_host:report result:report completed",
    );
}

#[test]
fn one_that_repeats_itself_changes_nothing() {
    let mut host = Host::new();
    let started = host.start();
    let first = host.hand_in(&started, SPEC);
    for _ in 0..5 {
        let again = host.hand_in(&started, SPEC);
        assert_eq!(
            (outcomes(&again), &again["seq"]),
            (vec!["duplicate"], &first["seq"])
        );
        assert_eq!(again["next_call"], first["next_call"]);
    }
    let done = host.finish(first);
    host.told(&done, "completed", ALL);
}

#[test]
fn one_that_hands_in_backwards_gets_the_same_end() {
    let mut host = Host::new();
    let steps = json!([{"id": "a", "goal": "A."}, {"id": "b", "goal": "B."}, {"id": "c", "goal": "C."}]);
    let started =
        host.call(json!({"task": "Three things.", "strategy": "parallel", "plan": {"steps": steps}}));
    assert_eq!(started["pending"].as_array().map(Vec::len), Some(3), "{started}");
    let backwards: Vec<_> = [2, 0, 1]
        .map(|n| given(&started, n, format!("Thing {n}.")))
        .into();
    let done = host.call(json!({"submissions": backwards}));
    assert_eq!(outcomes(&done), ["recorded"; 3]);
    host.told(
        &done,
        "completed",
        "awaiting_host:a awaiting_host:b awaiting_host:c result:c result:a result:b result:joined completed",
    );
}

#[test]
fn one_that_forges_a_token_is_told_so() {
    let mut host = Host::new();
    let started = host.start();
    let token = started["pending"][0]["step_token"].as_str().unwrap();
    let mut forged: Vec<String> = [10, 40, token.len() - 5]
        .iter()
        .map(|at| {
            let other = if &token[*at..=*at] == "A" { "B" } else { "A" };
            format!("{}{other}{}", &token[..*at], &token[at + 1..])
        })
        .collect();
    forged.extend(["step_2".to_owned(), String::new(), token.repeat(400)]);
    for token in &forged {
        let submission = json!({"step_token": token, "output": SPEC});
        let error = host.refused(json!({"submissions": [submission]}));
        assert_eq!(error["code"], "crew.token_invalid", "{token}: {error}");
        let reply = host.call(json!({"run_id": started["run_id"], "submissions": [submission]}));
        assert_eq!(outcomes(&reply), ["forged"], "{token}");
    }
    // Five hundred more, each with another letter in one place.
    let places = 10..token.len() - 5;
    let letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz".chars();
    let guesses = letters.flat_map(|letter| places.clone().map(move |at| (at, letter)));
    let guesses = guesses.filter(|(at, letter)| !token[*at..].starts_with(*letter));
    let mut tried = 0;
    for (at, letter) in guesses.step_by(7).take(500) {
        let guess = format!("{}{letter}{}", &token[..at], &token[at + 1..]);
        let error = host.refused(json!({"submissions": [{"step_token": guess, "output": SPEC}]}));
        assert_eq!(error["code"], "crew.token_invalid", "{guess}: {error}");
        tried += 1;
    }
    assert_eq!(tried, 500);
    let done = host.finish(started);
    host.told(&done, "completed", ALL);
}

#[test]
fn one_that_comes_late_gets_a_fresh_token() {
    let mut host = Host::with("[crew]\ntoken_ttl_s = 2\n", &[]);
    let started = host.start();
    std::thread::sleep(Duration::from_millis(2_100));
    let late = host.hand_in(&started, SPEC);
    assert_eq!(outcomes(&late), ["expired"]);
    assert_eq!(late["pending"][0]["attempt"], 1, "{late}");
    let done = host.finish(late);
    host.told(&done, "completed", &format!("awaiting_host:spec {ALL}"));
}

#[test]
fn a_token_is_good_for_its_run_and_project_alone() {
    let mut host = Host::new();
    let (one, other) = (host.start(), host.start());
    let elsewhere =
        host.call(json!({"task": "Something else.", "project": "/elsewhere", "plan": ["Do it."]}));
    let foreign =
        json!({"run_id": one["run_id"], "submissions": [given(&other, 0, SPEC), given(&elsewhere, 0, SPEC)]});
    let reply = host.call(foreign);
    assert_eq!(outcomes(&reply), ["forged", "forged"]);
    let error = host.refused(json!({"submissions": [given(&elsewhere, 0, SPEC)]}));
    assert_eq!(error["code"], "crew.token_invalid", "{error}");
    // A run of another project looks like one that never was.
    for action in ["status", "cancel", "resume"] {
        let error = host.refused(json!({"action": action, "run_id": elsewhere["run_id"]}));
        assert_eq!(error["code"], "crew.unknown_run", "{error}");
    }
    let done = host.finish(one);
    host.told(&done, "completed", ALL);
    let other = host.call(json!({"run_id": other["run_id"]}));
    host.told(&other, "input_required", "awaiting_host:spec");
}

/// Sends two calls without waiting, and gives what became of both, sorted.
fn at_once(host: &mut Host, one: Value, other: Value) -> [String; 2] {
    for (id, submission) in [(901, one), (902, other)] {
        let params = json!({"name": "run_crew", "arguments": {"submissions": [submission]}});
        let line = json!({"jsonrpc": "2.0", "id": id, "method": "tools/call", "params": params});
        host.server.send(&line.to_string());
    }
    let mut got = [(); 2].map(|()| {
        let answer = host.server.receive().unwrap();
        outcomes(&answer["result"]["structuredContent"])[0].to_owned()
    });
    got.sort();
    got
}

#[test]
fn two_submissions_at_the_same_time_are_one_result() {
    let mut host = Host::new();
    let started = host.start();
    assert_eq!(
        at_once(&mut host, given(&started, 0, SPEC), given(&started, 0, SPEC)),
        ["duplicate", "recorded"]
    );
    let build = host.call(json!({"run_id": started["run_id"]}));
    assert_eq!(
        at_once(
            &mut host,
            given(&build, 0, "Of wood."),
            given(&build, 0, "Of stone.")
        ),
        ["conflict", "recorded"]
    );
    let report = host.call(json!({"run_id": started["run_id"]}));
    let done = host.finish(report);
    host.told(&done, "completed", ALL);
}

#[test]
fn one_that_goes_on_after_it_cancelled_is_told_that_it_did() {
    let mut host = Host::new();
    let started = host.start();
    let build = host.hand_in(&started, SPEC);
    let cancelled = host.call(json!({"action": "cancel", "run_id": started["run_id"], "reason": "too dear"}));
    let late = json!({"submissions": [given(&build, 0, "Built.")]});
    let error = host.refused(late.clone());
    assert_eq!(error["code"], "crew.run_closed", "{error}");
    assert!(
        error["message"].as_str().unwrap().contains("it is cancelled"),
        "{error}"
    );
    assert_eq!(
        host.refused(json!({"action": "resume", "run_id": started["run_id"]}))["code"],
        "crew.run_closed"
    );
    let mut host = host.crash();
    assert_eq!(host.refused(late)["code"], "crew.run_closed");
    // Cancelling twice is no error, and the first reason stays.
    let again = host.call(json!({"action": "cancel", "run_id": started["run_id"], "reason": "whatever"}));
    assert_eq!(again["ended"], cancelled["ended"]);
    host.told(
        &again,
        "cancelled",
        "awaiting_host:spec result:spec awaiting_host:build cancelled",
    );
}

#[test]
fn one_that_resumes_again_and_again_ends_its_own_tokens() {
    let mut host = Host::new();
    let started = host.start();
    let resume = json!({"action": "resume", "run_id": started["run_id"]});
    let resumed = (0..5).map(|_| host.call(resume.clone())).last().unwrap();
    let old = host.hand_in(&started, SPEC);
    assert_eq!(outcomes(&old), ["conflict"]);
    assert!(
        old["receipts"][0]["note"]
            .as_str()
            .unwrap()
            .contains("a newer step_token"),
        "{old}"
    );
    let done = host.finish(resumed);
    host.told(
        &done,
        "completed",
        &format!("{}{ALL}", "awaiting_host:spec ".repeat(5)),
    );
}

#[test]
fn one_that_leaves_half_way_finds_its_token_good_after_a_crash() {
    let mut host = Host::new();
    let started = host.start();
    let build = host.hand_in(&started, SPEC);
    let mut host = host.crash();
    let open = host.call(json!({}));
    assert_eq!(open["open_runs"][0]["run_id"], started["run_id"], "{open}");
    assert_eq!(open["open_runs"][0]["waits_for"], json!(["build"]));
    let found = host.call(json!({"run_id": started["run_id"]}));
    assert_eq!(
        found["pending"], build["pending"],
        "the same token, the same packet"
    );
    // What it handed in before the crash it may hand in again.
    assert_eq!(outcomes(&host.hand_in(&started, SPEC)), ["duplicate"]);
    let report = host.hand_in(&build, "Built.");
    let mut host = host.crash();
    let done = host.finish(report);
    host.told(&done, "completed", ALL);
}
