//! Messages that are to be brought to receivers.

use super::samples::*;
use super::*;

async fn told(stores: &Stores) -> [Vec<String>; 2] {
    let shelves = [
        stores.outbox.waiting(100).await.unwrap(),
        stores.outbox.dead(100).await.unwrap(),
    ];
    shelves.map(|shelf| {
        let named =
            |(scope, one): (Scope, Delivery)| format!("{} {} {}", scope.project(), one.receiver, one.id);
        shelf.into_iter().map(named).collect()
    })
}

pub(crate) async fn a_message_is_kept_with_its_event_or_not_at_all(mut subject: Subject) {
    let stores = subject.open();
    let with = |expected, seq: i64| Change {
        deliveries: vec![delivery("flow", seq)],
        ..change("r", expected, vec![created("t")])
    };
    stores.journal.commit(with(0, 1)).await.unwrap();
    // The run has moved on: neither event nor message is written.
    let stale = stores.journal.commit(with(0, 2)).await.unwrap();
    assert_eq!(stale, Committed::Stale { actual: 1 });
    let stores = subject.reopen(stores);
    let waiting = stores.outbox.waiting(100).await.unwrap();
    assert_eq!(waiting, [(scope(), delivery("flow", 1))]);
    assert_eq!(stores.outbox.waiting(0).await.unwrap(), []);
}

pub(crate) async fn a_message_is_on_one_shelf_at_a_time(mut subject: Subject) {
    let stores = subject.open();
    let first = Change {
        deliveries: vec![delivery("flow", 1), delivery("flow", 2), delivery("chat", 2)],
        ..change("r", 0, vec![created("t")])
    };
    stores.journal.commit(first).await.unwrap();
    let shelve =
        async |stores: &Stores, one: Delivery, on| stores.outbox.shelve(&scope(), one, on).await.unwrap();
    let dead = Delivery {
        due: None,
        body: "{}".to_owned(),
        ..delivery("flow", 2)
    };
    assert!(shelve(&stores, dead.clone(), Shelf::Dead).await);
    assert!(shelve(&stores, delivery("chat", 2), Shelf::Nowhere).await);
    let stores = subject.reopen(stores);
    let project = scope().project().to_owned();
    let named = |receiver: &str, seq: i64| format!("{project} {receiver} msg_r_{seq}");
    assert_eq!(
        told(&stores).await,
        [vec![named("flow", 1)], vec![named("flow", 2)]]
    );
    assert_eq!(stores.outbox.dead(1).await.unwrap(), [(scope(), dead)]);

    // What was brought does not come back, and nothing comes from nowhere.
    assert!(!shelve(&stores, delivery("chat", 2), Shelf::Waiting).await);
    let elsewhere = Scope::new("local", "other", "ada").unwrap();
    let foreign = stores
        .outbox
        .shelve(&elsewhere, delivery("flow", 1), Shelf::Dead)
        .await;
    assert!(!foreign.unwrap());
    assert!(shelve(&stores, delivery("flow", 2), Shelf::Waiting).await);
    let stores = subject.reopen(stores);
    assert_eq!(
        told(&stores).await,
        [vec![named("flow", 1), named("flow", 2)], vec![]]
    );
    assert_eq!(
        stores.outbox.waiting(100).await.unwrap().last(),
        Some(&(scope(), delivery("flow", 2)))
    );
}
