//! Personal data that has a structure to check.
//!
//! Mail addresses, card numbers, bank accounts, social security numbers, IP addresses, telephone numbers; and the
//! hosts of web addresses. Names and postal addresses have no structure and are not claimed.

use std::ops::Range;

use super::{Class, Confidence, Hit};

mod card;
mod domain;
mod iban;
mod ip;
mod mail;
mod number;
mod phone;
mod sample;
mod ssn;

pub use sample::sample;

/// The ids of the detectors.
pub const DETECTORS: [&str; 7] = ["mail", "card", "iban", "us-ssn", "ip", "phone", "domain"];

/// What a check found: what it is, how sure that is and where.
type Found = (&'static str, Confidence, Range<usize>);

/// Adds the personal data in `text` to `hits`, in order of place and without overlaps; stops at `limit` and
/// answers `false` when it had to. Hosts are added once each, twenty at most, and do not count.
pub fn scan(text: &str, limit: usize, hits: &mut Vec<Hit>) -> bool {
    let bytes = text.as_bytes();
    let mut found: Vec<Found> = Vec::new();
    let mut at = 0;
    while let Some(rest) = bytes.get(at..) {
        let Some(next) = rest.iter().position(|byte| starts(*byte)) else {
            break;
        };
        let here = at + next;
        let one = match bytes.get(here) {
            Some(b'@') => mail::at(bytes, here),
            Some(b':') => ip::v6(text, here),
            _ => of_number(bytes, here),
        };
        at = here + 1;
        match one {
            Some(one) => {
                at = at.max(one.2.end);
                if found.last().is_none_or(|last| last.2.end <= one.2.start) {
                    found.push(one);
                }
            }
            // The rest of this number was looked at with its start.
            None if bytes.get(here).is_some_and(u8::is_ascii_digit) => {
                let digits = bytes.get(here..).unwrap_or_default();
                at = here + digits.iter().take_while(|byte| byte.is_ascii_digit()).count();
            }
            None => {}
        }
        if found.len() > limit {
            break;
        }
    }
    let whole = found.len() <= limit;
    found.truncate(limit);
    found.extend(domain::all(text, &found));
    found.sort_by_key(|one| one.2.start);
    hits.extend(found.into_iter().map(|(detector, confidence, range)| Hit {
        class: Class::Pii,
        detector,
        confidence,
        range,
    }));
    whole
}

/// A digit, the sign of a mail address, or one of an IPv6 address.
fn starts(byte: u8) -> bool {
    byte.is_ascii_digit() || byte == b'@' || byte == b':'
}

/// What the number that starts here is.
fn of_number(text: &[u8], at: usize) -> Option<Found> {
    let before = at.checked_sub(1).and_then(|at| text.get(at)).copied();
    // The two letters of an account number's country stand before its digits.
    if let Some(found) = iban::at(text, at) {
        return Some(found);
    }
    if before.is_some_and(|byte| byte.is_ascii_alphanumeric() || byte == b'_') {
        return None;
    }
    let run = number::run(text, at)?;
    ip::v4(text, &run)
        .or_else(|| ssn::check(text, &run))
        .or_else(|| card::check(text, &run))
        .or_else(|| phone::check(text, &run))
}

/// Whether one of the words stands within `reach` bytes before `at`, with no other number between.
fn announced(text: &[u8], at: usize, reach: usize, words: &[&str]) -> bool {
    let before = text.get(at.saturating_sub(reach)..at).unwrap_or_default();
    let start = before
        .iter()
        .rposition(u8::is_ascii_digit)
        .map_or(0, |digit| digit + 1);
    says(before.get(start..).unwrap_or_default(), words)
}

/// Whether one of the words is in the text, in any case and not within a longer word.
fn says(text: &[u8], words: &[&str]) -> bool {
    let lower = String::from_utf8_lossy(text).to_ascii_lowercase();
    words.iter().any(|word| {
        lower.match_indices(word).any(|(at, _)| {
            let before = at.checked_sub(1).and_then(|at| lower.as_bytes().get(at));
            let after = lower.as_bytes().get(at + word.len());
            !before.is_some_and(u8::is_ascii_alphabetic) && !after.is_some_and(u8::is_ascii_alphabetic)
        })
    })
}

#[cfg(test)]
mod tests;
