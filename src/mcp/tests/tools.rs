//! Each tool as a client calls it.

use serde_json::{Value, json};

use super::fixture::{Client, error, output, server, server_that_denies};
use crate::mcp::tool_list;

/// Arguments that work, per tool.
fn arguments(tool: &str) -> Value {
    match tool {
        "route_task" => json!({"task": "rename a variable in this function"}),
        "run_crew" => json!({"task": "make the date parser accept ISO weeks"}),
        "validate_output" => json!({"output": "{\"a\": 1}", "kind": "json"}),
        "enforce_policy" => json!({"action": {"kind": "shell", "content": "ls"}}),
        "search_knowledge" => json!({"query": "midnight"}),
        "record_lesson" => json!({"lesson": "hold the clock still at midnight"}),
        other => panic!("no arguments for the tool {other}"),
    }
}

#[tokio::test]
async fn every_tool_answers_within_its_schema() {
    let mut client = Client::initialized(server(), json!({})).await;
    for tool in tool_list() {
        let result = client.tool(&tool.name, arguments(&tool.name)).await;
        let answer = output(&result);
        let schema = Value::Object(tool.output_schema.unwrap().as_ref().clone());
        let problems: Vec<_> = jsonschema::validator_for(&schema)
            .unwrap()
            .iter_errors(answer)
            .map(|error| format!("{error} at {}", error.instance_path()))
            .collect();
        assert!(problems.is_empty(), "{}: {problems:?}\n{answer:#}", tool.name);
        assert!(!answer.to_string().contains(":null"), "{}: {answer}", tool.name);
        if tool.name != "run_crew" {
            let text: Value = serde_json::from_str(result["content"][0]["text"].as_str().unwrap()).unwrap();
            assert_eq!(&text, answer, "{}", tool.name);
        }
    }
    client.leave().await;
}

#[tokio::test]
async fn a_policy_that_denies_everything_stops_every_tool() {
    let mut client = Client::initialized(server_that_denies(), json!({})).await;
    for tool in tool_list() {
        let result = client.tool(&tool.name, arguments(&tool.name)).await;
        if tool.name == "enforce_policy" {
            // It is the decision, so its answer is the denial.
            assert_eq!(output(&result)["decision"], "deny");
            continue;
        }
        let error = error(&result);
        assert_eq!(error["code"], "policy.denied", "{}", tool.name);
        for field in ["message", "hint", "rule"] {
            assert!(
                error[field].as_str().is_some_and(|text| !text.is_empty()),
                "{}: {error}",
                tool.name
            );
        }
    }
    let answer = client
        .request("resources/read", json!({"uri": "firstmate://policy"}))
        .await;
    assert_eq!(answer["error"]["data"]["code"], "policy.denied", "{answer}");
    client.leave().await;
}

#[tokio::test]
async fn bad_arguments_name_the_field_and_show_what_works() {
    let mut client = Client::initialized(server(), json!({})).await;
    for (tool, arguments, expected) in [
        ("route_task", json!({}), "missing field `task`"),
        (
            "route_task",
            json!({"task": "t", "quality_target": "high"}),
            "argument `quality_target`",
        ),
        (
            "route_task",
            json!({"task": "t", "constraints": {"max_cost_usd": []}}),
            "argument `constraints`",
        ),
        (
            "run_crew",
            json!({"submissions": [{"output": 1}]}),
            "missing field `step_token`",
        ),
        ("run_crew", json!({"action": "dance"}), "unknown variant `dance`"),
        ("run_crew", json!({"action": "cancel"}), "missing field `run_id`"),
        ("validate_output", json!({"output": null}), "argument `output`"),
        (
            "enforce_policy",
            json!({"action": {"kind": "fly"}}),
            "unknown variant `fly`",
        ),
        (
            "search_knowledge",
            json!({"query": "q", "since": "yesterday"}),
            "argument `since`",
        ),
        ("record_lesson", json!({}), "missing field `lesson`"),
        (
            "record_lesson",
            json!({"outcome": {"ref": "r", "success": true, "score": 5}}),
            "argument `outcome.score`",
        ),
        (
            "enforce_policy",
            json!({"action": "rm -rf build"}),
            "expected an object with kind and content",
        ),
        (
            "route_task",
            json!({"task": "t", "project": "a\u{0}b"}),
            "argument `project`",
        ),
    ] {
        let result = client.tool(tool, arguments.clone()).await;
        let error = error(&result);
        assert_eq!(error["code"], "bad_arguments", "{tool} {arguments}: {error}");
        assert!(
            error["message"].as_str().unwrap().contains(expected),
            "{tool} {arguments}: {error}"
        );
        assert!(error["hint"].as_str().unwrap().contains('{'), "{error}");
    }
    client.leave().await;
}

