use super::*;
use crate::domain::{Action, ActionKind, Actor, Scope};
use crate::policy::Source;
use crate::policy::backtest::Replay;

struct Record {
    sources: Vec<Source>,
    bundle: Bundle,
    entries: Vec<(AuditEntry, String)>,
}

impl Record {
    fn by(rules: &str) -> Self {
        let sources: Vec<Source> = (!rules.is_empty())
            .then(|| Source {
                name: "own.yaml".to_owned(),
                text: format!("version: 1\nrules:\n{rules}"),
            })
            .into_iter()
            .collect();
        Self {
            bundle: Bundle::load(&sources).unwrap(),
            sources,
            entries: Vec::new(),
        }
    }

    fn decide(&mut self, role: Option<&str>, tool: &str, command: &str) -> &AuditEntry {
        let action = Action::new(ActionKind::Shell)
            .with_tool(tool)
            .with_content(command);
        let actor = Actor {
            role: role.map(str::to_owned),
            ..Actor::default()
        };
        let facts = Facts::of(&action, Some(&actor));
        let judged = self.bundle.evaluate(&facts);
        let document = facts.document();
        let entry = AuditEntry {
            at: Timestamp::from_second(1_767_225_600 + 3_600 * self.entries.len() as i64).unwrap(),
            scope: Scope::new("local", "shop", "ada").unwrap(),
            via: "enforce_policy".to_owned(),
            kind: action.kind,
            tool: action.tool,
            run: None,
            action_sha256: Digest::of(command.as_bytes()),
            facts_sha256: Some(Digest::of(document.as_bytes())),
            effect: judged.effect,
            rules: judged.rules.iter().map(|rule| rule.id.clone()).collect(),
            bundle: self.bundle.hash(),
            approval: None,
            outcome: None,
        };
        self.entries.push((entry, document));
        &self.entries.last().unwrap().0
    }

    /// Asks, and a person answers.
    fn ask(&mut self, command: &str, answer: Effect) {
        let asked = self.decide(None, "bash", command).clone();
        assert_eq!(asked.effect, Effect::RequireApproval, "{command}");
        let document = self.entries.last().unwrap().1.clone();
        let answered = AuditEntry {
            approval: Some("a".to_owned()),
            effect: answer,
            ..asked
        };
        self.entries.push((answered, document));
    }

    fn proposals(&self) -> Vec<Proposal> {
        let mut suggest = Suggest::new(&self.bundle);
        for (entry, document) in &self.entries {
            suggest.take(entry, Some(document));
        }
        suggest.finish()
    }

    /// What of the record would change with the proposal: stopped and let pass.
    fn replayed(&self, proposal: &Proposal) -> (u64, u64) {
        let mut replay = Replay::new(proposal.tried(&self.sources).unwrap(), None, None);
        for (seq, (entry, document)) in (1..).zip(&self.entries) {
            replay.take(seq, entry, Some(document));
        }
        let found = replay.finish();
        (found.denied_now + found.asked_now, found.passed_now)
    }
}

#[test]
fn an_action_that_is_approved_every_time_gets_one_approval_for_all() {
    let mut record = Record::by("");
    for _ in 0..6 {
        record.ask("rm -rf notes", Effect::Allow);
    }
    let proposals = record.proposals();
    assert_eq!(proposals.len(), 1, "{proposals:#?}");
    insta::assert_snapshot!(proposals[0].yaml, @r#"
      - id: known-ask-before-destroying-bash-fs.delete.recursive
        when: {kind: "shell", to: "local", tool: "bash", command: "fs.delete.recursive", program: "rm", path: ["notes"]}
        then: {require_approval: {uses: 6, ttl: 8h}}
        why: "Approved 6 times by people: one approval covers the work."
        fix: "Use the dry-run or the reversible form, narrow it to build output, or ask a person."
    "#);
    assert!(
        proposals[0].evidence.contains("5 of these approvals"),
        "{}",
        proposals[0].evidence
    );
    assert_eq!(record.replayed(&proposals[0]), (0, 0));
}

#[test]
fn one_refusal_or_too_few_are_no_pattern() {
    let mut record = Record::by("");
    for n in 0..6 {
        let answer = if n == 3 { Effect::Deny } else { Effect::Allow };
        record.ask("rm -rf notes", answer);
    }
    assert_eq!(record.proposals(), []);
    let mut record = Record::by("");
    for _ in 0..4 {
        record.ask("rm -rf notes", Effect::Allow);
    }
    assert_eq!(record.proposals(), []);
}

#[test]
fn a_rule_of_ones_own_gets_an_exception_that_lets_pass_what_was_approved() {
    let own = "  - {id: ask-curl, when: {program: curl}, then: require_approval, fix: Say why.}\n";
    let mut record = Record::by(own);
    for page in 0..6 {
        record.ask(&format!("curl https://docs.example/{page}"), Effect::Allow);
    }
    let proposals = record.proposals();
    assert_eq!(proposals.len(), 1, "{proposals:#?}");
    let exception = proposals[0].exception.as_ref().unwrap();
    assert_eq!(exception.rule, "ask-curl");
    assert!(
        exception.unless.contains("host: [\"docs.example\"]"),
        "{exception:?}"
    );
    assert!(proposals[0].yaml.contains("then: warn"));
    assert_eq!(record.replayed(&proposals[0]), (0, 6));
}

#[test]
fn what_one_role_is_refused_again_and_again_gets_a_better_fix() {
    let mut record = Record::by("");
    for _ in 0..5 {
        let entry = record.decide(Some("coder"), "bash", "git push --force origin main");
        assert_eq!(entry.effect, Effect::Deny);
        record.decide(Some("lead"), "bash", "git push --force origin main");
    }
    for _ in 0..2 {
        record.decide(Some("tester"), "bash", "git push --force origin main");
    }
    let proposals = record.proposals();
    let ids: Vec<&str> = proposals.iter().map(|proposal| proposal.id.as_str()).collect();
    assert_eq!(
        ids,
        [
            "again-protect-release-branches-coder-bash-git.push.force",
            "again-protect-release-branches-lead-bash-git.push.force"
        ]
    );
    assert!(
        proposals[0].yaml.contains("role: \"coder\""),
        "{}",
        proposals[0].yaml
    );
    assert!(
        proposals[0]
            .yaml
            .contains("refused to the role coder 5 times already")
    );
    assert_eq!(record.replayed(&proposals[0]), (0, 0));
    let all = pack(&proposals);
    let bundle = Bundle::load(std::slice::from_ref(&all)).unwrap();
    assert_eq!(bundle.rules().len(), Bundle::builtin().rules().len() + 2);
}

#[test]
fn names_that_a_pack_would_read_as_something_else_are_left_out() {
    let mut record = Record::by("");
    for tool in ["*", "> 5", "a\u{202e}b", "x\": {"] {
        for _ in 0..6 {
            record.decide(None, tool, "git push --force origin main");
        }
    }
    let proposals = record.proposals();
    assert_eq!(proposals.len(), 1, "{proposals:#?}");
    assert!(proposals[0].tried(&[]).is_some(), "{}", proposals[0].yaml);
    assert!(Bundle::load(&[pack([])]).is_ok());
}
