use proptest::prelude::*;
mod eleven;

use serde_json::{Value, json};

mod hostile;

use super::*;
use crate::domain::Verdict;

fn judged(artifact: &Artifact) -> Validation {
    check(artifact, &Settings::default())
}

fn code(language: &str, output: &str) -> Artifact {
    Artifact {
        kind: Some("code".into()),
        language: Some(language.into()),
        ..Artifact::new(output)
    }
}

fn json_with(schema: Value, output: &str) -> Artifact {
    Artifact {
        kind: Some("json".into()),
        schema: Some(schema),
        ..Artifact::new(output)
    }
}

/// One line per finding: rule, place, severity.
fn found(artifact: &Artifact) -> Vec<String> {
    judged(artifact)
        .findings
        .iter()
        .map(|f| format!("{} {}:{} {:?}", f.rule, f.line, f.column, f.severity))
        .collect()
}

#[track_caller]
fn check_found(artifact: &Artifact, expected: &[&str]) {
    assert_eq!(found(artifact), expected, "{:?}", judged(artifact));
}

#[track_caller]
fn check_clean(artifact: &Artifact, checked: &str) {
    let validation = judged(artifact);
    assert_eq!(validation.findings, [], "{artifact:?}");
    assert!(
        validation.coverage.checked.iter().any(|what| what == checked),
        "{:?}",
        validation.coverage
    );
}

#[track_caller]
fn check_reason(validation: &Validation, what: &str, reason: &str) {
    let entry = validation
        .coverage
        .not_checked
        .iter()
        .find(|entry| entry.what == what);
    let entry = entry.unwrap_or_else(|| panic!("{what} is not in {:?}", validation.coverage));
    assert!(entry.reason.contains(reason), "{entry:?}");
}

#[test]
fn python_is_parsed_and_judged_as_cpython_compiles_it() {
    for (source, place) in [
        ("def f(:\n    pass\n", "1:7"),
        ("x = 1\nreturn x\n", "2:1"),
        ("x = 1\nyield x\n", "2:1"),
        ("await g()\n", "1:1"),
        ("def f():\n    await g()\n", "2:5"),
        ("class A:\n    x = 1\n    return x\n", "3:5"),
        ("def f(a, a): return a\n", "1:10"),
        ("for x in y: pass\nelse:\n    break\n", "3:5"),
        ("x = 1\nfrom __future__ import annotations\n", "2:1"),
        ("def f():\n    x = 1\n    global x\n", "2:5"),
        ("f(a=1, a=2)\n", "1:8"),
        ("def f():\n    return [(yield x) for x in y]\n", "2:14"),
        ("def f():\n    nonlocal x\n", "2:14"),
        ("\"\"\"\n>>> f()\n\"\"\"\nx = (\n", "4:6"),
        ("x = 1\n```\ny = 2\n", "2:1"),
    ] {
        let [only] = &found(&code("python", source))[..] else {
            panic!("{source}: {:?}", found(&code("python", source)));
        };
        assert_eq!(only, &format!("syntax.python {place} Error"), "{source}");
    }
}

#[test]
fn python_that_only_looks_wrong_is_clean() {
    for source in [
        "match = 1\nmatch match:\n    case 1: pass\n",
        "async def f():\n    return [x async for x in y if await x]\n",
        "def f():\n    return (await_ async for await_ in y)\n",
        "def f[T: int](x: T = 1) -> T:\n    return x\n",
        "type A = int\nprint(f\"{'a' f'{1}'}\")\n",
        "x = lambda: (yield)\n",
        "def f(a):\n    import b.c\n    def g():\n        nonlocal a, b\n        a = b\n",
        "class A:\n    def f(self):\n        nonlocal __class__\n",
        "def f(x=lambda y: (yield y)):\n    global z\n    z = x\n",
        "for i in a:\n    def f():\n        while i:\n            continue\n    break\n",
        "try:\n    pass\nexcept* ValueError:\n    x = 1\n",
        "\"\"\"doc\"\"\"\nfrom __future__ import annotations\n",
    ] {
        check_clean(&code("python", source), "syntax.python");
    }
}

