//! Entries go into files of all shapes and come out again, and nothing else is ever changed.

use super::edit::{self, Installed, Removed};
use super::{Entry, Error, Format, Launch, all, named};

mod property;
mod samples;

/// A server as it is started on most machines.
fn launch(command: &str) -> Launch {
    Launch::Command {
        command: command.into(),
        args: vec!["serve".into(), "--stdio".into()],
    }
}

fn entry(host: &str, command: &str) -> (Format, Vec<&'static str>, Entry) {
    let host = named(host).unwrap();
    let entry = Entry::new(host, "firstmate", &launch(command)).unwrap();
    (host.format, host.path("firstmate"), entry)
}

fn installed(host: &str, text: Option<&str>) -> Result<Installed, Error> {
    let (format, path, entry) = entry(host, "/usr/bin/firstmate");
    edit::install(format, text, &path, &entry)
}

/// The text with the entry in it.
fn added(host: &str, text: &str) -> String {
    match installed(host, Some(text)) {
        Ok(Installed::Added(added)) => added,
        other => panic!("{text:?} of {host} gives {other:?}"),
    }
}

fn removed(host: &str, text: &str, backups: &[String]) -> Removed {
    let host = named(host).unwrap();
    let path = host.path("firstmate");
    edit::uninstall(host.format, text, &path, backups)
        .unwrap_or_else(|error| panic!("{text:?} of {} gives {error}", host.name))
}

/// The text without the entry.
fn restored(host: &str, text: &str, backups: &[String]) -> String {
    match removed(host, text, backups) {
        Removed::Text { text, .. } => text,
        other => panic!("{text:?} of {host} gives {other:?}"),
    }
}

#[test]
fn a_file_that_is_not_there_is_written_and_goes_again() {
    for host in all() {
        let Ok(Installed::Added(text)) = installed(host.name, None) else {
            panic!("{}", host.name);
        };
        assert!(text.ends_with("\n") && text.contains("firstmate"), "{text}");
        assert_eq!(removed(host.name, &text, &[]), Removed::File, "{}", host.name);
    }
}

