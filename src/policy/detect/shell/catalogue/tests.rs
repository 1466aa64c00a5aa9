use super::*;
use crate::policy::detect::shell::inspect;

/// The examples of a line.
fn examples(line: &'static str) -> impl Iterator<Item = &'static str> {
    line.split_once(" # ")
        .map(|(_, examples)| examples)
        .into_iter()
        .flat_map(|examples| examples.split(" ;; "))
        .map(str::trim)
}

#[test]
fn every_effect_happens_in_its_examples() {
    let mut wrong = Vec::new();
    for (_, file) in FILES {
        for (names, block) in blocks(file) {
            for line in block.lines() {
                let Some(outcome) = Outcome::read(line) else {
                    continue;
                };
                let mut count = 0;
                for example in examples(line) {
                    count += 1;
                    let effects = inspect(example);
                    if !effects
                        .iter()
                        .any(|effect| effect.id == outcome.is && effect.family == outcome.family)
                    {
                        let ids: Vec<_> = effects.into_iter().map(|effect| effect.id).collect();
                        wrong.push(format!("{example}: not {}, but {ids:?}", outcome.is));
                    }
                }
                if count == 0 {
                    wrong.push(format!("{names}: no example of `{line}`"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn what_is_harmless_is_not_held_back() {
    let mut wrong = Vec::new();
    for (_, file) in FILES {
        for (_, block) in blocks(file) {
            for example in block.lines().filter_map(|line| line.strip_prefix("- ")) {
                let effects = inspect(example);
                let holds =
                    |family: &str| matches!(family, "destroy" | "opaque" | "execute" | "publish" | "persist");
                // Build output and temporary files are excused by a rule, not by the catalogue.
                if effects.iter().any(|effect| holds(&effect.family)) {
                    wrong.push(format!("{example}: {effects:?}"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn wrappers_and_interpreters_are_looked_into() {
    let mut wrong = Vec::new();
    for (_, file) in FILES {
        for (names, block) in blocks(file) {
            for line in block
                .lines()
                .filter(|line| line.starts_with("runs:") || line.starts_with("code:"))
            {
                if examples(line).next().is_none() {
                    wrong.push(format!("{names}: no example of `{line}`"));
                }
                for example in
                    examples(line).filter(|example| example.contains("src") || example.contains("drop"))
                {
                    let effects = inspect(example);
                    if !effects
                        .iter()
                        .any(|effect| matches!(effect.family.as_str(), "destroy" | "opaque"))
                    {
                        wrong.push(format!("{example}: {effects:?}"));
                    }
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
