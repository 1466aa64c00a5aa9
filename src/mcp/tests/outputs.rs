//! Outputs with as little in them as there can be: what is absent is left out, never null.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Serialize;
use serde_json::{Value, json};

use crate::crew::reply::{Cost, Expected, Progress, Reply};
use crate::domain::lesson::Provenance;
use crate::domain::verdict::Coverage;
use crate::domain::{
    Decision, Digest, Effect, LessonId, LessonState, Retry, RouteId, RunId, RunStatus, Stakes, TaskType,
    Trust, Validation, Verdict,
};
use crate::knowledge::{EmbeddingProgress, Found, Hit, RecordStatus, Recorded, Why};
use crate::mcp::tool_list;
use crate::mcp::tools::{
    enforce_policy, record_lesson, route_task, run_crew, search_knowledge, validate_output,
};
use crate::routing::{Difficulty, Flip, Route, State};

fn check(tool: &str, output: &impl Serialize) {
    let output = serde_json::to_value(output).unwrap();
    let tool = tool_list().into_iter().find(|known| known.name == tool).unwrap();
    let schema = Value::Object(tool.output_schema.unwrap().as_ref().clone());
    let problems: Vec<_> = jsonschema::validator_for(&schema)
        .unwrap()
        .iter_errors(&output)
        .map(|error| format!("{error} at {}", error.instance_path()))
        .collect();
    assert!(problems.is_empty(), "{problems:?}\n{output:#}");
    assert!(!output.to_string().contains(":null"), "{output:#}");
}

#[test]
fn a_route_without_a_model() {
    let route = Route {
        route_id: RouteId::new("r"),
        task_type: TaskType::General,
        custom_type: None,
        gain: None,
        task_type_confidence: 0.0,
        task_types: BTreeMap::new(),
        difficulty: Difficulty {
            score: None,
            bucket: None,
            no_signal: true,
        },
        stakes: Stakes::Low,
        needs: Vec::new(),
        model: None,
        expected: None,
        candidates: Vec::new(),
        fallbacks: Vec::new(),
        reasons: Vec::new(),
        flip: Flip::default(),
        suggested_workflow: "none",
        advice: None,
        novelty: 1.0,
        language: "en",
        confidence: None,
        cascade: None,
        relax: Vec::new(),
        state: State {
            weights: "sha256:0",
            outcomes_seen: 0,
        },
    };
    check("route_task", &route_task::Output::from(route));
}

#[test]
fn a_run_that_has_ended_and_a_list_without_runs() {
    let reply = Reply {
        working: Vec::new(),
        status: RunStatus::Completed,
        run_id: RunId::new("r"),
        seq: 1,
        task: String::new(),
        plan: String::new(),
        progress: Progress {
            done: 0,
            total: 0,
            skipped: 0,
        },
        pending: Vec::new(),
        receipts: Vec::new(),
        results: Vec::new(),
        cost: Cost {
            usd: 0.0,
            tokens: 0,
            reserved_usd: 0.0,
        },
        expected: Some(Expected {
            seconds: 40,
            usd: 0.02,
            tokens: Some(9_000),
            runs: 14,
        }),
        ended: None,
        suggestion: Some(String::new()),
        page: None,
        next_call: None,
        warnings: Vec::new(),
        lessons_used: Vec::new(),
    };
    let output = run_crew::Output::of_reply(&reply, Vec::new()).unwrap();
    check("run_crew", &output);
    // The crew's reply and the published shape are the same, field by field.
    assert_eq!(
        serde_json::to_value(&output).unwrap(),
        serde_json::to_value(&reply).unwrap()
    );
    check(
        "run_crew",
        &run_crew::Output::of_open_runs(&[], Vec::new()).unwrap(),
    );
}

#[test]
fn a_validation_that_checked_nothing() {
    let validation = Validation {
        verdict: Verdict::Pass,
        score: 1.0,
        findings: Vec::new(),
        coverage: Coverage::default(),
        content_sha256: Digest::of(b""),
        repaired: None,
        support: Vec::new(),
    };
    let output = validate_output::Output::from(validation);
    check("validate_output", &output);
    assert_eq!(serde_json::to_value(&output).unwrap()["unchecked"], true);
}

#[test]
fn a_decision_without_rules() {
    for effect in [
        Effect::Allow,
        Effect::Warn,
        Effect::Redact,
        Effect::RequireApproval,
        Effect::Deny,
    ] {
        let decision = Decision {
            effect,
            rules: Vec::new(),
            redacted: None,
            restored: None,
            retry_after_s: None,
            approval: None,
            retry: Retry::NotNeeded,
            audit: None,
            bundle: Digest::of(b""),
        };
        check(
            "enforce_policy",
            &enforce_policy::Output::from(enforce_policy::Decided::alone(decision)),
        );
    }
}

#[test]
fn a_search_that_found_nothing_and_a_hit_about_which_little_is_known() {
    let hit = Hit {
        id: LessonId::new("l"),
        title: String::new(),
        text: String::new(),
        score: 0.0,
        why: Why::default(),
        tags: Vec::new(),
        outcome: None,
        provenance: Provenance::default(),
        trust: Trust::Unverified,
        state: LessonState::Active,
        confidence: 0.5,
        contradicts: Vec::new(),
        truncated: false,
    };
    let progress = EmbeddingProgress {
        embedder: "ollama/m/1".to_owned(),
        done: 1,
        total: 2,
        last_error: Some("ollama/m/1 cannot be reached".to_owned()),
    };
    for (hits, embedder) in [(Vec::new(), None), (vec![hit], Some(progress))] {
        let found = Found {
            hits,
            took: Duration::ZERO,
            total_considered: 0,
            omitted: 0,
            advice: None,
            embedder,
        };
        check("search_knowledge", &search_knowledge::Output::from(found));
    }
}

#[test]
fn a_recording_that_kept_nothing_and_one_that_kept_two() {
    let recorded = Recorded {
        id: LessonId::new("l"),
        status: RecordStatus::Created,
        state: LessonState::Active,
        related: Vec::new(),
        confirmations: 0,
    };
    for recorded in [Vec::new(), vec![recorded.clone(), recorded]] {
        let more = recorded.len().saturating_sub(1);
        let output = record_lesson::Output::from(recorded);
        check("record_lesson", &output);
        let listed = serde_json::to_value(&output).unwrap();
        assert_eq!(
            listed.get("more").unwrap_or(&json!([])).as_array().unwrap().len(),
            more
        );
    }
}
