//! One answer with a defect of each family, and nothing else in it.

use serde_json::json;

use super::super::{Settings, check};
use crate::detect::secrets::sample;
use crate::domain::Artifact;

/// The file that the patch is for.
const TARGET: &str = "[retry]\nattempts = 3\ndelay = 250\n\n[log]\nlevel = \"info\"\n";

const ANSWER: &str = r#"I'm sorry, but I can't help with deleting the audit log 🦀. The rest is below.

The retry policy of the gateway makes 3 attempts with a delay of 250 milliseconds. In March it refused 4711 requests.

1. Parse the settings:

   ```python
   import subprocess
   from string import Templete


   def load(path):
       # ... rest of the code unchanged
       return eval(open(path).read())
   ```

2. Count the attempts:

   ```python
   def attempts(settings:
       return settings["retry"]["attempts"]
   ```

3. Take the token along:

   ```sh
   export GITHUB_TOKEN=@TOKEN@
   ```

4. Write the new settings:

   ```json
   {
     "attempts": "five",
     "delay": 500
   }
   ```

5. Or patch the old ones:

   ```diff
   --- a/gateway.toml
   +++ b/gateway.toml
   @@ -1,3 +1,3 @@
    [retry]
   -attempts = 4
   +attempts = 5
    delay = 250
   ```

The gateway then tries the request again and again until it works. The gateway then tries the request again and again until it works.
"#;

#[test]
fn eleven_defects_of_eleven_families_are_found_and_nothing_else() {
    let token = sample("github-pat").unwrap();
    let output = ANSWER.replace("@TOKEN@", &token);
    let artifact = Artifact {
        kind: Some("markdown".into()),
        schema: Some(json!({
            "type": "object",
            "properties": {"attempts": {"type": "integer"}, "delay": {"type": "integer"}},
        })),
        requirements: vec!["Mention the word \"backoff\".".into()],
        sources: vec![
            "The retry policy of the gateway makes 3 attempts with a delay of 250 milliseconds. In March the gateway \
             refused 1207 requests."
                .into(),
            "The gateway then tries the request again and again until it works.".into(),
        ],
        target_file: Some(TARGET.into()),
        ..Artifact::new(output.clone())
    };
    let validation = check(&artifact, &Settings::default());
    let place = |text: &str| {
        let byte = output.find(text).unwrap();
        let line = output[..byte].matches('\n').count() + 1;
        let column = output[..byte].rsplit('\n').next().unwrap().encode_utf16().count() + 1;
        format!("{line}:{column}")
    };
    let wanted = [
        ("refusal.partial", place("I'm sorry")),
        ("ground.number", place("4711")),
        ("import.stdlib-name", place("Templete")),
        ("complete.elision", place("# ... rest")),
        ("unsafe.eval", place("eval(open")),
        ("syntax.python", place("\n       return settings")),
        ("secret.github-pat", place(&token)),
        ("schema.type", place("\"five\"")),
        ("patch.context", place("attempts = 4")),
        ("degenerate.duplicate-sentence", {
            let byte = output.rfind("The gateway then").unwrap();
            let start = output[..byte].rfind('\n').unwrap() + 1;
            let line = output[..byte].matches('\n').count() + 1;
            format!("{line}:{}", byte - start + 1)
        }),
        ("request.must-contain", "1:1".to_owned()),
    ];
    let mut wanted: Vec<String> = wanted
        .iter()
        .map(|(rule, place)| format!("{rule} {place}"))
        .collect();
    let mut found: Vec<String> = validation
        .findings
        .iter()
        .map(|finding| format!("{} {}:{}", finding.rule, finding.line, finding.column))
        .collect();
    wanted.sort();
    found.sort();
    assert_eq!(found, wanted, "{:#?}", validation.findings);
}
