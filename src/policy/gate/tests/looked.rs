use super::*;

const LOOK: &str = "page";

impl Fixture {
    async fn look(&self) -> Checked {
        let action = Action::new(ActionKind::MemoryRead).with_tool("crew.read");
        self.gate
            .check_look(&scope("p"), &Actor::default(), LOOK, action)
            .await
            .unwrap()
    }
}

fn pack(then: &str) -> String {
    format!(
        "version: 1\nrules:\n  - {{id: runs, when: {{tool: crew.read}}, then: {then}, why: Not here., fix: Leave it.}}\n"
    )
}

#[tokio::test]
async fn what_is_looked_at_every_moment_is_recorded_when_it_comes_out_differently() {
    for (then, is_stopped) in [("deny", true), ("allow", false)] {
        let line = fixture(&pack(then));
        for _ in 0..3 {
            assert_eq!(matches!(line.look().await, Checked::Stopped(_)), is_stopped);
        }
        assert_eq!(line.records().len(), 1, "{then}");
        let other = if is_stopped { "allow" } else { "deny" };
        let source = Source {
            name: "team.yaml".to_owned(),
            text: pack(other),
        };
        line.gate.replace(Bundle::load(&[source]).unwrap());
        for _ in 0..3 {
            assert_eq!(matches!(line.look().await, Checked::Stopped(_)), !is_stopped);
        }
        assert_eq!(line.records().len(), 2, "{then}");
        line.clock.advance(Duration::from_secs(600));
        line.look().await;
        assert_eq!(line.records().len(), 3, "{then}");
    }
}

#[tokio::test]
async fn a_look_that_a_person_allowed_stays_allowed_for_a_while() {
    let line = fixture(&pack("require_approval"));
    let ask = async || match line.look().await {
        Checked::Stopped(decision) => decision.approval.unwrap().id,
        Checked::Permitted(_) => panic!("nobody allowed it"),
    };
    let id = ask().await;
    assert_eq!(ask().await, id);
    assert_eq!(line.records().len(), 1);
    line.gate.answer(&scope("p"), &id, true).unwrap();
    for _ in 0..3 {
        assert!(matches!(line.look().await, Checked::Permitted(_)));
    }
    assert_eq!(line.records().len(), 2);
    line.clock.advance(Duration::from_secs(600));
    ask().await;
}
