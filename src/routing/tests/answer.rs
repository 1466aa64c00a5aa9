//! What an answer holds, whole.

use super::*;

#[test]
fn the_answer_says_why_and_what_would_change_it() {
    let mut route = check(EASY, Constraints::default());
    route.candidates.truncate(2);
    route.state.weights = "whatever was trained last";
    insta::assert_json_snapshot!(route, @r#"
    {
      "route_id": "00000000000000000000000000000001",
      "task_type": "code_debug_review",
      "task_type_confidence": 0.8979,
      "task_types": {
        "code_generation": 0.0905,
        "code_debug_review": 0.8979
      },
      "difficulty": {
        "score": 0.165,
        "bucket": 0,
        "no_signal": false
      },
      "stakes": "low",
      "novelty": 0.0,
      "language": "en",
      "needs": [],
      "model": {
        "id": "gpt-6-luna",
        "provider": "openai",
        "local": false
      },
      "expected": {
        "p_success": 0.967,
        "p_low": 0.9435,
        "cost_usd": 0.0006049,
        "latency_ms": 8150
      },
      "confidence": 0.7286,
      "gain": {
        "strongest": "gpt-6-astra",
        "over_choice": 0.0191,
        "over_cheapest": 0.1134,
        "extra_usd": 0.0598851
      },
      "candidates": [
        {
          "model": "gpt-6-luna",
          "p_success": 0.967,
          "p_low": 0.9435,
          "n": 0.0,
          "cost_usd": 0.0006049,
          "latency_ms": 8150,
          "verdict": "chosen"
        },
        {
          "model": "claude-haiku-5-5",
          "p_success": 0.9682,
          "p_low": 0.9452,
          "n": 0.0,
          "cost_usd": 0.000605,
          "latency_ms": 8653,
          "verdict": "would do, not cheaper",
          "flip_at": 0.9719789842381786,
          "flip_below_usd": 0.0006049
        }
      ],
      "fallbacks": [
        "claude-haiku-5-5",
        "gemini-3.5-flash-lite",
        "gemini-3.8-flash",
        "gpt-6.1-terra"
      ],
      "cascade": {
        "first": "qwen3.6:27b",
        "then": "gpt-6-luna",
        "passes": 0.9502,
        "cost_usd": 0.0000301434,
        "p_success": 0.9662,
        "latency_ms": 42172
      },
      "reasons": [
        {
          "signal": "asks to \"rename\"",
          "weight": 0.8908,
          "towards": "code_debug_review"
        },
        {
          "signal": "says \"this\"",
          "weight": 0.8114,
          "towards": "code_debug_review"
        },
        {
          "signal": "says \"variable\"",
          "weight": 0.6889,
          "towards": "code_debug_review"
        },
        {
          "signal": "says \"function\"",
          "weight": 0.5769,
          "towards": "code_generation"
        },
        {
          "signal": "length in words",
          "weight": 0.5415,
          "towards": "code_generation"
        },
        {
          "signal": "everything else",
          "weight": 1.0221,
          "towards": "code_debug_review"
        },
        {
          "signal": "length in bytes",
          "weight": 0.0993,
          "towards": "harder"
        },
        {
          "signal": "asks to \"rename\"",
          "weight": 0.0589,
          "towards": "easier"
        },
        {
          "signal": "length in words",
          "weight": 0.0453,
          "towards": "harder"
        },
        {
          "signal": "the cheapest of the models that fit and reach the quality target",
          "weight": 0.9435,
          "towards": "gpt-6-luna"
        }
      ],
      "flip": {
        "quality_target": {
          "now": 0.95,
          "changes_at": 0.9445760791181622,
          "to": "qwen3.6:27b"
        },
        "cheaper": {
          "changes_at": 0.9445760791181622,
          "to": "qwen3.6:27b"
        },
        "stronger": {
          "changes_at": 0.9719789842381786,
          "to": "claude-haiku-5-5"
        },
        "price": {
          "changes_at": 1.000165316581253,
          "to": "claude-haiku-5-5"
        }
      },
      "suggested_workflow": "code_change",
      "state": {
        "weights": "whatever was trained last",
        "outcomes_seen": 0
      }
    }
    "#);
}
