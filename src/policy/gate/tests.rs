//! Actions before a gate with packs of rules and a log that can fail.

mod approvals;
mod looked;
mod recall;
mod recorded;
mod team;

use std::sync::Mutex;
use std::time::Duration;

use super::*;
use crate::audit::Part;
use crate::clock::ManualClock;
use crate::detect::secrets::sample;
use crate::domain::{
    ActionKind, ActionResult, AuditEntry, AuditRecord, AuditRef, Destination, Effect, Retry,
};
use crate::policy::Source;
use crate::store;

/// A log that can be told to fail.
#[derive(Debug, Default)]
struct Log {
    entries: Mutex<Vec<AuditRecord>>,
    full: std::sync::atomic::AtomicBool,
}

#[async_trait::async_trait]
impl Audit for Log {
    async fn append(&self, record: AuditRecord) -> store::Result<AuditRef> {
        if self.full.load(std::sync::atomic::Ordering::SeqCst) {
            return Err(store::Error::Io {
                doing: "write",
                detail: "no space left".to_owned(),
            });
        }
        let mut entries = self.entries.lock().unwrap();
        entries.push(record);
        Ok(AuditRef {
            seq: entries.len() as u64,
            hash: Digest::of(b""),
        })
    }

    fn append_later(&self, record: AuditRecord) {
        self.entries.lock().unwrap().push(record);
    }

    async fn entries(&self, _: &Scope, _: u64, _: usize) -> store::Result<Vec<(AuditRef, AuditRecord)>> {
        Ok(Vec::new())
    }

    async fn part(&self, _: &Scope, _: u64) -> store::Result<Option<Part>> {
        Ok(None)
    }

    async fn before(&self, _: &Scope, _: Duration) -> store::Result<u64> {
        Ok(0)
    }
}

struct Fixture {
    gate: Gate,
    log: Arc<Log>,
    clock: Arc<ManualClock>,
}

fn fixture(pack: &str) -> Fixture {
    let sources: Vec<Source> = (!pack.is_empty())
        .then(|| Source {
            name: "team.yaml".to_owned(),
            text: pack.to_owned(),
        })
        .into_iter()
        .collect();
    let (log, clock) = (Arc::new(Log::default()), Arc::new(ManualClock::new()));
    let audit: Arc<dyn Audit> = Arc::clone(&log) as _;
    let gate = Gate::new(Bundle::load(&sources).unwrap(), audit, Arc::clone(&clock) as _);
    Fixture { gate, log, clock }
}

fn scope(project: &str) -> Scope {
    Scope::new("local", project, "ann").unwrap()
}

fn shell(command: &str) -> Action {
    Action::new(ActionKind::Shell).with_content(command)
}

impl Fixture {
    async fn decide(&self, action: &Action) -> Decision {
        self.gate
            .decide(&scope("p"), &Actor::default(), "enforce_policy", action)
            .await
            .unwrap()
    }

    async fn check(&self, action: Action) -> Checked {
        self.gate
            .check(&scope("p"), &Actor::default(), "crew.step", action)
            .await
            .unwrap()
    }

    fn records(&self) -> Vec<AuditRecord> {
        self.log.entries.lock().unwrap().clone()
    }

    fn entries(&self) -> Vec<AuditEntry> {
        self.records().into_iter().map(|record| record.entry).collect()
    }
}

#[tokio::test]
async fn a_permit_holds_the_redacted_action() {
    let f = fixture("");
    let token = sample("npm-token").unwrap();
    let action = Action::new(ActionKind::MemoryWrite).with_content(format!("use {token}"));
    let Checked::Permitted(permit) = f.check(action).await else {
        panic!("stopped")
    };
    assert_eq!(permit.decision().effect, Effect::Redact);
    let content = permit.action().content.clone().unwrap();
    assert!(
        content.starts_with("use [secret:npm-token:") && !content.contains(&token),
        "{content}"
    );
    assert!(!serde_json::to_string(permit.decision()).unwrap().contains(&token));
}

