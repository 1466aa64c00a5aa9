//! Input that was made to hang, exhaust or abort: each shape ends in an answer that says what was not looked at.
//!
//! The deadline is far away here, so that each shape has to be met by a limit of its own.

use serde_json::json;

use super::*;

/// As much as a [`Validator`] gives its threads.
const STACK: usize = 256 << 20;
const MIB: usize = 1 << 20;

/// Judges on a thread with a large stack.
fn judged(artifact: Artifact) -> Validation {
    let judge = move || {
        let settings = Settings {
            deadline_ms: 600_000,
            ..Settings::default()
        };
        check(&artifact, &settings)
    };
    let thread = std::thread::Builder::new().stack_size(STACK).spawn(judge);
    thread.unwrap().join().unwrap()
}

#[track_caller]
fn check_refused(artifact: Artifact, what: &str, reason: &str) {
    let validation = judged(artifact);
    check_reason(&validation, what, reason);
    assert_ne!(validation.verdict, Verdict::Pass);
}

/// Whatever the answer is, no check panicked and nothing was passed without being looked at.
#[track_caller]
fn check_ends(artifact: Artifact) {
    let validation = judged(artifact);
    for entry in &validation.coverage.not_checked {
        assert!(!entry.reason.contains("internal"), "{entry:?}");
    }
    assert!(validation.findings.len() <= 200);
}

fn markdown(output: String) -> Artifact {
    Artifact {
        kind: Some("markdown".into()),
        ..Artifact::new(output)
    }
}

fn patch(output: impl Into<String>, target: impl Into<String>) -> Artifact {
    Artifact {
        kind: Some("patch".into()),
        target_file: Some(target.into()),
        ..Artifact::new(output)
    }
}

/// Twice as deep as release builds survived on a thread of 2 MiB.
#[test]
#[cfg_attr(
    debug_assertions,
    ignore = "minutes without optimisation: cargo test --release --lib hostile"
)]
fn what_nests_too_deeply_is_not_parsed() {
    for (unit, depth) in [
        ("`${", 2_320),
        ("(", 2_680),
        ("[", 2_680),
        ("a=>", 4_300),
        ("a?", 7_320),
        ("{", 7_700),
        ("!", 44_000),
        ("a+", 66_000),
        ("a.", 66_000),
        ("<a>", 66_000),
        ("if(a)b;else ", 40_000),
        ("typeof ", 66_000),
    ] {
        for language in ["javascript", "typescript"] {
            check_refused(
                code(language, &unit.repeat(depth)),
                &format!("syntax.{language}"),
                "",
            );
        }
    }
    for (language, unit, depth) in [
        ("rust", "{", 1_000),
        ("rust", "(", 1_600),
        ("rust", "-", 3_900),
        ("rust", "a+", 66_000),
        ("rust", "if a{}else ", 66_000),
        ("rust", "a.b", 60_000),
        ("rust", "&", 40_000),
        ("rust", "|a|", 40_000),
        ("rust", "match a{_=>", 20_000),
        ("toml", "[", 100_000),
        ("yaml", "[", 100_000),
        ("yaml", "- ", 100_000),
    ] {
        let source = match language {
            "rust" => format!("fn f() {{ x = {}", unit.repeat(depth)),
            "toml" => format!("a = {}", unit.repeat(depth)),
            _ => unit.repeat(depth),
        };
        check_ends(code(language, &source));
    }
    for language in [
        "go", "java", "php", "ruby", "bash", "css", "html", "c", "cpp", "csharp", "sql",
    ] {
        for unit in ["(", "{", "[", "<a>", "if a {", "a.", "!", "\"${", "f(", "<<A\n"] {
            check_ends(code(language, &unit.repeat(100_000 / unit.len())));
        }
    }
    for (unit, depth) in [
        ("(", 200_000),
        ("[", 200_000),
        ("not ", 66_000),
        ("-", 66_000),
        ("a+", 66_000),
        ("lambda:", 66_000),
        ("a[", 66_000),
        ("a if b else ", 66_000),
    ] {
        let source = format!("x = {}", unit.repeat(depth));
        check_refused(code("python", &source), "syntax.python", "");
    }
    check_refused(
        code("javascript", &format!("/{}/", "(".repeat(5_960))),
        "syntax.javascript",
        "nested deeper",
    );
    for open in ["[", "{\"a\":"] {
        let deep = Artifact {
            kind: Some("json".into()),
            ..Artifact::new(open.repeat(100_000))
        };
        check_refused(deep, "syntax.json", "recursion limit");
    }
}

