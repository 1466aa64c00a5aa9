//! The policies that teams ask for, with what goes before an action in its run.

use std::time::Duration;

use super::*;
use crate::domain::{DenialClass, Label, MicroUsd};

fn team() -> Fixture {
    fixture(include_str!("team.yaml"))
}

impl Fixture {
    async fn in_run(&self, run: &str, action: Action) -> Decision {
        let actor = Actor {
            run: Some(run.to_owned()),
            ..Actor::default()
        };
        self.gate
            .decide(&scope("p"), &actor, "enforce_policy", &action)
            .await
            .unwrap()
    }
}

fn by(decision: &Decision) -> Vec<&str> {
    decision.rules.iter().map(|rule| rule.id.as_str()).collect()
}

fn costing(usd: f64) -> Action {
    Action {
        cost: MicroUsd::from_usd(usd),
        ..Action::new(ActionKind::ModelRequest)
            .with_content("hi")
            .with_destination(Destination::ModelLocal)
    }
}

fn message(tool: &str) -> Action {
    Action::new(ActionKind::Message)
        .with_tool(tool)
        .with_content("hello")
}

#[tokio::test]
async fn a_run_cannot_spend_more_than_its_budget_and_is_warned_in_time() {
    let team = team();
    assert_eq!(team.in_run("a", costing(3.5)).await.effect, Effect::Allow);
    let near = team.in_run("a", costing(1.0)).await;
    assert_eq!((near.effect, by(&near)), (Effect::Warn, vec!["run-budget"]));
    let over = team.in_run("a", costing(0.6)).await;
    assert_eq!((over.effect, over.retry), (Effect::Deny, Retry::Never));
    assert_eq!(over.rules[0].class, DenialClass::Transient);
    let told = over.rules[0].matched.join(" ");
    assert!(told.contains("$4.5000 of $5.0000"), "{told}");
    // What was refused was not spent, another run has its own, and what costs nothing goes on.
    assert_ne!(team.in_run("a", costing(0.5)).await.effect, Effect::Deny);
    assert_eq!(team.in_run("b", costing(4.0)).await.effect, Effect::Warn);
    assert_ne!(team.in_run("a", costing(0.0)).await.effect, Effect::Deny);
}

#[tokio::test]
async fn actions_at_the_same_time_cannot_exceed_a_limit_together() {
    let team = Arc::new(team());
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..20 {
        let team = Arc::clone(&team);
        tasks.spawn(async move { team.in_run("a", costing(1.0)).await.effect });
    }
    let effects = tasks.join_all().await;
    let allowed = effects.into_iter().filter(|effect| *effect != Effect::Deny);
    assert_eq!(allowed.count(), 5);
}

#[tokio::test]
async fn a_rate_passes_with_time() {
    let team = team();
    for _ in 0..2 {
        assert_ne!(team.decide(&message("mail")).await.effect, Effect::Deny);
    }
    let third = team.decide(&message("mail")).await;
    assert_eq!((third.effect, third.retry), (Effect::Deny, Retry::AfterTime));
    let wait = third.retry_after_s.unwrap();
    assert!((3_600..=3_720).contains(&wait), "{wait}");
    assert_ne!(
        team.decide(&message("chat")).await.effect,
        Effect::Deny,
        "another tool"
    );
    team.clock.advance(Duration::from_secs(wait));
    assert_ne!(team.decide(&message("mail")).await.effect, Effect::Deny);
}

#[tokio::test]
async fn code_is_validated_before_it_is_handed_over() {
    let team = team();
    let hand_over = |content: &str| Action {
        output: Some("code".to_owned()),
        ..Action::new(ActionKind::Handover).with_content(content)
    };
    let first = team.in_run("a", hand_over("fn main() {}")).await;
    assert_eq!((first.effect, first.retry), (Effect::Deny, Retry::AfterChange));
    assert_eq!(
        serde_json::to_value(&first.rules[0].comply).unwrap(),
        serde_json::json!({"do": "validate", "target": "/content"})
    );
    team.gate
        .validated(&scope("p"), None, Digest::of(b"fn main() {}"), Verdict::Pass);
    assert_ne!(
        team.in_run("a", hand_over("fn main() {}")).await.effect,
        Effect::Deny
    );
    let changed = team.in_run("a", hand_over("fn main() { }")).await;
    assert_eq!(changed.effect, Effect::Deny, "other content");
    let elsewhere = team
        .gate
        .decide(&scope("q"), &Actor::default(), "x", &hand_over("fn main() {}"))
        .await;
    assert_eq!(elsewhere.unwrap().effect, Effect::Deny, "another project");
    team.clock.advance(Duration::from_secs(3_601));
    assert_eq!(
        team.in_run("b", hand_over("fn main() {}")).await.effect,
        Effect::Deny,
        "too old"
    );
}

#[tokio::test]
async fn what_a_run_took_in_decides_what_it_may_send() {
    let team = team();
    let send = || Action {
        url: Some("https://hooks.example.com/x".to_owned()),
        ..Action::new(ActionKind::Http).with_content("all is well")
    };
    let page = Action::new(ActionKind::ToolResult).with_content("a page from the web");
    let key = Action {
        path: Some("notes.txt".to_owned()),
        ..Action::new(ActionKind::FileRead).with_content(sample("github-pat").unwrap())
    };
    assert_ne!(team.in_run("a", page.clone()).await.effect, Effect::Deny);
    assert_ne!(
        team.in_run("a", send()).await.effect,
        Effect::Deny,
        "untrusted alone may"
    );
    team.in_run("a", key.clone()).await;
    // Any number of steps later.
    for _ in 0..50 {
        team.in_run("a", costing(0.0)).await;
    }
    let leak = team.in_run("a", send()).await;
    assert_eq!((leak.effect, by(&leak)), (Effect::Deny, vec!["no-leak"]));
    assert_ne!(team.in_run("b", send()).await.effect, Effect::Deny, "another run");
    team.in_run("b", key).await;
    assert_ne!(
        team.in_run("b", send()).await.effect,
        Effect::Deny,
        "a secret alone may"
    );
    let labelled = Action {
        labels: vec![Label::Untrusted],
        ..send()
    };
    assert_eq!(team.in_run("b", labelled).await.effect, Effect::Deny);
}

