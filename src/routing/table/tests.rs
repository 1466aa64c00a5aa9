//! What outcomes make of the prior, level by level.

use super::levels::ELSEWHERE;
use super::*;
use crate::domain::{Evidence, Timestamp};

fn outcome(reference: &str, model: &str, bucket: u8, reward: f64) -> Outcome {
    Outcome {
        reference: reference.to_owned(),
        task_type: TaskType::CodeGeneration,
        custom_type: None,
        difficulty_bucket: Some(bucket),
        model: model.to_owned(),
        reward,
        weight: 1.0,
        at: Timestamp::UNIX_EPOCH,
        evidence: Evidence::User,
        client: reference.to_owned(),
        accepted: None,
        tokens_out: None,
        cost_usd: None,
    }
}

/// The chance of `gpt-6-luna` at a type and difficulty after these outcomes.
fn check(outcomes: &[Outcome], task_type: TaskType, bucket: u8) -> Estimate {
    let catalogue = Catalogue::builtin();
    let model = catalogue.position("gpt-6-luna").unwrap();
    let table = Table::replay(&catalogue, outcomes);
    estimate(&catalogue, &table, model, task_type, bucket, 0.0)
}

fn estimate(
    catalogue: &Catalogue,
    table: &Table,
    model: usize,
    task_type: TaskType,
    bucket: u8,
    novelty: f64,
) -> Estimate {
    let work = Work {
        posterior: &[(task_type, 1.0)],
        bucket: Some(bucket),
        novelty,
        custom: None,
    };
    table
        .expect(work)
        .of(model, catalogue.prior(model).unwrap(), None)
}

fn many(count: usize, bucket: u8, reward: f64) -> Vec<Outcome> {
    (0..count)
        .map(|i| outcome(&format!("r{i}"), "gpt-6-luna", bucket, reward))
        .collect()
}

#[test]
fn without_outcomes_the_prior_falls_with_difficulty() {
    let at = |bucket| check(&[], TaskType::CodeGeneration, bucket).p;
    assert!((0..4).all(|bucket| at(bucket) > at(bucket + 1)));
    assert!((at(2) - 0.855).abs() < 1e-9);
}

#[test]
fn the_first_outcomes_move_a_cell_by_what_is_common_and_what_is_its_own() {
    let prior = check(&[], TaskType::CodeGeneration, 2).p;
    let seen = check(&many(1, 2, 0.0), TaskType::CodeGeneration, 2);
    let moved = 1.0 - 1.0 / (1.0 + OWN.bucket) - 1.0 / (1.0 + COMMON.bucket);
    assert!((seen.p - prior * moved).abs() < 1e-3, "{seen:?}");
    assert_eq!(seen.n, 1.0);
}

#[test]
fn what_all_models_meet_is_no_fault_of_the_one_that_met_it() {
    let catalogue = Catalogue::builtin();
    let table = Table::replay(&catalogue, &many(200, 2, 0.5));
    let p = |id: &str| {
        let model = catalogue.position(id).unwrap();
        estimate(&catalogue, &table, model, TaskType::CodeGeneration, 2, 0.0).p
    };
    // 0.855 was thought of the one and 0.86 of the other, of which nothing was seen.
    assert!((p("gpt-6-luna") - 0.5).abs() < 0.03, "{}", p("gpt-6-luna"));
    assert!(p("claude-haiku-5-5") < 0.72, "{}", p("claude-haiku-5-5"));
}

#[test]
fn failures_spread_to_other_difficulties_and_types_but_weaker() {
    let fall =
        |task_type, bucket| check(&[], task_type, bucket).p - check(&many(6, 2, 0.0), task_type, bucket).p;
    let own = fall(TaskType::CodeGeneration, 2);
    let same_type = fall(TaskType::CodeGeneration, 3);
    let other_type = fall(TaskType::WritingEditing, 2);
    assert!(
        own > same_type && same_type > other_type && other_type > 0.0,
        "{own} {same_type} {other_type}"
    );
}