#[test]
fn brackets_that_may_be_two_things_are_not_tried_for_ever() {
    for unit in [
        format!("{}b{};\n", "(a=".repeat(250), ")".repeat(250)),
        format!("{}b{};\n", "async(a=".repeat(250), ")".repeat(250)),
        format!("{}b;\n", "a<".repeat(1_900)),
    ] {
        for language in ["javascript", "typescript"] {
            let source = unit.repeat(500_000 / unit.len());
            check_refused(
                code(language, &source),
                &format!("syntax.{language}"),
                "too many nested",
            );
        }
    }
}

/// At the end of these tree-sitter took 14 seconds and 2.6 GB, and asked nobody whether to go on.
#[test]
fn open_ends_are_not_given_to_grammars() {
    for (language, unit) in [("java", "A<"), ("shell", "a|"), ("shell", "<<A\n"), ("css", "a{")] {
        check_refused(
            code(language, &unit.repeat(15_000)),
            &format!("syntax.{language}"),
            "",
        );
    }
}

#[test]
#[cfg_attr(
    debug_assertions,
    ignore = "minutes without optimisation: cargo test --release --lib hostile"
)]
fn megabytes_of_one_character_are_an_answer() {
    for unit in ["(", "[", "{", "<", ")", "\"", "'", "`", "\0", "\n", "\\", "é"] {
        let text = unit.repeat(MIB / 4 / unit.len());
        for language in [
            "python",
            "javascript",
            "rust",
            "json",
            "toml",
            "yaml",
            "go",
            "bash",
            "html",
            "sql",
        ] {
            check_ends(code(language, &text));
        }
    }
}

/// What the parser of Markdown would need squares of time for, if it had no limits of its own.
#[test]
#[cfg_attr(
    debug_assertions,
    ignore = "minutes without optimisation: cargo test --release --lib hostile"
)]
fn markup_that_opens_and_never_closes_is_read_once() {
    for unit in [
        "[",
        "*",
        ">",
        "<",
        "`",
        "_",
        "![",
        "[a](",
        "[a][",
        "<!--",
        "<?",
        "<![CDATA[",
        "*a **b ",
        "> ",
        "- ",
        "|a",
        "&#",
        "<a ",
        "[^a]",
        "~~~",
        "```",
        "a\n===\n",
        "[a]: b\n",
    ] {
        check_ends(markdown(unit.repeat(MIB / unit.len())));
    }
    let of_every_length: String = (1..1_400).map(|count| "`".repeat(count) + "a ").collect();
    check_ends(markdown(of_every_length));
}

#[test]
fn a_hundred_thousand_fences_are_read() {
    check_ends(markdown("```\n".repeat(100_000)));
    check_ends(markdown("- ```\n".repeat(100_000)));
    let labelled: String = (0..50_000).map(|i| format!("```l{i}\n```\n")).collect();
    check_reason(&judged(markdown(labelled)), "others", "more are not listed");
    check_ends(markdown("```json\n{\"a\":1,}\n```\n".repeat(20_000)));
    check_ends(markdown(
        "```diff\n--- a\n+++ b\n@@ -1 +1 @@\n-x\n+y\n```\n".repeat(5_000),
    ));
}

#[test]
fn lines_and_texts_beyond_the_limits_are_said_to_be_that() {
    check_refused(Artifact::new("a ".repeat(5 * MIB)), "output", "larger than");
    check_refused(markdown("a\n".repeat(2 * MIB)), "markdown", "larger than");
    check_refused(markdown("a\n".repeat(2 * MIB)), "prose", "larger than");
    check_refused(
        code("python", &format!("x = \"{}\"", "a".repeat(MIB))),
        "syntax.python",
        "larger than",
    );
    let sources = Artifact {
        sources: vec!["The board meets. ".repeat(300_000)],
        ..markdown("The board meets on Tuesday. ".repeat(30_000))
    };
    check_refused(sources, "ground", "");
}

#[test]
fn a_yaml_bomb_is_not_unfolded() {
    let mut bomb = "a: &a [x, x, x, x, x, x, x, x, x]\n".to_owned();
    bomb.extend(('a'..='y').zip('b'..='z').map(|(before, name)| {
        let again = vec![format!("*{before}"); 9].join(", ");
        format!("{name}: &{name} [{again}]\n")
    }));
    check_clean(&code("yaml", &bomb), "syntax.yaml");
}

