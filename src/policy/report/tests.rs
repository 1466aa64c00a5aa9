use super::*;
use crate::domain::{ActionKind, ActionResult, AuditEntry, AuditOutcome, Digest, Scope};
use crate::policy::Bundle;

fn entry(second: i64, effect: Effect, rules: &[&str]) -> AuditEntry {
    AuditEntry {
        at: Timestamp::from_second(1_767_225_600 + second).unwrap(),
        scope: Scope::new("local", "shop", "ada").unwrap(),
        via: "enforce_policy".to_owned(),
        kind: ActionKind::Shell,
        tool: Some("bash".to_owned()),
        run: Some("r".to_owned()),
        action_sha256: Digest::of(b"one"),
        facts_sha256: None,
        effect,
        rules: rules.iter().map(|rule| (*rule).to_owned()).collect(),
        bundle: Bundle::builtin().hash(),
        approval: None,
        outcome: None,
    }
}

fn report(now_s: i64, entries: &[AuditEntry]) -> Report {
    let now = Timestamp::from_second(1_767_225_600 + now_s).unwrap();
    let mut fold = Fold::new(None, now);
    for entry in entries {
        fold.take(entry, Some("{\"kind\":\"shell\",\"role\":\"coder\",\"bytes\":3}"));
    }
    let bundle = Bundle::builtin();
    fold.finish(&bundle.rules(), bundle.hash())
}

#[test]
fn decisions_are_counted_by_all_that_is_asked_for() {
    let day = 86_400;
    let denied = entry(day, Effect::Deny, &["protect-release-branches", "more-rights"]);
    let found = report(2 * day, &[entry(0, Effect::Allow, &[]), denied.clone(), denied]);
    assert_eq!((found.decisions.allow, found.decisions.deny), (1, 2));
    assert_eq!(found.days.len(), 2);
    assert_eq!(
        (found.days[1].name.as_str(), found.days[1].counts.deny),
        ("2026-01-02", 2)
    );
    assert_eq!(
        (found.actors[0].name.as_str(), found.actors[0].counts.total()),
        ("role coder", 3)
    );
    assert_eq!(found.rules[0].counts.deny, 2);
    assert_eq!(found.doors[0].name, "enforce_policy");
    assert!(!found.kinds_unseen.contains(&"shell".to_owned()));
    assert!(found.rules_silent.contains(&"secrets-stay-home".to_owned()));
    assert!(!found.rules_silent.contains(&"more-rights".to_owned()));
    assert_eq!(found.other_bundles, 0);
}

#[test]
fn a_refused_action_is_mended_by_the_next_of_its_kind_that_passes() {
    let other_tool = AuditEntry {
        tool: Some("zsh".to_owned()),
        ..entry(3, Effect::Allow, &[])
    };
    let found = report(
        100,
        &[
            entry(0, Effect::Deny, &["protect-roots"]),
            entry(2, Effect::Deny, &["protect-roots"]),
            other_tool,
            entry(5, Effect::Warn, &["more-rights"]),
            entry(9, Effect::Deny, &["protect-disks"]),
        ],
    );
    assert_eq!((found.mends.violations, found.mends.mended), (2, 1));
    assert_eq!(found.mends.took.unwrap().median_ms, 5_000);
    let roots = found.rules.iter().find(|row| row.id == "protect-roots").unwrap();
    assert_eq!((roots.mends.violations, roots.mends.mended), (1, 1));
}

#[test]
fn an_approval_takes_from_the_question_to_its_answer() {
    let given = AuditEntry {
        approval: Some("a1".to_owned()),
        ..entry(30, Effect::Allow, &["ask-before-destroying"])
    };
    let mut refused_question = entry(40, Effect::RequireApproval, &["ask-before-destroying"]);
    refused_question.action_sha256 = Digest::of(b"two");
    let mut open = refused_question.clone();
    open.action_sha256 = Digest::of(b"three");
    let refused = AuditEntry {
        approval: Some("a2".to_owned()),
        effect: Effect::Deny,
        at: Timestamp::from_second(1_767_225_600 + 50).unwrap(),
        ..refused_question.clone()
    };
    let asked = entry(0, Effect::RequireApproval, &["ask-before-destroying"]);
    let found = report(100, &[asked, given, refused_question, open, refused]);
    let approvals = found.approvals;
    assert_eq!(
        (
            approvals.asked,
            approvals.used,
            approvals.refused,
            approvals.unanswered
        ),
        (3, 1, 1, 1)
    );
    assert_eq!(
        approvals.took.unwrap(),
        Took {
            median_ms: 10_000,
            p90_ms: 30_000
        }
    );
}

#[test]
fn outcomes_are_no_decisions_and_weeks_are_told_apart() {
    let outcome = AuditEntry {
        outcome: Some(AuditOutcome {
            of: 1,
            result: ActionResult::Failed,
            code: None,
        }),
        ..entry(1, Effect::Allow, &[])
    };
    let week = 7 * 86_400;
    let old = entry(0, Effect::Deny, &["protect-roots"]);
    let new = entry(week + 5, Effect::Deny, &["protect-roots"]);
    let found = report(week + 10, &[old, outcome, new.clone(), new]);
    assert_eq!((found.outcomes, found.decisions.total()), ((0, 1), 3));
    let trend = &found.trends[0];
    assert_eq!((trend.this_week, trend.week_before), (2, 1));
    assert_eq!(
        (trend.rule.as_str(), trend.actor.as_str()),
        ("protect-roots", "role coder")
    );
}

#[test]
fn percentiles_are_of_what_there_is() {
    assert_eq!(Took::of(Vec::new()), None);
    assert_eq!(
        Took::of(vec![7]),
        Some(Took {
            median_ms: 7,
            p90_ms: 7
        })
    );
    let ten: Vec<u64> = (1..=10).collect();
    assert_eq!(
        Took::of(ten),
        Some(Took {
            median_ms: 5,
            p90_ms: 9
        })
    );
}

#[test]
fn names_without_end_are_counted_together() {
    let mut tally = tally::Tally::default();
    for n in 0..5_000 {
        tally.add(&format!("agent {n}"), Effect::Allow);
    }
    let rows = tally.by_frequency();
    assert!(rows.len() <= 2_001, "{}", rows.len());
    assert_eq!(
        (rows[0].name.as_str(), rows[0].counts.total()),
        ("(others)", 3_000)
    );
}
