//! Whether a value looks chosen or drawn to be secret.

use super::super::form::is_uuid;
use super::super::judge::entropy;
use super::super::strange::surprise;

/// Letters in the order of words, with no more than a number or two among them.
pub(super) fn wordy(part: &str) -> bool {
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
