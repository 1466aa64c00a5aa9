//! Web addresses that carry data away or hide where they lead: images and links with data in their query, hosts
//! that are a bare number, that take anything from anyone, or that have data in their name.

use std::ops::Range;

use super::{Class, Confidence, Hit};

mod host;
mod query;

pub use host::takes_anything;

/// Adds the suspicious addresses in `text` to `hits`; stops at `limit` and answers `false` when it had to.
pub fn scan(text: &str, limit: usize, hits: &mut Vec<Hit>) -> bool {
    let first = hits.len();
    for (at, _) in text.match_indices("://") {
        let Some(address) = Address::around(text, at) else {
            continue;
        };
        let Some((detector, confidence)) = judge(&address) else {
            continue;
        };
        if hits.len() - first >= limit {
            return false;
        }
        hits.push(Hit {
            class: Class::Url,
            detector,
            confidence,
            range: address.range,
        });
    }
    true
}

fn judge(address: &Address<'_>) -> Option<(&'static str, Confidence)> {
    if !address.user.contains('@') && host::poses(address.user) {
        return Some(("posing-host", Confidence::High));
    }
    if takes_anything(address.host) {
        return Some(("drop-host", Confidence::Medium));
    }
    if host::is_number(address.host) {
        return Some(("number-host", Confidence::Medium));
    }
    if !address.host.starts_with('[') && host::carries_data(address.host) {
        return Some(("data-in-host", Confidence::Medium));
    }
    match address.place {
        Place::Image if query::carries_data(address.query, address.host) => {
            Some(("data-in-image", Confidence::Medium))
        }
        Place::Link if query::carries_data(address.query, address.host) => {
            Some(("data-in-link", Confidence::Low))
        }
        _ => None,
    }
}

/// Longest address looked at.
const LONGEST: usize = 2_048;

/// Where an address stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// `![...](address)` or `<img src="address">`: fetched without a click.
    Image,
    /// `[...](address)`.
    Link,
    /// Anywhere else.
    Text,
}

/// The parts of an address that say something.
#[derive(Debug)]
struct Address<'a> {
    range: Range<usize>,
    place: Place,
    user: &'a str,
    host: &'a str,
    query: &'a str,
}

impl<'a> Address<'a> {
    /// The HTTP address whose `://` is at `at`.
    fn around(text: &'a str, at: usize) -> Option<Self> {
        let before = text.as_bytes().get(..at)?;
        let start = if before.ends_with(b"https") {
            at - 5
        } else if before.ends_with(b"http") {
            at - 4
        } else {
            return None;
        };
        let mut most = (at + 3 + LONGEST).min(text.len());
        while !text.is_char_boundary(most) {
            most -= 1;
        }
        let rest = text.get(at + 3..most)?;
        let end = rest
            .find(|c: char| {
                c.is_whitespace() || matches!(c, ')' | '"' | '\'' | '<' | '>' | '`' | '\\' | '|' | ']')
            })
            .unwrap_or(rest.len());
        let address = rest.get(..end)?;
        let authority_end = address.find(['/', '?', '#']).unwrap_or(address.len());
        let (authority, tail) = address.split_at_checked(authority_end)?;
        let (user, host) = authority.rsplit_once('@').unwrap_or(("", authority));
        let host = match host.rsplit_once(':') {
            Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => host,
            _ => host,
        };
        let query = tail.split_once('?').map_or("", |(_, query)| query);
        let query = query.split_once('#').map_or(query, |(query, _)| query);
        Some(Self {
            range: start..at + 3 + end,
            place: place(before.get(..start).unwrap_or_default()),
            user,
            host,
            query,
        })
    }
}

/// What the text before an address makes of it.
fn place(before: &[u8]) -> Place {
    if before.ends_with(b"](") {
        let label = before
            .get(before.len().saturating_sub(200)..before.len() - 2)
            .unwrap_or_default();
        let opens = label.iter().rposition(|byte| *byte == b'[');
        let bang = opens
            .and_then(|at| at.checked_sub(1))
            .and_then(|at| label.get(at));
        return if bang == Some(&b'!') {
            Place::Image
        } else {
            Place::Link
        };
    }
    let tag = before.get(before.len().saturating_sub(160)..).unwrap_or_default();
    let opens = tag
        .windows(4)
        .rposition(|window| window.eq_ignore_ascii_case(b"<img"));
    match opens.and_then(|at| tag.get(at..)) {
        Some(tag) if !tag.contains(&b'>') => Place::Image,
        _ => Place::Text,
    }
}

#[cfg(test)]
mod tests;
