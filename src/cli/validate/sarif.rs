//! Findings as SARIF 2.1.0 (OASIS, <https://docs.oasis-open.org/sarif/sarif/v2.1.0/>).

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::Judged;
use crate::domain::{Finding, Severity};
use crate::validation::rules;

const SCHEMA: &str =
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

/// One run over all files.
pub(super) fn log(judged: &[Judged]) -> Value {
    let mut ids: Vec<&str> = judged
        .iter()
        .flat_map(|judged| &judged.validation.findings)
        .map(|finding| finding.rule.as_str())
        .collect();
    ids.sort_unstable();
    ids.dedup();
    let results: Vec<Value> = judged
        .iter()
        .flat_map(|judged| {
            judged
                .validation
                .findings
                .iter()
                .map(move |finding| (judged, finding))
        })
        .map(|(judged, finding)| result(judged, finding, &ids))
        .collect();
    let gaps: Vec<Value> = judged
        .iter()
        .flat_map(|judged| {
            let uri = uri(&judged.name);
            judged.validation.coverage.not_checked.iter().map(move |gap| {
                json!({
                    "level": "note",
                    "message": {"text": format!("not checked: {}: {}", gap.what, gap.reason)},
                    "locations": [{"physicalLocation": {"artifactLocation": {"uri": uri}}}],
                })
            })
        })
        .collect();
    json!({
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {
                "name": "firstmate",
                "version": env!("CARGO_PKG_VERSION"),
                "rules": ids.iter().map(|id| rule(id)).collect::<Vec<_>>(),
            }},
            "columnKind": "utf16CodeUnits",
            "artifacts": judged.iter().map(artifact).collect::<Vec<_>>(),
            "invocations": [{"executionSuccessful": true, "toolExecutionNotifications": gaps}],
            "results": results,
        }],
    })
}

fn artifact(judged: &Judged) -> Value {
    json!({
        "location": {"uri": uri(&judged.name)},
        "length": judged.text.len(),
        "hashes": {"sha-256": judged.validation.content_sha256},
    })
}

fn rule(id: &str) -> Value {
    let mut rule = json!({"id": id});
    if let Some(page) = rules::find(id) {
        rule["shortDescription"] = json!({"text": page.what});
        rule["fullDescription"] = json!({"text": page.why});
        rule["help"] = json!({"text": page.mend, "markdown": page.page()});
        rule["defaultConfiguration"] = json!({"level": level(page.severity)});
    }
    rule
}

fn result(judged: &Judged, finding: &Finding, ids: &[&str]) -> Value {
    let text = match &finding.fix {
        Some(fix) => format!("{}\nTo mend it: {fix}", finding.message),
        None => finding.message.clone(),
    };
    let (end_line, end_column) = end(&judged.text, finding);
    json!({
        "ruleId": finding.rule,
        "ruleIndex": ids.binary_search(&finding.rule.as_str()).unwrap_or_default(),
        "level": level(finding.severity),
        "message": {"text": text},
        "locations": [{"physicalLocation": {
            "artifactLocation": {"uri": uri(&judged.name)},
            "region": {
                "startLine": finding.line,
                "startColumn": finding.column,
                "endLine": end_line,
                "endColumn": end_column,
                "byteOffset": finding.byte_start,
                "byteLength": finding.byte_end - finding.byte_start,
            },
        }}],
    })
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Info => "note",
    }
}

/// Line and column behind the last character of a finding.
fn end(text: &str, finding: &Finding) -> (u32, u32) {
    let inside = text.get(finding.byte_start..finding.byte_end).unwrap_or_default();
    let lines = inside.matches('\n').count() as u32;
    let last = inside.rsplit('\n').next().unwrap_or_default();
    let width = last.encode_utf16().count() as u32;
    let column = if lines == 0 {
        finding.column + width
    } else {
        1 + width
    };
    (finding.line + lines, column)
}

/// A name as a URI reference: what is not unreserved (RFC 3986) is percent-encoded, separators stay.
fn uri(name: &str) -> String {
    let name = if cfg!(windows) {
        name.replace('\\', "/")
    } else {
        name.to_owned()
    };
    let mut uri = String::with_capacity(name.len());
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            uri.push(char::from(byte));
        } else {
            // Writing to a string cannot fail.
            let _written = write!(uri, "%{byte:02X}");
        }
    }
    uri
}
