use super::*;

fn found(text: &str) -> Vec<(&'static str, &str)> {
    let mut hits = Vec::new();
    scan(text, 100, &mut hits);
    hits.iter()
        .map(|hit| (hit.detector, &text[hit.range.clone()]))
        .collect()
}

#[test]
fn what_has_a_structure_is_found_and_named() {
    for (text, expected) in [
        (
            "write to ann.lee+x@mail.firm.de.",
            ("mail", "ann.lee+x@mail.firm.de"),
        ),
        ("IBAN DE89370400440532013000,", ("iban", "DE89370400440532013000")),
        (
            "His social security number is 514-69-0360",
            ("us-ssn", "514-69-0360"),
        ),
        ("login from 195.206.132.199 failed", ("ip", "195.206.132.199")),
        (
            "peer 2a02:2f0a:c50b:8400::17 left",
            ("ip", "2a02:2f0a:c50b:8400::17"),
        ),
        ("Phone: 0490 75 40 81", ("phone", "0490 75 40 81")),
        ("reach us: +41 (0)85 806 98 67", ("phone", "+41 (0)85 806 98 67")),
        ("618-226-1460", ("phone", "618-226-1460")),
        ("467 3395 office", ("phone", "467 3395")),
        ("see https://www.firm.se/about", ("domain", "https://www.firm.se")),
    ] {
        assert_eq!(found(text), [expected], "{text}");
    }
}

#[test]
fn every_detector_finds_its_own_specimen() {
    for id in DETECTORS {
        let made = sample(id).unwrap();
        assert_eq!(found(&format!("it is {made} today")), [(id, made.as_str())]);
    }
    let card = sample("card").unwrap();
    let grouped = format!("{} {} {} {}", &card[..4], &card[4..8], &card[8..12], &card[12..]);
    assert_eq!(
        found(&format!("my card {grouped}.")),
        [("card", grouped.as_str())]
    );
    let wrong = format!("{}{}", &card[..15], (card.as_bytes()[15] - b'0' + 1) % 10);
    assert_eq!(found(&format!("my card {wrong}.")), []);
}

#[test]
fn what_only_looks_like_it_is_not() {
    for text in [
        "ann@example.com, git@github.com:a/b, icon@2x.png, pkg@1.2.3",
        "4111 1111 1111 1111",
        "DE89370400440532013001",
        "078-05-1120",
        "10.0.0.1 and 127.0.0.1 and 192.168.1.1 and 203.0.113.9",
        "Chrome/120.10.250.99",
        "version 61.52.43.34",
        "fe80::1 and 2001:db8::7 and std::fmt::Debug",
        "2026-01-31 12:30:00",
        "1700000000 bytes in 1234567 rows",
        "zip 75534-030",
        "0000000-1111111-2222222",
        "http://localhost:8080 https://api.example/x",
    ] {
        assert_eq!(found(text), [], "{text}");
    }
}

#[test]
fn too_many_are_cut_and_said_so() {
    let mut hits = Vec::new();
    assert!(!scan(&"a@b.de ".repeat(20), 10, &mut hits));
    assert_eq!(hits.len(), 10);
    hits.clear();
    assert!(scan(&"a@b.de ".repeat(10), 10, &mut hits));
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(64))]

    #[test]
    fn any_text_is_scanned_without_panic_and_on_character_boundaries(text in "(\\PC|@a.de|[0-9 .()+:-]{1,30}|https://|é|DE89){0,40}") {
        let mut hits = Vec::new();
        scan(&text, 100, &mut hits);
        for hit in hits {
            proptest::prop_assert!(text.get(hit.range).is_some());
        }
    }
}