#[tokio::test]
async fn the_third_refusal_by_one_rule_in_a_run_is_final() {
    let team = team();
    let push = || shell("git push --force origin main");
    for expected in [Retry::AfterChange, Retry::AfterChange, Retry::Never] {
        assert_eq!(team.in_run("a", push()).await.retry, expected);
    }
    assert_eq!(team.in_run("b", push()).await.retry, Retry::AfterChange);
    assert_eq!(
        team.decide(&push()).await.retry,
        Retry::AfterChange,
        "no run, no memory"
    );
}

#[tokio::test]
async fn personal_data_comes_back_into_the_answer_and_nowhere_else() {
    let team = team();
    let mail = crate::detect::sample("mail").unwrap();
    let prompt = Action::new(ActionKind::ModelRequest)
        .with_content(format!("Write to {mail} today."))
        .with_destination(Destination::ModelRemote);
    let asked = team.in_run("a", prompt).await;
    let sent = asked.redacted.unwrap().content.unwrap();
    assert!(!sent.contains(&mail), "{sent}");
    let mark = sent.split(' ').nth(2).unwrap();
    let answer = |to| {
        Action::new(ActionKind::ModelResponse)
            .with_content(format!("Dear {mark}, [not a mark] and [{mark}"))
            .with_destination(to)
    };
    let restored = team.in_run("a", answer(Destination::Local)).await.restored;
    assert_eq!(restored, Some(format!("Dear {mail}, [not a mark] and [{mail}")));
    assert_eq!(team.in_run("b", answer(Destination::Local)).await.restored, None);
    assert_eq!(
        team.in_run("a", answer(Destination::ModelRemote)).await.restored,
        None
    );
    assert!(
        !format!("{:?}", team.gate).contains(&mail),
        "a debug print shows it"
    );
}

#[tokio::test]
async fn a_person_answers_on_the_command_line_and_the_same_action_passes_as_often_as_the_rule_says() {
    let team = team();
    let delete = shell("rm -rf src");
    let asked = team.decide(&delete).await;
    assert_eq!(asked.effect, Effect::RequireApproval);
    let handle = asked.approval.unwrap();
    assert_eq!(
        team.decide(&delete).await.approval.unwrap().id,
        handle.id,
        "one question, one handle"
    );
    let open = team.gate.approvals(&scope("p"));
    assert_eq!(
        (open.len(), open[0].uses),
        (1, 2),
        "the rule that says how often is heard"
    );
    assert!(open[0].about.shown.contains("rm -rf src") && open[0].from == ["lead"]);
    assert!(team.gate.approvals(&scope("q")).is_empty());
    assert!(team.gate.answer(&scope("q"), &handle.id, true).is_err());

    team.gate.answer(&scope("p"), &handle.id, true).unwrap();
    assert_eq!(
        team.decide(&shell("rm -rf docs")).await.effect,
        Effect::RequireApproval,
        "another action"
    );
    for _ in 0..2 {
        let granted = team.decide(&delete).await;
        assert!(granted.permits(), "{granted:?}");
    }
    let last = team
        .log
        .entries
        .lock()
        .unwrap()
        .last()
        .unwrap()
        .entry
        .approval
        .clone();
    assert_eq!(last.as_deref(), Some(&*handle.id));
    assert_eq!(
        team.decide(&delete).await.effect,
        Effect::RequireApproval,
        "used up"
    );

    let again = team.gate.approvals(&scope("p")).pop().unwrap();
    team.gate.answer(&scope("p"), &again.id, false).unwrap();
    assert!(
        team.gate.answer(&scope("p"), &again.id, true).is_err(),
        "refused is refused"
    );
}

#[tokio::test]
async fn other_rules_hold_from_the_moment_they_are_put_in_place() {
    let team = team();
    let mail = message("mail");
    assert_ne!(team.decide(&mail).await.effect, Effect::Deny);
    let before = team.gate.bundle_hash();
    let text =
        "version: 1\nrules:\n  - {id: silence, when: {kind: message}, then: deny, fix: Say nothing.}\n"
            .to_owned();
    let source = Source {
        name: "quiet.yaml".to_owned(),
        text,
    };
    team.gate.replace(Bundle::load(&[source]).unwrap());
    let decision = team.decide(&mail).await;
    assert_eq!((decision.effect, by(&decision)), (Effect::Deny, vec!["silence"]));
    assert_ne!(decision.bundle, before);
}

#[tokio::test]
async fn what_nobody_saw_is_judged_as_the_rule_says_for_that() {
    let rule = "version: 1\nrules:\n  - {id: clean-files, when: {kind: file_write, finding: secret}, then: warn, on_error: deny, fix: Write less at once.}\n";
    let team = fixture(rule);
    let write = |text: String| Action::new(ActionKind::FileWrite).with_content(text);
    let seen = team.decide(&write("all of it is read".to_owned())).await;
    assert_eq!(seen.effect, Effect::Allow);
    let unseen = team.decide(&write("x ".repeat(1 << 20))).await;
    assert_eq!((unseen.effect, by(&unseen)), (Effect::Deny, vec!["clean-files"]));
    let told = unseen.rules[0].matched.join(" ");
    assert!(told.contains("not all of the action"), "{told}");
}
