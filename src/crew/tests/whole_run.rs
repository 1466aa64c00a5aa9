use super::*;

#[tokio::test]
async fn a_good_host_is_led_from_the_task_to_completed() {
    let world = World::new();
    let crews = world.crews();
    let started = crews.start(&ada(), planned()).await.unwrap();
    insta::assert_snapshot!(serde_json::to_string(&started).unwrap().replace(&only(&started).step_token, "<token>"), @r#"{"status":"input_required","run_id":"00000000000000000000000000000001","seq":2,"task":"Write a function f that returns 1.","plan":"given","progress":{"done":0,"total":3,"skipped":0},"pending":[{"step_token":"<token>","step_id":"spec","role":"analyst","instructions":"Work as the analyst on the task given as the first input. Say what is wanted.","inputs":[{"from":"task","digest":"Write a function f that returns 1.","whole":true,"sha256":"af653280dd7c73312125755188d763fa937bd21e869578dd1e2f84fbcd1ffca7","uri":"firstmate://run/00000000000000000000000000000001"}],"output_schema":{"type":"object","required":["goal"],"properties":{"goal":{"type":"string"}}},"output_kind":"json","done_when":[],"attempt":1,"max_attempts":3,"expires_at":"2026-01-02T00:00:00Z"}],"receipts":[],"results":[],"cost":{"usd":0.0,"tokens":0,"reserved_usd":0.0},"next_call":{"tool":"run_crew","arguments":{"action":"submit","run_id":"00000000000000000000000000000001","submissions":[{"step_token":"<token>","output":"<the output of step spec (JSON that meets output_schema)>"}]}},"warnings":[],"lessons_used":[]}"#);

    let built = hand_in(&crews, &started, good(only(&started))).await;
    assert_eq!(outcomes(&built), [ReceiptOutcome::Recorded]);
    assert_eq!(built.results.len(), 1, "only what is new");
    let report = hand_in(&crews, &built, good(only(&built))).await;
    let inputs: Vec<_> = only(&report)
        .inputs
        .iter()
        .map(|input| input.from.as_str())
        .collect();
    assert_eq!(inputs, ["task", "spec", "build"]);
    assert_eq!(only(&report).inputs[2].digest, GOOD_PYTHON);

    let done = hand_in(&crews, &report, good(only(&report))).await;
    assert_eq!(done.status, RunStatus::Completed);
    assert_eq!(
        (done.progress.done, done.results.len()),
        (3, 3),
        "the end tells everything"
    );
    assert!(done.pending.is_empty());
    let next = done.next_call.unwrap();
    assert_eq!(
        (next.tool, next.arguments),
        ("record_lesson", json!({"from_run": started.run_id}))
    );
    assert!(crews.open_runs(&ada()).await.unwrap().is_empty());
}

#[tokio::test]
async fn every_template_can_be_driven_by_its_next_calls_alone() {
    let crews = World::new().crews();
    for name in ["code_change", "code_review", "research"] {
        let start = Start {
            task: "Look at f.".to_owned(),
            template: Some(name.to_owned()),
            ..Start::default()
        };
        let mut reply = crews.start(&ada(), start).await.unwrap();
        let mut steps = 0;
        while reply.status == RunStatus::InputRequired {
            let call = reply.next_call.clone().unwrap();
            assert_eq!(call.arguments["action"], "submit");
            let output = only(&reply)
                .output_schema
                .as_ref()
                .map_or(json!("# Done\n\nAll of it.\n"), example);
            let run = RunId::new(call.arguments["run_id"].as_str().unwrap());
            let step_token = call.arguments["submissions"][0]["step_token"]
                .as_str()
                .unwrap()
                .to_owned();
            let submission = Submission {
                step_token,
                output: Some(output),
                ..Submission::default()
            };
            reply = crews.submit(&ada(), Some(&run), vec![submission]).await.unwrap();
            assert_eq!(
                outcomes(&reply),
                [ReceiptOutcome::Recorded],
                "{name}: {:?}",
                reply.receipts
            );
            steps += 1;
        }
        assert_eq!((reply.status, steps), (RunStatus::Completed, 4), "{name}");
    }
}

/// The plainest value that meets a schema of the built-in templates.
fn example(schema: &Value) -> Value {
    if let Some(first) = schema["enum"].get(0) {
        return first.clone();
    }
    match schema["type"].as_str() {
        Some("object") => {
            let fields = schema["properties"].as_object().unwrap();
            fields
                .iter()
                .map(|(name, schema)| (name.clone(), example(schema)))
                .collect()
        }
        Some("array") => json!([example(&schema["items"])]),
        Some("boolean") => json!(true),
        _ => json!("something long enough"),
    }
}

#[tokio::test]
async fn a_wrong_output_brings_the_same_step_back_with_what_to_mend() {
    let crews = World::new().crews();
    let started = crews.start(&ada(), planned()).await.unwrap();
    let build = hand_in(&crews, &started, good(only(&started))).await;
    let again = hand_in(&crews, &build, submission(only(&build), BAD_PYTHON)).await;

    assert_eq!(outcomes(&again), [ReceiptOutcome::Invalid]);
    let step = only(&again);
    assert_eq!((step.step_id.as_str(), step.attempt), ("build", 2));
    assert_ne!(step.step_token, only(&build).step_token);
    assert_eq!(step.violations, again.receipts[0].violations);
    assert!(
        step.violations[0].rule.starts_with("syntax"),
        "{:?}",
        step.violations
    );
    assert!(
        step.violations[0].path.starts_with("line 1"),
        "{:?}",
        step.violations
    );
    assert!(again.results.is_empty());
    assert_eq!(finish(&crews, again).await.status, RunStatus::Completed);
}

#[tokio::test]
async fn loose_json_is_kept_as_repaired_and_marked() {
    let crews = World::new().crews();
    let started = crews.start(&ada(), planned()).await.unwrap();
    let loose = "```json\n{\"goal\": \"f\",}\n```";
    let reply = hand_in(&crews, &started, submission(only(&started), loose)).await;
    assert_eq!(outcomes(&reply), [ReceiptOutcome::Recorded]);
    assert!(reply.results[0].repaired);
    let kept: Value = serde_json::from_str(&reply.results[0].digest).unwrap();
    assert_eq!(kept, json!({"goal": "f"}));
    // What was handed in is what a repetition is measured by.
    let twice = hand_in(&crews, &started, submission(only(&started), loose)).await;
    assert_eq!(outcomes(&twice), [ReceiptOutcome::Duplicate]);
}

#[tokio::test]
async fn too_many_wrong_outputs_end_the_run_with_what_was_reached() {
    let crews = World::new().crews();
    let started = crews.start(&ada(), planned()).await.unwrap();
    let mut reply = hand_in(&crews, &started, good(only(&started))).await;
    for n in 0..3 {
        let wrong = submission(only(&reply), format!("{BAD_PYTHON}# {n}\n"));
        reply = hand_in(&crews, &reply, wrong).await;
    }
    assert_eq!(reply.status, RunStatus::Failed);
    assert_eq!(reply.ended.as_ref().unwrap().class, "attempts_exhausted");
    assert_eq!((reply.progress.done, reply.progress.skipped), (1, 2));
    let reached: Vec<_> = reply
        .results
        .iter()
        .map(|result| result.step_id.as_str())
        .collect();
    assert_eq!(reached, ["spec"]);
    let closed = crews.resume(&ada(), &reply.run_id, None).await.unwrap_err();
    assert_eq!(closed.code(), "crew.run_closed");
}

#[tokio::test]
async fn an_error_counts_as_a_failed_attempt_even_beside_an_output() {
    let crews = World::new().crews();
    let started = crews.start(&ada(), planned()).await.unwrap();
    let failed = Submission {
        error: Some("the file is gone".to_owned()),
        ..good(only(&started))
    };
    let reply = hand_in(&crews, &started, failed).await;
    assert_eq!(outcomes(&reply), [ReceiptOutcome::Invalid]);
    assert_eq!(
        (
            only(&reply).attempt,
            reply.receipts[0].violations[0].rule.as_str()
        ),
        (2, "step.error")
    );
    assert_eq!(reply.receipts[0].violations[0].got, "the file is gone");
}

#[tokio::test]
async fn a_secret_in_an_output_is_not_kept() {
    let world = World::new();
    let crews = world.crews();
    let secret = format!("ghp_{}", "aB3dE6gH9jK2mN5pQ8sT1vW4yZ7cF0hJ3kL6");
    let started = crews.start(&ada(), planned()).await.unwrap();
    let said = json!({"goal": format!("push with {secret} as the token")});
    let reply = hand_in(&crews, &started, submission(only(&started), said)).await;
    let everything = format!("{:?}{:?}", world.events(&started.run_id).await, reply);
    assert!(!everything.contains(&secret), "{everything}");
}

#[tokio::test]
async fn a_secret_in_a_task_or_a_plan_is_not_kept() {
    let world = World::new();
    let crews = world.crews();
    let secret = format!("ghp_{}", "aB3dE6gH9jK2mN5pQ8sT1vW4yZ7cF0hJ3kL6");
    let told = format!("Find out why {secret} is refused by the server.");
    let start = Start {
        task: told.clone(),
        plan: Some(json!([told])),
        ..Start::default()
    };
    let reply = crews.start(&ada(), start).await.unwrap();
    assert_eq!(reply.status, RunStatus::InputRequired);
    let everything = format!("{:?}{reply:?}", world.events(&reply.run_id).await);
    assert!(!everything.contains(&secret), "{everything}");
}

#[tokio::test]
async fn a_given_plan_goes_before_a_template_and_says_so() {
    let crews = World::new().crews();
    let start = Start {
        template: Some("research".to_owned()),
        ..planned()
    };
    let reply = crews.start(&ada(), start).await.unwrap();
    assert_eq!(reply.plan, "given");
    assert_eq!(
        reply.warnings,
        ["a plan was given, so template and parameters were not used"]
    );
}

#[tokio::test]
async fn an_output_that_policy_denies_comes_back_with_the_rule_and_ends_the_run_as_denied() {
    let world = World::new();
    let crews = world.crews();
    let started = crews.start(&ada(), planned()).await.unwrap();
    let mut reply = hand_in(&crews, &started, good(only(&started))).await;
    for n in 0..3 {
        let output = format!("KEY = \"\"\"{}\"\"\"  # {n}\n", private_key());
        reply = hand_in(&crews, &reply, submission(only(&reply), output)).await;
        assert_eq!(outcomes(&reply), [ReceiptOutcome::Invalid]);
        assert!(!reply.receipts[0].violations[0].fix.is_empty());
    }
    assert_eq!(reply.ended.unwrap().class, "denied");
    assert!(!format!("{:?}", world.events(&started.run_id).await).contains("MIIE"));
}

#[tokio::test]
async fn a_task_that_policy_denies_is_a_run_that_failed_and_keeps_nothing_of_it() {
    let world = World::new();
    let crews = world.crews();
    let start = Start {
        task: format!("Why does this key not work?\n{}", private_key()),
        ..planned()
    };
    let reply = crews.start(&ada(), start).await.unwrap();
    assert_eq!(
        (reply.status, reply.ended.as_ref().unwrap().class.as_str()),
        (RunStatus::Failed, "denied")
    );
    assert_eq!(
        (reply.task.as_str(), reply.pending.len()),
        ("[withheld by policy]", 0)
    );
    assert!(!format!("{reply:?}{:?}", world.events(&reply.run_id).await).contains("MIIE"));
}

/// A key in the form of RFC 7468, put together here so that no scanner takes this file for a leak.
fn private_key() -> String {
    let label = "RSA PRIVATE KEY";
    let body = ["MIIEpAIBAAKCAQEAq7Vf0Xo3yJ5sQm2nLr8TgWcZ4HbKdPuE1xNaRvSj6OiYtFkC"; 12].join("\n");
    format!("-----BEGIN {label}-----\n{body}\n-----END {label}-----")
}

#[tokio::test]
async fn without_template_or_plan_the_task_chooses_and_the_reason_is_given() {
    let crews = World::new().crews();
    let start = |task: &str| Start {
        task: task.to_owned(),
        ..Start::default()
    };
    let review = crews
        .start(
            &ada(),
            start("Review this pull request for bugs: it adds a cache"),
        )
        .await
        .unwrap();
    assert_eq!(review.plan, "code_review");
    assert!(
        review.warnings[0].starts_with("template `code_review` was chosen because"),
        "{:?}",
        review.warnings
    );
    // The reason is in the journal, so a later status still gives it.
    assert_eq!(
        crews.status(&ada(), &review.run_id, None).await.unwrap().warnings,
        review.warnings
    );
}

#[tokio::test]
async fn what_cannot_be_started_says_why() {
    let crews = World::new().crews();
    let code = async |start: Start| {
        let error = crews.start(&ada(), start).await.unwrap_err();
        assert!(!error.hint().is_empty());
        format!("{}: {error}", error.code())
    };
    let task = || Start {
        task: "Do it.".to_owned(),
        ..Start::default()
    };
    assert_eq!(code(Start::default()).await, "crew.empty_task: the task is empty");
    assert_eq!(
        code(Start {
            task: "x".repeat(MAX_TASK + 1),
            ..task()
        })
        .await,
        "crew.task_too_long: the task has 32769 bytes, at most 32768 are kept"
    );
    assert_eq!(
        code(Start {
            template: Some("code_chnage".to_owned()),
            ..task()
        })
        .await,
        "crew.unknown_template: there is no template `code_chnage`; nearest: code_change"
    );
    assert_eq!(
        code(Start {
            plan: Some(json!({"steps": [{"goal": "a", "needs": ["b"]}]})),
            ..task()
        })
        .await,
        "crew.bad_plan: the plan is wrong at /steps/0/needs/0: there is no step `b`"
    );
    assert_eq!(
        code(Start {
            strategy: Some("swarm".to_owned()),
            ..task()
        })
        .await,
        "crew.not_available: strategy `swarm` is not available; available: sequential, parallel, collaborative, graph, auto"
    );
    assert_eq!(
        code(Start {
            executor: Some("openai/x".to_owned()),
            ..task()
        })
        .await,
        "crew.not_available: executor `openai/x` is not available; available: host, auto"
    );
    assert!(crews.open_runs(&ada()).await.unwrap().is_empty());
}

#[tokio::test]
async fn an_idempotency_key_makes_one_run_of_one_request() {
    let crews = World::new().crews();
    let keyed = || Start {
        idempotency_key: Some("monday".to_owned()),
        ..planned()
    };
    let first = crews.start(&ada(), keyed()).await.unwrap();
    let again = crews.start(&ada(), keyed()).await.unwrap();
    assert_eq!((&again.run_id, &again.pending), (&first.run_id, &first.pending));
    let other = crews
        .start(
            &ada(),
            Start {
                task: "Another.".to_owned(),
                ..keyed()
            },
        )
        .await
        .unwrap_err();
    assert_eq!(other.code(), "crew.idempotency_conflict");
    let elsewhere = crews.start(&elsewhere(), keyed()).await.unwrap();
    assert_ne!(elsewhere.run_id, first.run_id);
    assert_eq!(crews.open_runs(&ada()).await.unwrap().len(), 1);
}

#[tokio::test]
async fn open_runs_say_what_they_wait_for() {
    let crews = World::new().crews();
    let first = crews.start(&ada(), planned()).await.unwrap();
    let second = crews.start(&ada(), planned()).await.unwrap();
    hand_in(&crews, &second, good(only(&second))).await;
    let open = crews.open_runs(&ada()).await.unwrap();
    let seen: Vec<_> = open
        .iter()
        .map(|run| (&run.run_id, run.waits_for[0].as_str(), run.progress.done))
        .collect();
    assert_eq!(seen, [(&second.run_id, "build", 1), (&first.run_id, "spec", 0)]);
    assert!(crews.open_runs(&elsewhere()).await.unwrap().is_empty());
}

#[tokio::test]
async fn only_runs_that_ended_long_ago_are_forgotten() {
    let world = World::new();
    let crews = world.crews();
    let ended = crews.start(&ada(), planned()).await.unwrap().run_id;
    crews.cancel(&ada(), &ended, "enough").await.unwrap();
    let open = crews.start(&ada(), planned()).await.unwrap().run_id;
    world.clock.advance(Duration::from_secs(3_600));
    let before = world.clock.now();
    let later = crews.start(&ada(), planned()).await.unwrap().run_id;
    crews.cancel(&ada(), &later, "enough").await.unwrap();

    let counted = crews.forget(&ada(), before, true).await.unwrap();
    assert_eq!(
        (counted.runs.as_slice(), counted.kept, counted.gone),
        ([ended.clone()].as_slice(), 2, false)
    );
    assert!(crews.status(&ada(), &ended, None).await.is_ok());
    let gone = crews.forget(&ada(), before, false).await.unwrap();
    assert_eq!((gone.runs, gone.kept, gone.gone), (vec![ended.clone()], 2, true));
    let unknown = crews.status(&ada(), &ended, None).await.unwrap_err();
    assert_eq!(unknown.code(), "crew.unknown_run");
    assert!(crews.status(&ada(), &open, None).await.is_ok());
    assert!(crews.status(&ada(), &later, None).await.is_ok());
}
