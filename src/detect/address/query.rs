//! Whether a query carries more than settings.

use super::host::drawn;

/// Hosts whose images are made from their query.
const PAINTERS: [&str; 12] = [
    "shields.io",
    "badgen.net",
    "codecov.io",
    "codecov.com",
    "gravatar.com",
    "githubusercontent.com",
    "github.com",
    "gitlab.com",
    "sonarcloud.io",
    "codacy.com",
    "plantuml.com",
    "mermaid.ink",
];

/// Names of parameters that are signatures of the address itself.
const SIGNATURES: [&str; 10] = [
    "x-amz-signature",
    "x-amz-credential",
    "x-amz-security-token",
    "signature",
    "sig",
    "token",
    "jwt",
    "key-pair-id",
    "policy",
    "logo",
];

/// Whether a parameter's value is data: long and drawn by lot, a sentence, or a hole to be filled with either.
pub(super) fn carries_data(query: &str, host: &str) -> bool {
    let host = host.to_ascii_lowercase();
    if PAINTERS.iter().any(|painter| host.ends_with(painter)) {
        return false;
    }
    query.split('&').any(|parameter| {
        let (name, value) = parameter.split_once('=').unwrap_or(("", parameter));
        let name = name.to_ascii_lowercase();
        !SIGNATURES.contains(&name.as_str())
            && (is_hole(value) || value.len() >= 48 && (drawn(value) || is_sentence(value)))
    })
}

/// `{secret}`, `${DATA}`, `[CONVERSATION]`: what a model is told to fill in.
fn is_hole(value: &str) -> bool {
    const CONTENT: [&str; 14] = [
        "secret",
        "token",
        "password",
        "key",
        "data",
        "content",
        "conversation",
        "history",
        "context",
        "prompt",
        "summary",
        "message",
        "env",
        "output",
    ];
    let lower = value.to_ascii_lowercase();
    let opens = value.contains(['{', '[', '$']) || lower.contains("%7b") || lower.contains("%5b");
    opens && CONTENT.iter().any(|word| lower.contains(word))
}

/// Words with `+` or `%20` between them.
fn is_sentence(value: &str) -> bool {
    value.matches("%20").count() + value.matches('+').count() >= 6
}
