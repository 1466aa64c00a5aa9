//! The walls between projects.

use super::samples::*;
use super::*;

pub(crate) async fn another_project_sees_nothing(mut subject: Subject) {
    let stores = subject.open();
    let mine = scope();
    let kept = Change {
        blobs: vec![b"output".to_vec()],
        reserve: vec![charge("a", 5)],
        idempotency: Some(IdempotencyKey {
            key: "k".to_owned(),
            request: Digest::of(b"k"),
        }),
        ..change("r", 0, vec![created("t")])
    };
    stores.journal.commit(kept.clone()).await.unwrap();
    stores.lessons.put(&mine, vec![lesson("l", 1)]).await.unwrap();
    let vector = vec![(LessonId::new("l"), vec![1, 2])];
    stores.embeddings.put(&mine, "m/1", vector).await.unwrap();
    stores.outcomes.remember(&mine, route("g")).await.unwrap();
    stores.outcomes.append(&mine, outcome("g", 1.0)).await.unwrap();
    stores.audit.append(entry(&mine, "cli").into()).await.unwrap();
    let stores = subject.reopen(stores);
    let run = RunId::new("r");
    for (org, project) in [
        ("local", "/home/ada/engine2"),
        ("local", "/home/ada/engin"),
        ("local2", "/home/ada/engine"),
        ("loca", "l/home/ada/engine"),
    ] {
        let theirs = Scope::new(org, project, "ada").unwrap();
        assert_eq!(stores.journal.replay(&theirs, &run, 0).await.unwrap(), []);
        assert_eq!(stores.journal.unfinished(&theirs, 10).await.unwrap(), []);
        assert_eq!(stores.journal.runs(&theirs, 10).await.unwrap(), []);
        assert_eq!(
            stores
                .journal
                .blob(&theirs, &Digest::of(b"output"))
                .await
                .unwrap(),
            None
        );
        assert_eq!(
            stores.lessons.get(&theirs, &LessonId::new("l")).await.unwrap(),
            None
        );
        assert_eq!(stores.lessons.after(&theirs, 0, 10).await.unwrap(), []);
        let vectors = stores.embeddings.of_project(&theirs, "m/1", None, 10).await;
        assert_eq!(vectors.unwrap(), []);
        assert_eq!(
            stores.outcomes.route(&theirs, &RouteId::new("g")).await.unwrap(),
            None
        );
        assert_eq!(stores.outcomes.recent(&theirs, 10).await.unwrap(), []);
        assert_eq!(
            stores.budgets.standing(&theirs).await.unwrap(),
            Standing::default()
        );
        if org != mine.org() {
            assert_eq!(stores.audit.entries(&theirs, 0, 10).await.unwrap(), []);
        }
        // Not even by what can be written.
        let same_names = Change {
            scope: theirs.clone(),
            ..kept.clone()
        };
        assert_eq!(stores.journal.commit(same_names).await.unwrap(), Committed::At(1));
        let put = stores.lessons.put(&theirs, vec![lesson("l", 1)]).await.unwrap();
        assert!(matches!(put, Put::At(_)), "{put:?}");
    }
    // The principal is not part of where things are.
    let colleague = Scope::new(mine.org(), mine.project(), "grace").unwrap();
    assert_eq!(stores.journal.replay(&colleague, &run, 0).await.unwrap().len(), 1);
    assert_eq!(
        stores.budgets.standing(&colleague).await.unwrap().reserved,
        MicroUsd(5)
    );
}
