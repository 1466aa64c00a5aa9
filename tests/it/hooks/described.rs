//! docs/openapi.yaml, and the workflow that calls what it describes.

use firstmate::mcp::tool_list;

use super::*;

/// Everything behind this line of the description is written by the test below.
const WRITTEN: &str = "    # From here on written by a test.\n";

#[test]
fn the_description_has_the_schema_of_a_run_as_the_tool_publishes_it() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/openapi.yaml");
    let text = std::fs::read_to_string(file).unwrap();
    let (by_hand, _) = text.split_once(WRITTEN).unwrap();
    let tool = tool_list()
        .into_iter()
        .find(|tool| tool.name == "run_crew")
        .unwrap();
    let schema = serde_json::to_value(tool).unwrap()["outputSchema"].clone();
    let schema = format!("{schema:#}").replace('\n', "\n      ");
    crate::manifest::compare(
        "docs/openapi.yaml",
        &format!("{by_hand}{WRITTEN}    Run:\n      {schema}\n"),
    );
}

#[test]
fn every_operation_is_served_and_every_path_that_is_served_is_described() {
    let dir = tempfile::tempdir().unwrap();
    let server = serve(dir.path(), "");
    let description = description();
    let mut operations = Vec::new();
    for (path, item) in description["paths"].as_object().unwrap() {
        for method in ["get", "post"] {
            let Some(operation) = item.get(method) else {
                continue;
            };
            operations.push(operation["operationId"].as_str().unwrap());
            let real = path.replace("{run}", "r");
            let request = if method == "get" {
                Request::get(real)
            } else {
                Request::post(real, &json!({}))
            };
            let status = request.send_with(&server, "").status;
            let open = operation["security"] == json!([]);
            assert_eq!(status, if open { 200 } else { 400 }, "{method} {path}");
            if !open {
                for status in ["200", "400", "401", "409", "413", "503"] {
                    assert!(
                        operation["responses"].get(status).is_some(),
                        "{method} {path}: {status}"
                    );
                }
            }
        }
    }
    operations.sort_unstable();
    assert_eq!(
        operations,
        ["approveStep", "describe", "lookAtRun", "startRun", "submitSteps"]
    );
    let source = include_str!("../../../src/mcp/hooks/mod.rs");
    let served = source
        .split("\"/hooks/v1")
        .skip(1)
        .filter_map(|rest| rest.split('"').next());
    for path in served {
        let path = format!("/hooks/v1{path}");
        assert!(
            description["paths"].get(&path).is_some(),
            "{path} is not described"
        );
    }
}

/// Versions of n8n's nodes, as their sources in n8n-io/n8n list them.
const NODES: [(&str, &[f64]); 4] = [
    ("n8n-nodes-base.webhook", &[1.0, 1.1, 2.0, 2.1]),
    ("n8n-nodes-base.httpRequest", &[4.0, 4.1, 4.2]),
    ("n8n-nodes-base.wait", &[1.0, 1.1]),
    ("n8n-nodes-base.code", &[1.0, 2.0]),
];

#[test]
fn the_workflow_for_n8n_is_whole_and_calls_what_is_described() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/examples/n8n-review.json");
    let workflow: Value = serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap();
    let nodes = workflow["nodes"].as_array().unwrap();
    let mut names: Vec<&str> = Vec::new();
    let mut ids: Vec<&str> = Vec::new();
    for node in nodes {
        let kind = node["type"].as_str().unwrap();
        let (_, versions) = NODES
            .iter()
            .find(|(name, _)| *name == kind)
            .unwrap_or_else(|| panic!("{kind}"));
        assert!(
            versions.contains(&node["typeVersion"].as_f64().unwrap()),
            "{node}"
        );
        assert!(
            node["parameters"].is_object() && node["position"].as_array().unwrap().len() == 2,
            "{node}"
        );
        names.push(node["name"].as_str().unwrap());
        ids.push(node["id"].as_str().unwrap());
    }
    for all in [&mut names, &mut ids] {
        let count = all.len();
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), count, "each has a name and an id of its own: {all:?}");
    }
    let mut reached = vec!["Webhook in"];
    let connections = workflow["connections"].as_object().unwrap();
    for (from, outputs) in connections {
        assert!(names.contains(&from.as_str()), "{from}");
        for to in outputs["main"]
            .as_array()
            .unwrap()
            .iter()
            .flat_map(|output| output.as_array().unwrap())
        {
            let to = to["node"].as_str().unwrap();
            assert!(names.contains(&to), "{from} leads to {to}, which is no node");
            reached.push(to);
        }
    }
    reached.sort_unstable();
    assert_eq!(reached, names, "every node is reached, once");

    // What other nodes are referred to by, and which paths are called.
    let described = description();
    let paths: Vec<&String> = described["paths"].as_object().unwrap().keys().collect();
    let mut called = Vec::new();
    for code in nodes
        .iter()
        .filter_map(|node| node["parameters"]["jsCode"].as_str())
    {
        for name in code
            .split("$('")
            .skip(1)
            .filter_map(|rest| rest.split('\'').next())
        {
            assert!(names.contains(&name), "`{name}` is referred to and is no node");
        }
        for path in code.split("/hooks/v1").skip(1) {
            let path = path.split(['\'', '`']).next().unwrap().replace("${run}", "{run}");
            let path = format!("/hooks/v1{path}");
            assert!(paths.contains(&&path), "{path} is not described");
            called.push(path);
        }
    }
    assert_eq!(
        called,
        [
            "/hooks/v1/runs",
            "/hooks/v1/runs/{run}",
            "/hooks/v1/runs/{run}/approve"
        ]
    );
}
