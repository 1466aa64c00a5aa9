//! Actions that wait for a person.

use super::*;

#[tokio::test]
async fn an_approval_is_for_one_use_of_exactly_one_action_in_time() {
    let f = fixture("");
    let (action, other) = (shell("rm -rf src"), shell("rm -rf lib"));
    let Checked::Stopped(decision) = f.check(action.clone()).await else {
        panic!("permitted")
    };
    let id = decision.approval.unwrap().id;
    let grant = async |project: &str, id: &str, action: &Action| {
        f.gate
            .grant(
                &scope(project),
                &Actor::default(),
                "elicitation",
                id,
                action.clone(),
            )
            .await
    };
    assert_eq!(
        grant("p", &id, &other).await.unwrap_err().code(),
        "policy.approval_mismatch"
    );
    assert_eq!(
        grant("q", &id, &action).await.unwrap_err().code(),
        "policy.approval_unknown"
    );
    let Checked::Permitted(permit) = grant("p", &id, &action).await.unwrap() else {
        panic!("stopped")
    };
    assert_eq!(
        (permit.action(), permit.decision().effect),
        (&action, Effect::Allow)
    );
    assert_eq!(
        grant("p", &id, &action).await.unwrap_err().code(),
        "policy.approval_unknown"
    );
    let last = f.entries().pop().unwrap();
    assert_eq!(
        (last.via.as_str(), last.effect, last.approval),
        ("elicitation", Effect::Allow, Some(id))
    );

    let Checked::Stopped(decision) = f.check(action.clone()).await else {
        panic!("permitted")
    };
    f.clock.advance(APPROVAL_LIFETIME + Duration::from_secs(1));
    let late = grant("p", &decision.approval.unwrap().id, &action).await;
    assert_eq!(late.unwrap_err().code(), "policy.approval_unknown");
}

#[tokio::test]
async fn a_refused_approval_is_a_recorded_denial_and_gone() {
    let f = fixture("");
    let action = shell("rm -rf src");
    let id = f.decide(&action).await.approval.unwrap().id;
    let refused = f
        .gate
        .refuse(&scope("p"), &Actor::default(), "elicitation", &id, &action)
        .await
        .unwrap();
    assert_eq!((refused.effect, refused.retry), (Effect::Deny, Retry::Never));
    assert_eq!(f.entries().pop().unwrap().effect, Effect::Deny);
    let late = f
        .gate
        .grant(&scope("p"), &Actor::default(), "x", &id, action)
        .await;
    assert_eq!(late.unwrap_err().code(), "policy.approval_unknown");
}

#[tokio::test]
async fn an_approved_action_still_loses_what_must_be_redacted() {
    let f =
        fixture("version: 1\nrules:\n  - {id: ask, when: {kind: memory_write}, then: require_approval}\n");
    let action =
        Action::new(ActionKind::MemoryWrite).with_content(format!("use {}", sample("npm-token").unwrap()));
    let id = f.decide(&action).await.approval.unwrap().id;
    let granted = f
        .gate
        .grant(&scope("p"), &Actor::default(), "x", &id, action)
        .await
        .unwrap();
    let Checked::Permitted(permit) = granted else {
        panic!("stopped")
    };
    assert!(
        permit
            .action()
            .content
            .as_ref()
            .unwrap()
            .contains("[secret:npm-token:")
    );
}

#[tokio::test]
async fn open_approvals_are_bounded() {
    let f = fixture("");
    let first = f.decide(&shell("rm -rf src")).await.approval.unwrap().id;
    for n in 0..MAX_OPEN_APPROVALS {
        f.clock.advance(Duration::from_millis(1));
        f.decide(&shell(&format!("rm -rf src{n}"))).await;
    }
    let answer = f
        .gate
        .grant(&scope("p"), &Actor::default(), "x", &first, shell("rm -rf src"))
        .await;
    assert_eq!(answer.unwrap_err().code(), "policy.approval_unknown");
}
