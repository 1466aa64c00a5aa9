//! Routing decisions and outcomes.

use super::samples::*;
use super::*;
use crate::domain::{Evidence, Forecast, Outcome, RouteRecord};

pub(crate) async fn routes_are_found_again(mut subject: Subject) {
    let stores = subject.open();
    stores.outcomes.remember(&scope(), route("a")).await.unwrap();
    let stores = subject.reopen(stores);
    let found = stores.outcomes.route(&scope(), &RouteId::new("a")).await.unwrap();
    assert_eq!(found, Some(route("a")));
    assert_eq!(
        stores.outcomes.route(&scope(), &RouteId::new("b")).await.unwrap(),
        None
    );
}

pub(crate) async fn routes_are_listed_newest_first(mut subject: Subject) {
    let stores = subject.open();
    let forecast = Forecast {
        tokens_in: 7,
        tokens_out: u64::from(u32::MAX),
        p_success: 1.0 / 3.0,
        cost_usd: Some(f64::MIN_POSITIVE),
    };
    let taken = |id: &str, second| RouteRecord {
        at: at(second),
        ..route(id)
    };
    let written = [taken("m", 3), taken("z", 1), taken("a", 2), taken("b", 2)];
    for route in &written {
        stores.outcomes.remember(&scope(), route.clone()).await.unwrap();
    }
    let stores = subject.reopen(stores);
    let foreign = Scope::new(scope().org(), "another", "ada").unwrap();
    stores.outcomes.remember(&foreign, taken("f", 9)).await.unwrap();
    // What is learned about a decision later takes its place.
    let told = RouteRecord {
        forecast: Some(forecast),
        spent_usd: Some(0.1),
        ..taken("a", 2)
    };
    stores.outcomes.remember(&scope(), told.clone()).await.unwrap();
    let newest_first = [taken("m", 3), told, taken("b", 2), taken("z", 1)];
    for (since, limit, expect) in [
        (0, 9, &newest_first[..]),
        (0, 2, &newest_first[..2]),
        (0, 0, &[]),
        (2, 9, &newest_first[..3]),
        (4, 9, &[]),
    ] {
        let found = stores.outcomes.routes(&scope(), at(since), limit).await.unwrap();
        assert_eq!(found, expect, "since {since}, limit {limit}");
    }
}

pub(crate) async fn the_newest_outcomes_come_oldest_first(mut subject: Subject) {
    let stores = subject.open();
    // Numbers that come back changed when they are read carelessly.
    let outcomes =
        [0.1, 1.0 / 3.0, 0.916_666_666_666_666_6, f64::MIN_POSITIVE].map(|reward| outcome("r", reward));
    for outcome in &outcomes[..2] {
        stores.outcomes.append(&scope(), outcome.clone()).await.unwrap();
    }
    let stores = subject.reopen(stores);
    for outcome in &outcomes[2..] {
        stores.outcomes.append(&scope(), outcome.clone()).await.unwrap();
    }
    for limit in [0, 1, 3, 4, 500] {
        let recent = stores.outcomes.recent(&scope(), limit).await.unwrap();
        assert_eq!(recent, outcomes[4_usize.saturating_sub(limit)..], "limit {limit}");
    }
}

pub(crate) async fn outcomes_of_other_projects_come_by_project(mut subject: Subject) {
    let stores = subject.open();
    let here = scope();
    let of = |org: &str, project: &str| Scope::new(org, project, "ada").unwrap();
    // Names of which one begins another, and an organisation whose name begins with this one's.
    let others = ["a", "ab", "z\u{10ffff}"].map(|project| of(here.org(), project));
    let foreign = of(&format!("{}x", here.org()), "a");
    for (number, scope) in others.iter().chain([&here, &foreign]).enumerate() {
        for round in 0..3 {
            let outcome = outcome(&format!("{number}"), f64::from(round) / 4.0);
            stores.outcomes.append(scope, outcome).await.unwrap();
        }
    }
    let stores = subject.reopen(stores);
    let found = stores.outcomes.recent_elsewhere(&here, 2).await.unwrap();
    let expected = others.iter().enumerate().map(|(number, scope)| {
        let outcomes = [1, 2].map(|round| outcome(&format!("{number}"), f64::from(round) / 4.0));
        (scope.project().to_owned(), outcomes.to_vec())
    });
    assert_eq!(found, expected.collect::<Vec<_>>());
    assert!(
        stores
            .outcomes
            .recent_elsewhere(&of("nobody", "p"), 2)
            .await
            .unwrap()
            .is_empty()
    );
}

pub(crate) async fn an_outcome_keeps_who_said_so_and_what_it_took(mut subject: Subject) {
    let stores = subject.open();
    let told = Outcome {
        evidence: Evidence::Validator,
        client: "ada/chat".to_owned(),
        accepted: Some(true),
        tokens_out: Some(300),
        cost_usd: Some(0.1),
        ..outcome("r", 1.0)
    };
    let taken = RouteRecord {
        session: Some("chat".to_owned()),
        ..route("r")
    };
    stores.outcomes.remember(&scope(), taken.clone()).await.unwrap();
    stores.outcomes.append(&scope(), told.clone()).await.unwrap();
    let stores = subject.reopen(stores);
    let found = stores.outcomes.route(&scope(), &RouteId::new("r")).await.unwrap();
    assert_eq!(found, Some(taken));
    assert_eq!(stores.outcomes.recent(&scope(), 9).await.unwrap(), [told]);
}
