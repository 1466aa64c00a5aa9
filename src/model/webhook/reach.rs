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
mod tests {
    use super::*;

    fn told(url: &str, allow_private: bool) -> String {
        match read(url, allow_private) {
            Ok((_, reach)) => format!("{reach:?}"),
            Err(why) => why,
        }
    }

    #[test]
    fn addresses_of_the_internet_alone_are_called_unless_it_is_said() {
        for ip in [
            "93.184.215.14",
            "1.1.1.1",
            "2606:4700:4700::1111",
            "64:ff9b::5db8:d70e",
            "::ffff:1.1.1.1",
        ] {
            assert_eq!(Reach::Public.admits(ip.parse().unwrap()), Ok(()), "{ip}");
        }
        for ip in [
            "127.0.0.1",
            "127.255.0.9",
            "::1",
            "0.0.0.0",
            "0.1.2.3",
            "::",
            "10.0.0.1",
            "172.16.0.1",
            "172.31.255.255",
            "192.168.1.1",
            "169.254.169.254",
            "169.254.0.1",
            "100.64.0.1",
            "100.100.100.200",
            "192.0.0.192",
            "168.63.129.16",
            "224.0.0.1",
            "239.255.255.250",
            "255.255.255.255",
            "240.0.0.1",
            "198.18.0.1",
            "192.0.2.1",
            "203.0.113.7",
            "fe80::1",
            "febf::1",
            "fec0::1",
            "fc00::1",
            "fd12:3456::1",
            "fd00:ec2::254",
            "ff02::1",
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "::ffff:169.254.169.254",
            "::127.0.0.1",
            "64:ff9b::7f00:1",
            "64:ff9b::a9fe:a9fe",
            "64:ff9b:1::1",
            "2002:7f00:1::",
            "2002:a00:1::1",
            "2001::1",
            "2001:db8::1",
            "3fff::1",
            "100::1",
            "4000::1",
        ] {
            assert!(Reach::Public.admits(ip.parse().unwrap()).is_err(), "{ip}");
        }
    }

    #[test]
    fn where_private_ones_are_allowed_metadata_still_is_not() {
        for ip in [
            "127.0.0.1",
            "::1",
            "10.1.2.3",
            "192.168.0.9",
            "fd12::1",
            "1.1.1.1",
        ] {
            assert_eq!(Reach::Private.admits(ip.parse().unwrap()), Ok(()), "{ip}");
        }
        for ip in [
            "169.254.169.254",
            "fd00:ec2::254",
            "fd20:ce::254",
            "fd00:c1::a9fe:a9fe",
            "100.100.100.200",
            "168.63.129.16",
            "fe80::1",
            "0.0.0.0",
            "224.0.0.1",
            "::ffff:169.254.169.254",
            "64:ff9b::a9fe:a9fe",
            "::ffff:127.0.0.1",
        ] {
            assert!(Reach::Private.admits(ip.parse().unwrap()).is_err(), "{ip}");
        }
        for (ip, expected) in [
            ("127.0.0.1", true),
            ("::1", true),
            ("10.0.0.1", false),
            ("1.1.1.1", false),
        ] {
            assert_eq!(
                Reach::Loopback.admits(ip.parse().unwrap()).is_ok(),
                expected,
                "{ip}"
            );
        }
    }

    #[test]
    fn an_address_in_disguise_is_read_for_what_it_is() {
        for url in [
            "https://127.1/",
            "https://0x7f000001/",
            "https://2130706433/",
            "https://0177.0.0.1/",
            "https://[::ffff:127.0.0.1]/",
            "https://[::ffff:7f00:1]/",
            "https://169.254.169.254/latest/meta-data",
            "https://[fd00:ec2::254]/",
            "https://10.0.0.1:8443/",
            "https://１２７.0.0.1/",
            "https://[64:ff9b::10.0.0.1]/",
        ] {
            assert!(
                told(url, false).contains("is not called"),
                "{url}: {}",
                told(url, false)
            );
        }
    }

    #[test]
    fn https_is_needed_except_on_this_machine() {
        for (url, allow_private, expected) in [
            ("https://example.com/hook?x=1", false, "Public"),
            ("https://n8n.internal/hook", true, "Private"),
            ("http://localhost:5678/hook", true, "Loopback"),
            ("http://127.0.0.1:5678/hook", true, "Loopback"),
            ("http://[::1]:5678/hook", true, "Loopback"),
            (
                "http://example.com/",
                false,
                "url: https is needed, or `allow_private = true` for this machine",
            ),
            (
                "http://example.com/",
                true,
                "url: http is for this machine alone: localhost, 127.0.0.1 or [::1]",
            ),
            (
                "http://localhost.example.com/",
                true,
                "url: http is for this machine alone: localhost, 127.0.0.1 or [::1]",
            ),
            (
                "http://10.0.0.1/",
                true,
                "url: its address is of a private network, and is not called",
            ),
            ("ftp://example.com/", true, "url: it has to begin with https://"),
            ("file:///etc/passwd", true, "url: it has to begin with https://"),
            (
                "https://user@example.com/",
                false,
                "url: neither a user nor a fragment belongs into it",
            ),
        ] {
            assert_eq!(told(url, allow_private), expected, "{url}");
        }
        assert!(told("hook", false).starts_with("url: "));
    }

    #[test]
    fn one_bad_address_among_good_ones_spoils_the_name() {
        let of = |ips: &[&str]| -> Vec<SocketAddr> {
            ips.iter()
                .map(|ip| SocketAddr::new(ip.parse().unwrap(), 0))
                .collect()
        };
        let good = of(&["93.184.215.14", "2606:4700:4700::1111"]);
        assert_eq!(Reach::Public.admits_all(good.clone()), Ok(good));
        assert!(
            Reach::Public
                .admits_all(of(&["93.184.215.14", "127.0.0.1"]))
                .is_err()
        );
    }

    #[tokio::test]
    async fn a_name_that_means_this_machine_is_found_out() {
        let look = async |reach: Reach| reach.resolve("localhost".parse().unwrap()).await;
        assert!(look(Reach::Public).await.err().unwrap().is::<Forbidden>());
        let mut found = look(Reach::Loopback).await.unwrap();
        assert!(found.all(|address| address.ip().is_loopback()));
    }
}
