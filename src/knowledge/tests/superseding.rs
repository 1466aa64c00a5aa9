//! Lessons that take the place of others.

use super::*;

#[test]
fn a_superseded_lesson_is_read_but_not_found() {
    let world = World::with(&["Deploy on port 80."]);
    let old = world.note("Deploy on port 80.");
    let new = world.supersede(&old, "Deploy on port 8080.").unwrap();
    assert_eq!(new.status, RecordStatus::Superseded);
    assert_eq!(world.titles("deploy"), ["Deploy on port 8080"]);
    let old = world.get(&old);
    assert_eq!(
        (old.state, old.superseded_by),
        (LessonState::Superseded, Some(new.id.clone()))
    );
    assert_eq!(world.get(&new.id).supersedes, Some(old.id));
}

#[test]
fn the_text_of_a_superseded_lesson_is_still_a_duplicate() {
    let world = World::new();
    let old = world.note("Deploy on port 80.");
    let new = world.supersede(&old, "Deploy on port 8080.").unwrap();
    let again = world.record(NewLesson::note("Deploy on port 80.")).unwrap();
    assert_eq!(
        (again.status, again.state),
        (RecordStatus::Duplicate, LessonState::Superseded)
    );
    assert_eq!(again.related[0].id, new.id);
}

#[test]
fn what_cannot_be_superseded_is_refused_in_words() {
    let world = World::new();
    let first = world.note("Deploy on port 80.");
    let second = world.supersede(&first, "Deploy on port 81.").unwrap().id;
    let third = world.supersede(&second, "Deploy on port 82.").unwrap().id;
    let refusals = [
        world.supersede(&LessonId::new("nobody"), "x1"),
        world.supersede(&first, "Deploy on port 83."),
        world.supersede(&third, "Deploy on port 80."),
        world.supersede(&third, "Deploy on port 82."),
    ]
    .map(|refused| {
        let error = refused.unwrap_err();
        format!("{} {error}", error.code())
    });
    insta::assert_snapshot!(refusals.join("\n"), @r"
    knowledge.unknown_lesson lesson nobody to be superseded does not exist
    knowledge.not_in_force lesson 00000000000000000000000000000001 is not in force: it was superseded by 00000000000000000000000000000002
    knowledge.circular lesson 00000000000000000000000000000001 has this text already and cannot supersede 00000000000000000000000000000003, which is the same or replaced it
    knowledge.circular lesson 00000000000000000000000000000003 has this text already and cannot supersede 00000000000000000000000000000003, which is the same or replaced it
    ");
    assert_eq!(
        world.titles("deploy"),
        ["Deploy on port 82"],
        "nothing was written"
    );
}

#[test]
fn a_known_lesson_can_take_the_place_of_another() {
    let world = World::new();
    let (old, known) = (world.note("Deploy on port 80."), world.note("Deploy on port 81."));
    let recorded = world.supersede(&old, "Deploy on port 81.").unwrap();
    assert_eq!((recorded.id, recorded.status), (known, RecordStatus::Superseded));
    assert_eq!(world.titles("deploy"), ["Deploy on port 81"]);
}
