//! What went before is known again after a restart, by the record.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::domain::{Label, MicroUsd};
use crate::store::memory;

const RULES: &str = "version: 1
rules:
  - {id: budget, limit: {usd: 5, per: run, warn_at: 60%}}
  - {id: rate, when: {kind: message}, limit: {calls: 3, per: hour}}
  - {id: size, limit: {bytes: 300, per: day}, mode: shadow}
  - {id: no-leak, flow: {after: untrusted, and: secret, to: network}, then: deny, fix: Start anew.}
  - {id: no-push, when: {command: git.push.force}, then: deny, fix: Open a pull request.}
  - {id: marked, when: {kind: memory_write, label: untrusted}, then: warn}
";

/// Processes that follow each other over one record.
struct Line {
    audit: Arc<dyn Audit>,
    clock: Arc<ManualClock>,
    gate: Gate,
}

impl Line {
    fn start() -> Self {
        Self::over(memory::stores().audit, Arc::new(ManualClock::new()))
    }

    fn over(audit: Arc<dyn Audit>, clock: Arc<ManualClock>) -> Self {
        let source = Source {
            name: "rules.yaml".to_owned(),
            text: RULES.to_owned(),
        };
        let bundle = Bundle::load(&[source]).unwrap();
        Self {
            gate: Gate::new(bundle, Arc::clone(&audit), Arc::clone(&clock) as _),
            audit,
            clock,
        }
    }

    /// The process ends and another one takes its place.
    fn restart(&mut self) {
        *self = Self::over(Arc::clone(&self.audit), Arc::clone(&self.clock));
    }

    async fn decide(&self, project: &str, run: Option<&str>, action: &Action) -> Decision {
        let actor = Actor {
            run: run.map(str::to_owned),
            ..Actor::default()
        };
        let scope = scope(project);
        self.gate.decide(&scope, &actor, "x", action).await.unwrap()
    }

    /// What is answered from the history: facts of a probe in every run, and refusals.
    async fn known(&self) -> BTreeMap<String, String> {
        let mut known = BTreeMap::new();
        for (project, run) in PLACES {
            let whose = Whose::of(&scope(project), run);
            self.gate.recall(&scope(project)).await;
            let mut history = self.gate.history();
            let mut facts = Facts::of(&shell("ls"), None);
            let bundle = self.gate.bundle();
            history.inform(&mut facts, &whose, None, bundle.limits(), self.clock.now());
            let rule = |id: &str| bundle.rule(id).unwrap();
            let free = ["rate", "size", "budget"]
                .map(|id| history.free_after_s(&whose, rule(id), &facts, self.clock.now()));
            let denials = ["no-push", "no-leak", "rate", "budget"].map(|id| history.denials(&whose, id));
            let told = format!(
                "{:?} {:?} {:?} {} {free:?} {denials:?}",
                facts.labels, facts.used, facts.uncounted, facts.run_unknown
            );
            known.insert(format!("{project} {run:?}"), told);
        }
        known
    }
}

const PLACES: [(&str, Option<&str>); 5] = [
    ("p", None),
    ("p", Some("a")),
    ("p", Some("b")),
    ("q", Some("a")),
    ("q", None),
];

fn mail() -> Action {
    Action::new(ActionKind::Message)
        .with_tool("mail")
        .with_content("hello")
}

fn costing(usd: f64) -> Action {
    Action {
        cost: MicroUsd::from_usd(usd),
        ..Action::new(ActionKind::ModelRequest)
            .with_content("hi")
            .with_destination(Destination::ModelLocal)
    }
}

fn send() -> Action {
    Action {
        url: Some("https://hooks.example.com/x".to_owned()),
        ..Action::new(ActionKind::Http).with_content("all is well")
    }
}

fn page() -> Action {
    Action::new(ActionKind::ToolResult).with_content("a page from the web")
}

fn key() -> Action {
    Action::new(ActionKind::FileRead).with_content(sample("github-pat").unwrap())
}

#[tokio::test]
async fn a_limit_a_budget_a_flow_and_refusals_outlive_the_process() {
    let mut line = Line::start();
    let push = shell("git push --force origin dev");
    for _ in 0..3 {
        assert_ne!(line.decide("p", None, &mail()).await.effect, Effect::Deny);
    }
    assert_ne!(
        line.decide("p", Some("a"), &costing(4.5)).await.effect,
        Effect::Deny
    );
    line.decide("p", Some("a"), &page()).await;
    for _ in 0..2 {
        let refused = line.decide("p", Some("a"), &push).await;
        assert_eq!(
            (refused.effect, refused.retry),
            (Effect::Deny, Retry::AfterChange)
        );
    }
    line.restart();
    let fourth = line.decide("p", None, &mail()).await;
    assert_eq!((fourth.effect, fourth.retry), (Effect::Deny, Retry::AfterTime));
    assert_eq!(
        line.decide("p", Some("a"), &costing(1.0)).await.effect,
        Effect::Deny
    );
    assert_eq!(line.decide("p", Some("a"), &push).await.retry, Retry::Never);
    assert_eq!(line.decide("p", Some("b"), &push).await.retry, Retry::AfterChange);
    line.restart();
    line.decide("p", Some("a"), &key()).await;
    line.restart();
    let leak = line.decide("p", Some("a"), &send()).await;
    assert_eq!(
        (leak.effect, leak.rules[0].id.as_str()),
        (Effect::Deny, "no-leak")
    );
    assert_ne!(line.decide("p", Some("b"), &send()).await.effect, Effect::Deny);
    line.clock.advance(Duration::from_secs(3_661));
    line.restart();
    assert_ne!(
        line.decide("p", None, &mail()).await.effect,
        Effect::Deny,
        "an hour passed"
    );
}