#[tokio::test]
async fn what_models_send_by_mistake_is_taken_and_mentioned() {
    let mut client = Client::initialized(server(), json!({})).await;
    let sloppy = json!({"prompt": "sort a list", "quality_target": "0.9", "constraints": "{\"local_only\": true}",
        "session": null, "mood": "sunny"});
    let result = client.tool("route_task", sloppy).await;
    let warnings = output(&result)["warnings"].to_string();
    assert!(warnings.contains("`mood`"), "{warnings}");
    client.leave().await;
}

#[tokio::test]
async fn a_run_is_driven_to_its_end_by_the_literal_next_call() {
    let mut client = Client::initialized(server(), json!({})).await;
    let result = client.tool("run_crew", json!({"task": "mend it"})).await;
    let started = output(&result);
    assert_eq!(started["status"], "input_required");
    let next = started["next_call"]["arguments"].to_string();
    let text = result["content"][0]["text"].as_str().unwrap();
    assert!(text.contains(&next), "{text} has no {next}");
    let open = client.tool("run_crew", json!({})).await;
    assert_eq!(
        output(&open)["open_runs"][0]["run_id"],
        started["run_id"],
        "{open}"
    );
    let status = client
        .tool("run_crew", json!({"run_id": started["run_id"]}))
        .await;
    assert_eq!(output(&status)["status"], "input_required");
    let cancelled = client
        .tool(
            "run_crew",
            json!({"action": "cancel", "run_id": started["run_id"]}),
        )
        .await;
    assert_eq!(output(&cancelled)["status"], "cancelled");
    for arguments in [
        json!({"run_id": "0"}),
        json!({"submissions": [{"step_token": "forged", "output": "x"}]}),
    ] {
        let result = client.tool("run_crew", arguments).await;
        let code = error(&result)["code"].clone();
        assert!(
            ["crew.unknown_run", "crew.token_invalid"]
                .map(Value::from)
                .contains(&code),
            "{code}"
        );
    }
    client.leave().await;
}

#[tokio::test]
async fn the_next_call_of_a_run_in_another_project_names_it() {
    let mut client = Client::initialized(server(), json!({})).await;
    let result = client
        .tool("run_crew", json!({"task": "mend it", "project": "/elsewhere"}))
        .await;
    let next = output(&result)["next_call"]["arguments"].clone();
    assert_eq!(next["project"], "/elsewhere", "{result}");
    let text = result["content"][0]["text"].as_str().unwrap();
    assert!(text.contains(&next.to_string()), "{text} has no {next}");
    let result = client.tool("run_crew", next).await;
    assert_eq!(
        output(&result)["receipts"].as_array().map(Vec::len),
        Some(1),
        "{result}"
    );
    client.leave().await;
}

#[tokio::test]
async fn that_no_run_is_open_is_said_and_shown() {
    let mut client = Client::initialized(server(), json!({})).await;
    let result = client.tool("run_crew", json!({})).await;
    assert_eq!(output(&result)["open_runs"], json!([]));
    assert!(
        result["content"][0]["text"]
            .as_str()
            .unwrap()
            .contains("No run is open"),
        "{result}"
    );
    client.leave().await;
}

#[tokio::test]
async fn an_empty_text_and_an_absent_one_are_the_same() {
    let mut client = Client::initialized(server(), json!({})).await;
    let filled =
        json!({"task": "mend it", "run_id": "", "template": "", "plan": "", "project": "", "strategy": " "});
    let result = client.tool("run_crew", filled).await;
    assert_eq!(output(&result)["status"], "input_required", "{result}");
    client.leave().await;
}

