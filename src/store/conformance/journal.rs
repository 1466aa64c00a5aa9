//! Runs, outputs and idempotency keys.

use std::time::Duration;

use super::samples::*;
use super::*;
use crate::clock::{Clock as _, ManualClock};
use crate::domain::StepId;

pub(crate) async fn a_run_is_read_back_in_order(mut subject: Subject) {
    let stores = subject.open();
    let run = RunId::new("r");
    let events = [created("t"), awaiting(1), awaiting(2), failed_at(9)];
    let first = change("r", 0, events[..2].to_vec());
    assert_eq!(stores.journal.commit(first).await.unwrap(), Committed::At(2));
    let stores = subject.reopen(stores);
    let second = change("r", 2, events[2..].to_vec());
    assert_eq!(stores.journal.commit(second).await.unwrap(), Committed::At(4));
    for after in 0..6 {
        let replayed = stores.journal.replay(&scope(), &run, after).await.unwrap();
        assert_eq!(
            replayed,
            events[events.len().min(after as usize)..],
            "after {after}"
        );
    }
    assert_eq!(stores.journal.replay(&scope(), &run, Seq::MAX).await.unwrap(), []);
    assert_eq!(
        stores
            .journal
            .replay(&scope(), &RunId::new("x"), 0)
            .await
            .unwrap(),
        []
    );
}

pub(crate) async fn a_writer_that_is_behind_is_refused(mut subject: Subject) {
    let stores = subject.open();
    let commit = |stores: &Stores, expected, attempt| {
        let journal = stores.journal.clone();
        async move {
            let change = change("r", expected, vec![awaiting(attempt)]);
            journal.commit(change).await.unwrap()
        }
    };
    assert_eq!(commit(&stores, 1, 1).await, Committed::Stale { actual: 0 });
    assert_eq!(commit(&stores, 0, 2).await, Committed::At(1));
    let stores = subject.reopen(stores);
    assert_eq!(commit(&stores, 0, 3).await, Committed::Stale { actual: 1 });
    assert_eq!(commit(&stores, 2, 4).await, Committed::Stale { actual: 1 });
    assert_eq!(commit(&stores, 1, 5).await, Committed::At(2));
    let replayed = stores
        .journal
        .replay(&scope(), &RunId::new("r"), 0)
        .await
        .unwrap();
    assert_eq!(replayed, [awaiting(2), awaiting(5)]);
}

pub(crate) async fn of_a_hundred_writers_one_gets_each_number(mut subject: Subject) {
    let stores = subject.open();
    for expected in 0..3 {
        let writers = (0..100).map(|writer| {
            let journal = stores.journal.clone();
            async move {
                journal
                    .commit(change("r", expected, vec![awaiting(writer)]))
                    .await
            }
        });
        let answers = futures::future::join_all(writers).await;
        let answers: Vec<_> = answers.into_iter().map(Result::unwrap).collect();
        let won = answers
            .iter()
            .filter(|answer| **answer == Committed::At(expected + 1));
        assert_eq!(won.count(), 1);
        let lost = Committed::Stale { actual: expected + 1 };
        assert_eq!(answers.iter().filter(|answer| **answer == lost).count(), 99);
    }
    let stores = subject.reopen(stores);
    let replayed = stores
        .journal
        .replay(&scope(), &RunId::new("r"), 0)
        .await
        .unwrap();
    assert_eq!(replayed.len(), 3);
}

