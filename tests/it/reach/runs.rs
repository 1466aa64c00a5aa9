//! Everything that happens in a run.

use firstmate::crew::{Deed, Templates};

use super::*;

/// The roles of all templates, and so of all steps that come from the server itself.
fn roles() -> Vec<String> {
    let templates = Templates::load(&[]).unwrap();
    let mut roles: Vec<String> = templates
        .iter()
        .flat_map(|template| template.steps.iter().map(|step| step.role.clone()))
        .collect();
    roles.sort();
    roles.dedup();
    roles
}

#[test]
fn everything_that_happens_in_a_run_is_denied_and_the_denial_is_on_record() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    let roles = roles();
    assert!(roles.len() > 3, "{roles:?}");
    let rule = |deed: Deed| match deed {
        Deed::Start => ("no-start", format!("tool: {}, finding: pii", deed.tool())),
        Deed::Offer => (
            "no-offer",
            format!("tool: {}, role: [{}]", deed.tool(), roles.join(", ")),
        ),
        Deed::HandOver => ("no-hand-over", format!("tool: {}, kind: handover", deed.tool())),
        Deed::Answer => (
            "no-answer",
            format!("tool: {}, kind: model_response", deed.tool()),
        ),
        Deed::Approve | Deed::Remark | Deed::Cancel | Deed::Resume => {
            let id = match deed {
                Deed::Approve => "no-approve",
                Deed::Remark => "no-remark",
                Deed::Cancel => "no-cancel",
                _ => "no-resume",
            };
            (id, format!("tool: {}", deed.tool()))
        }
    };
    let rules: Vec<String> = Deed::ALL.map(|deed| deny(rule(deed).0, &rule(deed).1)).to_vec();
    let mut server = Server::with(dir, "", &rules);
    let start = |server: &mut Server, task: &str, roles: &[&str]| {
        server.call("run_crew", json!({"task": task, "plan": steps(roles)}))
    };
    let submit = |server: &mut Server, begun: &Value, what: &str| {
        let token = &begun["pending"][0]["step_token"];
        let answer = server.call(
            "run_crew",
            json!({"submissions": [{"step_token": token, what: "done"}]}),
        );
        answer["receipts"][0].clone()
    };
    let ended = |answer: &Value, rule: &str| {
        assert_eq!(answer["ended"]["class"], "denied", "{answer}");
        let reason = answer["ended"]["reason"].as_str().unwrap();
        assert!(reason.contains(rule) && reason.contains("Not here."), "{answer}");
    };

    let mut expected: BTreeMap<&str, usize> = BTreeMap::new();
    for deed in Deed::ALL {
        let id = rule(deed).0;
        let n = match deed {
            Deed::Start => {
                ended(&start(&mut server, "write to ada@corp.io", &["anybody"]), id);
                1
            }
            Deed::Offer => {
                for role in &roles {
                    ended(&start(&mut server, "count", &[role]), id);
                }
                roles.len()
            }
            Deed::HandOver | Deed::Answer => {
                let roles: &[&str] = if deed == Deed::HandOver {
                    &["a", "b"]
                } else {
                    &["a"]
                };
                let begun = start(&mut server, "count", roles);
                let receipt = submit(&mut server, &begun, "output");
                assert_eq!(receipt["outcome"], "invalid", "{receipt}");
                assert_eq!(receipt["violations"][0]["rule"], id, "{receipt}");
                1
            }
            Deed::Approve => {
                let plan = json!([{"id": "s0", "role": "a", "goal": "may it?", "executor": "approval"}]);
                let begun = server.call("run_crew", json!({"task": "count", "plan": plan}));
                let receipt = submit(&mut server, &begun, "output");
                assert_eq!(receipt["violations"][0]["rule"], id, "{receipt}");
                1
            }
            Deed::Remark => {
                let begun = start(&mut server, "count", &["a"]);
                let receipt = submit(&mut server, &begun, "error");
                let got = &receipt["violations"][0]["got"];
                assert_eq!(got, "[withheld by policy]", "{receipt}");
                1
            }
            Deed::Cancel | Deed::Resume => {
                let begun = start(&mut server, "count", &["a"]);
                let verb = if deed == Deed::Cancel { "cancel" } else { "resume" };
                let asked = json!({"run_id": begun["run_id"], "action": verb});
                let error = server.call_error("run_crew", asked);
                assert_eq!(
                    (&error["code"], &error["rule"]),
                    (&json!("policy.denied"), &json!(id))
                );
                let status = server.call("run_crew", json!({"run_id": begun["run_id"]}));
                assert_eq!(status["seq"], begun["seq"], "nothing happened");
                1
            }
        };
        expected.insert(id, n);
    }
    assert!(server.finish().success());

    let denials = denials(dir);
    for deed in Deed::ALL {
        let id = rule(deed).0;
        let n = denials.get(&format!("{id} {}", deed.tool()));
        assert_eq!(n, expected.get(id), "{id}: {denials:?}");
    }
}
