//! PowerShell: statements split at `;`, pipes and newlines, each read as a command.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::Found;

pub(super) fn read(text: &str) -> Vec<Found> {
    let mut found = Vec::new();
    let text = match decoded(text) {
        Some(inner) => {
            found.push(Found::opaque("a command that is encoded"));
            inner
        }
        None => text.to_owned(),
    };
    let lower = text.to_ascii_lowercase();
    let evaluates = [
        "iex",
        "invoke-expression",
        "[scriptblock]",
        "frombase64string",
        ".invoke(",
        "add-type",
        "reflection.assembly",
    ]
    .iter()
    .any(|word| lower.contains(word));
    let downloads = [
        "downloadstring",
        "invoke-webrequest",
        "iwr ",
        "irm ",
        "invoke-restmethod",
        "downloadfile",
        "net.webclient",
    ]
    .iter()
    .any(|word| lower.contains(word));
    if evaluates {
        found.push(if downloads {
            Found::Effect(crate::policy::detect::shell::Effect::new(
                "net.pipe_to_shell",
                "execute",
                "powershell",
            ))
        } else {
            Found::opaque("PowerShell that evaluates a text")
        });
    }
    for statement in statements(&text) {
        let words: Vec<String> = statement
            .into_iter()
            .skip_while(|word| matches!(word.as_str(), "&" | "." | "{"))
            .collect();
        if words
            .first()
            .is_some_and(|first| first.starts_with('$') && words.get(1).is_none_or(|second| second != "="))
        {
            found.push(Found::opaque("a command whose name is computed"));
        }
        if !words.is_empty() {
            found.push(Found::Command(words));
        }
    }
    found
}

/// `-EncodedCommand`: UTF-16 in base64.
fn decoded(text: &str) -> Option<String> {
    let compact = text.trim();
    if compact.len() < 8 || compact.contains([' ', '-', '$', '\n']) {
        return None;
    }
    let bytes = STANDARD.decode(compact).ok()?;
    let units: Vec<u16> = bytes
        .chunks_exact(2)
        .filter_map(|pair| Some(u16::from_le_bytes([*pair.first()?, *pair.get(1)?])))
        .collect();
    String::from_utf16(&units).ok()
}

fn statements(text: &str) -> Vec<Vec<String>> {
    let mut statements: Vec<Vec<String>> = vec![Vec::new()];
    let mut word = String::new();
    let mut quote = None;
    let mut quoted = false;
    for character in text.chars().chain(['\n']) {
        match (quote, character) {
            (Some(open), c) if c == open => quote = None,
            (Some(_), c) => word.push(c),
            (None, '"' | '\'') => {
                quote = Some(character);
                quoted = true;
            }
            // The escape character is not part of a name.
            (None, '`') => {}
            (None, c) if c.is_whitespace() || matches!(c, ';' | '|' | '(' | ')' | '{' | '}') => {
                if !word.is_empty() || quoted {
                    if let Some(last) = statements.last_mut() {
                        last.push(std::mem::take(&mut word));
                    }
                    quoted = false;
                }
                if !matches!(c, ' ' | '\t') {
                    statements.push(Vec::new());
                }
            }
            (None, c) => word.push(c),
        }
        if statements.len() > 500 {
            break;
        }
    }
    statements.retain(|statement| !statement.is_empty());
    statements
}
