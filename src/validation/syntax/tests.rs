use crate::domain::{Artifact, Validation};

use super::super::{Settings, check};

fn file(language: &str, code: &str) -> Artifact {
    Artifact {
        kind: Some("code".into()),
        language: Some(language.into()),
        ..Artifact::new(code)
    }
}

fn fence(language: &str, code: &str) -> Artifact {
    Artifact::new(format!("So:\n```{language}\n{code}\n```\n"))
}

fn judged(artifact: &Artifact) -> Validation {
    check(artifact, &Settings::default())
}

/// One line per finding: rule, place, severity.
fn found(artifact: &Artifact) -> Vec<String> {
    let told = |f: &crate::domain::Finding| format!("{} {}:{} {:?}", f.rule, f.line, f.column, f.severity);
    judged(artifact).findings.iter().map(told).collect()
}

#[track_caller]
fn check_found(artifact: &Artifact, expected: &[&str]) {
    assert_eq!(found(artifact), expected, "{:#?}", judged(artifact));
}

/// Nothing is found, and not because nobody looked.
#[track_caller]
fn check_clean(artifact: &Artifact) {
    let validation = judged(artifact);
    assert_eq!(validation.findings, [], "{}", artifact.output);
    assert_eq!(validation.coverage.not_checked, [], "{}", artifact.output);
}

#[test]
fn whole_files_of_every_language_are_read() {
    for (language, code) in [
        (
            "rust",
            "#!/usr/bin/env run\n//! Doc.\nfn main() { println!(\"{}\", 'a'); }\n",
        ),
        ("go", "package main\n\nfunc main() { a := []int{1}; _ = a }\n"),
        ("java", "class A { int f(int a) { return a > 1 ? 2 : 3; } }\n"),
        (
            "php",
            "<?php\nfunction f(int $a): ?string { return $a ? 'b' : null; }\n",
        ),
        ("ruby", "class A < B\n  def f(a:) = puts(\"#{a}\")\nend\n"),
        (
            "bash",
            "#!/bin/bash\nfor f in *.txt; do [[ -f $f ]] && echo \"${f%.txt}\"; done\n",
        ),
        (
            "css",
            "@media (min-width: 1px) { a:hover > b { color: #fff; } }\n",
        ),
        ("html", "<!DOCTYPE html>\n<p>a<br>b<img src=c></p>\n"),
        (
            "c",
            "#if A\nint f(void) {\n#else\nint f(int b) {\n#endif\n  char c = '{'; return 1; }\n",
        ),
        ("c++", "auto s = R\"x({ \" )x\"; int n = 1'000;\n"),
        ("c#", "var s = @\"a \"\" {\"; var t = $\"{s}\";\n"),
        ("sql", "SELECT 'it''s (' FROM t -- (\nWHERE a IN (1, 2);\n"),
        ("toml", "[a]\nb = [1, 2]\nc = 1979-05-27T07:32:00Z\n"),
        ("yaml", "a: &x {b: 1}\n---\n- *x\n- c: |\n    d: e\n"),
    ] {
        if language == "yaml" {
            // An alias does not reach over the end of a document.
            check_clean(&file(language, "a: &x {b: 1}\nf: *x\n---\n- c: |\n    d: e\n"));
            continue;
        }
        check_clean(&file(language, code));
    }
}

#[test]
fn the_first_defect_is_found_where_it_is() {
    for (language, code, place) in [
        ("rust", "fn f() {\n    let a = ;\n}\n", "2:13 Error"),
        ("rust", "fn f() {\n    g(1;\n}\n", "3:1 Error"),
        ("rust", "fn f() -> u8 { 1 }\nfn g( {}\n}\n", "3:1 Error"),
        ("rust", "fn é() { let a = '😀'; b c }\n", "1:26 Error"),
        ("go", "package a\n\nfunc f() {\n\tx := \n}\n", "4:6 Error"),
        ("java", "class A {\n  int f() { return 1 }\n}\n", "2:21 Error"),
        ("php", "<?php\n$a = [1, 2;\n", "2:11 Error"),
        ("ruby", "def f\n  g(1\nend\n", "2:4 Error"),
        ("bash", "if true; then\n  echo 'a'\n", "2:11 Error"),
        ("toml", "a = 1\nb = \n", "2:4 Error"),
        ("toml", "a = 1\na = 2\n", "2:1 Error"),
        ("yaml", "a: 1\n b: 2\n", "2:3 Error"),
        ("yaml", "a: [1, 2\nb: 3\n", "2:2 Error"),
        ("c", "int f(void) {\n  g(1];\n}\n", "2:6 Warning"),
        ("sql", "SELECT (1;\n", "1:8 Warning"),
        ("c#", "class A {\n```\n", "2:1 Warning"),
    ] {
        let [only] = &found(&file(language, code))[..] else {
            panic!("{language} {code}: {:?}", found(&file(language, code)));
        };
        let (_, at) = only.split_once(' ').unwrap();
        assert_eq!(
            at,
            place,
            "{language} {code}: {:#?}",
            judged(&file(language, code)).findings
        );
    }
}

