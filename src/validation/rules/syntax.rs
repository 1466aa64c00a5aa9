use super::Rule;
use crate::domain::Severity::Error;

pub(super) const RULES: &[Rule] = &[Rule {
    id: "syntax.<language>",
    severity: Error,
    what: "The parser or the compiler of the language refuses the code at this place.",
    why: "It would not run. Of a block only the first error is told: those behind it are mostly its consequences. \
              A block without a label is guessed, and then it is a warning.",
    example: "def greet(name:\n    return 'Hello ' + name",
    mend: "As the message says. An error at the end of the code means that the code was cut off.",
    precision: None,
}];
