//! Clients of 2026-07-28, who are asked in rounds of one call.

use super::*;

/// A call of 2026-07-28 by a client that can be asked in rounds.
fn modern(host: &mut Host, arguments: &Value, answers: Option<(&Value, &Value)>) -> Value {
    let mut params = json!({"name": "run_crew", "arguments": arguments, "_meta": {
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientInfo": {"name": "it", "version": "1"},
        "io.modelcontextprotocol/clientCapabilities": {"elicitation": {"form": {}}, "sampling": {}}}});
    if let Some((responses, state)) = answers {
        params["inputResponses"] = responses.clone();
        params["requestState"] = state.clone();
    }
    let answer = host.server.request("tools/call", params);
    assert!(answer.get("error").is_none(), "{answer}");
    answer["result"].clone()
}

fn modern_host(settings: &str) -> Host {
    Host::with(settings, &[A_PERSON.to_owned()]).crash_alone()
}

#[test]
fn since_2026_a_person_is_asked_in_a_round_of_the_call() {
    let mut host = modern_host("");
    let plan = r#"[{"id": "release", "goal": "May it go out?", "executor": "approval"}, {"id": "tell", "goal": "Say so."}]"#;
    let start = json!({"task": "Release it.", "plan": plan});
    let round = modern(&mut host, &start, None);
    assert_eq!(round["resultType"], "input_required", "{round}");
    assert_eq!(
        round["inputRequests"]["release"]["method"], "elicitation/create",
        "{round}"
    );
    let state = &round["requestState"];
    let yes = json!({"release": {"action": "accept", "content": {"approve": true}}});

    // What was not sealed here, or not for this project, is nothing.
    let text = state.as_str().unwrap();
    let forged = [
        format!("{}A", &text[..text.len() - 1]),
        format!("{}B", &text[..text.len() - 1]),
        String::new(),
        "A".repeat(20_000),
    ];
    for forged in forged.iter().filter(|forged| *forged != text) {
        let result = modern(&mut host, &start, Some((&yes, &json!(forged))));
        assert_eq!(result["isError"], true, "{result}");
        assert!(
            result["content"][0]["text"]
                .as_str()
                .unwrap()
                .contains("crew.token_invalid"),
            "{result}"
        );
    }
    let elsewhere = json!({"task": "Release it.", "plan": plan, "project": "/elsewhere"});
    assert_eq!(
        modern(&mut host, &elsewhere, Some((&yes, state)))["isError"],
        true
    );

    // A crash between the rounds is no matter, and a round counts once.
    let mut host = host.crash_alone();
    let result = modern(&mut host, &start, Some((&yes, state)));
    let tell = &result["structuredContent"];
    assert_eq!(
        (outcomes(tell), &tell["pending"][0]["step_id"]),
        (vec!["recorded"], &json!("tell")),
        "{result}"
    );
    host.told(
        tell,
        "input_required",
        "awaiting_host:release result:release awaiting_host:tell",
    );
    assert_eq!(json!(host.journal(tell)[2])["via"], "elicitation");
    let no = json!({"release": {"action": "decline"}});
    for (answer, outcome) in [(&yes, "duplicate"), (&no, "conflict")] {
        let again = modern(&mut host, &start, Some((answer, state)));
        assert_eq!(outcomes(&again["structuredContent"]), [outcome], "{again}");
        assert_eq!(again["structuredContent"]["seq"], tell["seq"]);
    }
}

#[test]
fn who_says_nothing_in_a_round_is_not_asked_again_in_that_call() {
    let mut host = modern_host("");
    let start = json!({"task": "Release it.", "plan": [{"id": "release", "goal": "May it?", "executor": "approval"}]});
    let round = modern(&mut host, &start, None);
    for nothing in [
        json!({}),
        json!({"release": {"action": "cancel"}}),
        json!({"release": 7}),
        json!({"other": {}}),
    ] {
        let result = modern(&mut host, &start, Some((&nothing, &round["requestState"])));
        let reply = &result["structuredContent"];
        assert_eq!(reply["pending"][0]["approval"], true, "{result}");
        host.told(reply, "input_required", "awaiting_host:release");
    }
}

#[test]
fn since_2026_the_clients_own_model_is_asked_in_rounds_where_that_is_on() {
    let plan = json!([
        {"id": "spec", "goal": "Say what is wanted.", "output_schema": {"type": "object", "required": ["goal"]}},
        {"id": "build", "goal": "Build it.", "output_kind": "text"},
    ]);
    let start = json!({"task": "Build a bridge.", "plan": plan, "executor": "sampling"});
    let mut host = modern_host(ON);
    let mut result = modern(&mut host, &start, None);
    let answers = ["No JSON at all.", r#"{"goal": "a bridge"}"#, "Built."];
    for (answer, step) in answers.into_iter().zip(["spec", "spec", "build"]) {
        let request = &result["inputRequests"][step];
        assert_eq!(request["method"], "sampling/createMessage", "{result}");
        assert!(prompt(request).contains("Build a bridge."), "{request}");
        let state = result["requestState"].clone();
        assert!(state.as_str().unwrap().len() < 2_000, "{state}");
        result = modern(&mut host, &start, Some((&json!({step: sampled(answer)}), &state)));
    }
    let done = &result["structuredContent"];
    let story = "awaiting_host:spec rejected:spec awaiting_host:spec result:spec awaiting_host:build result:build completed";
    host.told(done, "completed", story);

    // Switched off, or not asked for, it is the host's.
    for (settings, executor) in [("", "sampling"), (ON, "host")] {
        let mut host = modern_host(settings);
        let start = json!({"task": "Build a bridge.", "plan": plan, "executor": executor});
        let result = modern(&mut host, &start, None);
        assert_eq!(
            result["structuredContent"]["pending"][0]["step_id"], "spec",
            "{result}"
        );
    }
}

#[test]
fn rounds_have_an_end_before_clients_give_up() {
    let steps: Vec<_> = (0..12)
        .map(|n| json!({"id": format!("s{n}"), "goal": "Say it.", "output_kind": "text"}))
        .collect();
    let start = json!({"task": "Say it twelve times.", "plan": steps, "executor": "sampling"});
    let mut host = modern_host(ON);
    let mut result = modern(&mut host, &start, None);
    let mut rounds = 0;
    while let Some(requests) = result["inputRequests"].as_object() {
        rounds += 1;
        let step = requests.keys().next().unwrap().clone();
        let state = result["requestState"].clone();
        result = modern(&mut host, &start, Some((&json!({step: sampled("It.")}), &state)));
    }
    assert_eq!(rounds, 8);
    let reply = &result["structuredContent"];
    assert_eq!(
        (&reply["pending"][0]["step_id"], &reply["progress"]["done"]),
        (&json!("s8"), &json!(8)),
        "{reply}"
    );
}
