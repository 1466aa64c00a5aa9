//! Whether a value in a known format is a credential, or a placeholder, a reference, a published example.

use std::ops::Range;

use base64::Engine as _;

use super::context;
use super::kinds::{Kind, ONLY_IN, TYPED};
use super::placeholder::{is_specimen, stands_for_something, typed_secret};
use super::{published, strange};

/// Whether a kind is looked for in a file of this name.
pub(super) fn belongs(kind: &Kind, path: Option<&str>) -> bool {
    let Some((_, end)) = ONLY_IN.iter().find(|(id, _)| *id == kind.id) else {
        return true;
    };
    path.is_none_or(|path| path.to_ascii_lowercase().ends_with(end))
}

/// Whether no letter, digit or `_` touches the match; an escape such as `\n` may.
pub(super) fn stands_alone(text: &[u8], range: Range<usize>) -> bool {
    let word = |byte: Option<&u8>| byte.is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'_');
    let byte = |at: Option<usize>| at.and_then(|at| text.get(at));
    let before = byte(range.start.checked_sub(1));
    let escaped =
        before.is_some_and(|byte| b"ntr".contains(byte)) && byte(range.start.checked_sub(2)) == Some(&b'\\');
    (escaped || !word(before)) && !word(text.get(range.end))
}

/// The range of the credential when the value in `range` is one.
pub(super) fn credible(kind: &Kind, text: &[u8], range: Range<usize>) -> Option<Range<usize>> {
    let value = std::str::from_utf8(text.get(range.clone())?).ok()?;
    let good = if TYPED.contains(&kind.id) {
        !stands_for_something(value) && typed_secret(value) && !is_reserved_host(text, range.end)
    } else {
        match kind.id {
            // Vault's old format is a method call to the eye: `s.` and 24 letters.
            "vault-service-token" => value.starts_with("hvs.") || mixes(value),
            "url-token" => value.bytes().any(|byte| byte.is_ascii_digit()),
            "authorization-header" => header(value),
            // Words are as long, and have no digits.
            "octopus-key" | "yandex-aws-key" | "scaleway-access-key" | "mollie-key" | "aws-secret-key" => {
                value.bytes().filter(u8::is_ascii_digit).count() >= 3
            }
            // Issuers draw from the alphabet of base 32; names in capitals have no digits.
            "aws-access-key" => {
                value.bytes().any(|byte| byte.is_ascii_digit()) || strange::surprise(value.as_bytes()).0 > 4.5
            }
            "kubernetes-secret" => kubernetes(value),
            _ => true,
        }
    };
    let good = good && !is_specimen(value) && !published::contains(value);
    // Only the start counts, so that a long tail of one letter cannot dilute a credential.
    let start = value.as_bytes().get(..128).unwrap_or(value.as_bytes());
    (good && entropy(start) >= kind.entropy).then_some(range)
}

/// Shannon entropy over bytes, in bits a byte.
pub(super) fn entropy(value: &[u8]) -> f64 {
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

/// Lower-case and upper-case letters and digits.
fn mixes(value: &str) -> bool {
    let has = |class: fn(&u8) -> bool| value.as_bytes().iter().any(class);
    has(u8::is_ascii_digit) && has(u8::is_ascii_lowercase) && has(u8::is_ascii_uppercase)
}

/// Base 64 of something that is not a placeholder.
fn kubernetes(value: &str) -> bool {
    decoded(value).is_none_or(|text| text.len() > 40 || !stands_for_something(&text))
}

/// `user:password` in base 64, or something drawn by lot.
fn header(value: &str) -> bool {
    if value.contains("::") || value.ends_with(':') {
        return false;
    }
    let pair =
        decoded(value).filter(|text| text.contains(':') && text.bytes().all(|byte| byte.is_ascii_graphic()));
    match pair {
        Some(pair) => !stands_for_something(&pair) && typed_secret(&pair),
        None => context::is_drawn(value),
    }
}

fn decoded(value: &str) -> Option<String> {
    let bytes = base64::engine::general_purpose::STANDARD.decode(value).ok()?;
    String::from_utf8(bytes).ok()
}

/// Whether `@` and a host of documents follow (RFC 2606, RFC 6761).
fn is_reserved_host(text: &[u8], at: usize) -> bool {
    let Some((b'@', rest)) = text.get(at..).and_then(<[u8]>::split_first) else {
        return false;
    };
    let end = rest
        .iter()
        .position(|byte| !byte.is_ascii_alphanumeric() && !b".-".contains(byte))
        .unwrap_or(rest.len());
    let host = String::from_utf8_lossy(rest.get(..end).unwrap_or_default()).to_ascii_lowercase();
    let last = host.rsplit('.').next().unwrap_or_default();
    ["example.com", "example.org", "example.net"]
        .iter()
        .any(|name| host.ends_with(name))
        || matches!(last, "example" | "invalid" | "test")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entropy_is_in_bits_a_byte() {
        assert!(entropy(b"aaaa").abs() < 1e-9);
        assert!((entropy(b"abcd") - 2.0).abs() < 1e-9);
    }
}
