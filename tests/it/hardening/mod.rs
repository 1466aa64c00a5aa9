//! Hostile clients at the door of the real binary. docs/security.md says which threat each of these is about.

use std::collections::BTreeSet;
use std::path::Path;

mod callers;
mod canary;
mod door;
mod load;
mod restart;
mod sessions;
mod token;

/// Every threat of the list has its row, and every test that a row names is there.
#[test]
fn the_security_page_names_tests_that_exist() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut tests = BTreeSet::new();
    let mut folders = vec![root.join("src"), root.join("tests")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = std::fs::read_to_string(&path).unwrap();
                let mut marked = false;
                for line in text.lines().map(str::trim_start) {
                    marked |= line.starts_with("#[test]") || line.starts_with("#[tokio::test");
                    // Other attributes may stand between the mark and the function.
                    if let Some((_, rest)) = line.split_once("fn ").filter(|_| marked) {
                        tests.extend(rest.split('(').next().map(str::to_owned));
                        marked = false;
                    }
                }
            }
        }
    }
    let page = std::fs::read_to_string(root.join("docs/security.md")).unwrap();
    let rows: Vec<_> = page.lines().filter(|line| line.starts_with("| S")).collect();
    let mut numbered: Vec<u32> = Vec::new();
    for row in &rows {
        let cells: Vec<_> = row.split('|').map(str::trim).collect();
        let (ids, shown) = (cells[1], cells[3]);
        numbered.extend(ids.split(", ").map(|id| id[1..].parse::<u32>().unwrap()));
        let named: Vec<_> = shown.split('`').skip(1).step_by(2).collect();
        assert!(
            !named.is_empty() || shown.starts_with("none: "),
            "neither a test nor a reason: {row}"
        );
        for name in named {
            assert!(tests.contains(name), "there is no test `{name}`: {row}");
        }
    }
    numbered.sort_unstable();
    assert_eq!(numbered, (1..=32).collect::<Vec<_>>(), "each once");
}