#[tokio::test]
async fn the_strictest_rule_wins_all_are_told_and_shadows_only_watch() {
    let pack = "version: 1\nrules:\n  - {id: careful, when: {kind: [shell, sql]}, then: warn}\n  - {id: never, when: {kind: shell}, then: deny}\n  - {id: watch, mode: shadow, when: {kind: sql}, then: deny}\n";
    let f = fixture(pack);
    let decision = f.decide(&shell("rm -rf src")).await;
    let ids: Vec<&str> = decision.rules.iter().map(|rule| rule.id.as_str()).collect();
    assert_eq!((decision.effect, decision.retry), (Effect::Deny, Retry::Never));
    assert_eq!(ids, ["never", "ask-before-destroying", "careful"]);
    let watched = f
        .decide(&Action::new(ActionKind::Sql).with_content("SELECT 1"))
        .await;
    assert_eq!((watched.effect, watched.rules[1].shadow), (Effect::Warn, true));
}

#[tokio::test]
async fn what_was_not_inspected_does_not_leave() {
    let f = fixture("");
    let large = "x ".repeat(1 << 20);
    for kind in [
        ActionKind::Http,
        ActionKind::ModelRequest,
        ActionKind::Message,
        ActionKind::MemoryWrite,
    ] {
        let decision = f.decide(&Action::new(kind).with_content(large.clone())).await;
        assert_eq!(
            (decision.effect, decision.rules[0].id.as_str()),
            (Effect::Deny, "unseen-stays-home"),
            "{kind:?}"
        );
    }
    assert_eq!(
        f.decide(&Action::new(ActionKind::FileWrite).with_content(large))
            .await
            .effect,
        Effect::Allow
    );
}

#[tokio::test]
async fn a_pack_can_stop_everything() {
    let f = fixture("version: 1\nrules:\n  - {id: nothing, when: {kind: \"*\"}, then: deny}\n");
    for kind in ActionKind::ALL {
        assert_eq!(
            f.decide(&Action::new(kind)).await.effect,
            Effect::Deny,
            "{kind:?}"
        );
    }
}

/// The policies people ask for most, each in a few lines.
#[tokio::test]
async fn the_usual_policies_can_be_written_and_hold() {
    let pack = r#"
version: 1
extends: [firstmate:secrets@1, firstmate:commands@1]
rules:
  - id: no-secrets-leave
    when: {finding: secret, to: [network, model.remote, message, memory]}
    then: deny
    why: A credential would leave this machine.
    fix: Send a reference such as ${VAULT:name}.
    tests:
      match: [{kind: http, content: "token=<sample:github-pat>"}]
      no_match: [{kind: http, content: "token=${GITHUB_TOKEN}"}]
  - id: no-force-push
    when: {command: git.push.force, branch: [main, "hotfix/*"]}
    then: deny
    fix: Push a new branch and open a pull request.
  - {id: deletions-need-a-person, when: {effect: destroy}, unless: {path: ["scratch/**"]}, then: require_approval}
  - {id: only-local-models, when: {kind: model_request, to: {not: model.local}, role: counsel}, then: deny}
  - {id: small-handovers, when: {kind: handover, bytes: "> 1000"}, then: require_approval}
  - {id: unreadable, when: {command: opaque.exec}, then: deny}
"#;
    let f = fixture(pack);
    let effect = async |action: Action, role: Option<&str>| {
        let actor = Actor {
            role: role.map(str::to_owned),
            ..Actor::default()
        };
        f.gate
            .decide(&scope("p"), &actor, "x", &action)
            .await
            .unwrap()
            .effect
    };
    let secret = Action::new(ActionKind::MemoryWrite).with_content(sample("npm-token").unwrap());
    assert_eq!(effect(secret, None).await, Effect::Deny);
    assert_eq!(
        effect(shell("git push -f origin hotfix/1"), None).await,
        Effect::Deny
    );
    assert_eq!(
        effect(shell("kubectl delete ns prod"), None).await,
        Effect::RequireApproval
    );
    let prompt = Action::new(ActionKind::ModelRequest).with_content("hello");
    assert_eq!(effect(prompt.clone(), Some("counsel")).await, Effect::Deny);
    assert_eq!(effect(prompt.clone(), Some("coder")).await, Effect::Allow);
    assert_eq!(
        effect(prompt.with_destination(Destination::ModelLocal), Some("counsel")).await,
        Effect::Allow
    );
    let long = Action::new(ActionKind::Handover).with_content("x".repeat(2_000));
    assert_eq!(effect(long, None).await, Effect::RequireApproval);
    assert_eq!(effect(shell("eval \"$CODE\""), None).await, Effect::Deny);
}
