//! What is beside the tools, over the real binary: prompts, resources, completion, subscriptions, remarks, pages, offers.

use std::collections::BTreeSet;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use crate::clients::{installed, play};
use crate::support::{HttpServer, Server, firstmate, in_project, run};

#[test]
fn python_mcp_1_finds_all_of_it_over_every_transport() {
    let Some(python) = installed("mcp1/bin/python") else {
        return;
    };
    for kind in ["stdio", "http", "sse"] {
        play(&python, "surface1.py", &[], kind);
    }
}

#[test]
fn python_mcp_2_finds_all_of_it_over_every_transport() {
    let Some(python) = installed("mcp2/bin/python") else {
        return;
    };
    for kind in ["stdio", "http", "sse"] {
        play(&python, "surface2.py", &["auto"], kind);
    }
}

#[cfg(unix)]
#[test]
fn a_stream_of_news_ends_with_its_result_when_the_server_stops() {
    let Some(python) = installed("mcp2/bin/python") else {
        return;
    };
    let dir = tempfile::tempdir().unwrap();
    let server = HttpServer::start(dir.path());
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/clients/listening2.py");
    let mut client = Command::new(python)
        .arg(script)
        .arg(format!("{}/mcp", server.url))
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut told = BufReader::new(client.stdout.take().unwrap())
        .lines()
        .map_while(Result::ok);
    assert_eq!(told.next().as_deref(), Some("listening"));
    server.ask_to_stop();
    assert_eq!(told.next().as_deref(), Some("ended"));
    assert!(client.wait().unwrap().success());
    assert!(server.finish().success());
}

/// The `_meta` of a request of 2026-07-28.
fn meta() -> Value {
    json!({
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientInfo": {"name": "it", "version": "0"},
        "io.modelcontextprotocol/clientCapabilities": {}
    })
}

/// The next notification of that method; what else comes is passed over.
#[track_caller]
fn heard(server: &mut Server, method: &str) -> Value {
    loop {
        let message = server.hear().unwrap_or_else(|| panic!("no {method} came"));
        if message["method"] == method {
            return message["params"].clone();
        }
    }
}

const UPDATED: &str = "notifications/resources/updated";

fn begun(server: &mut Server) -> (String, String) {
    let steps = ["one", "two", "three", "four"].map(|id| json!({"id": id, "role": "r", "goal": "say it"}));
    let plan = json!({"steps": steps});
    let begun = server.call(
        "run_crew",
        json!({"task": "count", "plan": plan, "strategy": "sequential"}),
    );
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    (text(&begun["run_id"]), text(&begun["pending"][0]["step_token"]))
}

/// Hands a step in; the token of the next.
fn submit(server: &mut Server, token: &str) -> String {
    let done = server.call(
        "run_crew",
        json!({"submissions": [{"step_token": token, "output": "done"}]}),
    );
    done["pending"][0]["step_token"]
        .as_str()
        .unwrap_or_default()
        .to_owned()
}

fn code(answer: &Value) -> i64 {
    answer["error"]["code"]
        .as_i64()
        .unwrap_or_else(|| panic!("no error: {answer}"))
}

#[test]
fn an_older_client_subscribes_and_is_told_until_it_does_not_want_to_be() {
    let dir = tempfile::tempdir().unwrap();
    let mut server = Server::start(dir.path());
    let (run, token) = begun(&mut server);
    let uri = format!("firstmate://run/{run}");
    let one = |server: &mut Server, method: &str, uri: &str| server.request(method, json!({"uri": uri}));
    assert!(one(&mut server, "resources/subscribe", &uri)["result"].is_object());
    let token = submit(&mut server, &token);
    assert_eq!(heard(&mut server, UPDATED)["uri"], uri);

    // What is not there, what is another project's, and what never changes.
    let mut elsewhere = Server::spawn(in_project(dir.path(), "other").args(["serve", "--stdio"]));
    elsewhere.initialize();
    assert_eq!(code(&one(&mut elsewhere, "resources/subscribe", &uri)), -32002);
    assert_eq!(
        code(&one(&mut server, "resources/subscribe", "firstmate://run/none")),
        -32002
    );
    assert_eq!(
        code(&one(&mut server, "resources/subscribe", "file:///etc/passwd")),
        -32002
    );
    assert_eq!(
        code(&one(&mut server, "resources/subscribe", "firstmate://models")),
        -32602
    );
    assert_eq!(
        code(&server.request("resources/subscribe", json!({"uri": 7}))),
        -32602
    );

    // No longer: the lesson is the next thing that it hears of.
    assert!(one(&mut server, "resources/unsubscribe", &uri)["result"].is_object());
    assert!(one(&mut server, "resources/unsubscribe", &uri)["result"].is_object());
    assert!(one(&mut server, "resources/subscribe", "firstmate://lessons")["result"].is_object());
    submit(&mut server, &token);
    server.call(
        "record_lesson",
        json!({"lesson": "count from one", "tags": ["counting"]}),
    );
    assert_eq!(heard(&mut server, UPDATED)["uri"], "firstmate://lessons");
    let read = one(&mut server, "resources/read", "firstmate://lessons/counting");
    assert!(read.to_string().contains("count from one"), "{read}");
    assert!(server.finish().success());
}

