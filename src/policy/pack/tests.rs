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
            "at line 3, column 20: unknown field `knd`",
        ),
        (
            "  - {id: a, wen: {kind: shell}, then: warn}",
            "at line 3, column 13: unknown field `wen`",
        ),
        ("  - {id: a, when: {}, then: warn}", "rule a: `when` is empty"),
        (
            "  - id: a\n    when: {kind: shell}\n    then: block",
            "at line 5, column 5: unknown variant `block`",
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
            "at line 4, column 10: rule a is already in team.yaml",
        ),
        (
            "  - {id: protect-disks, when: {kind: shell}, then: warn}",
            "rule protect-disks is already in firstmate:commands@1",
        ),
        ("  - {id: a, when: {kind: sql}}", "`then` is missing"),
        ("  - {id: a, then: deny}", "`when` is empty"),
        (
            "  - {id: a, when: {kind: sql, tool: psql}, unless: {kind: [sql, http]}, then: warn}",
            "it never fires",
        ),
        (
            "  - {id: a, when: {kind: [sql, http]}, then: deny}\n  - {id: b, when: {kind: http, host: \"*.io\"}, then: warn}",
            "at line 4, column 10: rule b changes nothing",
        ),
        (
            "  - {id: a, when: {effect: destroy}, then: deny}\n  - {id: b, when: {effect: destroy, path: \"src/**\"}, then: warn}",
            "rule b changes nothing",
        ),
        ("  - {id: a, limit: {usd: 5, calls: 1, per: run}}", "names one of"),
        ("  - {id: a, limit: {usd: -5, per: run}}", "no amount of dollars"),
        (
            "  - {id: a, limit: {calls: 5, per: week}}",
            "unknown variant `week`",
        ),
        (
            "  - {id: a, limit: {calls: 5, per: day, warn_at: lots}}",
            "no share such as 80%",
        ),
        (
            "  - {id: a, limit: {calls: 5, per: day}, then: warn}",
            "stops nothing",
        ),
        ("  - {id: a, require: {validated: pass}}", "needs a `when`"),
        (
            "  - {id: a, when: {kind: sql}, require: {validated: pass, within: soon}}",
            "no time such as",
        ),
        (
            "  - {id: a, flow: {after: rumour, to: network}}",
            "unknown variant `rumour`",
        ),
        (
            "  - {id: a, when: {kind: sql}, then: {require_approval: {uses: 0}}}",
            "approves nothing",
        ),
        (
            "  - {id: a, when: {finding: pii}, then: {redact: {restore: in_answer}}}",
            "needs `as: token`",
        ),
        (
            "  - {id: a, when: {kind: sql}, then: warn, on_error: deny}",
            "`on_error` is for",
        ),
        (
            "  - {id: a, when: {finding: pii}, then: warn, on_error: redact}",
            "would redact nothing",
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
    assert!(rule("match: [{kind: shell}]").contains("at line 7, column 15: rule a: does not match"));
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
