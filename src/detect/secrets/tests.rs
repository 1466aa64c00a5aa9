use super::*;

fn found(text: &str) -> Vec<(&'static str, &str)> {
    let mut hits = Vec::new();
    scan(text, 100, &mut hits);
    hits.iter()
        .map(|hit| (hit.detector, &text[hit.range.clone()]))
        .collect()
}

#[test]
fn every_kind_finds_its_own_specimen_within_prose() {
    let mut missed = Vec::new();
    for kind in KINDS {
        let made = sample(kind.id).unwrap();
        let text = format!("Deploy with\n{made}\nand tell nobody.");
        let hits = found(&text);
        if !hits.iter().any(|(id, _)| *id == kind.id) {
            missed.push((kind.id, made, hits.iter().map(|hit| hit.0).collect::<Vec<_>>()));
        }
    }
    assert!(missed.is_empty(), "{missed:#?}");
}

#[test]
fn keywords_are_lower_case_and_ids_are_unique() {
    for (index, kind) in KINDS.iter().enumerate() {
        assert!(
            kind.keywords
                .iter()
                .all(|word| *word == word.to_ascii_lowercase()),
            "{}",
            kind.id
        );
        assert!(
            KINDS.iter().skip(index + 1).all(|other| other.id != kind.id),
            "{}",
            kind.id
        );
        assert!(ENGINE.pattern(index).is_some());
    }
}

#[test]
fn the_range_is_the_credential_and_nothing_else() {
    let token = sample("github-pat").unwrap();
    assert_eq!(
        found(&format!("curl -H 'Authorization: token {token}' x")),
        [("github-pat", token.as_str())]
    );
    assert_eq!(
        found("password = \"vT7!kq2#Lz9p\";"),
        [("assignment", "vT7!kq2#Lz9p")]
    );
    assert_eq!(
        found("postgres://app:vT7kq2Lz9p@db/app"),
        [("database-url", "vT7kq2Lz9p")]
    );
}

#[test]
fn references_placeholders_and_plain_code_are_not_credentials() {
    for text in [
        "token=${GITHUB_TOKEN}",
        "password: {{ .Values.password }}",
        "let token = parser.next_token();",
        "AKIAIOSFODNN7EXAMPLE",
        "Authorization: Bearer $TOKEN",
        "https://user:password@host/x",
        "the secret to good tests is that the token stream is small",
        "primary_key = \"order_2024_id_number\"",
        "max_tokens: 4096",
    ] {
        assert_eq!(found(text), [], "{text}");
    }
}

#[test]
fn a_long_token_is_taken_whole_although_it_leaves_the_window() {
    let token = format!(
        "{}{}",
        sample("jwt").unwrap(),
        sample("google-oauth-token").unwrap().replace('.', "").repeat(50)
    );
    assert_eq!(found(&token), [("jwt", token.as_str())]);
}

#[test]
fn a_multi_line_key_is_taken_whole() {
    let body = "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7\n".repeat(40);
    let key = format!("-----BEGIN PRIVATE KEY-----\n{body}-----END PRIVATE KEY-----");
    assert_eq!(found(&format!("a\n{key}\nb")), [("private-key", key.as_str())]);
}

#[test]
fn too_many_findings_are_cut_and_said_so() {
    let text = format!("{}\n", sample("github-pat").unwrap()).repeat(50);
    let mut hits = Vec::new();
    assert!(!scan(&text, 10, &mut hits));
    assert_eq!(hits.len(), 10);
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(64))]

    #[test]
    fn any_text_is_scanned_without_panic_and_on_character_boundaries(text in "(\\PC|ghp_|token=|[a-zA-Z0-9]{20}|é){0,60}") {
        let mut hits = Vec::new();
        scan(&text, 100, &mut hits);
        for hit in hits {
            proptest::prop_assert!(text.get(hit.range).is_some());
        }
    }
}
