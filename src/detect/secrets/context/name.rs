//! What a name says about its value.

use std::ops::Range;

/// What is kept under a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sense {
    /// Something a person may have chosen.
    Password,
    /// Something drawn by lot.
    Secret,
    /// Something that may be drawn by lot and secret, and is often neither.
    Key,
}

/// Words behind which a name is one of something about a secret: `token_url`, `password_field`.
#[rustfmt::skip]
const ABOUT: &[&str] = &[
    "id", "ids", "name", "names", "url", "urls", "uri", "path", "paths", "file", "files", "filename", "dir", "type", "types", "kind",
    "field", "fields", "label", "placeholder", "input", "box", "policy", "regex", "regexp", "pattern", "length", "len", "size",
    "min", "max", "count", "limit", "expiry", "expires", "expiration", "ttl", "timeout", "age", "date", "time", "header", "headers",
    "prefix", "suffix", "format", "message", "msg", "error", "err", "hint", "title", "class", "style", "column", "col",
    "env", "var", "variable", "param", "params", "parameter", "arn", "ref", "reference", "version", "algorithm", "alg",
    "store", "endpoint", "validator", "validation", "valid", "strength", "reset", "change", "changed", "confirm", "confirmation", "required",
    "enabled", "provider", "manager", "service", "handler", "helper", "factory", "generator", "index", "idx", "map", "list",
    "set", "count", "counter", "event", "code", "codes", "press", "down", "up", "code", "words", "word", "board", "mode", "method",
    "usage", "uses", "scope", "scopes", "owner", "status", "state", "link", "page", "tag", "description", "desc", "help", "info", "selector",
    "xpath", "css", "icon", "button", "form", "view", "text", "stream", "loc", "location", "alias", "space", "group", "ring",
    "hash", "hashed", "digest", "checksum", "md5", "sha1", "sha256", "thumbprint", "fingerprint", "encoder", "encoding", "source", "exception", "issuer",
    "number", "position", "offset", "schema", "template", "role", "rules", "rule", "history", "question", "agent", "callback", "class", "plugin",
];

/// Words that make the whole name public or another thing.
#[rustfmt::skip]
const PUBLIC: &[&str] = &[
    "public", "pub", "publickey", "csrf", "xsrf", "csrftoken", "keyword", "keywords", "primary", "foreign", "sort", "partition", "next", "page", "pagination",
    "continuation", "cache", "idempotency", "row", "hot", "short", "shortcut", "keyboard", "keyframe", "author", "authors", "i18n", "translation",
    "host", "known", "unique", "lookup", "routing", "bucket", "object", "map", "dict", "array", "sitekey", "site", "recaptcha", "publishable",
    "is", "has", "no", "use", "enable", "disable", "show", "hide", "forgot", "forget", "lost", "invalid", "missing", "wrong", "bad", "without", "need", "needs",
    "max", "min", "cursor", "sync", "resume", "marker", "kms", "vault", "instrumentation", "fake", "mock", "dummy", "sample", "placeholder", "example",
    "last", "s3", "objectkey", "lock", "lifecycle", "verification", "work", "starting", "copy", "revision", "concurrency", "export", "import", "start", "stop", "end", "page", "upload", "position", "client", "request", "update", "change", "purchase", "creator",
];

/// Words that may end a name without changing what it is of.
#[rustfmt::skip]
const NEUTRAL: &[&str] = &[
    "value", "val", "raw", "plain", "plaintext", "plain_text", "clear", "cleartext", "default", "prod", "production", "dev", "development", "staging", "stage", "test",
    "testing", "local", "new", "old", "current", "base", "live", "sandbox", "admin", "root", "user", "db", "database", "main", "a", "b", "2", "1", "x", "one", "two",
    "string", "str", "equals", "hex", "base64", "b64", "bytes", "data", "const", "enc",
];

/// What kind of key is one that opens something.
#[rustfmt::skip]
const OPENING: &[&str] = &[
    "api", "access", "auth", "private", "secret", "sign", "signing", "signature", "encrypt", "encryption", "master", "account", "app", "application", "service",
    "ssh", "shared", "admin", "deploy", "storage", "session", "consumer", "crypt", "crypto", "cipher", "aes", "hmac", "jwt", "license", "rsa", "subscription", "integration", "security", "server", "write",
];

/// Words that are secrets by themselves.
const SECRETS: [&str; 13] = [
    "secretkey",
    "apikey",
    "accesskey",
    "privatekey",
    "authkey",
    "authtoken",
    "apitoken",
    "signingkey",
    "cred",
    "creds",
    "credential",
    "credentials",
    "passkey",
];

