//! `validate_output` over stdio, where a conversation about one output takes several calls.

use serde_json::{Value, json};

use crate::support::{Server, firstmate};

#[test]
fn a_judge_is_asked_what_no_rule_decides_and_changes_no_verdict() {
    let dir = tempfile::tempdir().unwrap();
    let mut server = Server::spawn(firstmate(dir.path()).args(["serve", "--stdio"]));
    server.initialize();
    let mut arguments = json!({
        "output": "```python\ndef add(a, b:\n    return a + b\n```\n",
        "requirements": ["reads well"],
        "judge": true,
    });
    let asked = server.call("validate_output", arguments.clone());
    assert_eq!(asked["verdict"], "fail", "{asked}");
    let found = &asked["findings"][0];
    let place = found["byte_start"].as_u64().unwrap() as usize;
    assert!(
        arguments["output"].as_str().unwrap()[place..].starts_with('\n'),
        "{found}"
    );
    assert_eq!(asked["judge"]["status"], "asked");
    let question = &asked["judge"]["questions"][0];
    assert!(question["asks"].to_string().contains("reads well"), "{question}");

    let said = |holds: Value, sha256: &Value| json!({"content_sha256": sha256, "answers": [{"question": question["id"], "holds": holds, "why": "it is short"}]});
    arguments["judgement"] = said(json!(true), &asked["content_sha256"]);
    let heard = server.call("validate_output", arguments.clone());
    assert_eq!(heard["verdict"], "fail", "a judge clears no defect: {heard}");
    assert_eq!(heard["judge"], json!({"status": "heard"}));

    arguments["judgement"] = said(json!(false), &asked["content_sha256"]);
    let heard = server.call("validate_output", arguments.clone());
    assert_eq!(heard["judge"]["objections"][0]["why"], "“it is short”", "{heard}");
    assert_eq!(heard["findings"], asked["findings"]);

    arguments["judgement"] = said(json!(true), &json!("0".repeat(64)));
    let problem = server.call_error("validate_output", arguments);
    assert!(
        problem["message"].to_string().contains("another output"),
        "{problem}"
    );
    assert!(server.finish().success());
}
