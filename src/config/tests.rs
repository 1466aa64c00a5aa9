//! All layers together: what holds, what it says, and what is refused.

use super::layers::DEFAULTS;
use super::*;

#[test]
fn the_documentation_shows_the_defaults_as_they_are() {
    let documented = include_str!("../../docs/configuration.md");
    assert!(
        documented.contains(DEFAULTS),
        "docs/configuration.md must hold default.toml verbatim"
    );
}

fn refused(text: &str) -> String {
    let error = Config::from_text(text).unwrap_err();
    format!(
        "{}: {} | {}",
        error.code(),
        crate::error::chain(&error),
        error.hint()
    )
}

#[test]
fn the_compiled_in_defaults_are_complete() {
    let config = Config::from_text("").unwrap();
    assert_eq!(config.http.body_limit_bytes, 1 << 20);
    assert!(config.origins.is_empty(), "{:?}", config.origins);
}

#[test]
fn a_file_overrides_and_says_so() {
    let config = Config::from_text("[crew]\ntoken_ttl_s = 60").unwrap();
    assert_eq!(config.crew.token_ttl_s, 60);
    assert_eq!(
        config.origins,
        [("crew.token_ttl_s".to_owned(), "file given text".to_owned())]
    );
}

#[test]
fn a_typo_names_the_nearest_key() {
    assert_eq!(
        refused("[crew]\ntoken_tll_s = 60"),
        "config.unknown_key: unknown setting `crew.token_tll_s` in file given text | \
         Did you mean `crew.token_ttl_s`? docs/configuration.md lists every setting."
    );
    let hint = refused("[stor]\ndurability = 'power'");
    assert!(hint.contains("Did you mean `store`?"), "{hint}");
}

#[test]
fn a_wrong_value_names_its_key() {
    for (text, start) in [
        (
            "[store]\ndurability = 'sometimes'",
            "config.value: setting `store.durability` in file given text",
        ),
        (
            "[http]\nbody_limit_bytes = 'large'",
            "config.value: setting `http.body_limit_bytes`",
        ),
        (
            "[routing]\nquality_target = 1.5",
            "config.value: setting `routing.quality_target`",
        ),
        (
            "[log\nfilter = 1",
            "config.syntax: configuration file given text is not valid TOML",
        ),
    ] {
        let told = refused(text);
        assert!(told.starts_with(start), "{told}");
    }
}
