//! Imports: what is told about files that are known to run.
//!
//! `imports DIR..`: every finding of `import.*` in the Python and JavaScript files below, counted by rule; nothing
//! should be found in an installed library but what it catches itself.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use firstmate::domain::Artifact;
use firstmate::validation::{Settings, check};

pub(crate) fn run(folders: &[String]) {
    let settings = Settings {
        deadline_ms: 60_000,
        max_block_bytes: 4 << 20,
        ..Settings::default()
    };
    let (mut files, mut checked) = (0, 0);
    let mut rules: BTreeMap<String, usize> = BTreeMap::new();
    for path in folders.iter().flat_map(|folder| below(Path::new(folder))) {
        let language = match path.extension().and_then(|extension| extension.to_str()) {
            Some("py") => "python",
            Some("js" | "cjs" | "mjs") => "js",
            Some("ts" | "mts" | "tsx") => "ts",
            _ => continue,
        };
        let Ok(output) = std::fs::read_to_string(&path) else {
            continue;
        };
        let artifact = Artifact {
            kind: Some("code".into()),
            language: Some(language.into()),
            ..Artifact::new(output)
        };
        let validation = check(&artifact, &settings);
        files += 1;
        checked += usize::from(
            validation
                .coverage
                .checked
                .iter()
                .any(|what| what.starts_with("import.")),
        );
        for finding in validation
            .findings
            .iter()
            .filter(|finding| finding.rule.starts_with("import."))
        {
            let rule = format!("{} {:?}", finding.rule, finding.severity);
            *rules.entry(rule).or_default() += 1;
            let fix = finding.fix.as_deref().unwrap_or_default();
            print(&format!(
                "{}:{} {:?} {} {fix}",
                path.display(),
                finding.line,
                finding.severity,
                finding.message
            ));
        }
    }
    print(&format!("{files} files, {checked} with imports checked"));
    for (rule, count) in rules {
        print(&format!("{rule}: {count}"));
    }
}

fn below(folder: &Path) -> Vec<PathBuf> {
    let (mut files, mut folders) = (Vec::new(), vec![folder.to_owned()]);
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).into_iter().flatten().flatten() {
            let path = entry.path();
            match entry.file_type() {
                Ok(kind) if kind.is_dir() => folders.push(path),
                Ok(kind) if kind.is_file() => files.push(path),
                _ => {}
            }
        }
    }
    files.sort();
    files
}

#[expect(clippy::print_stdout, reason = "this is what it is for")]
fn print(line: &str) {
    println!("{line}");
}
