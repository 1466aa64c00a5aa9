use super::*;
use crate::crew::token::Claims;

/// What a host gets for submissions to a fresh run of three steps.
async fn check(
    submissions: impl AsyncFn(&Crews, &Reply) -> Vec<Submission>,
    expected: &[ReceiptOutcome],
) -> Reply {
    let crews = World::new().crews();
    let started = crews.start(&ada(), planned()).await.unwrap();
    let given = submissions(&crews, &started).await;
    let reply = crews.submit(&ada(), Some(&started.run_id), given).await.unwrap();
    assert_eq!(outcomes(&reply), expected);
    // Whatever the host did, the run goes on to the end from what the reply says.
    assert_eq!(finish(&crews, reply.clone()).await.status, RunStatus::Completed);
    reply
}

fn claims(run: &RunId, step: &str, seq: u64) -> Claims {
    Claims {
        run: run.clone(),
        step: StepId::new(step),
        attempt: 1,
        seq,
        expires_s: 4_102_444_800,
    }
}

use ReceiptOutcome::{Conflict, Duplicate, Expired, Forged, Invalid, Recorded, TooLarge};

#[tokio::test]
async fn a_repeated_submission_changes_nothing() {
    let crews = World::new().crews();
    let started = crews.start(&ada(), planned()).await.unwrap();
    let first = hand_in(&crews, &started, good(only(&started))).await;
    let second = hand_in(&crews, &started, good(only(&started))).await;
    assert_eq!(outcomes(&second), [Duplicate]);
    assert_eq!(
        (second.seq, &second.pending, &second.next_call),
        (first.seq, &first.pending, &first.next_call)
    );
}

#[tokio::test]
async fn a_double_submission_in_one_call_is_recorded_once() {
    check(
        async |_, started| vec![good(only(started)), good(only(started))],
        &[Recorded, Duplicate],
    )
    .await;
}

#[tokio::test]
async fn another_output_under_a_used_token_is_a_conflict_in_either_order() {
    let other = |step: &Pending| submission(step, json!({"goal": "something else"}));
    let reply = check(
        async |_, started| vec![good(only(started)), other(only(started))],
        &[Recorded, Conflict],
    )
    .await;
    assert_eq!(
        reply.receipts[1].note.as_deref(),
        Some("another output was handed in with this step_token; pending now: build")
    );
    check(
        async |_, started| vec![other(only(started)), good(only(started))],
        &[Recorded, Conflict],
    )
    .await;
}

#[tokio::test]
async fn a_wrong_and_a_right_output_in_one_call_end_the_same_way_in_either_order() {
    let wrong = |step: &Pending| submission(step, "I have done it, trust me.");
    check(
        async |_, started| vec![wrong(only(started)), good(only(started))],
        &[Invalid, Conflict],
    )
    .await;
    check(
        async |_, started| vec![good(only(started)), wrong(only(started))],
        &[Recorded, Conflict],
    )
    .await;
    check(
        async |_, started| vec![wrong(only(started)), wrong(only(started))],
        &[Invalid, Duplicate],
    )
    .await;
}

#[tokio::test]
async fn prose_for_json_is_sent_back() {
    let prose = "Sure! The goal is to write a function.";
    let reply = check(
        async |_, started| vec![submission(only(started), prose)],
        &[Invalid],
    )
    .await;
    assert_eq!(only(&reply).attempt, 2);
}

#[tokio::test]
async fn nothing_at_all_is_sent_back() {
    let reply = check(
        async |_, started| {
            vec![Submission {
                step_token: only(started).step_token.clone(),
                ..Submission::default()
            }]
        },
        &[Invalid],
    )
    .await;
    assert_eq!(reply.receipts[0].violations[0].rule, "step.empty");
    check(
        async |_, started| vec![submission(only(started), "  \n")],
        &[Invalid],
    )
    .await;
}

