//! Whether a value holds the place of a credential.

use super::context;

/// Published examples and hand-made specimens of formats that are otherwise certain.
pub(super) fn is_specimen(value: &str) -> bool {
    const WORDS: [&str; 4] = ["xxxxxx", "abcdefghijklmnopqrst", "......", "******"];
    let lower = value.to_ascii_lowercase();
    // `EXAMPLE` said over and over fills a length, said once it marks an example.
    lower.matches("example").count() == 1 || WORDS.iter().any(|word| lower.contains(word))
}

/// A variable, a template, a mask or a word that says "put yours here".
pub(super) fn stands_for_something(value: &str) -> bool {
    const PARTS: [&str; 29] = [
        "${",
        "$(",
        "$[",
        "{{",
        "}}",
        "<",
        "%(",
        "%s",
        "%d",
        "#{",
        "xxxx",
        "****",
        "....",
        "....",
        "…",
        "example",
        "placeholder",
        "changeme",
        "change_me",
        "change-me",
        "redacted",
        "dummy",
        "insert",
        "replace",
        "your-",
        "your_",
        "yourp",
        "sample",
        "[password",
    ];
    let lower = value.to_ascii_lowercase();
    let variable = |part: &str| {
        let name = |name: &str| {
            name.bytes()
                .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b':'))
        };
        part.strip_prefix('$').is_some_and(name)
            || part.len() > 1 && part.starts_with('%') && part.ends_with('%')
            || part.starts_with('{')
                && part.ends_with('}')
                && part.get(1..part.len() - 1).is_some_and(|inner| {
                    inner.len() < 24 && name(inner) && !inner.bytes().any(|b| b.is_ascii_digit())
                })
            || part.starts_with('[') && part.ends_with(']')
    };
    is_specimen(value)
        || PARTS.iter().any(|part| lower.contains(part))
        || value
            .split(':')
            .filter(|part| !part.is_empty())
            .any(|part| variable(part.trim_matches(['"', '\''])))
}

/// A password or `user:password` in a place made for one.
pub(super) fn typed_secret(value: &str) -> bool {
    const WORDS: [&str; 36] = [
        "password",
        "pass",
        "passwd",
        "pwd",
        "secret",
        "token",
        "user",
        "username",
        "login",
        "admin",
        "root",
        "guest",
        "test",
        "foo",
        "bar",
        "api_key",
        "apikey",
        "key",
        "xxx",
        "yyy",
        "pw",
        "bearer",
        "basic",
        "none",
        "null",
        "postgres",
        "passw0rd",
        "mypassword",
        "pass123",
        "password123",
        "credentials",
        "authentication",
        "authorization",
        "string",
        "undefined",
        "true",
    ];
    let secret = value.rsplit_once(':').map_or(
        value,
        |(user, password)| {
            if password.is_empty() { user } else { password }
        },
    );
    let lower = secret.trim_matches(['"', '\'', '{', '}']).to_ascii_lowercase();
    lower.len() >= 3
        && !WORDS.contains(&lower.as_str())
        && !context::says_what_belongs_there(&lower)
        && !lower.bytes().all(|byte| Some(&byte) == lower.as_bytes().first())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_and_references_are_told_from_values() {
        for value in [
            "${TOKEN}",
            "$TOKEN",
            "{{ .Values.x }}",
            "%PASSWORD%",
            "user:$PASS",
            "your-api-key",
            "********",
        ] {
            assert!(stands_for_something(value), "{value}");
        }
        assert!(!stands_for_something("k9$Lq2!vTz"));
    }
}