/// Requests that come at once are worked on at once, and count in the order in which they came.
#[test]
fn what_is_taken_back_at_once_is_not_told_of() {
    let dir = tempfile::tempdir().unwrap();
    let mut server = Server::start(dir.path());
    // A window keeps what its client subscribed to by itself, too.
    let mut window = Server::start(dir.path());
    let one = |id: String, method: &str, uri: &str| {
        json!({"jsonrpc": "2.0", "id": id, "method": method, "params": {"uri": uri}}).to_string()
    };
    let at_once = |client: &mut Server| {
        for n in 0..40 {
            let uri = format!("firstmate://lessons/label{n}");
            client.send(&one(format!("on {n}"), "resources/subscribe", &uri));
            client.send(&one(format!("off {n}"), "resources/unsubscribe", &uri));
            let uri = format!("firstmate://lessons/kept{n}");
            client.send(&one(format!("off kept {n}"), "resources/unsubscribe", &uri));
            client.send(&one(format!("on kept {n}"), "resources/subscribe", &uri));
        }
        let mut answered = 0;
        while answered < 160 {
            answered += usize::from(client.receive().unwrap()["result"].is_object());
        }
    };
    // Whatever is told of a lesson until something else is told.
    let told = |client: &mut Server| {
        client.request("resources/subscribe", json!({"uri": "firstmate://runs"}));
        let lesson = json!({"lesson": format!("One more lesson, of {}.", client.pid())});
        client.send(&crate::raw::call("record_lesson", &lesson));
        std::thread::sleep(std::time::Duration::from_millis(1_000));
        let plan = json!({"task": "count", "plan": {"steps": [{"id": "one", "goal": "say it"}]}});
        client.send(&crate::raw::call("run_crew", &plan));
        let mut told = Vec::new();
        loop {
            let uri = heard(client, UPDATED)["uri"].as_str().unwrap().to_owned();
            if uri == "firstmate://runs" {
                return told;
            }
            told.push(uri);
        }
    };
    for client in [&mut server, &mut window] {
        at_once(client);
        let told = told(client);
        let kept = told.iter().filter(|uri| uri.contains("/kept")).count();
        assert_eq!((kept, told.len()), (40, 40), "{told:?}");
    }
    // Once the window is on its own, it tells of what it subscribed to anew.
    drop(server);
    let mut again = BTreeSet::new();
    while again.len() < 41 {
        again.insert(heard(&mut window, UPDATED)["uri"].as_str().unwrap().to_owned());
    }
    let labels = |uri: &String| uri.contains("/label");
    assert!(!again.iter().any(labels), "{again:?}");
    let rest = window.leave();
    assert!(
        !rest.iter().any(|message| labels(&message.to_string())),
        "{rest:?}"
    );
}

#[test]
fn one_client_cannot_subscribe_to_more_than_it_may() {
    let dir = tempfile::tempdir().unwrap();
    let mut server = Server::start(dir.path());
    let (run, token) = begun(&mut server);
    // As many spellings of one address as anybody wants.
    let spelt = |n: u32| {
        let signs = run.bytes().enumerate().map(|(at, byte)| match (n >> at) & 1 {
            1 if at < 14 => format!("%{byte:02x}"),
            _ => char::from(byte).to_string(),
        });
        format!("firstmate://run/{}", signs.collect::<String>())
    };
    let subscribed = (0..10_000).filter(|n| {
        let answer = server.request("resources/subscribe", json!({"uri": spelt(*n)}));
        if let Some(message) = answer["error"]["message"].as_str() {
            assert!(
                message.contains("500") && message.contains("unsubscribe"),
                "{message}"
            );
        }
        answer["result"].is_object()
    });
    assert_eq!(subscribed.count(), 500);
    submit(&mut server, &token);
    heard(&mut server, UPDATED);
    let many: Vec<String> = (0..10_000).map(spelt).collect();
    let listen = json!({"notifications": {"resourceSubscriptions": many}, "_meta": meta()});
    let answer = server.request("subscriptions/listen", listen);
    assert_eq!(code(&answer), -32600, "{answer}");
    assert!(server.finish().success());
}

