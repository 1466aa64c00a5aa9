//! Where the task begins and ends.

use super::task;

#[track_caller]
fn check(text: &str, proper: &str) {
    assert_eq!(text.get(task(text)).unwrap().trim(), proper);
}

#[test]
fn who_the_model_is_told_to_be_is_no_task_unless_nothing_else_is_there() {
    check("You are a helpful assistant.\n\nFix the tests", "Fix the tests");
    check("You are a pirate. Tell me a joke", "Tell me a joke");
    check("SYSTEM: be brief\n\nUser: sort these", "sort these");
    check("You are a pirate", "You are a pirate");
    check("You are éé\n\n", "You are éé");
    check("Fix this\n\nYou are a pirate", "Fix this\n\nYou are a pirate");
}

#[test]
fn the_setting_is_no_task_and_material_is_no_setting() {
    check(
        "Instructions: answer in English, be concise.\n\nsort these",
        "sort these",
    );
    check("[Session] no emojis please\n\nsort these", "sort these");
    check("## Role\nSenior engineer\n\nsort these", "sort these");
    for whole in [
        "Context: our Postgres is full of old rows\n\nwhat now",
        "Rules: a knight moves like an L\n\nwho wins",
        "Background: is this a chat?\n\nsort these",
        "Instructions: answer in English",
        "Context of the answer\n\n ",
    ] {
        check(whole, whole.trim());
    }
}

#[test]
fn small_talk_is_no_task_unless_nothing_else_is_there() {
    check(
        "Good morning! If you have a minute: fix the tests. Thank you so much!",
        "fix the tests.",
    );
    check("Hello there, fix it\n\nThanks in advance", "fix it");
    check(
        "Fix the tests. Best regards, Sam",
        "Fix the tests. Best regards, Sam",
    );
    check("I'd be so glad if you could fix it", "fix it");
    check("We would like you to sort these", "sort these");
    check("Is it possible to", "Is it possible to");
    check("Can you fix it", "Can you fix it");
    check("Hi!", "Hi!");
    check("Hello, thanks.", "thanks.");
    check("é, è. ", "é, è.");
    check("", "");
}
