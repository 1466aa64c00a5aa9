//! What is too large, too deep or too late is said, and hurts nobody.

use serde_json::json;

use super::*;

#[test]
fn limits_are_said_and_not_passed() {
    let settings = Settings {
        max_output_bytes: 100,
        max_block_bytes: 20,
        ..Settings::default()
    };
    let large = check(&code("python", &"x = 1\n".repeat(100)), &settings);
    check_reason(&large, "output", "larger than 100");
    let block = check(&code("python", &"x = 1\n".repeat(10)), &settings);
    check_reason(&block, "syntax.python", "larger than 20");
    assert_eq!((large.verdict, block.verdict), (Verdict::Warn, Verdict::Warn));
    let late = Settings {
        deadline_ms: 0,
        ..Settings::default()
    };
    check_reason(&check(&code("python", "x"), &late), "syntax.python", "deadline");
}

async fn survives(validator: &Validator, artifact: Artifact) -> Validation {
    let length = artifact.output.len();
    let validation = validator.validate(artifact).await;
    for finding in &validation.findings {
        assert!(finding.byte_end <= length && finding.excerpt.chars().count() <= 200);
    }
    validation
}

#[tokio::test]
async fn hostile_outputs_are_judged_or_refused_and_hurt_nobody() {
    let settings = Settings {
        deadline_ms: 60_000,
        ..Settings::default()
    };
    let validator = Validator::new(settings).unwrap();
    for unit in [
        "(", "[", "{", "[{", "!", "a=>\n", "if(a)\n", "<a>\n", "not\n", "a.", "`${", "(?:",
    ] {
        let text = unit.repeat(200_000 / unit.len().min(2));
        for language in ["python", "javascript", "typescript"] {
            let validation = survives(&validator, code(language, &text)).await;
            assert_ne!(validation.verdict, Verdict::Pass, "{language} {unit}");
        }
        let fenced = Artifact::new(format!(
            "- > ```json\n  > {text}\n  > ```\n```\n{text}\n```\n```py\n{text}\n```\n"
        ));
        survives(&validator, fenced).await;
        survives(&validator, Artifact::new(text)).await;
    }
    let nested = "[".repeat(200_000);
    check_reason(
        &survives(&validator, json_with(json!(true), &nested)).await,
        "syntax.json",
        "recursion limit",
    );
    let quotes = survives(&validator, Artifact::new(">".repeat(200_000) + "\n```\nx\n```\n")).await;
    assert!(quotes.coverage.checked.iter().any(|what| what == "markdown"));
    let line = format!("x = \"{}\"\ny = (\n", "é".repeat(530_000));
    let long = survives(&validator, code("python", &line)).await;
    check_reason(&long, "syntax.python", "larger");
    let line = format!("[\"{}\", tru]", "é".repeat(300_000));
    let long = survives(&validator, json_with(json!(true), &line)).await;
    assert_eq!((long.findings[0].line, long.findings[0].column), (1, 300_009));
    let nul = survives(&validator, code("python", "x = 1\n\0\0\n")).await;
    assert_eq!(nul.findings[0].line, 2);
    let lone = survives(&validator, json_with(json!(true), "\"\\ud800\"")).await;
    check_reason(&lone, "syntax.json", "");
    assert_eq!(lone.verdict, Verdict::Warn);
}

#[tokio::test]
async fn a_late_or_crowded_validator_says_so() {
    let settings = Settings {
        deadline_ms: 0,
        threads: 1,
        ..Settings::default()
    };
    let validator = Validator::new(settings).unwrap();
    let answers = futures::future::join_all((0..200).map(|_| validator.validate(code("python", "x")))).await;
    for answer in answers {
        assert_eq!(answer.verdict, Verdict::Warn);
        assert_eq!(
            answer
                .coverage
                .checked
                .iter()
                .filter(|what| what.starts_with("syntax"))
                .count(),
            0
        );
    }
}
