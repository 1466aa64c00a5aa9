//! Rows for models that an endpoint has, and a file that gets them.

use super::*;

fn found(models: Vec<FoundModel>) -> Found {
    Found {
        protocol: "ollama".to_owned(),
        url: "http://127.0.0.1:11434".to_owned(),
        is_this_machine: true,
        models,
        unusable: 0,
        beyond: 0,
    }
}

fn model(id: &str) -> FoundModel {
    FoundModel {
        id: id.to_owned(),
        context_tokens: Some(131_072),
        parameters: Some(8_000_000_000),
        capabilities: vec!["completion".to_owned(), "tools".to_owned()],
        ..FoundModel::default()
    }
}

fn check(models: Vec<FoundModel>) -> Vec<Row> {
    rows(&found(models), &Catalogue::builtin(), Timestamp::UNIX_EPOCH)
}

#[test]
fn a_new_model_becomes_a_row_that_the_catalogue_takes() {
    let rows = check(vec![model("a\"b:8b")]);
    let RowKind::Add(toml) = &rows[0].kind else {
        panic!("{rows:?}")
    };
    insta::assert_snapshot!(toml, @r#"
    [[model]]
    id = 'a"b:8b'
    provider = "ollama"
    local = true
    context_tokens = 131072
    # Guesses from its size (8B); outcomes outgrow the strength.
    output_tokens_per_second = 75.0
    first_token_ms = 800
    strength = 0.62
    capabilities = ["tools", "json", "long_context"]
    source = "found at http://127.0.0.1:11434 on 1970-01-01; local, no price"
    "#);
    let merged = merged(&rows, "", "my.toml").unwrap();
    let catalogue = Catalogue::builtin()
        .with_models_file(&merged.text, "my.toml")
        .unwrap();
    let card = catalogue.models().last().unwrap();
    assert_eq!((card.id.as_str(), card.cost_usd(1, 1)), ("a\"b:8b", Some(0.0)));
}

#[test]
fn what_the_catalogue_knows_is_changed_by_what_differs_only() {
    let known = FoundModel {
        context_tokens: Some(131_072),
        ..model("gpt-oss:20b")
    };
    let smaller = FoundModel {
        context_tokens: Some(8_192),
        ..model("gpt-oss:20b")
    };
    assert_eq!(check(vec![known])[0].kind, RowKind::Known);
    let toml = "[[model]]\nid = \"gpt-oss:20b\"\ncontext_tokens = 8192\n";
    assert_eq!(check(vec![smaller])[0].kind, RowKind::Add(toml.to_owned()));
}

#[test]
fn what_is_not_known_is_left_to_fill_in() {
    let without_window = FoundModel {
        context_tokens: None,
        ..model("x")
    };
    let embedder = FoundModel {
        capabilities: vec!["embedding".to_owned()],
        ..model("y")
    };
    let remote = FoundModel {
        is_remote: true,
        ..model("z")
    };
    let rows = check(vec![without_window, embedder, remote]);
    assert!(matches!(&rows[0].kind, RowKind::Incomplete(toml) if toml.contains("# context_tokens =")));
    assert_eq!(rows[1].kind, RowKind::NoText);
    assert!(matches!(&rows[2].kind, RowKind::Add(toml)
        if toml.contains("# input_usd_per_million =") && !toml.contains("local = true")));
    assert_eq!(merged(&rows, "", "my.toml").unwrap().added, ["z"]);
}

#[test]
fn a_file_keeps_all_that_is_in_it() {
    let file = "# mine\nonly = ['ollama']\n\n[[model]] # slow here\nid = 'gpt-oss:20b'\noutput_tokens_per_second = 9.0";
    let mut rows = check(vec![model("new")]);
    rows.push(Row {
        id: "gpt-oss:20b".to_owned(),
        kind: RowKind::Add("[[model]]\nid = 'gpt-oss:20b'\n".to_owned()),
    });
    let merged_file = merged(&rows, file, "my.toml").unwrap();
    assert!(
        merged_file
            .text
            .starts_with(&format!("{file}\n\n[[model]]\nid = \"new\""))
    );
    assert_eq!(
        (merged_file.added, merged_file.kept),
        (vec!["new".to_owned()], vec!["gpt-oss:20b".to_owned()])
    );
    for bad in ["[[model", "model = [{ id = 'gpt-oss:20b' }]\n"] {
        assert!(merged(&rows, bad, "my.toml").is_err(), "{bad}");
    }
}
