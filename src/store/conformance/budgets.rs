//! Money, inside and outside of runs.

use super::samples::*;
use super::*;

pub(crate) async fn money_is_set_aside_with_the_events_or_not_at_all(mut subject: Subject) {
    let stores = subject.open();
    let (journal, budgets) = (&stores.journal, &stores.budgets);
    budgets.set_limit(&scope(), Some(MicroUsd(100))).await.unwrap();
    let first = Change {
        reserve: vec![charge("r/a/1", 40), charge("r/b/1", 30)],
        ..change("r", 0, vec![created("t")])
    };
    assert_eq!(journal.commit(first).await.unwrap(), Committed::At(1));
    let too_much = Change {
        reserve: vec![charge("r/c/1", 20), charge("r/d/1", 20)],
        blobs: vec![b"never".to_vec()],
        idempotency: Some(IdempotencyKey {
            key: "k".to_owned(),
            request: Digest::of(b"k"),
        }),
        ..change("r", 1, vec![awaiting(1)])
    };
    let answer = journal.commit(too_much.clone()).await.unwrap();
    // Before anything of it: what fits of it can be told from that.
    assert_eq!(answer, Committed::OverBudget { left: MicroUsd(30) });
    assert_eq!(
        journal.replay(&scope(), &RunId::new("r"), 0).await.unwrap().len(),
        1
    );
    assert_eq!(journal.blob(&scope(), &Digest::of(b"never")).await.unwrap(), None);
    let stores = subject.reopen(stores);
    let (journal, budgets) = (&stores.journal, &stores.budgets);
    let standing = |reserved, spent| Standing {
        limit: Some(MicroUsd(100)),
        reserved: MicroUsd(reserved),
        spent: MicroUsd(spent),
    };
    assert_eq!(budgets.standing(&scope()).await.unwrap(), standing(70, 0));
    // What is settled in the same change makes room.
    let cheaper = Change {
        settle: vec![charge("r/a/1", 5)],
        ..too_much
    };
    assert_eq!(journal.commit(cheaper.clone()).await.unwrap(), Committed::At(2));
    assert_eq!(budgets.standing(&scope()).await.unwrap(), standing(70, 5));
    let taken = journal.commit(cheaper).await.unwrap();
    assert!(matches!(taken, Committed::Taken { .. }), "{taken:?}");
    assert_eq!(budgets.standing(&scope()).await.unwrap(), standing(70, 5));
}

pub(crate) async fn a_charge_is_booked_once(mut subject: Subject) {
    let stores = subject.open();
    let budgets = &stores.budgets;
    let standing = |limit: Option<u64>, reserved, spent| Standing {
        limit: limit.map(MicroUsd),
        reserved: MicroUsd(reserved),
        spent: MicroUsd(spent),
    };
    assert_eq!(budgets.standing(&scope()).await.unwrap(), standing(None, 0, 0));
    let unlimited = budgets.reserve(&scope(), charge("a", 1_000)).await.unwrap();
    assert_eq!(unlimited, Reserved::Yes);
    budgets.set_limit(&scope(), Some(MicroUsd(1_500))).await.unwrap();
    assert_eq!(
        budgets.reserve(&scope(), charge("a", 9_999)).await.unwrap(),
        Reserved::Yes
    );
    let over = budgets.reserve(&scope(), charge("b", 501)).await.unwrap();
    assert_eq!(over, Reserved::OverBudget { left: MicroUsd(500) });
    assert_eq!(
        budgets.reserve(&scope(), charge("b", 500)).await.unwrap(),
        Reserved::Yes
    );
    assert_eq!(
        budgets.standing(&scope()).await.unwrap(),
        standing(Some(1_500), 1_500, 0)
    );
    let stores = subject.reopen(stores);
    let budgets = &stores.budgets;
    for amount in [700, 800] {
        budgets.settle(&scope(), charge("a", amount)).await.unwrap();
        budgets
            .settle(&scope(), charge("never reserved", amount))
            .await
            .unwrap();
        assert_eq!(
            budgets.reserve(&scope(), charge("a", 1)).await.unwrap(),
            Reserved::Yes
        );
        assert_eq!(
            budgets.standing(&scope()).await.unwrap(),
            standing(Some(1_500), 500, 1_400)
        );
    }
    // More was spent than allowed: nothing is left, and nothing underflows.
    budgets.set_limit(&scope(), Some(MicroUsd(10))).await.unwrap();
    let over = budgets.reserve(&scope(), charge("c", 1)).await.unwrap();
    assert_eq!(over, Reserved::OverBudget { left: MicroUsd(0) });
    budgets.settle(&scope(), charge("huge", u64::MAX)).await.unwrap();
    budgets.set_limit(&scope(), None).await.unwrap();
    assert_eq!(
        budgets.standing(&scope()).await.unwrap(),
        standing(None, 500, u64::MAX)
    );
    // Two at once cannot overspend.
    let limited = Scope::new("local", "limited", "ada").unwrap();
    budgets.set_limit(&limited, Some(MicroUsd(30))).await.unwrap();
    let ids: Vec<_> = (0..50).map(|n| format!("c{n}")).collect();
    let reserving = ids.iter().map(|id| budgets.reserve(&limited, charge(id, 10)));
    let answers = futures::future::join_all(reserving).await;
    let granted = answers
        .into_iter()
        .filter(|answer| *answer.as_ref().unwrap() == Reserved::Yes);
    assert_eq!(granted.count(), 3);
}
