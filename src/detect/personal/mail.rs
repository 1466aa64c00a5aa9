//! Mail addresses of people: not those of documents (RFC 2606), of machines that do not read, of repositories.

use super::Found;
use crate::detect::Confidence;

/// Ends of file names and versions that follow an `@` in code.
const NO_DOMAINS: [&str; 20] = [
    "png",
    "jpg",
    "jpeg",
    "gif",
    "svg",
    "webp",
    "js",
    "mjs",
    "cjs",
    "ts",
    "tsx",
    "css",
    "json",
    "html",
    "example",
    "invalid",
    "test",
    "local",
    "localhost",
    "internal",
];

/// The address whose `@` is at `at`.
pub(super) fn at(text: &[u8], at: usize) -> Option<Found> {
    let local = |byte: &&u8| byte.is_ascii_alphanumeric() || b"._%+-'".contains(byte);
    let before = text.get(at.saturating_sub(64)..at)?;
    let left = before.iter().rev().take_while(local).count();
    let name = before.get(before.len() - left..)?;
    let trim = name
        .iter()
        .take_while(|byte| !byte.is_ascii_alphanumeric())
        .count();
    let name = name.get(trim..)?;
    let after = text.get(at + 1..(at + 255).min(text.len()))?;
    let right = after
        .iter()
        .take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'.' || **byte == b'-')
        .count();
    let host = after.get(..right)?;
    let tail = host
        .iter()
        .rev()
        .take_while(|byte| !byte.is_ascii_alphanumeric())
        .count();
    let host = host.get(..host.len() - tail)?;
    if name.is_empty() || name.ends_with(b".") || !is_domain(host) {
        return None;
    }
    let name = std::str::from_utf8(name).ok()?.to_ascii_lowercase();
    let host = std::str::from_utf8(host).ok()?.to_ascii_lowercase();
    let machine = matches!(
        name.as_str(),
        "git"
            | "noreply"
            | "no-reply"
            | "donotreply"
            | "do-not-reply"
            | "root"
            | "postmaster"
            | "mailer-daemon"
            | "hg"
            | "svn"
    );
    let document = ["example.com", "example.org", "example.net"]
        .iter()
        .any(|name| host == *name || host.ends_with(&format!(".{name}")));
    // `user:password@host` is a credential, `git@host:path` a repository.
    let colon = before.len().checked_sub(left + 1).and_then(|at| before.get(at)) == Some(&b':');
    let in_address = colon && before.windows(3).any(|three| three == b"://");
    (!machine && !document && !in_address)
        .then(|| ("mail", Confidence::High, at - (left - trim)..at + 1 + host.len()))
}

/// Labels, and a last one of letters that ends no file name.
fn is_domain(host: &[u8]) -> bool {
    let Ok(host) = std::str::from_utf8(host) else {
        return false;
    };
    let Some((rest, last)) = host.rsplit_once('.') else {
        return false;
    };
    let label = |label: &str| {
        !label.is_empty() && label.len() < 64 && !label.starts_with('-') && !label.ends_with('-')
    };
    last.len() >= 2
        && last.len() <= 24
        && (last.bytes().all(|byte| byte.is_ascii_alphabetic()) || last.starts_with("xn--"))
        && !NO_DOMAINS.contains(&last.to_ascii_lowercase().as_str())
        && rest.split('.').all(label)
}
