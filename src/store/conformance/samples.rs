//! Things to keep, and what a store tells about them.

use super::*;
use crate::domain::run::{Plan, RunBudget, Strategy};
use crate::domain::{
    ActionKind, AuditEntry, Effect, Evidence, LessonKind, LessonState, StepId, TaskType, Topic, Trust,
};

pub(crate) fn scope() -> Scope {
    Scope::new("local", "/home/ada/engine", "ada").unwrap()
}

pub(crate) fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

pub(crate) fn created(task: &str) -> RunEvent {
    RunEvent::RunCreated {
        at: at(1_000),
        principal: "ada".to_owned(),
        task: task.to_owned(),
        plan: Plan {
            source: "given".to_owned(),
            strategy: Strategy::Sequential,
            steps: Vec::new(),
            task_type: None,
            notes: Vec::new(),
        },
        budget: RunBudget::default(),
    }
}

pub(crate) fn failed_at(second: i64) -> RunEvent {
    RunEvent::RunFailed {
        at: at(second),
        class: "denied".to_owned(),
        reason: "for a test".to_owned(),
    }
}

pub(crate) fn awaiting(attempt: u32) -> RunEvent {
    RunEvent::StepAwaitingHost {
        at: at(2_000),
        step: StepId::new("design"),
        attempt,
        expires_at: at(3_000),
        lessons: Vec::new(),
    }
}

/// A change that appends `events` and nothing else.
pub(crate) fn change(run: &str, expected: Seq, events: Vec<RunEvent>) -> Change {
    Change {
        scope: scope(),
        run: RunId::new(run),
        expected,
        events,
        blobs: Vec::new(),
        idempotency: None,
        reserve: Vec::new(),
        settle: Vec::new(),
        deliveries: Vec::new(),
    }
}

/// A message about event number `seq` of run `r`, which is sent next at that second.
pub(crate) fn delivery(receiver: &str, seq: i64) -> Delivery {
    Delivery {
        id: format!("msg_r_{seq}"),
        receiver: receiver.to_owned(),
        run: RunId::new("r"),
        principal: "ada".to_owned(),
        topic: Topic::StepCompleted,
        at: at(seq),
        body: format!("{{\"seq\":{seq},\"text\":\"{}\"}}", "long ".repeat(2_000)),
        tries: 0,
        due: Some(at(seq)),
        last_failure: None,
        gone: false,
    }
}

pub(crate) fn charge(id: &str, amount: u64) -> Charge {
    Charge {
        id: id.to_owned(),
        amount: MicroUsd(amount),
    }
}

pub(crate) fn lesson(id: &str, revision: u32) -> Lesson {
    Lesson {
        id: LessonId::new(id),
        revision,
        kind: LessonKind::Note,
        state: LessonState::Active,
        title: format!("lesson {id}"),
        text: format!("revision {revision} of {id}: read the log before the code"),
        context: None,
        tags: vec!["debugging".to_owned()],
        outcome: None,
        evidence: None,
        provenance: crate::domain::lesson::Provenance::default(),
        trust: Trust::Unverified,
        confirmations: 0,
        text_sha256: Digest::of(id.as_bytes()),
        supersedes: None,
        superseded_by: None,
        retired_because: None,
        recorded_at: at(1),
        updated_at: at(2),
        valid_from: None,
        valid_to: None,
        about: Vec::new(),
        contradicts: Vec::new(),
        uses: crate::domain::lesson::Uses::default(),
        recordings: Vec::new(),
    }
}

pub(crate) fn outcome(reference: &str, reward: f64) -> Outcome {
    Outcome {
        reference: reference.to_owned(),
        task_type: TaskType::CodeGeneration,
        custom_type: None,
        difficulty_bucket: Some(2),
        model: "small".to_owned(),
        reward,
        weight: 0.5,
        at: at(5),
        evidence: Evidence::User,
        client: String::new(),
        accepted: None,
        tokens_out: None,
        cost_usd: None,
    }
}

pub(crate) fn route(id: &str) -> RouteRecord {
    RouteRecord {
        id: RouteId::new(id),
        task_type: TaskType::General,
        custom_type: None,
        difficulty_bucket: None,
        model: "large".to_owned(),
        at: at(6),
        session: None,
        forecast: None,
        spent_usd: None,
    }
}

