//! `validate_output`: is it what it should be, and where is it not.

mod judge;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::is_false;
use crate::domain::verdict::{NotChecked, Support};
use crate::domain::{
    ActionKind, Artifact, Destination, Evidence, Finding, RouteId, Scope, Severity, Validation, Verdict,
};
use crate::mcp::Services;
use crate::mcp::arguments::{json, list, loose, loose_or_default, text};
use crate::mcp::permitted::{Judged, Permitted};
use crate::mcp::reply::ToolError;
use crate::routing::Told;

/// Most findings in one answer, so that it stays readable.
const MAX_FINDINGS: usize = 100;

#[derive(Debug, Deserialize, JsonSchema)]
pub(crate) struct Input {
    /// The text to check, exactly as it was written. Example: "{\"name\": \"Ada\"}".
    #[serde(alias = "content", alias = "code", deserialize_with = "text")]
    #[schemars(with = "String")]
    output: String,
    /// What it is; guessed when left out. Example: "json".
    #[serde(default, deserialize_with = "loose", alias = "type", alias = "format")]
    #[schemars(extend("enum" = ["code", "json", "markdown", "text", "patch"]))]
    kind: Option<String>,
    /// The programming language of code. Example: "python".
    #[serde(default, deserialize_with = "loose", alias = "lang")]
    language: Option<String>,
    /// A JSON Schema that the output has to meet. Example: {"type": "object", "required": ["name"]}.
    #[serde(default, deserialize_with = "json", alias = "json_schema")]
    #[schemars(extend("type" = "object"))]
    schema: Option<Value>,
    /// What was asked for, in words. Example: "a function that adds two numbers".
    #[serde(default, deserialize_with = "loose", alias = "task", alias = "prompt")]
    request: Option<String>,
    /// What it has to do, one requirement each. Example: ["returns an error for a negative amount"].
    #[serde(default, deserialize_with = "list")]
    requirements: Vec<String>,
    /// Texts that its statements have to be supported by. Example: ["The meeting is on Tuesday."].
    #[serde(default, deserialize_with = "list")]
    sources: Vec<String>,
    /// The present content of the file that a patch changes. Example: "fn main() {}\n".
    #[serde(default)]
    target_file: Option<String>,
    /// The content of the project's pyproject.toml, requirements.txt, package.json or Cargo.toml, to compare imports with.
    /// Example: "requests>=2\nnumpy\n".
    #[serde(default)]
    manifest: Option<String>,
    /// Why the model stopped, as its provider says. Example: "stop".
    #[serde(default, deserialize_with = "loose", alias = "stop_reason")]
    finish_reason: Option<String>,
    /// The run_crew run that it belongs to. Example: "0f3a...".
    #[serde(default, deserialize_with = "loose")]
    run_id: Option<String>,
    /// The route_id that route_task gave for this work: what is found moves its later choices. Example: "0191...".
    #[serde(default, deserialize_with = "loose")]
    route_id: Option<String>,
    /// Whether to ask what no rule can decide, for you or another model to answer. Example: true.
    #[serde(default, deserialize_with = "loose_or_default")]
    judge: bool,
    /// What the judge said to these questions.
    #[serde(default, deserialize_with = "loose")]
    judgement: Option<judge::Judgement>,
}

impl Judged for Input {
    const TOOL: &'static str = "validate_output";
    const EXAMPLE: &'static str = r#"{"output": "{\"a\": 1}", "kind": "json"}"#;
    const ACTION: Option<(ActionKind, Destination)> = Some((ActionKind::ToolCall, Destination::Local));
    const ONLY_ANSWERS: bool = true;
}

