//! Commands git is told to run: aliases, `rebase --exec`, `bisect run`, settings that name a program.

use super::{Inside, joined, shell};
use crate::policy::detect::shell::word::Word;

/// What git runs besides itself.
pub(super) fn inside(words: &[Word]) -> Inside<'static> {
    let texts: Vec<&str> = words.iter().map(|word| word.text.as_str()).collect();
    let mut scripts: Vec<String> = Vec::new();
    for pair in texts.windows(2) {
        match pair {
            ["-c" | "--config-env", setting] => scripts.extend(
                setting
                    .split_once('=')
                    .and_then(|(key, value)| program(key, value)),
            ),
            [
                "-x" | "--exec" | "--tree-filter" | "--index-filter" | "--msg-filter" | "--env-filter"
                | "--commit-filter",
                script,
            ] if texts
                .iter()
                .any(|text| matches!(*text, "rebase" | "filter-branch" | "difftool")) =>
            {
                scripts.push((*script).to_owned());
            }
            _ => {}
        }
    }
    scripts.extend(
        texts
            .iter()
            .filter_map(|text| text.strip_prefix("--exec="))
            .map(str::to_owned),
    );
    if let Some(at) = texts.iter().position(|text| *text == "foreach" || *text == "run") {
        let outer = at.checked_sub(1).and_then(|before| texts.get(before));
        if matches!(outer, Some(&"submodule" | &"bisect")) {
            let rest = words
                .iter()
                .skip(at + 1)
                .filter(|word| word.text != "--recursive");
            scripts.push(joined(rest, " "));
        }
    }
    if let Some(at) = texts.iter().position(|text| *text == "config") {
        let rest: Vec<&str> = texts
            .iter()
            .skip(at + 1)
            .copied()
            .filter(|text| !text.starts_with("--"))
            .collect();
        if let [key, value, ..] = rest.as_slice() {
            scripts.extend(program(key, value));
        }
    }
    if scripts.is_empty() {
        Inside::Nothing
    } else {
        shell(scripts.join("\n"))
    }
}

/// The command a setting names.
fn program(key: &str, value: &str) -> Option<String> {
    let key = key.to_ascii_lowercase();
    if let Some(script) = value.strip_prefix('!') {
        return Some(script.to_owned());
    }
    let runs = [
        "core.pager",
        "core.editor",
        "core.sshcommand",
        "core.askpass",
        "core.fsmonitor",
        "sequence.editor",
        "gpg.program",
        "credential.helper",
        "diff.external",
        "uploadpack.packobjectshook",
    ];
    let driver = [
        ".textconv",
        ".clean",
        ".smudge",
        ".process",
        ".driver",
        ".command",
        ".cmd",
        ".helper",
    ];
    if key.starts_with("alias.") && !value.is_empty() {
        return Some(format!("git {value}"));
    }
    let names_program = runs.contains(&key.as_str())
        || key.starts_with("pager.")
        || driver.iter().any(|end| key.ends_with(end));
    (names_program
        && !matches!(
            value,
            "true" | "false" | "store" | "cache" | "osxkeychain" | "manager" | "wincred"
        ))
    .then(|| value.to_owned())
}
