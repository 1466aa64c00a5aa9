use super::*;
use crate::domain::LessonState;
use crate::knowledge::curate::{Edit, Edited, Expiry, Selection};

fn select(world: &World, change: impl FnOnce(&mut Selection)) -> Vec<String> {
    let mut selection = Selection {
        limit: 100,
        ..Selection::default()
    };
    change(&mut selection);
    let listed = wait(world.knowledge.list(&world.scope, &selection)).unwrap();
    listed.lessons.into_iter().map(|lesson| lesson.text).collect()
}

fn edit(world: &World, id: &LessonId, change: impl FnOnce(&mut Edit)) -> Result<Edited> {
    let mut edit = Edit::default();
    change(&mut edit);
    wait(world.knowledge.edit(&world.scope, id, &edit, None))
}

fn hits(world: &World, query: &str) -> usize {
    world.find(&Query::new(query)).hits.len()
}

fn get(world: &World, id: &LessonId) -> Lesson {
    wait(world.knowledge.get(&world.scope, id)).unwrap().unwrap()
}

#[test]
fn lessons_are_listed_newest_first_and_by_state_tag_and_kind() {
    let world = World::new();
    let mut tagged = NewLesson::note("Herons fish.");
    tagged.tags = vec!["Birds".to_owned()];
    world.record(tagged).unwrap();
    let old = world.note("Geese fly south.");
    world.clock.advance(Duration::from_secs(1));
    world.supersede(&old, "Geese fly north.").unwrap();
    let mut brief = NewLesson::note("Swans are here for a day.");
    brief.expires_at = Some(world.clock.now());
    brief.kind = LessonKind::Outcome;
    world.record(brief).unwrap();
    assert_eq!(
        select(&world, |_| {}),
        [
            "Swans are here for a day.",
            "Geese fly north.",
            "Geese fly south.",
            "Herons fish."
        ]
    );
    let state = |state| select(&world, |selection| selection.states = vec![state]);
    assert_eq!(state(LessonState::Expired), ["Swans are here for a day."]);
    assert_eq!(state(LessonState::Superseded), ["Geese fly south."]);
    assert_eq!(state(LessonState::Active), ["Geese fly north.", "Herons fish."]);
    assert_eq!(
        select(&world, |selection| selection.tags = vec!["BIRDS".to_owned()]),
        ["Herons fish."]
    );
    assert_eq!(
        select(&world, |selection| selection.kinds = vec![LessonKind::Outcome]),
        ["Swans are here for a day."]
    );
}

#[test]
fn a_list_goes_on_where_it_ended() {
    let world = World::with(&["One heron.", "Two geese.", "Three swans."]);
    let page = |after| Selection {
        after,
        limit: 2,
        ..Selection::default()
    };
    let first = wait(world.knowledge.list(&world.scope, &page(None))).unwrap();
    assert_eq!((first.lessons.len(), first.total), (2, 3));
    let last = first.lessons[1].id.clone();
    let second = wait(world.knowledge.list(&world.scope, &page(Some(last)))).unwrap();
    assert_eq!((second.lessons.len(), second.total), (1, 1));
    assert_eq!(second.lessons[0].text, "One heron.");
}

#[test]
fn a_lesson_is_named_by_the_beginning_of_its_id() {
    let world = World::with(&["One heron.", "Two geese."]);
    let listed = wait(world.knowledge.list(
        &world.scope,
        &Selection {
            limit: 2,
            ..Selection::default()
        },
    ))
    .unwrap();
    let newest = &listed.lessons[0];
    let short = &newest.id.as_str()[..listed.id_length];
    let named = |name: &str| wait(world.knowledge.named(&world.scope, name));
    assert_eq!(named(short).unwrap().id, newest.id);
    assert_eq!(named(newest.id.as_str()).unwrap().id, newest.id);
    let ambiguous = named("0").unwrap_err();
    assert_eq!(ambiguous.code(), "knowledge.ambiguous_id");
    let text = ambiguous.to_string();
    assert!(
        text.contains("2 lessons") && text.contains("(Two geese)"),
        "{text}"
    );
    for unknown in ["", "f00", "  "] {
        assert_eq!(named(unknown).unwrap_err().code(), "knowledge.unknown_lesson");
    }
}

#[test]
fn another_title_other_tags_and_another_expiry_are_a_new_revision() {
    let world = World::new();
    let id = world.note("Herons fish alone.");
    let before = get(&world, &id);
    world.clock.advance(Duration::from_secs(60));
    let done = edit(&world, &id, |edit| {
        edit.title = Some(" Solitary hunters ".to_owned());
        edit.add_tags = vec!["Birds".to_owned()];
        edit.expires = Some(Expiry::At(world.clock.now() + Duration::from_secs(10)));
    });
    let Edited::Revised(after) = done.unwrap() else {
        panic!("not revised");
    };
    assert_eq!(after, get(&world, &id));
    assert_eq!((after.revision, after.updated_at), (2, before.updated_at));
    assert_eq!(
        (after.title.as_str(), &*after.tags),
        ("Solitary hunters", &["birds".to_owned()][..])
    );
    assert_eq!(hits(&world, "solitary"), 1);
    world.clock.advance(Duration::from_secs(10));
    assert_eq!(hits(&world, "solitary"), 0);
    let done = edit(&world, &id, |edit| {
        edit.remove_tags = vec!["BIRDS".to_owned(), "fish".to_owned()];
        edit.expires = Some(Expiry::Never);
    });
    assert!(matches!(done, Ok(Edited::Revised(lesson)) if lesson.tags.is_empty()));
    assert_eq!(hits(&world, "solitary"), 1);
    let done = edit(&world, &id, |edit| {
        edit.text = Some("Herons fish alone.".to_owned());
    });
    assert!(matches!(done, Ok(Edited::Unchanged(_))), "{done:?}");
}

