//! Telephone numbers: written as a plan writes them, or announced as one. Digits alone are no number.

use super::number::Run;
use super::{Found, announced, says};
use crate::detect::Confidence;

const BEFORE: [&str; 31] = [
    "phone",
    "telephone",
    "tel",
    "mobile",
    "cell",
    "cellphone",
    "fax",
    "desk",
    "call",
    "dial",
    "whatsapp",
    "sms",
    "text me",
    "reach me",
    "contact",
    "hotline",
    "handy",
    "telefon",
    "telefono",
    "teléfono",
    "portable",
    "tlf",
    "ph",
    "messages to",
    "answering at",
    "answering",
    "voicemail",
    "viber",
    "callback",
    "phone number",
    "mob",
];
const AFTER: [&str; 10] = [
    "office", "fax", "mobile", "cell", "home", "desk", "work", "phone", "tel", "mob",
];
const OTHER: [&str; 16] = [
    "zip", "card", "license", "licence", "ssn", "account", "invoice", "order", "id", "iban", "version",
    "port", "cc", "postal", "date", "pin",
];

/// The number, when this is one.
pub(super) fn check(text: &[u8], run: &Run) -> Option<Found> {
    let count = run.digits.len();
    let start = run.range.start;
    let before = start.checked_sub(1).and_then(|at| text.get(at)).copied();
    let after = text.get(run.range.end).copied();
    // Dates with times, paths, fractions, amounts.
    let second = text.get(run.range.end + 1).is_some_and(u8::is_ascii_digit);
    if !(7..=15).contains(&count)
        || matches!(
            before,
            Some(b'.' | b'/' | b'$' | b'#' | b'\\' | b'=' | b'&' | b'%' | b'-')
        )
        || matches!(after, Some(b':' | b'/' | b',' | b'%')) && second
        || run.plus && before.is_some_and(|byte| byte.is_ascii_alphanumeric() || byte == b')')
        || is_date(run)
        || run.digits.iter().all(|digit| Some(digit) == run.digits.first())
    {
        return None;
    }
    let planned = in_international_plan(run) || in_american_plan(run) || in_french_plan(run);
    let tail = text
        .get(run.range.end..(run.range.end + 9).min(text.len()))
        .unwrap_or_default();
    let told_after = matches!(after, Some(b' ' | b'-')) && says(tail, &AFTER);
    let told = announced(text, start, 32, &BEFORE) && !announced(text, start, 16, &OTHER) || told_after;
    let grouped = run.groups.len() <= 6 && run.groups.iter().filter(|group| **group == 1).count() <= 2;
    let confidence = match (planned, told) {
        (true, true) => Confidence::High,
        (true, false) => Confidence::Medium,
        (false, true) if grouped => Confidence::Medium,
        _ => return None,
    };
    Some(("phone", confidence, start..extension(text, run.range.end)))
}

/// Past `x123`.
fn extension(text: &[u8], end: usize) -> usize {
    let Some([b'x', rest @ ..]) = text.get(end..) else {
        return end;
    };
    let digits = rest
        .iter()
        .take(6)
        .take_while(|byte| byte.is_ascii_digit())
        .count();
    if digits == 0 { end } else { end + 1 + digits }
}

/// `+`, a country, at least seven more digits, and marks between or a length that is common.
fn in_international_plan(run: &Run) -> bool {
    run.plus
        && run.digits.first() != Some(&b'0')
        && run.digits.len() >= 9
        && (run.groups.len() >= 2 || run.digits.len() >= 10)
}

/// `212-555-0123`, `(212) 555-0123`, `1-212-555-0123`, `001-212-555-0123`: area and exchange start at 2.
fn in_american_plan(run: &Run) -> bool {
    let groups = match run.groups.as_slice() {
        [1, rest @ ..] if run.digits.first() == Some(&b'1') => rest,
        [3, rest @ ..] if run.digits.starts_with(b"001") && rest.len() == 3 => rest,
        all => all,
    };
    let first = run.digits.len().saturating_sub(10);
    let starts = |at: usize| run.digits.get(at).is_some_and(|digit| *digit >= b'2');
    groups == [3, 3, 4] && (run.parentheses || run.joined_by(b"-.")) && starts(first) && starts(first + 3)
}

/// `01.84.17.61.18`.
fn in_french_plan(run: &Run) -> bool {
    run.is(&[2, 2, 2, 2, 2])
        && run.joined_by(b". ")
        && run.digits.first() == Some(&b'0')
        && run.digits.get(1) != Some(&b'0')
}

/// `2026-01-31`, `31.01.2026`, with or without an hour.
fn is_date(run: &Run) -> bool {
    let year = |value: u32| (1900..2100).contains(&value);
    match run.groups.as_slice() {
        [4, 2, 2, ..] => year(run.value(0..4)) && run.value(4..6) <= 12 && run.value(6..8) <= 31,
        [2, 2, 4, ..] => year(run.value(4..8)) && run.value(0..2) <= 31 && run.value(2..4) <= 31,
        [4, 4] => year(run.value(0..4)) && year(run.value(4..8)),
        [8] => year(run.value(0..4)) && run.value(4..6) <= 12 && run.value(6..8) <= 31,
        _ => false,
    }
}