#[test]
fn a_newer_client_listens_on_a_stream_that_ends_when_either_side_does() {
    let dir = tempfile::tempdir().unwrap();
    let mut server = Server::spawn(firstmate(dir.path()).args(["serve", "--stdio"]));
    let plan = json!({"steps": [{"id": "one", "role": "r", "goal": "say it"}, {"id": "two", "role": "r", "goal": "say it", "needs": ["one"]}]});
    let call = |server: &mut Server, arguments: Value| {
        let answer = server.request(
            "tools/call",
            json!({"name": "run_crew", "arguments": arguments, "_meta": meta()}),
        );
        answer["result"]["structuredContent"].clone()
    };
    let begun = call(&mut server, json!({"task": "count", "plan": plan}));
    let uri = format!("firstmate://run/{}", begun["run_id"].as_str().unwrap());
    let listen = |id: &str| {
        let filter = json!({"promptsListChanged": true, "toolsListChanged": true, "resourceSubscriptions": [uri, "firstmate://audit"]});
        json!({"jsonrpc": "2.0", "id": id, "method": "subscriptions/listen", "params": {"notifications": filter, "_meta": meta()}})
    };
    for id in ["first", "second"] {
        server.send(&listen(id).to_string());
        let accepted = heard(&mut server, "notifications/subscriptions/acknowledged");
        assert_eq!(
            accepted["notifications"],
            json!({"promptsListChanged": true, "resourceSubscriptions": [uri]})
        );
        assert_eq!(accepted["_meta"]["io.modelcontextprotocol/subscriptionId"], id);
    }
    let cancel =
        json!({"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": "first"}});
    server.send(&cancel.to_string());
    call(
        &mut server,
        json!({"submissions": [{"step_token": begun["pending"][0]["step_token"], "output": "x"}]}),
    );
    let told = heard(&mut server, UPDATED);
    assert_eq!(
        (
            &told["uri"],
            &told["_meta"]["io.modelcontextprotocol/subscriptionId"]
        ),
        (&json!(uri), &json!("second"))
    );
    // What an older client would say.
    let old = server.request("resources/subscribe", json!({"uri": uri, "_meta": meta()}));
    assert_eq!(code(&old), -32601);
    let old = server.request("logging/setLevel", json!({"level": "info", "_meta": meta()}));
    assert_eq!(code(&old), -32601);
    let missing = server.request(
        "resources/read",
        json!({"uri": "firstmate://run/none", "_meta": meta()}),
    );
    assert_eq!(code(&missing), -32602);
    // The client leaves, and what is open comes to its end first.
    let rest = server.leave();
    let last = rest.iter().find(|message| message["id"] == "second");
    assert_eq!(
        last.expect("no final result")["result"]["resultType"],
        "complete",
        "{rest:?}"
    );
    assert!(!rest.iter().any(|message| message["id"] == "first"), "{rest:?}");
}