#[tokio::test]
async fn a_dry_run_and_an_answer_know_what_went_before_a_restart_too() {
    let mut line = Line::start();
    for _ in 0..3 {
        line.decide("p", None, &mail()).await;
    }
    line.restart();
    let (scope, actor) = (scope("p"), Actor::default());
    let dry = line.gate.preview_for(&scope, &actor, &mail()).await;
    assert_eq!(dry.effect, Effect::Deny);
    line.restart();
    let (checked, _recording) = line.gate.check_answer(&scope, &actor, "x", mail()).await;
    assert!(matches!(checked, Checked::Stopped(_)));
}

#[tokio::test]
async fn an_approval_counts_once_and_a_persons_refusal_is_none_of_a_rule() {
    let mut line = Line::start();
    let delete = shell("rm -rf src");
    for granted in [true, false] {
        let id = line.decide("p", Some("a"), &delete).await.approval.unwrap().id;
        let (scope, actor) = (
            scope("p"),
            Actor {
                run: Some("a".to_owned()),
                ..Actor::default()
            },
        );
        if granted {
            let given = line
                .gate
                .grant(&scope, &actor, "x", &id, delete.clone())
                .await
                .unwrap();
            line.gate
                .outcome(Checked::take_receipt(&mut { given }).unwrap(), None);
        } else {
            line.gate.refuse(&scope, &actor, "x", &id, &delete).await.unwrap();
        }
    }
    let before = line.known().await;
    line.restart();
    assert_eq!(line.known().await, before);
}

#[tokio::test]
async fn first_calls_at_the_same_time_read_the_record_once() {
    let mut line = Line::start();
    line.decide("p", Some("a"), &costing(3.0)).await;
    line.restart();
    let gate = Arc::new(std::mem::replace(&mut line, Line::start()).gate);
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..10 {
        let gate = Arc::clone(&gate);
        tasks.spawn(async move {
            let actor = Actor {
                run: Some("a".to_owned()),
                ..Actor::default()
            };
            let decided = gate.decide(&scope("p"), &actor, "x", &costing(1.0)).await;
            decided.unwrap().effect
        });
    }
    let passed = tasks.join_all().await.into_iter();
    assert_eq!(passed.filter(|effect| *effect != Effect::Deny).count(), 2);
}

#[tokio::test]
async fn rules_that_come_later_judge_by_what_was_recorded_before_them() {
    let mut line = Line::start();
    for _ in 0..2 {
        line.decide("p", Some("a"), &shell("ls")).await;
    }
    line.restart();
    let source = Source {
        name: "new.yaml".to_owned(),
        text: "version: 1\nrules:\n  - {id: few, when: {kind: shell}, limit: {calls: 2, per: day}}\n"
            .to_owned(),
    };
    line.gate.replace(Bundle::load(&[source]).unwrap());
    assert_eq!(line.decide("p", None, &shell("ls")).await.rules[0].id, "few");
}

/// A record of which some entries cannot be read.
#[derive(Debug)]
struct Holey {
    audit: Arc<dyn Audit>,
    /// By their numbers, from 1.
    holes: Vec<u64>,
}

#[async_trait::async_trait]
impl Audit for Holey {
    async fn append(&self, record: AuditRecord) -> store::Result<AuditRef> {
        self.audit.append(record).await
    }

    fn append_later(&self, record: AuditRecord) {
        self.audit.append_later(record);
    }

    async fn entries(
        &self,
        scope: &Scope,
        after: u64,
        limit: usize,
    ) -> store::Result<Vec<(AuditRef, AuditRecord)>> {
        self.audit.entries(scope, after, limit).await
    }

    async fn part(&self, scope: &Scope, after: u64) -> store::Result<Option<Part>> {
        if self.holes.is_empty() {
            return Err(store::Error::Io {
                doing: "read",
                detail: "the disk is away".to_owned(),
            });
        }
        let part = self.audit.part(scope, after).await?;
        Ok(part.map(|mut part| {
            for (seq, record) in (after + 1..).zip(&mut part.records) {
                record.take_if(|_| self.holes.contains(&seq));
            }
            part
        }))
    }

    async fn before(&self, scope: &Scope, age: Duration) -> store::Result<u64> {
        self.audit.before(scope, age).await
    }
}

