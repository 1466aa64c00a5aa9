//! How far policy reaches: everything a client can call, pick or read, everything that happens in a run, and everything
//! that goes out is denied once over the real binary, and the denial is seen and on record.
//!
//! What there is comes from the server's own lists, and from enumerations whose `match` has to name a new member.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::{Value, json};

use crate::support::{Server, run};

mod outgoing;
mod runs;

fn deny(id: &str, when: &str) -> String {
    format!("{{id: {id}, when: {{{when}}}, then: deny, why: Not here., fix: Leave it.}}")
}

/// How often each rule denied something through each door, by `rule via`.
fn denials(dir: &Path) -> BTreeMap<String, usize> {
    let (code, out, err) = run(dir, &["audit", "export"]);
    assert_eq!(code, Some(0), "{err}");
    let mut denials = BTreeMap::new();
    for line in out.lines() {
        let record: Value = serde_json::from_str(line).unwrap();
        let entry = &record["entry"];
        if entry["decision"] == "deny" && entry["outcome"].is_null() {
            for rule in entry["rules"].as_array().unwrap() {
                let key = format!("{} {}", rule.as_str().unwrap(), entry["via"].as_str().unwrap());
                *denials.entry(key).or_default() += 1;
            }
        }
    }
    denials
}

fn arguments(tool: &str) -> Value {
    match tool {
        "route_task" => json!({"task": "rename a variable"}),
        "run_crew" => json!({}),
        "validate_output" => json!({"output": "{}", "kind": "json"}),
        "enforce_policy" => json!({"action": {"kind": "shell", "content": "ls"}}),
        "search_knowledge" => json!({"query": "crane"}),
        "record_lesson" => json!({"lesson": "A crane needs room."}),
        other => panic!("no arguments for {other}: a new tool has to be denied here, too"),
    }
}

fn names(list: &Value, of: &str, field: &str) -> Vec<String> {
    let items = list["result"][of].as_array().unwrap();
    let names = items.iter().map(|item| item[field].as_str().unwrap().to_owned());
    names.collect()
}

fn steps(roles: &[&str]) -> Value {
    let mut steps: Vec<Value> = Vec::new();
    for (number, role) in roles.iter().enumerate() {
        let needs: Vec<String> = (number > 0)
            .then(|| format!("s{}", number - 1))
            .into_iter()
            .collect();
        steps.push(json!({"id": format!("s{number}"), "role": role, "goal": "say it", "needs": needs}));
    }
    json!({"steps": steps})
}

