//! Hosts of web addresses. One says little about a person, so a finding is of low confidence, and each host is
//! told once.

use super::Found;
use crate::detect::Confidence;

/// Most hosts told of in one text.
const MOST: usize = 20;

/// The addresses in the text, one for each host, that lie in nothing already found.
pub(super) fn all(text: &str, found: &[Found]) -> Vec<Found> {
    let mut hosts: Vec<&str> = Vec::new();
    let mut domains = Vec::new();
    for (at, _) in text.match_indices("://") {
        if hosts.len() >= MOST {
            break;
        }
        let before = text.as_bytes().get(at.saturating_sub(5)..at).unwrap_or_default();
        let scheme = if before.ends_with(b"https") {
            5
        } else if before.ends_with(b"http") {
            4
        } else {
            continue;
        };
        let rest = text.get(at + 3..).unwrap_or_default();
        let end = rest
            .find(|c: char| !c.is_alphanumeric() && c != '.' && c != '-')
            .unwrap_or(rest.len());
        let host = rest.get(..end).unwrap_or_default().trim_end_matches(['.', '-']);
        let range = at - scheme..at + 3 + host.len();
        let taken = found
            .iter()
            .any(|one| one.2.start < range.end && range.start < one.2.end);
        if taken || !is_host(host) || hosts.contains(&host) {
            continue;
        }
        hosts.push(host);
        domains.push(("domain", Confidence::Low, range));
    }
    domains
}

/// A name with a last label of letters, of no document and no private network.
fn is_host(host: &str) -> bool {
    let lower = host.to_lowercase();
    let Some((rest, last)) = lower.rsplit_once('.') else {
        return false;
    };
    !rest.is_empty()
        && last.len() >= 2
        && last.chars().all(char::is_alphabetic)
        && !matches!(
            last,
            "example" | "invalid" | "test" | "local" | "localhost" | "internal"
        )
        && !["example.com", "example.org", "example.net"]
            .iter()
            .any(|name| lower.ends_with(name))
}