#[test]
fn python_dialects_are_read_as_what_they_are() {
    for block in [
        ">>> x = [1,\n...      2]\n>>> x\n[1, 2]\n>>> for a in x:\n...     print(a)\n...\n1\n2\n",
        "    if x:\n        return 1\n    return 2\n",
        "!pip install x\n%matplotlib inline\nimport x\nawait x.y()\n",
    ] {
        check_clean(
            &Artifact::new(format!("```python\n{block}```\n")),
            "syntax.python",
        );
    }
    check_found(
        &Artifact::new("```py\n>>> x = (1\n>>> y\n```\n"),
        &["syntax.python 3:5 Error"],
    );
}

#[test]
fn javascript_and_typescript_are_parsed_with_regular_expressions_and_early_errors() {
    for (language, source, place) in [
        ("javascript", "let a = 1;\nlet a = 2;\n", "1:5"),
        ("javascript", "const r = /(/;\n", "1:12"),
        ("javascript", "function f() { return 1;\n", "1:25"),
        ("js", "for (;;) { break x; }\n", "1:18"),
        ("jsx", "const a = <div><b></div>;\n", "1:21"),
        ("typescript", "interface A { b: ; }\n", "1:18"),
        ("javascript", "const a: number = 1;\n", "1:7"),
    ] {
        let all = found(&code(language, source));
        assert_eq!(all.len(), 1, "{source}: {all:?}");
        let name = if language == "typescript" {
            language
        } else {
            "javascript"
        };
        assert_eq!(all[0], format!("syntax.{name} {place} Error"), "{source}");
    }
}

#[test]
fn javascript_dialects_are_tried_before_anything_is_reported() {
    for (language, source) in [
        ("javascript", "if (!x) return;\nmodule.exports = 1;\n"),
        ("javascript", "import a from 'a';\nconst b = await a();\n"),
        ("javascript", "with (a) { b = 010; }\n"),
        ("javascript", "const a = <div>{b}</div>;\n"),
        (
            "javascript",
            "#!/usr/bin/env node\nlabel: for (const x of y) continue label;\n",
        ),
        ("typescript", "const a = <T,>(x: T) => x;\nconst b = <string>c;\n"),
        ("typescript", "const a = <div />;\nexport type B = typeof a;\n"),
        ("typescript", "declare module 'x' { export const y: number; }\n"),
    ] {
        check_clean(&code(language, source), &format!("syntax.{language}"));
    }
    for block in [
        "const a: number = 1;\n",
        "{ a: 1, b: [2] }\n",
        "render() { return 1 }\n",
    ] {
        check_clean(
            &Artifact::new(format!("```js\n{block}```\n")),
            "syntax.javascript",
        );
    }
}

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

#[test]
fn incomplete_outputs_are_named() {
    check_found(&Artifact::new(" \n"), &["complete.empty 1:1 Error"]);
    let cut = Artifact {
        finish_reason: Some("MAX_TOKENS".into()),
        ..Artifact::new("It was a dark and\n")
    };
    check_found(&cut, &["complete.truncated 1:18 Error"]);
    for comment in [
        "# ... rest of the code unchanged",
        "# ... existing code ...",
        "// ...",
        "/* rest of the styles remain the same */",
        "<!-- existing code here -->",
        "{/* ... other components ... */}",
        "-- ... remaining columns",
        "// Your code here",
        "# (rest of the file unchanged)",
    ] {
        check_found(
            &Artifact::new(format!("```text2\nx\n  {comment}\n```\n")),
            &["complete.elision 3:3 Warning"],
        );
    }
    for comment in [
        "# the rest is computed below",
        "// see ...",
        "# existing users keep their names",
        "x = y[...]",
    ] {
        assert_eq!(
            found(&Artifact::new(format!("```text2\n{comment}\n```\n"))),
            [""; 0],
            "{comment}"
        );
    }
}

#[test]
fn stubs_are_told_from_abstract_methods() {
    check_found(
        &code(
            "python",
            "def f(x):\n    raise NotImplementedError\n\ndef g(x):\n    return x\n",
        ),
        &["complete.stub 1:5 Warning"],
    );
    check_found(
        &code("js", "function f() {\n  throw new Error('Not implemented');\n}\n"),
        &["complete.stub 2:3 Warning"],
    );
    check_clean(
        &code(
            "python",
            "class A(t.Protocol[T]):\n    def f(self): ...\n    def g(self):\n        ...\n",
        ),
        "complete.code",
    );
}

