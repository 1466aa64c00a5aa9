use super::Rule;
use crate::domain::Severity::{Error, Warning};

pub(super) const RULES: &[Rule] = &[
    Rule {
        id: "syntax.<language>",
        severity: Error,
        what: "The parser or the compiler of the language refuses the code at this place.",
        why: "It would not run. Of a block only the first error is told: those behind it are mostly its consequences. \
              A block without a label is guessed, and then it is a warning.",
        example: "def greet(name:\n    return 'Hello ' + name",
        mend: "As the message says. An error at the end of the code means that the code was cut off.",
        precision: Some(
            "No valid file was refused of 9,516 of Python, 1,152 of JavaScript, 13,750 of Rust, 151 of bash, 158 of PHP; \
             Python refuses what CPython refuses (more than 10,000 damaged files). HTML, C, C++, C#, SQL, and bash in a \
             fence warn only.",
        ),
    },
    Rule {
        id: "yaml.duplicate-key",
        severity: Warning,
        what: "A mapping has a key twice.",
        why: "Some parsers refuse it, others silently keep one of the two values. `<<` may stand twice.",
        example: "name: a\nname: b",
        mend: "Keep one of them, or rename one.",
        precision: None,
    },
];
