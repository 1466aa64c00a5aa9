use super::*;
use crate::domain::Timestamp;
use crate::policy::report::{Approvals, Counts, Mends, Row, RuleRow, Took, Trend};

fn sample(name: &str) -> Report {
    let at: Timestamp = "2026-01-01T10:00:00Z".parse().unwrap();
    let counts = Counts {
        allow: 7,
        warn: 1,
        redact: 0,
        require_approval: 2,
        deny: 3,
    };
    let rows = |names: &[&str]| {
        let row = |name: &&str| Row {
            name: (*name).to_owned(),
            counts,
        };
        names.iter().map(row).collect::<Vec<_>>()
    };
    let took = Some(Took {
        median_ms: 1_500,
        p90_ms: 90_000,
    });
    Report {
        project: Some(name.to_owned()),
        made_at: at,
        period: Some((at, at)),
        bundle: "ab12".to_owned(),
        checkpoint: Some(format!("firstmate/{name}\n3\nroot=\n")),
        decisions: counts,
        rules: vec![RuleRow {
            id: name.to_owned(),
            counts,
            seen: Some((at, at)),
            mends: Mends {
                violations: 3,
                mended: 2,
                took,
            },
        }],
        actors: rows(&[name, "role coder"]),
        kinds: rows(&["shell"]),
        projects: rows(&[name]),
        doors: rows(&["enforce_policy"]),
        days: rows(&["2026-01-01", "2026-01-02"]),
        mends: Mends {
            violations: 3,
            mended: 2,
            took,
        },
        approvals: Approvals {
            asked: 2,
            used: 1,
            refused: 0,
            unanswered: 1,
            took,
        },
        kinds_unseen: vec!["sql".to_owned()],
        rules_silent: vec![name.to_owned()],
        trends: vec![Trend {
            rule: "no-curl".to_owned(),
            actor: name.to_owned(),
            this_week: 4,
            week_before: 1,
        }],
        ..Report::default()
    }
}

#[test]
fn a_hostile_name_stays_text_in_the_page() {
    let hostile = "</title><script>alert(1)</script>\" onload='x' <img src=//e.example>&\u{202e}\u{1b}[2J";
    let page = told(&sample(hostile), Format::Html, Screen::file());
    for part in ["<script", "<img", "onload='", "\" onload", "\u{202e}", "\u{1b}"] {
        assert!(!page.contains(part), "{part:?} is in the page");
    }
    assert!(
        page.contains("&lt;script&gt;alert(1)&lt;/script&gt;&quot;"),
        "{page}"
    );
    assert!(page.contains("&amp;\\u{202e}\\u{1b}[2J"));
}

#[test]
fn a_page_needs_nothing_from_elsewhere_and_is_well_formed() {
    let page = told(&sample("shop"), Format::Html, Screen::file());
    for part in [
        "http://", "https://", "url(", "@import", "<link", "<script", "src=",
    ] {
        assert!(!page.contains(part), "{part:?} is in the page");
    }
    let rest = page.split_once("<body>").unwrap().1;
    let mut open: Vec<&str> = Vec::new();
    for tag in rest.split('<').skip(1).filter_map(|part| part.split('>').next()) {
        let name = tag.split_whitespace().next().unwrap();
        if let Some(name) = name.strip_prefix('/') {
            let last = open.pop();
            assert!(
                last == Some(name) || matches!(name, "body" | "html"),
                "{name} closes {last:?}"
            );
        } else {
            open.push(name);
        }
    }
    assert_eq!(open, [""; 0]);
    for part in [
        "Policy report: shop",
        "ab12",
        "Head of the log",
        "prefers-color-scheme: dark",
        "viewport",
    ] {
        assert!(page.contains(part), "{part} is not in the page");
    }
    assert_eq!(page.matches("<svg").count(), 2);
}

#[test]
fn many_days_share_bars() {
    let rows: Vec<Row> = (0..1_000)
        .map(|n| Row {
            name: format!("day {n}"),
            counts: Counts {
                deny: 1,
                ..Counts::default()
            },
        })
        .collect();
    let svg = chart::days(&rows);
    assert!(svg.matches("<rect").count() <= 60);
    assert!(svg.contains("day 0 to day 16: 17 denied"), "{svg}");
    assert!(chart::days(&[]).contains("<svg"));
}

#[test]
fn in_lines_it_says_the_same() {
    let shown = told(&sample("shop"), Format::Text, Screen::file());
    assert!(
        shown.starts_with("shop: 13 decisions from 2026-01-01 10:00 UTC"),
        "{shown}"
    );
    assert!(shown.contains(
        "violations in runs: 3, mended in the same run 2 (median 1.5 s, nine in ten within 1 min 30 s)"
    ));
    assert!(shown.contains("approvals: asked 2, used 1, refused 0, unanswered 1 (median"));
    assert!(
        shown.contains("rules that never matched (1):\n  shop\n"),
        "{shown}"
    );
    assert!(shown.contains("no-curl, shop"));
    let json: Report = serde_json::from_str(&told(&sample("shop"), Format::Json, Screen::file())).unwrap();
    assert_eq!(json, sample("shop"));
}

#[test]
fn times_are_told_in_the_unit_that_says_something() {
    let told = [5, 1_500, 90_000, 5_400_000, 90_000_000].map(took);
    assert_eq!(told, ["5 ms", "1.5 s", "1 min 30 s", "1 h 30 min", "1 d 1 h"]);
}