#[cfg(unix)]
#[test]
fn subscriptions_of_both_eras_outlive_the_owner_of_the_store() {
    // One dies and says nothing, and one stops as it should and ends what is open.
    for stops in [false, true] {
        let dir = tempfile::tempdir().unwrap();
        let owner = Server::start(dir.path());
        let mut window = Server::start(dir.path());
        let (run, token) = begun(&mut window);
        let uri = format!("firstmate://run/{run}");
        assert!(window.request("resources/subscribe", json!({"uri": uri}))["result"].is_object());
        let token = submit(&mut window, &token);
        assert_eq!(heard(&mut window, UPDATED)["uri"], uri);
        let mut modern = Server::spawn(firstmate(dir.path()).args(["serve", "--stdio"]));
        let listen = json!({"jsonrpc": "2.0", "id": "news", "method": "subscriptions/listen",
            "params": {"notifications": {"resourceSubscriptions": [uri]}, "_meta": meta()}});
        modern.send(&listen.to_string());
        heard(&mut modern, "notifications/subscriptions/acknowledged");

        if stops {
            assert!(owner.finish().success());
        } else {
            owner.kill();
        }
        // Whatever happened meanwhile, both are told to look again; and then of what happens.
        for told in 0..2 {
            assert_eq!(heard(&mut window, UPDATED)["uri"], uri);
            let news = heard(&mut modern, UPDATED);
            let stream = &news["_meta"]["io.modelcontextprotocol/subscriptionId"];
            assert_eq!((&news["uri"], stream), (&json!(uri), &json!("news")));
            if told == 0 {
                submit(&mut window, &token);
            }
        }
        let rest = modern.leave();
        assert_eq!(
            rest.iter().filter(|message| message["id"] == "news").count(),
            1,
            "{rest:?}"
        );
        let acknowledged = "notifications/subscriptions/acknowledged";
        assert!(
            !rest.iter().any(|message| message["method"] == acknowledged),
            "{rest:?}"
        );
    }
}

fn template(name: &str) -> String {
    format!(
        "format: 1\nname: {name}\ntitle: Do {name}\nwhen: For tests.\ntask_types: [general]\nroles:\n  - id: r\n    does: You do it.\nsteps:\n  - id: only\n    role: r\n    goal: Do it.\n"
    )
}

#[test]
fn a_file_of_a_template_that_comes_is_told_of_and_listed() {
    let dir = tempfile::tempdir().unwrap();
    let crew = dir.path().join(".firstmate/crew");
    std::fs::create_dir_all(&crew).unwrap();
    std::fs::write(crew.join("early.yaml"), template("early")).unwrap();
    let mut server = Server::start(dir.path());
    assert!(
        server.request("resources/subscribe", json!({"uri": "firstmate://templates"}))["result"].is_object()
    );
    // What is there when it first looks is no news.
    std::thread::sleep(std::time::Duration::from_millis(1_500));
    std::fs::write(crew.join("late.yaml"), template("late")).unwrap();
    assert_eq!(heard(&mut server, UPDATED)["uri"], "firstmate://templates");
    heard(&mut server, "notifications/prompts/list_changed");
    heard(&mut server, "notifications/resources/list_changed");
    let prompts = server.request("prompts/list", json!({})).to_string();
    assert!(
        prompts.contains("\"early\"") && prompts.contains("\"late\""),
        "{prompts}"
    );
    let graph = server.request(
        "resources/read",
        json!({"uri": "firstmate://template/late/graph"}),
    );
    assert!(graph.to_string().contains("only<br/>r"), "{graph}");
    assert!(server.finish().success());
}

#[test]
fn changed_rules_are_told_of_once_they_are_in_force() {
    let dir = tempfile::tempdir().unwrap();
    let rule =
        |id: &str| format!("{{id: {id}, when: {{tool: {id}}}, then: deny, why: Not here., fix: Leave it.}}");
    let mut server = Server::with(dir.path(), "", &[rule("first")]);
    assert!(
        server.request("resources/subscribe", json!({"uri": "firstmate://policy"}))["result"].is_object()
    );
    let pack = format!(
        "version: 1\nrules:\n  - {}\n  - {}\n",
        rule("first"),
        rule("second")
    );
    std::fs::write(dir.path().join("team.yaml"), pack).unwrap();
    assert_eq!(heard(&mut server, UPDATED)["uri"], "firstmate://policy");
    let read = server.request("resources/read", json!({"uri": "firstmate://policy/packs"}));
    assert!(read.to_string().contains("second"), "{read}");
    assert!(server.finish().success());
}