#[test]
fn an_entry_looks_as_a_person_would_have_written_it() {
    insta::assert_snapshot!(added("vscode", "{\n\t// mine\n\t\"servers\": {\n\t\t\"a\": { \"url\": \"http://a\" } // the first\n\t},\n}\n"), @r#"
    {
    	// mine
    	"servers": {
    		"a": { "url": "http://a" }, // the first
    		"firstmate": {
    			"type": "stdio",
    			"command": "/usr/bin/firstmate",
    			"args": ["serve", "--stdio"]
    		}
    	},
    }
    "#);
    insta::assert_snapshot!(added("cursor", "{}"), @r#"
    {
      "mcpServers": {
        "firstmate": {
          "command": "/usr/bin/firstmate",
          "args": ["serve", "--stdio"]
        }
      }
    }
    "#);
    insta::assert_snapshot!(added("claude-code", r#"{"a":1,"mcpServers":{"b":{"command":"x"}}}"#), @r#"{"a":1,"mcpServers":{"b":{"command":"x"}, "firstmate": {"type": "stdio", "command": "/usr/bin/firstmate", "args": ["serve", "--stdio"]}}}"#);
    insta::assert_snapshot!(added("codex", "model = \"o\"\n\n[mcp_servers.a]\ncommand = \"x\"\n# the end\n"), @r#"
    model = "o"

    [mcp_servers.a]
    command = "x"
    # the end

    [mcp_servers.firstmate]
    command = "/usr/bin/firstmate"
    args = ["serve", "--stdio"]
    "#);
    insta::assert_snapshot!(added("goose", "extensions:\n  developer:\n    enabled: true\nGOOSE_MODE: auto\n"), @r#"
    extensions:
      firstmate:
        name: firstmate
        enabled: true
        timeout: 300
        type: stdio
        cmd: /usr/bin/firstmate
        args: ["serve", "--stdio"]
      developer:
        enabled: true
    GOOSE_MODE: auto
    "#);
}

#[test]
fn an_entry_that_is_there_is_left_or_brought_up_to_date() {
    for (host, text, expect) in [
        (
            "cursor",
            "{\"mcpServers\": {\"firstmate\": {\"command\": \"old\", \"env\": {\"A\": \"b\"}, \"args\": []}}}",
            "{\"mcpServers\": {\"firstmate\": {\"command\": \"/usr/bin/firstmate\", \"env\": {\"A\": \"b\"}, \"args\": [\"serve\", \"--stdio\"]}}}",
        ),
        (
            "vscode",
            "{\n  \"servers\": {\n    \"firstmate\": {\n      \"type\": \"http\", // for now\n      \"url\": \"http://127.0.0.1:1/mcp\"\n    }\n  }\n}\n",
            "{\n  \"servers\": {\n    \"firstmate\": {\n      \"type\": \"stdio\", // for now\n      \"command\": \"/usr/bin/firstmate\",\n      \"args\": [\"serve\", \"--stdio\"]\n    }\n  }\n}\n",
        ),
        (
            "codex",
            "[mcp_servers.firstmate] # mine\nurl = \"http://x\"\ncommand = 'old'\nstartup_timeout_sec = 5\n[mcp_servers.firstmate.env]\nA = \"b\"\n",
            "[mcp_servers.firstmate] # mine\nargs = [\"serve\", \"--stdio\"]\ncommand = \"/usr/bin/firstmate\"\nstartup_timeout_sec = 5\n[mcp_servers.firstmate.env]\nA = \"b\"\n",
        ),
        (
            "goose",
            "extensions:\n  firstmate:\n    enabled: false\n    cmd: old  # the old one\n    type: stdio\n",
            "extensions:\n  firstmate:\n    args: [\"serve\", \"--stdio\"]\n    enabled: false\n    cmd: /usr/bin/firstmate  # the old one\n    type: stdio\n",
        ),
    ] {
        let Ok(Installed::Updated(updated)) = installed(host, Some(text)) else {
            panic!("{host}: {:?}", installed(host, Some(text)));
        };
        assert_eq!(updated, expect, "{host}");
        assert_eq!(installed(host, Some(&updated)), Ok(Installed::Already), "{host}");
    }
}

#[test]
fn what_cannot_be_read_is_refused_with_its_place() {
    for (host, text, expect) in [
        ("cursor", "{\n  \"mcpServers\": {\n", "line 2"),
        ("cursor", "{\"mcpServers\": []}", "`mcpServers` is a list"),
        ("cursor", "[]", "`the file` is a list"),
        (
            "cursor",
            "{\"mcpServers\": {}, \"mcpServers\": {}}",
            "`mcpServers` stands there twice",
        ),
        ("cursor", "{'mcpServers': {}}", "line 1"),
        ("codex", "a = \n", "not valid TOML"),
        ("codex", "mcp_servers = 3\n", "`mcp_servers` is a number"),
        (
            "codex",
            "mcp_servers = { a = { command = \"x\" } }\n",
            "not edited here",
        ),
        (
            "goose",
            "extensions: {developer: {enabled: true}}\n",
            "not edited here",
        ),
        ("goose", "a: [\n", "not valid YAML"),
        ("goose", "- a\n", "is a list"),
        (
            "goose",
            "extensions:\n  a:\n    b: 1\n  a:\n    b: 2\n",
            "`a` stands there twice",
        ),
        ("goose", "a: 1\n---\nb: 2\n", "more than one document"),
    ] {
        let error = installed(host, Some(text)).expect_err(text);
        assert!(error.to_string().contains(expect), "{text:?}: {error}");
        assert!(!error.hint().is_empty() && error.code().starts_with("install."));
    }
}

#[test]
fn a_mark_before_the_first_character_stays() {
    for (host, text) in [
        ("cursor", "\u{feff}{\"mcpServers\": {\"a\": {}}}"),
        ("codex", "\u{feff}a = 1\n"),
        ("goose", "\u{feff}a: 1\n"),
    ] {
        let with = added(host, text);
        assert!(with.starts_with('\u{feff}'), "{with:?}");
        assert_eq!(restored(host, &with, &[]), text);
        assert_eq!(restored(host, &with, &[text.to_owned()]), text);
    }
}

#[test]
fn comments_beside_an_entry_that_goes_are_not_joined_with_what_follows() {
    let text = "{\"mcpServers\": {\n  \"a\": {}, // a\n  \"firstmate\": {}, \"b\": {}\n}}";
    let without = restored("cursor", text, &[]);
    assert_eq!(without, "{\"mcpServers\": {\n  \"a\": {}, // a\n   \"b\": {}\n}}");
}

#[test]
fn entries_of_others_that_came_later_stay() {
    let backup = "{\n  \"mcpServers\": {}\n}\n".to_owned();
    let with = added("cursor", &backup);
    let later = with.replace(
        "    }\n  }\n",
        "    },\n    \"later\": { \"url\": \"http://later\" }\n  }\n",
    );
    assert_ne!(later, with);
    let text = restored("cursor", &later, &[backup]);
    assert_eq!(
        text,
        "{\n  \"mcpServers\": {\n    \"later\": { \"url\": \"http://later\" }\n  }\n}\n"
    );
}

#[test]
fn a_table_that_was_there_before_stays_there() {
    let backup = "{\n  \"a\": 1,\n  \"mcpServers\": {}\n}\n".to_owned();
    let with = added("cursor", &backup);
    let later = with.replace("\"a\": 1", "\"a\": 2");
    assert_eq!(
        restored("cursor", &later, &[backup]),
        "{\n  \"a\": 2,\n  \"mcpServers\": {}\n}\n"
    );
    assert_eq!(restored("cursor", &later, &[]), "{\n  \"a\": 2\n}\n");
}

#[test]
fn keys_that_stand_there_often_do_not_hold_anybody_up() {
    let mut text = String::from("{\"other\": {\n");
    for _ in 0..20_000 {
        text.push_str("\"a\": 1,\n");
    }
    text.push_str("\"a again 1\": 2}, \"mcpServers\": {\"b\": {}}}\n");
    assert_eq!(restored("cursor", &added("cursor", &text), &[]), text);
}

#[test]
fn what_its_host_would_refuse_is_not_written() {
    let host = named("codex").unwrap();
    let path = host.path("firstmate");
    let address = Launch::Address("http://127.0.0.1:8765/mcp".into());
    let address = Entry::new(host, "firstmate", &address).unwrap();
    let text = "[mcp_servers.firstmate]\ncommand = \"x\"\n[mcp_servers.firstmate.env]\nA = \"b\"\n";
    let error = edit::install(host.format, Some(text), &path, &address).unwrap_err();
    assert_eq!(error, Error::Clash("env"));
    assert_eq!(error.code(), "install.unsure");
    let text = "[mcp_servers.firstmate]\nurl = \"http://x\"\nbearer_token_env_var = \"T\"\n";
    assert_eq!(
        installed("codex", Some(text)),
        Err(Error::Clash("bearer_token_env_var"))
    );
    // A command may well have an environment.
    let text = "[mcp_servers.firstmate]\ncommand = \"x\"\nenv = { A = \"b\" }\n";
    assert!(matches!(
        installed("codex", Some(text)),
        Ok(Installed::Updated(_))
    ));
}
