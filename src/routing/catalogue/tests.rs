//! Files of models: what they change, and what is refused.

use super::*;
use crate::domain::Tokens;

fn check(text: &str, expect: &str) {
    let error = Catalogue::builtin().with_user_file(text, "my.toml").unwrap_err();
    assert_eq!(error.code(), "routing.catalogue");
    let text = error.to_string();
    assert!(text.contains(expect), "{text:?} does not contain {expect:?}");
}

const NEW: &str = "[[model]]\nid = 'x'\nprovider = 'p'\ncontext_tokens = 8000\noutput_tokens_per_second = 10.0\nfirst_token_ms = 10\nstrength = 0.5\n";

#[test]
fn the_builtin_catalogue_has_every_provider_and_dated_prices() {
    let catalogue = Catalogue::builtin();
    assert!((12..=16).contains(&catalogue.models().len()));
    for provider in ["anthropic", "openai", "google", "ollama"] {
        assert!(
            catalogue.models().iter().any(|model| model.provider == provider),
            "{provider}"
        );
    }
    for model in catalogue.models() {
        assert_eq!(model.local, model.provider == "ollama", "{}", model.id);
        assert!(model.cost_usd(1000, 1000).is_some(), "{} has no price", model.id);
        assert!(
            model.local || model.source.contains("read 2026-"),
            "{} has no dated source",
            model.id
        );
    }
}

#[test]
fn a_users_row_changes_only_the_fields_it_names() {
    let builtin = Catalogue::builtin();
    let changed = builtin
        .clone()
        .with_user_file(
            "[[model]]\nid = 'gpt-6-luna'\ninput_usd_per_million = 7.0",
            "my.toml",
        )
        .unwrap();
    let at = builtin.position("gpt-6-luna").unwrap();
    let mut expected = builtin.models()[at].clone();
    expected.input_usd_per_million = Some(7.0);
    assert_eq!(changed.models()[at], expected);
    assert_eq!(changed.models().len(), builtin.models().len());
}

#[test]
fn a_users_row_with_a_new_id_is_added_and_a_missing_price_stays_unknown() {
    let catalogue = Catalogue::builtin().with_user_file(NEW, "my.toml").unwrap();
    let model = &catalogue.models()[catalogue.position("x").unwrap()];
    assert_eq!(model.cost_usd(1000, 1000), None);
}

#[test]
fn a_new_model_needs_one_number_or_its_tier() {
    let bare = NEW.replace("strength = 0.5\n", "");
    let with = |what: &str| {
        let catalogue = Catalogue::builtin()
            .with_user_file(&format!("{bare}{what}"), "my.toml")
            .unwrap();
        let at = catalogue.position("x").unwrap();
        let strength = |task_type| catalogue.prior(at).unwrap().at(task_type, Some(2));
        [TaskType::General, TaskType::Summarization].map(strength)
    };
    let [general, summaries] = with("quality = 0.7");
    assert!((general - 0.7).abs() < 1e-9 && general == summaries);
    let [general, summaries] = with("tier = 'economy'");
    assert!(general > 0.7 && summaries > general);
    let [other, other_summaries] = with("tier = 'economy'\nquality = 0.6");
    assert!((other - 0.6).abs() < 1e-9 && other_summaries > other && other_summaries < summaries);
}

#[test]
fn only_keeps_what_it_names() {
    let catalogue = Catalogue::builtin()
        .with_user_file("only = ['claude-*', 'ollama']", "my.toml")
        .unwrap();
    assert!(
        catalogue
            .models()
            .iter()
            .all(|model| ["anthropic", "ollama"].contains(&model.provider.as_str()))
    );
}

#[test]
fn a_long_prompt_has_its_own_price() {
    let catalogue = Catalogue::builtin();
    let model = &catalogue.models()[catalogue.position("claude-haiku-5-5").unwrap()];
    assert_eq!(model.cost_usd(100_000, 0), Some(0.01));
    assert_eq!(model.cost_usd(200_000, 0), Some(0.1));
}

#[test]
fn cached_and_reasoning_tokens_have_their_own_prices() {
    let catalogue = Catalogue::builtin();
    let cost = |id: &str, cached, reasoning| {
        let tokens = Tokens {
            cached,
            reasoning,
            ..Tokens::default()
        };
        catalogue.models()[catalogue.position(id).unwrap()]
            .cost_of(tokens)
            .unwrap()
    };
    assert!((cost("claude-opus-5-5", 1_000_000, 0) - 0.2).abs() < 1e-12);
    // Above its limit the cache has a price of its own too.
    assert!((cost("claude-haiku-5-5", 1_000_000, 0) - 0.05).abs() < 1e-12);
    // Hidden reasoning is billed as output where nothing else is said.
    assert!((cost("claude-opus-5-5", 0, 1_000_000) - 20.0).abs() < 1e-12);
    // A cache whose price is not known is no discount.
    assert!((cost("gpt-6.1-terra", 1_000_000, 0) - 1.0).abs() < 1e-12);
}

#[test]
fn bad_rows_are_refused_with_row_and_field() {
    check(
        "[[model]]\nid = 'gpt-6-luna'\ninput_usd_per_million = -1.0",
        "row 1 (\"gpt-6-luna\"): input_usd_per_million is -1",
    );
    check(
        "[[model]]\nid = 'gpt-6-luna'\noutput_usd_per_million = nan",
        "output_usd_per_million is NaN",
    );
    check(
        "[[model]]\nid = 'gpt-6-luna'\ncontext_tokens = 0",
        "context_tokens is 0",
    );
    check(
        "[[model]]\nid = 'gpt-6-luna'\ncontext_tokens = -5",
        "context_tokens",
    );
    check("[[model]]\nid = 'gpt-6-luna'\nstrength = 1.5", "strength is 1.5");
    check(
        "[[model]]\nid = 'gpt-6-luna'\nstrengths = { cooking = 0.5 }",
        "cooking",
    );
    check("[[model]]\nid = 'gpt-6-luna'\nprice = 1.0", "price");
    check(
        "[[model]]\nid = 'gpt-6-luna'\ninput_usd_per_million = 'free'",
        "input_usd_per_million",
    );
    check(&format!("{NEW}{NEW}"), "row 2 (\"x\"): id is given twice");
    check("[[model]]\nprovider = 'p'", "row 1 (\"\")");
    check("[[model]]\nid = 'x'", "provider");
    check(
        "[[model]]\nid = 'gpt-6-luna'\ntier = 'heroic'",
        "known are economy, frontier",
    );
    check("[[model]]\nid = 'gpt-6-luna'\nquality = 2", "quality is 2");
    check(
        "[[model]]\nid = 'gpt-6-luna'\nquality = 0.5\nstrength = 0.5",
        "give one of them",
    );
    check(
        "[[model]]\nid = 'gpt-6-luna'\nbytes_per_token = 0.0",
        "bytes_per_token is 0",
    );
    check(
        "[[model]]\nid = 'gpt-6-luna'\nreasoning_tokens = -1.0",
        "reasoning_tokens is -1",
    );
    check(
        "[[model]]\nid = 'gpt-6-luna'\ncached_input_usd_per_million = -1.0",
        "cached_input",
    );
    check("[tier.mine]\nstrength = 1.0", "tier \"mine\": 1 is not between");
    check("[[models]]\nid = 'x'", "models");
    check("only = ['nobody']", "leaves 0 models");
    check("not toml", "file");
    check(&"#".repeat(MAX_FILE_BYTES + 1), "larger than");
}
