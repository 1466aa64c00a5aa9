//! A project's own models file, read so that whoever wrote it learns what is wrong and where.

use std::collections::BTreeSet;
use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::{Catalogue, Error};

/// Who serves models, as files may name them. Fallbacks go to another provider first, and `allow` and `deny` take
/// these names, so that one of them misspelt would do harm in silence.
pub const PROVIDERS: [&str; 21] = [
    "anthropic",
    "azure",
    "bedrock",
    "cohere",
    "deepseek",
    "fireworks",
    "google",
    "groq",
    "huggingface",
    "llamacpp",
    "lmstudio",
    "local",
    "mistral",
    "ollama",
    "openai",
    "openrouter",
    "other",
    "together",
    "vertex",
    "vllm",
    "xai",
];

/// From this likeness on a known name is offered in place of an unknown one.
const ALIKE: f64 = 0.6;

impl Catalogue {
    /// As [`Catalogue::with_user_file`], for a file that a person wrote: providers have to be known ones, and what
    /// is refused has its line and column behind the file's name, where the text has it.
    ///
    /// # Errors
    /// [`Error::Catalogue`].
    pub fn with_models_file(self, text: &str, name: &str) -> Result<Self, Error> {
        let refuse = |span: Option<Range<usize>>, row: String, problem: String| Error::Catalogue {
            file: span.map_or_else(|| name.to_owned(), |span| placed(name, text, span.start)),
            row,
            problem,
        };
        let parsed = match DeTable::parse(text) {
            Ok(parsed) => parsed.into_inner(),
            // What is too large is said by what reads it; where it stops being TOML is said here.
            Err(error) => {
                return Err(refuse(error.span(), "file".to_owned(), one_line(error.message())));
            }
        };
        for (index, row) in rows(&parsed, "model").iter().enumerate() {
            let provider = row.get("provider");
            let Some((given, span)) =
                provider.and_then(|value| Some((value.get_ref().as_str()?, value.span())))
            else {
                continue;
            };
            if !PROVIDERS.contains(&given) {
                let id = row
                    .get("id")
                    .and_then(|id| id.get_ref().as_str())
                    .unwrap_or_default();
                return Err(refuse(
                    Some(span),
                    format!("row {} ({id:?})", index + 1),
                    format!(
                        "provider {given:?} is not known{}",
                        instead(given, PROVIDERS.into())
                    ),
                ));
            }
        }
        self.with_user_file(text, name).map_err(|error| match error {
            Error::Catalogue { row, problem, .. } => {
                let span = place(&parsed, &row, &problem);
                refuse(span, row, helped(problem))
            }
            other => other,
        })
    }
}

fn rows<'a>(file: &'a DeTable<'a>, of: &str) -> Vec<&'a DeTable<'a>> {
    let array = file.get(of).and_then(|rows| rows.get_ref().as_array());
    let tables = array.into_iter().flatten();
    tables.filter_map(|row| row.get_ref().as_table()).collect()
}

