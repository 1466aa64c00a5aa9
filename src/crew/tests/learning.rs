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

/// A run of one step, which is handed in as `output`.
async fn one_step(crews: &Crews, role: &str, output: &str) -> Reply {
    let plan = json!([{"id": "step", "role": role, "goal": "Write the parser.", "output_kind": "code", "language": "python", "max_attempts": 1}]);
    let start = Start {
        task: "Write the parser.".to_owned(),
        plan: Some(plan),
        ..Start::default()
    };
    let started = crews.start(&ada(), start).await.unwrap();
    hand_in(crews, &started, submission(only(&started), output)).await;
    started
}

#[tokio::test]
async fn a_role_is_given_what_helped_it_before_and_another_role_is_not() {
    let world = World::new();
    let crews = world.crews();
    for text in [
        "The parser of this project wants a table of its states.",
        "The parser of this project has a limit of depth.",
        "The parser of this project reads bytes and no text.",
        "The parser of this project is tested by examples.",
    ] {
        crews
            .knowledge
            .record(&ada(), note(text, Trust::Confirmed))
            .await
            .unwrap();
    }
    let given = |reply: &Reply| {
        reply
            .lessons_used
            .iter()
            .map(|used| used.id.clone())
            .collect::<Vec<_>>()
    };
    // Three fit best, and never help; the fourth is not given.
    let first = given(&one_step(&crews, "developer", BAD_PYTHON).await);
    assert_eq!(first.len(), 3);
    for _ in 0..2 {
        assert_eq!(given(&one_step(&crews, "developer", BAD_PYTHON).await), first);
    }
    let other = given(&one_step(&crews, "developer", GOOD_PYTHON).await);
    assert!(!first.contains(&other[0]), "the fourth has its turn: {other:?}");
    // It helped, so it goes first from now on, for this role and in every process.
    let now = given(&one_step(&world.crews(), "Developer", GOOD_PYTHON).await);
    assert_eq!(now[0], other[0]);
    assert_eq!(given(&one_step(&crews, "reviewer", GOOD_PYTHON).await), first);
}

#[tokio::test]
async fn auto_goes_by_how_strategies_did_once_there_is_enough_to_go_by() {
    let world = World::new();
    let crews = world.crews();
    let plan = json!([{"id": "a", "goal": "one", "needs": [], "output_kind": "code", "language": "python", "max_attempts": 1},
        {"id": "b", "goal": "two", "needs": [], "output_kind": "code", "language": "python", "max_attempts": 1}]);
    let by = |strategy: &str| Start {
        task: "Write a function f that returns 1.".to_owned(),
        plan: Some(plan.clone()),
        strategy: Some(strategy.to_owned()),
        ..Start::default()
    };
    let auto = async || {
        let reply = crews.start(&ada(), by("auto")).await.unwrap();
        crews.cancel(&ada(), &reply.run_id, "only asked").await.unwrap();
        (reply.pending.len(), reply.warnings.join("; "))
    };
    for n in 0..5 {
        let (offered, why) = auto().await;
        assert_eq!(offered, 2, "{n}: {why}");
        assert!(why.ends_with("need nothing from each other"), "{n}: {why}");
        for (strategy, output) in [("sequential", GOOD_PYTHON), ("graph", BAD_PYTHON)] {
            let mut reply = crews.start(&ada(), by(strategy)).await.unwrap();
            while let Some(step) = reply.pending.first() {
                reply = hand_in(&crews, &reply, submission(step, output)).await;
            }
        }
    }
    let (offered, why) = auto().await;
    assert_eq!(offered, 1, "{why}");
    assert!(
        why.ends_with(
            "strategy sequential: for this kind of task 5 of 5 completed; graph and parallel 0 of 5 completed"
        ),
        "{why}"
    );
}

#[tokio::test]
async fn a_template_is_chosen_by_the_kind_of_work_and_then_by_how_it_did() {
    let world = World::new();
    let file = |name: &str| {
        let text = format!(
            "format: 1\nname: {name}\ntitle: T\nwhen: W\ntask_types: [code_generation]\nroles: [{{id: dev, does: You write.}}]\n\
             steps: [{{id: build, role: dev, goal: Write it., output: {{kind: code, language: python}}, max_attempts: 1, done_when: [it runs]}}]\n"
        );
        (format!("{name}.yaml"), text)
    };
    let crews = world.crews_with(Templates::load(&[file("one"), file("two")]).unwrap());
    let task = "Write a Python function that parses dates.";
    let chosen = async || {
        let start = Start {
            task: task.to_owned(),
            ..Start::default()
        };
        let reply = crews.start(&ada(), start).await.unwrap();
        crews.cancel(&ada(), &reply.run_id, "only asked").await.unwrap();
        (reply.plan.clone(), reply.warnings.join("; "))
    };
    let (first, _) = chosen().await;
    for n in 0..5 {
        assert_eq!(chosen().await.0, first, "after {n} runs");
        let start = Start {
            task: task.to_owned(),
            template: Some("two".to_owned()),
            ..Start::default()
        };
        let reply = crews.start(&ada(), start).await.unwrap();
        hand_in(&crews, &reply, submission(only(&reply), GOOD_PYTHON)).await;
    }
    let (plan, why) = chosen().await;
    assert_ne!(first, "two");
    assert_eq!(plan, "two");
    assert!(why.contains("(5 of 5 completed for this kind of task)"), "{why}");
}
