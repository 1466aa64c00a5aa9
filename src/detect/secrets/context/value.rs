//! Whether a value looks chosen or drawn to be secret, or like something that programs are made of.

use super::super::form::is_uuid;
use super::super::judge::entropy;
use super::super::strange::surprise;
use super::name::words;

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

/// Letters in the order of words, with no more than a number or two among them.
fn wordy(part: &str) -> bool {
    let (mean, pairs) = surprise(part.as_bytes());
    (pairs < 4 || mean <= 4.7) && changes(part) <= 2
}

/// How often letters and digits take turns.
fn changes(value: &str) -> usize {
    let kinds: Vec<bool> = value
        .bytes()
        .filter(u8::is_ascii_alphanumeric)
        .map(|byte| byte.is_ascii_digit())
        .collect();
    kinds
        .windows(2)
        .filter(|pair| pair.first() != pair.get(1))
        .count()
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

/// Whether this may be a password: not a word, not a name. `written_down` is whether it stands where values
/// are written down, between quotes or alone behind its name.
pub(super) fn is_password(value: &str, written_down: bool) -> bool {
    let bytes = value.as_bytes();
    if !(4..=128).contains(&bytes.len()) || bytes.iter().all(|byte| Some(byte) == bytes.first()) {
        return false;
    }
    let count = |class: fn(&u8) -> bool| bytes.iter().filter(|byte| class(byte)).count();
    let digits = count(u8::is_ascii_digit);
    let letters = count(u8::is_ascii_alphabetic);
    let marks = bytes.len() - digits - letters;
    let joints = bytes.iter().filter(|byte| b"._-/: ,".contains(byte)).count();
    let (mean, pairs) = surprise(bytes);
    if !written_down {
        // In running text or code: only what nothing else looks like.
        return bytes.len() >= 10
            && digits >= 2
            && letters >= 3
            && (changes(value) >= 4 || marks > joints)
            && entropy(bytes) >= 3.0
            && !value.ends_with(':');
    }
    match (letters, digits, marks) {
        (0, _, 0) => bytes.len() >= 6,
        (0, ..) => false,
        (_, 0, 0) => bytes.len() >= 6 && pairs >= 4 && mean > 4.8,
        (_, _, 0) => bytes.len() >= 5 && (digits >= 2 || !wordy(value) || bytes.len() <= 12),
        _ if marks > joints => {
            bytes.len() >= 6
                && entropy(bytes) >= 2.2
                && (digits > 0 || mean > 4.2 || marks - joints >= 2 || bytes.len() <= 16)
        }
        // `rest-of-my-password` is a phrase, `k3-x9-pq` is not.
        _ => {
            digits > 0
                && bytes.len() >= 8
                && value
                    .split(['.', '_', '-', '/', ':'])
                    .any(|part| !wordy(part) || changes(part) >= 2)
        }
    }
}

/// Whether this looks drawn by lot.
pub(super) fn is_drawn(value: &str, least: usize) -> bool {
    let bytes = value.as_bytes();
    let solid = bytes
        .iter()
        .all(|byte| byte.is_ascii_alphanumeric() || b"_-+/=.~:|!@#%^&*$".contains(byte));
    if !solid || !(least..=4_000).contains(&bytes.len()) {
        return false;
    }
    if is_uuid(bytes) {
        return entropy(bytes) > 2.8;
    }
    let digits = bytes.iter().filter(|byte| byte.is_ascii_digit()).count();
    let letters = bytes.iter().filter(|byte| byte.is_ascii_alphabetic()).count();
    if bytes.iter().all(u8::is_ascii_hexdigit) {
        return bytes.len() >= 16 && letters > 0 && digits > 0 && entropy(bytes) >= 2.6;
    }
    if entropy(bytes) < if bytes.len() < 16 { 2.8 } else { 3.2 } || letters < 4 {
        return false;
    }
    let (mean, pairs) = surprise(bytes);
    let drawn = |part: &str| {
        part.len() >= 8
            && part.bytes().any(|byte| byte.is_ascii_alphabetic())
            && (changes(part) >= 4
                || changes(part) >= 2 && !wordy(part)
                || part.len() >= 12 && surprise(part.as_bytes()).0 > 5.0)
    };
    digits > 0 && value.split(['-', '_', '.', '/', ':', '+']).any(drawn)
        || digits > 0 && digits * 4 >= bytes.len() && changes(value) >= 5
        || bytes.len() >= 16 && pairs >= 10 && mean > 5.0
}

/// Whether this is too short to be drawn for certain, and no word either.
pub(super) fn is_short_secret(value: &str) -> bool {
    let bytes = value.as_bytes();
    let (mean, pairs) = surprise(bytes);
    let digits = bytes.iter().filter(|byte| byte.is_ascii_digit()).count();
    let solid = bytes
        .iter()
        .all(|byte| byte.is_ascii_alphanumeric() || b"_-+/=.@!#$%".contains(byte));
    solid
        && bytes.len() >= 8
        && (pairs >= 6 && mean > 5.0 || digits >= 2 && changes(value) >= 3 && !wordy(value))
        && is_password(value, true)
}

/// Whether this names a thing as well as it could open one: a UUID, a hash.
pub(super) fn is_identity(value: &str) -> bool {
    is_uuid(value.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn drawn_values_are_told_from_names() {
        for value in [
            "Tls12CipherSuite",
            "AtomicU32Provider",
            "pkcs-9-at-passwordCheck",
            "uddiv3BusinessKey",
            "pbeWithSHAAnd3-KeyTripleDES-CBC",
            "X509_info_st",
            "jackson-core-2.11.0",
        ] {
            assert!(!is_drawn(value, 10), "{value}");
        }
        for value in [
            "fvq0mzyi6wm22dvr",
            "Zf3D0LXCM3EIMbgJpUNnkRtOfOueHznB",
            "544227680736aa9dc2d2819906acbe60",
        ] {
            assert!(is_drawn(value, 10), "{value}");
        }
    }

    #[test]
    fn passwords_are_told_from_words() {
        for value in ["vT7!kq2#Lz9p", "hb4jdn2", "qzkvjxwp", "P@ssw0rd!"] {
            assert!(is_password(value, true), "{value}");
        }
        for value in ["configuration", "rest-of-my-password", "aaaaaa", "sha-256"] {
            assert!(!is_password(value, true), "{value}");
        }
    }
}
