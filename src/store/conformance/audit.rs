//! The audit log.

use std::time::Duration;

use super::samples::*;
use super::*;
use crate::audit::checkpoint::Signed;
use crate::audit::key::Verifier;
use crate::audit::merkle;

pub(crate) async fn audit_entries_are_leaves(mut subject: Subject) {
    let stores = subject.open();
    let first = stores.audit.append(entry(&scope(), "cli").into()).await.unwrap();
    // SHA-256 of a zero byte and the entry with its keys in order, worked out by hand.
    let canonical = format!(
        r#"{{"action_sha256":"{}","at":"1970-01-01T00:00:07Z","bundle":"{}","decision":"deny","kind":"shell","org":"local","principal":"ada","project":"/home/ada/engine","rules":["shell.rm"],"seq":1,"via":"cli"}}"#,
        Digest::of(b"cli"),
        Digest::of(b"bundle"),
    );
    let leaf = |entry: &str| Digest::from_bytes(merkle::leaf(entry.as_bytes()));
    assert_eq!(first.hash, leaf(&canonical));
    let stores = subject.reopen(stores);
    let second = stores
        .audit
        .append(entry(&scope(), "crew.step").into())
        .await
        .unwrap();
    let canonical = canonical
        .replace(
            &Digest::of(b"cli").to_string(),
            &Digest::of(b"crew.step").to_string(),
        )
        .replace("\"seq\":1,\"via\":\"cli\"", "\"seq\":2,\"via\":\"crew.step\"");
    assert_eq!(second.hash, leaf(&canonical));
    let writers = (0..50).map(|n| stores.audit.append(entry(&scope(), &format!("w{n}")).into()));
    let mut numbers: Vec<_> = futures::future::join_all(writers)
        .await
        .into_iter()
        .map(|written| written.unwrap().seq)
        .collect();
    numbers.sort_unstable();
    assert_eq!(numbers, (3..=52).collect::<Vec<_>>());
    let all = stores.audit.entries(&scope(), 0, 1_000).await.unwrap();
    assert_eq!(all.len(), 52);
    assert_eq!(all[1], (second, entry(&scope(), "crew.step").into()));
    for (after, limit) in [(0, 5), (10, 5), (50, 5), (52, 5), (u64::MAX, 5), (3, 0)] {
        let page = stores.audit.entries(&scope(), after, limit).await.unwrap();
        let expect = all.iter().skip(usize::try_from(after).unwrap()).take(limit);
        assert!(page.iter().eq(expect), "after {after}, limit {limit}");
    }
}

pub(crate) async fn the_audit_log_belongs_to_the_organisation(mut subject: Subject) {
    let stores = subject.open();
    let place = |org: &str, project: &str| Scope::new(org, project, "ada").unwrap();
    // A name that cannot be a directory's is one all the same.
    let scopes = [place("a", "p"), place("../B c", "p"), place("a", "q")];
    let mut numbers = Vec::new();
    for scope in &scopes {
        numbers.push(stores.audit.append(entry(scope, "cli").into()).await.unwrap().seq);
    }
    assert_eq!(numbers, [1, 1, 2]);
    let stores = subject.reopen(stores);
    let entries = stores.audit.entries(&scopes[2], 0, 10).await.unwrap();
    let projects: Vec<_> = entries
        .iter()
        .map(|(_, record)| record.entry.scope.project())
        .collect();
    assert_eq!(projects, ["p", "q"]);
    assert_eq!(stores.audit.entries(&scopes[1], 0, 10).await.unwrap().len(), 1);
}