#[tokio::test]
async fn a_schema_that_is_given_as_text_counts() {
    let mut client = Client::initialized(server(), json!({})).await;
    let schema = r#"{"type": "object", "required": ["b"]}"#;
    let result = client
        .tool(
            "validate_output",
            json!({"output": "{\"a\": 1}", "schema": schema}),
        )
        .await;
    assert_eq!(output(&result)["verdict"], "fail", "{result}");
    client.leave().await;
}

#[tokio::test]
async fn progress_is_told_when_it_is_asked_for() {
    let mut client = Client::initialized(server(), json!({})).await;
    let params =
        json!({"name": "run_crew", "arguments": {"task": "mend it"}, "_meta": {"progressToken": "p"}});
    client
        .say(json!({"jsonrpc": "2.0", "id": 50, "method": "tools/call", "params": params}))
        .await;
    let first = client.hear().await;
    assert_eq!(first["method"], "notifications/progress", "{first}");
    assert_eq!(first["params"]["progressToken"], "p");
    assert_eq!(client.hear().await["id"], 50);
    client.leave().await;
}

#[tokio::test]
async fn a_lesson_is_found_in_its_project_only() {
    let mut client = Client::initialized(server(), json!({})).await;
    let kept = client.tool("record_lesson", arguments("record_lesson")).await;
    assert_eq!(output(&kept)["status"], "created");
    let found = client
        .tool("search_knowledge", json!({"query": "midnight"}))
        .await;
    assert_eq!(output(&found)["hits"][0]["id"], output(&kept)["id"]);
    let elsewhere = client
        .tool(
            "search_knowledge",
            json!({"query": "midnight", "project": "/other"}),
        )
        .await;
    assert_eq!(output(&elsewhere)["hits"], json!([]));
    client.leave().await;
}

#[tokio::test]
async fn what_a_rule_redacts_the_tool_never_sees() {
    let mut client = Client::initialized(server(), json!({})).await;
    let key = ["AKIA", "Q3EGRK5ULTVKXW7D"].concat();
    let lesson = json!({"lesson": format!("the deploy at midnight uses {key} and fails")});
    let kept = client.tool("record_lesson", lesson).await;
    assert!(
        !output(&kept)["warnings"].as_array().unwrap().is_empty(),
        "{kept}"
    );
    let found = client
        .tool("search_knowledge", json!({"query": "midnight"}))
        .await;
    let text = output(&found)["hits"][0]["text"].as_str().unwrap();
    assert!(text.contains("midnight") && !text.contains(&key), "{text}");
    client.leave().await;
}

const RISKY: &str = "rm -rf src";

fn risky() -> Value {
    json!({"action": {"kind": "shell", "content": RISKY}})
}

#[tokio::test]
async fn without_a_way_to_ask_an_approval_is_a_handle() {
    let mut client = Client::initialized(server(), json!({})).await;
    let result = client.tool("enforce_policy", risky()).await;
    assert_eq!(output(&result)["decision"], "require_approval");
    assert!(output(&result)["approval"]["id"].is_string(), "{result}");
    let mut dry = risky();
    dry["dry_run"] = json!("true");
    let result = client.tool("enforce_policy", dry).await;
    assert_eq!(output(&result)["dry_run"], true);
    assert!(output(&result).get("audit").is_none(), "{result}");
    client.leave().await;
}

#[tokio::test]
async fn an_old_client_that_can_ask_is_asked_and_the_answer_counts() {
    for (action, approve, decision) in [
        ("accept", true, "allow"),
        ("accept", false, "deny"),
        ("decline", true, "deny"),
        ("cancel", true, "require_approval"),
    ] {
        let mut client = Client::initialized(server(), json!({"elicitation": {}})).await;
        let params = json!({"name": "enforce_policy", "arguments": risky()});
        client
            .say(json!({"jsonrpc": "2.0", "id": 7, "method": "tools/call", "params": params}))
            .await;
        let question = client.hear().await;
        assert_eq!(question["method"], "elicitation/create", "{question}");
        assert!(
            question["params"]["message"].as_str().unwrap().contains(RISKY),
            "{question}"
        );
        let said = json!({"action": action, "content": {"approve": approve}});
        client
            .say(json!({"jsonrpc": "2.0", "id": question["id"], "result": said}))
            .await;
        let answer = client.hear().await;
        assert_eq!(
            output(&answer["result"])["decision"],
            decision,
            "{action} {approve}: {answer}"
        );
        client.leave().await;
    }
}