#[tokio::test]
async fn an_output_of_megabytes_is_not_taken_and_the_token_stays_good() {
    let reply = check(
        async |_, started| vec![submission(only(started), "x".repeat(1_500_000))],
        &[TooLarge],
    )
    .await;
    assert_eq!(only(&reply).attempt, 1);
    let huge_error = |step: &Pending| Submission {
        error: Some("x".repeat(1_500_000)),
        step_token: step.step_token.clone(),
        ..Submission::default()
    };
    check(async |_, started| vec![huge_error(only(started))], &[TooLarge]).await;
}

#[tokio::test]
async fn an_invented_token_is_forged() {
    for token in ["", "step_1", "next", &"A".repeat(5_000), "ÿÿ"] {
        let submission = Submission {
            step_token: token.to_owned(),
            output: Some(json!("x")),
            ..Submission::default()
        };
        check(async |_, _| vec![submission.clone()], &[Forged]).await;
    }
}

#[tokio::test]
async fn a_token_under_another_key_is_forged() {
    check(
        async |_, started| {
            let step_token = TokenKey::new(1, [8; 32]).issue(&ada(), &claims(&started.run_id, "spec", 2));
            vec![Submission {
                step_token,
                ..good(only(started))
            }]
        },
        &[Forged],
    )
    .await;
}

#[tokio::test]
async fn a_token_of_another_run_is_forged_for_this_one() {
    check(
        async |crews, _| vec![good(only(&crews.start(&ada(), planned()).await.unwrap()))],
        &[Forged],
    )
    .await;
}

#[tokio::test]
async fn a_token_of_another_project_is_forged() {
    check(
        async |crews, _| vec![good(only(&crews.start(&elsewhere(), planned()).await.unwrap()))],
        &[Forged],
    )
    .await;
}

#[tokio::test]
async fn a_step_that_is_not_due_is_a_conflict_even_with_a_genuine_token() {
    let reply = check(
        async |_, started| {
            let key = TokenKey::new(1, [7; 32]);
            ["build", "report", "nonsense"]
                .map(|step| Submission {
                    step_token: key.issue(&ada(), &claims(&started.run_id, step, 2)),
                    output: Some(json!(GOOD_PYTHON)),
                    ..Submission::default()
                })
                .to_vec()
        },
        &[Conflict, Conflict, Conflict],
    )
    .await;
    assert_eq!(
        reply.receipts[0].note.as_deref(),
        Some("this step is not due; pending now: spec")
    );
    assert_eq!(reply.progress.done, 0);
}

#[tokio::test]
async fn an_expired_token_is_answered_with_a_fresh_one() {
    let world = World::new();
    let crews = world.crews();
    let started = crews.start(&ada(), planned()).await.unwrap();
    world.clock.advance(Duration::from_secs(86_400));

    let status = crews.status(&ada(), &started.run_id, None).await.unwrap();
    assert!(status.pending.is_empty());
    assert_eq!(status.next_call.unwrap().arguments["action"], "resume");

    let late = hand_in(&crews, &started, good(only(&started))).await;
    assert_eq!(outcomes(&late), [Expired]);
    assert_eq!(only(&late).attempt, 1);
    assert_ne!(only(&late).step_token, only(&started).step_token);
    assert_eq!(
        outcomes(&hand_in(&crews, &started, good(only(&started))).await),
        [Conflict]
    );
    assert_eq!(finish(&crews, late).await.status, RunStatus::Completed);
}

