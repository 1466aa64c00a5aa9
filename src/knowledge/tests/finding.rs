//! What is found by which words, why, and how much of it.

use proptest::prelude::*;

use super::*;

#[test]
fn a_lesson_is_found_by_other_forms_of_its_words() {
    let world = World::with(&[
        "Retrying the deployment fixes connection errors.",
        "The parser is parseHTTPHeader in wire.rs.",
        "Lunch is at noon.",
    ]);
    assert_eq!(
        world.titles("deploy retries"),
        ["Retrying the deployment fixes connection errors"]
    );
    assert_eq!(
        world.titles("header"),
        ["The parser is parseHTTPHeader in wire.rs"]
    );
}

#[test]
fn a_hit_says_why() {
    let world = World::with(&[
        "Retrying the deployment fixes it.",
        "The deployment runs on Mondays.",
        "Lunch is at noon.",
    ]);
    let hit = world
        .find(&Query::new("retry deploymnet tomorrow"))
        .hits
        .remove(0);
    insta::assert_json_snapshot!(hit, @r#"
    {
      "id": "00000000000000000000000000000001",
      "title": "Retrying the deployment fixes it",
      "text": "Retrying the deployment fixes it.",
      "score": 1.0,
      "why": {
        "bm25": 1.1203,
        "bm25_share": 0.0991,
        "grams": 11.08,
        "vector": 0.5932,
        "matched": [
          {
            "term": "retri",
            "word": "retry",
            "weight": 0.9331
          },
          {
            "term": "deploy",
            "word": "deploymnet",
            "weight": 0.1872,
            "similarity": 0.6471
          }
        ]
      },
      "provenance": {
        "principal": "ada"
      },
      "trust": "unverified",
      "state": "active",
      "confidence": 0.5,
      "truncated": false
    }
    "#);
}

#[test]
fn one_typo_in_a_word_still_finds() {
    let world = World::with(&["Authentication tokens expire.", "The database migrates at night."]);
    assert_eq!(world.titles("authetnication"), ["Authentication tokens expire"]);
    assert_eq!(world.titles("databse"), ["The database migrates at night"]);
}

#[test]
fn a_text_reminds_of_lessons_by_words_it_shares_and_guesses_no_spelling() {
    let world = World::with(&["Authentication tokens expire.", "The database migrates at night."]);
    let reminded = |text: &str| {
        let query = Query {
            is_text: true,
            ..Query::new(text)
        };
        world.find(&query).hits.len()
    };
    assert_eq!(
        reminded("Users are logged out: their tokens seem to expire every night."),
        2
    );
    assert_eq!(reminded("authetnication databse"), 0);
}

#[test]
fn scores_lie_between_0_and_1_and_fall() {
    let world = World::with(&[
        "deploy deploy deploy",
        "deploy on monday",
        "monday lunch",
        "nothing of it",
    ]);
    let scores: Vec<f64> = world
        .find(&Query::new("deploy monday unknownword"))
        .hits
        .iter()
        .map(|hit| hit.score)
        .collect();
    assert_eq!(scores.len(), 3);
    assert!(scores.is_sorted_by(|one, next| one >= next), "{scores:?}");
    assert!(
        scores.iter().all(|score| (0.0..=1.0).contains(score)),
        "{scores:?}"
    );
}

#[test]
fn context_and_tags_are_searched_and_count_less_than_the_text() {
    let world = World::with(&["Restart the cache first."]);
    world
        .record(NewLesson {
            context: Some("cache".to_owned()),
            ..NewLesson::note("Wait a little while.")
        })
        .unwrap();
    world
        .record(NewLesson {
            tags: vec!["redis-cache".to_owned()],
            ..NewLesson::note("Keys need a prefix.")
        })
        .unwrap();
    let titles = world.titles("cache");
    assert_eq!(titles.len(), 3);
    assert_eq!(titles[2], "Wait a little while");
}

#[test]
fn an_answer_stays_within_its_tokens() {
    let world = World::new();
    for n in 0..30 {
        let filler = format!("filler{n} \"quoted\"\n").repeat(if n % 2 == 0 { 3000 } else { 5 });
        world.note(&format!(
            "Lesson {n}: the deploy needs patience. {filler} deploy at night."
        ));
    }
    for max_tokens in [0, 300, 2_000, 20_000] {
        let found = world.find(&Query {
            limit: 20,
            max_tokens,
            ..Query::new("deploy patience")
        });
        let bytes = serde_json::to_vec(&found.hits).unwrap().len();
        assert!(
            bytes <= 4 * max_tokens.max(MIN_MAX_TOKENS),
            "{max_tokens} tokens, {bytes} bytes"
        );
        assert!(!found.hits.is_empty());
        assert_eq!(found.hits.len() + found.omitted, 20);
        assert!(max_tokens < 20_000 || found.hits.iter().any(|hit| hit.truncated));
        if max_tokens >= 2_000 {
            assert!(found.hits[0].text.contains("deploy"), "{}", found.hits[0].text);
        }
    }
}

#[test]
fn a_query_without_a_word_says_so() {
    let world = World::with(&["What we do is this."]);
    for query in ["", "what did we do with it", "?!", "a"] {
        let found = world.find(&Query::new(query));
        assert!(found.hits.is_empty() && found.advice.is_some(), "{query:?}");
    }
}

#[test]
fn chinese_and_russian_are_found() {
    let world = World::with(&[
        "部署之前先重启缓存服务。",
        "Перезапустить Кэш перед выкладкой.",
        "Restart the cache.",
    ]);
    assert_eq!(world.titles("重启缓存"), ["部署之前先重启缓存服务"]);
    assert_eq!(world.titles("кэш"), ["Перезапустить Кэш перед выкладкой"]);
}

#[test]
fn hidden_characters_come_back_marked() {
    let world = World::with(&["Deploy with\u{202e} care."]);
    assert_eq!(world.find(&Query::new("deploy")).hits[0].trust, Trust::Flagged);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn no_text_and_no_query_panics(texts in prop::collection::vec("(\\PC|[a-c_ A-C0-9\n]){1,60}", 1..6), query in any::<String>(), max_tokens in 0_usize..600) {
        let world = World::new();
        for text in texts {
            // Blank ones are refused.
            let _recorded = world.record(NewLesson::note(text));
        }
        let found = world.find(&Query { max_tokens, ..Query::new(query) });
        prop_assert!(found.hits.iter().all(|hit| (0.0..=1.0).contains(&hit.score)));
    }
}
