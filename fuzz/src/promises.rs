//! What must be true of every answer, whatever was asked.

use std::ops::Range;

use firstmate::domain::{Artifact, Severity, Validation, Verdict};
use firstmate::validation::{Settings, check, rules};

const MAX_FINDINGS: usize = 200;

/// The first promise that `validation` of `artifact` breaks.
pub fn broken(artifact: &Artifact, validation: &Validation) -> Result<(), String> {
    counted(validation)?;
    for finding in &validation.findings {
        let place = finding.byte_start..finding.byte_end;
        stands(&artifact.output, &place, finding.line, finding.column)
            .map_err(|why| format!("{why}: {finding:?}"))?;
        if rules::find(&finding.rule).is_none() {
            return Err(format!("no page for the rule of {finding:?}"));
        }
        if finding.message.is_empty() || finding.excerpt.contains('\n') {
            return Err(format!("badly told: {finding:?}"));
        }
    }
    supported(artifact, validation)?;
    json(artifact, validation)?;
    repaired(artifact, validation)
}

fn counted(validation: &Validation) -> Result<(), String> {
    let findings = &validation.findings;
    let worst = findings.iter().map(|finding| finding.severity).max();
    let consistent = match validation.verdict {
        Verdict::Fail => worst == Some(Severity::Error),
        Verdict::Warn => worst != Some(Severity::Error),
        Verdict::Pass => worst.is_none(),
    };
    let in_order = findings.is_sorted_by_key(|finding| finding.byte_start);
    let said = !validation.coverage.checked.is_empty() || !validation.coverage.not_checked.is_empty();
    if !consistent || !in_order || !said || findings.len() > MAX_FINDINGS {
        return Err(format!("inconsistent: {validation:?}"));
    }
    if !(0.0..=1.0).contains(&validation.score) {
        return Err(format!("a score of {}", validation.score));
    }
    Ok(())
}

fn stands(text: &str, place: &Range<usize>, line: u32, column: u32) -> Result<(), String> {
    if text.get(place.clone()).is_none() {
        return Err("not a range of the text".into());
    }
    let before = &text[..place.start];
    let begin = before.rfind('\n').map_or(0, |at| at + 1);
    let lines = before.matches('\n').count() + 1;
    let units = before[begin..].encode_utf16().count() + 1;
    if (line as usize, column as usize) != (lines, units) {
        return Err(format!("its bytes stand at {lines}:{units}"));
    }
    Ok(())
}

fn supported(artifact: &Artifact, validation: &Validation) -> Result<(), String> {
    for support in &validation.support {
        let place = support.byte_start..support.byte_end;
        stands(&artifact.output, &place, support.line, support.column)
            .map_err(|why| format!("{why}: {support:?}"))?;
        if !(0.0..=1.0).contains(&support.share) {
            return Err(format!("a share beyond all or nothing: {support:?}"));
        }
        if let Some(evidence) = &support.evidence {
            let source = artifact.sources.get(evidence.source - 1);
            let found = source.and_then(|source| source.get(evidence.byte_start..evidence.byte_end));
            if found.is_none() {
                return Err(format!("evidence that stands nowhere: {support:?}"));
            }
        }
    }
    Ok(())
}

/// Strict JSON is never called broken, and what is not JSON never passes.
fn json(artifact: &Artifact, validation: &Validation) -> Result<(), String> {
    let strict = artifact.kind.as_deref() == Some("json")
        && artifact
            .language
            .as_deref()
            .is_none_or(|language| language == "json");
    if !strict {
        return Ok(());
    }
    let is_json = serde_json::from_str::<serde_json::Value>(&artifact.output).is_ok();
    let told = validation.findings.iter().find(|finding| {
        finding.rule == "syntax.json"
            || finding.rule.starts_with("json.") && finding.rule != "json.duplicate-key"
    });
    match told {
        Some(finding) if is_json => Err(format!("called broken JSON: {finding:?}")),
        None if !is_json && validation.verdict == Verdict::Pass => Err("passed as JSON".into()),
        _ => Ok(()),
    }
}

/// What is given back as mended is right.
fn repaired(artifact: &Artifact, validation: &Validation) -> Result<(), String> {
    let Some(repaired) = &validation.repaired else {
        return Ok(());
    };
    let not_checked = &validation.coverage.not_checked;
    if not_checked.iter().any(|entry| entry.what == "patch.other-files") {
        return Ok(());
    }
    let is_json = artifact.kind.as_deref() == Some("json");
    if is_json {
        let mut values = serde_json::Deserializer::from_str(repaired).into_iter::<serde_json::Value>();
        if let Some(error) = values.find_map(Result::err) {
            return Err(format!("mended to {repaired:?}, which is not JSON: {error}"));
        }
    }
    // Of a patch in a Markdown text it is the patch alone.
    let again = Artifact {
        kind: Some(if is_json { "json" } else { "patch" }.to_owned()),
        output: repaired.clone(),
        ..artifact.clone()
    };
    let again = check(&again, &Settings::default());
    let family = if is_json { "json." } else { "patch." };
    let left = again.findings.iter().find(|finding| {
        finding.severity == Severity::Error
            && finding.rule.starts_with(family)
            && finding.rule != "json.duplicate-key"
    });
    match left {
        Some(left) => Err(format!("mended to {repaired:?}, which still has {left:?}")),
        None => Ok(()),
    }
}
