//! What leaves say, and what is read of them.

use super::*;

fn entry() -> AuditEntry {
    AuditEntry {
        at: Timestamp::from_second(7).unwrap(),
        scope: Scope::new("local", "/home/ada/engine", "ada").unwrap(),
        via: "cli".to_owned(),
        kind: ActionKind::Shell,
        tool: None,
        run: None,
        action_sha256: Digest::of(b"action"),
        facts_sha256: None,
        effect: Effect::Deny,
        rules: vec!["shell.rm".to_owned()],
        bundle: Digest::of(b"bundle"),
        approval: None,
        outcome: None,
    }
}

fn full() -> AuditEntry {
    let text = Some("x \"y\" \u{e9}".to_owned());
    AuditEntry {
        tool: text.clone(),
        run: text.clone(),
        approval: text.clone(),
        facts_sha256: Some(Digest::of(b"facts")),
        outcome: Some(AuditOutcome {
            of: 3,
            result: ActionResult::Failed,
            code: text,
        }),
        ..entry()
    }
}

#[test]
fn an_entry_is_one_text() {
    let bytes = encode(7, &entry()).unwrap();
    let text = format!(
        r#"{{"action_sha256":"{}","at":"1970-01-01T00:00:07Z","bundle":"{}","decision":"deny","kind":"shell","org":"local","principal":"ada","project":"/home/ada/engine","rules":["shell.rm"],"seq":7,"via":"cli"}}"#,
        Digest::of(b"action"),
        Digest::of(b"bundle"),
    );
    assert_eq!(String::from_utf8(bytes).unwrap(), text);
}

#[test]
fn the_fields_of_an_entry_stand_in_the_order_of_their_names() {
    for entry in [entry(), full()] {
        for bytes in [
            encode(7, &entry).unwrap(),
            encode_linked(7, Digest::of(b"h"), &entry).unwrap(),
        ] {
            let mut value: serde_json::Value = serde_json::from_slice(&bytes).unwrap();
            value.sort_all_objects();
            assert_eq!(value.to_string().as_bytes(), bytes);
        }
    }
}

#[test]
fn an_entry_reads_back() {
    for entry in [entry(), full()] {
        let expect = Leaf {
            seq: 9,
            entry: Some(entry.clone()),
        };
        assert_eq!(decode(&encode(9, &entry).unwrap()).unwrap(), expect);
    }
    let carried = encode_linked(9, Digest::of(b"h"), &entry()).unwrap();
    assert_eq!(decode(&carried).unwrap().entry, Some(entry()));
    let lost = encode_lost(9, "it was \"damaged\"").unwrap();
    assert_eq!(decode(&lost).unwrap(), Leaf { seq: 9, entry: None });
    assert_eq!(number(&lost), Some(9));
    assert!(decode(b"{}").is_err() && decode(b"").is_err() && number(b"{").is_none());
}

#[test]
fn links_of_a_chain_are_still_checked() {
    let first = link(&CHAIN_START, &entry()).unwrap();
    let second = link(first.as_bytes(), &full()).unwrap();
    let leaves = [
        encode_linked(1, first, &entry()).unwrap(),
        encode_linked(2, second, &full()).unwrap(),
    ];
    assert_eq!(follows(&CHAIN_START, &leaves[0]), Some(*first.as_bytes()));
    assert_eq!(follows(first.as_bytes(), &leaves[1]), Some(*second.as_bytes()));
    assert_eq!(follows(&CHAIN_START, &leaves[1]), None);
}
