use super::*;
use crate::clock::ManualClock;
use crate::model::Kind;
use crate::model::scripted::Scripted;
use crate::policy::{Bundle, Source};
use crate::store::memory;

struct World {
    inner: Arc<Scripted>,
    guarded: Guarded,
    audit: Arc<dyn crate::store::Audit>,
    scope: Scope,
}

/// What the record says of each decision, oldest first.
async fn recorded(world: &World) -> Vec<String> {
    let entries = world.audit.entries(&world.scope, 0, 100).await.unwrap();
    entries
        .into_iter()
        .map(|(_, record)| record.entry)
        .map(|entry| format!("{} {:?} {}", entry.via, entry.effect, entry.rules.join(",")))
        .collect()
}

fn endpoint(url: &str) -> Endpoint {
    Endpoint {
        kind: Kind::Ollama,
        url: url.to_owned(),
        model: "m".to_owned(),
        api_key: None,
    }
}

fn world(url: &str, rules: &str) -> World {
    let stores = memory::stores();
    let source = Source {
        name: "team".to_owned(),
        text: format!("version: 1\nrules:\n{rules}"),
    };
    let bundle = Bundle::load(&[source]).unwrap();
    let gate = Gate::new(bundle, stores.audit.clone(), Arc::new(ManualClock::new()));
    let inner = Arc::new(Scripted::new("scripted/m/1", 8));
    World {
        guarded: Guarded::new(inner.clone(), endpoint(url), Arc::new(gate)),
        inner,
        audit: stores.audit,
        scope: Scope::new("local", "/p", "ada").unwrap(),
    }
}

const REMOTE: &str = "https://models.example";
const LOCAL: &str = "http://127.0.0.1:11434";

#[tokio::test]
async fn every_outgoing_call_can_be_denied_by_where_it_goes_and_is_recorded_once() {
    for call in Outgoing::ALL {
        match call {
            Outgoing::Embed => {
                let rule = "  - {id: at-home, when: {tool: embedder, to: model.remote}, then: deny, why: No., fix: Use a local one.}\n";
                let away = world(REMOTE, rule);
                for _ in 0..3 {
                    let error = away.guarded.embed(&away.scope, &["crane"]).await.unwrap_err();
                    assert_eq!(error.code(), "model.denied");
                    assert!(error.to_string().contains("rule at-home"), "{error}");
                }
                assert_eq!(away.inner.asked(), 0, "nothing was sent");
                assert_eq!(recorded(&away).await, ["embedder Deny at-home"]);

                let home = world(LOCAL, rule);
                home.guarded.embed(&home.scope, &["crane"]).await.unwrap();
                home.guarded.embed(&home.scope, &["wharf"]).await.unwrap();
                assert_eq!(home.inner.asked(), 2);
                assert_eq!(recorded(&home).await, ["embedder Allow "]);
            }
        }
    }
}

#[tokio::test]
async fn what_a_rule_wants_redacted_is_not_sent() {
    let world = world(
        REMOTE,
        "  - {id: no-mail, when: {finding: pii, to: model.remote}, then: redact}\n",
    );
    let vectors = world.guarded.embed(&world.scope, &["ask ada@corp.io"]);
    let vectors = vectors.await.unwrap();
    let plain = world
        .inner
        .embed(&world.scope, &["ask ada@corp.io"])
        .await
        .unwrap();
    assert_ne!(vectors, plain);
}

#[tokio::test]
async fn calls_count_for_limits_though_only_the_first_is_recorded() {
    let world = world(
        REMOTE,
        "  - {id: two-a-day, when: {tool: embedder}, limit: {calls: 2, per: day}, fix: Wait.}\n",
    );
    for _ in 0..2 {
        world.guarded.embed(&world.scope, &["x"]).await.unwrap();
    }
    let error = world.guarded.embed(&world.scope, &["x"]).await.unwrap_err();
    assert!(error.to_string().contains("two-a-day"), "{error}");
    let recorded = recorded(&world).await;
    assert_eq!(recorded.first().unwrap(), "embedder Allow ");
    assert_eq!(recorded.last().unwrap(), "embedder Deny two-a-day");
}

#[tokio::test]
async fn where_a_person_would_have_to_allow_it_nothing_waits() {
    let world = world(
        LOCAL,
        "  - {id: ask, when: {tool: embedder}, then: require_approval, fix: Ask.}\n",
    );
    let error = world.guarded.embed(&world.scope, &["x"]).await.unwrap_err();
    assert!(error.to_string().contains("cannot ask one"), "{error}");
    assert!(world.guarded.gate.approvals(&world.scope).is_empty());
}
