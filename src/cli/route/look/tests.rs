//! Answers in words.

use serde_json::json;

use super::*;

fn answer() -> Value {
    let candidate = |model: &str, p: f64, cost: Option<f64>, verdict: &str| {
        let mut candidate = json!({"model": model, "p_success": p, "p_low": p - 0.1, "n": 0.0,
            "latency_ms": 2300.0, "verdict": verdict});
        if let Some(cost) = cost {
            candidate["cost_usd"] = json!(cost);
        }
        candidate
    };
    json!({
        "recorded": false, "task_type": "summarization", "task_type_confidence": 0.9,
        "task_types": {"summarization": 0.9, "writing_editing": 0.08},
        "difficulty": {"score": 0.31, "bucket": 1, "no_signal": false}, "stakes": "low", "needs": [],
        "model": {"id": "small", "provider": "openai", "local": false},
        "expected": {"p_success": 0.88, "p_low": 0.78, "cost_usd": 0.0004, "latency_ms": 2300.0},
        "candidates": [
            candidate("small", 0.88, Some(0.0004), "chosen"),
            candidate("large", 0.93, Some(0.02), "would do, not cheaper"),
            candidate("mine", 0.7, Some(0.0), "below the quality target"),
            candidate("new", 0.9, None, "price unknown"),
        ],
        "fallbacks": ["large"],
        "reasons": [{"signal": "summarize", "weight": 1.8, "towards": "summarization"},
                    {"signal": "one paragraph", "weight": -0.4, "towards": "easier"}],
        "flip": {"quality_target": {"now": 0.95, "changes_at": 0.97, "to": "large"},
            "stronger": {"changes_at": 0.97, "to": "large"}, "price": {"changes_at": 1.5, "to": "mine"},
            "without": {"word": "legal", "to": "mine"}},
        "gain": {"strongest": "large", "over_choice": 0.05, "over_cheapest": 0.23, "extra_usd": 0.0196},
        "cascade": {"first": "mine", "then": "large", "passes": 0.6, "cost_usd": 0.008, "p_success": 0.91,
            "latency_ms": 4000.0},
        "lessons": [], "suggested_workflow": "none", "something_new": {"a": 1}
    })
}

#[test]
fn a_choice_is_told_with_its_picture() {
    insta::assert_snapshot!(told(answer(), Screen::terminal(72), false).unwrap(), @r#"
    type        summarization 0.90, writing_editing 0.08
    difficulty  0.31, step 2 of 5
    stakes      low
    needs       nothing special

    small (openai)
      success 0.88, hardly below 0.78; no outcomes yet: the catalogue's opinion alone
      $0.0004, about 2.3 s

    why
       +1.80  summarization               summarize
       -0.40  easier                      one paragraph

    candidates                     success  at least  seen       cost      time
      chosen
      * small                         0.88      0.78     0    $0.0004     2.3 s
      would do, not cheaper
      b large                         0.93      0.83     0    $0.0200     2.3 s
      below the quality target
      c mine                          0.70      0.60     0         $0     2.3 s
      price unknown
      d new                           0.90      0.80     0          ?     2.3 s

      chance of success by expected cost (logarithmic)
     0.93 |                                              b
          |                                                             d
     0.87 |                *
          |
     0.81 |
          |
     0.76 |
          |
     0.70 | c
          +------+----------------+-----------------+----------------+-----
           free  $0.0001          $0.001            $0.01            $0.1

    what would change it
      The quality target is 0.95: above 0.970 it would be large. Above 1.500
      times its price it would be mine. Without "legal" in the task it would
      be mine.
      The strongest that fits, large, is 0.05 likelier to succeed, for
      $0.0196 more.
      If it is not available: large.
      Better still: mine first, and large where validate_output refuses that
      (60 % passes): success 0.91, $0.0080, about 4.0 s.

    A dry look: nothing was recorded, and no report counts it. --record
    keeps the decision.
    "#);
}

#[test]
fn without_a_model_the_advice_is_told() {
    let mut none = answer();
    let fields = none.as_object_mut().unwrap();
    fields.remove("model");
    fields.remove("expected");
    fields.insert("advice".to_owned(), json!("Allow $0.0004."));
    let said = told(none, Screen::file(), false).unwrap();
    assert!(said.contains("no model is left\n  Allow $0.0004.\n"), "{said}");
    assert!(said.contains("Nothing was recorded"), "{said}");
    assert!(said.contains("a small "), "{said}");
}

#[test]
fn another_that_costs_the_same_is_not_told_by_a_factor() {
    let mut close = answer();
    let flip = close["flip"].as_object_mut().unwrap();
    flip["price"] = json!({"changes_at": 1.0002, "to": "large"});
    let said = told(close, Screen::file(), false).unwrap();
    let said = said.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(said.contains("At any higher price it would be large."), "{said}");
    assert!(!said.contains("times its price"), "{said}");
}

#[test]
fn what_an_answer_says_cannot_move_the_cursor() {
    let mut evil = answer();
    evil["reasons"][0]["signal"] = json!("\u{1b}[2J");
    evil["candidates"][0]["verdict"] = json!("\u{202e}");
    evil["warnings"] = json!(["\u{1b}]0;x"]);
    let said = told(evil, Screen::terminal(80), true).unwrap();
    assert!(!said.contains(['\u{1b}', '\u{202e}']), "{said}");
}
