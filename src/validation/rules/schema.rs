use super::Rule;
use crate::domain::Severity::Error;

pub(super) const RULES: &[Rule] = &[
    Rule {
        id: "schema.<keyword>",
        severity: Error,
        what: "The value misses that keyword of the given JSON Schema.",
        why: "The place is the offending value, or the offending key. Any draft from 4 to 2020-12, formats included; \
              references to other documents are refused.",
        example: "{\"age\": \"41\"} against {\"properties\": {\"age\": {\"type\": \"integer\"}}}",
        mend: "Change the value as the message says.",
        precision: Some("by definition: the schema is the caller's"),
    },
    Rule {
        id: "schema",
        severity: Error,
        what: "The value misses a schema that is too recursive to say where.",
        why: "Telling the place would take longer than a validation may.",
        example: "[[[[1]]]] against {\"$ref\": \"#\", \"type\": \"array\"}",
        mend: "Compare it with the schema.",
        precision: Some("by definition: the schema is the caller's"),
    },
];