#[test]
fn a_schema_is_as_hostile_as_any_input() {
    let value = |length: usize| format!("\"{}b\"", "a".repeat(length));
    for (schema, reason) in [
        (
            json!({ "$ref": "https://example.com/schema.json" }),
            "refers to what is not in it",
        ),
        (
            json!({ "$ref": "file:///etc/passwd" }),
            "refers to what is not in it",
        ),
        // Which one the library stumbles over first is by chance.
        (
            json!({ "$ref": "here", "items": { "$ref": "there#" } }),
            "nothing is fetched: `here`, `there#`",
        ),
    ] {
        check_refused(json_with(schema, &value(5_000)), "schema", reason);
    }
    // Itself, and through itself; squares and powers of patterns that a linear engine does not care about.
    for schema in [
        json!({ "$ref": "#" }),
        json!({ "allOf": [{ "$ref": "#" }, { "$ref": "#" }], "items": { "$ref": "#" } }),
        json!({ "pattern": "(a+)+$" }),
        json!({ "pattern": "(?=a)(a+)+$" }),
        json!({ "pattern": "^(a|aa)+\\1(?!b)c$" }),
        json!({ "pattern": "((a{1,1000}){1,1000}){1,1000}" }),
        json!({ "pattern": "(a|a)*$", "format": "regex" }),
    ] {
        check_ends(json_with(schema, &value(500_000)));
    }
    let mut definitions = serde_json::Map::new();
    for i in 0..40 {
        let next = json!({ "$ref": format!("#/$defs/d{}", i + 1) });
        definitions.insert(format!("d{i}"), json!({ "allOf": [next.clone(), next] }));
    }
    definitions.insert("d40".into(), json!(true));
    let doubling = json!({ "$ref": "#/$defs/d0", "$defs": definitions });
    check_refused(json_with(doubling, "1"), "schema", "too many steps");
}

#[test]
fn surrogates_and_nuls_are_told_and_not_tripped_over() {
    for output in [r#"["\ud800"]"#, r#"["\udc00\ud800"]"#, "\"a\0b\"", "[\u{feff}1]"] {
        let validation = judged(Artifact {
            kind: Some("json".into()),
            ..Artifact::new(output)
        });
        assert_ne!(validation.verdict, Verdict::Pass, "{validation:?}");
    }
    check_ends(code("python", "x = '\0'\n\0\n"));
    check_ends(code("javascript", "x = '\\ud800\0'\n\0\n"));
}

/// Each of them looked back to the beginning of its line: a day for this one.
#[test]
fn a_line_of_reminders_is_looked_at_once() {
    check_ends(code("python", &format!("x = '{}'", "TODO ".repeat(200_000))));
}

#[test]
#[cfg_attr(
    debug_assertions,
    ignore = "minutes without optimisation: cargo test --release --lib hostile"
)]
fn hostile_patches_are_given_up_on() {
    let binary = format!(
        "diff --git a/i.png b/i.png\nindex 1..2 100644\nGIT binary patch\nliteral 1000000\n{}\n",
        format!("zc{}\n", "A".repeat(64)).repeat(15_000)
    );
    check_refused(patch(binary, "x"), "patch", "binary");
    let places: String = (0..20_000)
        .map(|i| format!("@@ -{0},3 +{0},3 @@\n a\n-z\n+c\n a\n", i * 10 + 1))
        .collect();
    check_refused(
        patch(format!("--- a\n+++ b\n{places}"), "a\n".repeat(500_000)),
        "patch.context",
        "too long",
    );
    for output in [
        "<<<<<<< SEARCH\na\n=======\nb\n>>>>>>> REPLACE\n".repeat(10_000),
        "<<<<<<< SEARCH\na\n".repeat(60_000),
        format!("--- a\n+++ b\n@@ -1,1 +1,2 @@\n{}", " a\n".repeat(300_000)),
    ] {
        check_ends(patch(output, "a\nb\n".repeat(100_000)));
    }
}

/// Each of many names is looked for among many: with a walk of the scope for each, this took minutes.
#[test]
fn many_names_of_one_scope_are_not_compared_with_each_other() {
    let many = |line: &str| -> String { (0..15_000).map(|i| line.replace('#', &i.to_string())).collect() };
    for source in [
        format!(
            "def f():\n{} def g():\n{}",
            many(" a#=1\n"),
            many("  nonlocal a#\n")
        ),
        format!("def f({}):\n{}", many("a#,"), many(" global b#\n")),
        format!("def f[{}]():\n return 1\n", many("T#,")),
    ] {
        let validation = judged(code("python", &source));
        assert_eq!(validation.findings, []);
        assert!(validation.coverage.checked.contains(&"syntax.python".to_owned()));
    }
}
