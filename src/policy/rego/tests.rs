use std::collections::BTreeSet;

use serde_json::json;

use super::*;
use crate::detect::sample;
use crate::domain::{Action, ActionKind, Destination, Label, MicroUsd, Verdict};
use crate::policy::Bundle;
use crate::policy::facts::Validated;

fn source(name: &str, text: &str) -> Source {
    Source {
        name: name.to_owned(),
        text: text.to_owned(),
    }
}

fn note() -> Source {
    source("packs/note.rego", include_str!("tests/note.rego"))
}

fn rego(rules: &str) -> Bundle {
    Bundle::load(&[source("team.rego", &format!("package team\n{rules}"))]).unwrap()
}

fn refusal(text: &str) -> String {
    let error = Bundle::load(&[source("team.rego", text)]).unwrap_err();
    error.to_string()
}

fn of(kind: ActionKind, content: &str) -> Facts {
    Facts::of(&Action::new(kind).with_content(content), None)
}

/// Each of the note's policies, met and just missed.
fn cases() -> Vec<Facts> {
    use ActionKind::{Handover, Http, MemoryWrite, Message, ModelRequest, Shell};
    let token = sample("github-pat").unwrap();
    let mut cases = vec![
        of(Http, &format!("token={token}")),
        of(MemoryWrite, &format!("token={token}")),
        of(Shell, &format!("echo {token}")),
        of(Http, "token=${GITHUB_TOKEN}"),
        of(Shell, "git push --force origin main"),
        of(Shell, "git push --force origin release/2"),
        of(Shell, "git push --force origin release/2/hot"),
        of(Shell, "git push --force origin topic"),
        of(Shell, "git push origin main"),
        of(Shell, "rm -rf src"),
        of(Shell, "rm -rf target/debug"),
        of(Shell, "rm -rf node_modules/x src"),
        of(Shell, "psql -c 'DROP TABLE users'"),
        of(ModelRequest, "ask ada@corp.io and grace@corp.io"),
        of(Message, "ask ada@corp.io"),
        of(Shell, "$(cat x) y"),
        of(Shell, "ls"),
        of(Handover, "fn main() {}"),
    ];
    for (used, cost) in [(0, 5_000_000), (1, 5_000_000), (4_999_999, 1), (6_000_000, 1)] {
        let mut facts = of(ModelRequest, "go on");
        facts.used.insert("run-budget".to_owned(), used);
        facts.cost = MicroUsd(cost);
        cases.push(facts);
    }
    for (verdict, age_s) in [
        (Verdict::Pass, 0),
        (Verdict::Pass, 3_600),
        (Verdict::Pass, 3_601),
        (Verdict::Fail, 0),
    ] {
        let mut facts = of(Handover, "fn main() {}");
        facts.output = Some("code".to_owned());
        cases.push(facts.clone());
        facts.validated = Some(Validated { verdict, age_s });
        cases.push(facts);
    }
    for labels in [
        vec![Label::Untrusted],
        vec![Label::Secret],
        vec![Label::Untrusted, Label::Secret],
    ] {
        for to in [Destination::Network, Destination::Local] {
            let mut facts = of(Http, "hello");
            facts.labels.extend(&labels);
            facts.to = to;
            cases.push(facts);
        }
    }
    cases
}

#[test]
fn the_policies_of_the_note_say_the_same_in_rego_as_in_a_pack() {
    let pack = source("note.yaml", include_str!("tests/note.yaml"));
    let own: Vec<String> = Bundle::load(std::slice::from_ref(&pack))
        .unwrap()
        .rules()
        .into_iter()
        .map(|rule| rule.id)
        .filter(|id| !Bundle::builtin().rules().iter().any(|rule| rule.id == *id))
        .collect();
    assert_eq!(own.len(), 8);
    let (yaml, rego) = (Bundle::load(&[pack]).unwrap(), Bundle::load(&[note()]).unwrap());
    let mut seen = BTreeSet::new();
    for facts in cases() {
        let (one, other) = (yaml.evaluate(&facts), rego.evaluate(&facts));
        let of_pack: BTreeSet<_> = one
            .rules
            .iter()
            .filter(|rule| own.contains(&rule.id))
            .map(|rule| (rule.id.clone(), rule.effect))
            .collect();
        let of_rego: BTreeSet<_> = other
            .rules
            .iter()
            .filter_map(|rule| Some((rule.id.strip_prefix("note.")?.to_owned(), rule.effect)))
            .collect();
        assert_eq!(of_pack, of_rego, "{facts:?}");
        assert_eq!(one.effect, other.effect, "{facts:?}");
        assert_eq!(one.redact, other.redact, "{facts:?}");
        seen.extend(of_pack.into_iter().map(|(id, _)| id));
    }
    assert_eq!(seen.len(), 8, "each of them matched once: {seen:?}");
}

