//! Every error code has a section in docs/errors.md with its cause and its cure.

use std::collections::BTreeSet;
use std::path::Path;

#[test]
fn each_code_is_documented_and_each_section_is_a_code() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let (mut codes, mut sources) = (BTreeSet::new(), String::new());
    let mut folders = vec![root.join("src")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = std::fs::read_to_string(&path).unwrap();
                codes.extend(codes_in(&text));
                sources += &text;
            }
        }
    }
    assert!(codes.len() > 20, "{codes:?}");
    let page = std::fs::read_to_string(root.join("docs/errors.md")).unwrap();
    let sections: BTreeSet<_> = page
        .lines()
        .filter_map(|line| line.strip_prefix("## `")?.strip_suffix('`'))
        .collect();
    let codes: BTreeSet<_> = codes.iter().map(String::as_str).collect();
    let missing: Vec<_> = codes.difference(&sections).collect();
    let stale: Vec<_> = sections
        .iter()
        .filter(|code| !sources.contains(&format!("\"{code}\"")))
        .collect();
    assert!(
        missing.is_empty() && stale.is_empty(),
        "without a section: {missing:?}; without a code: {stale:?}"
    );
}

/// The string of each arm of a `fn code`, and of each problem made on the spot.
fn codes_in(text: &str) -> Vec<String> {
    let text = text.split("#[cfg(test)]").next().unwrap();
    let arms = text.split("fn code(&self)").skip(1).flat_map(|rest| {
        let body = rest.split("\n    }\n").next().unwrap_or_default();
        body.split("=> \"")
            .skip(1)
            .filter_map(|arm| arm.split('"').next())
    });
    let fields = text
        .split("code: \"")
        .skip(1)
        .filter_map(|rest| rest.split('"').next());
    let told = text
        .split("ToolError::new(")
        .skip(1)
        .filter_map(|rest| rest.trim_start().strip_prefix('"')?.split('"').next());
    arms.chain(fields).chain(told).map(str::to_owned).collect()
}