#[test]
fn a_model_that_does_as_expected_at_hard_tasks_keeps_its_standing_at_easy_ones() {
    let expected = check(&[], TaskType::CodeGeneration, 4).p;
    let before = check(&[], TaskType::CodeGeneration, 0).p;
    let after = check(&many(200, 4, expected), TaskType::CodeGeneration, 0).p;
    assert!((before - after).abs() < 1e-3, "{before} {after}");
}

#[test]
fn evidence_narrows_the_bound() {
    let few = check(&many(2, 2, 1.0), TaskType::CodeGeneration, 2);
    let more = check(&many(50, 2, 1.0), TaskType::CodeGeneration, 2);
    assert!(more.p - more.p_low < few.p - few.p_low);
}

#[test]
fn one_reference_counts_once_and_the_newest_outcome_wins() {
    let flood: Vec<_> = (0..500).map(|_| outcome("same", "gpt-6-luna", 2, 0.0)).collect();
    assert_eq!(check(&flood, TaskType::CodeGeneration, 2).n, 1.0);
    let changed = [
        outcome("a", "gpt-6-luna", 2, 0.0),
        outcome("a", "gpt-6-luna", 2, 1.0),
    ];
    assert_eq!(
        check(&changed, TaskType::CodeGeneration, 2),
        check(&changed[1..], TaskType::CodeGeneration, 2)
    );
}

#[test]
fn outcomes_of_unknown_models_and_rewards_out_of_range_do_no_harm() {
    let odd = [
        outcome("a", "gone", 2, 1.0),
        outcome("b", "gpt-6-luna", 200, 7.0),
        outcome("c", "gpt-6-luna", 2, f64::NAN),
    ];
    let estimate = check(&odd, TaskType::CodeGeneration, 2);
    assert!((0.0..=1.0).contains(&estimate.p_low) && estimate.p <= 0.99);
}

#[test]
fn counting_one_by_one_and_reading_again_come_to_the_same() {
    let catalogue = Catalogue::builtin();
    let mut outcomes = many(30, 1, 0.0);
    outcomes.extend(many(50, 3, 1.0));
    outcomes.extend(many(10, 2, 0.5));
    let mut table = Table::default();
    for outcome in &outcomes {
        table.apply(&catalogue, outcome);
    }
    let model = catalogue.position("gpt-6-luna").unwrap();
    for bucket in 0..5 {
        let again = check(&outcomes, TaskType::CodeGeneration, bucket);
        let now = estimate(&catalogue, &table, model, TaskType::CodeGeneration, bucket, 0.0);
        assert_eq!(now, again, "bucket {bucket}");
    }
}

#[test]
fn a_test_or_a_person_outranks_a_check_and_a_check_the_models_own_word() {
    let said = |evidence: Evidence, reward: f64| Outcome {
        evidence,
        ..outcome("a", "gpt-6-luna", 2, reward)
    };
    let of = |outcomes: &[Outcome]| check(outcomes, TaskType::CodeGeneration, 2);
    let (user, validator, claim) = (
        said(Evidence::User, 0.0),
        said(Evidence::Validator, 1.0),
        said(Evidence::Claim, 1.0),
    );
    let alone = of(std::slice::from_ref(&user));
    assert_eq!(of(&[user.clone(), validator.clone(), claim.clone()]), alone);
    assert_eq!(of(&[claim.clone(), validator.clone(), user]), alone);
    assert_eq!(of(&[validator.clone(), claim]), of(&[validator]));
    assert_eq!(of(&[said(Evidence::Unavailable, 0.0)]), of(&[]));
}

