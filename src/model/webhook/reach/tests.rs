//! Where a receiver may lie.

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
