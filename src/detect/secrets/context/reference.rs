//! Whether a value stands for something else: code, a path, a message, a word for what belongs in its place.

use super::name::words;
use super::value::wordy;

/// Words of forms, messages and manuals: a value made of nothing else says what belongs there.
#[rustfmt::skip]
const VOCABULARY: &[&str] = &[
    "password", "passwords", "passwd", "pass", "pwd", "pw", "passphrase", "passcode", "secret", "secrets", "token", "tokens", "key", "keys", "api", "apikey", "auth", "access", "admin", "root",
    "user", "username", "users", "login", "guest", "test", "testing", "tests", "tester", "demo", "foo", "bar", "baz", "qux", "my", "your", "the", "a", "an", "new", "old", "current", "confirm", "repeat",
    "enter", "please", "here", "value", "string", "str", "text", "none", "null", "nil", "undefined", "true", "false", "yes", "no", "required", "optional", "default", "private", "public", "client",
    "id", "name", "field", "input", "hash", "hashed", "encrypted", "plain", "refresh", "initial", "valid", "invalid", "wrong", "bad", "good", "some", "any", "random", "super", "very", "long", "strong", "weak",
    "is", "not", "to", "of", "for", "in", "or", "and", "with", "from", "by", "on", "at", "it", "type", "change", "changed", "reset", "forgot", "show", "hide", "bearer", "basic", "authorization", "header",
    "env", "var", "file", "path", "url", "data", "object", "array", "bool", "int", "number", "date", "email", "mail", "phone", "address", "server", "service", "app", "web", "db", "database", "mysql", "postgres", "mongo", "redis",
    "session", "cookie", "csrf", "jwt", "oauth", "oauth2", "sso", "ldap", "cert", "certificate", "credential", "credentials", "code", "state", "nonce", "salt", "master", "account", "aws", "azure", "gcp", "google", "github", "gitlab", "slack",
    "hello", "world", "hunter", "letmein", "welcome", "qwerty", "correct", "horse", "battery", "staple", "swordfish", "xxx", "xyz", "abc", "todo", "tbd", "fixme", "example", "sample", "fake", "mock", "dummy", "expired", "different", "other", "another", "first", "second",
];

/// How public keys in base 64 start (their algorithm comes first: RSA, P-256, P-384, Ed25519).
const PUBLIC_KEYS: [&str; 6] = [
    "MIIBIjANBgkqhkiG9w0BAQEFAAOC",
    "MIGfMA0GCSqGSIb3DQEB",
    "MFkwEwYHKoZIzj0C",
    "MHYwEAYHKoZIzj0C",
    "MCowBQYDK2Vw",
    "MFYwEAYHKoZIzj0C",
];

/// Whether the value is a reference to something elsewhere, code, a path, a message, a pattern.
pub(super) fn refers(value: &str, quoted: bool) -> bool {
    const CODE: [&str; 14] = [
        "://", "::", "()", ");", "->", "=>", "==", "&&", "||", "\\d", "\\w", ".*", "(?", "[a-z",
    ];
    const FILES: [&str; 22] = [
        ".pem",
        ".key",
        ".json",
        ".yml",
        ".yaml",
        ".xml",
        ".txt",
        ".crt",
        ".cer",
        ".p12",
        ".jks",
        ".js",
        ".ts",
        ".py",
        ".go",
        ".html",
        ".php",
        ".properties",
        ".conf",
        ".env",
        ".java",
        ".pub",
    ];
    let lower = value.to_ascii_lowercase();
    value.contains(char::is_whitespace)
        || CODE.iter().any(|part| lower.trim_end_matches('=').contains(part))
        || FILES.iter().any(|end| lower.ends_with(end))
        || value.starts_with(['/', '~', '&', '*', '('])
        || value.starts_with("./")
        || value.starts_with("../")
        || value.starts_with('@') && !value.bytes().any(|byte| byte.is_ascii_digit())
        || !quoted && value.contains(['(', '[', '{', '}', '`', '"', '\''])
        || value.contains('{') && value.contains('}')
        || value.contains('[') && value.contains(']')
        || value.starts_with("0x") && value.len() <= 18
        || PUBLIC_KEYS.iter().any(|start| value.starts_with(start))
        || !quoted && attribute(value)
        || value.contains("0123456789")
        || value.contains("**")
        || escapes(value) >= 2
        || constant(value)
        || lower.starts_with("enc[")
        || lower.starts_with("$argon2")
        || lower.starts_with("$2") && value.len() == 60
        || lower.starts_with("{{")
        || lower.starts_with("arn:")
        || lower.starts_with("urn:")
        || lower.starts_with("data:")
        || lower.starts_with("vault:")
        || lower.starts_with("env:")
        || dotted(value)
}

/// `module.Type.NAME` in code.
fn attribute(value: &str) -> bool {
    let mut parts = value.split('.');
    let identifier = |part: &str| {
        part.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
            && part
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
    };
    let first = parts.clone().next().unwrap_or_default();
    value.contains('.') && parts.all(identifier) && first.len() > 2 && wordy(first)
}

/// How often `%` and two hexadecimal digits stand for a character.
fn escapes(value: &str) -> usize {
    let escape =
        |three: &&[u8]| matches!(three, [b'%', a, b] if a.is_ascii_hexdigit() && b.is_ascii_hexdigit());
    value.as_bytes().windows(3).filter(escape).count()
}

/// `NAME_OF_A_CONSTANT`.
fn constant(value: &str) -> bool {
    let digits = value.bytes().filter(u8::is_ascii_digit).count();
    value.contains('_')
        && value
            .bytes()
            .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_')
        && digits * 4 < value.len()
}

/// `config.db.password`, `com.example.Name`: names put together by dots, and nothing else.
fn dotted(value: &str) -> bool {
    value.contains('.')
        && value.split('.').all(|part| {
            let mut bytes = part.bytes();
            bytes
                .next()
                .is_some_and(|byte| byte.is_ascii_alphabetic() || byte == b'_')
                && bytes.all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
                && wordy(part)
        })
}

/// Whether the value only says again what the name says, or what belongs there.
pub(super) fn repeats(name: &str, value: &str) -> bool {
    let in_name = words(name);
    let in_value = words(value);
    let digits: usize = value.bytes().filter(u8::is_ascii_digit).count();
    digits <= 4
        && !in_value.is_empty()
        && in_value.iter().all(|word| {
            let word = word.trim_end_matches(|c: char| c.is_ascii_digit());
            word.len() <= 1 || VOCABULARY.contains(&word) || in_name.iter().any(|other| other == word)
        })
        && !value.bytes().any(|byte| b"!@#$%^&*+?".contains(&byte))
}
