use std::sync::atomic::{AtomicU32, Ordering};

use async_trait::async_trait;

use super::*;
use crate::domain::Digest;
use crate::store::{self, OpenRun, Seq};

/// A journal that does not write the first so many changes, as told.
#[derive(Debug)]
struct Troubled {
    inner: Arc<dyn Journal>,
    left: AtomicU32,
    trouble: Trouble,
}

#[derive(Debug, Clone, Copy)]
enum Trouble {
    /// Somebody else wrote first.
    Stale,
    /// The disk failed.
    Broken,
}

#[async_trait]
impl Journal for Troubled {
    async fn commit(&self, change: Change) -> store::Result<Committed> {
        let spared = self
            .left
            .fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1))
            .is_err();
        match self.trouble {
            _ if spared => self.inner.commit(change).await,
            Trouble::Stale => Ok(Committed::Stale {
                actual: change.expected + 1,
            }),
            Trouble::Broken => Err(store::Error::Io {
                doing: "write",
                detail: "disk full".to_owned(),
            }),
        }
    }

    async fn forget(&self, scope: &Scope, runs: Vec<RunId>) -> store::Result<Vec<RunId>> {
        self.inner.forget(scope, runs).await
    }

    async fn replay(&self, scope: &Scope, run: &RunId, after: Seq) -> store::Result<Vec<RunEvent>> {
        self.inner.replay(scope, run, after).await
    }

    async fn unfinished(&self, scope: &Scope, limit: usize) -> store::Result<Vec<OpenRun>> {
        self.inner.unfinished(scope, limit).await
    }

    async fn runs(&self, scope: &Scope, limit: usize) -> store::Result<Vec<RunId>> {
        self.inner.runs(scope, limit).await
    }

    async fn unfinished_anywhere(&self, limit: usize) -> store::Result<Vec<(Scope, OpenRun)>> {
        self.inner.unfinished_anywhere(limit).await
    }

    async fn blob(&self, scope: &Scope, digest: &Digest) -> store::Result<Option<Vec<u8>>> {
        self.inner.blob(scope, digest).await
    }
}

fn troubled(world: &World, trouble: Trouble, times: u32) -> Crews {
    let inner = world.stores.journal.clone();
    world.crews_over(Arc::new(Troubled {
        inner,
        left: AtomicU32::new(times),
        trouble,
    }))
}

#[tokio::test]
async fn a_restart_between_any_two_calls_changes_nothing() {
    let world = World::new();
    let mut reply = world.crews().start(&ada(), planned()).await.unwrap();
    let run = reply.run_id.clone();
    // Wrong, lost and right submissions, each taken by a process that has never seen the run before.
    for n in 0.. {
        let before = seen(&world.crews(), &run).await;
        assert_eq!(before, seen(&world.crews(), &run).await);
        assert_eq!(before["pending"], serde_json::to_value(&reply.pending).unwrap());
        assert_eq!(
            before["next_call"],
            serde_json::to_value(&reply.next_call).unwrap_or_default()
        );
        assert_eq!(before["progress"], serde_json::to_value(reply.progress).unwrap());
        assert_eq!(before["seq"], reply.seq);
        if reply.status != RunStatus::InputRequired {
            break;
        }
        let given = match n {
            0 => submission(only(&reply), "no JSON at all"),
            3 => submission(only(&reply), BAD_PYTHON),
            4 => Submission {
                error: Some("lost the file".to_owned()),
                ..good(only(&reply))
            },
            _ => good(only(&reply)),
        };
        reply = hand_in(&world.crews(), &reply, given).await;
    }
    assert_eq!(reply.status, RunStatus::Completed);
}

#[tokio::test]
async fn every_acknowledged_event_is_in_the_journal_and_every_prefix_is_a_state_a_host_was_shown() {
    let world = World::new();
    let crews = world.crews();
    let started = crews.start(&ada(), planned()).await.unwrap();
    let mut shown = vec![(started.seq, started.status, started.progress.done)];
    let mut reply = started.clone();
    while reply.status == RunStatus::InputRequired {
        let next = good(only(&reply));
        reply = hand_in(&crews, &reply, next).await;
        shown.push((reply.seq, reply.status, reply.progress.done));
    }
    let events = world.events(&started.run_id).await;
    for (seq, status, done) in shown {
        let state = fold(&events[..usize::try_from(seq).unwrap()]).unwrap();
        assert_eq!((state.seq, state.status(), state.done()), (seq, status, done));
    }
    assert_eq!(events.len() as u64, reply.seq);
}

#[tokio::test]
async fn what_could_not_be_written_is_not_acknowledged_and_can_be_handed_in_again() {
    let world = World::new();
    let broken = troubled(&world, Trouble::Broken, u32::MAX);
    assert_eq!(
        broken.start(&ada(), planned()).await.unwrap_err().code(),
        "store.io"
    );

    let started = world.crews().start(&ada(), planned()).await.unwrap();
    let failed = broken
        .submit(&ada(), None, vec![good(only(&started))])
        .await
        .unwrap_err();
    assert!(failed.retryable());
    assert_eq!(seen(&world.crews(), &started.run_id).await["progress"]["done"], 0);
    assert_eq!(finish(&world.crews(), started).await.status, RunStatus::Completed);
}

#[tokio::test]
async fn a_submission_is_judged_anew_when_the_run_moved_meanwhile_but_not_for_ever() {
    let world = World::new();
    let started = world.crews().start(&ada(), planned()).await.unwrap();
    let never = troubled(&world, Trouble::Stale, u32::MAX);
    let busy = never
        .submit(&ada(), None, vec![good(only(&started))])
        .await
        .unwrap_err();
    assert_eq!((busy.code(), busy.retryable()), ("crew.busy", true));
    let soon = troubled(&world, Trouble::Stale, 3);
    let reply = soon
        .submit(&ada(), None, vec![good(only(&started))])
        .await
        .unwrap();
    assert_eq!(outcomes(&reply), [ReceiptOutcome::Recorded]);
}

#[tokio::test]
async fn two_hosts_at_once_record_one_result() {
    let world = World::new();
    let (one, two) = (world.crews(), world.crews());
    let started = one.start(&ada(), planned()).await.unwrap();
    let other = submission(only(&started), json!({"goal": "another"}));
    let scope = ada();
    let (a, b) = futures::join!(
        one.submit(&scope, None, vec![good(only(&started))]),
        two.submit(&scope, None, vec![other]),
    );
    let mut got = [outcomes(&a.unwrap())[0], outcomes(&b.unwrap())[0]];
    got.sort_by_key(|outcome| *outcome != ReceiptOutcome::Recorded);
    assert_eq!(got, [ReceiptOutcome::Recorded, ReceiptOutcome::Conflict]);
    let results = world.events(&started.run_id).await;
    assert_eq!(
        results
            .iter()
            .filter(|event| matches!(event, RunEvent::StepResult { .. }))
            .count(),
        1
    );
}
