use serde_json::json;

use super::super::{Settings, check as validate};
use crate::domain::{Artifact, Validation};

fn judged(output: &str) -> Validation {
    let artifact = Artifact {
        kind: Some("json".into()),
        ..Artifact::new(output)
    };
    validate(&artifact, &Settings::default())
}

/// What is found in `output`, by rule and place, and what it should have been.
#[track_caller]
fn check(output: &str, expected: &[&str], repaired: Option<&str>) {
    let validation = judged(output);
    let found: Vec<_> = validation
        .findings
        .iter()
        .map(|f| format!("{} {}:{}", f.rule, f.line, f.column))
        .collect();
    assert_eq!(found, expected, "{output}\n{validation:#?}");
    assert_eq!(validation.repaired.as_deref(), repaired, "{output}");
    if let Some(repaired) = &validation.repaired {
        assert!(judged(repaired).findings.is_empty(), "{repaired}");
    }
}

#[test]
fn what_python_and_javascript_write_is_named_and_mended() {
    check(
        "{'a': True, 'it\\'s': None, b_1: [False, 'say \"x\"']}",
        &[
            "json.quotes 1:2",
            "json.python-literal 1:7",
            "json.quotes 1:13",
            "json.python-literal 1:22",
            "json.unquoted-key 1:28",
            "json.python-literal 1:34",
            "json.quotes 1:41",
        ],
        Some(r#"{"a": true, "it's": null, "b_1": [false, "say \"x\""]}"#),
    );
    check(
        "{“a”: “b”}",
        &["json.quotes 1:2", "json.quotes 1:7"],
        Some("{\"a\": \"b\"}"),
    );
    check("\u{feff}{\"a\": 1}", &["json.bom 1:1"], Some("{\"a\": 1}"));
    check(
        "{\"a\": NaN, \"b\": -Infinity}",
        &["json.nan 1:7", "json.nan 1:17"],
        None,
    );
    check(
        "{1: \"a\", $x: undefined}",
        &["json.unquoted-key 1:2", "json.unquoted-key 1:10", "json.nan 1:14"],
        None,
    );
}

#[test]
fn line_feeds_in_strings_are_escaped() {
    check(
        "{\"a\": \"one\ntwo\tthree\", \"b\": 1}",
        &["json.control-character 1:11"],
        Some("{\"a\": \"one\\ntwo\\tthree\", \"b\": 1}"),
    );
    // Which of the quotes is the wrong one nobody knows.
    check("{\"a\": \"say \"x\"\", \"b\": 1}", &["syntax.json 1:13"], None);
}

#[test]
fn brackets_missing_at_the_end_are_closed_and_said() {
    check(
        "{\"a\": [1, {\"b\": \"c\"",
        &["json.unclosed 1:20"],
        Some("{\"a\": [1, {\"b\": \"c\"}]}"),
    );
    check("[\"a\",\n", &["json.unclosed 1:6"], Some("[\"a\"]"));
    // Digits may be missing, too.
    check("[1, 2", &["json.unclosed 1:6"], None);
    for (cut, place) in [
        ("{\"a\": \"b", "1:9"),
        ("{\"a\":", "1:6"),
        ("{\"a\"", "1:5"),
        ("{\"a\": tr", "1:9"),
    ] {
        check(cut, &[&format!("syntax.json {place}")], None);
    }
    check("{\"a\": [1, 2}", &["syntax.json 1:12"], None);
}

#[test]
fn values_are_found_between_words() {
    check(
        "Here is the JSON: {'a': [1]} [end of file]",
        &["json.quotes 1:20", "json.trailing-data 1:30"],
        None,
    );
    check(
        "As in [1], the answer is {\"a\": 1,}. Done.",
        &["json.trailing-data 1:1", "json.trailing-comma 1:33"],
        Some("{\"a\": 1}"),
    );
    check(
        "The answer: {\"a\": 1}.",
        &["json.trailing-data 1:1"],
        Some("{\"a\": 1}"),
    );
    check("{\"a\": 1}\n{\"b\": 2}", &["json.trailing-data 2:1"], None);
}

#[test]
fn json_lines_are_read_one_by_one() {
    let lines = |output: &str| {
        let artifact = Artifact {
            kind: Some("json".into()),
            language: Some("jsonl".into()),
            schema: Some(json!({"required": ["a"]})),
            ..Artifact::new(output)
        };
        validate(&artifact, &Settings::default())
    };
    assert!(lines("{\"a\": 1}\n\n{\"a\": 2}\n").findings.is_empty());
    let bad = lines("{\"a\": 1}\n{\"b\": 2}\n{\"a\": }\n");
    let found: Vec<_> = bad
        .findings
        .iter()
        .map(|f| format!("{} {}:{}", f.rule, f.line, f.column))
        .collect();
    assert_eq!(found, ["schema.required 2:1", "syntax.json 3:7"]);
    let mended = lines("{\"a\": 1}\n{'a': 2}\n");
    assert_eq!(mended.repaired.as_deref(), Some("{\"a\": 1}\n{\"a\": 2}"));
}

#[test]
fn hostile_looseness_is_read_once() {
    for unit in [
        "'",
        "'a ",
        "\"\n",
        "...,",
        "a:",
        "/*",
        "{'a':",
        "[1]",
        "“",
        "{\"a\": ...,",
        "\\",
        "#\n",
        ",",
    ] {
        let output = unit.repeat(400_000 / unit.len());
        let begun = std::time::Instant::now();
        let validation = judged(&output);
        assert!(begun.elapsed().as_secs() < 20, "{unit:?}: {:?}", begun.elapsed());
        let internal = |entry: &crate::domain::verdict::NotChecked| entry.reason.contains("internal");
        assert!(!validation.coverage.not_checked.iter().any(internal), "{unit:?}");
    }
}
