//! What tools are expected to say of themselves.

use super::samples::*;
use super::*;
use crate::domain::Pin;

fn pin(tool: &str, definition: &str, second: i64) -> Pin {
    Pin {
        server: "forge".to_owned(),
        tool: tool.to_owned(),
        sha256: Digest::of(definition.as_bytes()),
        pinned_at: Timestamp::from_second(second).unwrap(),
    }
}

async fn pinned(stores: &Stores, scope: &Scope, tool: &str) -> Option<Pin> {
    stores.pins.pinned(scope, "forge", tool).await.unwrap()
}

pub(crate) async fn a_tool_is_pinned_once_and_pinned_again_only_instead_of_what_it_was(mut subject: Subject) {
    let stores = subject.open();
    let (first, second) = (pin("push", "pushes", 1), pin("push", "pushes, and sends", 2));
    let put = async |stores: &Stores, pin: &Pin, instead: Option<&Pin>| {
        let instead = instead.map(|pin| pin.sha256);
        stores.pins.pin(&scope(), pin.clone(), instead, 10).await.unwrap()
    };
    assert_eq!(pinned(&stores, &scope(), "push").await, None);
    assert!(!put(&stores, &first, Some(&second)).await, "nothing is pinned");
    assert!(put(&stores, &first, None).await);
    let stores = subject.reopen(stores);
    assert_eq!(pinned(&stores, &scope(), "push").await.as_ref(), Some(&first));
    assert!(!put(&stores, &second, None).await, "it is pinned");
    assert!(!put(&stores, &second, Some(&second)).await, "to something else");
    assert!(put(&stores, &second, Some(&first)).await);
    let stores = subject.reopen(stores);
    assert_eq!(pinned(&stores, &scope(), "push").await, Some(second));

    let elsewhere = Scope::new("local", "other", "ada").unwrap();
    assert_eq!(pinned(&stores, &elsewhere, "push").await, None);
    let other_server = stores.pins.pinned(&scope(), "forg", "epush").await;
    assert_eq!(other_server.unwrap(), None);
}

pub(crate) async fn of_too_many_pins_the_oldest_makes_room(mut subject: Subject) {
    let mut stores = subject.open();
    for (tool, second) in [("b", 2), ("a", 1), ("d", 4), ("c", 3)] {
        let scope = scope();
        let put = stores.pins.pin(&scope, pin(tool, tool, second), None, 3);
        assert!(put.await.unwrap());
        stores = subject.reopen(stores);
    }
    let mut left = Vec::new();
    for tool in ["a", "b", "c", "d"] {
        left.extend(pinned(&stores, &scope(), tool).await.map(|pin| pin.tool));
    }
    assert_eq!(left, ["b", "c", "d"]);
}