#[test]
fn the_strictest_wins_whoever_says_it() {
    let shell = of(ActionKind::Shell, "git push --force origin main");
    let plain = of(ActionKind::Shell, "ls");
    let warns = rego("warn contains \"careful\" if input.kind == \"shell\"\n");
    let judged = warns.evaluate(&shell);
    assert_eq!(judged.effect, Effect::Deny, "the built-in pack denies");
    assert_eq!(judged.rules[0].id, "protect-release-branches");
    assert!(
        judged
            .rules
            .iter()
            .any(|rule| rule.id == "team.warn" && rule.why == "careful")
    );
    assert_eq!(warns.evaluate(&plain).effect, Effect::Warn);

    let denies =
        rego("deny contains {\"msg\": \"No.\", \"rule\": \"no-shell\"} if input.kind == \"shell\"\n");
    let judged = denies.evaluate(&plain);
    assert_eq!((judged.effect, judged.retry), (Effect::Deny, Retry::Never));
    assert_eq!(judged.rules[0].id, "team.no-shell");
    assert_eq!(
        denies.evaluate(&of(ActionKind::Message, "hello")).effect,
        Effect::Allow
    );
    let holds = rego("hold if input.tool == \"saw\"\n");
    assert_eq!(holds.evaluate(&plain).effect, Effect::Allow);
    let saw = Facts::of(&Action::new(ActionKind::ToolCall).with_tool("saw"), None);
    let judged = holds.evaluate(&saw);
    assert_eq!(
        (judged.effect, judged.retry),
        (Effect::RequireApproval, Retry::AfterApproval)
    );
}

#[test]
fn what_cannot_be_evaluated_is_denied() {
    let plain = of(ActionKind::Shell, "ls");
    let never_ends = "deny contains \"x\" if {\n\tsome a in numbers.range(1, 3000)\n\tsome b in numbers.range(1, 3000)\n\ta * b < 0\n}\n";
    for (rules, why) in [
        ("warn contains \"x\" if regex.match(\"(\", input.kind)\n", "regex"),
        (
            "warn contains \"x\" if 1 / count(input.kind) > 1 / (count(input.kind) - 5)\n",
            "divide by zero",
        ),
        (never_ends, "time limit"),
        ("deny contains 7 if input.kind == \"shell\"\n", "neither a text"),
        ("deny := 7\n", "neither a set"),
        (
            "redact contains \"all of it\" if input.kind == \"shell\"\n",
            "neither a text",
        ),
        ("warn contains \"x\" if to_number(input.kind) > 1\n", "number"),
    ] {
        let judged = rego(rules).evaluate(&plain);
        assert_eq!(judged.effect, Effect::Deny, "{rules}");
        assert_eq!(judged.rules[0].id, "team.error");
        assert!(judged.rules[0].why.contains(why), "{}", judged.rules[0].why);
    }
}

#[test]
fn a_wrong_policy_is_refused_with_its_place() {
    let refused = refusal("package team\ndeny contains \"x\" if {\n  input.kind ==\n}\n");
    assert!(refused.contains("team.rego is refused at line 4"), "{refused}");
    assert!(refusal("package team\nallow := true\n").contains("none of deny, hold, redact, warn"));
    let called = refusal("package team\ndeny contains \"x\" if http.send({\"url\": \"https://a.b\"})\n");
    assert!(called.contains("http.send"), "{called}");
    let called = refusal("package team\ndeny contains \"x\" if opa.runtime().env.HOME\n");
    assert!(called.contains("opa.runtime"), "{called}");
    let twice = [note(), source("other/note.rego", include_str!("tests/note.rego"))];
    assert!(
        Bundle::load(&twice)
            .unwrap_err()
            .to_string()
            .contains("already in")
    );
}

#[test]
fn tests_in_a_policy_run_when_it_is_loaded() {
    let trials = trials(&note()).unwrap();
    let counts: Vec<_> = trials
        .iter()
        .map(|trial| (trial.rule.as_str(), trial.n_tests, trial.passed()))
        .collect();
    assert_eq!(
        counts,
        [
            ("note.deny", 5, 5),
            ("note.hold", 0, 0),
            ("note.redact", 0, 0),
            ("note.warn", 0, 0)
        ][..counts.len()]
    );
    let failing = "package team\ndeny contains \"x\" if input.kind == \"sql\"\ntests := {\"deny\": {\"match\": [{\"kind\": \"shell\", \"content\": \"ls\"}]}}\n";
    let refused = refusal(failing);
    assert!(
        refused.contains("at line 3") && refused.contains("deny.match[0]: does not match"),
        "{refused}"
    );
}

#[test]
fn its_sets_are_among_the_rules_and_its_text_in_the_hash() {
    let bundle = Bundle::load(&[note()]).unwrap();
    let ids: Vec<String> = bundle.rules().into_iter().map(|rule| rule.id).collect();
    assert!(ids.contains(&"note.deny".to_owned()) && ids.contains(&"note.redact".to_owned()));
    assert_ne!(bundle.hash(), Bundle::builtin().hash());
    assert_eq!(
        json!(bundle.by_pack().last().unwrap().0),
        json!("packs/note.rego")
    );
}
