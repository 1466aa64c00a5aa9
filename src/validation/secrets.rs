//! Credentials in an output, whatever it is. The finding never shows the value.

use crate::detect::{Confidence, Hit, secrets};
use crate::domain::Severity;

use super::report::Defect;

/// More credentials in one output are one leak.
const MOST: usize = 50;

/// A credential each; a provider's own format is an error, what only stands where a secret would is a warning.
pub(super) fn check(output: &str) -> Vec<Defect> {
    let mut hits = Vec::new();
    let _is_whole = secrets::scan(output, MOST, &mut hits);
    hits.into_iter().map(defect).collect()
}

fn defect(hit: Hit) -> Defect {
    let (severity, sure) = match hit.confidence {
        Confidence::High => (Severity::Error, "this is"),
        Confidence::Medium | Confidence::Low => (Severity::Warning, "this may be"),
    };
    Defect::new(
        format!("secret.{}", hit.detector),
        severity,
        hit.range,
        format!("{sure} a credential ({})", hit.detector),
    )
    .with_fix("read it from the environment or a secret store; if it is real, revoke it")
}

#[cfg(test)]
mod tests {
    use super::super::{Settings, check};
    use crate::detect::secrets::sample;
    use crate::domain::{Artifact, Severity, Verdict};

    #[test]
    fn a_credential_is_found_and_not_repeated() {
        let key = sample("github-pat").unwrap();
        let output = format!("Use this:\n\n```sh\nexport GITHUB_TOKEN={key}\n```\n");
        let validation = check(&Artifact::new(output.clone()), &Settings::default());
        let finding = validation
            .findings
            .iter()
            .find(|finding| finding.rule.starts_with("secret."))
            .unwrap();
        assert_eq!(finding.rule, "secret.github-pat");
        assert_eq!(finding.severity, Severity::Error);
        assert_eq!(validation.verdict, Verdict::Fail);
        assert_eq!(
            (finding.line, finding.byte_start),
            (4, output.find(&key).unwrap())
        );
        let said = serde_json::to_string(&validation).unwrap();
        assert!(!said.contains(&key), "{said}");
    }

    #[test]
    fn placeholders_are_none() {
        let output =
            "Set `API_KEY=<your key>` or `password = os.environ[\"PASSWORD\"]`, e.g. AKIAIOSFODNN7EXAMPLE.";
        let validation = check(&Artifact::new(output), &Settings::default());
        assert_eq!(validation.findings, []);
    }
}
