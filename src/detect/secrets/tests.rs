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
    for (id, _) in kinds() {
        let made = sample(id).unwrap();
        let text = format!("Deploy with\n{made}\nand tell nobody.");
        let hits = found(&text);
        if !hits.iter().any(|(found, _)| *found == id) {
            missed.push((id, made, hits.iter().map(|hit| hit.0).collect::<Vec<_>>()));
        }
    }
    assert!(missed.is_empty(), "{missed:#?}");
}

#[test]
fn ids_are_unique_and_patterns_compile() {
    let ids: Vec<&str> = kinds().map(|(id, _)| id).collect();
    for (index, id) in ids.iter().enumerate() {
        assert!(!ids[index + 1..].contains(id), "{id}");
    }
    for index in 0..kinds::formats().count() {
        assert!(ENGINE.pattern(index).is_some());
    }
    assert!(ids.len() >= 400, "{}", ids.len());
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
fn a_token_within_a_longer_word_is_none() {
    let token = sample("github-pat").unwrap();
    assert_eq!(found(&format!("{token}x1")), []);
    assert_eq!(found(&format!("x{token}")), []);
    assert_eq!(
        found(&format!("a\\n{token}\\n")),
        [("github-pat", token.as_str())]
    );
}

#[test]
fn passwords_and_tokens_are_found_by_name_and_value() {
    for (text, value) in [
        ("DB_PASS=hb4jdn2x", "hb4jdn2x"),
        ("spring.datasource.password: kq7Lz9pw", "kq7Lz9pw"),
        ("conn.setPassword(\"qzkvjxwp\");", "qzkvjxwp"),
        ("<password>kq7!Lz9pw</password>", "kq7!Lz9pw"),
        ("- name: API_TOKEN\n  value: fvq0mzyi6wm22dvr", "fvq0mzyi6wm22dvr"),
        ("Server=db;Password=kq7!Lz9pw;", "kq7!Lz9pw"),
        ("mysqldump --password kq7Lz9pw db", "kq7Lz9pw"),
        ("const secretKey: string = 'fvq0mzyi6wm22dvr'", "fvq0mzyi6wm22dvr"),
    ] {
        assert_eq!(found(text), [("assignment", value)], "{text}");
    }
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
        "https://ann:kq7Lz9pw@example.com/x",
        "the secret to good tests is that the token stream is small",
        "primary_key = \"order_2024_id_number\"",
        "max_tokens: 4096",
        "password: String,",
        "password = config.db.password",
        "\"password\": \"password\"",
        "\"password\": \"your new password\"",
        "if password == other_password {",
        "\"nextToken\": \"fvq0mzyi6wm22dvr\"",
        "auth: Tls12CipherSuite,",
        "let authorization = headers.get(\"authorization\").map(HeaderValue::from)",
        "{\"integrity\": \"sha512-fvq0mzyi6wm22dvr\"}",
        "requestToken: 29f63271-dc2f-4734-8221-5b31b5169bac",
    ] {
        assert_eq!(found(text), [], "{text}");
    }
}

#[test]
fn a_kind_of_one_file_is_not_looked_for_in_others() {
    let text = sample("nuget-password").unwrap();
    let ids = |path| {
        let mut hits = Vec::new();
        scan_file(Some(path), &text, 10, &mut hits);
        hits.iter().map(|hit| hit.detector).collect::<Vec<_>>()
    };
    assert_eq!(ids("src/NuGet.Config"), ["nuget-password"]);
    assert_ne!(ids("src/other.xml"), ["nuget-password"]);
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
    fn any_text_is_scanned_without_panic_and_on_character_boundaries(text in "(\\PC|ghp_|token=|password: |\"|-----BEGIN PRIVATE KEY-----|[a-zA-Z0-9]{20}|é){0,60}") {
        let mut hits = Vec::new();
        scan(&text, 100, &mut hits);
        for hit in hits {
            proptest::prop_assert!(text.get(hit.range).is_some());
        }
    }
}
