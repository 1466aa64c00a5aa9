//! The page in a real browser; what it does there is in `tests/clients/page*.mjs`.

use std::io::{BufRead as _, BufReader, Read as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::clients::installed;
use crate::support::{HttpServer, firstmate};

#[test]
fn a_real_browser_follows_a_run_and_finds_nothing_that_keeps_people_out() {
    look("page.mjs");
}

#[test]
fn a_page_without_answers_says_so_and_finds_its_way_back() {
    look("page_away.mjs");
}

/// Has a script look at the page of a server of its own.
fn look(script: &str) {
    let Some(node) = installed("node_modules/node/bin/node") else {
        return;
    };
    for library in ["node_modules/puppeteer-core", "node_modules/axe-core"] {
        if installed(library).is_none() {
            return;
        }
    }
    let Some(chromium) = chromium() else {
        return;
    };
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let pictures = Path::new(env!("CARGO_TARGET_TMPDIR")).join("page");
    std::fs::create_dir_all(&pictures).unwrap();
    let dir = tempfile::tempdir().unwrap();
    let mut server = HttpServer::start(dir.path());
    let mut looking = Command::new(node)
        .arg(root.join("tests/clients").join(script))
        .arg(&server.url)
        .arg(chromium)
        .arg(root.join("target/clients"))
        .arg(&pictures)
        .env("HOME", dir.path())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut errors = looking.stderr.take().unwrap();
    let errors = std::thread::spawn(move || {
        let mut text = String::new();
        errors.read_to_string(&mut text).unwrap();
        text
    });
    let mut said = String::new();
    for line in BufReader::new(looking.stdout.take().unwrap()).lines() {
        let line = line.unwrap();
        if line == "READY" {
            // As after a crash, and at the same address again.
            let url = server.url.clone();
            drop(server);
            let address = url.strip_prefix("http://").unwrap();
            std::thread::sleep(std::time::Duration::from_secs(1));
            server = HttpServer::listening(address, firstmate(dir.path()).args(["--log", "info"]));
        }
        said.push_str(&line);
        said.push('\n');
    }
    let status = looking.wait().unwrap();
    assert!(status.success(), "{status}\n{said}{}", errors.join().unwrap());
    assert!(said.ends_with("ok: the page was looked at\n"), "{said}");
    drop(server);
}

/// Debian's, or where another system has it.
#[expect(clippy::disallowed_methods, reason = "CI says so in the environment")]
#[expect(clippy::print_stderr, reason = "a skipped test says so")]
fn chromium() -> Option<PathBuf> {
    let places = [
        "/usr/bin/chromium",
        "/usr/bin/chromium-browser",
        "/usr/bin/google-chrome",
    ];
    let found = places.into_iter().map(PathBuf::from).find(|path| path.exists());
    if found.is_none() {
        assert!(
            std::env::var("CI").as_deref() != Ok("true"),
            "chromium is missing: run .ci/run"
        );
        eprintln!("skipped: no chromium is installed; .ci/run installs it");
    }
    found
}
