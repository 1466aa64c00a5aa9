use super::*;
use crate::clock::ManualClock;
use crate::domain::run::FailureClass;
use crate::model::Kind;
use crate::model::scripted::{Part, Scripted, ScriptedModel};
use crate::model::{Courier, Failure, Message, Model, Prices, Question};
use crate::policy::{Bundle, Source};
use crate::store::memory;

struct World {
    inner: Arc<Scripted>,
    guarded: Guarded<dyn Embedder>,
    audit: Arc<dyn crate::store::Audit>,
    scope: Scope,
}

/// What the record says of each decision, oldest first.
async fn recorded(world: &World) -> Vec<String> {
    in_record(&world.audit, &world.scope).await
}

async fn in_record(audit: &Arc<dyn crate::store::Audit>, scope: &Scope) -> Vec<String> {
    let entries = audit.entries(scope, 0, 100).await.unwrap();
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
    let (gate, audit) = gate(rules);
    let inner = Arc::new(Scripted::new("scripted/m/1", 8));
    World {
        guarded: Guarded::new(inner.clone(), (&endpoint(url)).into(), gate),
        inner,
        audit,
        scope: Scope::new("local", "/p", "ada").unwrap(),
    }
}

fn gate(rules: &str) -> (Arc<Gate>, Arc<dyn crate::store::Audit>) {
    let stores = memory::stores();
    let source = Source {
        name: "team".to_owned(),
        text: format!("version: 1\nrules:\n{rules}"),
    };
    let bundle = Bundle::load(&[source]).unwrap();
    let gate = Gate::new(bundle, stores.audit.clone(), Arc::new(ManualClock::new()));
    (Arc::new(gate), stores.audit)
}

/// A model at `url`, behind these rules.
fn model(url: &str, rules: &str) -> Asked {
    let (gate, audit) = gate(rules);
    let prices = Prices {
        input: 3.0,
        output: 15.0,
        cached: 3.0,
    };
    let inner = Arc::new(ScriptedModel::new("there/m", vec![Part::answers("42")]).at(prices));
    Asked {
        guarded: Guarded::new(inner.clone(), (&endpoint(url)).into(), gate),
        inner,
        audit,
        scope: Scope::new("local", "/p", "ada").unwrap(),
    }
}

struct Asked {
    inner: Arc<ScriptedModel>,
    guarded: Guarded<dyn Model>,
    audit: Arc<dyn crate::store::Audit>,
    scope: Scope,
}

/// Takes every message.
#[derive(Debug, Default)]
struct Posted(std::sync::Mutex<Vec<Message>>);

#[async_trait]
impl Courier for Posted {
    async fn bring(&self, _: &Scope, message: &Message) -> std::result::Result<(), Failure> {
        self.0.lock().unwrap().push(message.clone());
        Ok(())
    }
}

fn receiver(rules: &str) -> (Guarded<dyn Courier>, Arc<Posted>, Arc<dyn crate::store::Audit>) {
    let (gate, audit) = gate(rules);
    let posted = Arc::new(Posted::default());
    let address = Address {
        url: "https://flows.example/hook".to_owned(),
        model: "flow".to_owned(),
    };
    (Guarded::new(posted.clone(), address, gate), posted, audit)
}

fn message(body: &str) -> Message {
    Message {
        id: "msg_run_1".to_owned(),
        run: crate::domain::RunId::new("run"),
        body: body.to_owned(),
    }
}