pub(crate) async fn open_runs_are_listed_newest_first(mut subject: Subject) {
    let stores = subject.open();
    let clock = ManualClock::new();
    for run in ["b", "a", "c", "d"] {
        clock.advance(Duration::from_secs(1));
        let first = RunEvent::StepAwaitingHost {
            at: clock.now(),
            step: StepId::new("s"),
            attempt: 1,
            expires_at: clock.now(),
            lessons: Vec::new(),
        };
        stores.journal.commit(change(run, 0, vec![first])).await.unwrap();
    }
    let commit = change("a", 1, vec![failed_at(1)]);
    stores.journal.commit(commit).await.unwrap();
    let commit = change("d", 1, vec![failed_at(1)]);
    stores.journal.commit(commit).await.unwrap();
    let stores = subject.reopen(stores);
    // A run that failed can be taken up again.
    stores
        .journal
        .commit(change("d", 2, vec![awaiting(2)]))
        .await
        .unwrap();
    let open = |run: &str, last| OpenRun {
        run: RunId::new(run),
        last,
    };
    let all = [open("d", 3), open("c", 1), open("b", 1)];
    for limit in [0, 1, 2, 3, 300] {
        let listed = stores.journal.unfinished(&scope(), limit).await.unwrap();
        assert_eq!(listed, all[..limit.min(3)], "limit {limit}");
    }
    let every = ["d", "c", "a", "b"].map(RunId::new);
    for limit in [0, 1, 3, 300] {
        let listed = stores.journal.runs(&scope(), limit).await.unwrap();
        assert_eq!(listed, every[..limit.min(4)], "limit {limit}");
    }
}

pub(crate) async fn outputs_are_kept_whole(mut subject: Subject) {
    let stores = subject.open();
    let blobs = [0, 1, 4_090, 4_091, 65_536, 1 << 20].map(|length: usize| {
        let bytes = (0..length).map(|at| (at * 31 % 251) as u8);
        bytes.collect::<Vec<_>>()
    });
    for (expected, half) in blobs.chunks(3).enumerate() {
        let change = Change {
            blobs: half.to_vec(),
            ..change("r", expected as Seq, vec![awaiting(1)])
        };
        stores.journal.commit(change).await.unwrap();
    }
    let stores = subject.reopen(stores);
    let again = Change {
        blobs: blobs.to_vec(),
        ..change("other", 0, vec![awaiting(1)])
    };
    stores.journal.commit(again).await.unwrap();
    for blob in blobs {
        let found = stores.journal.blob(&scope(), &Digest::of(&blob)).await.unwrap();
        assert!(found.as_ref() == Some(&blob), "{} bytes", blob.len());
    }
    assert_eq!(
        stores.journal.blob(&scope(), &Digest::of(b"none")).await.unwrap(),
        None
    );
    let refused = Change {
        blobs: vec![b"refused".to_vec()],
        ..change("r", 0, vec![awaiting(1)])
    };
    stores.journal.commit(refused).await.unwrap();
    let found = stores
        .journal
        .blob(&scope(), &Digest::of(b"refused"))
        .await
        .unwrap();
    assert_eq!(found, None);
}

pub(crate) async fn a_long_event_is_kept_whole(mut subject: Subject) {
    let stores = subject.open();
    let long = created(&"a task in many words. ".repeat(50_000));
    let commit = change("r", 0, vec![long.clone(), awaiting(1)]);
    stores.journal.commit(commit).await.unwrap();
    let stores = subject.reopen(stores);
    let replayed = stores
        .journal
        .replay(&scope(), &RunId::new("r"), 0)
        .await
        .unwrap();
    assert!(replayed == [long, awaiting(1)]);
}

