//! Who may ask for the page and its data, and what every answer tells a browser.

use super::asking::{Answer, HOST, ask, get};
use crate::support::HttpServer;

const PARTS: [&str; 12] = [
    "/ui",
    "/ui/page.css",
    "/ui/dom.js",
    "/ui/say.js",
    "/ui/graph.js",
    "/ui/runs.js",
    "/ui/decisions.js",
    "/ui/lessons.js",
    "/ui/savings.js",
    "/ui/server.js",
    "/ui/host.js",
    "/ui/page.js",
];
const DATA: [&str; 6] = [
    "/ui/api/runs",
    "/ui/api/decisions",
    "/ui/api/routes",
    "/ui/api/savings",
    "/ui/api/lessons",
    "/ui/api/search?q=crane",
];

#[test]
fn only_the_page_itself_may_ask_and_everything_says_what_a_browser_may_do_with_it() {
    let dir = tempfile::tempdir().unwrap();
    let server = HttpServer::start(dir.path());
    for path in PARTS.into_iter().chain(DATA).chain(["/ui/events", "/ui/nothing"]) {
        for header in [
            "host: evil.example\r\n",
            "host: localhost\r\norigin: https://evil.example\r\n",
        ] {
            assert_eq!(ask(&server, "GET", path, header).status, 403, "{path} {header:?}");
        }
    }
    for path in PARTS {
        let answer = get(&server, path);
        assert_eq!(answer.status, 200, "{path}");
        checked(&answer, path);
        assert_eq!(answer.header("cache-control"), Some("no-cache"), "{path}");
        let known = format!("{HOST}if-none-match: {}\r\n", answer.header("etag").unwrap());
        let again = ask(&server, "GET", path, &known);
        assert_eq!((again.status, again.body.as_str()), (304, ""), "{path}");
    }
    for path in DATA {
        let answer = get(&server, path);
        assert_eq!(answer.status, 200, "{path}: {}", answer.body);
        checked(&answer, path);
        assert_eq!(answer.header("cache-control"), Some("no-store"), "{path}");
        for site in ["cross-site", "same-site"] {
            let foreign = ask(&server, "GET", path, &format!("{HOST}sec-fetch-site: {site}\r\n"));
            assert_eq!(foreign.status, 403);
        }
        let own = ask(
            &server,
            "GET",
            path,
            &format!("{HOST}sec-fetch-site: same-origin\r\n"),
        );
        assert_eq!(own.status, 200, "{path}");
        // It only looks.
        for method in ["POST", "PUT", "DELETE"] {
            assert_eq!(ask(&server, method, path, HOST).status, 405, "{method} {path}");
        }
    }
    for path in [
        "/ui/nothing",
        "/ui/api/nothing",
        "/ui/../Cargo.toml",
        "/ui/%2e%2e/x",
    ] {
        let answer = get(&server, path);
        assert_eq!(answer.status, 404, "{path}");
        checked(&answer, path);
    }
    for (path, status) in [
        ("/ui/api/runs/unknown", 404),
        ("/ui/api/lessons/unknown", 404),
        ("/ui/api/runs?limit=many", 400),
    ] {
        let answer = get(&server, path);
        assert_eq!(answer.status, status, "{path}: {}", answer.body);
        for part in ["code", "message", "hint"] {
            assert!(answer.json()[part].is_string(), "{path}: {}", answer.body);
        }
    }
    let long = format!("/ui/api/search?q={}", "a".repeat(3_000));
    assert_eq!(get(&server, &long).status, 400);
}

/// What every answer under `/ui` tells a browser.
fn checked(answer: &Answer, path: &str) {
    let policy = answer.header("content-security-policy").unwrap_or_default();
    for rule in [
        "default-src 'none'",
        "script-src 'self'",
        "connect-src 'self'",
        "frame-ancestors 'none'",
        "form-action 'none'",
        "base-uri 'none'",
    ] {
        assert!(policy.contains(rule), "{path}: {policy:?} has no {rule}");
    }
    assert!(!policy.contains("unsafe"), "{path}: {policy}");
    assert_eq!(answer.header("x-content-type-options"), Some("nosniff"), "{path}");
    assert_eq!(answer.header("referrer-policy"), Some("no-referrer"), "{path}");
    assert_eq!(
        answer.header("cross-origin-resource-policy"),
        Some("same-origin"),
        "{path}"
    );
}
