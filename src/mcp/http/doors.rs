//! Under which names the server is called, and from which pages.

use std::net::IpAddr;

use axum::http::header::{HOST, ORIGIN};
use axum::http::uri::Authority;
use axum::http::{HeaderMap, Uri};

use super::Settings;
use super::refusal::Refusal;

/// The names this server answers to, and the web pages that may use it.
///
/// A page on any site can send requests to a server on the visitor's own machine, under the visitor's
/// address or, by DNS rebinding, under the page's own. The first shows in `Origin`, the second in `Host`.
#[derive(Debug)]
pub(super) struct Doors {
    hosts: Vec<(String, Option<u16>)>,
    origins: Vec<Origin>,
}

/// `scheme://host:port`; no port stands for any.
#[derive(Debug, PartialEq)]
struct Origin {
    scheme: String,
    host: String,
    port: Option<u16>,
}

impl Doors {
    /// As the settings name them.
    pub(super) fn new(settings: &Settings) -> Self {
        Self {
            hosts: settings.allowed_hosts.iter().map(|text| named(text)).collect(),
            origins: settings
                .allowed_origins
                .iter()
                .filter_map(|text| allowed_origin(text))
                .collect(),
        }
    }

    pub(super) fn admit(&self, headers: &HeaderMap) -> Result<(), Refusal> {
        let Some(host) = only(headers, HOST).and_then(host_of) else {
            return Err(Refusal::NoHost);
        };
        let name = plain_host(host.host());
        let is_ours = |(allowed, port): &(String, Option<u16>)| {
            *allowed == name && port.is_none_or(|port| host.port_u16() == Some(port))
        };
        if !self.hosts.iter().any(is_ours) {
            return Err(Refusal::Host);
        }
        if !headers.contains_key(ORIGIN) {
            return if is_embedded(headers) {
                Err(Refusal::Origin)
            } else {
                Ok(())
            };
        }
        let origin = only(headers, ORIGIN).and_then(origin);
        let is_allowed = |allowed: &Origin, origin: &Origin| {
            allowed.scheme == origin.scheme
                && allowed.host == origin.host
                && (allowed.port.is_none() || allowed.port == origin.port)
        };
        // A page of this server itself, under the name that it was asked for by.
        let is_same = |origin: &Origin| {
            let default = if origin.scheme == "https" { 443 } else { 80 };
            origin.host == name && origin.port == Some(host.port_u16().unwrap_or(default))
        };
        match origin {
            Some(origin) if is_same(&origin) => Ok(()),
            Some(origin) if self.origins.iter().any(|allowed| is_allowed(allowed, &origin)) => Ok(()),
            _ => Err(Refusal::Origin),
        }
    }
}

/// Whether a page of another site has the browser ask for this as a part of it, for which there is no `Origin`: an
/// image, a frame, a script. Who follows a link from there is let in.
fn is_embedded(headers: &HeaderMap) -> bool {
    let says = |name: &str, what: &[&str]| {
        headers
            .get(name)
            .is_some_and(|value| what.iter().any(|what| value == *what))
    };
    says("sec-fetch-site", &["cross-site", "same-site"]) && !says("sec-fetch-dest", &["document"])
}

/// The header's value when it is there once and is text.
pub(super) fn only(headers: &HeaderMap, name: impl axum::http::header::AsHeaderName) -> Option<&str> {
    let mut values = headers.get_all(name).iter();
    let value = values.next()?.to_str().ok()?;
    values.next().is_none().then_some(value)
}

/// A host as it is configured, with its port where it has one.
fn named(text: &str) -> (String, Option<u16>) {
    let authority: Option<Authority> = text.parse().ok();
    authority.map_or_else(
        || (plain_host(text), None),
        |authority| (plain_host(authority.host()), authority.port_u16()),
    )
}

/// Whether a configured host is this machine and nothing else.
pub(super) fn is_own(text: &str) -> bool {
    let (host, _) = named(text);
    let address: Option<IpAddr> = host.parse().ok();
    host == "localhost" || address.is_some_and(|address| address.to_canonical().is_loopback())
}

