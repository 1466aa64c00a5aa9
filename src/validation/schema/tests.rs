use serde_json::{Value, json};

use super::super::{Settings, check as validate};
use crate::domain::{Artifact, Validation, Verdict};

fn judged(schema: Value, output: &str) -> Validation {
    let artifact = Artifact {
        kind: Some("json".into()),
        schema: Some(schema),
        ..Artifact::new(output)
    };
    validate(&artifact, &Settings::default())
}

#[track_caller]
fn check(schema: Value, output: &str, expected: &[&str]) -> Validation {
    let validation = judged(schema, output);
    let found: Vec<_> = validation
        .findings
        .iter()
        .map(|f| format!("{} {}:{}", f.rule, f.line, f.column))
        .collect();
    assert_eq!(found, expected, "{validation:#?}");
    validation
}

#[test]
fn each_draft_means_what_it_says() {
    let draft = |uri: &str| json!({"$schema": uri});
    let with = |mut schema: Value, more: Value| {
        let all = schema.as_object_mut().unwrap();
        all.extend(more.as_object().unwrap().clone());
        schema
    };
    let four = draft("http://json-schema.org/draft-04/schema#");
    check(
        with(four.clone(), json!({"minimum": 3, "exclusiveMinimum": true})),
        "3",
        &["schema.exclusiveMinimum 1:1"],
    );
    check(with(four.clone(), json!({"const": 1})), "2", &[]);
    check(
        with(four, json!({"type": "integer"})),
        "1.0",
        &["schema.type 1:1"],
    );
    let six = draft("http://json-schema.org/draft-06/schema#");
    check(with(six.clone(), json!({"const": 1})), "2", &["schema.const 1:1"]);
    check(with(six, json!({"if": true, "then": false})), "2", &[]);
    let seven = draft("http://json-schema.org/draft-07/schema#");
    check(
        with(seven.clone(), json!({"if": true, "then": {"type": "string"}})),
        "2",
        &["schema.type 1:1"],
    );
    check(
        with(seven, json!({"dependentRequired": {"a": ["b"]}})),
        "{\"a\": 1}",
        &[],
    );
    let nineteen = draft("https://json-schema.org/draft/2019-09/schema");
    check(
        with(nineteen.clone(), json!({"dependentRequired": {"a": ["b"]}})),
        "{\"a\": 1}",
        &["schema.required 1:1"],
    );
    check(with(nineteen, json!({"prefixItems": [false]})), "[1]", &[]);
    let twenty = draft("https://json-schema.org/draft/2020-12/schema");
    check(
        with(twenty, json!({"prefixItems": [true, {"type": "string"}]})),
        "[1, 2]",
        &["schema.type 1:5"],
    );
    // Without a word about the draft it is the newest.
    check(
        json!({"prefixItems": [true, {"type": "string"}]}),
        "[1, 2]",
        &["schema.type 1:5"],
    );
    let unknown = judged(draft("https://example.com/own"), "1");
    assert_eq!(unknown.verdict, Verdict::Warn, "{unknown:#?}");
}

#[test]
fn the_place_is_where_the_hand_would_go() {
    check(
        json!({"uniqueItems": true}),
        "[1,\n {\"a\": 1, \"b\": 2},\n {\"b\": 2, \"a\": 1.0}]",
        &["schema.uniqueItems 3:2"],
    );
    check(json!({"maxItems": 1}), "[1, 2, 3]", &["schema.maxItems 1:5"]);
    check(
        json!({"propertyNames": {"pattern": "^[a-z]+$"}}),
        "{\"a\": 1, \"B\": 2}",
        &["schema.propertyNames 1:10"],
    );
    check(
        json!({"unevaluatedProperties": false, "properties": {"a": {}}}),
        "{\"a\": 1, \"b\": 2}",
        &["schema.unevaluatedProperties 1:10"],
    );
    let found = check(
        json!({"properties": {"a": {"required": ["x"]}}}),
        "{\"a\":\n {\"y\": 1}}",
        &["schema.required 2:2"],
    );
    assert_eq!(found.findings[0].fix.as_deref(), Some("add the member \"x\""));
}

#[test]
fn of_several_alternatives_the_closest_is_told() {
    let shape = |kind: &str, member: &str| {
        json!({"type": "object", "required": ["kind", member],
               "properties": {"kind": {"const": kind}, member: {"type": "number"}}})
    };
    for keyword in ["oneOf", "anyOf"] {
        let schema = json!({"items": {keyword: [shape("circle", "radius"), shape("square", "side"), {"type": "null"}]}});
        let found = check(
            schema,
            "[null,\n {\"kind\": \"square\",\n  \"side\": \"2\"}]",
            &[&format!("schema.{keyword} 3:11")],
        );
        assert!(
            found.findings[0].message.contains("number 2, where /1/side"),
            "{found:#?}"
        );
    }
    let both = check(
        json!({"oneOf": [{"minimum": 1}, {"minimum": 2}]}),
        "3",
        &["schema.oneOf 1:1"],
    );
    assert!(both.findings[0].message.contains("more than one"), "{both:#?}");
}

#[test]
fn nullable_is_no_word_of_json_schema() {
    let found = check(
        json!({"properties": {"a": {"type": "string", "nullable": true}}}),
        "{\"a\": null}",
        &["schema.type 1:7"],
    );
    assert!(
        found.findings[0].fix.as_ref().unwrap().contains("OpenAPI"),
        "{found:#?}"
    );
}

#[test]
fn patterns_that_look_around_are_tried_within_limits() {
    check(
        json!({"pattern": "^(?!secret)"}),
        "\"secret 1\"",
        &["schema.pattern 1:1"],
    );
    check(json!({"pattern": "^(?!secret)"}), "\"open\"", &[]);
    let begun = std::time::Instant::now();
    let slow = judged(
        json!({"pattern": "^(?=a)(a|aa|aaa)*\\1b$"}),
        &format!("\"{}c\"", "a".repeat(20_000)),
    );
    assert_eq!(slow.verdict, Verdict::Warn, "{slow:#?}");
    assert!(
        slow.coverage.not_checked[0].reason.contains("too long"),
        "{slow:#?}"
    );
    assert!(begun.elapsed().as_secs() < 5);
    let large = judged(
        json!({"pattern": "(?=a)b"}),
        &format!("\"{}\"", "a".repeat(100_000)),
    );
    assert!(
        large.coverage.not_checked[0].reason.contains("look around"),
        "{large:#?}"
    );
}