#[tokio::test]
async fn a_new_client_asks_itself_and_repeats_the_call() {
    let mut client = Client::connect(server());
    let meta = json!({
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientInfo": {"name": "test", "version": "1"},
        "io.modelcontextprotocol/clientCapabilities": {"elicitation": {"form": {}}}
    });
    let call = json!({"name": "enforce_policy", "arguments": risky(), "_meta": meta});
    for (said, decision) in [
        ("decline", "deny"),
        ("accept", "allow"),
        ("cancel", "require_approval"),
    ] {
        let first = client.request("tools/call", call.clone()).await;
        assert_eq!(first["result"]["resultType"], "input_required", "{first}");
        assert_eq!(
            first["result"]["inputRequests"]["approve"]["method"],
            "elicitation/create"
        );
        let mut again = call.clone();
        again["requestState"] = first["result"]["requestState"].clone();
        again["inputResponses"] = json!({"approve": {"action": said, "content": {"approve": true}}});
        let second = client.request("tools/call", again).await;
        assert_eq!(output(&second["result"])["decision"], decision, "{second}");
    }
    client.leave().await;
}

#[tokio::test]
async fn a_call_from_within_passes_the_same_gate() {
    use rmcp::model::CallToolResponse;
    let Value::Object(task) = arguments("route_task") else {
        panic!("no object")
    };
    let answer = server_that_denies()
        .call("route_task", task.clone())
        .await
        .unwrap()
        .unwrap();
    let CallToolResponse::Complete(result) = answer else {
        panic!("not complete")
    };
    assert_eq!(result.is_error, Some(true));
    assert!(server().call("no_such_tool", task).await.is_none());
}

#[tokio::test]
async fn what_is_told_of_a_route_moves_the_next_one() {
    let mut client = Client::initialized(server(), json!({})).await;
    let task = json!({"task": "write a python function that merges two sorted lists"});
    let first = output(&client.tool("route_task", task.clone()).await).clone();
    let model = first["model"]["id"].clone();
    let n = |route: &Value| {
        let candidates = route["candidates"].as_array().unwrap();
        candidates
            .iter()
            .find(|candidate| candidate["model"] == model)
            .unwrap()["n"]
            .as_f64()
            .unwrap()
    };
    let checked = client
        .tool(
            "validate_output",
            json!({"output": "def f(:", "kind": "code", "language": "python", "route_id": first["route_id"]}),
        )
        .await;
    let checked = output(&checked);
    assert_eq!(
        (&checked["verdict"], &checked["outcome_counted"]),
        (&json!("fail"), &json!(true))
    );
    let second = output(&client.tool("route_task", task.clone()).await).clone();
    assert!(
        n(&second) > 0.5 && second["state"]["outcomes_seen"] == 1,
        "{second}"
    );
    // A person outranks the check, and a provider that did not answer says nothing about the model.
    for outcome in [
        json!({"ref": first["route_id"], "success": true, "by": "user", "tokens_out": 400, "cost_usd": 0.001}),
        json!({"ref": second["route_id"], "success": false, "by": "unavailable"}),
    ] {
        let told = output(&client.tool("record_lesson", json!({"outcome": outcome})).await).clone();
        assert_eq!(told["outcome_counted"], true, "{told}");
    }
    let third = output(&client.tool("route_task", task).await).clone();
    assert_eq!(
        (n(&third), &third["state"]["outcomes_seen"]),
        (n(&second), &json!(1))
    );
    let nowhere = client
        .tool(
            "validate_output",
            json!({"output": "{}", "kind": "json", "route_id": "nobody"}),
        )
        .await;
    let nowhere = output(&nowhere);
    assert_eq!(nowhere["outcome_counted"], false);
    assert!(
        nowhere["warnings"][0]
            .as_str()
            .unwrap()
            .contains("no route of this project")
    );
    client.leave().await;
}