impl Line {
    /// The process ends, and the next one cannot read these entries; no entry at all when none is named.
    fn restart_with(&mut self, holes: &[u64]) {
        let audit = Arc::new(Holey {
            audit: Arc::clone(&self.audit),
            holes: holes.to_vec(),
        });
        let Self { gate, .. } = Self::over(audit, Arc::clone(&self.clock));
        self.gate = gate;
    }

    async fn effect(&self, run: Option<&str>, action: &Action) -> Effect {
        self.decide("p", run, action).await.effect
    }
}

#[tokio::test]
async fn what_cannot_be_read_is_not_taken_to_be_nothing() {
    let mut line = Line::start();
    line.decide("p", None, &mail()).await;
    line.decide("p", Some("before"), &page()).await;
    line.decide("p", Some("lost"), &page()).await;
    line.decide("p", Some("after"), &mail()).await;
    line.restart_with(&[3]);
    // A run that is on record behind the gap is known; one that is not may be any.
    assert_ne!(line.effect(Some("after"), &send()).await, Effect::Deny);
    assert_ne!(line.effect(None, &send()).await, Effect::Deny);
    let leak = line.decide("p", Some("lost"), &send()).await;
    assert_eq!(
        (leak.effect, leak.rules[0].id.as_str()),
        (Effect::Deny, "no-leak")
    );
    let told = leak.rules[0].matched.join(" ");
    assert!(told.contains("cannot be read"), "{told}");
    assert_eq!(line.effect(Some("before"), &send()).await, Effect::Deny);
    assert_eq!(line.effect(Some("lost"), &costing(0.1)).await, Effect::Deny);
    assert_ne!(
        line.effect(Some("lost"), &costing(0.0)).await,
        Effect::Deny,
        "it is free"
    );
    let write = Action::new(ActionKind::MemoryWrite).with_content("x");
    assert_eq!(line.effect(Some("lost"), &write).await, Effect::Warn);
    assert_eq!(line.effect(Some("after"), &write).await, Effect::Allow);
    // So is a limit whose window may hold what is lost, until it has passed.
    assert_eq!(line.effect(None, &mail()).await, Effect::Deny);
    line.clock.advance(Duration::from_secs(3_661));
    assert_ne!(line.effect(None, &mail()).await, Effect::Deny);
    // The next process knows no more of the run, although more of it is on record.
    line.restart_with(&[3]);
    assert_eq!(line.effect(Some("lost"), &send()).await, Effect::Deny);
    line.clock.advance(Duration::from_secs(86_400));
    assert_ne!(line.effect(Some("lost"), &send()).await, Effect::Deny);
}

#[tokio::test]
async fn a_record_that_cannot_be_read_at_all_permits_nothing_that_depends_on_it() {
    let mut line = Line::start();
    line.restart_with(&[]);
    assert_eq!(line.effect(None, &mail()).await, Effect::Deny);
    assert_eq!(line.effect(Some("a"), &send()).await, Effect::Deny);
    assert_eq!(line.effect(None, &shell("ls")).await, Effect::Allow);
    assert_eq!(line.gate.forgotten_until(&scope("p")), Some(line.clock.now()));
}

#[tokio::test]
async fn on_error_says_what_happens_instead() {
    let mut line = Line::start();
    line.restart_with(&[]);
    let rules = RULES.replace("per: hour}}", "per: hour}, on_error: require_approval}");
    let rules = rules.replace("then: warn}", "then: deny, on_error: allow}");
    let source = Source {
        name: "rules.yaml".to_owned(),
        text: rules,
    };
    line.gate.replace(Bundle::load(&[source]).unwrap());
    assert_eq!(line.effect(None, &mail()).await, Effect::RequireApproval);
    let write = Action::new(ActionKind::MemoryWrite).with_content("x");
    assert_eq!(line.effect(Some("a"), &write).await, Effect::Allow);
    let untrusted = Action {
        labels: vec![Label::Untrusted],
        ..write
    };
    assert_eq!(
        line.effect(Some("a"), &untrusted).await,
        Effect::Deny,
        "it is known"
    );
}

/// One thing an agent does, and how long after the one before.
fn step() -> impl Strategy<Value = (usize, usize, u64)> {
    (
        0..PLACES.len(),
        0..8_usize,
        prop_oneof![0..5_u64, 0..4_000_u64, 0..90_000_u64],
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn history_after_a_restart_is_history_before(
        steps in prop::collection::vec(step(), 1..40), restart_at in 0..40_usize,
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let mut line = Line::start();
            for (number, (place, what, seconds)) in steps.into_iter().enumerate() {
                if number == restart_at {
                    line.restart();
                }
                line.clock.advance(Duration::from_secs(seconds));
                let action = match what {
                    0 => mail(),
                    1 => costing(1.5),
                    2 => send(),
                    3 => page(),
                    4 => key(),
                    5 => shell("git push --force origin dev"),
                    6 => shell("rm -rf src"),
                    _ => Action { labels: vec![Label::Pii], ..Action::new(ActionKind::MemoryWrite).with_content("x") },
                };
                let (project, run) = PLACES[place];
                line.decide(project, run, &action).await;
            }
            let before = line.known().await;
            line.restart();
            assert_eq!(line.known().await, before);
        });
    }
}
