//! What others rely on, written down and compared: tool schemas, the manifest, the README's table, docs/tools.md.
//!
//! `UPDATE=1 cargo test` rewrites the files; the diff is the review.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use firstmate::mcp::tool_list;
use serde_json::{Value, json};

#[test]
fn each_tool_is_as_committed() {
    for tool in tool_list() {
        let tool = serde_json::to_value(tool).unwrap();
        let path = format!("tests/it/snapshots/{}.json", tool["name"].as_str().unwrap());
        compare(&path, &format!("{tool:#}\n"));
    }
}

#[test]
fn each_tool_says_what_weak_and_strict_hosts_need() {
    let tools = tool_list();
    assert_eq!(tools.len(), 6);
    for tool in tools {
        let tool = serde_json::to_value(tool).unwrap();
        let text = tool.to_string();
        for word in ["$ref", "$defs", "\"null\"", "anyOf"] {
            assert!(!text.contains(word), "{} has {word}", tool["name"]);
        }
        for key in ["title", "description", "inputSchema", "outputSchema"] {
            assert!(!tool[key].is_null(), "{} has no {key}", tool["name"]);
        }
        for hint in [
            "readOnlyHint",
            "destructiveHint",
            "idempotentHint",
            "openWorldHint",
        ] {
            assert!(
                tool["annotations"][hint].is_boolean(),
                "{} has no {hint}",
                tool["name"]
            );
        }
        // What a model reads in every conversation.
        let read = tool["description"].to_string().len() + tool["inputSchema"].to_string().len();
        assert!(
            read < 8_000,
            "{} takes {read} bytes of every conversation",
            tool["name"]
        );
    }
}

#[test]
fn the_manifest_names_the_servers_tools_and_version() {
    let path = root().join("mcp-manifest.json");
    let mut manifest: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    manifest["version"] = json!(env!("CARGO_PKG_VERSION"));
    manifest["tools"] = tool_list()
        .iter()
        .map(|tool| json!({"name": tool.name, "description": first_sentence(tool.description.as_deref().unwrap())}))
        .collect();
    compare("mcp-manifest.json", &format!("{manifest:#}\n"));
}

#[test]
fn the_readme_names_the_servers_tools() {
    let readme = std::fs::read_to_string(root().join("README.md")).unwrap();
    let begin = readme.find("| tool |").unwrap();
    let end = readme.find("<!-- tools:end -->").unwrap();
    let mut table = "| tool | what it does |\n|---|---|\n".to_owned();
    for tool in tool_list() {
        writeln!(
            table,
            "| `{}` | {} |",
            tool.name,
            first_sentence(tool.description.as_deref().unwrap())
        )
        .unwrap();
    }
    compare(
        "README.md",
        &format!("{}{table}{}", &readme[..begin], &readme[end..]),
    );
}

#[test]
fn the_tools_page_is_what_the_server_says() {
    let mut page =
        "# Tools\n\nWritten by a test from what the server publishes (`UPDATE=1 cargo test`).\n".to_owned();
    for tool in tool_list() {
        let tool = serde_json::to_value(tool).unwrap();
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let [name, title, about] = ["name", "title", "description"].map(|key| text(&tool[key]));
        writeln!(page, "\n## `{name}`: {title}\n\n{about}").unwrap();
        for (title, schema) in [("Input", "inputSchema"), ("Output", "outputSchema")] {
            writeln!(page, "\n| {title} | type | |\n|---|---|---|").unwrap();
            let required = tool[schema]["required"].clone();
            for (name, field) in tool[schema]["properties"].as_object().unwrap() {
                let mark = if required.as_array().is_some_and(|all| all.contains(&json!(name))) {
                    " (required)"
                } else {
                    ""
                };
                let about = text(&field["description"]).replace('\n', " ").replace('|', "\\|");
                writeln!(page, "| `{name}`{mark} | {} | {about} |", kind(field)).unwrap();
            }
        }
    }
    compare("docs/tools.md", &page);
}

#[test]
fn the_rules_page_is_what_the_rules_say() {
    let mut page = "# The rules of `validate_output`\n\nWritten by a test from `src/validation/rules/` (`UPDATE=1 cargo test`).\n".to_owned();
    for rule in firstmate::validation::rules::all() {
        page.push('\n');
        page += &rule.page();
    }
    compare("docs/rules.md", &page);
}

#[test]
fn the_commands_page_is_what_the_catalogue_says() {
    let page = format!(
        "# What commands do\n\nWritten by a test from `src/policy/detect/shell/catalogue/data/` (`UPDATE=1 cargo test`).\n\
         An effect is of the family `destroy` unless another stands behind it; [policies](policies.md) say what\n\
         becomes of it. Every effect has an example that is tested.\n{}",
        firstmate::policy::detect::shell::reference()
    );
    compare("docs/commands.md", &page);
}

fn kind(field: &Value) -> String {
    if let Some(names) = field["enum"].as_array() {
        return names
            .iter()
            .filter_map(Value::as_str)
            .collect::<Vec<_>>()
            .join(", ");
    }
    match field["type"].as_str() {
        Some("array") => format!("array of {}", kind(&field["items"])),
        Some(name) => name.to_owned(),
        None => "any".to_owned(),
    }
}

fn first_sentence(description: &str) -> String {
    let sentence = description
        .split(". ")
        .next()
        .unwrap()
        .lines()
        .collect::<Vec<_>>()
        .join(" ");
    format!("{}.", sentence.trim_end_matches('.'))
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_owned()
}

/// The committed file must be `wanted`; with `UPDATE=1` it is made so.
#[expect(clippy::disallowed_methods, reason = "UPDATE=1 asks for a rewrite")]
pub(crate) fn compare(path: &str, wanted: &str) {
    let file = root().join(path);
    if std::env::var("UPDATE").is_ok() {
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(&file, wanted).unwrap();
    }
    let found = std::fs::read_to_string(&file).unwrap_or_default();
    assert!(
        found == wanted,
        "{path} is not what the code says; UPDATE=1 cargo test rewrites it"
    );
}
