//! Which texts of an action are scripts, and what its tool's name gives away.

use serde_json::Value;

use crate::domain::{Action, ActionKind};

/// A text that will be run.
pub(super) enum Script<'a> {
    Shell(&'a str),
    /// Under a key that usually means a command, of a tool that is not known to run one.
    MaybeShell(&'a str),
    /// A command as separate arguments.
    Arguments(Vec<&'a str>),
    Sql(&'a str),
}

/// The scripts in the action's content and arguments.
pub(super) fn scripts(action: &Action) -> Vec<Script<'_>> {
    let words = action.tool.as_deref().map(words).unwrap_or_default();
    let named = |list: &[&str]| words.iter().any(|word| list.contains(&word.as_str()));
    let shell = action.kind == ActionKind::Shell || action.kind == ActionKind::ToolCall && named(&SHELLS);
    let sql = action.kind == ActionKind::Sql || action.kind == ActionKind::ToolCall && named(&DATABASES);
    let mut scripts = Vec::new();
    if let Some(content) = action.content.as_deref() {
        match action.kind {
            ActionKind::Shell => scripts.push(Script::Shell(content)),
            ActionKind::Sql => scripts.push(Script::Sql(content)),
            ActionKind::ToolCall if shell => scripts.push(Script::Shell(content)),
            ActionKind::ToolCall if sql => scripts.push(Script::Sql(content)),
            _ => {}
        }
    }
    if !matches!(
        action.kind,
        ActionKind::Shell | ActionKind::Sql | ActionKind::ToolCall
    ) {
        return scripts;
    }
    match &action.arguments {
        Value::String(text) if shell => scripts.push(Script::Shell(text)),
        Value::String(text) if sql => scripts.push(Script::Sql(text)),
        Value::Array(items) if shell => scripts.extend(arguments(items)),
        Value::Object(entries) => {
            for (key, value) in entries {
                let key = key.to_ascii_lowercase();
                let command = COMMAND_KEYS.contains(&key.as_str());
                let statement = SQL_KEYS.contains(&key.as_str());
                match value {
                    Value::String(text) if shell && command => scripts.push(Script::Shell(text)),
                    Value::String(text) if sql && statement || key == "sql" => {
                        scripts.push(Script::Sql(text));
                    }
                    Value::String(text) if matches!(key.as_str(), "command" | "cmd") => {
                        scripts.push(Script::MaybeShell(text));
                    }
                    Value::Array(items) if command => scripts.extend(with_program(entries, items)),
                    _ => {}
                }
            }
        }
        _ => {}
    }
    scripts
}

/// The address among the arguments of a call.
pub(super) fn url(action: &Action) -> Option<&str> {
    if !matches!(action.kind, ActionKind::ToolCall | ActionKind::Http) {
        return None;
    }
    ["url", "uri", "endpoint", "webhook", "webhook_url"]
        .iter()
        .find_map(|key| action.arguments.get(*key)?.as_str())
}

/// Whether a tool's name says that it sends something to another machine.
pub(super) fn sends(tool: &str) -> bool {
    const SENDING: [&str; 26] = [
        "send", "post", "publish", "upload", "email", "mail", "gmail", "fetch", "http", "https", "request",
        "webhook", "slack", "discord", "telegram", "twitter", "tweet", "notion", "jira", "github", "gitlab",
        "gist", "comment", "browser", "curl", "share",
    ];
    words(tool).iter().any(|word| SENDING.contains(&word.as_str()))
}

const SHELLS: [&str; 14] = [
    "bash",
    "sh",
    "shell",
    "zsh",
    "terminal",
    "exec",
    "execute",
    "command",
    "commands",
    "cmd",
    "powershell",
    "console",
    "subprocess",
    "process",
];
const DATABASES: [&str; 12] = [
    "sql",
    "postgres",
    "postgresql",
    "mysql",
    "sqlite",
    "database",
    "db",
    "bigquery",
    "snowflake",
    "duckdb",
    "redshift",
    "clickhouse",
];
const COMMAND_KEYS: [&str; 11] = [
    "command",
    "cmd",
    "script",
    "commands",
    "args",
    "argv",
    "arguments",
    "shell",
    "bash",
    "commandline",
    "command_line",
];
const SQL_KEYS: [&str; 5] = ["sql", "query", "statement", "q", "statements"];

/// A tool's name taken apart: `mcp__db.runQuery` is `mcp db run query`.
fn words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut small = false;
    for character in name.chars().take(200) {
        if !character.is_alphanumeric() || small && character.is_uppercase() {
            words.push(String::new());
        }
        small = character.is_lowercase();
        if let Some(word) = words.last_mut()
            && character.is_alphanumeric()
        {
            word.extend(character.to_lowercase());
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

/// A list is one command's arguments, or several command lines.
fn arguments(items: &[Value]) -> Vec<Script<'_>> {
    let texts: Vec<&str> = items.iter().filter_map(Value::as_str).collect();
    let lines = texts.iter().filter(|text| text.contains(' ')).count();
    if texts.first().is_some_and(|first| first.contains(' ')) || lines == texts.len() {
        return texts.into_iter().map(Script::Shell).collect();
    }
    vec![Script::Arguments(texts)]
}

/// `{"command": "git", "args": ["push", "--force"]}` is one command.
fn with_program<'a>(entries: &'a serde_json::Map<String, Value>, items: &'a [Value]) -> Vec<Script<'a>> {
    let program = ["command", "cmd", "program", "executable"]
        .iter()
        .find_map(|key| entries.get(*key)?.as_str());
    match program {
        Some(program) => {
            let rest = items.iter().filter_map(Value::as_str);
            vec![Script::Arguments(std::iter::once(program).chain(rest).collect())]
        }
        None => arguments(items),
    }
}
