//! Searches among some of the lessons only.

use super::*;

#[test]
fn a_filter_that_lets_one_in_a_thousand_through_finds_all_of_it() {
    let world = World::new();
    for n in 0..2000 {
        let tags = if n % 1000 == 17 {
            vec!["needle".to_owned()]
        } else {
            Vec::new()
        };
        world
            .record(NewLesson {
                tags,
                ..NewLesson::note(sentence(n))
            })
            .unwrap();
    }
    let all = world.find(&Query {
        limit: MAX_LIMIT,
        max_tokens: MAX_MAX_TOKENS,
        ..Query::new("common")
    });
    assert!(
        all.hits.iter().all(|hit| hit.tags.is_empty()),
        "without the filter they are far behind"
    );
    let needles = world.find(&Query {
        tags: vec![" Needle ".to_owned()],
        ..Query::new("common")
    });
    let mut titles: Vec<_> = needles.hits.iter().map(|hit| hit.title.clone()).collect();
    titles.sort();
    assert_eq!(titles, [sentence(1017), sentence(17)]);
    assert_eq!((needles.total_considered, all.total_considered), (2, 2000));
    assert!(
        world
            .find(&Query {
                tags: vec!["unknown".to_owned()],
                ..Query::new("common")
            })
            .hits
            .is_empty()
    );
}

#[test]
fn kind_and_time_filter_too() {
    let world = World::with(&["Deploy early."]);
    world.clock.advance(Duration::from_secs(60));
    let since = Some(world.clock.now());
    world
        .record(NewLesson {
            kind: LessonKind::Outcome,
            ..NewLesson::note("Deploy late.")
        })
        .unwrap();
    let titles =
        |query: Query| -> Vec<String> { world.find(&query).hits.into_iter().map(|hit| hit.title).collect() };
    assert_eq!(
        titles(Query {
            since,
            ..Query::new("deploy")
        }),
        ["Deploy late"]
    );
    assert_eq!(
        titles(Query {
            kinds: vec![LessonKind::Note],
            ..Query::new("deploy")
        }),
        ["Deploy early"]
    );
}