#[test]
fn limits_are_said_and_not_passed() {
    let settings = Settings {
        max_output_bytes: 100,
        max_block_bytes: 20,
        ..Settings::default()
    };
    let large = check(&code("python", &"x = 1\n".repeat(100)), &settings);
    check_reason(&large, "output", "larger than 100");
    let block = check(&code("python", &"x = 1\n".repeat(10)), &settings);
    check_reason(&block, "syntax.python", "larger than 20");
    assert_eq!((large.verdict, block.verdict), (Verdict::Warn, Verdict::Warn));
    let late = Settings {
        deadline_ms: 0,
        ..Settings::default()
    };
    check_reason(&check(&code("python", "x"), &late), "syntax.python", "deadline");
}

async fn survives(validator: &Validator, artifact: Artifact) -> Validation {
    let length = artifact.output.len();
    let validation = validator.validate(artifact).await;
    for finding in &validation.findings {
        assert!(finding.byte_end <= length && finding.excerpt.chars().count() <= 200);
    }
    validation
}

#[tokio::test]
async fn hostile_outputs_are_judged_or_refused_and_hurt_nobody() {
    let settings = Settings {
        deadline_ms: 60_000,
        ..Settings::default()
    };
    let validator = Validator::new(settings).unwrap();
    for unit in [
        "(", "[", "{", "[{", "!", "a=>\n", "if(a)\n", "<a>\n", "not\n", "a.", "`${", "(?:",
    ] {
        let text = unit.repeat(200_000 / unit.len().min(2));
        for language in ["python", "javascript", "typescript"] {
            let validation = survives(&validator, code(language, &text)).await;
            assert_ne!(validation.verdict, Verdict::Pass, "{language} {unit}");
        }
        let fenced = Artifact::new(format!(
            "- > ```json\n  > {text}\n  > ```\n```\n{text}\n```\n```py\n{text}\n```\n"
        ));
        survives(&validator, fenced).await;
        survives(&validator, Artifact::new(text)).await;
    }
    let nested = "[".repeat(200_000);
    check_reason(
        &survives(&validator, json_with(json!(true), &nested)).await,
        "syntax.json",
        "recursion limit",
    );
    let quotes = survives(&validator, Artifact::new(">".repeat(200_000) + "\n```\nx\n```\n")).await;
    assert!(quotes.coverage.checked.iter().any(|what| what == "markdown"));
    let line = format!("x = \"{}\"\ny = (\n", "é".repeat(530_000));
    let long = survives(&validator, code("python", &line)).await;
    check_reason(&long, "syntax.python", "larger");
    let line = format!("[\"{}\", tru]", "é".repeat(300_000));
    let long = survives(&validator, json_with(json!(true), &line)).await;
    assert_eq!((long.findings[0].line, long.findings[0].column), (1, 300_009));
    let nul = survives(&validator, code("python", "x = 1\n\0\0\n")).await;
    assert_eq!(nul.findings[0].line, 2);
    let lone = survives(&validator, json_with(json!(true), "\"\\ud800\"")).await;
    check_reason(&lone, "syntax.json", "");
    assert_eq!(lone.verdict, Verdict::Warn);
}

#[tokio::test]
async fn a_late_or_crowded_validator_says_so() {
    let settings = Settings {
        deadline_ms: 0,
        threads: 1,
        ..Settings::default()
    };
    let validator = Validator::new(settings).unwrap();
    let answers = futures::future::join_all((0..200).map(|_| validator.validate(code("python", "x")))).await;
    for answer in answers {
        assert_eq!(answer.verdict, Verdict::Warn);
        assert_eq!(
            answer
                .coverage
                .checked
                .iter()
                .filter(|what| what.starts_with("syntax"))
                .count(),
            0
        );
    }
}

/// Tells what is found in a fence of that language.
#[track_caller]
fn check_fence(language: &str, code: &str, expected: &[&str]) {
    check_found(
        &Artifact::new(format!("So:\n```{language}\n{code}\n```\n")),
        expected,
    );
}

