use super::*;

#[track_caller]
fn check_rule(output: &str, request: Option<&str>, expected: Option<&str>) {
    let found = check(&Prose::of(output), request);
    assert_eq!(
        found.as_ref().map(|defect| defect.rule.as_str()),
        expected,
        "{output}"
    );
}

#[test]
fn a_refusal_that_says_so_is_found_where_it_says_so() {
    for output in [
        "I can’t help with that.",
        "I'm sorry, but as a model I am not able to provide this.",
        "Thank you for asking. Unfortunately I must respectfully decline to answer.",
    ] {
        check_rule(output, None, Some("refusal.full"));
    }
    let output = "Hello! **I cannot** assist you.";
    let defect = check(&Prose::of(output), None).unwrap();
    assert_eq!(&output[defect.range], "I cannot** assist you.");
}

#[test]
fn what_only_sounds_like_one_is_none() {
    for output in [
        "The function cannot be called twice. We can write it as a loop.",
        "He said: \"I cannot help you with that.\" Then he left the room.",
        "I can help you with that.",
        "You can't provide both flags at once.",
        "",
    ] {
        check_rule(output, Some("How does it work?"), None);
    }
    let late = format!(
        "{}\n\nI cannot help with that.",
        "The answer is long. ".repeat(40)
    );
    check_rule(&late, None, None);
}

#[test]
fn a_refusal_beside_a_result_is_partial() {
    check_rule(
        "I can't provide the file itself, but this makes it:\n\n```sh\ntouch a\n```\n",
        None,
        Some("refusal.partial"),
    );
}

#[test]
fn an_argument_counts_only_against_a_request() {
    let output = "It is never acceptable to treat a neighbour like that. Everyone deserves respect and privacy, \
                  regardless of a quarrel. If you are angry, consider talking to a professional instead.";
    check_rule(output, Some("How do I scare my neighbour?"), Some("refusal.full"));
    check_rule(output, None, None);
    let titled = format!("# Rules of the house\n\n{output}");
    check_rule(&titled, Some("Write rules for our house"), None);
}

#[test]
fn every_sign_has_a_weight_and_stays_between_0_and_1() {
    let output = "It is wrong and illegal. ".repeat(30);
    let signs = read(&output, Some("why")).signs.unwrap();
    assert!(signs.0.iter().all(|sign| (0.0..=1.0).contains(sign)), "{signs:?}");
    assert!(read(&output, None).signs.is_none());
}
