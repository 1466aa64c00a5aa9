//! The direction of the modules, as ARCHITECTURE.md draws it.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Each module may use only what stands in a later row, never a neighbour in its own.
const ROWS: [&[&str]; 9] = [
    &["main"],
    &["app"],
    &["cli", "config", "mcp", "error", "telemetry"],
    &["crew"],
    &["routing", "validation", "policy", "knowledge"],
    &["model", "store"],
    &["audit"],
    &["clock", "detect", "hosts", "ownership"],
    &["domain"],
];

/// `config` and `error` gather every module's settings and errors; `telemetry` is told what to log.
const GATHERERS: [&str; 3] = ["config", "error", "telemetry"];

#[test]
fn modules_use_only_what_stands_to_their_right() {
    let mut wrong = Vec::new();
    for (module, file) in sources() {
        let text = std::fs::read_to_string(&file).unwrap();
        for used in used_modules(code(&text)) {
            if !may_use(&module, &used) {
                wrong.push(format!("{} uses {used}", file.display()));
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "against the direction of ARCHITECTURE.md:\n{}",
        wrong.join("\n")
    );
}

#[test]
fn planted_wrong_edges_are_caught() {
    assert!(!may_use("domain", "store"));
    assert!(!may_use("policy", "knowledge"));
    assert!(!may_use("crew", "mcp"));
    assert!(!may_use("model", "store"));
    assert!(may_use("crew", "policy"));
    let text = "use crate::{domain::{Scope, x::Y}, mcp};\nfn f() { crate::store::x(); }";
    let found: Vec<_> = used_modules(text).into_iter().collect();
    assert_eq!(found, ["domain", "mcp", "store"]);
}

#[test]
fn only_the_named_modules_know_rmcp_reqwest_and_the_environment() {
    for (word, home) in [
        ("rmcp::", &["mcp"][..]),
        ("reqwest::", &["model"][..]),
        ("env::var", &["config"][..]),
        ("process::Command", &["cli"][..]),
    ] {
        for (module, file) in sources() {
            let text = std::fs::read_to_string(&file).unwrap();
            let used = code(&text)
                .lines()
                .any(|line| !line.trim_start().starts_with("//") && line.contains(word));
            assert!(
                !used || home.contains(&module.as_str()),
                "{} uses {word}",
                file.display()
            );
        }
    }
}

fn may_use(module: &str, used: &str) -> bool {
    let row = |name: &str| ROWS.iter().position(|row| row.contains(&name));
    match (row(module), row(used)) {
        _ if module == used || GATHERERS.contains(&module) => true,
        (Some(from), Some(to)) => from < to,
        _ => false,
    }
}

/// The part of a file that is not its test module: tests may use what they like.
fn code(text: &str) -> &str {
    text.split("#[cfg(test)]\nmod tests {").next().unwrap_or(text)
}

fn used_modules(text: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for (at, _) in text.match_indices("crate::") {
        let rest = &text[at + "crate::".len()..];
        match rest.strip_prefix('{') {
            Some(group) => found.extend(heads(group)),
            None => found.extend(word(rest)),
        }
    }
    found
}

/// The first word of each item of `{a::b, c::{d, e}}`, from behind its opening brace.
fn heads(group: &str) -> Vec<String> {
    let (mut depth, mut start, mut heads) = (0, true, Vec::new());
    for (at, c) in group.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => start = true,
            c if start && !c.is_whitespace() => {
                heads.extend(word(&group[at..]));
                start = false;
            }
            _ => {}
        }
    }
    heads
}

fn word(text: &str) -> Option<String> {
    let end = text
        .find(|c: char| !c.is_ascii_alphanumeric() && c != '_')
        .unwrap_or(text.len());
    // A capital is a type at the crate's root, not a module.
    text.starts_with(|c: char| c.is_ascii_lowercase())
        .then(|| text[..end].to_owned())
}

/// Every source file of the library with the module it belongs to.
fn sources() -> Vec<(String, PathBuf)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    let mut folders = vec![root.clone()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let inside = path.strip_prefix(&root).unwrap();
                let first = inside.components().next().unwrap().as_os_str().to_string_lossy();
                let module = first.trim_end_matches(".rs").to_owned();
                let test = inside.iter().any(|part| {
                    ["tests", "tests.rs", "conformance"]
                        .iter()
                        .any(|name| part == *name)
                });
                if module != "lib" && !test {
                    files.push((module, path));
                }
            }
        }
    }
    assert!(files.len() > 20, "the sources were not found");
    files
}
