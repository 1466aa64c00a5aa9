//! International bank account numbers: country, its length, the checksum modulo 97 (ISO 13616).

use super::Found;
use crate::detect::Confidence;

/// The length of account numbers by country.
#[rustfmt::skip]
const LENGTHS: [(&[u8; 2], usize); 79] = [
    (b"AD", 24), (b"AE", 23), (b"AL", 28), (b"AT", 20), (b"AZ", 28), (b"BA", 20), (b"BE", 16), (b"BG", 22), (b"BH", 22), (b"BR", 29),
    (b"BY", 28), (b"CH", 21), (b"CR", 22), (b"CY", 28), (b"CZ", 24), (b"DE", 22), (b"DK", 18), (b"DO", 28), (b"EE", 20), (b"EG", 29),
    (b"ES", 24), (b"FI", 18), (b"FO", 18), (b"FR", 27), (b"GB", 22), (b"GE", 22), (b"GI", 23), (b"GL", 18), (b"GR", 27), (b"GT", 28),
    (b"HR", 21), (b"HU", 28), (b"IE", 22), (b"IL", 23), (b"IQ", 23), (b"IS", 26), (b"IT", 27), (b"JO", 30), (b"KW", 30), (b"KZ", 20),
    (b"LB", 28), (b"LC", 32), (b"LI", 21), (b"LT", 20), (b"LU", 20), (b"LV", 21), (b"LY", 25), (b"MC", 27), (b"MD", 24), (b"ME", 22),
    (b"MK", 19), (b"MR", 27), (b"MT", 31), (b"MU", 30), (b"NL", 18), (b"NO", 15), (b"PK", 24), (b"PL", 28), (b"PS", 29), (b"PT", 25),
    (b"QA", 29), (b"RO", 24), (b"RS", 22), (b"SA", 24), (b"SC", 31), (b"SD", 18), (b"SE", 24), (b"SI", 19), (b"SK", 24), (b"SM", 27),
    (b"ST", 25), (b"SV", 28), (b"TL", 23), (b"TN", 24), (b"TR", 26), (b"UA", 29), (b"VA", 22), (b"VG", 24), (b"XK", 20),
];

/// The account number whose check digits start at `at`.
pub(super) fn at(text: &[u8], at: usize) -> Option<Found> {
    let start = at.checked_sub(2)?;
    let country = text.get(start..at)?;
    let (_, length) = LENGTHS.iter().find(|(code, _)| code[..] == *country)?;
    let before = start.checked_sub(1).and_then(|at| text.get(at));
    if before.is_some_and(u8::is_ascii_alphanumeric) {
        return None;
    }
    let mut account = Vec::with_capacity(34);
    let mut end = start;
    for byte in text.get(start..)?.iter().take(48) {
        match byte {
            b'0'..=b'9' | b'A'..=b'Z' => account.push(*byte),
            // People write four at a time.
            b' ' if account.len() % 4 == 0 && end > start => {}
            _ => break,
        }
        end += 1;
        if account.len() == *length {
            break;
        }
    }
    let alone = !text.get(end).is_some_and(u8::is_ascii_alphanumeric);
    (account.len() == *length && alone && is_valid(&account)).then_some((
        "iban",
        Confidence::High,
        start..end,
    ))
}

/// Whether the check digits of a number written without blanks are right.
pub(super) fn is_valid(account: &[u8]) -> bool {
    remainder(account) == Some(1)
}

/// The number with its first four characters at its end and letters as 10 to 35, modulo 97.
fn remainder(account: &[u8]) -> Option<u32> {
    let (head, tail) = account.split_at_checked(4)?;
    tail.iter().chain(head).try_fold(0, |sum, byte| match byte {
        b'0'..=b'9' => Some((sum * 10 + u32::from(byte - b'0')) % 97),
        b'A'..=b'Z' => Some((sum * 100 + u32::from(byte - b'A') + 10) % 97),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checksum_is_checked() {
        // The registry's own example for the country.
        let text = b"to GB82 WEST 1234 5698 7654 32 today";
        assert_eq!(at(text, 5), Some(("iban", Confidence::High, 3..30)));
        assert_eq!(at(b"to GB83 WEST 1234 5698 7654 32 today", 5), None);
        assert_eq!(at(b"GB82WEST123456987654321", 2), None);
    }
}
