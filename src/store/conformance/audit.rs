//! The audit log.

use super::samples::*;
use super::*;

pub(crate) async fn audit_entries_are_linked(mut subject: Subject) {
    let stores = subject.open();
    let first = stores.audit.append(entry(&scope(), "cli")).await.unwrap();
    // SHA-256 of a zero byte, 32 zero bytes and the entry with its keys in order, worked out by hand.
    let canonical = format!(
        r#"{{"action_sha256":"{}","at":"1970-01-01T00:00:07Z","bundle":"{}","effect":"deny","kind":"shell","rules":["shell.rm"],"scope":{{"org":"local","principal":"ada","project":"/home/ada/engine"}},"via":"cli"}}"#,
        Digest::of(b"cli"),
        Digest::of(b"bundle"),
    );
    let linked = |previous: &[u8; 32], entry: &str| {
        Digest::of(&[&[0], previous.as_slice(), entry.as_bytes()].concat())
    };
    assert_eq!(first.hash, linked(&[0; 32], &canonical));
    let stores = subject.reopen(stores);
    let second = stores.audit.append(entry(&scope(), "crew.step")).await.unwrap();
    let canonical = canonical
        .replace(
            &Digest::of(b"cli").to_string(),
            &Digest::of(b"crew.step").to_string(),
        )
        .replace("\"via\":\"cli\"", "\"via\":\"crew.step\"");
    assert_eq!(second.hash, linked(first.hash.as_bytes(), &canonical));
    let writers = (0..50).map(|n| stores.audit.append(entry(&scope(), &format!("w{n}"))));
    let mut numbers: Vec<_> = futures::future::join_all(writers)
        .await
        .into_iter()
        .map(|written| written.unwrap().seq)
        .collect();
    numbers.sort_unstable();
    assert_eq!(numbers, (3..=52).collect::<Vec<_>>());
    let all = stores.audit.entries(&scope(), 0, 1_000).await.unwrap();
    assert_eq!(all.len(), 52);
    assert_eq!(all[1], (second, entry(&scope(), "crew.step")));
    for (after, limit) in [(0, 5), (10, 5), (50, 5), (52, 5), (u64::MAX, 5), (3, 0)] {
        let page = stores.audit.entries(&scope(), after, limit).await.unwrap();
        let expect = all.iter().skip(usize::try_from(after).unwrap()).take(limit);
        assert!(page.iter().eq(expect), "after {after}, limit {limit}");
    }
}

pub(crate) async fn the_audit_log_belongs_to_the_organisation(mut subject: Subject) {
    let stores = subject.open();
    let place = |org: &str, project: &str| Scope::new(org, project, "ada").unwrap();
    let scopes = [place("a", "p"), place("b", "p"), place("a", "q")];
    let mut numbers = Vec::new();
    for scope in &scopes {
        numbers.push(stores.audit.append(entry(scope, "cli")).await.unwrap().seq);
    }
    assert_eq!(numbers, [1, 1, 2]);
    let stores = subject.reopen(stores);
    let entries = stores.audit.entries(&scopes[2], 0, 10).await.unwrap();
    let projects: Vec<_> = entries.iter().map(|(_, entry)| entry.scope.project()).collect();
    assert_eq!(projects, ["p", "q"]);
}
