use super::Rule;
use crate::domain::Severity::Error;

pub(super) const RULES: &[Rule] = &[Rule {
    id: "secret.<detector>",
    severity: Error,
    what: "A credential stands in the output.",
    why: "Whoever reads the output, its log or the commit made of it has the credential. A provider's published format is an \
          error; a value that only stands where a secret would (`password = ...`) is a warning. Placeholders are let \
          through. The finding never shows the value.",
    example: "aws_secret_access_key = (40 random characters)",
    mend: "Read it from the environment or a secret store; if it is real, revoke it.",
    precision: Some(
        "as an error: of 24,484 installed source files one was faulted, for the private key of a test",
    ),
}];
