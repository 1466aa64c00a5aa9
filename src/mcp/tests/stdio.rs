//! Lines over a pipe: both eras, bad input, and leaving.

use serde_json::{Value, json};

use super::fixture::{Client, error, output, server};
use crate::mcp::tool_list;

fn modern_meta() -> Value {
    json!({
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientInfo": {"name": "test", "version": "1"},
        "io.modelcontextprotocol/clientCapabilities": {}
    })
}

#[tokio::test]
async fn an_old_client_shakes_hands_and_finds_six_tools() {
    for version in ["2024-11-05", "2025-06-18"] {
        let mut client = Client::connect(server());
        let hello = json!({"protocolVersion": version, "capabilities": {}, "clientInfo": {"name": "t", "version": "1"}});
        let answer = client.request("initialize", hello).await;
        let result = &answer["result"];
        assert_eq!(result["protocolVersion"], version);
        assert_eq!(result["serverInfo"]["name"], "firstmate");
        assert_eq!(result["serverInfo"]["version"], env!("CARGO_PKG_VERSION"));
        assert!(result["instructions"].as_str().unwrap().lines().count() <= 10);
        let tools = client.request("tools/list", json!({})).await;
        let names: Vec<_> = tools["result"]["tools"]
            .as_array()
            .unwrap()
            .iter()
            .map(|tool| &tool["name"])
            .collect();
        assert_eq!(
            names,
            [
                "enforce_policy",
                "record_lesson",
                "route_task",
                "run_crew",
                "search_knowledge",
                "validate_output"
            ]
        );
        assert_eq!(client.leave().await, Vec::<Value>::new());
    }
}

#[tokio::test]
async fn a_new_client_needs_no_handshake() {
    let mut client = Client::connect(server());
    let answer = client
        .request("server/discover", json!({"_meta": modern_meta()}))
        .await;
    let versions = answer["result"]["supportedVersions"].as_array().unwrap();
    assert!(versions.contains(&json!("2026-07-28")), "{answer}");
    let call = json!({"name": "route_task", "arguments": {"task": "sort a list"}, "_meta": modern_meta()});
    let answer = client.request("tools/call", call).await;
    assert_eq!(answer["result"]["resultType"], "complete", "{answer}");
    assert!(output(&answer["result"])["route_id"].is_string());
    client.leave().await;
}

#[tokio::test]
async fn a_client_that_only_asks_what_there_is_leaves_cleanly() {
    let mut client = Client::connect(server());
    client
        .request("server/discover", json!({"_meta": modern_meta()}))
        .await;
    client.leave().await;
    Client::connect(server()).leave().await;
}

#[tokio::test]
async fn calls_that_run_when_the_input_ends_are_answered() {
    let mut client = Client::initialized(server(), json!({})).await;
    for id in 100..120 {
        let params = json!({"name": "validate_output", "arguments": {"output": "{}"}});
        client
            .say(json!({"jsonrpc": "2.0", "id": id, "method": "tools/call", "params": params}))
            .await;
    }
    let mut answered: Vec<_> = client
        .leave()
        .await
        .iter()
        .map(|answer| answer["id"].as_u64().unwrap())
        .collect();
    answered.sort_unstable();
    assert_eq!(answered, (100..120).collect::<Vec<_>>());
}

#[tokio::test]
async fn junk_does_not_end_the_connection() {
    let mut client = Client::initialized(server(), json!({})).await;
    client.send(b"\xff\xfe\xfd").await;
    assert_eq!(client.hear().await["error"]["code"], -32700);
    client.send("[".repeat(200_000).as_bytes()).await;
    assert_eq!(client.hear().await["error"]["code"], -32600);
    let nested = format!("{}{}", "[".repeat(200_000), "]".repeat(200_000));
    let call = format!(
        r#"{{"jsonrpc":"2.0","id":9,"method":"tools/call","params":{{"name":"route_task","arguments":{{"task":{nested}}}}}}}"#
    );
    client.send(call.as_bytes()).await;
    let answer = client.hear().await;
    assert_eq!(
        (answer["id"].as_u64(), answer["error"]["code"].as_i64()),
        (Some(9), Some(-32600))
    );
    let result = client
        .tool("route_task", json!({"task": "x".repeat(2 << 20)}))
        .await;
    assert_eq!(error(&result)["code"], "arguments_too_large");
    let result = client.tool("route_task", json!({"task": "sort a list"})).await;
    assert!(output(&result)["route_id"].is_string());
    client.leave().await;
}

