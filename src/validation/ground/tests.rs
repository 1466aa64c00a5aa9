use super::*;

/// One line per finding: rule and the text it points at.
fn found(output: &str, sources: &[&str]) -> Vec<String> {
    let sources: Vec<String> = sources.iter().map(|source| (*source).to_owned()).collect();
    let mut defects = check(output, &Prose::of(output), &sources).unwrap().defects;
    defects.sort_by_key(|defect| defect.range.start);
    defects
        .iter()
        .map(|defect| format!("{} {}", defect.rule, &output[defect.range.clone()]))
        .collect()
}

#[track_caller]
fn check_found(output: &str, sources: &[&str], expected: &[&str]) {
    assert_eq!(found(output, sources), expected, "{output}");
}

const MEETING: &str = "The meeting of the harbour board is on Tuesday, 12 March, at 10:30. Ada Lovelace leads it.\n\n\
                       See https://example.org/board/agenda for the 1,250 pages: \"Bring your own tea, please.\"";

#[test]
fn what_the_sources_say_is_clean() {
    for output in [
        "The harbour board meets on Tuesday at 10:30. The meeting is led by Ada Lovelace.",
        "- **Tuesday**, 12 March\n- led by Ada Lovelace\n- 1250 pages, [here](https://example.org/board/agenda)\n",
        "What does the budget of Berlin say?\n\n# A Title Of My Own\n",
        "The board says “bring your own tea … please”.",
        "",
    ] {
        check_found(output, &[MEETING], &[]);
    }
}

#[test]
fn what_no_source_says_is_found_at_its_place() {
    check_found(
        "> The board meets on Tuesday at 10:30.\n> Penguins rarely migrate across frozen deserts.\n",
        &[MEETING],
        &["ground.sentence Penguins rarely migrate across frozen deserts."],
    );
    check_found(
        "The meeting is on Tuesday, 14 March.",
        &[MEETING],
        &["ground.number 14"],
    );
    check_found(
        "The meeting of the harbour board is led by Grace.",
        &[MEETING],
        &["ground.name Grace"],
    );
    check_found(
        "The harbour board says \"bring your own coffee\" on Tuesday.",
        &[MEETING],
        &["ground.quote bring your own coffee"],
    );
    check_found(
        "For the pages see https://example.org/board/minutes.",
        &[MEETING],
        &["ground.path https://example.org/board/minutes"],
    );
}

#[test]
fn a_sentence_comes_with_the_place_that_says_most_of_it() {
    let sources = ["Nothing here.".to_owned(), MEETING.to_owned()];
    let grounding = read("Ada leads the harbour board.", &sources);
    let [only] = &grounding.sentences[..] else {
        panic!("{grounding:?}")
    };
    let (source, range) = only.evidence.clone().unwrap();
    assert_eq!(source, 1);
    assert!(sources[1][range].contains("Ada Lovelace leads it."));
    assert!(only.share > 0.9 && grounding.share > 0.9);
}

#[test]
fn every_statement_is_told_with_its_place() {
    let artifact = crate::domain::Artifact {
        sources: vec![MEETING.to_owned()],
        ..crate::domain::Artifact::new("# Plan\n\nIs it so? 🎉 Ada leads it.\nThe board meets.")
    };
    let validation = super::super::check(&artifact, &super::super::Settings::default());
    let places: Vec<_> = validation
        .support
        .iter()
        .map(|s| (s.line, s.column, s.share > 0.8))
        .collect();
    assert_eq!(places, [(3, 11, true), (4, 1, true)]);
    let evidence = validation.support[0].evidence.as_ref().unwrap();
    assert_eq!(evidence.source, 1);
    assert!(MEETING[evidence.byte_start..evidence.byte_end].contains("Ada Lovelace leads it."));
}

#[test]
fn an_answer_in_its_own_words_is_told_so_mildly() {
    let output = "Folks gather early next week. Somebody clever presides over everything there.";
    let defects = check(output, &Prose::of(output), &[MEETING.to_owned()])
        .unwrap()
        .defects;
    assert!(!defects.is_empty());
    assert!(defects.iter().all(|defect| defect.severity == Severity::Info));
}

#[test]
fn sources_of_other_languages_and_of_nothing_do_no_harm() {
    check_found("会議は火曜日です。", &["会議は火曜日です。"], &[]);
    assert!(read("A b c.", &[String::new()]).share < 0.01);
    assert_eq!(read("", &[MEETING.to_owned()]).share, 0.0);
}

#[test]
fn much_text_is_refused_or_done_in_time() {
    let source = "the harbour board meets ".repeat(40_000);
    let answer = "the harbour board meets. ".repeat(4_000);
    let begun = std::time::Instant::now();
    drop(check(&answer, &Prose::of(&answer), &[source]));
    assert!(begun.elapsed().as_secs() < 30, "{:?}", begun.elapsed());
    let large = vec!["x".repeat(MAX_SOURCES + 1)];
    assert!(check("x", &Prose::of("x"), &large).is_err());
}
