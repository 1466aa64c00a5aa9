//! Payment cards: issuer's range, length, Luhn's check digit.

use super::number::Run;
use super::{Found, announced};
use crate::detect::Confidence;

/// Ranges of the first four digits, the lengths numbers in them have, and whether the range is so wide that a
/// word about cards must stand before it.
const ISSUERS: [(u32, u32, &[usize], bool); 17] = [
    (4000, 4999, &[13, 16, 19], false), // Visa
    (2221, 2720, &[16], false),         // Mastercard
    (5100, 5599, &[16], false),
    (3400, 3499, &[15], false), // American Express
    (3700, 3799, &[15], false),
    (3000, 3059, &[14, 16], false), // Diners
    (3095, 3095, &[14, 16], false),
    (3600, 3699, &[14, 16], false),
    (3800, 3999, &[14, 16], false),
    (3528, 3589, &[16], false), // JCB
    (3500, 3599, &[16], true),
    (2131, 2131, &[15], false),
    (1800, 1800, &[15], false),
    (6011, 6011, &[16], false), // Discover
    (6440, 6599, &[16], false),
    (6200, 6299, &[16, 17, 18, 19], true),                 // UnionPay
    (5000, 6999, &[12, 13, 14, 15, 16, 17, 18, 19], true), // Maestro
];

const WORDS: [&str; 16] = [
    "card",
    "cards",
    "cc",
    "credit",
    "debit",
    "visa",
    "mastercard",
    "maestro",
    "amex",
    "payment",
    "kreditkarte",
    "karte",
    "carte",
    "tarjeta",
    "carta",
    "pan",
];

/// The card number, when this is one.
pub(super) fn check(text: &[u8], run: &Run) -> Option<Found> {
    let count = run.digits.len();
    if !(12..=19).contains(&count) || run.plus || run.parentheses {
        return None;
    }
    let written = run.groups.len() == 1
        || run.joined_by(b" -") && run.groups.len() >= 3 && run.groups.iter().all(|group| *group >= 3);
    // A fraction, a version, a line of a table.
    let touched = run.range.start.checked_sub(1).and_then(|at| text.get(at));
    if !written || touched.is_some_and(|byte| b".-".contains(byte)) {
        return None;
    }
    let start = run.value(0..4);
    let issuer = ISSUERS
        .iter()
        .find(|(from, to, lengths, _)| (*from..=*to).contains(&start) && lengths.contains(&count))?;
    let mut seen = [false; 10];
    for digit in &run.digits {
        if let Some(seen) = seen.get_mut(usize::from(digit - b'0')) {
            *seen = true;
        }
    }
    // Numbers for tests repeat a digit or two.
    if seen.iter().filter(|seen| **seen).count() <= 3 || !luhn(&run.digits) {
        return None;
    }
    let told = announced(text, run.range.start, 60, &WORDS);
    match (issuer.3, told) {
        (true, false) => None,
        (_, true) => Some(("card", Confidence::High, run.range.clone())),
        (false, false) => Some(("card", Confidence::Medium, run.range.clone())),
    }
}

/// ISO/IEC 7812-1, annex B.
pub(super) fn luhn(digits: &[u8]) -> bool {
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(at, digit)| {
            let digit = u32::from(digit - b'0');
            match (at % 2, digit) {
                (0, _) => digit,
                (_, 5..) => digit * 2 - 9,
                _ => digit * 2,
            }
        })
        .sum();
    sum.is_multiple_of(10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_wrong_digit_is_seen() {
        assert!(luhn(b"79927398713"));
        assert!(!luhn(b"79927398710"));
    }
}