#[test]
fn every_tool_prompt_and_resource_is_denied_and_the_denial_is_on_record() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();

    // First without rules: there is something to read, and everything works.
    let mut server = Server::with(dir, "", &[]);
    let lesson = server.call("record_lesson", arguments("record_lesson"));
    let plan = json!({"steps": [{"id": "first", "role": "r", "goal": "say one"}, {"id": "second", "role": "r", "goal": "say two", "needs": ["first"]}]});
    let begun = server.call("run_crew", json!({"task": "count", "plan": plan}));
    let token = &begun["pending"][0]["step_token"];
    server.call(
        "run_crew",
        json!({"submissions": [{"step_token": token, "output": "one"}]}),
    );
    let tools = names(&server.request("tools/list", json!({})), "tools", "name");
    let prompts = names(&server.request("prompts/list", json!({})), "prompts", "name");
    let mut uris = names(&server.request("resources/list", json!({})), "resources", "uri");
    assert!(
        uris.iter().any(|uri| uri.starts_with("firstmate://run/")),
        "{uris:?}"
    );
    let models = server.request("resources/read", json!({"uri": "firstmate://models"}));
    let models: Value =
        serde_json::from_str(models["result"]["contents"][0]["text"].as_str().unwrap()).unwrap();
    let model = models["models"][0]["id"].as_str().unwrap().replace(':', "%3A");
    let templates = server.request("resources/templates/list", json!({}));
    for template in names(&templates, "resourceTemplates", "uriTemplate") {
        let uri = template
            .replace("{run_id}", begun["run_id"].as_str().unwrap())
            .replace("{step_id}", "first")
            .replace("{lesson_id}", lesson["id"].as_str().unwrap())
            .replace("{tag}", "none")
            .replace("{template}", "bug_fix")
            .replace("{model_id}", &model)
            .replace("{task_type}", "code_generation")
            .replace("{seq}", "1");
        assert!(!uri.contains('{'), "what stands for the parameter of {template}?");
        uris.push(uri);
    }
    let prompt = |server: &mut Server, name: &str| {
        server.request(
            "prompts/get",
            json!({"name": name, "arguments": {"task": "count"}}),
        )
    };
    for name in &prompts {
        assert!(prompt(&mut server, name)["result"].is_object(), "{name}");
    }
    for uri in &uris {
        let answer = server.request("resources/read", json!({"uri": uri}));
        assert!(answer["result"].is_object(), "{answer}");
    }
    assert!(server.finish().success());

    let mut rules: Vec<String> = tools
        .iter()
        .filter(|tool| *tool != "enforce_policy")
        .map(|tool| deny(&format!("no-{tool}"), &format!("tool: {tool}")))
        .collect();
    rules.extend([
        deny("no-shell", "kind: shell"),
        deny("no-prompts", "tool: prompts/get"),
        deny("no-reading", "tool: resources/read"),
        deny("no-listing", "tool: resources/list"),
        deny("no-subscribing", "tool: resources/subscribe"),
        deny("no-completing", "tool: completion/complete"),
    ]);
    let mut server = Server::with(dir, "", &rules);
    for tool in &tools {
        if tool == "enforce_policy" {
            assert_eq!(server.call(tool, arguments(tool))["decision"], "deny");
            continue;
        }
        let error = server.call_error(tool, arguments(tool));
        assert_eq!(error["code"], "policy.denied", "{error}");
        assert_eq!(error["rule"], format!("no-{tool}"), "{error}");
    }
    let refused = |answer: &Value, rule: &str| {
        let data = &answer["error"]["data"];
        assert_eq!(
            (&data["code"], &data["rule"]),
            (&json!("policy.denied"), &json!(rule)),
            "{answer}"
        );
        assert_eq!(
            (&data["message"], &data["hint"]),
            (&json!("Not here."), &json!("Leave it.")),
            "{answer}"
        );
    };
    for name in &prompts {
        refused(&prompt(&mut server, name), "no-prompts");
    }
    for uri in &uris {
        refused(
            &server.request("resources/read", json!({"uri": uri})),
            "no-reading",
        );
    }
    let listed = names(&server.request("resources/list", json!({})), "resources", "uri");
    assert!(
        listed.len() > 7 && !listed.iter().any(|uri| uri.starts_with("firstmate://run/")),
        "{listed:?}"
    );
    let run = format!("firstmate://run/{}", begun["run_id"].as_str().unwrap());
    let subscribed = server.request("resources/subscribe", json!({"uri": run}));
    refused(&subscribed, "no-subscribing");
    let listen = json!({"notifications": {"resourceSubscriptions": [run]}, "_meta": {
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientInfo": {"name": "it", "version": "0"},
        "io.modelcontextprotocol/clientCapabilities": {}
    }});
    refused(&server.request("subscriptions/listen", listen), "no-subscribing");
    let complete = json!({"ref": {"type": "ref/resource", "uri": "firstmate://run/{run_id}"}, "argument": {"name": "run_id", "value": ""}});
    refused(&server.request("completion/complete", complete), "no-completing");
    assert!(server.finish().success());

    let denials = denials(dir);
    let n = |rule: &str, via: &str| denials.get(&format!("{rule} {via}")).copied().unwrap_or_default();
    for tool in tools.iter().filter(|tool| *tool != "enforce_policy") {
        assert_eq!(n(&format!("no-{tool}"), tool), 1, "{denials:?}");
    }
    assert_eq!(n("no-shell", "enforce_policy"), 1, "{denials:?}");
    assert_eq!(n("no-prompts", "prompts/get"), prompts.len(), "{denials:?}");
    assert_eq!(n("no-reading", "resources/read"), uris.len(), "{denials:?}");
    assert_eq!(n("no-listing", "resources/list"), 1, "{denials:?}");
    assert_eq!(n("no-subscribing", "resources/subscribe"), 2, "{denials:?}");
    assert_eq!(n("no-completing", "completion/complete"), 1, "{denials:?}");
}