#[test]
fn long_lists_come_in_pages_that_stay_right_when_something_comes_between() {
    let dir = tempfile::tempdir().unwrap();
    let crew = dir.path().join(".firstmate/crew");
    std::fs::create_dir_all(&crew).unwrap();
    for n in 0..60 {
        std::fs::write(crew.join(format!("t{n:02}.yaml")), template(&format!("t{n:02}"))).unwrap();
    }
    std::fs::write(dir.path().join("config.toml"), "[call]\nlist_page = 20\n").unwrap();
    let mut server = Server::configured(dir.path());
    server.initialize();
    let (mut names, mut cursor, mut pages) = (Vec::new(), Value::Null, Vec::new());
    loop {
        let page = server.request("prompts/list", json!({"cursor": cursor}))["result"].clone();
        let prompts = page["prompts"].as_array().unwrap();
        names.extend(
            prompts
                .iter()
                .map(|prompt| prompt["name"].as_str().unwrap().to_owned()),
        );
        pages.push(prompts.len());
        cursor = page["nextCursor"].clone();
        if cursor.is_null() {
            break;
        }
        if pages.len() == 2 {
            // One that was shown goes, one comes before and one behind what was shown.
            std::fs::remove_file(crew.join("t03.yaml")).unwrap();
            std::fs::write(crew.join("a.yaml"), template("a")).unwrap();
            std::fs::write(crew.join("z.yaml"), template("z")).unwrap();
        }
    }
    assert_eq!(pages, [20, 20, 20, 13], "{names:?}");
    let mut distinct = names.clone();
    distinct.sort();
    distinct.dedup();
    assert_eq!((distinct.len(), names.len()), (73, 73));
    assert!(
        !names.contains(&"a".to_owned()) && names.contains(&"z".to_owned()),
        "{names:?}"
    );
    let foreign = server.request("prompts/list", json!({}))["result"]["nextCursor"].clone();
    for method in ["tools/list", "resources/list", "resources/templates/list"] {
        for wrong in [foreign.clone(), json!("no cursor"), json!("x".repeat(100_000))] {
            assert_eq!(
                code(&server.request(method, json!({"cursor": wrong}))),
                -32602,
                "{method}"
            );
        }
    }
    assert!(server.finish().success());
}

#[test]
fn completion_takes_only_what_there_is_and_finds_nothing_of_others() {
    let dir = tempfile::tempdir().unwrap();
    let mut server = Server::start(dir.path());
    let (run, _) = begun(&mut server);
    server.call(
        "record_lesson",
        json!({"lesson": "the tide comes twice a day", "tags": ["tides", "sea"]}),
    );
    let mut other = Server::spawn(in_project(dir.path(), "other").args(["serve", "--stdio"]));
    other.initialize();
    let complete = |server: &mut Server, reference: Value, name: &str, value: &str| {
        let argument = json!({"name": name, "value": value});
        server.request(
            "completion/complete",
            json!({"ref": reference, "argument": argument}),
        )
    };
    let uri = |path: &str| json!({"type": "ref/resource", "uri": format!("firstmate://{path}")});
    let values = |answer: &Value| answer["result"]["completion"]["values"].clone();
    let found = complete(&mut server, uri("lessons/{tag}"), "tag", "tid");
    assert_eq!(
        found["result"]["completion"],
        json!({"values": ["tides"], "total": 1, "hasMore": false})
    );
    assert_eq!(
        values(&complete(&mut server, uri("run/{run_id}"), "run_id", &run)),
        json!([run])
    );
    for (path, name) in [
        ("lessons/{tag}", "tag"),
        ("run/{run_id}", "run_id"),
        ("lesson/{lesson_id}", "lesson_id"),
    ] {
        assert_eq!(
            values(&complete(&mut other, uri(path), name, "")),
            json!([]),
            "{path}"
        );
    }
    let models = complete(&mut server, uri("model/{model_id}"), "model_id", "cl");
    assert!(!values(&models).as_array().unwrap().is_empty(), "{models}");
    let huge = complete(&mut server, uri("run/{run_id}"), "run_id", &"0".repeat(200_000));
    assert_eq!(
        huge["result"]["completion"],
        json!({"values": [], "total": 0, "hasMore": false})
    );
    for (reference, name) in [
        (uri("nothing/{run_id}"), "run_id"),
        (uri("run/{run_id}"), "lesson_id"),
        (json!({"type": "ref/prompt", "name": "no_such"}), "task"),
        (json!({"type": "ref/prompt", "name": "bug_fix"}), "no_such"),
        (json!({"type": "ref/nothing"}), "task"),
    ] {
        let answer = complete(&mut server, reference, name, "");
        assert_eq!(code(&answer), -32602, "{answer}");
    }
    assert!(server.finish().success());
}

