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
    let mut counts = [0.0; LANGUAGES];
    for line in code.lines().filter(|line| !line.trim().is_empty()).take(400) {
        total += 1.0;
        let mut seen = [false; LANGUAGES];
        for mark in &MARKS.matches(line) {
            let language = MARKED.iter().take_while(|(_, from)| *from <= mark).count();
            if let Some(seen) = language.checked_sub(1).and_then(|at| seen.get_mut(at)) {
                *seen = true;
            }
        }
        for (count, seen) in counts.iter_mut().zip(seen) {
            *count += f64::from(u8::from(seen));
        }
    }
    let mut ranked: Vec<(Language, f64)> = MARKED
        .iter()
        .map(|(language, _)| language.clone())
        .zip(counts)
        .collect();
    // All of JavaScript is TypeScript: one line of the latter decides for it.
    if let [.., (_, javascript), (_, typescript)] = ranked.as_mut_slice()
        && *typescript > 0.0
    {
        *typescript += *javascript;
        *javascript = 0.0;
    }
    ranked.sort_by(|a, b| b.1.total_cmp(&a.1));
    match ranked.as_slice() {
        [(language, most), (_, next), ..] if *most > 0.0 && *most >= 2.0 * next => {
            vec![(language.clone(), most / total)]
        }
        _ => Vec::new(),
    }
}

fn shebang(code: &str) -> Option<Language> {
    let line = code.lines().next()?;
    if line.starts_with("<?php") {
        return Some(Language::Php);
    }
    let program = line.strip_prefix("#!")?;
    let known = [
        ("python", Language::Python),
        ("node", Language::JavaScript),
        ("ruby", Language::Ruby),
        ("php", Language::Php),
        ("bash", Language::Shell),
        ("/sh", Language::Shell),
        (" sh", Language::Shell),
    ];
    known
        .into_iter()
        .find(|(name, _)| program.contains(name))
        .map(|(_, language)| language)
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
const RUST: [&str; 5] = [
    r"^\s*(pub(\(\w+\))? )?(async |unsafe |const )*fn \w+.*[{;,(]\s*$",
    r"^\s*(pub )?(struct|enum|trait|impl|mod) \w+.*[{;]\s*$|^\s*impl<",
    r"^\s*(pub )?use [\w:]+::.*;\s*$",
    r"^\s*let (mut )?\w+(: [^=]+)? = .*;\s*$",
    r"^\s*#!?\[\w+.*\]\s*$|^\s*\w+!\(.*\);\s*$|^\s*\}\s*else \{$|=> \{?\s*$",
];
const GO: [&str; 4] = [
    r"^package \w+\s*$",
    r"^func (\(\w+ \*?\w+\) )?\w+\(.*\{\s*$",
    r"^\s*[\w, ]+ := .*|^\s*if err != nil \{|^\s*fmt\.\w+\(",
    r#"^type \w+ (struct|interface) \{|^import \($|^\t"[\w./]+"$"#,
];
const JAVA: [&str; 3] = [
    r"^\s*(public|private|protected) .*[{;]\s*$",
    r"^import (static )?(java|javax|org|com)\.[\w.*]+;\s*$",
    r"^\s*(System\.out\.|@Override|final \w+ \w+ =)",
];
const SHELL: [&str; 3] = [
    r#"^\$ \w|^\s*(sudo|apt|apt-get|brew|pip|pip3|npm|npx|yarn|cargo|git|docker|kubectl|cd|mkdir|chmod|curl|wget|export|source|echo) [-\w./$"'~]"#,
    r"^\s*(if \[|fi$|done$|esac$|for \w+ in .*; do|while .*; do|then$|elif \[)",
    r"^\s*\w+=\$\(.*\)\s*$",
];
const SQL: [&str; 2] = [
    r"^(SELECT|INSERT INTO|UPDATE|DELETE FROM|CREATE (TABLE|INDEX|VIEW)|ALTER TABLE|DROP) ",
    r"^\s*(FROM|WHERE|(LEFT |INNER |RIGHT )?JOIN|GROUP BY|ORDER BY|VALUES|LIMIT|HAVING)\b",
];
const HTML: [&str; 1] = [
    r"^\s*</?(!DOCTYPE|html|head|body|div|p|span|ul|li|a|script|link|meta|table|tr|td|h[1-6]|form|input|section|nav)\b.*>",
];
const CSS: [&str; 2] = [
    r"^[.#]?[a-z][\w-]*([.:][\w-]+)* ?\{\s*$",
    r"^\s+[a-z-]+: [^{}]+;\s*$",
];
/// Languages and where their marks begin in [`MARKS`]; the last two are the kinds of JavaScript.
static MARKED: LazyLock<[(Language, usize); LANGUAGES]> = LazyLock::new(|| {
    let mut from = 0;
    GROUPS.each_ref().map(|(language, marks)| {
        let start = from;
        from += marks.len();
        (language.clone(), start)
    })
});
const LANGUAGES: usize = 10;
static GROUPS: [(Language, &[&str]); LANGUAGES] = [
    (Language::Python, &PYTHON),
    (Language::Rust, &RUST),
    (Language::Go, &GO),
    (Language::Java, &JAVA),
    (Language::Shell, &SHELL),
    (Language::Sql, &SQL),
    (Language::Html, &HTML),
    (Language::Css, &CSS),
    (Language::JavaScript, &JAVASCRIPT),
    (Language::TypeScript, &TYPESCRIPT),
];
static MARKS: LazyLock<RegexSet> = LazyLock::new(|| {
    let marks = GROUPS.iter().flat_map(|(_, marks)| marks.iter());
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
        assert_eq!(best("$ ls -l\n$ cat a\n"), Some(Language::Shell));
        assert_eq!(
            best("use a::b;\n\nfn main() {\n    let x = 1;\n}\n"),
            Some(Language::Rust)
        );
        assert_eq!(
            best("package main\n\nfunc main() {\n\tx := 1\n}\n"),
            Some(Language::Go)
        );
        assert_eq!(
            best("public class A {\n    private int b;\n}\n"),
            Some(Language::Java)
        );
        assert_eq!(best("SELECT a\nFROM b\nWHERE c = 1;\n"), Some(Language::Sql));
        assert_eq!(best("<div>\n  <p>a</p>\n</div>\n"), Some(Language::Html));
        assert_eq!(best(".a {\n  color: red;\n}\n"), Some(Language::Css));
        assert_eq!(best("npm install a\nnpm test\n"), Some(Language::Shell));
        assert_eq!(best("name      size\na.txt     12\n"), None);
        assert_eq!(best("Dear reader,\nthis is a letter.\n"), None);
    }
}
