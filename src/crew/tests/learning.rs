use super::*;
use crate::domain::lesson::Provenance;
use crate::domain::{LessonKind, Trust};

fn note(text: &str, trust: Trust) -> NewLesson {
    NewLesson {
        text: text.to_owned(),
        title: Some("Parser".to_owned()),
        context: None,
        tags: Vec::new(),
        kind: LessonKind::Note,
        outcome: None,
        evidence: None,
        supersedes: None,
        valid_from: None,
        expires_at: None,
        about: Vec::new(),
        provenance: Provenance {
            principal: "grace".to_owned(),
            run: None,
            step: None,
            source: None,
            labels: Vec::new(),
        },
        candidate: false,
        trust,
        request: None,
    }
}

#[tokio::test]
async fn a_step_is_given_what_was_learned_as_data_with_its_origin() {
    let world = World::new();
    let crews = world.crews();
    let lesson = "A function without annotations fails the typing check of this project.";
    crews
        .knowledge
        .record(&ada(), note(lesson, Trust::Unverified))
        .await
        .unwrap();
    let started = crews.start(&ada(), planned()).await.unwrap();
    assert_eq!(started.lessons_used.len(), 1);
    let input = &only(&started).inputs[1];
    assert_eq!(
        (input.from.as_str(), input.trust),
        ("lesson", Some(Trust::Unverified))
    );
    assert_eq!(input.provenance.as_deref(), Some("recorded by grace"));
    assert!(input.digest.ends_with(lesson), "{}", input.digest);
    assert!(started.text().contains("--- lesson, unproven, recorded by grace"));

    // The lesson is kept with the run: what becomes of it later does not change what the step was given.
    let again = hand_in(&crews, &started, submission(only(&started), "prose")).await;
    assert_eq!(only(&again).inputs[1], *input);
    assert!(
        crews
            .start(&elsewhere(), planned())
            .await
            .unwrap()
            .lessons_used
            .is_empty()
    );
}

#[tokio::test]
async fn a_finished_run_teaches_what_was_sent_back_and_what_mended_it() {
    let crews = World::new().crews();
    let started = crews.start(&ada(), planned()).await.unwrap();
    assert_eq!(
        crews.lessons(&ada(), &started.run_id).await.unwrap_err().code(),
        "crew.run_open"
    );
    let build = hand_in(&crews, &started, good(only(&started))).await;
    let again = hand_in(&crews, &build, submission(only(&build), BAD_PYTHON)).await;
    let rule = again.receipts[0].violations[0].rule.clone();
    let done = finish(&crews, again).await;

    let lessons = crews.lessons(&ada(), &done.run_id).await.unwrap();
    let [mended, outcome] = lessons.as_slice() else {
        panic!("{lessons:?}")
    };
    assert_eq!(
        mended.title.as_deref(),
        Some(format!("build is sent back for {rule}").as_str())
    );
    assert!(mended.text.contains(&rule));
    assert!(
        !mended.text.contains(done.run_id.as_str()),
        "the same lesson from two runs is one"
    );
    let evidence = mended.evidence.as_deref().unwrap();
    assert!(
        evidence.contains("attempt 1 (sha256 ") && evidence.contains("attempt 2 was accepted"),
        "{evidence}"
    );
    assert_eq!(mended.provenance.step.as_deref(), Some("build"));
    assert_eq!((mended.candidate, mended.trust), (false, Trust::Confirmed));
    assert!(outcome.candidate && outcome.outcome.as_ref().unwrap().success);
    assert!(
        outcome.text.contains("4 submissions, 1 of them sent back"),
        "{}",
        outcome.text
    );
}

#[tokio::test]
async fn a_run_without_trouble_invents_no_lesson_and_a_cancelled_one_has_none() {
    let crews = World::new().crews();
    let started = crews.start(&ada(), planned()).await.unwrap();
    let done = finish(&crews, started).await;
    assert_eq!(crews.lessons(&ada(), &done.run_id).await.unwrap().len(), 1);
    let started = crews.start(&ada(), planned()).await.unwrap();
    crews.cancel(&ada(), &started.run_id, "").await.unwrap();
    assert!(crews.lessons(&ada(), &started.run_id).await.unwrap().is_empty());
}
