//! Lessons.

use super::samples::*;
use super::*;

pub(crate) async fn lessons_are_written_all_or_none(mut subject: Subject) {
    let stores = subject.open();
    let put = |stores: &Stores, lessons: Vec<Lesson>| {
        let store = stores.lessons.clone();
        async move { store.put(&scope(), lessons).await.unwrap() }
    };
    let stale = |id: &str| Put::Stale(LessonId::new(id));
    assert_eq!(put(&stores, vec![lesson("a", 2)]).await, stale("a"));
    assert_eq!(
        put(&stores, vec![lesson("a", 1), lesson("b", 1)]).await,
        Put::At(2)
    );
    let stores = subject.reopen(stores);
    for wrong in [0, 1, 3, u32::MAX] {
        let both = vec![lesson("b", 2), lesson("a", wrong)];
        assert_eq!(put(&stores, both).await, stale("a"), "revision {wrong}");
    }
    let stored = stores.lessons.get(&scope(), &LessonId::new("b")).await.unwrap();
    assert_eq!(stored.unwrap().revision, 1);
    let all = vec![lesson("a", 2), lesson("a", 3), lesson("b", 2)];
    assert_eq!(put(&stores, all).await, Put::At(5));
    let stored = stores.lessons.get(&scope(), &LessonId::new("a")).await.unwrap();
    assert_eq!(stored, Some(lesson("a", 3)));
    assert_eq!(
        stores.lessons.get(&scope(), &LessonId::new("c")).await.unwrap(),
        None
    );
    assert_eq!(put(&stores, Vec::new()).await, Put::At(5));
}

pub(crate) async fn revisions_of_lessons_are_numbered_in_order(mut subject: Subject) {
    let stores = subject.open();
    let other = Scope::new("local", "other", "ada").unwrap();
    for (number, scope) in [scope(), other.clone(), scope(), other.clone()]
        .iter()
        .enumerate()
    {
        let put = stores
            .lessons
            .put(scope, vec![lesson(&format!("l{number}"), 1)])
            .await;
        assert_eq!(put.unwrap(), Put::At(number as Seq + 1));
    }
    let stores = subject.reopen(stores);
    let put = stores.lessons.put(&scope(), vec![lesson("l0", 2)]).await;
    assert_eq!(put.unwrap(), Put::At(5));
    let log = [(1, lesson("l0", 1)), (3, lesson("l2", 1)), (5, lesson("l0", 2))];
    for (after, limit, expect) in [
        (0, 10, &log[..]),
        (0, 1_000, &log[..]),
        (0, 2, &log[..2]),
        (1, 10, &log[1..]),
        (2, 1, &log[1..2]),
        (5, 10, &[]),
        (Seq::MAX, 10, &[]),
        (0, 0, &[]),
    ] {
        let read = stores.lessons.after(&scope(), after, limit).await.unwrap();
        assert_eq!(read, expect, "after {after}, limit {limit}");
    }
    let theirs = stores.lessons.after(&other, 0, 10).await.unwrap();
    assert_eq!(theirs.iter().map(|(seq, _)| *seq).collect::<Vec<_>>(), [2, 4]);
}