#[tokio::test]
async fn an_unknown_tool_and_an_unknown_method_are_protocol_errors() {
    let mut client = Client::initialized(server(), json!({})).await;
    let answer = client
        .request("tools/call", json!({"name": "no_such_tool", "arguments": {}}))
        .await;
    assert_eq!(answer["error"]["code"], -32602);
    let message = answer["error"]["message"].as_str().unwrap();
    assert!(
        message.contains("`no_such_tool`") && message.contains("route_task"),
        "{answer}"
    );
    let answer = client.request("no/such/method", json!({})).await;
    assert_eq!(answer["error"]["code"], -32601);
    for (method, params) in [
        ("tools/call", json!({"name": "route_task", "arguments": "words"})),
        ("tools/call", json!({})),
        ("prompts/get", json!({"name": 5})),
        ("resources/read", json!({})),
    ] {
        let answer = client.request(method, params).await;
        assert_eq!(answer["error"]["code"], -32602, "{answer}");
        assert!(
            answer["error"]["message"].as_str().unwrap().contains(method),
            "{answer}"
        );
    }
    client.leave().await;
}

#[tokio::test]
async fn prompts_are_the_templates_and_lead_to_run_crew() {
    let mut client = Client::initialized(server(), json!({})).await;
    let prompts = client.request("prompts/list", json!({})).await;
    let prompt = &prompts["result"]["prompts"][0];
    assert_eq!(prompt["name"], "code_change");
    assert_eq!(
        prompt["arguments"][0],
        json!({"name": "task", "description": "What is to be reached, in a sentence or more.", "required": true})
    );
    let ask = json!({"name": "code_change", "arguments": {"task": "mend \"it\""}});
    let answer = client.request("prompts/get", ask).await;
    let text = answer["result"]["messages"][0]["content"]["text"]
        .as_str()
        .unwrap();
    assert!(
        text.contains(r#"run_crew with {"template":"code_change","task":"mend \"it\""}"#),
        "{text}"
    );
    for wrong in [
        json!({"name": "code_change"}),
        json!({"name": "nope", "arguments": {"task": "x"}}),
    ] {
        assert_eq!(
            client.request("prompts/get", wrong).await["error"]["code"],
            -32602
        );
    }
    client.leave().await;
}

#[tokio::test]
async fn resources_can_be_read_and_foreign_ones_look_unknown() {
    let mut client = Client::initialized(server(), json!({})).await;
    let run = output(&client.tool("run_crew", json!({"task": "mend it"})).await)["run_id"].clone();
    let lesson = output(
        &client
            .tool("record_lesson", json!({"lesson": "the sea is wet"}))
            .await,
    )["id"]
        .clone();
    let elsewhere = json!({"lesson": "a secret of another project", "project": "/other"});
    let foreign = output(&client.tool("record_lesson", elsewhere).await)["id"].clone();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    for (uri, expected) in [
        (format!("firstmate://run/{}", text(&run)), "input_required"),
        (format!("firstmate://lesson/{}", text(&lesson)), "the sea is wet"),
        ("firstmate://policy".to_owned(), "rules"),
    ] {
        let answer = client.request("resources/read", json!({"uri": uri})).await;
        let read = answer["result"]["contents"][0]["text"].as_str().unwrap();
        assert!(read.contains(expected), "{read}");
    }
    let unknown = [
        "firstmate://run/0",
        "firstmate://nothing",
        "file:///etc/passwd",
        "",
    ];
    for uri in unknown
        .into_iter()
        .map(String::from)
        .chain([format!("firstmate://lesson/{}", text(&foreign))])
    {
        let answer = client.request("resources/read", json!({"uri": uri})).await;
        assert_eq!(answer["error"]["code"], -32002, "{uri}: {answer}");
    }
    let listed = client.request("resources/list", json!({})).await;
    assert!(listed.to_string().contains(&text(&run)), "{listed}");
    client.leave().await;
}

#[test]
fn every_tool_has_a_title_hints_and_a_description_of_few_lines() {
    for tool in tool_list() {
        let hints = tool.annotations.unwrap();
        assert!(
            tool.title.is_some() && tool.output_schema.is_some(),
            "{}",
            tool.name
        );
        for hint in [
            hints.read_only_hint,
            hints.destructive_hint,
            hints.idempotent_hint,
            hints.open_world_hint,
        ] {
            assert!(hint.is_some(), "{}", tool.name);
        }
        let lines = tool.description.unwrap().lines().count();
        assert!((3..=9).contains(&lines), "{}: {lines}", tool.name);
    }
}