#[test]
fn a_client_that_floods_moves_little_more_than_one_that_does_not() {
    let from_one = |count: usize| -> Vec<Outcome> {
        let one = |outcome: Outcome| Outcome {
            client: "ada".to_owned(),
            ..outcome
        };
        many(count, 2, 0.0).into_iter().map(one).collect()
    };
    let n = |count| check(&from_one(count), TaskType::CodeGeneration, 2).n;
    assert_eq!(n(60), 60.0);
    assert!(n(4_000) < 320.0, "{}", n(4_000));
    // The next hour begins anew.
    let mut hours = from_one(120);
    for outcome in &mut hours[60..] {
        outcome.at = Timestamp::from_second(3_600).unwrap();
    }
    assert_eq!(check(&hours, TaskType::CodeGeneration, 2).n, 120.0);
}

#[test]
fn a_new_kind_of_task_is_judged_by_the_model_as_a_whole() {
    let catalogue = Catalogue::builtin();
    let model = catalogue.position("gpt-6-luna").unwrap();
    let table = Table::replay(&catalogue, &many(40, 2, 0.0));
    let at = |novelty| estimate(&catalogue, &table, model, TaskType::CodeGeneration, 2, novelty).p;
    assert!(
        at(0.0) < at(0.5) && at(0.5) < at(1.0),
        "{} {} {}",
        at(0.0),
        at(0.5),
        at(1.0)
    );
}

#[test]
fn a_fall_is_told_once_and_what_was_seen_before_counts_half() {
    let catalogue = Catalogue::builtin();
    let model = catalogue.position("gpt-6-luna").unwrap();
    let mut table = Table::replay(&catalogue, &many(200, 2, 1.0));
    let bad = (0..100).map(|i| outcome(&format!("bad{i}"), "gpt-6-luna", 2, 0.0));
    let mut falls = Vec::new();
    let mut before = 0.0;
    for outcome in bad {
        let n = estimate(&catalogue, &table, model, TaskType::CodeGeneration, 2, 0.0).n;
        if let Some(fall) = table.apply(&catalogue, &outcome) {
            falls.push(fall);
            before = n;
            break;
        }
    }
    let after = estimate(&catalogue, &table, model, TaskType::CodeGeneration, 2, 0.0);
    assert_eq!((falls.len(), falls[0].task_type), (1, None));
    // Of the 200 before, no more than the level above weighs; all that fell since.
    assert!(
        before > 200.0 && after.n < OWN.bucket + 30.0,
        "{before} {after:?}"
    );
    assert!(after.p < 0.9, "{after:?}");
    assert!(table.has_fallen(model, TaskType::CodeGeneration));
    assert!(!table.has_fallen(model + 1, TaskType::CodeGeneration));
}

#[test]
fn other_projects_count_as_ten_outcomes_at_most() {
    let catalogue = Catalogue::builtin();
    let model = catalogue.position("gpt-6-luna").unwrap();
    let elsewhere = |projects: usize| {
        let mut shared = crate::routing::shared::Shared::default();
        let table = Table::replay(&catalogue, &many(5, 2, 0.0));
        for project in 0..projects {
            shared.put(&format!("p{project}"), &table);
        }
        shared.put("own", &table);
        shared.without("own")
    };
    let p = |projects: usize| {
        let work = Work {
            posterior: &[(TaskType::CodeGeneration, 1.0)],
            bucket: Some(2),
            novelty: 0.0,
            custom: None,
        };
        let cells = elsewhere(projects);
        Table::default()
            .expect(work)
            .of(model, catalogue.prior(model).unwrap(), cells.get(model))
    };
    let (none, one, many) = (p(0), p(1), p(1000));
    assert_eq!(none, check(&[], TaskType::CodeGeneration, 2));
    assert!(many.p < one.p && one.p < none.p, "{many:?} {one:?} {none:?}");
    let most = none.p * ELSEWHERE / (ELSEWHERE + OWN.of_type);
    assert!(none.p - many.p <= most + 1e-3, "{many:?}");
    assert_eq!(many.n, 0.0);
}
