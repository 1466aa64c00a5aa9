use serde_json::json;

use super::*;
use crate::domain::{Action, ActionKind, Actor, Scope};
use crate::policy::Source;

/// A record as the gate would have made it, by the built-in rules and `packs`.
struct Record {
    bundle: Bundle,
    history: History,
    entries: Vec<(AuditEntry, String)>,
}

fn bundle(rules: &str) -> Bundle {
    let source = Source {
        name: "new.yaml".to_owned(),
        text: format!("version: 1\nrules:\n{rules}"),
    };
    Bundle::load(&[source]).unwrap()
}

impl Record {
    fn by(bundle: Bundle) -> Self {
        Self {
            bundle,
            history: History::default(),
            entries: Vec::new(),
        }
    }

    fn add(&mut self, run: Option<&str>, action: &Action) -> Effect {
        let scope = Scope::new("local", "test", "ada").unwrap();
        let at = Timestamp::from_second(1_767_225_600 + 60 * self.entries.len() as i64).unwrap();
        let whose = Whose::of(&scope, run);
        let actor = Actor {
            run: run.map(str::to_owned),
            ..Actor::default()
        };
        let mut facts = Facts::of(action, Some(&actor));
        self.history
            .inform(&mut facts, &whose, None, self.bundle.limits(), at);
        let judged = self.bundle.evaluate(&facts);
        let denied = judged.rules.iter().filter(|rule| rule.effect == Effect::Deny);
        let denied: Vec<String> = denied.map(|rule| rule.id.clone()).collect();
        let counted = self.bundle.counted(&facts);
        self.history
            .observe(&whose, &facts, judged.effect, denied.into_iter(), counted, at);
        let document = facts.document();
        let entry = AuditEntry {
            at,
            scope,
            via: "enforce_policy".to_owned(),
            kind: action.kind,
            tool: action.tool.clone(),
            run: actor.run,
            action_sha256: Digest::of(format!("{action:?}").as_bytes()),
            facts_sha256: Some(Digest::of(document.as_bytes())),
            effect: judged.effect,
            rules: judged.rules.iter().map(|rule| rule.id.clone()).collect(),
            bundle: self.bundle.hash(),
            approval: None,
            outcome: None,
        };
        self.entries.push((entry, document));
        judged.effect
    }

    fn shell(&mut self, run: Option<&str>, command: &str) -> Effect {
        self.add(run, &Action::new(ActionKind::Shell).with_content(command))
    }

    fn judged_by(&self, bundle: Bundle, since: Option<Timestamp>, most: Option<u64>) -> Backtest {
        let mut replay = Replay::new(bundle, since, most);
        for (seq, (entry, document)) in (1..).zip(&self.entries) {
            replay.take(seq, entry, Some(document));
        }
        replay.finish()
    }
}

const NO_CURL: &str = "  - {id: no-curl, when: {program: curl}, then: deny, fix: Use the client.}\n";

#[test]
fn a_rule_more_stops_what_passed() {
    let mut record = Record::by(Bundle::builtin());
    record.shell(None, "ls -l");
    record.shell(None, "curl https://a.example/x");
    record.shell(None, "curl https://b.example/x");
    assert_eq!(record.shell(None, "git push --force origin main"), Effect::Deny);
    let found = record.judged_by(bundle(NO_CURL), None, None);
    assert_eq!((found.judged, found.passed, found.stopped), (4, 3, 1));
    assert_eq!((found.denied_now, found.asked_now, found.passed_now), (2, 0, 0));
    let change = &found.rules[0];
    assert_eq!((change.id.as_str(), change.stops), ("no-curl", 2));
    assert_eq!(
        (change.samples[0].seq, change.samples[0].would_be),
        (2, Effect::Deny)
    );
    assert!(change.samples[0].matched[0].contains("curl"), "{change:?}");
}

