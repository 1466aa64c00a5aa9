//! From bytes to what a caller of one entry would hand in.

use firstmate::domain::Artifact;

/// What stands between the parts of an input that has several, on a line of its own.
const SEPARATOR: &str = "\n%%\n";

/// What is judged for `bytes` at `entry`: the name of a language, or of a kind of question.
pub fn artifacts(entry: &str, bytes: &[u8]) -> Vec<Artifact> {
    let text = String::from_utf8_lossy(bytes).into_owned();
    let mut parts = text.split(SEPARATOR).map(str::to_owned);
    match entry {
        "any" => vec![Artifact::new(text)],
        "markdown" => vec![of_kind("markdown", text)],
        "json" | "jsonc" | "jsonl" => vec![
            Artifact {
                language: Some(entry.to_owned()),
                ..of_kind("json", text.clone())
            },
            in_a_quoted_fence(entry, &text),
        ],
        // The patch, then the file that it is for.
        "patch" => {
            let patch = parts.next().unwrap_or_default();
            let target_file = parts.next();
            let fenced = in_a_quoted_fence("diff", &patch);
            vec![
                Artifact {
                    target_file: target_file.clone(),
                    ..of_kind("patch", patch)
                },
                Artifact {
                    target_file,
                    ..fenced
                },
            ]
        }
        // The schema, then a value.
        "schema" => {
            let schema = parts.next().unwrap_or_default();
            vec![Artifact {
                schema: serde_json::from_str(&schema).ok(),
                ..of_kind("json", parts.next().unwrap_or(schema))
            }]
        }
        // Requirements, one on a line; then the request, then the answer.
        "request" => {
            let requirements = parts.next().unwrap_or_default();
            vec![Artifact {
                requirements: requirements.lines().map(str::to_owned).collect(),
                request: parts.next(),
                ..Artifact::new(parts.next().unwrap_or_default())
            }]
        }
        // The answer, then its sources.
        "ground" => vec![Artifact {
            kind: Some("markdown".into()),
            output: parts.next().unwrap_or_default(),
            sources: parts.collect(),
            ..Artifact::default()
        }],
        // The manifest, then code of any language that has one.
        "import" => {
            let manifest = parts.next();
            let code = parts.next().unwrap_or_default();
            vec![Artifact {
                manifest,
                ..of_kind(
                    "markdown",
                    format!("```py\n{code}\n```\n\n```js\n{code}\n```\n\n```rust\n{code}\n```\n"),
                )
            }]
        }
        language => vec![
            Artifact {
                language: Some(language.to_owned()),
                ..of_kind("code", text.clone())
            },
            in_a_quoted_fence(language, &text),
        ],
    }
}

fn of_kind(kind: &str, output: String) -> Artifact {
    Artifact {
        kind: Some(kind.to_owned()),
        ..Artifact::new(output)
    }
}

/// Where places have to find their way back through the prefix of each line.
fn in_a_quoted_fence(language: &str, code: &str) -> Artifact {
    let lines: String = code.split('\n').map(|line| format!("> {line}\n")).collect();
    of_kind("markdown", format!("> ~~~{language}\n{lines}> ~~~\n"))
}