/// The sense of a name, when it has one.
pub(super) fn sense(name: &str) -> Option<Sense> {
    let words = words(name);
    let head = words
        .iter()
        .rposition(|word| !NEUTRAL.contains(&word.as_str()) && !is_number(word))?;
    let last = words.get(head)?.as_str();
    if ABOUT.contains(&last) {
        return None;
    }
    let last = last.trim_end_matches(|c: char| c.is_ascii_digit());
    let before = words.get(..head).unwrap_or_default();
    let opening = before.last().is_some_and(|word| OPENING.contains(&word.as_str()));
    let is_secret = last.ends_with("secret")
        || last.ends_with("token") && last.len() <= 16
        || SECRETS.contains(&last)
        || last == "key" && opening;
    let is_key = matches!(last, "key" | "auth" | "authorization" | "salt" | "nonce" | "seed")
        || last.ends_with("key") && last.len() < 14;
    // `secret_do_not_commit` and `password_for_ci` are of what is named first.
    let within = || {
        words
            .iter()
            .any(|word| is_password(word) || word.ends_with("secret") || word.ends_with("token"))
            && !words.iter().any(|word| ABOUT.contains(&word.as_str()))
    };
    let sense = if is_password(last) {
        Sense::Password
    } else if is_secret {
        Sense::Secret
    } else if is_key || within() {
        Sense::Key
    } else {
        return None;
    };
    // `client_secret` and `client_password` are secrets, `client_token` of a request is none.
    let public = |word: &String| PUBLIC.contains(&word.as_str()) && !(word == "client" && last != "token");
    (!before.iter().any(public) && !PUBLIC.contains(&last)).then_some(sense)
}

fn is_password(word: &str) -> bool {
    const OTHER: [&str; 8] = [
        "bypass",
        "compass",
        "encompass",
        "surpass",
        "trespass",
        "overpass",
        "underpass",
        "renderpass",
    ];
    word.contains("passw")
        || word.contains("passphrase")
        || matches!(
            word,
            "pw" | "psw" | "pass" | "passcode" | "senha" | "kennwort" | "pwd" | "psswd" | "pswd" | "passwrd"
        )
        || word.ends_with("pwd")
        || word.ends_with("pass") && word.len() <= 12 && !OTHER.contains(&word)
}

fn is_number(word: &str) -> bool {
    word.bytes().all(|byte| byte.is_ascii_digit())
}

/// The words of a name, in lower case: `dbPassword_2` is `db`, `password`, `2`.
pub(super) fn words(name: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut word = String::new();
    let mut before = ' ';
    let mut characters = name.chars().peekable();
    while let Some(character) = characters.next() {
        let starts = character.is_ascii_uppercase()
            && (before.is_ascii_lowercase()
                || before.is_ascii_digit()
                || before.is_ascii_uppercase() && characters.peek().is_some_and(char::is_ascii_lowercase));
        if (starts || !character.is_ascii_alphanumeric()) && !word.is_empty() {
            words.push(std::mem::take(&mut word));
        }
        if character.is_ascii_alphanumeric() {
            word.push(character.to_ascii_lowercase());
        }
        before = character;
    }
    if !word.is_empty() {
        words.push(word);
    }
    words
}

/// Whether the name also says that its value opens something.
pub(super) fn speaks_of_access(name: &str) -> bool {
    const PARTS: [&str; 9] = [
        "token", "key", "secret", "api", "auth", "pass", "login", "access", "cred",
    ];
    let lower = name.to_ascii_lowercase();
    PARTS.iter().any(|part| lower.contains(part))
        || words(name).iter().any(|word| word == "id" || word == "sid")
}

/// Whether the bytes in `range` are a word of their own within a name: `SetSysctl` does not say `etsy`.
pub(super) fn is_word(text: &[u8], range: &Range<usize>) -> bool {
    let before = range.start.checked_sub(1).and_then(|at| text.get(at));
    let (first, last) = (
        text.get(range.start),
        range.end.checked_sub(1).and_then(|at| text.get(at)),
    );
    let after = text.get(range.end);
    let is = |byte: Option<&u8>, class: fn(&u8) -> bool| byte.is_some_and(class);
    let starts = !is(before, u8::is_ascii_alphabetic)
        || is(before, u8::is_ascii_lowercase) && is(first, u8::is_ascii_uppercase);
    // `sumOf` is `sum` and `of`.
    let breaks = is(last, u8::is_ascii_uppercase) && is(after, u8::is_ascii_lowercase);
    starts && !breaks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_say_what_they_keep() {
        for (name, expected) in [
            ("dbPassword", Some(Sense::Password)),
            ("DB_PASS", Some(Sense::Password)),
            ("password2", Some(Sense::Password)),
            ("client_secret", Some(Sense::Secret)),
            ("API_KEY_PROD", Some(Sense::Secret)),
            ("authToken", Some(Sense::Secret)),
            ("sort_key", None),
            ("nextToken", None),
            ("public_key", None),
            ("token_url", None),
            ("PasswordField", None),
            ("credentialsId", None),
            ("bypass", None),
            ("monkey", Some(Sense::Key)),
        ] {
            assert_eq!(sense(name), expected, "{name}");
        }
    }

    #[test]
    fn a_word_within_another_is_none() {
        assert!(is_word(b"my_etsy_key", &(3..7)));
        assert!(is_word(b"myEtsyKey", &(2..6)));
        assert!(!is_word(b"SetSysctl", &(1..5)));
        assert!(!is_word(b"sumOfAll", &(0..4)));
    }
}
