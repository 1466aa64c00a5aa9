//! What a recording makes of a text: a lesson, a confirmation, or more of one that is there.

use super::*;

#[test]
fn the_same_text_is_a_duplicate_and_confirms() {
    let world = World::with(&["Retry the deploy."]);
    let again = world.record(NewLesson::note(" retry  THE deploy. ")).unwrap();
    assert_eq!((again.status, again.confirmations), (RecordStatus::Duplicate, 1));
    assert_eq!(world.get(&again.id).text, "Retry the deploy.");
    assert_eq!(world.titles("deploy").len(), 1);
}

#[test]
fn a_call_that_comes_again_under_its_name_gets_the_same_answer_and_changes_nothing() {
    let world = World::with(&["The deploy is old."]);
    let old = world.note("The deploy is old.");
    let named = |name: &str, text: &str| NewLesson {
        request: Some(name.to_owned()),
        ..NewLesson::note(text)
    };
    let replacing = NewLesson {
        supersedes: Some(old),
        ..named("w-4", "The deploy is new.")
    };
    let calls = [
        (named("w-1", "Retry the deploy."), RecordStatus::Created),
        (named("w-2", "Retry the deploy."), RecordStatus::Duplicate),
        (
            NewLesson {
                tags: vec!["ci".to_owned()],
                ..named("w-3", "Retry the deploy.")
            },
            RecordStatus::Merged,
        ),
        (replacing, RecordStatus::Superseded),
    ];
    for (call, status) in &calls {
        let first = world.record(call.clone()).unwrap();
        assert_eq!(first.status, *status);
        let before = world.log.kept.lock().unwrap().revisions.len();
        assert_eq!(world.record(call.clone()).unwrap(), first);
        assert_eq!(world.log.kept.lock().unwrap().revisions.len(), before);
    }
    // Also after others wrote to the lesson in between.
    let (first, status) = &calls[0];
    assert_eq!(world.record(first.clone()).unwrap().status, *status);
    // Long after, nobody sends it again: the name is forgotten, and with it what it takes to keep it.
    world.clock.advance(Duration::from_secs(3600));
    let id = world.record(named("w-5", "Retry the deploy.")).unwrap().id;
    assert_eq!(world.get(&id).recordings.len(), 1);
}

#[test]
fn what_a_duplicate_adds_is_merged() {
    let world = World::with(&["Retry the deploy."]);
    let again = world
        .record(NewLesson {
            tags: vec!["CI".to_owned()],
            evidence: Some("run 7".to_owned()),
            outcome: Some(LessonOutcome {
                reference: None,
                success: true,
                score: Some(0.9),
            }),
            provenance: Provenance {
                principal: "bob".to_owned(),
                run: Some("7".to_owned()),
                step: None,
                source: None,
                labels: Vec::new(),
            },
            ..NewLesson::note("Retry the deploy.")
        })
        .unwrap();
    assert_eq!(again.status, RecordStatus::Merged);
    let lesson = world.get(&again.id);
    assert_eq!(
        (lesson.tags, lesson.evidence.as_deref()),
        (vec!["ci".to_owned()], Some("run 7"))
    );
    assert_eq!(
        lesson.provenance.principal, "ada",
        "where it was first learned stays"
    );
    assert_eq!(lesson.trust, Trust::Confirmed, "another person said so too");
    let tagged = world.find(&Query {
        tags: vec!["ci".to_owned()],
        ..Query::new("deploy")
    });
    assert_eq!(tagged.hits.len(), 1);
}

#[test]
fn two_identical_recordings_at_once_make_one_lesson() {
    let world = World::new();
    let statuses = wait(async {
        let record = || {
            world
                .knowledge
                .record(&world.scope, NewLesson::note("Retry the deploy."))
        };
        let (one, other) = futures::join!(record(), record());
        [one.unwrap().status, other.unwrap().status]
    });
    assert_eq!(statuses, [RecordStatus::Created, RecordStatus::Duplicate]);
    assert_eq!(world.log.newest(&world.scope).len(), 1);
}

#[test]
fn a_candidate_waits_for_an_independent_confirmation() {
    let world = World::new();
    let from_run = |run: &str| NewLesson {
        candidate: true,
        kind: LessonKind::Run,
        provenance: Provenance {
            principal: "ada".to_owned(),
            run: Some(run.to_owned()),
            step: None,
            source: None,
            labels: Vec::new(),
        },
        ..NewLesson::note("Pin the toolchain.")
    };
    assert_eq!(
        world.record(from_run("1")).unwrap().status,
        RecordStatus::Candidate
    );
    world.record(from_run("1")).unwrap();
    assert!(
        world.titles("toolchain").is_empty(),
        "the same run again confirms nothing"
    );
    let asked = Query {
        include_candidates: true,
        ..Query::new("toolchain")
    };
    assert_eq!(world.find(&asked).hits.len(), 1);
    world.record(from_run("2")).unwrap();
    assert_eq!(world.titles("toolchain"), ["Pin the toolchain"]);
}

#[test]
fn an_expired_lesson_is_not_found_until_it_is_recorded_again() {
    let world = World::new();
    let expires_at = world.clock.now().checked_add(Duration::from_secs(60)).ok();
    world
        .record(NewLesson {
            expires_at,
            ..NewLesson::note("The freeze is on.")
        })
        .unwrap();
    assert_eq!(world.titles("freeze").len(), 1);
    world.clock.advance(Duration::from_secs(60));
    assert!(world.titles("freeze").is_empty());
    assert_eq!(
        world.record(NewLesson::note("The freeze is on.")).unwrap().status,
        RecordStatus::Merged
    );
    assert_eq!(world.titles("freeze").len(), 1);
}

#[test]
fn a_stale_write_is_tried_again_but_not_for_ever() {
    let world = World::new();
    *world.log.stale.lock().unwrap() = ATTEMPTS - 1;
    assert_eq!(
        world.record(NewLesson::note("Retry.")).unwrap().status,
        RecordStatus::Created
    );
    *world.log.stale.lock().unwrap() = usize::MAX;
    let error = world.record(NewLesson::note("Retry twice.")).unwrap_err();
    assert!(
        error.retryable() && error.code() == "knowledge.contended",
        "{error}"
    );
}

#[test]
fn a_new_lesson_names_those_that_say_much_of_the_same() {
    let world = World::with(&[
        "The staging deploy needs port 8080 open.",
        "Lunch is at noon.",
        "Tokens expire daily.",
    ]);
    let recorded = world
        .record(NewLesson::note("The staging deploy needs port 8081 open."))
        .unwrap();
    insta::assert_json_snapshot!(recorded.related, @r#"
    [
      {
        "id": "00000000000000000000000000000001",
        "title": "The staging deploy needs port 8080 open",
        "why": "says otherwise about the same; if it is outdated, record this with `supersedes`"
      }
    ]
    "#);
}

#[test]
fn a_damaged_record_hides_no_other_and_can_be_recorded_again() {
    let world = World::with(&["Deploy at night.", "Deploy by day."]);
    let damaged = world.note("Deploy at night.");
    *world.log.damaged.lock().unwrap() = Some(damaged.clone());
    let found = world.find(&Query::new("deploy"));
    assert_eq!((found.hits.len(), found.omitted), (1, 1));
    let again = world.record(NewLesson::note("Deploy at night.")).unwrap();
    assert_eq!(again.status, RecordStatus::Created);
    assert_ne!(again.id, damaged);
}
