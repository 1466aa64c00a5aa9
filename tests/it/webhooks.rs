//! Receivers are told of what happens in runs, whatever happens to the server meanwhile.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::receiver::{Receiver, Say, printed, server};
use crate::support::{PATIENCE, Server};

const EVENTS: &str =
    "events = [\"step.completed\", \"run.completed\", \"approval.asked\", \"run.input_required\"]";

fn ok() -> Say {
    Say::This(200, String::new())
}

/// Does a run of two steps to its end.
fn work(server: &mut Server) -> Value {
    let plan = json!({"steps": [{"id": "first", "goal": "say one"}, {"id": "second", "goal": "say two"}]});
    let mut reply = server.call("run_crew", json!({"task": "count", "plan": plan}));
    for output in ["one", "two"] {
        let token = &reply["pending"][0]["step_token"];
        reply = server.call(
            "run_crew",
            json!({"submissions": [{"step_token": token, "output": output}]}),
        );
    }
    assert_eq!(reply["status"], "completed", "{reply}");
    reply
}

fn list(dir: &std::path::Path, settings: &str) -> Value {
    serde_json::from_str(&printed(dir, settings, &["webhook", "list", "--format", "json"])).unwrap()
}

/// Looks until `seen` is there.
fn until(what: &str, mut seen: impl FnMut() -> bool) {
    let until = Instant::now() + PATIENCE;
    while !seen() {
        assert!(Instant::now() < until, "never seen: {what}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn a_receiver_is_told_of_what_it_asked_for_signed_and_once() {
    let dir = tempfile::tempdir().unwrap();
    let receiver = Receiver::start(|_| ok());
    let settings = receiver.section("flow", EVENTS);
    let mut server = server(dir.path(), &settings);
    let run = work(&mut server);
    let heard = receiver.wait_for(5);
    heard.iter().for_each(|message| message.verify());
    let told: Vec<_> = heard
        .iter()
        .map(|one| one.body["type"].as_str().unwrap())
        .collect();
    assert_eq!(
        told,
        [
            "run.input_required",
            "step.completed",
            "run.input_required",
            "step.completed",
            "run.completed"
        ]
    );
    let ids: BTreeSet<_> = heard.iter().map(|one| &one.id).collect();
    assert_eq!(ids.len(), 5, "{ids:?}");
    assert!(
        heard
            .iter()
            .all(|one| one.body["data"]["run_id"] == run["run_id"])
    );
    assert!(
        heard.iter().all(|one| !one.text.contains("\"one\"")),
        "no outputs"
    );
    until("nothing waits", || {
        list(dir.path(), &settings)["waiting"] == json!([])
    });
    assert!(server.finish().success());
    assert_eq!(receiver.count(), 5);
}

#[test]
fn what_was_written_is_told_though_the_server_is_killed_before_it_could() {
    let dir = tempfile::tempdir().unwrap();
    // It reads, and says nothing: the server cannot know that the message arrived.
    let receiver = Receiver::start(|_| Say::Nothing);
    let settings = receiver.section("flow", EVENTS);
    let mut first = server(dir.path(), &settings);
    work(&mut first);
    let before = receiver.wait_for(1);
    first.kill();
    assert_eq!(receiver.count(), 1, "the others were not sent");

    receiver.say(|_| ok());
    let second = server(dir.path(), &settings);
    let heard = receiver.wait_for(6);
    until("nothing waits", || {
        list(dir.path(), &settings)["waiting"] == json!([])
    });
    assert!(second.finish().success());
    assert_eq!(receiver.count(), 6, "five messages, the first of them twice");
    let mut bodies: BTreeMap<_, BTreeSet<_>> = BTreeMap::new();
    for one in &heard {
        one.verify();
        bodies.entry(&one.id).or_default().insert(&one.text);
    }
    assert_eq!(bodies.len(), 5, "{bodies:?}");
    assert!(
        bodies.values().all(|texts| texts.len() == 1),
        "one id, one message: {bodies:?}"
    );
    assert!(
        heard[1..].iter().any(|one| one.id == before[0].id),
        "it is sent again under its id"
    );
}

#[test]
fn what_is_not_taken_is_sent_again_then_put_aside_and_sent_by_hand() {
    let dir = tempfile::tempdir().unwrap();
    let mut said = 0;
    let receiver = Receiver::start(move |_| {
        said += 1;
        match said {
            1 | 2 => Say::With(503, "Retry-After: 1".to_owned(), String::new()),
            _ => ok(),
        }
    });
    let settings = receiver.section("flow", "events = [\"run.completed\"]\nmax_tries = 3");
    let mut server = server(dir.path(), &settings);
    let since = Instant::now();
    work(&mut server);
    let heard = receiver.wait_for(3);
    assert!(
        since.elapsed() >= Duration::from_secs(2),
        "not before the receiver wants it"
    );
    assert!(
        heard
            .iter()
            .all(|one| one.id == heard[0].id && one.text == heard[0].text)
    );

    receiver.say(|_| Say::This(500, "secret words".to_owned()));
    work(&mut server);
    receiver.wait_for(6);
    until("it is put aside", || {
        list(dir.path(), &settings)["dead"] != json!([])
    });
    let dead = list(dir.path(), &settings)["dead"][0].clone();
    assert_eq!(
        (&dead["tries"], &dead["topic"]),
        (&json!(3), &json!("run.completed"))
    );
    assert_eq!(
        dead["last_failure"],
        "webhook `flow`: it is in trouble (HTTP 500)"
    );
    let id = dead["id"].as_str().unwrap();
    let told = printed(dir.path(), &settings, &["webhook", "list"]);
    assert!(told.contains("Not brought:") && told.contains(id), "{told}");

    receiver.say(|_| ok());
    let told = printed(dir.path(), &settings, &["webhook", "retry", id]);
    assert_eq!(told, format!("{id} goes to flow again.\n"));
    assert_eq!(receiver.wait_for(7)[6].id, id);
    until("nothing is left", || {
        list(dir.path(), &settings)["dead"] == json!([])
    });
    assert!(server.finish().success());
}

#[test]
fn a_receiver_that_is_gone_is_switched_off_until_somebody_tries_again() {
    let dir = tempfile::tempdir().unwrap();
    let receiver = Receiver::start(|_| Say::This(410, String::new()));
    let settings = receiver.section("flow", "events = [\"run.completed\"]");
    let mut first = server(dir.path(), &settings);
    work(&mut first);
    receiver.wait_for(1);
    until("it is put aside", || {
        list(dir.path(), &settings)["dead"] != json!([])
    });
    assert!(first.finish().success());

    // Over a restart, too.
    let mut second = server(dir.path(), &settings);
    work(&mut second);
    until("both are put aside", || {
        list(dir.path(), &settings)["dead"].as_array().map(Vec::len) == Some(2)
    });
    assert_eq!(receiver.count(), 1, "it was not told again");
    let told = printed(dir.path(), &settings, &["webhook", "list"]);
    assert!(told.contains("2 not brought, switched off by its 410"), "{told}");

    receiver.say(|_| ok());
    let dead = list(dir.path(), &settings)["dead"].clone();
    for one in dead.as_array().unwrap() {
        printed(
            dir.path(),
            &settings,
            &["webhook", "retry", one["id"].as_str().unwrap()],
        );
    }
    receiver.wait_for(3);
    until("nothing is left", || {
        list(dir.path(), &settings)["dead"] == json!([])
    });
    assert!(second.finish().success());
}

#[test]
fn an_address_that_may_not_be_called_stops_the_start_in_words() {
    let dir = tempfile::tempdir().unwrap();
    for (url, why) in [
        ("http://127.0.0.1:9/hook", "https is needed"),
        ("https://169.254.169.254/hook", "link-local"),
        ("https://[::ffff:10.0.0.1]/hook", "of another kind inside"),
    ] {
        let settings = format!("[webhooks.flow]\nurl = {url:?}\nsecret_env = \"FLOW_SECRET\"\n");
        let mut command = crate::receiver::command(dir.path(), &settings);
        let output = command.args(["call", "run_crew", "{}"]).output().unwrap();
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{stderr}");
        assert!(
            stderr.contains("model.endpoint") && stderr.contains(why),
            "{stderr}"
        );
    }
}
