//! What a host's name gives away.

use std::net::Ipv4Addr;

/// Hosts that take anything from anyone and show it to anyone: paste sites, request bins, tunnels.
const DROPS: [&str; 30] = [
    "pastebin.com",
    "hastebin.com",
    "transfer.sh",
    "file.io",
    "0x0.st",
    "ix.io",
    "termbin.com",
    "paste.rs",
    "dpaste.com",
    "dpaste.org",
    "webhook.site",
    "requestbin.com",
    "requestbin.net",
    "pipedream.net",
    "ngrok.io",
    "ngrok-free.app",
    "ngrok.app",
    "oast.fun",
    "oast.pro",
    "oast.live",
    "oast.site",
    "oast.me",
    "interact.sh",
    "burpcollaborator.net",
    "requestcatcher.com",
    "catbox.moe",
    "gofile.io",
    "trycloudflare.com",
    "beeceptor.com",
    "canarytokens.com",
];

/// Whether the host, or one above it, takes anything from anyone.
#[must_use]
pub fn takes_anything(host: &str) -> bool {
    let host = host.to_ascii_lowercase();
    DROPS.iter().any(|drop| {
        host.strip_suffix(drop)
            .is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
    })
}

/// Whether a user name before the host looks like a host itself: `https://bank.com@elsewhere`.
pub(super) fn poses(user: &str) -> bool {
    let name = user.split(':').next().unwrap_or_default();
    name.rsplit_once('.').is_some_and(|(rest, last)| {
        !rest.is_empty()
            && matches!(
                last,
                "com"
                    | "org"
                    | "net"
                    | "io"
                    | "gov"
                    | "edu"
                    | "de"
                    | "uk"
                    | "fr"
                    | "co"
                    | "app"
                    | "dev"
                    | "ai"
            )
    })
}

/// Whether the host is a bare number of the public internet, in any spelling.
pub(super) fn is_number(host: &str) -> bool {
    let value = if let Ok(address) = host.parse::<Ipv4Addr>() {
        address
    } else if let Some(hex) = host.strip_prefix("0x") {
        match u32::from_str_radix(hex, 16) {
            Ok(value) => Ipv4Addr::from(value),
            Err(_) => return false,
        }
    } else if host.len() >= 8 && host.bytes().all(|byte| byte.is_ascii_digit()) {
        match host.parse::<u32>() {
            // Nobody writes an address this way who wants it read.
            Ok(_) => return true,
            Err(_) => return false,
        }
    } else {
        return false;
    };
    let [a, b, ..] = value.octets();
    !(value.is_private()
        || value.is_loopback()
        || value.is_link_local()
        || value.is_documentation()
        || value.is_unspecified()
        || value.is_broadcast()
        || a == 0
        || a >= 224
        || a == 100 && (64..128).contains(&b)
        // Names everybody knows, and what manuals write.
        || value.octets().iter().all(|octet| octet == &a)
        || matches!(value.octets(), [1, 2, 3, 4] | [1, 0, 0, 1] | [8, 8, 4, 4]))
}

/// Whether labels of the name are long and drawn by lot, as when data leaves by name look-ups.
pub(super) fn carries_data(host: &str) -> bool {
    let long = host
        .split('.')
        .filter(|label| label.len() >= 24 && drawn(label))
        .map(str::len)
        .collect::<Vec<_>>();
    long.iter().any(|length| *length >= 40) || long.len() >= 2
}

/// Letters and digits that take turns too often for words.
pub(super) fn drawn(value: &str) -> bool {
    let kinds: Vec<bool> = value
        .bytes()
        .filter(u8::is_ascii_alphanumeric)
        .map(|byte| byte.is_ascii_digit())
        .collect();
    let turns = kinds.windows(2).filter(|two| two.first() != two.get(1)).count();
    turns * 6 >= kinds.len()
}
