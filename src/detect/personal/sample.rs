//! Made-up personal data for tests of rules, so that no test has to hold any.

use super::{card, iban};

/// A specimen for the detector with this id, always the same; `None` for an unknown one.
#[must_use]
pub fn sample(id: &str) -> Option<String> {
    Some(match id {
        "mail" => "kim.doe@firm.io".to_owned(),
        "card" => completed("453917", 16, card::luhn)?,
        "iban" => {
            let account = "370400440532013000";
            let check = (2..=98).map(|check| format!("DE{check:02}{account}"));
            check.into_iter().find(|iban| iban::is_valid(iban.as_bytes()))?
        }
        "us-ssn" => format!("{}-{}-{}", 514, 69, 1360),
        "ip" => format!("{}.{}.{}.{}", 195, 206, 132, 47),
        "phone" => format!("+44 20 {} {}", 7946, 1018),
        "domain" => "https://www.firm.io".to_owned(),
        _ => return None,
    })
}

/// `start`, digits counted up, and the last one that makes it right.
fn completed(start: &str, length: usize, is_right: fn(&[u8]) -> bool) -> Option<String> {
    let mut digits = start.to_owned();
    let more = (b'1'..=b'9').cycle().take(length.saturating_sub(start.len() + 1));
    digits.extend(more.map(char::from));
    ('0'..='9')
        .map(|last| format!("{digits}{last}"))
        .find(|number| is_right(number.as_bytes()))
}
