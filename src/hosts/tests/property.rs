//! Random documents: what goes in comes out byte for byte, and in between everything else says what it said.

use std::fmt::Write as _;

use proptest::prelude::*;
use proptest::sample::select;
use serde_json::Value;

use super::{added, restored};
use crate::hosts::edit;
use crate::hosts::named;

/// A value of one line, as JSON and TOML and YAML have it.
fn plain() -> impl Strategy<Value = String> {
    select(vec![
        "1",
        "true",
        "\"\"",
        "\"x\"",
        "\"a\\\"b\"",
        "\"} // no\"",
        "\"# no\"",
        "[]",
        "[1, 2]",
        "\"é\\u00e9\"",
    ])
    .prop_map(str::to_owned)
}

/// White space and comments, as JSON has them between two tokens.
fn trivia(breaks: &'static str) -> impl Strategy<Value = String> {
    prop_oneof![
        6 => select(vec!["", " ", "\t"]).prop_map(str::to_owned),
        2 => Just(format!("{breaks}  ")),
        1 => Just(" /* c, \"d\": {} */ ".to_owned()),
        1 => Just(format!(" // e {{,}}{breaks}\t")),
    ]
}

/// Members of a table in JSON, at least one, with a comma behind the last or not.
fn members(breaks: &'static str, value: BoxedStrategy<String>) -> impl Strategy<Value = String> {
    let member = (trivia(breaks), trivia(breaks), value, trivia(breaks));
    (prop::collection::vec(member, 1..4), any::<bool>(), trivia(breaks)).prop_map(
        |(members, trails, last)| {
            let count = members.len();
            let mut text = String::new();
            for (index, (before, colon, value, after)) in members.into_iter().enumerate() {
                write!(text, "{before}\"k{index}\":{colon}{value}{after}").unwrap();
                if index + 1 < count || trails {
                    text.push(',');
                }
            }
            text + &last
        },
    )
}

fn table(breaks: &'static str) -> BoxedStrategy<String> {
    let inner = members(breaks, plain().boxed()).prop_map(|members| format!("{{{members}}}"));
    prop_oneof![plain(), inner].boxed()
}

/// A document with servers of others, or without any table of servers.
fn json(breaks: &'static str) -> impl Strategy<Value = String> {
    let servers = members(breaks, table(breaks)).prop_map(|servers| format!("\"servers\": {{{servers}}},"));
    let others = members(breaks, table(breaks));
    (trivia(breaks), prop::option::of(servers), others, trivia(breaks)).prop_map(
        |(before, servers, others, after)| {
            let servers = servers.unwrap_or_default();
            format!("{before}{{{servers}{others}}}{after}")
        },
    )
}

fn toml() -> impl Strategy<Value = String> {
    let line = prop_oneof![
        plain().prop_map(|value| format!("= {value}")),
        plain().prop_map(|value| format!("= {value}  # [c]")),
        Just("= '''\n[mcp_servers.firstmate]\n'''".to_owned()),
        Just("= [\n  \"x\", # d\n]".to_owned()),
        Just("= { a = 1 }".to_owned()),
        Just(".b.c = 1".to_owned()),
    ];
    let block = (
        select(vec!["[mcp_servers.", "[other.", "[[list."]),
        prop::collection::vec(line, 0..3),
        select(vec!["", "\n", "# comment\n", "\n\n  # [no]\n"]),
    );
    (
        select(vec!["", "model = \"o\"\n", "# top\n\nmodel = 1 # e\n"]),
        prop::collection::vec(block, 1..4),
        any::<bool>(),
        any::<bool>(),
    )
        .prop_map(|(top, blocks, ends, windows)| {
            let mut text = top.to_owned();
            for (index, (header, lines, rest)) in blocks.into_iter().enumerate() {
                let close = if header.starts_with("[[") { "]]" } else { "]" };
                writeln!(text, "{header}t{index}{close}").unwrap();
                for (index, line) in lines.into_iter().enumerate() {
                    writeln!(text, "k{index}{line}").unwrap();
                }
                text += rest;
            }
            let text = if ends { text } else { text.trim_end().to_owned() };
            if windows { text.replace('\n', "\r\n") } else { text }
        })
}

fn yaml() -> impl Strategy<Value = String> {
    let value = prop_oneof![
        plain(),
        Just("plain words # c".to_owned()),
        Just("|\n      # text\n      more".to_owned()),
        Just(">-\n      folded\n".to_owned()),
        Just("{a: 1, b: [2]}".to_owned()),
        Just(String::new()),
    ];
    let entry = (
        select(vec!["", "  # about it\n", "\n"]),
        prop::collection::vec(value, 1..4),
    );
    (
        select(vec!["", "# top\n", "GOOSE_MODE: auto\n"]),
        prop::option::of(prop::collection::vec(entry, 1..4)),
        select(vec![
            "",
            "# end\n",
            "last: 1\n",
            "last: 1",
            "list:\n- a\n- b: 2\n",
        ]),
        any::<bool>(),
    )
        .prop_filter_map("says nothing", |(top, entries, last, windows)| {
            let mut text = top.to_owned();
            for (index, (before, values)) in entries.into_iter().flatten().enumerate() {
                if index == 0 {
                    text += "extensions: # all\n";
                }
                writeln!(text, "{before}  e{index}:").unwrap();
                for (index, value) in values.into_iter().enumerate() {
                    writeln!(text, "    k{index}: {value}").unwrap();
                }
            }
            text += last;
            let says_something = text
                .lines()
                .any(|line| !line.is_empty() && !line.starts_with('#'));
            let text = if windows { text.replace('\n', "\r\n") } else { text };
            says_something.then_some(text)
        })
}

fn check(host: &str, text: &str) {
    let with = added(host, text);
    let host_row = named(host).unwrap();
    let get = |text: &str, path: &[&str]| edit::get(host_row.format, text, path).unwrap();
    // Everything else says what it said.
    let without = |text: &str| {
        let mut whole = get(text, &[]).unwrap_or(Value::Null);
        let table = host_row.servers[0];
        if let Some(servers) = whole.get_mut(table).and_then(Value::as_object_mut) {
            servers.remove("firstmate");
            if servers.is_empty() {
                whole.as_object_mut().unwrap().remove(table);
            }
        }
        whole
    };
    assert_eq!(without(&with), without(text), "{with}");
    assert!(get(&with, &host_row.path("firstmate")).is_some());
    assert_eq!(
        restored(host, &with, &[text.to_owned()]),
        text,
        "with a backup: {with}"
    );
    assert_eq!(restored(host, &with, &[]), text, "without: {with}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn json_comes_out_as_it_went_in(text in json("\n")) {
        check("vscode", &text);
    }

    #[test]
    fn json_of_windows_comes_out_as_it_went_in(text in json("\r\n")) {
        check("vscode", &text);
    }

    #[test]
    fn toml_comes_out_as_it_went_in(text in toml()) {
        check("codex", &text);
    }

    #[test]
    fn yaml_comes_out_as_it_went_in(text in yaml()) {
        check("goose", &text);
    }

    #[test]
    fn no_text_makes_an_editor_fail_otherwise_than_in_words(text in "[\\{\\}\\[\\]\",:/*#=\\-'.a\n\r\t \u{feff}é]{0,60}") {
        for host in ["vscode", "codex", "goose"] {
            if let Ok(edit::Installed::Added(with)) = super::installed(host, Some(&text)) {
                let _shown = super::removed(host, &with, std::slice::from_ref(&text));
            }
        }
    }
}
