//! Languages of editors and filters that can call a shell: awk, sed, vi.

use super::Found;

/// `system("...")`, `"..." | getline`, `print | "sh"`.
pub(super) fn awk(text: &str) -> Vec<Found> {
    let mut found = Vec::new();
    for (at, _) in text.match_indices("system(") {
        let rest = text.get(at + "system(".len()..).unwrap_or_default().trim_start();
        found.push(match literal(rest) {
            Some((script, after)) if after.trim_start().starts_with(')') => Found::Script(script),
            _ => Found::opaque("a command that awk computes"),
        });
    }
    for (at, _) in text.match_indices('|') {
        let (before, after) = (
            text.get(..at).unwrap_or_default(),
            text.get(at + 1..).unwrap_or_default().trim_start(),
        );
        if before.ends_with('|') || after.starts_with('|') {
            continue;
        }
        if after.trim_start_matches('&').trim_start().starts_with("getline") {
            let script = before
                .trim_end()
                .strip_suffix('"')
                .and_then(|before| before.rsplit_once('"'));
            found.push(match script {
                Some((_, script)) => Found::Script(script.to_owned()),
                None => Found::opaque("a command that awk computes"),
            });
        } else if let Some((program, _)) = literal(after) {
            let reads_code = matches!(
                program.split_whitespace().next(),
                Some("sh" | "bash" | "/bin/sh" | "/bin/bash" | "zsh")
            );
            found.push(if reads_code {
                Found::opaque("code that awk writes")
            } else {
                Found::Script(program)
            });
        }
    }
    found
}

/// A text in double quotes at the start, and what is after it.
fn literal(text: &str) -> Option<(String, &str)> {
    let inner = text.strip_prefix('"')?;
    let end = inner
        .char_indices()
        .find(|(at, c)| *c == '"' && !inner.get(..*at).unwrap_or_default().ends_with('\\'))?
        .0;
    let script = inner.get(..end)?.replace("\\\"", "\"");
    Some((script, inner.get(end + 1..)?))
}

/// `e command`, `s/x/y/e`.
pub(super) fn sed(text: &str) -> Vec<Found> {
    let mut found = Vec::new();
    for command in text.split(['\n', ';']) {
        let command = command
            .trim_start()
            .trim_start_matches(|c: char| c.is_ascii_digit() || matches!(c, '$' | ',' | ' '));
        if let Some(script) = command.strip_prefix("e ") {
            found.push(Found::Script(script.to_owned()));
        } else if let Some(rest) = command.strip_prefix('s') {
            let Some(delimiter) = rest.chars().next().filter(|c| !c.is_alphanumeric()) else {
                continue;
            };
            let parts: Vec<&str> = rest.split(delimiter).collect();
            if let [_, _, _, flags] = parts.as_slice()
                && flags.trim_end_matches('}').contains('e')
                && flags.len() < 6
            {
                found.push(Found::opaque("commands that sed makes of its input"));
            }
        }
    }
    found
}

/// `:!command`, `:r !command`, `:call system("...")`.
pub(super) fn editor(text: &str) -> Vec<Found> {
    let mut found = Vec::new();
    for line in text.lines() {
        if let Some((_, script)) = line
            .split_once('!')
            .filter(|(before, after)| !after.is_empty() && !before.ends_with(['q', 'w', 'x', 'e']))
        {
            found.push(Found::Script(script.to_owned()));
        }
        if [
            "system(",
            "delete(",
            "py ",
            "py3 ",
            "python",
            "lua ",
            "perl ",
            "ruby ",
            "shell-command",
            "delete-directory",
            "writefile(",
        ]
        .iter()
        .any(|call| line.contains(call))
        {
            found.push(Found::opaque("an editor that is told to run something"));
        }
    }
    found
}