pub(crate) async fn an_entry_keeps_the_document_it_was_judged_by(mut subject: Subject) {
    let stores = subject.open();
    let facts = [r#"{"kind":"shell"}"#, r#"{"kind":"http"}"#];
    let records: Vec<_> = [0, 1, 0, 0, 1].map(|n| judged(&scope(), "cli", facts[n])).into();
    let written = records.iter().cloned().map(|record| stores.audit.append(record));
    for written in futures::future::join_all(written).await {
        written.unwrap();
    }
    let stores = subject.reopen(stores);
    let last = judged(&scope(), "cli", facts[1]);
    stores.audit.append(last.clone()).await.unwrap();
    let kept = stores.audit.entries(&scope(), 0, 10).await.unwrap();
    let kept: Vec<_> = kept.into_iter().map(|(_, record)| record).collect();
    assert_eq!(kept, [records, vec![last]].concat());
}

pub(crate) async fn what_nobody_waits_for_is_there_when_the_log_is_read(mut subject: Subject) {
    let stores = subject.open();
    for n in 0..3 {
        stores
            .audit
            .append_later(entry(&scope(), &format!("later{n}")).into());
    }
    let seq = stores
        .audit
        .append(entry(&scope(), "cli").into())
        .await
        .unwrap()
        .seq;
    stores.audit.append_later(entry(&scope(), "read").into());
    let doors = async |stores: &Stores| -> Vec<String> {
        let kept = stores.audit.entries(&scope(), 0, 10).await.unwrap();
        kept.into_iter().map(|(_, record)| record.entry.via).collect()
    };
    assert_eq!(
        (seq, doors(&stores).await),
        (
            4,
            ["later0", "later1", "later2", "cli", "read"]
                .map(str::to_owned)
                .into()
        )
    );
    stores.audit.append_later(entry(&scope(), "closed").into());
    let stores = subject.reopen(stores);
    assert_eq!(doors(&stores).await.last().unwrap(), "closed");
}

pub(crate) async fn a_log_is_read_in_parts(mut subject: Subject) {
    let stores = subject.open();
    assert_eq!(stores.audit.part(&scope(), 0).await.unwrap(), None);
    assert_eq!(stores.audit.before(&scope(), Duration::ZERO).await.unwrap(), 0);
    // Enough for several files.
    let records = (0..600).map(|second| {
        let mut record = judged(&scope(), "cli", &format!(r#"{{"bytes":{second}}}"#));
        record.entry.at = Timestamp::from_second(second).unwrap();
        record
    });
    let records: Vec<_> = records.collect();
    for chunk in records.chunks(20) {
        let written = chunk.iter().cloned().map(|record| stores.audit.append(record));
        for written in futures::future::join_all(written).await {
            written.unwrap();
        }
    }
    let stores = subject.reopen(stores);
    let (mut read, mut after) = (Vec::new(), 0);
    while let Some(part) = stores.audit.part(&scope(), after).await.unwrap() {
        assert!(part.last > after);
        after = part.last;
        read.extend(part.records.into_iter().flatten());
    }
    assert!(after == 600 && read == records);
    for age in [0, 1, 299, 400, 599, 600, 10_000] {
        let before = stores
            .audit
            .before(&scope(), Duration::from_secs(age))
            .await
            .unwrap();
        assert!(before <= 599_u64.saturating_sub(age), "{age}: {before}");
    }
}

pub(crate) async fn an_entry_is_proved_by_the_head_of_its_log(mut subject: Subject) {
    let stores = subject.open();
    assert_eq!(stores.audit.head(&scope()).await.unwrap(), None);
    assert_eq!(stores.audit.proof(&scope(), 1).await.unwrap(), None);
    for n in 0..5 {
        stores
            .audit
            .append(entry(&scope(), &format!("w{n}")).into())
            .await
            .unwrap();
    }
    let head = stores.audit.head(&scope()).await.unwrap().unwrap();
    let signed = Signed::parse(&head.checkpoint).unwrap();
    assert_eq!((head.entries, signed.checkpoint.size), (5, 5));
    assert!(signed.is_signed_by(&Verifier::parse(&head.verifier).unwrap()));
    for seq in 1..=5 {
        let proof = stores.audit.proof(&scope(), seq).await.unwrap().unwrap();
        assert_eq!((proof.seq, &proof.checkpoint), (seq, &head.checkpoint));
        let hash = merkle::leaf(proof.leaf.as_bytes());
        assert_eq!(proof.hash, Digest::from_bytes(hash));
        let inclusion: Vec<_> = proof.inclusion.iter().map(|hash| *hash.as_bytes()).collect();
        assert!(merkle::includes(
            &signed.checkpoint.root,
            5,
            seq - 1,
            &hash,
            &inclusion
        ));
    }
    for seq in [0, 6, u64::MAX] {
        assert_eq!(stores.audit.proof(&scope(), seq).await.unwrap(), None, "{seq}");
    }
}
