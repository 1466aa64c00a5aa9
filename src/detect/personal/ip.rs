//! IP addresses of the public internet. Private, local, reserved and documentation ranges tell nobody anything
//! about a person and are left out; so are versions, which look the same.

use std::net::{Ipv4Addr, Ipv6Addr};

use super::number::Run;
use super::{Found, announced};
use crate::detect::Confidence;

const WORDS: [&str; 12] = [
    "ip",
    "address",
    "addr",
    "host",
    "client",
    "remote",
    "server",
    "from",
    "peer",
    "login",
    "client_ip",
    "ipv4",
];
const VERSIONS: [&str; 8] = [
    "version", "ver", "v", "release", "firmware", "build", "oid", "section",
];

/// The IPv4 address, when this is one.
pub(super) fn v4(text: &[u8], run: &Run) -> Option<Found> {
    if !run.is(&[
        run.groups.first().copied()?,
        run.groups.get(1).copied()?,
        run.groups.get(2).copied()?,
        run.groups.get(3).copied()?,
    ]) || !run.joined_by(b".")
        || run.plus
        || run.parentheses && run.range.len() > 17
    {
        return None;
    }
    let start = run.range.start + usize::from(run.parentheses);
    let written = std::str::from_utf8(text.get(start..run.range.end)?).ok()?;
    let address: Ipv4Addr = written.parse().ok()?;
    let octets = address.octets();
    let before = start.checked_sub(1).and_then(|at| text.get(at));
    let product = matches!(before, Some(b'/')) && {
        let name = start.checked_sub(2).and_then(|at| text.get(at));
        name.is_some_and(u8::is_ascii_alphanumeric)
    };
    let goes_on = matches!(text.get(run.range.end), Some(b'.' | b'-'))
        && text.get(run.range.end + 1).is_some_and(u8::is_ascii_alphanumeric);
    let versioned = product
        || goes_on
        || before.is_some_and(|byte| b"-._=<>~^@".contains(byte)) && !announced(text, start, 24, &WORDS)
        || announced(text, start, 24, &VERSIONS);
    if versioned || !is_public(address) {
        return None;
    }
    // `1.2.3.4` is more often a chapter than a machine, and `2.5.4.43` an object identifier.
    let small = octets.iter().all(|octet| *octet < 32) || matches!(octets, [1 | 2, ..]);
    if small && !announced(text, start, 40, &WORDS) {
        return None;
    }
    Some(("ip", Confidence::High, start..run.range.end))
}

fn is_public(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    !(address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_documentation()
        || a == 0
        || a >= 224
        || a == 100 && (64..128).contains(&b)
        || a == 198 && (18..20).contains(&b)
        || a == 192 && b == 0 && c == 0)
}

/// The IPv6 address around the first colon of it, at `at`.
pub(super) fn v6(text: &str, at: usize) -> Option<Found> {
    let bytes = text.as_bytes();
    let part = |byte: &&u8| byte.is_ascii_hexdigit() || **byte == b':';
    let before = bytes.get(at.saturating_sub(5)..at)?;
    let left = before
        .iter()
        .rev()
        .take_while(|byte| byte.is_ascii_hexdigit())
        .count();
    if !(3..=4).contains(&left) {
        return None;
    }
    let start = at - left;
    let length = bytes.get(start..)?.iter().take(46).take_while(part).count();
    let end = start + length;
    let touches = |byte: Option<&u8>| byte.is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'_');
    if touches(start.checked_sub(1).and_then(|at| bytes.get(at))) || touches(bytes.get(end)) {
        return None;
    }
    let address: Ipv6Addr = text.get(start..end)?.parse().ok()?;
    let [first, second, ..] = address.segments();
    // Global unicast (2000::/3) without the range for documentation.
    let public = first & 0xe000 == 0x2000 && !(first == 0x2001 && second == 0xdb8);
    let groups = text
        .get(start..end)?
        .split(':')
        .filter(|group| !group.is_empty())
        .count();
    (public && groups >= 3).then_some(("ip", Confidence::High, start..end))
}