pub(crate) fn entry(scope: &Scope, via: &str) -> AuditEntry {
    AuditEntry {
        at: at(7),
        scope: scope.clone(),
        via: via.to_owned(),
        kind: ActionKind::Shell,
        tool: None,
        run: None,
        action_sha256: Digest::of(via.as_bytes()),
        facts_sha256: None,
        effect: Effect::Deny,
        rules: vec!["shell.rm".to_owned()],
        approval: None,
        bundle: Digest::of(b"bundle"),
        outcome: None,
    }
}

/// An entry with the document it was judged by.
pub(crate) fn judged(scope: &Scope, via: &str, facts: &str) -> AuditRecord {
    AuditRecord {
        entry: AuditEntry {
            facts_sha256: Some(Digest::of(facts.as_bytes())),
            ..entry(scope, via)
        },
        facts: Some(facts.to_owned()),
    }
}

/// Writes something of everything.
pub(crate) async fn fill(stores: &Stores) {
    stores
        .budgets
        .set_limit(&scope(), Some(MicroUsd(1_000)))
        .await
        .unwrap();
    let first = Change {
        blobs: vec![b"an output".to_vec(), vec![7; 10_000]],
        idempotency: Some(IdempotencyKey {
            key: "key".to_owned(),
            request: Digest::of(b"request"),
        }),
        reserve: vec![charge("r/a/1", 40), charge("r/b/1", 30)],
        ..change("r", 0, vec![created(&"task ".repeat(2_000)), awaiting(1)])
    };
    stores.journal.commit(first).await.unwrap();
    let second = Change {
        settle: vec![charge("r/a/1", 25)],
        ..change("r", 2, vec![awaiting(2)])
    };
    stores.journal.commit(second).await.unwrap();
    let ended = change("ended", 0, vec![created("t"), failed_at(9)]);
    stores.journal.commit(ended).await.unwrap();
    let lessons = vec![lesson("a", 1), lesson("b", 1), lesson("a", 2)];
    stores.lessons.put(&scope(), lessons).await.unwrap();
    let other = Scope::new("local", "other", "ada").unwrap();
    stores.lessons.put(&other, vec![lesson("a", 1)]).await.unwrap();
    stores.lessons.put(&scope(), vec![lesson("b", 2)]).await.unwrap();
    stores.outcomes.remember(&scope(), route("g")).await.unwrap();
    for reward in [1.0, 1.0 / 3.0] {
        stores
            .outcomes
            .append(&scope(), outcome("g", reward))
            .await
            .unwrap();
    }
    for scope in [&scope(), &other, &scope()] {
        stores.audit.append(entry(scope, "cli").into()).await.unwrap();
    }
}

/// Everything that the seams tell about what [`fill`] wrote.
pub(crate) async fn told(stores: &Stores) -> Vec<String> {
    let scope = scope();
    let mut told = Vec::new();
    for run in ["r", "ended"] {
        let events = stores.journal.replay(&scope, &RunId::new(run), 0).await.unwrap();
        told.push(format!("{run}: {events:?}"));
    }
    for blob in [b"an output".to_vec(), vec![7; 10_000]] {
        let found = stores.journal.blob(&scope, &Digest::of(&blob)).await.unwrap();
        told.push(format!("output: {}", found == Some(blob)));
    }
    let again = Change {
        idempotency: Some(IdempotencyKey {
            key: "key".to_owned(),
            request: Digest::of(b"another request"),
        }),
        ..change("again", 0, vec![created("t")])
    };
    told.push(format!(
        "taken: {:?}",
        stores.journal.commit(again).await.unwrap()
    ));
    told.push(format!(
        "open: {:?}",
        stores.journal.unfinished(&scope, 10).await.unwrap()
    ));
    for scope in [&scope, &Scope::new("local", "other", "ada").unwrap()] {
        told.push(format!(
            "lessons: {:?}",
            stores.lessons.after(scope, 0, 10).await.unwrap()
        ));
        let newest = stores.lessons.get(scope, &LessonId::new("a")).await.unwrap();
        told.push(format!("newest: {newest:?}"));
    }
    told.push(format!(
        "route: {:?}",
        stores.outcomes.route(&scope, &RouteId::new("g")).await.unwrap()
    ));
    told.push(format!(
        "outcomes: {:?}",
        stores.outcomes.recent(&scope, 10).await.unwrap()
    ));
    told.push(format!(
        "standing: {:?}",
        stores.budgets.standing(&scope).await.unwrap()
    ));
    told.push(format!(
        "audit: {:?}",
        stores.audit.entries(&scope, 0, 10).await.unwrap()
    ));
    told
}
