//! What ties lessons together, and what becomes of the work they are given to.

use super::*;
use crate::domain::lesson::Uses;
use crate::domain::{Entity, EntityKind};

fn about(text: &str, entities: &[&str], run: Option<&str>) -> NewLesson {
    NewLesson {
        about: entities.iter().map(|entity| entity.parse().unwrap()).collect(),
        provenance: Provenance {
            run: run.map(str::to_owned),
            ..Provenance::default()
        },
        ..NewLesson::note(text)
    }
}

fn around(entity: &str, hops: usize) -> Query {
    Query {
        around: Some(entity.parse().unwrap()),
        hops,
        ..Query::new("")
    }
}

#[test]
fn a_search_starts_from_a_thing_and_tells_the_way() {
    let world = World::new();
    let near = "Sessions are lost when src/session.rs restarts the clock.";
    world
        .record(about(near, &["model:gpt-oss:20b"], Some("r1")))
        .unwrap();
    world
        .record(about("Call flush before the lock is dropped.", &[], Some("r1")))
        .unwrap();
    world
        .record(about("Lunch is at noon on Fridays.", &[], Some("r2")))
        .unwrap();

    let found = world.find(&around("file:src/session.rs", 1));
    assert_eq!(found.hits.len(), 1);
    assert_eq!(found.hits[0].text, near);
    assert_eq!(found.total_considered, 1);

    let found = world.find(&around("file:src/session.rs", 2));
    let ways: Vec<String> = found.hits.iter().map(|hit| hit.why.path.join(" > ")).collect();
    let (first, second) = (found.hits[1].id.to_string(), found.hits[0].id.to_string());
    assert_eq!(
        ways,
        [
            format!("file:src/session.rs > lesson:{first} > run:r1 > lesson:{second}"),
            format!("file:src/session.rs > lesson:{first}"),
        ]
    );
    assert_eq!(world.find(&around("model:gpt-oss:20b", 1)).hits[0].text, near);
    assert!(world.find(&around("file:src/other.rs", 2)).hits.is_empty());
}

#[test]
fn a_question_is_asked_among_what_is_tied_to_a_thing() {
    let world = World::new();
    for n in 0..30 {
        let entity = format!("file:f{}.rs", n % 3);
        world
            .record(about(
                &format!("The deploy of part {n} waits for the cache."),
                &[&entity],
                None,
            ))
            .unwrap();
    }
    let found = world.find(&Query {
        query: "deploy part 7".to_owned(),
        ..around("file:f1.rs", 1)
    });
    assert_eq!(found.total_considered, 10);
    assert!(found.hits[0].text.contains("part 7 "), "{}", found.hits[0].text);
}

#[test]
fn what_replaces_a_lesson_is_one_step_from_it() {
    let world = World::new();
    let old = world.note("The staging deploy needs port 8080 open.");
    let new = world
        .supersede(&old, "The staging deploy needs no open port.")
        .unwrap();
    let found = world.find(&around(&format!("lesson:{old}"), 2));
    let ids: Vec<_> = found.hits.iter().map(|hit| hit.id.clone()).collect();
    assert_eq!(ids, [new.id]);
    assert_eq!(world.get(&old).valid_to, Some(world.get(&ids[0]).valid_from()));
}

#[test]
fn another_project_is_never_reached() {
    let world = World::new();
    world
        .record(about(
            "Flush before the lock is dropped.",
            &["tool:cargo"],
            Some("r1"),
        ))
        .unwrap();
    let elsewhere = Query {
        around: Some(Entity::new(EntityKind::Tool, "cargo")),
        hops: 2,
        ..Query::new("flush lock")
    };
    let found = wait(world.knowledge.search(&scope("other", "ada"), &elsewhere)).unwrap();
    assert_eq!((found.hits.len(), found.total_considered), (0, 0));
}

#[test]
fn work_that_went_well_makes_a_lesson_surer_and_work_that_did_not_less_sure() {
    let world = World::new();
    let (good, bad) = (
        world.note("Flush the queue before the lock is dropped."),
        world.note("Flush the cache before the lock is dropped."),
    );
    let confidence = |id: &LessonId| world.get(id).confidence(world.clock.now());
    assert_eq!((confidence(&good), confidence(&bad)), (0.5, 0.5));
    let unknown = LessonId::new("unknown");
    let used = [
        (good.clone(), Uses { given: 3, helped: 3 }),
        (bad.clone(), Uses { given: 3, helped: 0 }),
        (unknown, Uses { given: 1, helped: 1 }),
    ];
    wait(world.knowledge.credit(&world.scope, &used)).unwrap();
    wait(world.knowledge.credit(&world.scope, &used)).unwrap();
    assert_eq!(world.get(&good).uses, Uses { given: 6, helped: 6 });
    assert!(confidence(&good) > 0.8 && confidence(&bad) < 0.3);
    let first = &world.find(&Query::new("flush before the lock is dropped")).hits[0];
    assert_eq!(
        first.id, good,
        "it is the newer one that comes first among equals"
    );
}