#[test]
fn decisions_are_read_and_proved_and_those_of_another_project_are_not_there() {
    let dir = tempfile::tempdir().unwrap();
    let mut server = Server::start(dir.path());
    server.call("search_knowledge", json!({"query": "tides"}));
    let mut read = |uri: &str| {
        let answer = server.request("resources/read", json!({"uri": uri}));
        let text = answer["result"]["contents"][0]["text"]
            .as_str()
            .map(str::to_owned);
        text.map(|text| serde_json::from_str::<Value>(&text).unwrap())
    };
    let entry = read("firstmate://audit/1").unwrap();
    assert_eq!(
        (&entry["seq"], &entry["entry"]["via"]),
        (&json!(1), &json!("search_knowledge"))
    );
    let proof = read("firstmate://audit/1/proof").unwrap();
    assert_eq!(proof["hash"], entry["hash"]);
    assert!(read("firstmate://audit").unwrap()["entries"].as_u64() >= Some(3));
    for uri in [
        "firstmate://audit/0",
        "firstmate://audit/100000",
        "firstmate://audit/100000/proof",
    ] {
        assert_eq!(read(uri), None, "{uri}");
    }
    let mut other = Server::spawn(in_project(dir.path(), "other").args(["serve", "--stdio"]));
    other.initialize();
    for uri in ["firstmate://audit/1", "firstmate://audit/1/proof"] {
        assert_eq!(
            code(&other.request("resources/read", json!({"uri": uri}))),
            -32002
        );
    }
    // Whatever is offered as a number can be read, by each in its own project.
    let offered = |server: &mut Server| {
        let argument = json!({"name": "seq", "value": ""});
        let uri = json!({"type": "ref/resource", "uri": "firstmate://audit/{seq}"});
        let answer = server.request("completion/complete", json!({"ref": uri, "argument": argument}));
        let values = answer["result"]["completion"]["values"]
            .as_array()
            .unwrap()
            .clone();
        for seq in &values {
            let uri = format!("firstmate://audit/{}", seq.as_str().unwrap());
            let read = server.request("resources/read", json!({"uri": uri}));
            assert!(read["result"]["contents"][0]["text"].is_string(), "{uri}: {read}");
        }
        values
    };
    let (first, second) = (offered(&mut server), offered(&mut other));
    assert!(first.contains(&json!("1")), "{first:?}");
    assert!(!second.is_empty() && second.iter().all(|seq| !first.contains(seq)));
}

#[test]
fn remarks_come_as_important_as_they_were_asked_for_and_say_nothing_secret() {
    let dir = tempfile::tempdir().unwrap();
    let rules = [
        "{id: no-secrets, when: {tool: record_lesson}, then: deny, why: Not here., fix: Leave it.}"
            .to_owned(),
    ];
    let mut server = Server::with(dir.path(), "", &rules);
    let secret = json!({"name": "record_lesson", "arguments": {"lesson": "the canary sings"}});
    let with = |level: &str| {
        let mut meta = meta();
        meta["io.modelcontextprotocol/logLevel"] = json!(level);
        json!({"name": "record_lesson", "arguments": {"lesson": "the canary sings"}, "_meta": meta})
    };
    // Nobody asked for any.
    server.request("tools/call", secret.clone());
    assert!(server.request("logging/setLevel", json!({"level": "warning"}))["result"].is_object());
    server.call("route_task", json!({"task": "sort a list"}));
    server.send(&json!({"jsonrpc": "2.0", "id": "x", "method": "tools/call", "params": secret}).to_string());
    let remark = heard(&mut server, "notifications/message");
    let expected = json!({"event": "tool_call", "tool": "record_lesson", "code": "policy.denied"});
    assert_eq!(
        (&remark["level"], &remark["logger"]),
        (&json!("warning"), &json!("firstmate"))
    );
    for (field, value) in expected.as_object().unwrap() {
        assert_eq!(&remark["data"][field], value, "{remark}");
    }
    assert!(!remark.to_string().contains("canary"), "{remark}");
    assert_eq!(
        code(&server.request("logging/setLevel", json!({"level": "loud"}))),
        -32602
    );
    assert!(server.finish().success());

    let mut modern = Server::configured(dir.path());
    for (level, expected) in [("error", 0), ("debug", 1)] {
        modern.send(
            &json!({"jsonrpc": "2.0", "id": level, "method": "tools/call", "params": with(level)})
                .to_string(),
        );
        let mut remarks = 0;
        loop {
            let message = modern.receive().unwrap();
            remarks += usize::from(message["method"] == "notifications/message");
            if message["id"] == level {
                break;
            }
        }
        assert_eq!(remarks, expected, "{level}");
    }
}

