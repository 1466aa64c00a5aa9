//! Sentences and the demands that are read in them.

use super::super::demand::{Avoided, Bound};
use super::*;

#[track_caller]
fn check(text: &str, expected: &[Demand], whole: bool) {
    let understood = requirement(text);
    assert_eq!(understood.demands, expected, "{text}");
    assert_eq!(understood.whole, whole, "{text}");
}

#[test]
fn requirements_are_read_whole_or_said_to_be_left_over() {
    check(
        "At most 100 words.",
        &[Demand::Count(Unit::Words, Bound::up_to(100))],
        true,
    );
    check("Respond in valid JSON", &[Demand::Format(Format::Json)], true);
    check("The answer must be in French.", &[Demand::Prose(Lang::Fra)], true);
    check(
        "Use only lowercase letters",
        &[Demand::Format(Format::Lowercase)],
        true,
    );
    check(
        "Write the code in Rust",
        &[Demand::Code(Language::from_label("rust"))],
        true,
    );
    check("Do not write in all caps", &[], false);
    check("Be friendly and to the point", &[], false);
    check(
        "Three bullet points about the history of tea",
        &[Demand::Count(Unit::Bullets, Bound::exactly(3))],
        false,
    );
    check(
        "answer yes or no",
        &[Demand::OneOf(vec!["yes".into(), "no".into()])],
        true,
    );
    check(
        "Define a function `add(a, b: int = 1)`",
        &[Demand::Signature("add".into(), vec!["a".into(), "b".into()])],
        true,
    );
    check("a class named `Tide`", &[Demand::Identifier("Tide".into())], true);
}

#[test]
fn what_a_program_does_is_no_demand_on_words() {
    check("returns an error for at most 3 words", &[], false);
    check(
        "The function must not use the word \"x\" in its output",
        &[],
        false,
    );
    assert_eq!(request("Write a function that returns at most 10 words."), []);
    assert_eq!(
        request("Write a Python function `top(words)` that returns at most 10 words."),
        [
            Demand::Signature("top".into(), vec!["words".into()]),
            Demand::Code(Language::Python)
        ]
    );
}

#[test]
fn of_a_request_only_the_unmistakable_is_read() {
    assert_eq!(
        request("Write a three-sentence summary in German. Do not use any commas."),
        [
            Demand::Prose(Lang::Deu),
            Demand::Count(Unit::Sentences, Bound::exactly(3)),
            Demand::Avoid(Avoided::Mark(super::super::demand::Mark::Comma)),
        ]
    );
    for vague in [
        "What are two sentences that changed history?",
        "Why do people speak in French there?",
        "There were 5 points to discuss last time.",
        "Tell me about the words of the year.",
    ] {
        assert_eq!(request(vague), [], "{vague}");
    }
}