pub(crate) async fn a_key_belongs_to_the_first_request(mut subject: Subject) {
    let stores = subject.open();
    let start = |run: &str, key: &str, request: &[u8]| Change {
        idempotency: Some(IdempotencyKey {
            key: key.to_owned(),
            request: Digest::of(request),
        }),
        ..change(run, 0, vec![created("t")])
    };
    // Two at once: one run comes of it, and the other learns which.
    let (a, b) = futures::join!(
        stores.journal.commit(start("a", "key", b"one")),
        stores.journal.commit(start("b", "key", b"one")),
    );
    let winner = match (a.unwrap(), b.unwrap()) {
        (Committed::At(1), Committed::Taken { run, .. }) if run.as_str() == "a" => run,
        (Committed::Taken { run, .. }, Committed::At(1)) if run.as_str() == "b" => run,
        other => panic!("{other:?}"),
    };
    let stores = subject.reopen(stores);
    let taken = Committed::Taken {
        run: winner,
        request: Digest::of(b"one"),
    };
    let again = stores.journal.commit(start("c", "key", b"two")).await.unwrap();
    assert_eq!(again, taken);
    let open = stores.journal.unfinished(&scope(), 10).await.unwrap();
    assert_eq!(open.len(), 1, "{open:?}");
    let other = stores.journal.commit(start("d", "other", b"two")).await.unwrap();
    assert_eq!(other, Committed::At(1));
    let theirs = Change {
        scope: Scope::new(scope().org(), scope().project(), "grace").unwrap(),
        ..start("e", "key", b"two")
    };
    assert_eq!(stores.journal.commit(theirs).await.unwrap(), Committed::At(1));
}

pub(crate) async fn ended_runs_are_forgotten_with_what_is_theirs_alone(mut subject: Subject) {
    let stores = subject.open();
    let outputs = [vec![b'a'; 200_000], b"both".to_vec(), b"the other".to_vec()];
    let digests = outputs.each_ref().map(|output| Digest::of(output));
    let result = |output: usize| RunEvent::StepResult {
        at: Timestamp::UNIX_EPOCH,
        step: StepId::new("s"),
        attempt: 1,
        submitted: digests[output],
        output: digests[output],
        bytes: 1,
        repaired: false,
        warnings: Vec::new(),
        usage: crate::domain::run::Usage::default(),
        notes: Vec::new(),
        via: None,
    };
    let ended = RunEvent::RunCompleted {
        at: Timestamp::UNIX_EPOCH,
    };
    let keyed = |key: &str| IdempotencyKey {
        key: key.to_owned(),
        request: Digest::of(b"request"),
    };
    let commit = async |stores: &Stores, run: &str, events: Vec<RunEvent>, blobs: &[usize]| {
        let change = Change {
            blobs: blobs.iter().map(|at| outputs[*at].clone()).collect(),
            idempotency: Some(keyed(run)),
            ..change(run, 0, events)
        };
        stores.journal.commit(change).await.unwrap()
    };
    commit(
        &stores,
        "old",
        vec![created("t"), result(0), result(1), ended.clone()],
        &[0, 1],
    )
    .await;
    commit(
        &stores,
        "new",
        vec![created("t"), result(1), result(2), ended],
        &[1, 2],
    )
    .await;
    commit(&stores, "open", vec![created("t"), awaiting(1)], &[]).await;
    let stores = subject.reopen(stores);
    let named = ["old", "open", "unknown", "old"].map(RunId::new).to_vec();
    let gone = stores.journal.forget(&scope(), named.clone()).await.unwrap();
    assert_eq!(gone, [RunId::new("old")]);
    let stores = subject.reopen(stores);
    assert_eq!(stores.journal.forget(&scope(), named).await.unwrap(), []);
    let replay = async |run: &str| {
        stores
            .journal
            .replay(&scope(), &RunId::new(run), 0)
            .await
            .unwrap()
    };
    assert_eq!(replay("old").await, []);
    assert_eq!((replay("new").await.len(), replay("open").await.len()), (4, 2));
    for (output, kept) in [(0, false), (1, true), (2, true)] {
        let blob = stores.journal.blob(&scope(), &digests[output]).await.unwrap();
        assert_eq!(blob.is_some(), kept, "{output}");
    }
    let runs = stores.journal.runs(&scope(), 10).await.unwrap();
    assert!(!runs.contains(&RunId::new("old")), "{runs:?}");
    // The key is free again, the other's is not.
    assert_eq!(
        commit(&stores, "old", vec![created("t")], &[]).await,
        Committed::At(1)
    );
    assert!(matches!(
        commit(&stores, "new", vec![created("t")], &[]).await,
        Committed::Taken { .. }
    ));
}
