//! Which addresses a webhook may be sent to, and that it is sent to no other.
//!
//! Who names an address may not be who owns it, and a name may stand for another address a moment later. So the
//! addresses of a name are looked up once, judged, and the connection is made to one of those that were judged: the
//! HTTP client has no resolver but this one.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use reqwest::Url;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};

/// How far it may go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reach {
    /// Addresses of the internet.
    Public,
    /// These, this machine, and private networks.
    Private,
    /// This machine.
    Loopback,
}

/// An address that may not be called, and why.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("its address is {0}, and is not called")]
pub(super) struct Forbidden(&'static str);

/// Reads an address and says how far it may go.
///
/// # Errors
/// What is wrong with it.
pub(super) fn read(text: &str, allow_private: bool) -> Result<(Url, Reach), String> {
    let url = Url::parse(text.trim()).map_err(|error| format!("url: {error}"))?;
    if !url.username().is_empty() || url.password().is_some() || url.fragment().is_some() {
        return Err("url: neither a user nor a fragment belongs into it".to_owned());
    }
    let reach = match (url.scheme(), allow_private) {
        ("https", false) => Reach::Public,
        ("https", true) => Reach::Private,
        ("http", true) => Reach::Loopback,
        ("http", false) => {
            return Err("url: https is needed, or `allow_private = true` for this machine".to_owned());
        }
        _ => return Err("url: it has to begin with https://".to_owned()),
    };
    let host = url.host_str().unwrap_or_default();
    match host.trim_matches(['[', ']']).parse::<IpAddr>() {
        // The client asks no resolver about these.
        Ok(address) => reach.admits(address).map_err(|why| format!("url: {why}"))?,
        Err(_) if host.is_empty() => return Err("url: it names no host".to_owned()),
        Err(_) if reach == Reach::Loopback && host != "localhost" => {
            return Err("url: http is for this machine alone: localhost, 127.0.0.1 or [::1]".to_owned());
        }
        Err(_) => {}
    }
    Ok((url, reach))
}

impl Reach {
    /// Whether the address may be called.
    pub(super) fn admits(self, address: IpAddr) -> Result<(), Forbidden> {
        let kind = match address {
            IpAddr::V4(ip) => of_v4(ip),
            IpAddr::V6(ip) => of_v6(ip),
        };
        match (kind, self) {
            (Kind::Public, Self::Public | Self::Private) => Ok(()),
            (Kind::Loopback, Self::Private | Self::Loopback) => Ok(()),
            (Kind::Private, Self::Private) => Ok(()),
            (Kind::Public, Self::Loopback) => Err(Forbidden("not of this machine")),
            (Kind::Loopback, Self::Public) => Err(Forbidden("this machine's own")),
            (Kind::Private, _) => Err(Forbidden("of a private network")),
            (Kind::Other(why), _) => Err(Forbidden(why)),
        }
    }

    /// All of them, if each may be called: a name that stands for a public and a private address is a trap.
    fn admits_all(self, found: Vec<SocketAddr>) -> Result<Vec<SocketAddr>, Forbidden> {
        found.iter().try_for_each(|address| self.admits(address.ip()))?;
        Ok(found)
    }
}

impl Resolve for Reach {
    fn resolve(&self, name: Name) -> Resolving {
        let reach = *self;
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?.collect();
            let admitted: Addrs = Box::new(reach.admits_all(found)?.into_iter());
            Ok(admitted)
        })
    }
}

enum Kind {
    Public,
    Loopback,
    Private,
    Other(&'static str),
}

/// IANA's registry of special-purpose addresses: <https://www.iana.org/assignments/iana-ipv4-special-registry>.
fn of_v4(ip: Ipv4Addr) -> Kind {
    match ip.octets() {
        [127, ..] => Kind::Loopback,
        [10, ..] | [172, 16..=31, ..] | [192, 168, ..] => Kind::Private,
        [0, ..] => Kind::Other("unspecified"),
        [169, 254, ..] => Kind::Other("link-local, where clouds keep their metadata"),
        [100, 64..=127, ..] => Kind::Other("shared behind a carrier's NAT"),
        [224..=239, ..] => Kind::Other("multicast"),
        [240..=255, ..] => Kind::Other("reserved"),
        [192, 0, 0, _] | [192, 88, 99, _] | [198, 18..=19, ..] => Kind::Other("of a protocol"),
        [192, 0, 2, _] | [198, 51, 100, _] | [203, 0, 113, _] => Kind::Other("for documentation"),
        // Azure's wire server, Alibaba's lies in the carriers' range.
        [168, 63, 129, 16] => Kind::Other("a cloud's own"),
        _ => Kind::Public,
    }
}

/// As with IPv4; an address that carries one of IPv4 is judged as that one.
fn of_v6(ip: Ipv6Addr) -> Kind {
    let inner = |high: u16, low: u16| {
        let [a, b] = high.to_be_bytes();
        let [c, d] = low.to_be_bytes();
        of_v4(Ipv4Addr::new(a, b, c, d))
    };
    match ip.segments() {
        [0, 0, 0, 0, 0, 0, 0, 0] => Kind::Other("unspecified"),
        [0, 0, 0, 0, 0, 0, 0, 1] => Kind::Loopback,
        // Mapped, NAT64 and 6to4.
        [0, 0, 0, 0, 0, 0xffff, high, low] | [0x64, 0xff9b, 0, 0, 0, 0, high, low] => {
            match inner(high, low) {
                Kind::Public => Kind::Public,
                _ => Kind::Other("of another kind inside"),
            }
        }
        [0x2002, high, low, ..] => match inner(high, low) {
            Kind::Public => Kind::Public,
            _ => Kind::Other("of another kind inside"),
        },
        // Metadata of AWS, Google and Oracle, among the private ones.
        [0xfd00, 0xec2, ..] | [0xfd20, 0xce, ..] | [0xfd00, 0xc1, 0, 0, 0, 0, 0xa9fe, 0xa9fe] => {
            Kind::Other("a cloud's own")
        }
        [0xfc00..=0xfdff, ..] => Kind::Private,
        [0xfe80..=0xfebf, ..] => Kind::Other("link-local"),
        [0xff00..=0xffff, ..] => Kind::Other("multicast"),
        [0x2001, 0xdb8, ..] | [0x3fff, 0..=0xfff, ..] => Kind::Other("for documentation"),
        // Teredo, benchmarks, ORCHID.
        [0x2001, 0..=0x1ff, ..] => Kind::Other("of a protocol"),
        [0x2000..=0x3fff, ..] => Kind::Public,
        _ => Kind::Other("reserved"),
    }
}

#[cfg(test)]
mod tests;
