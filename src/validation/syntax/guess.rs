//! What an unlabelled block is written in, by what its lines look like.

use std::sync::LazyLock;

use regex::RegexSet;

use super::super::block::Block;
use super::super::report::{Defect, Skipped};
use super::{Language, check};

/// The share of lines that must look like a language before its parser's complaints are believed.
const STRONG: f64 = 0.4;

/// What a block was taken for, and what its parser then said.
pub(crate) struct Guessed {
    pub(crate) language: Language,
    pub(crate) defects: Vec<Defect>,
}

/// Checks a block that does not say what it is: languages in order of evidence, and only with a clear winner.
pub(crate) fn check_unlabelled(block: &Block) -> Result<Guessed, Skipped> {
    let unknown = || Skipped::Unknown("a code block has no language and none is evident".to_owned());
    let ranked = rank(&block.code);
    let mut complaints = None;
    for (language, share) in ranked {
        let defects = check(&block.labelled(language.clone()))?;
        if defects.is_empty() {
            return Ok(Guessed { language, defects });
        }
        if share >= STRONG && complaints.is_none() {
            complaints = Some(Guessed { language, defects });
        }
    }
    complaints.ok_or_else(unknown)
}

/// Whether enough lines of `text` look like one language to call the whole of it code.
pub(crate) fn is_code(text: &str) -> bool {
    rank(text).first().is_some_and(|(_, share)| *share >= STRONG)
}

/// The languages that some line speaks for, with the share of lines, most first. None when two are close.
fn rank(code: &str) -> Vec<(Language, f64)> {
    if let Some(language) = shebang(code) {
        return vec![(language, 1.0)];
    }
    let mut total = 0.0;
    let mut counts = [0.0; 3];
    for line in code.lines().filter(|line| !line.trim().is_empty()).take(400) {
        total += 1.0;
        let matches = MARKS.matches(line);
        for (i, count) in counts.iter_mut().enumerate() {
            let from = STARTS.get(i).copied().unwrap_or(0);
            let to = STARTS.get(i + 1).copied().unwrap_or(0);
            if (from..to).any(|mark| matches.matched(mark)) {
                *count += 1.0;
            }
        }
    }
    let [python, javascript, typescript] = counts;
    let script = javascript + typescript;
    if python > 2.0 * script {
        vec![(Language::Python, python / total)]
    } else if script > 2.0 * python {
        let language = if typescript > 0.0 {
            Language::TypeScript
        } else {
            Language::JavaScript
        };
        vec![(language, script / total)]
    } else {
        Vec::new()
    }
}

fn shebang(code: &str) -> Option<Language> {
    let line = code.lines().next()?.strip_prefix("#!")?;
    if line.contains("python") {
        Some(Language::Python)
    } else if line.contains("node") {
        Some(Language::JavaScript)
    } else {
        None
    }
}

const PYTHON: [&str; 6] = [
    r"^\s*(async )?def \w+\(.*",
    r"^\s*class \w+(\(.*\))?:\s*(#.*)?$",
    r"^\s*(import [\w.]+( as \w+)?|from [\w.]+ import .*)\s*(#.*)?$",
    r"^\s*(if|elif|while|for \w+ in|with|except) ?.*:\s*(#.*)?$|^\s*(else|try|finally):\s*$",
    r"^>>> ",
    r"^\s*(print\(.*\)|self\.\w+ = .*|@\w+)\s*$",
];
const JAVASCRIPT: [&str; 5] = [
    r"^\s*(export )?(const|let|var) [\w{\[].*",
    r"^\s*(export )?(default )?(async )?function\b.*\{",
    r#"^\s*(import|export) .*from ['"].*['"];?\s*$"#,
    r"^\s*(module\.exports|console\.\w+\(|document\.|window\.)",
    r"=> ?\{?\s*$|^\s*\}\)?;\s*$",
];
const TYPESCRIPT: [&str; 2] = [
    r"^\s*(export )?(interface \w+.*\{|type \w+(<.*>)? =|enum \w+ \{)",
    r"\w\??: ?(string|number|boolean|void|any|unknown)\b(\[\])?[,;)= ]",
];
/// Where each language's marks begin in [`MARKS`].
const STARTS: [usize; 4] = [
    0,
    PYTHON.len(),
    PYTHON.len() + JAVASCRIPT.len(),
    PYTHON.len() + JAVASCRIPT.len() + TYPESCRIPT.len(),
];
static MARKS: LazyLock<RegexSet> = LazyLock::new(|| {
    let marks = PYTHON.iter().chain(&JAVASCRIPT).chain(&TYPESCRIPT);
    #[expect(
        clippy::expect_used,
        reason = "the expressions are constants, and a test compiles them"
    )]
    RegexSet::new(marks).expect("marks are regular expressions")
});

#[cfg(test)]
mod tests {
    use super::*;

    fn best(code: &str) -> Option<Language> {
        rank(code).into_iter().next().map(|(language, _)| language)
    }

    #[test]
    fn code_is_known_by_its_lines_and_prose_is_not() {
        assert_eq!(
            best("import os\n\ndef f():\n    return 1\n"),
            Some(Language::Python)
        );
        assert_eq!(
            best("const a = 1;\nconsole.log(a);\n"),
            Some(Language::JavaScript)
        );
        assert_eq!(
            best("interface A {\n  b: string;\n}\n"),
            Some(Language::TypeScript)
        );
        assert_eq!(best("#!/usr/bin/env python3\nx\n"), Some(Language::Python));
        assert_eq!(best("$ ls -l\ntotal 0\n"), None);
        assert_eq!(best("Dear reader,\nthis is a letter.\n"), None);
    }
}
