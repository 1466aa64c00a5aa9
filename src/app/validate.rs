//! `firstmate validate`: reads the files, judges them, prints what was found.

use std::io::Read as _;
use std::path::Path;
use std::process::ExitCode;

use serde_json::json;

use super::command::{FAILED, print, tell};
use crate::cli::screen::Screen;
use crate::cli::validate::{Given, Judged, Validate};
use crate::config::Config;
use crate::domain::Problem;
use crate::error::Error;
use crate::validation::{Validator, rules};

/// Judges all files that can be read.
///
/// # Errors
/// When what they are to be compared with cannot be read, or the parser threads do not start.
pub(super) async fn run(config: &Config, validate: &Validate) -> Result<ExitCode, Problem> {
    if let Some(id) = &validate.explain {
        return explain(id);
    }
    let given = given(validate)?;
    let validator = Validator::new(config.validation.clone()).map_err(|source| {
        let doing = "start the parser threads".to_owned();
        Error::Io { doing, source }.problem()
    })?;
    let (mut judged, mut is_whole) = (Vec::new(), true);
    for file in &validate.files {
        let text = match read(file) {
            Ok(text) => text,
            // The others are judged all the same.
            Err(problem) => {
                tell(&json!({"code": problem.code, "message": problem.message, "hint": problem.hint}));
                is_whole = false;
                continue;
            }
        };
        let artifact = validate.artifact(file, text.clone(), &given);
        judged.push(Judged {
            name: file.display().to_string(),
            text,
            validation: validator.validate(artifact).await,
        });
    }
    let screen = Screen::of_stdout(config.colours);
    print(&validate.told(&judged, screen));
    if is_whole && !validate.is_failure(&judged) {
        Ok(ExitCode::SUCCESS)
    } else {
        Ok(ExitCode::from(FAILED))
    }
}

fn explain(id: &str) -> Result<ExitCode, Problem> {
    let Some(rule) = rules::find(id) else {
        let near = rules::all()
            .map(|rule| (strsim::jaro_winkler(rule.id, id), rule.id))
            .max_by(|one, other| one.0.total_cmp(&other.0));
        let hint = near.map_or_else(String::new, |(_, id)| format!("Did you mean {id}? "));
        return Err(Problem {
            code: "bad_arguments",
            message: format!("there is no rule {id:?}"),
            hint: format!("{hint}A finding names its rule."),
            retryable: false,
        });
    };
    print(&rule.page());
    Ok(ExitCode::SUCCESS)
}

fn given(validate: &Validate) -> Result<Given, Problem> {
    let schema = match &validate.schema {
        None => None,
        Some(path) => Some(serde_json::from_str(&read(path)?).map_err(|error| Problem {
            code: "bad_arguments",
            message: format!("{} is no JSON: {error}", path.display()),
            hint: "Give a JSON Schema.".into(),
            retryable: false,
        })?),
    };
    Ok(Given {
        schema,
        sources: validate
            .sources
            .iter()
            .map(|path| read(path))
            .collect::<Result<_, _>>()?,
        target: validate.target.as_deref().map(read).transpose()?,
    })
}

/// A file as text; `-` is stdin.
fn read(path: &Path) -> Result<String, Problem> {
    let bytes = if path == Path::new("-") {
        let mut bytes = Vec::new();
        std::io::stdin().lock().read_to_end(&mut bytes).map(|_| bytes)
    } else {
        std::fs::read(path)
    };
    let bytes = bytes.map_err(|source| {
        let doing = format!("read {}", path.display());
        Error::Io { doing, source }.problem()
    })?;
    String::from_utf8(bytes).map_err(|error| Problem {
        code: "validate.not_text",
        message: format!(
            "{} is no UTF-8 from byte {} on",
            path.display(),
            error.utf8_error().valid_up_to()
        ),
        hint: "Convert it to UTF-8 first.".into(),
        retryable: false,
    })
}