fn question(prompt: &str) -> Question {
    Question {
        system: "Be brief.".to_owned(),
        prompt: prompt.to_owned(),
        schema: None,
        max_tokens: 1_000,
        timeout: std::time::Duration::from_secs(1),
        idempotency_key: "run-1/step/1".to_owned(),
        token: None,
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
            Outgoing::Ask => {
                let rule = "  - {id: at-home, when: {tool: model, to: model.remote}, then: deny, why: No., fix: Use a local one.}\n";
                let away = model(REMOTE, rule);
                let failure = away
                    .guarded
                    .ask(&away.scope, &question("crane"))
                    .await
                    .unwrap_err();
                assert_eq!(failure.class, FailureClass::Denied);
                assert_eq!(
                    failure.message,
                    "policy does not let the question go to there/m (rule at-home): No."
                );
                assert_eq!(away.inner.asked(), [], "nothing was sent");
                assert_eq!(in_record(&away.audit, &away.scope).await, ["model Deny at-home"]);

                let home = model(LOCAL, rule);
                assert_eq!(
                    home.guarded
                        .ask(&home.scope, &question("crane"))
                        .await
                        .unwrap()
                        .text,
                    "42"
                );
                home.guarded.ask(&home.scope, &question("wharf")).await.unwrap();
                assert_eq!(home.inner.asked(), [question("crane"), question("wharf")]);
                // Each with its decision and what became of it; the last outcome is written with the next decision.
                let recorded = in_record(&home.audit, &home.scope).await;
                assert_eq!(recorded, ["model Allow "; 4]);
            }
            Outgoing::Webhook => {
                let rule = "  - {id: no-hooks, when: {tool: webhook, kind: http, to: network, finding: pii}, then: deny, why: No., fix: Leave it.}\n";
                let (guarded, posted, audit) = receiver(rule);
                let scope = Scope::new("local", "/p", "ada").unwrap();
                let failure = guarded
                    .bring(&scope, &message("ask ada@corp.io"))
                    .await
                    .unwrap_err();
                assert_eq!(failure.class, FailureClass::Denied);
                assert_eq!(
                    failure.message,
                    "policy does not let it be sent to webhook `flow` (rule no-hooks): No."
                );
                assert_eq!(*posted.0.lock().unwrap(), [], "nothing was sent");
                guarded.bring(&scope, &message("a plan")).await.unwrap();
                assert_eq!(*posted.0.lock().unwrap(), [message("a plan")]);
                assert_eq!(
                    in_record(&audit, &scope).await,
                    ["webhook Deny no-hooks", "webhook Allow ", "webhook Allow "]
                );

                // What a receiver is to do goes out the same way.
                let rule =
                    "  - {id: no-steps, when: {tool: webhook}, then: deny, why: No., fix: Leave it.}\n";
                let asked = model(REMOTE, rule);
                let guarded = asked.guarded.by_webhook();
                let failure = guarded.ask(&asked.scope, &question("crane")).await.unwrap_err();
                assert!(failure.message.contains("rule no-steps"), "{failure:?}");
                assert_eq!(
                    in_record(&asked.audit, &asked.scope).await,
                    ["webhook Deny no-steps"]
                );
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

#[tokio::test]
async fn of_a_question_only_what_may_go_goes() {
    let rule = "  - {id: no-mail, when: {finding: pii, to: model.remote}, then: redact}\n";
    let asked = model(REMOTE, rule);
    let told = Question {
        system: "You help bob@corp.io.".to_owned(),
        schema: Some(json!({"type": "string", "description": "as eve@corp.io says it"})),
        ..question("ask ada@corp.io for the plan")
    };
    asked.guarded.ask(&asked.scope, &told).await.unwrap();
    let sent = asked.inner.asked().pop().unwrap();
    let texts = format!("{} {} {}", sent.system, sent.prompt, sent.schema.clone().unwrap());
    assert!(!texts.contains("corp.io"), "{texts}");
    assert!(
        sent.prompt.starts_with("ask ") && sent.prompt.ends_with(" for the plan"),
        "{texts}"
    );
    assert_eq!(
        (sent.max_tokens, &sent.idempotency_key),
        (told.max_tokens, &told.idempotency_key)
    );
}

#[tokio::test]
async fn what_a_question_may_take_counts_for_limits_of_its_run() {
    let rule = "  - {id: dear, when: {tool: model}, limit: {usd: 0.04, per: run}, fix: Stop.}\n";
    let asked = model(LOCAL, rule);
    // A thousand tokens of answer are a cent and a half.
    let mut ended = Vec::new();
    for _ in 0..3 {
        ended.push(asked.guarded.ask(&asked.scope, &question("crane")).await.is_ok());
    }
    assert_eq!(ended, [true, true, false]);
    let other = Question {
        idempotency_key: "run-2/step/1".to_owned(),
        token: None,
        ..question("crane")
    };
    assert!(asked.guarded.ask(&asked.scope, &other).await.is_ok());
}

#[tokio::test]
async fn a_person_can_allow_a_question() {
    let rule = "  - {id: ask, when: {tool: model}, then: require_approval, fix: Ask.}\n";
    let asked = model(LOCAL, rule);
    let failure = asked
        .guarded
        .ask(&asked.scope, &question("crane"))
        .await
        .unwrap_err();
    assert_eq!(failure.class, FailureClass::Denied);
    assert!(failure.message.contains("firstmate approvals"), "{failure:?}");
    let pending = asked.guarded.gate.approvals(&asked.scope);
    assert_eq!(pending.len(), 1);
}