#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Output {
    /// pass: the checks that ran found nothing. warn: look at the findings. fail: there is a defect.
    #[schemars(with = "String", extend("enum" = ["pass", "warn", "fail"]))]
    verdict: Verdict,
    /// 1 less the weight of each finding, at least 0.
    score: f64,
    /// What was found, in order of place.
    findings: Vec<Found>,
    /// How many more were found than are listed.
    #[serde(skip_serializing_if = "is_zero")]
    findings_omitted: usize,
    /// What the verdict rests on.
    coverage: Coverage,
    /// SHA-256 of the output as it was given.
    content_sha256: String,
    /// The output with unambiguous mends applied, when there are any.
    #[serde(skip_serializing_if = "Option::is_none")]
    repaired: Option<String>,
    /// How far the given sources say each statement, in order of place.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    support: Vec<Supported>,
    /// What is left to a judge; the verdict does not depend on it.
    #[serde(skip_serializing_if = "Option::is_none")]
    judge: Option<judge::Judge>,
    /// Whether nothing at all could be checked, so that a pass says nothing.
    #[serde(skip_serializing_if = "is_false")]
    unchecked: bool,
    /// Whether it was counted for the model that route_task chose.
    #[serde(skip_serializing_if = "Option::is_none")]
    outcome_counted: Option<bool>,
    /// What the caller should know beside the answer.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    warnings: Vec<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Found {
    /// The rule's stable id.
    rule: String,
    /// How bad it is; an error makes the verdict fail.
    #[schemars(with = "String", extend("enum" = ["info", "warning", "error"]))]
    severity: Severity,
    /// Line in the text as given, from 1.
    line: u32,
    /// Column in UTF-16 code units, from 1.
    column: u32,
    /// First byte of the place in the text as given.
    byte_start: usize,
    /// One past its last byte.
    byte_end: usize,
    /// The text at the place.
    excerpt: String,
    /// What is wrong.
    message: String,
    /// How to mend it, where that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    fix: Option<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Supported {
    /// Line of the sentence in the text as given, from 1.
    line: u32,
    /// Column in UTF-16 code units, from 1.
    column: u32,
    /// Between 0 and 1: how much of it the sources say, compared word by word.
    share: f64,
    /// The source that comes closest, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    source: Option<usize>,
    /// What that source says.
    #[serde(skip_serializing_if = "Option::is_none")]
    evidence: Option<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Coverage {
    /// The checks that ran.
    checked: Vec<String>,
    /// The checks that did not: these say nothing about the output.
    not_checked: Vec<Gap>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Gap {
    /// What was not checked.
    what: String,
    /// Why not.
    reason: String,
}

/// `learns`: whether the router may be told of what was found.
pub(crate) async fn call(app: &Services, call: Permitted<Input>, learns: bool) -> Result<Output, ToolError> {
    let (scope, mut input, mut warnings) = call.into_parts();
    let judgement = input.judgement.take();
    let input_run = input.run_id.take();
    let routed = input.route_id.take();
    let asked = input.judge || judgement.is_some();
    let artifact = Artifact::from(input);
    let judged = asked.then(|| artifact.clone());
    let validation = app.validator.validate(artifact).await;
    let sha256 = validation.content_sha256;
    app.gate
        .validated(&scope, input_run.as_deref(), sha256, validation.verdict);
    let outcome_counted = match routed {
        Some(_) if !learns => {
            warnings.push("the server is read-only, so no later choice of route_task moves".to_owned());
            Some(false)
        }
        Some(route) => Some(learn(app, &scope, &route, &validation, &mut warnings).await),
        None => None,
    };
    let judge = judged.map(|artifact| judge::judge(&artifact, &validation, judgement));
    let judge = judge.transpose()?;
    Ok(Output {
        judge,
        outcome_counted,
        warnings,
        ..Output::from(validation)
    })
}

/// Tells the router what was found. That it could not be told is no reason to withhold what was found.
async fn learn(
    app: &Services,
    scope: &Scope,
    route: &str,
    validation: &Validation,
    warnings: &mut Vec<String>,
) -> bool {
    let Some(report) = Told::of_validation(Evidence::Validator, validation) else {
        return false;
    };
    match app.router.tell(scope, &RouteId::new(route), report).await {
        Ok(Some(_)) => true,
        Ok(None) => {
            warnings.push(
                "route_id is no route of this project, so no later choice of route_task moves".to_owned(),
            );
            false
        }
        Err(error) => {
            warnings.push(format!("the outcome could not be kept: {error}"));
            false
        }
    }
}

impl From<Input> for Artifact {
    fn from(input: Input) -> Self {
        Self {
            output: input.output,
            kind: input.kind,
            language: input.language,
            schema: input.schema,
            request: input.request,
            requirements: input.requirements,
            sources: input.sources,
            target_file: input.target_file,
            manifest: input.manifest,
            finish_reason: input.finish_reason,
        }
    }
}

impl From<Validation> for Output {
    fn from(validation: Validation) -> Self {
        let found = validation.findings.len();
        Self {
            verdict: validation.verdict,
            score: validation.score,
            findings: validation
                .findings
                .into_iter()
                .take(MAX_FINDINGS)
                .map(Found::from)
                .collect(),
            findings_omitted: found.saturating_sub(MAX_FINDINGS),
            unchecked: validation.coverage.checked.is_empty(),
            coverage: Coverage {
                checked: validation.coverage.checked,
                not_checked: validation
                    .coverage
                    .not_checked
                    .into_iter()
                    .map(Gap::from)
                    .collect(),
            },
            content_sha256: validation.content_sha256.to_string(),
            repaired: validation.repaired,
            support: validation
                .support
                .into_iter()
                .take(MAX_FINDINGS)
                .map(Supported::from)
                .collect(),
            judge: None,
            outcome_counted: None,
            warnings: Vec::new(),
        }
    }
}

impl From<Finding> for Found {
    fn from(finding: Finding) -> Self {
        Self {
            rule: finding.rule,
            severity: finding.severity,
            line: finding.line,
            column: finding.column,
            byte_start: finding.byte_start,
            byte_end: finding.byte_end,
            excerpt: finding.excerpt,
            message: finding.message,
            fix: finding.fix,
        }
    }
}

impl From<Support> for Supported {
    fn from(support: Support) -> Self {
        let (source, evidence) = support
            .evidence
            .map(|evidence| (evidence.source, evidence.excerpt))
            .unzip();
        Self {
            line: support.line,
            column: support.column,
            share: support.share,
            source,
            evidence,
        }
    }
}

impl From<NotChecked> for Gap {
    fn from(gap: NotChecked) -> Self {
        Self {
            what: gap.what,
            reason: gap.reason,
        }
    }
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde's skip_serializing_if passes a reference"
)]
fn is_zero(number: &usize) -> bool {
    *number == 0
}
