//! Routing decisions and outcomes.

use super::samples::*;
use super::*;

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
