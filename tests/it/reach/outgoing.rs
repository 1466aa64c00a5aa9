//! Everything that goes out.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use firstmate::app;
use firstmate::clock::{Clock, SystemClock};
use firstmate::config::Config;
use firstmate::domain::run::FailureClass;
use firstmate::model::faulty::{Faulty, Reply};
use firstmate::model::{Outgoing, Question};
use firstmate::routing::Catalogue;
use firstmate::store::memory;

use super::*;
use crate::receiver::{self, Receiver, Say};
use crate::support::PATIENCE;

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
