use std::path::Path;

use serde_json::json;

use super::*;
use crate::validation::{self, Settings};

/// Python in a list behind wide characters, with a call that is never closed.
const ANSWER: &str = "Ümläut 🚀:\n\n- like this\n\n  ```python\n  x = f(1\n  ```\n";

fn judged(name: &str, text: &str, validate: &Validate) -> Judged {
    let artifact = validate.artifact(Path::new(name), text.to_owned(), &Given::default());
    Judged {
        name: name.to_owned(),
        text: text.to_owned(),
        validation: validation::check(&artifact, &Settings::default()),
    }
}

fn validate(format: Format) -> Validate {
    Validate {
        files: Vec::new(),
        format,
        kind: None,
        language: None,
        schema: None,
        request: None,
        requirements: Vec::new(),
        sources: Vec::new(),
        target: None,
        strict: false,
        explain: None,
    }
}

#[test]
fn a_finding_stands_under_its_line() {
    let how = validate(Format::Text);
    let judged = [
        judged("an answer.md", ANSWER, &how),
        judged("empty.md", "All is well.\n", &how),
    ];
    insta::assert_snapshot!(how.told(&judged, Screen::file()), @r"
    error[syntax.python]: unexpected EOF while parsing
     --> an answer.md:6:10
      |
    6 |   x = f(1
      |          ^
      |
      = help: the code ends too early: give all of it

    an answer.md: fail (1 error)
    empty.md: pass
    ");
    assert!(how.is_failure(&judged));
    assert!(!how.is_failure(&judged[1..]));
}

#[test]
fn sarif_says_where_in_utf16_and_in_bytes() {
    let how = validate(Format::Sarif);
    let judged = [judged("an answer.md", ANSWER, &how)];
    let log: Value = serde_json::from_str(&how.told(&judged, Screen::file())).unwrap();
    let run = &log["runs"][0];
    let result = &run["results"][0];
    assert_eq!(result["ruleId"], "syntax.python");
    assert_eq!(run["tool"]["driver"]["rules"][0]["id"], "syntax.python");
    let place = &result["locations"][0]["physicalLocation"];
    assert_eq!(place["artifactLocation"]["uri"], "an%20answer.md");
    let start = place["region"]["byteOffset"].as_u64().unwrap() as usize;
    let line = ANSWER[..start].matches('\n').count() + 1;
    assert_eq!(place["region"]["startLine"], json!(line));
}

#[test]
fn strict_stops_for_warnings() {
    let how = validate(Format::Text);
    let warned = [judged("a.py", "def save(user):\n    pass\n", &how)];
    assert_eq!(warned[0].validation.verdict, Verdict::Warn);
    assert!(!how.is_failure(&warned));
    let strict = Validate { strict: true, ..how };
    assert!(strict.is_failure(&warned));
}

#[test]
fn a_line_of_megabytes_is_cut() {
    let how = validate(Format::Text);
    let long = format!("{{\"a\": \"{}\", }}", "x".repeat(1 << 19));
    let shown = how.told(&[judged("a.json", &long, &how)], Screen::file());
    assert!(shown.len() < 3_000, "{}", shown.len());
    assert!(shown.contains("json.trailing-comma"));
}

#[test]
fn names_say_what_files_are() {
    for (name, kind, language) in [
        ("a.pyi", "code", "python"),
        ("b.MD", "markdown", "md"),
        ("c.diff", "patch", "diff"),
        ("d.hpp", "code", "cpp"),
    ] {
        let known = by_name(Path::new(name));
        assert_eq!(known, (Some(kind.to_owned()), Some(language.to_owned())));
    }
    assert_eq!(by_name(Path::new("answer")), (None, None));
}