/// The key that a problem names first, in its row or in the file; else the id of the row.
fn place(file: &DeTable<'_>, row: &str, problem: &str) -> Option<Range<usize>> {
    let (kind, id) = match row.starts_with("task_type ") {
        true => ("task_type", "name"),
        false => ("model", "id"),
    };
    let number = row
        .split(' ')
        .nth(1)
        .filter(|_| row.starts_with("row ") || kind == "task_type");
    let index = number.and_then(|number| number.parse::<usize>().ok()?.checked_sub(1));
    let rows = rows(file, kind);
    let table = match index {
        Some(index) => *rows.get(index)?,
        None => file,
    };
    let mut named = Vec::new();
    for (key, value) in table {
        named.extend(mentioned(key, problem));
        for (key, _) in value.get_ref().as_table().into_iter().flatten() {
            named.extend(mentioned(key, problem));
        }
    }
    let first = named.into_iter().min_by_key(|(at, _)| *at).map(|(_, span)| span);
    let fallback = if index.is_some() { id } else { "only" };
    first.or_else(|| table.get(fallback).map(Spanned::<DeValue<'_>>::span))
}

/// Where a problem mentions the key as a whole word, and where the key stands.
fn mentioned(key: &Spanned<std::borrow::Cow<'_, str>>, problem: &str) -> Option<(usize, Range<usize>)> {
    let name: &str = key.get_ref();
    let is_part = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-');
    let at = problem.match_indices(name).map(|(at, _)| at).find(|at| {
        let (before, behind) = (problem.get(..*at), problem.get(at + name.len()..));
        !before.is_some_and(|text| text.ends_with(is_part))
            && !behind.is_some_and(|text| text.starts_with(is_part))
    })?;
    (!name.is_empty()).then(|| (at, key.span()))
}

/// `unknown field x, expected one of ..` with the nearest of them in place of all.
fn helped(problem: String) -> String {
    let mut quoted = problem.split('`').skip(1).step_by(2);
    let what = ["unknown field", "unknown variant"]
        .into_iter()
        .find(|what| problem.contains(what));
    match (what, quoted.next()) {
        (Some(what), Some(given)) => format!("{what} `{given}`{}", instead(given, quoted.collect())),
        _ => problem,
    }
}

/// What was probably meant, or what there is.
fn instead(given: &str, known: BTreeSet<&str>) -> String {
    let alike = |name: &str| strsim::normalized_damerau_levenshtein(given, name);
    let nearest = known
        .iter()
        .map(|name| (alike(name), *name))
        .filter(|(likeness, _)| *likeness >= ALIKE)
        .max_by(|one, other| one.0.total_cmp(&other.0));
    match nearest {
        Some((_, name)) => format!("; did you mean `{name}`?"),
        None if known.is_empty() => String::new(),
        None => format!("; known are {}", known.into_iter().collect::<Vec<_>>().join(", ")),
    }
}

/// `file:line:column`, both from 1, columns in characters.
fn placed(name: &str, text: &str, byte: usize) -> String {
    let before = text.get(..byte).unwrap_or(text);
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    format!("{name}:{line}:{column}")
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expect: &str) {
        let error = Catalogue::builtin()
            .with_models_file(text, "my.toml")
            .unwrap_err();
        assert_eq!(error.code(), "routing.catalogue");
        assert_eq!(error.to_string(), expect);
    }

    const NEW: &str = "[[model]]\nid = 'x'\nprovider = 'local'\ncontext_tokens = 8000\noutput_tokens_per_second = 10.0\nfirst_token_ms = 10\nstrength = 0.5\n";

    #[test]
    fn a_good_file_is_taken() {
        let models = Catalogue::builtin().with_models_file(NEW, "my.toml").unwrap();
        assert!(models.models().iter().any(|model| model.id == "x"));
        let builtin = Catalogue::builtin();
        for model in builtin.models() {
            assert!(PROVIDERS.contains(&model.provider.as_str()), "{}", model.provider);
        }
    }

    #[test]
    fn what_is_refused_has_a_place() {
        check(
            "# mine\n[[model]]\nid = 'gpt-6-luna'\n  input_usd_per_million = -1.0\n",
            "catalogue my.toml:4:3: row 1 (\"gpt-6-luna\"): input_usd_per_million is -1, not a price",
        );
        check(
            &format!("{NEW}\n{NEW}"),
            "catalogue my.toml:10:1: row 2 (\"x\"): id is given twice",
        );
        check(
            "[[model]]\nid = 'gpt-6-luna'\nprovider = 'opena1'",
            "catalogue my.toml:3:12: row 1 (\"gpt-6-luna\"): provider \"opena1\" is not known; did you mean `openai`?",
        );
        check(
            "[[model]]\nid = 'gpt-6-luna'\ninput_usd_per_milion = 1.0",
            "catalogue my.toml:3:1: row 1 (\"gpt-6-luna\"): unknown field `input_usd_per_milion`; \
             did you mean `input_usd_per_million`?",
        );
        check(
            "[[model]]\nid = 'gpt-6-luna'\nstrengths = { code_generation = 0.5, sumarization = 0.5 }",
            "catalogue my.toml:3:38: row 1 (\"gpt-6-luna\"): unknown variant `sumarization`; did you mean `summarization`?",
        );
        check(
            "only = ['gemma*']\n[[modell]]\nid = 'x'",
            "catalogue my.toml:2:3: file: unknown field `modell`; did you mean `model`?",
        );
        check(
            "\n\nonly = ['nobody']",
            "catalogue my.toml:3:8: file: leaves 0 models, 1 to 256 are allowed",
        );
        check(
            "[[model]]\nid = 'gpt-6-luna'\nstrengths = { x = }\n",
            "catalogue my.toml:3:19: file: invalid literal string, expected `'`",
        );
    }

    #[test]
    fn a_type_of_task_is_refused_with_its_place() {
        let of = |rest: &str| format!("\n[[task_type]]\nname = 'invoices'\n{rest}");
        let at = |place: &str, problem: &str| {
            format!("catalogue my.toml:{place}: task_type 1 (\"invoices\"): {problem}")
        };
        check(
            &of("parent = 'summarization'\nexamples = ['one', 'two']"),
            &at("5:1", "examples has 2 items, 5 to 200 are needed"),
        );
        check(
            &of("parent = 'sumarization'\nexamples = []"),
            &at(
                "4:1",
                "unknown variant `sumarization`; did you mean `summarization`?",
            ),
        );
        check(
            &of("parent = 'general'\nexamples = []"),
            &at(
                "4:1",
                "parent is general, which is no kind of work: name one of the eight",
            ),
        );
        check(
            &of("parent = 'summarization'\nexample = []"),
            &at("5:1", "unknown field `example`; did you mean `examples`?"),
        );
        check(
            &of(
                "parent = 'summarization'\nexamples = ['fix the login', 'a poem about the sea', 'what is a monad', \
                 'translate guten tag', 'sum 3 and 4', 'plan a trip']",
            ),
            &at(
                "5:1",
                "examples have too little in common: 0 of 6 would be recognised by the others; add more, or split the type",
            ),
        );
        check(
            "[[task_type]]\nname = 'code_generation'\nparent = 'code_generation'\nexamples = []",
            "catalogue my.toml:2:1: task_type 1 (\"code_generation\"): name \"code_generation\" is that of a built-in type",
        );
    }

    #[test]
    fn columns_are_counted_in_characters() {
        check(
            "[[model]]\nid = 'ä'\nprovider = 'ß' # ü\n",
            "catalogue my.toml:3:12: row 1 (\"ä\"): provider \"ß\" is not known; known are anthropic, azure, bedrock, \
             cohere, deepseek, fireworks, google, groq, huggingface, llamacpp, lmstudio, local, mistral, ollama, openai, \
             openrouter, other, together, vertex, vllm, xai",
        );
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_taken_or_refused(text in "[\\[\\]a-z=' \n{}.0-9-]{0,80}") {
            let _any = Catalogue::builtin().with_models_file(&text, "my.toml").is_ok();
        }
    }
}