#[tokio::test]
async fn a_closed_run_takes_nothing_more() {
    let crews = World::new().crews();
    let started = crews.start(&ada(), planned()).await.unwrap();
    let build = hand_in(&crews, &started, good(only(&started))).await;
    let cancelled = crews
        .cancel(&ada(), &started.run_id, "changed my mind")
        .await
        .unwrap();
    assert_eq!(cancelled.status, RunStatus::Cancelled);
    assert_eq!(cancelled.ended.as_ref().unwrap().reason, "changed my mind");
    assert_eq!(
        (
            cancelled.progress.done,
            cancelled.progress.skipped,
            cancelled.results.len()
        ),
        (1, 2, 1)
    );

    let run = Some(&started.run_id);
    let late = crews
        .submit(&ada(), run, vec![good(only(&build))])
        .await
        .unwrap_err();
    assert_eq!(
        late.to_string(),
        format!("run `{}` has ended: it is cancelled", started.run_id)
    );
    // What was recorded before stays recorded: repeating it is no error.
    let repeated = crews
        .submit(&ada(), run, vec![good(only(&started))])
        .await
        .unwrap();
    assert_eq!(
        (outcomes(&repeated), repeated.status),
        (vec![Duplicate], RunStatus::Cancelled)
    );
    // Nor is cancelling twice; cancelling or resuming what ended otherwise is.
    crews.cancel(&ada(), &started.run_id, "again").await.unwrap();
    assert_eq!(
        crews
            .resume(&ada(), &started.run_id, None)
            .await
            .unwrap_err()
            .code(),
        "crew.run_closed"
    );
    let second = crews.start(&ada(), planned()).await.unwrap();
    let done = finish(&crews, second).await;
    assert_eq!(
        crews
            .cancel(&ada(), &done.run_id, "late")
            .await
            .unwrap_err()
            .code(),
        "crew.run_closed"
    );
}

#[tokio::test]
async fn a_foreign_run_looks_exactly_like_an_unknown_one() {
    let crews = World::new().crews();
    let run = crews.start(&ada(), planned()).await.unwrap().run_id;
    let unknown = RunId::new("0".repeat(32));
    for (scope, id) in [(elsewhere(), &run), (ada(), &unknown)] {
        let errors = [
            crews.status(&scope, id, None).await.unwrap_err(),
            crews.submit(&scope, Some(id), Vec::new()).await.unwrap_err(),
            crews.cancel(&scope, id, "").await.unwrap_err(),
            crews.resume(&scope, id, None).await.unwrap_err(),
            crews.lessons(&scope, id).await.unwrap_err(),
        ];
        for error in errors {
            assert_eq!(
                error.to_string(),
                format!("there is no run `{id}` in this project")
            );
            assert_eq!(error.code(), "crew.unknown_run");
        }
    }
    let lost = Submission {
        step_token: "lost".to_owned(),
        ..Submission::default()
    };
    assert_eq!(
        crews.submit(&ada(), None, vec![lost]).await.unwrap_err().code(),
        "crew.token_invalid"
    );
}

#[tokio::test]
async fn the_token_alone_says_which_run_it_is() {
    let crews = World::new().crews();
    let started = crews.start(&ada(), planned()).await.unwrap();
    let reply = crews
        .submit(&ada(), None, vec![good(only(&started))])
        .await
        .unwrap();
    assert_eq!(
        (&reply.run_id, outcomes(&reply)),
        (&started.run_id, vec![Recorded])
    );
}

#[tokio::test]
async fn a_flood_of_submissions_is_cut() {
    let crews = World::new().crews();
    let started = crews.start(&ada(), planned()).await.unwrap();
    let flood = vec![good(only(&started)); 1_000];
    let reply = crews.submit(&ada(), Some(&started.run_id), flood).await.unwrap();
    assert_eq!(reply.receipts.len(), MAX_SUBMISSIONS);
    assert_eq!(
        reply.warnings,
        ["984 submissions were not looked at; at most 16 a call"]
    );
}

#[tokio::test]
async fn resume_ends_older_tokens() {
    let crews = World::new().crews();
    let started = crews.start(&ada(), planned()).await.unwrap();
    let resumed = crews.resume(&ada(), &started.run_id, None).await.unwrap();
    assert_ne!(only(&resumed).step_token, only(&started).step_token);
    let old = hand_in(&crews, &started, good(only(&started))).await;
    assert_eq!(outcomes(&old), [Conflict]);
    assert_eq!(finish(&crews, old).await.status, RunStatus::Completed);
}
