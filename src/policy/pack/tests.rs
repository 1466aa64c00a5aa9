use super::*;
use crate::policy::bundle::Bundle;

fn check(rules: &str) -> String {
    let text = if rules.contains("version:") {
        rules.to_owned()
    } else {
        format!("version: 1\nrules:\n{rules}\n")
    };
    match Bundle::load(&[Source {
        name: "team.yaml".to_owned(),
        text,
    }]) {
        Ok(_) => "loaded".to_owned(),
        Err(error) => error.to_string(),
    }
}

#[test]
fn a_wrong_pack_is_refused_with_the_line() {
    for (rules, expected) in [
        ("  - {id: a, when: {kind: shell}, then: warn}", "loaded"),
        (
            "  - {id: a, when: {knd: shell}, then: warn}",
            "at line 3: unknown field `knd`",
        ),
        (
            "  - {id: a, wen: {kind: shell}, then: warn}",
            "at line 3: unknown field `wen`",
        ),
        ("  - {id: a, when: {}, then: warn}", "rule a: `when` is empty"),
        (
            "  - id: a\n    when: {kind: shell}\n    then: block",
            "at line 5: unknown variant `block`",
        ),
        (
            "  - {id: a, when: {kind: shel}, then: warn}",
            "`kind: shel` never holds",
        ),
        (
            "  - {id: a, when: {effect: destroi}, then: warn}",
            "`effect: destroi` never holds",
        ),
        (
            "  - {id: a, when: {command: git.puhs}, then: warn}",
            "`command: git.puhs` never holds",
        ),
        (
            "  - {id: a, when: {kind: []}, then: warn}",
            "an empty list never matches",
        ),
        (
            "  - {id: a, when: {bytes: many}, then: warn}",
            "`bytes` takes a number",
        ),
        (
            "  - {id: a, when: {path: {nt: x}}, then: warn}",
            "unknown field `nt`",
        ),
        ("  - {id: a, when: {kind: http}, then: redact}", "needs `finding`"),
        (
            "  - {id: a, when: {kind: shell}, unless: {effect: destroy}, then: warn}",
            "`unless` speaks of commands",
        ),
        (
            "  - {id: a, when: {kind: shell}, then: warn}\n  - {id: a, when: {kind: sql}, then: warn}",
            "at line 4: rule a is already in team.yaml",
        ),
        (
            "  - {id: protect-disks, when: {kind: shell}, then: warn}",
            "rule protect-disks is already in firstmate:commands@1",
        ),
        ("version: 2\nrules: []", "version 2 is not known"),
        (
            "version: 1\nextends: [firstmate:shel@1]\nrules: []",
            "there is no built-in pack firstmate:shel@1",
        ),
        ("version: 1\nrules: [", "team.yaml is refused"),
        ("version: 1\nrules: &a [*a]", "team.yaml is refused"),
    ] {
        let answer = check(rules);
        assert!(
            answer.contains(expected),
            "{rules}\n  gave: {answer}\n  not:  {expected}"
        );
    }
}

#[test]
fn a_failing_inline_test_refuses_the_pack() {
    let rule = |tests: &str| {
        check(&format!(
            "  - id: a\n    when: {{kind: http}}\n    then: warn\n    tests:\n      {tests}"
        ))
    };
    assert_eq!(rule("match: [{kind: http}]"), "loaded");
    assert!(rule("match: [{kind: shell}]").contains("at line 7: rule a: does not match"));
    assert!(rule("no_match: [{kind: http}]").contains("matches an action it must not match"));
    assert!(
        rule("match: [{kind: http, content: '<sample:nothing>'}]").contains("there is no sample nothing")
    );
}

#[test]
fn bombs_are_refused_before_they_go_off() {
    let bomb = format!("version: 1\nrules: {}{}", "[".repeat(5_000), "]".repeat(5_000));
    assert!(check(&bomb).contains("refused"));
    let aliases = "a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a]\nversion: 1\nrules: []";
    assert!(check(aliases).contains("refused"));
    assert!(check(&format!("version: 1\nrules: []\n# {}", "x".repeat(2 << 20))).contains("larger than"));
}
