//! The official conformance suite: both sets of requirements against the HTTP stack, with what they call in
//! `examples/conformance`, and the general scenarios against the product itself.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::clients::installed;
use crate::support::{HttpServer, firstmate};

const SETS: [&str; 2] = ["2026-07-28", "2025-11-25"];
/// Pages on this machine may call: the suite sends their origin, and wants it let in.
const LOCAL_PAGES: &str = r#"["http://localhost:*", "http://127.0.0.1:*"]"#;

/// What is asked of every server. The others call tools, prompts and resources of the suite's own.
const GENERAL: [(&str, &[&str]); 2] = [
    (
        "2026-07-28",
        &[
            "tools-list",
            "server-sse-multiple-streams",
            "resources-list",
            "sep-2164-resource-not-found",
            "prompts-list",
            "dns-rebinding-protection",
            "caching",
            "input-required-result-unsupported-methods",
            "input-required-result-validate-input",
            "http-header-validation",
        ],
    ),
    (
        "2025-11-25",
        &[
            "server-initialize",
            "ping",
            "tools-list",
            "server-sse-multiple-streams",
            "resources-list",
            "prompts-list",
            "dns-rebinding-protection",
            "server-session-lifecycle",
            "server-sse-polling",
        ],
    ),
];

struct Suite {
    node: PathBuf,
    script: PathBuf,
    out: tempfile::TempDir,
}

impl Suite {
    fn found() -> Option<Self> {
        Some(Self {
            node: installed("node_modules/node/bin/node")?,
            script: installed("node_modules/@modelcontextprotocol/conformance/dist/index.js")?,
            out: tempfile::tempdir().unwrap(),
        })
    }

    /// The suite's summary, and whether it is content.
    fn run(&self, url: &str, set: &str) -> (String, bool) {
        let told = Command::new(&self.node)
            .arg(&self.script)
            .args([
                "server",
                "--url",
                &format!("{url}/mcp"),
                "--requirements",
                set,
                "-o",
            ])
            .arg(self.out.path())
            .env("HOME", self.out.path())
            .output()
            .unwrap();
        let text = String::from_utf8_lossy(&told.stdout).into_owned();
        let summary = text.split("=== SUMMARY ===").nth(1).unwrap_or(&text).to_owned();
        (summary, told.status.success())
    }
}

/// Each scenario with whether it passed.
fn scenarios(summary: &str) -> impl Iterator<Item = (&str, bool)> {
    summary.lines().filter_map(|line| {
        let (mark, rest) = line.split_once(' ')?;
        let (name, _) = rest.split_once(':')?;
        match mark {
            "✓" => Some((name, true)),
            "✗" => Some((name, false)),
            _ => None,
        }
    })
}

/// Past the harness, which keeps what tests that pass print.
fn show(table: &str) {
    let _gone = writeln!(std::io::stderr(), "{table}").is_err();
}

/// No failure is expected, so there is no list of expected ones. Tasks are an extension that the fixture does not have.
#[test]
#[expect(clippy::disallowed_methods, reason = "CI says so in the environment")]
fn both_sets_of_requirements_are_met_by_the_http_stack() {
    let Some(suite) = Suite::found() else {
        return;
    };
    let example = std::env::current_exe().unwrap();
    let example = example.ancestors().nth(2).unwrap().join("examples/conformance");
    if !example.exists() {
        assert!(
            std::env::var("CI").as_deref() != Ok("true"),
            "{} is missing",
            example.display()
        );
        show("skipped: the example is not built; cargo build --example conformance");
        return;
    }
    let server = HttpServer::spawn(
        Command::new(&example)
            .stdout(std::process::Stdio::null())
            .stderr(std::process::Stdio::piped()),
    );
    for set in SETS {
        let (summary, content) = suite.run(&server.url, set);
        show(&format!("conformance {set}, our HTTP stack:{summary}"));
        assert!(content, "{summary}");
        let failed: Vec<_> = scenarios(&summary)
            .filter(|(name, passed)| !passed && !name.starts_with("tasks-"))
            .collect();
        assert!(failed.is_empty(), "{failed:?}");
        assert!(scenarios(&summary).count() >= 30, "{summary}");
    }
}

#[test]
fn the_general_scenarios_pass_against_the_product() {
    let Some(suite) = Suite::found() else {
        return;
    };
    let dir = tempfile::tempdir().unwrap();
    let server = HttpServer::spawn(firstmate(dir.path()).env("FIRSTMATE_HTTP__ALLOWED_ORIGINS", LOCAL_PAGES));
    for (set, general) in GENERAL {
        let (summary, _) = suite.run(&server.url, set);
        let of_all: Vec<_> = scenarios(&summary).collect();
        let table: String = general
            .iter()
            .map(|name| {
                let passed = of_all.iter().any(|one| one == &(*name, true));
                format!("{} {name}\n", if passed { "✓" } else { "✗" })
            })
            .collect();
        show(&format!("conformance {set}, the product:\n{table}"));
        assert!(!table.contains('✗'), "{table}\n{summary}");
        stateless(set, suite.out.path());
    }
}

/// Of the scenario about requests without sessions only what needs tools of the suite may fail.
fn stateless(set: &str, out: &Path) {
    if set != "2026-07-28" {
        return;
    }
    let folder = std::fs::read_dir(out).unwrap().map(|entry| entry.unwrap().path());
    let folder = folder
        .into_iter()
        .find(|path| path.display().to_string().contains("server-server-stateless"));
    let checks = std::fs::read_to_string(folder.unwrap().join("checks.json")).unwrap();
    let checks: Vec<serde_json::Value> = serde_json::from_str(&checks).unwrap();
    let failed = checks.iter().filter(|check| check["status"] == "FAILURE");
    let real: Vec<_> = failed
        .filter(|check| {
            !check["errorMessage"]
                .as_str()
                .unwrap_or_default()
                .starts_with("Not testable")
        })
        .collect();
    assert!(checks.len() > 20 && real.is_empty(), "{real:#?}");
}