#[test]
fn a_few_lines_quoted_in_prose_need_no_function_around_them() {
    for code in [
        "return x",
        "for x in y:\n    yield x",
        "if x is None:\n    continue",
    ] {
        check_fence("python", code, &[]);
    }
    check_fence("python", "import a\n\nreturn a.b", &["syntax.python 5:1 Error"]);
}

#[test]
fn a_line_of_dots_says_that_code_was_left_out() {
    for code in ["f({\n  a,\n  ...\n});", "function f() {\n  b();\n  …\n}"] {
        check_fence("js", code, &["complete.elision 5:3 Warning"]);
    }
    check_fence("js", "f(\n  ...\n  );;)", &["syntax.javascript 5:3 Error"]);
}

#[test]
fn what_declarations_may_not_have_is_not_said_of_code() {
    let artifact = Artifact {
        kind: Some("code".into()),
        language: Some("typescript".into()),
        ..Artifact::new("let x: string;\nconst y: number = 1;\nlet x: string;\n")
    };
    check_found(&artifact, &["syntax.typescript 1:5 Error"]);
}

/// A defect behind containers, with what stands before each of its lines.
fn planted() -> impl Strategy<Value = (String, usize)> {
    let container = prop::sample::select(vec![
        ("", ""),
        ("- ", "  "),
        ("> ", "> "),
        ("1. ", "   "),
        ("> - ", ">   "),
        ("- > ", "  > "),
        ("- 1. > ", "     > "),
    ]);
    let ends = prop::sample::select(vec!["\n", "\r\n"]);
    let text = prop::sample::select(vec!["", "Hello 😀 world", "a\tb é", "* x\n* y"]);
    let code = prop::sample::select(vec![
        ("python", "x = '😀é'; ", "y = = 1"),
        ("python", "if x:\n\ty = 1\n\tz = 2 ", ")"),
        ("js", "const a = '😀';\nlet b = ", "];"),
        ("json", "{\"😀\": [1,\n\t2 ", "}"),
        ("ts", "type A = { a: string };\n\tlet c: = ", "1;"),
    ]);
    (text, container, ends, code).prop_map(|(text, (first, rest), end, (language, before, defect))| {
        let mut output = String::new();
        for line in text.lines() {
            output.push_str(line);
            output.push_str(end);
        }
        output.push_str(end);
        let fenced = format!("```{language}\n{before}\u{1}{defect}\n```\nbehind");
        for (i, line) in fenced.lines().enumerate() {
            output.push_str(if i == 0 { first } else { rest });
            output.push_str(line);
            output.push_str(end);
        }
        let place = output.find('\u{1}').unwrap();
        (output.replace('\u{1}', ""), place)
    })
}

proptest! {
    #[test]
    fn a_defect_is_reported_where_it_was_planted((output, place) in planted()) {
        let validation = judged(&Artifact::new(output.clone()));
        prop_assert_eq!(validation.verdict, Verdict::Fail, "{}", output);
        let finding = &validation.findings[0];
        let line = output[..place].matches('\n').count() as u32 + 1;
        let column = output[..place].rsplit('\n').next().unwrap().encode_utf16().count() as u32 + 1;
        prop_assert_eq!(finding.line, line, "{:?} in {}", finding, output);
        // Some parsers complain about the token behind or before: never more than a few columns away.
        prop_assert!(finding.column.abs_diff(column) <= 6, "{:?} in {}", finding, output);
        prop_assert!(output.is_char_boundary(finding.byte_start) && output.is_char_boundary(finding.byte_end));
    }

    #[test]
    fn any_text_is_judged_without_harm(output in "\\PC{0,200}", kind in prop::sample::select(vec![None, Some("json"), Some("code"), Some("markdown")])) {
        for language in [None, Some("python"), Some("js")] {
            let artifact = Artifact { kind: kind.map(Into::into), language: language.map(Into::into), ..Artifact::new(output.clone()) };
            let validation = judged(&artifact);
            prop_assert!(validation.findings.iter().all(|f| f.byte_end <= output.len() && f.line > 0 && f.column > 0));
            prop_assert!(!validation.coverage.not_checked.iter().any(|entry| entry.reason.contains("internal")));
        }
    }
}
