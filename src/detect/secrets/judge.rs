//! Whether a matched value is a credential, or a placeholder, a reference, a name, a word.

use std::ops::Range;

use super::kinds::{ASSIGNMENT, Kind, TYPED};

/// The range of the credential when the value in `range` is one, trimmed of what only ends the text.
pub(super) fn credible(kind: &Kind, name: &[u8], text: &[u8], range: Range<usize>) -> Option<Range<usize>> {
    let assigned = kind.id == ASSIGNMENT;
    let range = if assigned { trimmed(text, range) } else { range };
    let value = std::str::from_utf8(text.get(range.clone())?).ok()?;
    let good = if assigned {
        let name = std::str::from_utf8(name).ok()?.to_ascii_lowercase();
        let before = range.start.checked_sub(1).and_then(|at| text.get(at));
        let quoted = before.is_some_and(|byte| b"\"'`".contains(byte));
        !stands_for_something(value) && assigned_secret(&name, value, quoted)
    } else if TYPED.contains(&kind.id) {
        !stands_for_something(value) && typed_secret(value)
    } else {
        // Vault's old format is a method call to the eye: `s.` and 24 letters.
        let call = kind.id == "vault-token" && !value.bytes().any(|byte| byte.is_ascii_digit());
        !is_specimen(value) && !call
    };
    // Only the start counts, so that a long tail of one letter cannot dilute a credential.
    let start = value.as_bytes().get(..128).unwrap_or(value.as_bytes());
    (good && entropy(start) >= kind.entropy).then_some(range)
}

/// Shannon entropy over bytes, in bits a byte.
fn entropy(value: &[u8]) -> f64 {
    let mut counts = [0_u32; 256];
    for &byte in value {
        if let Some(count) = counts.get_mut(usize::from(byte)) {
            *count += 1;
        }
    }
    let total = value.len() as f64;
    let share = |count: &&u32| f64::from(**count) / total;
    -counts
        .iter()
        .filter(|count| **count > 0)
        .map(|count| share(&count))
        .map(|p| p * p.log2())
        .sum::<f64>()
}

/// Cuts what closes the surrounding expression: `);`, `,`, `\n` written as two characters.
fn trimmed(text: &[u8], range: Range<usize>) -> Range<usize> {
    let value = text.get(range.clone()).unwrap_or_default();
    let end = value
        .windows(2)
        .position(|pair| matches!(pair, [b'\\', b'n' | b'r' | b't' | b'"']))
        .unwrap_or(value.len());
    let value = value.get(..end).unwrap_or_default();
    let tail = value
        .iter()
        .rev()
        .take_while(|byte| b",;)]}\\.".contains(byte))
        .count();
    range.start..range.start + (end - tail)
}

/// Published examples and hand-made specimens of formats that are otherwise certain.
fn is_specimen(value: &str) -> bool {
    const WORDS: [&str; 7] = [
        "EXAMPLE",
        "example",
        "xxxxxx",
        "XXXXXX",
        "abcdefghijklmnopqrst",
        "......",
        "******",
    ];
    WORDS.iter().any(|word| value.contains(word))
}

/// A variable, a template, a mask or a word that says "put yours here".
fn stands_for_something(value: &str) -> bool {
    const PARTS: [&str; 22] = [
        "${",
        "$(",
        "{{",
        "}}",
        "<",
        "%(",
        "#{",
        "xxxx",
        "****",
        "....",
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
        "sample",
    ];
    let lower = value.to_ascii_lowercase();
    let variable = |part: &str| {
        part.starts_with('$')
            && part
                .get(1..)
                .is_some_and(|rest| rest.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_'))
            || part.len() > 1 && part.starts_with('%') && part.ends_with('%')
            || part.starts_with('{') && part.ends_with('}')
    };
    is_specimen(value)
        || PARTS.iter().any(|part| lower.contains(part))
        || value
            .split(':')
            .filter(|part| !part.is_empty())
            .any(|part| variable(part.trim_matches(['"', '\''])))
}

/// A password or `user:password` in a place made for one.
fn typed_secret(value: &str) -> bool {
    const WORDS: [&str; 26] = [
        "password", "pass", "passwd", "pwd", "secret", "token", "user", "username", "login", "admin", "root",
        "guest", "test", "foo", "bar", "api_key", "apikey", "key", "xxx", "yyy", "pw", "bearer", "basic",
        "none", "null", "postgres",
    ];
    let secret = value.rsplit_once(':').map_or(
        value,
        |(user, password)| {
            if password.is_empty() { user } else { password }
        },
    );
    let lower = secret.trim_matches(['"', '\'']).to_ascii_lowercase();
    lower.len() >= 3
        && !WORDS.contains(&lower.as_str())
        && !lower.bytes().all(|byte| byte == lower.as_bytes()[0])
}

/// A value that looks drawn by lot, under a name that says it is secret.
fn assigned_secret(name: &str, value: &str, quoted: bool) -> bool {
    const PUBLIC: [&str; 22] = [
        "public",
        "csrf",
        "xsrf",
        "keyword",
        "primary",
        "foreign",
        "tokeniz",
        "token_type",
        "max_token",
        "keyid",
        "key_id",
        "secretsid",
        "secret_name",
        "secretname",
        "key_name",
        "_url",
        "_uri",
        "_path",
        "_file",
        "author",
        "expires",
        "pagetoken",
    ];
    let password = ["passw", "pwd", "passphrase"]
        .iter()
        .any(|word| name.contains(word));
    if PUBLIC.iter().any(|word| name.contains(word)) && !name.contains("access_key") {
        return false;
    }
    let bytes = value.as_bytes();
    let has = |class: fn(&u8) -> bool| bytes.iter().any(class);
    let digit = has(u8::is_ascii_digit);
    let letter = has(u8::is_ascii_alphabetic);
    let mark = has(|byte| byte.is_ascii_punctuation() && !b"._-/:".contains(byte));
    let code = value.contains("()")
        || value.contains("://")
        || value.contains("::")
        || value.contains(");")
        || value.starts_with(['/', '.', '@', '&', '*', '(', '['])
        || value.contains('(') && !quoted;
    if code || !letter {
        return false;
    }
    let classes = [
        digit,
        has(u8::is_ascii_lowercase),
        has(u8::is_ascii_uppercase),
        mark,
    ];
    let n_classes = classes.iter().filter(|class| **class).count();
    let entropy = entropy(bytes);
    if password {
        return (8..=128).contains(&value.len())
            && n_classes >= if quoted { 2 } else { 3 }
            && (digit || mark)
            && entropy >= 2.6;
    }
    let solid = bytes
        .iter()
        .all(|byte| byte.is_ascii_alphanumeric() || b"_-+/=.~:|!@#%^&*".contains(byte));
    // `jackson-core-2.11.0` is a name; a drawn value has a long part that mixes letters and digits.
    let drawn = |part: &str| {
        let n_digits = part.bytes().filter(u8::is_ascii_digit).count();
        part.len() >= 10 && n_digits >= 1 && n_digits < part.len()
    };
    let uuid = value.len() == 36 && value.split('-').map(str::len).eq([8, 4, 4, 4, 12]);
    let drawn = uuid || value.split(['-', '_', '.', '/', ':']).any(drawn);
    (14..=300).contains(&value.len()) && solid && digit && drawn && entropy >= 3.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entropy_is_in_bits_a_byte() {
        assert!(entropy(b"aaaa").abs() < 1e-9);
        assert!((entropy(b"abcd") - 2.0).abs() < 1e-9);
    }

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
