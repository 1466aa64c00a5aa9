//! What an output is taken for, and what is said of what nobody checks.

use super::*;

#[test]
fn markdown_is_judged_by_its_code() {
    let output = "Intro.\n\n1. One:\n   ```python\n   def f(:\n       pass\n   ```\n2. Two:\n\n> ```js\n> let a = ;\n> ```\n\n```go\nfunc (\n```\n\n```\nwhatever this is\n```\n\n```py\nx = 1\n";
    let validation = judged(&Artifact::new(output));
    insta::assert_json_snapshot!(serde_json::json!({
        "verdict": validation.verdict,
        "score": validation.score,
        "findings": found(&Artifact::new(output)),
        "coverage": validation.coverage,
    }), @r#"
    {
      "verdict": "fail",
      "score": 0.0,
      "findings": [
        "syntax.python 5:10 Error",
        "syntax.javascript 11:11 Error",
        "syntax.go 15:6 Error",
        "complete.fence 22:1 Warning"
      ],
      "coverage": {
        "checked": [
          "complete",
          "degenerate",
          "secret",
          "refusal",
          "degenerate.repeats",
          "degenerate.structure",
          "request.count",
          "markdown",
          "syntax.python",
          "complete.code",
          "syntax.javascript",
          "syntax.go"
        ],
        "not_checked": [
          {
            "what": "syntax",
            "reason": "a code block has no language and none is evident"
          }
        ]
      }
    }
    "#);
}

#[test]
fn unlabelled_code_is_guessed_and_never_fails() {
    check_clean(
        &Artifact::new("```\nimport os\n\ndef f():\n    return os\n```\n"),
        "syntax.python (guessed)",
    );
    check_clean(&Artifact::new("```\n{\"a\": 1}\n```\n"), "syntax.json (guessed)");
    check_found(
        &Artifact::new("```\nimport os\n\ndef f(:\n    return os\n```\n"),
        &["syntax.python 4:7 Warning"],
    );
    let prose = judged(&Artifact::new("```\nDear reader, (this is no code\n```\n"));
    assert_eq!(prose.findings, []);
    check_reason(&prose, "syntax", "no language");
}

#[test]
fn prose_is_text_and_a_file_is_code() {
    let prose = judged(&Artifact::new(
        "Dear all,\nimport os\nis not what I mean.\nNor is this.\n",
    ));
    assert_eq!(
        (prose.verdict, prose.coverage.not_checked.len()),
        (Verdict::Pass, 0)
    );
    check_clean(
        &Artifact::new("import os\n\nprint(os)\n"),
        "syntax.python (guessed)",
    );
}

#[test]
fn code_that_was_asked_for_may_come_in_a_fence() {
    check_found(
        &code("python", "Sure:\n```\nx = (\n```\n"),
        &["syntax.python 3:6 Error"],
    );
    check_clean(&code("python", "s = '''\n```\ny\n```\n'''\n"), "syntax.python");
}

#[test]
fn an_unknown_language_is_never_passed() {
    let validation = judged(&code("cobol", "DISPLAY 'X'."));
    check_reason(&validation, "syntax.cobol", "no parser");
    assert_eq!(validation.verdict, Verdict::Warn);
}

#[test]
fn what_no_check_decides_is_said() {
    let artifact = Artifact {
        request: Some("r".into()),
        requirements: vec!["q".into()],
        sources: vec!["s".into()],
        ..Artifact::new("text")
    };
    let validation = judged(&artifact);
    let what: Vec<_> = validation
        .coverage
        .not_checked
        .iter()
        .map(|entry| entry.what.as_str())
        .collect();
    assert_eq!(what, ["requirement: q", "request"]);
    assert_eq!(validation.verdict, Verdict::Pass);
}