#[test]
fn another_text_is_another_lesson_that_keeps_what_was_known() {
    let world = World::new();
    let mut old = NewLesson::note("Herons fish alone.");
    old.tags = vec!["birds".to_owned()];
    old.context = Some("in winter".to_owned());
    let old = world.record(old).unwrap().id;
    let done = edit(&world, &old, |edit| {
        edit.text = Some("Herons fish in pairs.".to_owned());
        edit.add_tags = vec!["pairs".to_owned()];
    });
    let Edited::Replaced(recorded) = done.unwrap() else {
        panic!("not replaced");
    };
    let new = get(&world, &recorded.id);
    assert_eq!(recorded.status, RecordStatus::Superseded);
    assert_eq!(
        (new.title.as_str(), &*new.tags),
        ("Herons fish in pairs", &["birds", "pairs"].map(str::to_owned)[..])
    );
    assert_eq!(new.context.as_deref(), Some("in winter"));
    let relatives = wait(world.knowledge.relatives(&world.scope, &new)).unwrap();
    assert_eq!(relatives[0].id, old);
    let refused = edit(&world, &old, |edit| edit.title = Some("Late".to_owned()));
    assert_eq!(refused.unwrap_err().code(), "knowledge.not_in_force");
}

#[test]
fn an_edit_keeps_the_limits_and_the_texts() {
    let world = World::new();
    let id = world.note("Grey herons always fish alone.");
    let code = |change: fn(&mut Edit)| edit(&world, &id, change).unwrap_err().code();
    assert_eq!(
        code(|edit| edit.text = Some("grey herons: always fish, ALONE".to_owned())),
        "knowledge.same_text"
    );
    assert_eq!(code(|edit| edit.text = Some(" ".to_owned())), "knowledge.invalid");
    assert_eq!(
        code(|edit| edit.title = Some("x".repeat(300))),
        "knowledge.invalid"
    );
    let unknown = edit(&world, &LessonId::new("none"), |_| {});
    assert_eq!(unknown.unwrap_err().code(), "knowledge.unknown_lesson");
    edit(&world, &id, |edit| {
        edit.title = Some("hidden\u{200b}mark".to_owned());
    })
    .unwrap();
    assert_eq!(get(&world, &id).trust, Trust::Flagged);
}

#[test]
fn a_retired_lesson_is_not_found_and_says_why() {
    let world = World::with(&["Two geese."]);
    let id = world.note("Herons fish alone.");
    let retire = |reason| wait(world.knowledge.retire(&world.scope, &id, reason));
    let retired = retire(Some(" they do not ")).unwrap();
    assert!(!retired.was_already);
    let kept = get(&world, &id);
    assert_eq!(
        (kept.state, kept.retired_because.as_deref()),
        (LessonState::Retracted, Some("they do not"))
    );
    assert_eq!(hits(&world, "herons"), 0);
    let again = retire(Some("another reason")).unwrap();
    assert!(again.was_already);
    assert_eq!(again.lesson, kept);
    assert_eq!(
        world.record(NewLesson::note("Herons fish alone.")).unwrap().state,
        LessonState::Retracted
    );
    assert_eq!(hits(&world, "herons"), 0);
}

#[test]
fn what_others_change_in_between_is_changed_on_top() {
    let world = World::new();
    let id = world.note("Herons fish alone.");
    *world.log.stale.lock().unwrap() = 2;
    assert!(
        !wait(world.knowledge.retire(&world.scope, &id, None))
            .unwrap()
            .was_already
    );
    let id = world.note("Geese fly south.");
    *world.log.stale.lock().unwrap() = 10;
    let contended = wait(world.knowledge.retire(&world.scope, &id, None)).unwrap_err();
    assert_eq!(contended.code(), "knowledge.contended");
}

#[test]
fn a_file_confirms_nothing_and_may_add_something() {
    let world = World::new();
    let from_file = |tags: &[&str]| NewLesson {
        provenance: Provenance {
            principal: "bob".to_owned(),
            source: Some("notes.md".to_owned()),
            ..Provenance::default()
        },
        tags: tags.iter().copied().map(str::to_owned).collect(),
        ..NewLesson::note("Herons fish alone.")
    };
    let foreseen = wait(world.knowledge.foresee(&world.scope, from_file(&[]))).unwrap();
    assert_eq!(foreseen.status, RecordStatus::Created);
    assert_eq!(hits(&world, "herons"), 0);
    let id = world.note("Herons fish alone.");
    let again = world.record(from_file(&[])).unwrap();
    assert_eq!(
        (again.status, again.confirmations, get(&world, &id).revision),
        (RecordStatus::Duplicate, 0, 1)
    );
    let more = world.record(from_file(&["birds"])).unwrap();
    assert_eq!((more.status, more.confirmations), (RecordStatus::Merged, 0));
    assert_eq!(get(&world, &id).trust, Trust::Unverified);
}
