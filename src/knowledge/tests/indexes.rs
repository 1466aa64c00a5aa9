//! Indexes of projects: apart from each other, and the same however they came to be.

use super::*;

#[test]
fn another_writer_on_the_same_store_is_seen() {
    let world = World::with(&["Deploy on port 80."]);
    assert_eq!(world.titles("deploy").len(), 1);
    let neighbour = Knowledge::new(world.log.clone(), world.clock.clone());
    wait(neighbour.record(&world.scope, NewLesson::note("Deploy at night."))).unwrap();
    assert_eq!(world.titles("deploy").len(), 2);
}

#[test]
fn another_projects_lessons_change_no_byte_of_an_answer() {
    let texts: Vec<String> = (0..60).map(sentence).collect();
    let (alone, beside) = (World::new(), World::new());
    for text in &texts {
        alone.note(text);
        beside.note(text);
    }
    let other = scope("other", "eve");
    for text in &texts[..20] {
        let lesson = NewLesson::note(format!("{text} common common rare"));
        wait(beside.knowledge.record(&other, lesson)).unwrap();
    }
    for query in ["common w3", "rare5 pair", "comon"] {
        let query = Query::new(query);
        assert_eq!(alone.find(&query), beside.find(&query));
        assert_eq!(
            format!("{:?}", alone.find(&query)),
            format!("{:?}", beside.find(&query))
        );
    }
    let foreign = alone.note("Only here.");
    assert!(wait(alone.knowledge.get(&other, &foreign)).unwrap().is_none());
}

#[test]
fn an_index_that_grew_ranks_like_one_that_was_loaded() {
    let world = World::new();
    let ids: Vec<LessonId> = (0..400).map(|n| world.note(&sentence(n))).collect();
    for (n, id) in ids.iter().enumerate().step_by(3) {
        world.supersede(id, &format!("{} again", sentence(n))).unwrap();
    }
    let fresh = Knowledge::new(world.log.clone(), world.clock.clone());
    for query in ["common w3 again", "rare12", "pair7 pair8"].map(Query::new) {
        assert_eq!(
            world.find(&query),
            wait(fresh.search(&world.scope, &query)).unwrap()
        );
    }
}

#[test]
fn sweeping_tombstones_changes_no_answer() {
    let world = World::new();
    let mut id = world.note("common start");
    for n in 0..20 {
        world.note(&sentence(n));
    }
    // Twice as many replacements as a sweep waits for.
    for n in 0..2100 {
        let lesson = record::first_revision(
            &NewLesson::note(sentence(n)),
            id.clone(),
            dedupe::digest(&sentence(n)),
            world.clock.now(),
        );
        let revision = world.get(&id).revision + 1;
        wait(world.log.put(&world.scope, vec![Lesson { revision, ..lesson }])).unwrap();
        if n % 700 == 0 {
            id = world.note(&format!("common restart {n}"));
        }
    }
    world.find(&Query::new("common"));
    let project = world.knowledge.projects.of(&world.scope);
    assert!(
        project.index().passing(&everything(&world)).0.len() < 2 * 1024,
        "the tombstones were swept"
    );
    let mut compact = index::Index::default();
    for (seq, lesson) in (1..).zip(&world.log.newest(&world.scope)) {
        compact.apply(seq, lesson);
    }
    for query in ["common w3", "rare12", "restart"] {
        // Where texts lie depends on how many there were when they came.
        let query = Query {
            mode: Mode::Lexical,
            ..Query::new(query)
        };
        let now = world.clock.now();
        let answer = |index: &index::Index| {
            let ranking = search::answer(index, &query, None, now);
            format!("{ranking:?}")
        };
        assert_eq!(answer(&project.index()), answer(&compact));
    }
}

fn everything(world: &World) -> index::Filter<'static> {
    index::Filter {
        tags: &[],
        kinds: &[],
        since: None,
        include_candidates: true,
        now: world.clock.now(),
        within: None,
    }
}

#[test]
fn more_projects_than_stay_loaded_keep_their_lessons_apart() {
    let world = World::new();
    let projects: Vec<Scope> = (0..projects::MAX_LOADED + 9)
        .map(|n| scope(&format!("p{n}"), "ada"))
        .collect();
    for round in [RecordStatus::Created, RecordStatus::Duplicate] {
        for project in &projects {
            let recorded = wait(
                world
                    .knowledge
                    .record(project, NewLesson::note("Retry the deploy.")),
            )
            .unwrap();
            assert_eq!(recorded.status, round);
        }
    }
    assert_eq!(world.knowledge.projects.loaded(), projects::MAX_LOADED);
}
