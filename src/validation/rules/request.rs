use super::Rule;
use crate::domain::Severity::{Error, Warning};

pub(super) const RULES: &[Rule] = &[
    Rule {
        id: "request.count",
        severity: Error,
        what: "There are more or fewer words, sentences, items, .. than a requirement says.",
        why: "Every way to count that people mean by it has to miss: words with and without markup, sentences with and \
              without items, lists with and without nested ones. A bare number of words is a size, a quarter more or \
              less is let through. What is said of `each` part is not counted. A demand in `request` warns, and so \
              does a list of another length than the words right before it announce.",
        example: "Requirement: exactly 3 bullet points\nOutput:\n- one\n- two",
        mend: "Shorten it, or add what is missing.",
        precision: Some(
            "as an error: none of 2,000 answers that a test builds to meet such a requirement is faulted",
        ),
    },
    Rule {
        id: "request.must-contain",
        severity: Error,
        what: "Words that a requirement names are not in the output, or not so often.",
        why: "Case does not matter, and words are whole words.",
        example: "Requirement: include the word \"tide\"\nOutput: Tidepools are small.",
        mend: "Put them in.",
        precision: Some(
            "as an error: none of 500 answers that a test builds to meet such a requirement is faulted",
        ),
    },
    Rule {
        id: "request.must-not",
        severity: Error,
        what: "Something is in the output that a requirement forbids.",
        why: "Words and phrases; commas, exclamation and question marks, semicolons, dashes, emoji and digits; lists, \
              headings, code blocks, links and Markdown as such. Each of the first ten places is told.",
        example: "Requirement: do not use any commas\nOutput: Well, no.",
        mend: "Say it without.",
        precision: Some(
            "as an error: none of 1,000 answers that a test builds to meet such a requirement is faulted",
        ),
    },
    Rule {
        id: "request.format",
        severity: Error,
        what: "The output is not set as a requirement says.",
        why: "JSON, tables, bulleted and numbered lists, code blocks, plain text, lower case and capitals, a title in \
              angle brackets, quotation marks around all of it, one of several answers, and the words that it or a \
              paragraph has to begin or end with. Case is not asked of code.",
        example: "Requirement: respond in JSON\nOutput: Here you are: {\"a\": 1}",
        mend: "Set it as asked.",
        precision: Some(
            "as an error: none of 1,000 answers that a test builds to meet such a requirement is faulted",
        ),
    },
    Rule {
        id: "request.language",
        severity: Warning,
        what: "The prose or the code is in another language than was asked for.",
        why: "The language of prose is told from at least 60 letters, and only when that is reliable; that of code from \
              the labels of its fences.",
        example: "Requirement: write the code in Rust\nOutput:\n```python\nx = 1\n```",
        mend: "Write it in that language.",
        precision: None,
    },
    Rule {
        id: "request.identifier",
        severity: Warning,
        what: "A name that was asked for is not in the code.",
        why: "Others will call it by that name. It may stand anywhere in the code.",
        example: "Requirement: a function named `total`\nOutput:\n```python\ndef sum_up(): ..\n```",
        mend: "Use the name that was asked for.",
        precision: None,
    },
    Rule {
        id: "request.signature",
        severity: Warning,
        what: "A function does not have the parameters that were asked for.",
        why: "The names of the parameters and their order are compared, types and defaults are not, and receivers like \
              `self` are left out.",
        example: "Requirement: define `add(a, b)`\nOutput:\n```python\ndef add(a): ..\n```",
        mend: "Give the function those parameters.",
        precision: None,
    },
];
