//! Files as they are found, each put into and taken out of again, byte for byte.

use super::{added, restored};

/// Files whose own text tells what to take away again: no backup is needed.
const TELLING: [(&str, &str); 24] = [
    ("cursor", "{\"mcpServers\":{\"a\":{\"command\":\"x\"}}}"),
    (
        "cursor",
        "{ \"mcpServers\": { \"a\": { \"command\": \"x\" } } }\n",
    ),
    ("cursor", "{ \"mcpServers\": { \"a\": { \"command\": \"x\" }, } }"),
    (
        "cursor",
        "{\n  \"mcpServers\": {\n    \"a\": {\n      \"command\": \"x\"\n    }\n  }\n}\n",
    ),
    (
        "cursor",
        "{\r\n\t\"mcpServers\": {\r\n\t\t\"a\": {\"command\": \"x\"}\r\n\t}\r\n}",
    ),
    (
        "cursor",
        "{\r\n    \"mcpServers\": {\r\n        \"a\": {}, // kept\r\n        /* and this */\r\n    }\r\n}\r\n",
    ),
    ("cursor", "{\n  \"mcpServers\": {\n    \"a\": 1, \"b\": 2 }\n}"),
    ("cursor", "{\n  \"theme\": \"dark\"\n}\n"),
    (
        "claude-desktop",
        "{\n  \"globalShortcut\": \"\",\n  \"preferences\": { \"a\": [1, 2] }\n}",
    ),
    (
        "claude-code",
        "{\n  \"numStartups\": 1.50,\n  \"projects\": {\n    \"/p\": { \"mcpServers\": {} }\n  }\n}\n",
    ),
    (
        "vscode",
        "// Servers\n{\n  // mine\n  \"servers\": {\n    \"a\": {} /* b */ , // c\n    // \"old\": {}\n  },\n  \"inputs\": [] // d\n}\n// end\n",
    ),
    (
        "vscode",
        "{\n  \"inputs\": [ { \"id\": \"k\", \"password\": true } ], // e\n  \"servers\": { // f\n    \"a\": { \"env\": { \"K\": \"${input:k}\" } } // g\n    // h\n  }\n}",
    ),
    (
        "zed",
        "// Zed settings\n{\n  \"theme\": \"One Dark\", // g\n  \"vim_mode\": true,\n}\n",
    ),
    (
        "zed",
        "{\n\t\"context_servers\": {\n\t\t/* first */ \"a\": {\n\t\t\t\"command\": \"x\",\n\t\t\t\"args\": [],\n\t\t},\n\t},\n}\n",
    ),
    ("codex", "model = \"o\"\n"),
    ("codex", "model = \"o\""),
    ("codex", "# only this\n"),
    (
        "codex",
        "model = \"o\"\r\n\r\n[mcp_servers.a]\r\ncommand = 'x'\r\nargs = [\r\n  '[b]', # c\r\n]\r\n",
    ),
    (
        "codex",
        "[mcp_servers]\na = { command = \"x\" } # d\n\n[[profiles]]\nname = \"\"\"\n[mcp_servers.firstmate]\n\"\"\"\n\n# end",
    ),
    ("goose", "GOOSE_MODE: auto\n"),
    ("goose", "GOOSE_MODE: auto"),
    (
        "goose",
        "# mine\nextensions:  # all of them\n  # the first\n  developer:\n    enabled: true\n\n  memory: {enabled: true}\n# end\nGOOSE_MODE: auto\n",
    ),
    (
        "goose",
        "extensions:\r\n    developer:\r\n        enabled: true\r\n        text: |\r\n            # no comment\r\n",
    ),
    (
        "goose",
        "a: &x\n  b: 1\nextensions:\n  developer:\n    settings: *x\n",
    ),
];

/// Files that look the same with the entry in them as others would: their backup tells which it was.
const SILENT: [(&str, &str); 14] = [
    ("cursor", ""),
    ("cursor", "\n\n"),
    ("cursor", "{}"),
    ("cursor", "{}\n"),
    ("cursor", "{\n}\n"),
    ("cursor", "{ }"),
    ("cursor", "{\"mcpServers\": {}}"),
    ("cursor", "{\n  \"mcpServers\": {\n  }\n}\n"),
    ("vscode", "// nothing yet\n"),
    ("vscode", "{\n  \"servers\": { // none\n  }\n}\n"),
    ("codex", ""),
    ("goose", ""),
    ("goose", "extensions: {}\nGOOSE_MODE: auto\n"),
    ("goose", "GOOSE_MODE: auto\nextensions:\n"),
];

#[test]
fn what_goes_in_comes_out_without_a_backup() {
    for (host, text) in TELLING {
        let with = added(host, text);
        assert_eq!(restored(host, &with, &[]), text, "{host}: {with}");
    }
}

#[test]
fn what_goes_in_comes_out_with_a_backup() {
    for (host, text) in TELLING.into_iter().chain(SILENT) {
        let with = added(host, text);
        assert_eq!(restored(host, &with, &[text.to_owned()]), text, "{host}: {with}");
    }
}

#[test]
fn an_older_entry_is_not_what_comes_back() {
    let older = "{\"mcpServers\": {\"firstmate\": {\"command\": \"old\"}, \"a\": {}}}".to_owned();
    let without = restored("cursor", &older, std::slice::from_ref(&older));
    assert_eq!(without, "{\"mcpServers\": { \"a\": {}}}");
}
