//! JSON that is loose, and JSON that misses its schema.

use serde_json::{Value, json};

use super::*;

#[test]
fn loose_json_has_a_name_and_a_repair() {
    for (output, rules, repaired) in [
        (
            "{\"a\": [1, 2,],}",
            vec!["json.trailing-comma 1:12 Error", "json.trailing-comma 1:14 Error"],
            Some("{\"a\": [1, 2]}"),
        ),
        (
            "{\"a\": 1 // one\n}",
            vec!["json.comment 1:9 Error"],
            Some("{\"a\": 1 \n}"),
        ),
        (
            "```json\n{\"a\": 1}\n```",
            vec!["json.fenced 1:1 Error"],
            Some("{\"a\": 1}"),
        ),
        (
            "Here it is:\n```json\n{\"a\": 1,}\n```\nDone.",
            vec!["json.fenced 1:1 Error", "json.trailing-comma 3:8 Error"],
            Some("{\"a\": 1}"),
        ),
        (
            "Sure! {\"a\": 1}",
            vec!["json.trailing-data 1:1 Error"],
            Some("{\"a\": 1}"),
        ),
        (
            "{\"a\": 1}\n{\"a\": 2}",
            vec!["json.trailing-data 2:1 Error"],
            None,
        ),
        ("[1, 2, ...]", vec!["json.ellipsis 1:8 Error"], None),
        ("{\"a\": 1, \"b\": ...}", vec!["json.ellipsis 1:15 Error"], None),
        (
            "{\"a\": ..., \"b\": [1, 2]}",
            vec!["json.ellipsis 1:7 Error"],
            None,
        ),
        (
            "{\"a\": 1, \"a\": 2}",
            vec!["json.duplicate-key 1:10 Error"],
            None,
        ),
        ("{\"a\": 1, \"b\"}", vec!["syntax.json 1:13 Error"], None),
        ("{\"é😀\": tru}", vec!["syntax.json 1:12 Error"], None),
        ("{'a: 1}", vec!["syntax.json 1:2 Error"], None),
    ] {
        let artifact = json_with(json!(true), output);
        check_found(&artifact, &rules);
        assert_eq!(judged(&artifact).repaired.as_deref(), repaired, "{output}");
    }
}

#[test]
fn json_in_prose_is_judged_mildly_and_jsonc_may_have_comments() {
    check_clean(
        &Artifact::new("```jsonc\n{\"a\": 1, // one\n}\n```\n"),
        "syntax.jsonc",
    );
    check_found(
        &Artifact::new("```json\n[1, ...]\n```\n"),
        &["json.ellipsis 2:5 Warning"],
    );
    check_found(
        &Artifact::new("```json\n\"a\": 1\n```\n"),
        &["json.fragment 2:1 Warning"],
    );
    check_found(
        &Artifact::new("```json\n{\"a\" 1}\n```\n"),
        &["syntax.json 2:6 Error"],
    );
}

#[test]
fn what_misses_its_schema_is_located() {
    let schema = json!({
        "type": "object", "required": ["name", "age"], "additionalProperties": false,
        "properties": {"name": {"type": "string", "pattern": "^[a-z]+$"}, "age": {"minimum": 0},
                       "mail": {"format": "email"}, "tags": {"items": {"enum": ["a", "b"]}}}
    });
    let output =
        "{\n  \"name\": \"A1\",\n  \"mail\": \"no\",\n  \"tags\": [\"a\", \"😀\", \"c\"],\n  \"x~/y\": 1\n}";
    check_found(
        &json_with(schema, output),
        &[
            "schema.required 1:1 Error",
            "schema.pattern 2:11 Error",
            "schema.format 3:11 Error",
            "schema.enum 4:17 Error",
            "schema.enum 4:23 Error",
            "schema.additionalProperties 5:3 Error",
        ],
    );
}

#[test]
fn a_repaired_value_is_compared_with_its_schema_at_its_place_in_the_original() {
    let output = "Here:\n\n> ```json\n> {\"a\": 1, // no\n>  \"b\": 2}\n> ```\n";
    check_found(
        &json_with(json!({"properties": {"b": {"type": "string"}}}), output),
        &[
            "json.fenced 1:1 Error",
            "json.comment 4:12 Error",
            "schema.type 5:9 Error",
        ],
    );
}

#[test]
fn a_schema_that_cannot_be_used_is_not_checked_and_not_passed() {
    for (schema, reason) in [
        (json!({"type": "nothing"}), "not valid"),
        (
            json!({"$ref": "https://example.com/schema.json"}),
            "nothing is fetched",
        ),
        (json!({"$ref": "#/$defs/missing"}), "refers to"),
        (json!({"pattern": "(?=a"}), "a mistake"),
        (laughs(40), "unfolds"),
    ] {
        let validation = judged(&json_with(schema, "\"x\""));
        check_reason(&validation, "schema", reason);
        assert_eq!(validation.verdict, Verdict::Warn);
    }
}

/// Each definition refers to the next one twice.
fn laughs(count: usize) -> Value {
    let mut definitions = serde_json::Map::new();
    for i in 0..count {
        let next = json!({"$ref": format!("#/$defs/d{}", i + 1)});
        definitions.insert(format!("d{i}"), json!({"anyOf": [next, next]}));
    }
    definitions.insert(format!("d{count}"), json!({"type": "number"}));
    json!({"$ref": "#/$defs/d0", "$defs": definitions})
}

#[test]
fn recursive_schemas_end_and_are_judged() {
    check_clean(&json_with(json!({"$ref": "#"}), "1"), "schema");
    let tree = json!({"$ref": "#/$defs/node", "$defs": {"node": {
        "type": "object", "properties": {"v": {"type": "number"}, "next": {"$ref": "#/$defs/node"}}}}});
    check_found(
        &json_with(tree, "{\"v\": 1, \"next\": {\"v\": 2, \"next\": {\"v\": \"x\"}}}"),
        &["schema.type 1:41 Error"],
    );
    let wild = json!({"items": {"allOf": [{"$ref": "#"}, {"$ref": "#"}]}, "type": ["array", "string"]});
    let output = format!("{}1{}", "[".repeat(100), "]".repeat(100));
    check_found(&json_with(wild, &output), &["schema 1:1 Error"]);
}

#[test]
fn a_catastrophic_pattern_is_linear() {
    let artifact = json_with(
        json!({"pattern": "^(a+)+$"}),
        &format!("\"{}!\"", "a".repeat(50_000)),
    );
    check_found(&artifact, &["schema.pattern 1:1 Error"]);
}