/// Whether an address is one of this machine.
pub(super) fn leads_here(url: &str) -> bool {
    origin(url).is_some_and(|origin| is_own(&origin.host))
}

/// What a Host header names; a user's name has no place in one (RFC 9110, section 7.2).
fn host_of(text: &str) -> Option<Authority> {
    text.parse().ok().filter(|_| !text.contains('@'))
}

fn plain_host(host: &str) -> String {
    host.trim_start_matches('[')
        .trim_end_matches(']')
        .to_ascii_lowercase()
}

/// An origin as a browser sends it; without a port it means its scheme's (RFC 6454, section 6.2).
fn origin(text: &str) -> Option<Origin> {
    let uri: Uri = text.trim().parse().ok()?;
    let scheme = uri.scheme_str()?.to_ascii_lowercase();
    let default = match scheme.as_str() {
        "http" => Some(80),
        "https" => Some(443),
        _ => None,
    };
    let authority = uri.authority()?;
    Some(Origin {
        host: plain_host(authority.host()),
        port: authority.port_u16().or(default),
        scheme,
    })
}

/// An origin as it is configured: `:*` stands for any port.
fn allowed_origin(text: &str) -> Option<Origin> {
    let read = match text.trim().strip_suffix(":*") {
        Some(base) => origin(base).map(|origin| Origin { port: None, ..origin }),
        None => origin(text),
    };
    if read.is_none() {
        tracing::warn!(
            origin = text,
            "an allowed origin is not scheme://host:port and admits nobody"
        );
    }
    read
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn check(headers: &[(&'static str, &str)], expected: u16) {
        let settings = Settings {
            allowed_origins: vec!["https://app.example".into(), "http://localhost:*".into()],
            ..Settings::default()
        };
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(*name, HeaderValue::from_str(value).unwrap());
        }
        let status = Doors::new(&settings)
            .admit(&map)
            .err()
            .map_or(200, |refusal| refusal.status().as_u16());
        assert_eq!(status, expected, "{headers:?}");
    }

    #[test]
    fn only_our_own_names_are_answered() {
        for host in ["localhost", "127.0.0.1:8765", "[::1]:8765", "LocalHost:1"] {
            check(&[("host", host)], 200);
        }
        check(&[("host", "user@localhost")], 400);
        for host in [
            "evil.example",
            "localhost.evil.example",
            "127.0.0.1.evil.example:80",
        ] {
            check(&[("host", host)], 403);
        }
        check(&[], 400);
        check(&[("host", "localhost"), ("host", "evil.example")], 400);
        check(&[("host", "a b")], 400);
    }

    #[test]
    fn only_allowed_pages_are_served() {
        for origin in [
            "https://app.example",
            "https://app.example:443",
            "http://localhost:3000",
        ] {
            check(&[("host", "localhost"), ("origin", origin)], 200);
        }
        for origin in [
            "https://app.example:444",
            "http://app.example",
            "null",
            "",
            "https://app.example.evil",
            "x",
        ] {
            check(&[("host", "localhost"), ("origin", origin)], 403);
        }
        let own = ("host", "127.0.0.1:8765");
        check(&[own, ("origin", "http://127.0.0.1:8765")], 200);
        check(&[own, ("origin", "http://127.0.0.1:8766")], 403);
        check(&[("host", "127.0.0.1"), ("origin", "https://127.0.0.1")], 200);
        for site in ["cross-site", "same-site"] {
            check(&[own, ("sec-fetch-site", site)], 403);
            check(&[own, ("sec-fetch-site", site), ("sec-fetch-dest", "image")], 403);
            check(
                &[own, ("sec-fetch-site", site), ("sec-fetch-dest", "document")],
                200,
            );
        }
        check(&[own, ("sec-fetch-site", "same-origin")], 200);
        check(
            &[
                ("host", "localhost"),
                ("origin", "https://app.example"),
                ("origin", "https://evil.example"),
            ],
            403,
        );
    }
}
