//! How far policy reaches: everything a client can call, pick or read, everything that happens in a run, and everything
//! that goes out is denied once over the real binary, and the denial is seen and on record.
//!
//! What there is comes from the server's own lists, and from enumerations whose `match` has to name a new member.

use std::collections::BTreeMap;
use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use firstmate::app;
use firstmate::clock::{Clock, SystemClock};
use firstmate::config::Config;
use firstmate::crew::{Deed, Templates};
use firstmate::domain::run::FailureClass;
use firstmate::model::faulty::{Faulty, Reply};
use firstmate::model::{Outgoing, Question};
use firstmate::routing::Catalogue;
use firstmate::store::memory;
use serde_json::{Value, json};

use crate::receiver::{self, Receiver, Say};
use crate::support::{PATIENCE, Server, run};

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
    let templates = server.request("resources/templates/list", json!({}));
    for template in names(&templates, "resourceTemplates", "uriTemplate") {
        let uri = template
            .replace("{run_id}", begun["run_id"].as_str().unwrap())
            .replace("{step_id}", "first")
            .replace("{lesson_id}", lesson["id"].as_str().unwrap());
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
    let tells = |uri: &String| uri.starts_with("firstmate://run/");
    assert!(!listed.iter().any(tells), "a run is told of: {listed:?}");
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
}

/// The roles of all templates, and so of all steps that come from the server itself.
fn roles() -> Vec<String> {
    let templates = Templates::load(&[]).unwrap();
    let mut roles: Vec<String> = templates
        .iter()
        .flat_map(|template| template.steps.iter().map(|step| step.role.clone()))
        .collect();
    roles.sort();
    roles.dedup();
    roles
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
fn everything_that_happens_in_a_run_is_denied_and_the_denial_is_on_record() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    let roles = roles();
    assert!(roles.len() > 3, "{roles:?}");
    let rule = |deed: Deed| match deed {
        Deed::Start => ("no-start", format!("tool: {}, finding: pii", deed.tool())),
        Deed::Offer => (
            "no-offer",
            format!("tool: {}, role: [{}]", deed.tool(), roles.join(", ")),
        ),
        Deed::HandOver => ("no-hand-over", format!("tool: {}, kind: handover", deed.tool())),
        Deed::Answer => (
            "no-answer",
            format!("tool: {}, kind: model_response", deed.tool()),
        ),
        Deed::Approve | Deed::Remark | Deed::Cancel | Deed::Resume => {
            let id = match deed {
                Deed::Approve => "no-approve",
                Deed::Remark => "no-remark",
                Deed::Cancel => "no-cancel",
                _ => "no-resume",
            };
            (id, format!("tool: {}", deed.tool()))
        }
    };
    let rules: Vec<String> = Deed::ALL.map(|deed| deny(rule(deed).0, &rule(deed).1)).to_vec();
    let mut server = Server::with(dir, "", &rules);
    let start = |server: &mut Server, task: &str, roles: &[&str]| {
        server.call("run_crew", json!({"task": task, "plan": steps(roles)}))
    };
    let submit = |server: &mut Server, begun: &Value, what: &str| {
        let token = &begun["pending"][0]["step_token"];
        let answer = server.call(
            "run_crew",
            json!({"submissions": [{"step_token": token, what: "done"}]}),
        );
        answer["receipts"][0].clone()
    };
    let ended = |answer: &Value, rule: &str| {
        assert_eq!(answer["ended"]["class"], "denied", "{answer}");
        let reason = answer["ended"]["reason"].as_str().unwrap();
        assert!(reason.contains(rule) && reason.contains("Not here."), "{answer}");
    };

    let mut expected: BTreeMap<&str, usize> = BTreeMap::new();
    for deed in Deed::ALL {
        let id = rule(deed).0;
        let n = match deed {
            Deed::Start => {
                ended(&start(&mut server, "write to ada@corp.io", &["anybody"]), id);
                1
            }
            Deed::Offer => {
                for role in &roles {
                    ended(&start(&mut server, "count", &[role]), id);
                }
                roles.len()
            }
            Deed::HandOver | Deed::Answer => {
                let roles: &[&str] = if deed == Deed::HandOver {
                    &["a", "b"]
                } else {
                    &["a"]
                };
                let begun = start(&mut server, "count", roles);
                let receipt = submit(&mut server, &begun, "output");
                assert_eq!(receipt["outcome"], "invalid", "{receipt}");
                assert_eq!(receipt["violations"][0]["rule"], id, "{receipt}");
                1
            }
            Deed::Approve => {
                let plan = json!([{"id": "s0", "role": "a", "goal": "may it?", "executor": "approval"}]);
                let begun = server.call("run_crew", json!({"task": "count", "plan": plan}));
                let receipt = submit(&mut server, &begun, "output");
                assert_eq!(receipt["violations"][0]["rule"], id, "{receipt}");
                1
            }
            Deed::Remark => {
                let begun = start(&mut server, "count", &["a"]);
                let receipt = submit(&mut server, &begun, "error");
                let got = &receipt["violations"][0]["got"];
                assert_eq!(got, "[withheld by policy]", "{receipt}");
                1
            }
            Deed::Cancel | Deed::Resume => {
                let begun = start(&mut server, "count", &["a"]);
                let verb = if deed == Deed::Cancel { "cancel" } else { "resume" };
                let asked = json!({"run_id": begun["run_id"], "action": verb});
                let error = server.call_error("run_crew", asked);
                assert_eq!(
                    (&error["code"], &error["rule"]),
                    (&json!("policy.denied"), &json!(id))
                );
                let status = server.call("run_crew", json!({"run_id": begun["run_id"]}));
                assert_eq!(status["seq"], begun["seq"], "nothing happened");
                1
            }
        };
        expected.insert(id, n);
    }
    assert!(server.finish().success());

    let denials = denials(dir);
    for deed in Deed::ALL {
        let id = rule(deed).0;
        let n = denials.get(&format!("{id} {}", deed.tool()));
        assert_eq!(n, expected.get(id), "{id}: {denials:?}");
    }
}