#[test]
fn what_prose_quotes_is_read_as_a_part() {
    for (language, code) in [
        ("rust", "let a = 1;\na + 1"),
        ("rust", "fn f(&self) -> u8;"),
        (
            "rust",
            "trait A { fn f(&mut self, Self, u8); }\ntype B = Fn(u8) + Send;",
        ),
        ("rust", "pub fn load() -> Result<Vec<u8>>"),
        ("rust", "name: String,\nage: u8"),
        ("rust", "Some(a) => b,\nNone => c,"),
        ("rust", "# use a::b;\n# fn main() {\nb();\n# }"),
        ("go", "x := f()\nif x { return nil, err }"),
        ("go", "Name string `json:\"name\"`\nAge  int"),
        ("java", "@Override public int f() { return 1; }"),
        ("java", "int a = f(1);\nreturn a;"),
        ("php", "$a = f(1);\necho $a;"),
        ("php", "public function f() { return 1; }"),
        ("css", "color: red;\nmargin: 0 auto;"),
        ("html", "<td>a</td>"),
        ("bash", "$ ls -l\ntotal 0\n$ cat a \\\n    b\nc ) d"),
        ("bash", "curl -X POST <your-url> --user <name>"),
        ("console", "user@host:~$ echo 'a\nb (\n"),
    ] {
        if language == "console" {
            check_found(&fence(language, code), &["syntax.console 3:18 Warning"]);
            continue;
        }
        check_clean(&fence(language, code));
    }
}

#[test]
fn dots_for_a_body_are_an_elision_in_every_language() {
    for (language, code) in [
        ("rust", "fn f() {\n  ...\n}"),
        ("rust", "fn f() { ... }"),
        ("go", "func f() {\n  ...\n}"),
        ("java", "class A {\n  ...\n}"),
        ("css", "a {\n  ...\n}"),
        ("toml", "a = 1\n..."),
        ("c", "int f() {\n  ...\n}"),
        ("rust", "f(a, ...);"),
    ] {
        let found = found(&fence(language, code));
        let [only] = &found[..] else {
            panic!("{language} {found:?}")
        };
        assert!(only.starts_with("complete.elision "), "{language} {only}");
    }
}

#[test]
fn code_with_a_fence_in_a_string_is_code_whatever_it_does() {
    let code = "def f():\n    pass\n\nf.__doc__ = \"\"\"\n```python\n>>> f():\n```\n\"\"\"\n";
    check_found(&file("python", code), &["complete.stub 1:5 Warning"]);
}

#[test]
fn keys_that_stand_twice_are_told() {
    check_found(
        &file("yaml", "a:\n  b: 1\n  c: {b: 2}\n  b: 3\nd: [b, b]\n"),
        &["yaml.duplicate-key 4:3 Warning"],
    );
    check_clean(&file("yaml", "a:\n  <<: *b\n".replace("*b", "{c: 1}").as_str()));
}

#[test]
fn a_template_is_not_judged_as_what_it_makes() {
    let validation = judged(&file("yaml", "{% if a %}\nb: {{ c }}\n{% endif %}\n"));
    assert_eq!(validation.findings, []);
    assert!(validation.coverage.not_checked[0].reason.contains("template"));
}

#[test]
fn hostile_nesting_is_refused_or_read_on_a_small_stack() {
    for (language, unit) in [
        ("rust", "("),
        ("rust", "{"),
        ("rust", "*\n"),
        ("rust", "A<\n"),
        ("rust", "&"),
        ("rust", "-"),
        ("rust", "return "),
        ("rust", "if a {} else "),
        ("rust", "a."),
        ("rust", "as A "),
        ("rust", "|a| "),
        ("rust", "/*"),
        ("rust", "m!("),
        ("rust", "a.\n"),
        ("typescript", "A<\n"),
        ("toml", "["),
        ("toml", "a."),
        ("yaml", "["),
        ("yaml", "- "),
        ("yaml", "{a: "),
        ("yaml", "&a "),
        ("go", "("),
        ("java", "{"),
        ("php", "["),
        ("ruby", "("),
        ("bash", "$("),
        ("bash", "a|"),
        ("css", "a{"),
        ("html", "<a>"),
        ("c", "("),
        ("sql", "("),
        ("c#", "@\""),
    ] {
        let code = format!("let a: {}", unit.repeat(60_000 / unit.len()));
        let validation = judged(&file(language, &code));
        let internal = validation
            .coverage
            .not_checked
            .iter()
            .any(|entry| entry.reason.contains("internal"));
        assert!(!internal, "{language} {unit} {validation:?}");
        judged(&fence(language, &code));
    }
}

#[test]
fn many_sources_leave_nothing_behind() {
    let code = (0..100)
        .map(|i| format!("fn f{i}() {{ let a = \"x\"; }}\n"))
        .collect::<String>();
    for _ in 0..50 {
        check_clean(&file("rust", &code));
        // Nothing that still has a place may be kept: this panics if a parse left one behind.
        proc_macro2::extra::invalidate_current_thread_spans();
    }
}