#[test]
fn tools_that_are_not_offered_vanish_and_say_how_they_would_come_back() {
    let dir = tempfile::tempdir().unwrap();
    let names = |server: &mut Server| -> Vec<String> {
        let listed = server.request("tools/list", json!({}));
        let tools = listed["result"]["tools"].as_array().unwrap().iter();
        tools
            .map(|tool| tool["name"].as_str().unwrap().to_owned())
            .collect()
    };
    let readers = [
        "enforce_policy",
        "route_task",
        "search_knowledge",
        "validate_output",
    ];
    // The second comes to the store through the first, and has its own flags.
    let mut owner = Server::spawn(firstmate(dir.path()).args(["serve", "--stdio", "--read-only"]));
    owner.initialize();
    let mut window = Server::spawn(firstmate(dir.path()).args(["serve", "--tools", "route_task,run_crew"]));
    window.initialize();
    assert_eq!(names(&mut owner), readers);
    assert_eq!(names(&mut window), ["route_task", "run_crew"]);
    let error = owner.call_error("run_crew", json!({"task": "count"}));
    assert_eq!(error["code"], "tool_disabled", "{error}");
    assert!(error["hint"].as_str().unwrap().contains("--read-only"), "{error}");
    let error = window.call_error("record_lesson", json!({"lesson": "count from one"}));
    assert!(error["hint"].as_str().unwrap().contains("--tools"), "{error}");
    window.call("run_crew", json!({"task": "count"}));
    // Each prompt begins a run.
    assert_eq!(
        owner.request("prompts/list", json!({}))["result"]["prompts"],
        json!([])
    );
    let prompt = json!({"name": "bug_fix", "arguments": {"task": "mend it"}});
    assert_eq!(code(&owner.request("prompts/get", prompt.clone())), -32602);
    assert!(window.request("prompts/get", prompt)["result"].is_object());
    let discovered = owner.request("server/discover", json!({"_meta": meta()}));
    let instructions = discovered["result"]["instructions"].as_str().unwrap();
    assert!(
        !instructions.contains("run_crew") && instructions.contains("route_task"),
        "{instructions}"
    );
    // A command is not the owner's client.
    let (status, _, stderr) = run(
        dir.path(),
        &["call", "record_lesson", r#"{"lesson": "count from one"}"#],
    );
    assert_eq!(status, Some(0), "{stderr}");
    let (status, _, stderr) = run(dir.path(), &["serve", "--tools", "rout_task"]);
    assert!(
        status == Some(1) && stderr.contains("config.value") && stderr.contains("route_task"),
        "{stderr}"
    );
}

#[test]
fn every_result_of_the_newer_protocol_says_who_gave_it_and_how_long_it_holds() {
    let dir = tempfile::tempdir().unwrap();
    let mut server = Server::start(dir.path());
    let reference = json!({"type": "ref/prompt", "name": "bug_fix"});
    let requests = [
        ("server/discover", json!({}), Some((60_000, "private"))),
        ("tools/list", json!({}), Some((300_000, "public"))),
        ("prompts/list", json!({}), Some((5_000, "private"))),
        ("resources/list", json!({}), Some((0, "private"))),
        ("resources/templates/list", json!({}), Some((3_600_000, "public"))),
        (
            "resources/read",
            json!({"uri": "firstmate://models"}),
            Some((60_000, "private")),
        ),
        (
            "resources/read",
            json!({"uri": "firstmate://runs"}),
            Some((0, "private")),
        ),
        (
            "tools/call",
            json!({"name": "route_task", "arguments": {"task": "sort a list"}}),
            None,
        ),
        (
            "prompts/get",
            json!({"name": "bug_fix", "arguments": {"task": "mend it"}}),
            None,
        ),
        (
            "completion/complete",
            json!({"ref": reference, "argument": {"name": "task", "value": ""}}),
            None,
        ),
    ];
    for (method, params, hints) in requests {
        let mut newer = params.clone();
        newer["_meta"] = meta();
        let result = server.request(method, newer)["result"].clone();
        assert_eq!(
            result["_meta"]["io.modelcontextprotocol/serverInfo"]["name"], "firstmate",
            "{method}: {result}"
        );
        if let Some((ttl, scope)) = hints {
            assert_eq!(
                (&result["ttlMs"], &result["cacheScope"]),
                (&json!(ttl), &json!(scope)),
                "{method}"
            );
        }
        if method != "server/discover" {
            let older = server.request(method, params)["result"].clone();
            assert!(
                older.is_object() && older.get("_meta").is_none(),
                "{method}: {older}"
            );
        }
    }
    assert!(server.finish().success());
}