/// A listener that answers every request with an error, and how many came.
fn endpoint() -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let asked = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&asked);
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { return };
            counter.fetch_add(1, Ordering::SeqCst);
            let _read = stream.read(&mut [0; 4096]);
            let _written =
                stream.write_all(b"HTTP/1.1 500 No\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
        }
    });
    (url, asked)
}

/// What a search says of the embedder's trouble, once it has some.
fn trouble(server: &mut Server) -> String {
    let until = Instant::now() + PATIENCE;
    loop {
        let found = server.call("search_knowledge", arguments("search_knowledge"));
        assert_eq!(
            found["hits"].as_array().map(Vec::len),
            Some(1),
            "search goes on: {found}"
        );
        if let Some(said) = found["embedder"]["last_error"].as_str() {
            return said.to_owned();
        }
        assert!(Instant::now() < until, "no word of the embedder: {found}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn everything_that_goes_out_is_denied_and_the_denial_is_on_record() {
    for call in Outgoing::ALL {
        match call {
            Outgoing::Embed => {
                let dir = tempfile::tempdir().unwrap();
                let dir = dir.path();
                let (url, asked) = endpoint();
                let settings = format!("[embedder]\nkind = \"ollama\"\nurl = \"{url}\"\nmodel = \"m\"\n");
                let rules = [deny(
                    "no-embedder",
                    &format!("tool: {}, to: model.local", call.tool()),
                )];

                let mut server = Server::with(dir, &settings, &rules);
                server.call("record_lesson", arguments("record_lesson"));
                let said = trouble(&mut server);
                assert!(
                    said.contains("rule no-embedder") && said.contains("Not here."),
                    "{said}"
                );
                let config = dir.join("config.toml").display().to_string();
                let (_, doctor, _) = run(dir, &["--config", &config, "doctor"]);
                assert!(doctor.contains("policy does not let texts go to"), "{doctor}");
                assert!(server.finish().success());
                assert_eq!(asked.load(Ordering::SeqCst), 0, "something was sent");
                assert_eq!(
                    denials(dir).get("no-embedder embedder"),
                    Some(&1),
                    "{:?}",
                    denials(dir)
                );

                // Without the rule the same server does ask.
                let mut server = Server::with(dir, &settings, &[]);
                trouble(&mut server);
                assert!(asked.load(Ordering::SeqCst) > 0);
                assert!(server.finish().success());
            }
            Outgoing::Ask => {
                let deny = deny("no-model", &format!("tool: {}, to: model.local", call.tool()));
                assert_eq!(
                    asked_of_a_model(&[deny]),
                    (Some(FailureClass::Denied), 0, "Deny no-model".to_owned())
                );
                assert_eq!(asked_of_a_model(&[]), (None, 1, "Allow ".to_owned()));
            }
            Outgoing::Webhook => {
                let deny = deny("no-hooks", &format!("tool: {}, kind: http", call.tool()));
                assert_eq!(told_to_a_receiver(&[deny]), (0, 1));
                assert_eq!(told_to_a_receiver(&[]), (1, 0));
            }
        }
    }
}

/// Ends a run that a receiver wants to know of, behind these rules: how often it was told, and how often that was denied on
/// record.
fn told_to_a_receiver(rules: &[String]) -> (usize, usize) {
    let dir = tempfile::tempdir().unwrap();
    let receiver = Receiver::start(|_| Say::This(204, String::new()));
    let settings = receiver.section("flow", "events = [\"run.cancelled\"]");
    let pack = dir.path().join("team.yaml");
    let lines: String = rules.iter().map(|rule| format!("  - {rule}\n")).collect();
    std::fs::write(&pack, format!("version: 1\nrules:\n{lines}")).unwrap();
    let packs = if rules.is_empty() { vec![] } else { vec![pack] };
    let settings = format!("[policy]\npacks = {packs:?}\n{settings}");
    let mut server = receiver::server(dir.path(), &settings);
    let begun = server.call("run_crew", json!({"task": "count", "plan": steps(&["a"])}));
    server.call("run_crew", json!({"run_id": begun["run_id"], "action": "cancel"}));
    let until = Instant::now() + PATIENCE;
    loop {
        let listed = receiver::printed(dir.path(), &settings, &["webhook", "list", "--format", "json"]);
        let listed: Value = serde_json::from_str(&listed).unwrap();
        let dead = listed["dead"].as_array().unwrap();
        if listed["waiting"] == json!([]) {
            if let Some(why) = dead.first().and_then(|one| one["last_failure"].as_str()) {
                assert!(why.contains("(rule no-hooks): Not here."), "{why}");
            }
            break;
        }
        assert!(Instant::now() < until, "{listed}");
        std::thread::sleep(Duration::from_millis(50));
    }
    assert!(server.finish().success());
    let denied = denials(dir.path()).get("no-hooks webhook").copied();
    (receiver.count(), denied.unwrap_or_default())
}

/// Asks the one model of the settings once, behind these rules: why there is no answer, how often the endpoint was called,
/// and what is on record.
fn asked_of_a_model(rules: &[String]) -> (Option<FailureClass>, usize, String) {
    let dir = tempfile::tempdir().unwrap();
    let endpoint = Faulty::start(|_| Reply::Answer("42".to_owned())).unwrap();
    let pack = dir.path().join("team.yaml");
    let lines: String = rules.iter().map(|rule| format!("  - {rule}\n")).collect();
    std::fs::write(&pack, format!("version: 1\nrules:\n{lines}")).unwrap();
    let packs = if rules.is_empty() { vec![] } else { vec![pack] };
    let settings = format!(
        "[policy]\npacks = {packs:?}\n[providers.here]\nkind = \"openai\"\nurl = {:?}\nmodels = [\"m\"]\n",
        endpoint.url()
    );
    let file = dir.path().join("config.toml");
    std::fs::write(&file, &settings).unwrap();
    let (_, doctor, _) = run(dir.path(), &["--config", &file.display().to_string(), "doctor"]);
    let told = if rules.is_empty() {
        format!("here/m, steps are sent to {}", endpoint.url())
    } else {
        "policy does not let here/m be asked (no-model)".to_owned()
    };
    assert!(doctor.contains(&told), "{doctor}");
    let config = Config::from_text(&format!("data_dir = {:?}\n{settings}", dir.path())).unwrap();
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let stores = memory::stores();
    let services = app::services(&config, &stores, Arc::clone(&clock)).unwrap();
    let models = app::models::models(&config, &Catalogue::builtin(), &services.gate, &clock).unwrap();
    let question = Question {
        system: String::new(),
        prompt: "How many cranes?".to_owned(),
        schema: None,
        max_tokens: 10,
        timeout: PATIENCE,
        idempotency_key: "run/step/1".to_owned(),
        token: None,
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let answered = models.get("here/m").unwrap().ask(&config.scope, &question).await;
        let entries = stores.audit.entries(&config.scope, 0, 10).await.unwrap();
        let decision = &entries.first().unwrap().1.entry;
        let record = format!("{:?} {}", decision.effect, decision.rules.join(","));
        (
            answered.err().map(|failure| failure.class),
            endpoint.count(),
            record,
        )
    })
}
