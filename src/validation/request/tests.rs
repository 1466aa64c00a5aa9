mod built;

use super::*;

/// What a requirement finds in an answer: rule and the text it points at.
fn found(requirement: &str, output: &str) -> Vec<String> {
    let outcome = requirements(&[requirement.to_owned()], output, &Prose::of(output), None);
    assert!(outcome.decided, "{requirement}: {outcome:?}");
    outcome
        .defects
        .iter()
        .map(|defect| format!("{} {}", defect.rule, &output[defect.range.clone()]))
        .collect()
}

#[track_caller]
fn check_met(requirement: &str, output: &str) {
    assert_eq!(found(requirement, output), [""; 0], "{requirement} / {output}");
}

#[track_caller]
fn check_missed(requirement: &str, output: &str, expected: &[&str]) {
    assert_eq!(found(requirement, output), expected, "{requirement} / {output}");
}

#[test]
fn lengths_and_counts_are_decided() {
    check_met("At most 5 words.", "One two three four five.");
    check_missed(
        "At most 5 words.",
        "One two three four five six.",
        &["request.count six."],
    );
    check_met("Exactly 2 bullet points", "Intro\n\n* a\n  * nested\n* b\n");
    check_missed("Exactly 2 bullet points", "- a\n- b\n- c\n", &["request.count -"]);
    check_met("at least 3 sentences", "It is. It was! Will it be?");
    check_missed("at least 3 sentences", "It is. It was!", &["request.count It"]);
    check_met("There should be 2 paragraphs.", "a\n\n***\n\nb\n");
    check_missed("two paragraphs", "a\n\nb\n\nc\n", &["request.count a"]);
    check_met("List 3 steps", "## 1. a\n\ntext\n\n## 2. b\n\n## 3. c\n");
    check_missed(
        "under 20 characters",
        "This is much longer than that.",
        &["request.count This"],
    );
    check_met("at least 1 placeholder", "Dear [name],");
    check_missed("exactly 3 lines", "a\nb", &["request.count a"]);
}

#[test]
fn words_that_have_to_be_there_or_may_not_are_decided() {
    check_met("Include the words \"tide\" and \"moon\"", "Moon and tide.");
    check_missed(
        "Include the words \"tide\" and \"moon\"",
        "Tidepool and moon.",
        &["request.must-contain Tidepool"],
    );
    check_missed(
        "Do not use the word \"very\"",
        "It is Very good, very.",
        &["request.must-not Very", "request.must-not very"],
    );
    check_met("Do not use the word \"very\"", "Every day.");
    check_missed("Do not use any commas.", "a, b", &["request.must-not ,"]);
    check_missed("No emojis", "Fine 🎉", &["request.must-not 🎉"]);
    check_missed(
        "the word 'sea' should appear at least 2 times",
        "The sea.",
        &["request.must-contain The"],
    );
    check_missed("Use no bullet points", "a\n\n- b\n", &["request.must-not - b"]);
}

#[test]
fn settings_are_decided() {
    check_met("Respond in JSON", "{\"a\": 1}");
    check_met("Respond in JSON", "```json\n{\"a\": 1}\n```\n");
    check_missed("Respond in JSON", "Sure: {\"a\": 1}", &["request.format Sure:"]);
    check_missed(
        "Use only lowercase letters",
        "all is Well here",
        &["request.format Well"],
    );
    check_met("Use only lowercase letters", "all is well\n\n```py\nX = 1\n```\n");
    check_met("Present it as a table", "| a | b |\n|---|---|\n| 1 | 2 |\n");
    check_missed("Present it as a table", "a and b", &["request.format a"]);
    check_missed("Start with \"Dear Ada\"", "Hello Ada", &["request.format Hello"]);
    check_met("Start with \"Dear Ada\"", "**Dear Ada,** hello");
    check_missed("End with \"Bye.\"", "Bye. Yours", &["request.format "]);
    check_met("Answer yes or no", "No.");
    check_missed("Answer yes or no", "Perhaps", &["request.format Perhaps"]);
    check_missed(
        "Wrap your entire response with double quotation marks",
        "a",
        &["request.format a"],
    );
}

#[test]
fn languages_and_names_warn() {
    let german =
        "Die Sitzung des Hafenrates findet am Dienstag statt, und alle Mitglieder sind eingeladen zu kommen.";
    check_met("The answer must be in German", german);
    check_missed("The answer must be in French", german, &["request.language Die"]);
    let rust = "```rust\nfn add(a: u8, b: u8) -> u8 { a + b }\n```\n";
    check_met("Write the code in Rust", rust);
    check_missed("Write the code in Python", rust, &["request.language f"]);
    check_met("a function named `add`", rust);
    check_missed("a function named `sum`", rust, &["request.identifier f"]);
    check_met("Define `add(a, b)`", rust);
    check_missed("Define `add(a, c)`", rust, &["request.signature f"]);
}

#[test]
fn what_no_rule_decides_is_said_in_its_own_words() {
    let outcome = requirements(
        &[
            "Be polite to the reader".to_owned(),
            "Three bullet points about tea".to_owned(),
        ],
        "- a\n- b\n- c\n",
        &Prose::of("- a\n- b\n- c\n"),
        None,
    );
    let open: Vec<&str> = outcome.open.iter().map(|(what, _)| what.as_str()).collect();
    assert_eq!(
        open,
        [
            "requirement: Be polite to the reader",
            "requirement: Three bullet points about tea"
        ]
    );
    assert!(outcome.defects.is_empty() && outcome.decided);
}

#[test]
fn a_request_only_warns() {
    let prose = Prose::of("a, b");
    let outcome = request("Write one line. Do not use any commas.", "a, b", &prose, None);
    assert!(
        outcome
            .defects
            .iter()
            .all(|defect| defect.severity == Severity::Warning)
    );
    assert_eq!(outcome.defects.len(), 1);
    assert!(!request("Why is the sea salty?", "a, b", &prose, None).decided);
}

#[test]
fn odd_input_does_no_harm() {
    for text in [
        "",
        "\u{0}",
        "\"",
        "'''''",
        "include \"\"",
        "at least 99999999999999999999 words",
        "🎉 `",
        "(((",
    ] {
        let text = text.to_owned();
        let begun = std::time::Instant::now();
        drop(requirements(
            &[text.clone(), text.repeat(3_000)],
            &text,
            &Prose::of(&text),
            None,
        ));
        drop(request(&text.repeat(3_000), &text, &Prose::of(&text), None));
        assert!(
            begun.elapsed().as_secs() < 5,
            "{text:?} took {:?}",
            begun.elapsed()
        );
    }
}
