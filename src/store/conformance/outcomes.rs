//! Routing decisions and outcomes.

use super::samples::*;
use super::*;
use crate::domain::Forecast;

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
