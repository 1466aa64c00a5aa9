//! Where lessons lie by their meaning.

use std::collections::BTreeMap;

use super::samples::*;
use super::*;

/// Of every length that is stored in another way, with every value a byte can have.
fn vector(number: usize) -> Vec<i8> {
    let dimensions = [1, 384, 768, 5_000, 9_000][number % 5];
    let values = (0..dimensions).map(|at| ((at + number) % 256) as u8);
    values.map(u8::cast_signed).collect()
}

fn ids(numbers: std::ops::Range<usize>) -> Vec<Embedded> {
    // Ids of several lengths, and one that begins like another.
    let id = |number: usize| LessonId::new("l".repeat(1 + number % 3) + &number.to_string());
    numbers.map(|number| (id(number), vector(number))).collect()
}

/// All that is there, read in pages of `limit`.
async fn all(stores: &Stores, scope: &Scope, embedder: &str, limit: usize) -> BTreeMap<LessonId, Vec<i8>> {
    let mut found = BTreeMap::new();
    let mut after = None;
    loop {
        let page = stores
            .embeddings
            .of_project(scope, embedder, after.as_ref(), limit);
        let page = page.await.unwrap();
        assert!(page.len() <= limit);
        let Some((last, _)) = page.last() else {
            return found;
        };
        after = Some(last.clone());
        for (id, vector) in page {
            assert_eq!(found.insert(id, vector), None, "read twice");
        }
    }
}

pub(crate) async fn vectors_are_read_page_by_page(mut subject: Subject) {
    let stores = subject.open();
    for batch in [0..7, 7..8, 8..8, 8..23] {
        stores.embeddings.put(&scope(), "m/1", ids(batch)).await.unwrap();
    }
    let stores = subject.reopen(stores);
    for limit in [1, 2, 22, 23, 1_000] {
        let found = all(&stores, &scope(), "m/1", limit).await;
        assert_eq!(found, ids(0..23).into_iter().collect(), "limit {limit}");
    }
    let none = stores.embeddings.of_project(&scope(), "m/1", None, 0).await;
    assert_eq!(none.unwrap(), []);
}

pub(crate) async fn a_newer_vector_takes_the_place_of_the_older(mut subject: Subject) {
    let stores = subject.open();
    let id = LessonId::new("l");
    for dimensions in [9_000, 3] {
        let vectors = vec![(id.clone(), vec![-7; dimensions])];
        stores.embeddings.put(&scope(), "m/1", vectors).await.unwrap();
    }
    let stores = subject.reopen(stores);
    let found = all(&stores, &scope(), "m/1", 10).await;
    assert_eq!(found, BTreeMap::from([(id, vec![-7; 3])]));
}

pub(crate) async fn vectors_of_two_embedders_are_never_mixed(mut subject: Subject) {
    let stores = subject.open();
    let theirs = Scope::new("local", "other", "ada").unwrap();
    for (scope, embedder, numbers) in [
        (scope(), "m/1", 0..2),
        (scope(), "m/10", 2..3),
        (theirs.clone(), "m/1", 3..4),
    ] {
        let put = stores.embeddings.put(&scope, embedder, ids(numbers));
        put.await.unwrap();
    }
    let stores = subject.reopen(stores);
    for (scope, embedder, numbers) in [
        (scope(), "m/1", 0..2),
        (scope(), "m/10", 2..3),
        (scope(), "m", 0..0),
        (scope(), "", 0..0),
        (theirs.clone(), "m/1", 3..4),
        (theirs, "m/10", 0..0),
    ] {
        let found = all(&stores, &scope, embedder, 1).await;
        assert_eq!(found, ids(numbers).into_iter().collect(), "{embedder}");
    }
}