#[test]
fn the_same_rules_change_nothing() {
    let limit = "  - {id: few, limit: {calls: 2, per: hour}}\n\
                 \x20 - {id: leak, flow: {after: untrusted, to: network}, then: deny}\n";
    let mut record = Record::by(bundle(limit));
    for command in [
        "ls",
        "git push -f origin main",
        "pwd",
        "date",
        "curl https://a.example",
    ] {
        record.shell(Some("r"), command);
    }
    let read = Action::new(ActionKind::ToolResult).with_content("<p>hello</p>");
    record.add(Some("r"), &read);
    let found = record.judged_by(bundle(limit), None, None);
    let changed = found.denied_now + found.asked_now + found.passed_now + found.otherwise;
    assert_eq!((found.judged, changed), (6, 0), "{found:#?}");
}

#[test]
fn a_limit_counts_what_it_would_have_let_pass_and_no_more() {
    let mut record = Record::by(Bundle::builtin());
    for _ in 0..6 {
        assert_eq!(record.shell(Some("r"), "ls"), Effect::Allow);
    }
    let few = "  - {id: few, limit: {calls: 4, per: run}}\n";
    let found = record.judged_by(bundle(few), None, None);
    assert_eq!((found.passed, found.denied_now), (6, 2));
    assert_eq!(found.rules[0].id, "few");
}

#[test]
fn a_flow_is_followed_through_the_run() {
    let mut record = Record::by(Bundle::builtin());
    let page = Action::new(ActionKind::ToolResult).with_content("<p>hello</p>");
    let call = Action {
        arguments: json!({"text": "hello"}),
        ..Action::new(ActionKind::Http)
    };
    record.add(Some("a"), &page);
    record.add(Some("a"), &call);
    record.add(Some("b"), &call);
    let leak = "  - {id: leak, flow: {after: untrusted, to: network}, then: deny}\n";
    let found = record.judged_by(bundle(leak), None, None);
    assert_eq!(found.denied_now, 1);
    assert_eq!(found.rules[0].samples[0].seq, 2);
}

#[test]
fn a_rule_less_lets_pass_what_was_stopped() {
    let mut record = Record::by(bundle(NO_CURL));
    record.shell(None, "curl https://a.example/x");
    let found = record.judged_by(Bundle::builtin(), None, None);
    assert_eq!((found.stopped, found.passed_now), (1, 1));
    assert_eq!((found.rules[0].id.as_str(), found.rules[0].lets), ("no-curl", 1));
}

#[test]
fn what_a_person_allowed_stays_allowed_until_a_rule_denies_it() {
    let mut record = Record::by(Bundle::builtin());
    assert_eq!(record.shell(None, "rm -rf notes"), Effect::RequireApproval);
    let (mut given, document) = record.entries[0].clone();
    given.approval = Some("a1".to_owned());
    given.effect = Effect::Allow;
    record.entries.push((given, document));
    let same = record.judged_by(Bundle::builtin(), None, None);
    assert_eq!((same.denied_now, same.asked_now, same.otherwise), (0, 0, 0));
    let never = "  - {id: never, when: {effect: destroy}, then: deny, fix: Move it.}\n";
    let found = record.judged_by(bundle(never), None, None);
    assert_eq!((found.denied_now, found.rules[0].samples[0].seq), (1, 2));
}

#[test]
fn repeated_denials_are_counted_as_the_gate_does() {
    let mut record = Record::by(Bundle::builtin());
    for _ in 0..4 {
        record.shell(Some("r"), "curl https://a.example/x");
    }
    assert_eq!(record.judged_by(bundle(NO_CURL), None, None).final_denials, 2);
}

#[test]
fn older_entries_are_history_and_what_has_no_facts_is_said() {
    let mut record = Record::by(Bundle::builtin());
    for _ in 0..6 {
        record.shell(Some("r"), "ls");
    }
    let since = record.entries[4].0.at;
    let few = "  - {id: few, limit: {calls: 4, per: run}}\n";
    let found = record.judged_by(bundle(few), Some(since), None);
    assert_eq!((found.judged, found.denied_now), (2, 2));
    let found = record.judged_by(bundle(few), None, Some(3));
    assert_eq!((found.judged, found.denied_now), (3, 0));

    let mut replay = Replay::new(Bundle::builtin(), None, None);
    let (entry, document) = &record.entries[0];
    replay.take(1, entry, None);
    replay.take(2, entry, Some("{"));
    replay.take(3, entry, Some(document));
    let found = replay.finish();
    assert_eq!((found.judged, found.without_facts, found.unreadable), (1, 1, 1));
}
