//! What `firstmate doctor` looks at.

use std::sync::Arc;

use super::App;
use super::request;
use crate::cli::doctor::{Report, State};
use crate::clock::SystemClock;
use crate::config::Config;
use crate::domain::{Action, ActionKind, Artifact, Effect, Verdict};
use crate::error::Result;
use crate::mcp::Services;
use crate::ownership::{Claim, Place, Stream};
use crate::routing::heads;
use crate::store::{self, memory};
use crate::validation;

/// Looks at the settings, opens the store as a server would or asks the process that has it open, and tries
/// each judge on a known case.
pub(super) async fn examine(config: Config) -> Report {
    let mut report = Report::default();
    report.add(
        State::Ok,
        "version",
        concat!("firstmate ", env!("CARGO_PKG_VERSION")),
        "",
    );
    settings(&config, &mut report);
    report.add(
        State::Ok,
        "data directory",
        config.data_dir.display().to_string(),
        "",
    );
    let examined = match request::place(&config).await {
        Ok(Place::Free(claim)) => own(&config, &claim, &mut report),
        Ok(Place::Linked(stream, owner)) => {
            let seen = format!("process {}, firstmate {}, answers", owner.pid, owner.firstmate);
            report.add(State::Ok, "owner", seen, "");
            owned(&config, stream, &mut report).await
        }
        Err(error) => Err(error.into()),
    };
    if let Err(error) = examined {
        let problem = error.problem();
        let seen = format!("{} ({})", problem.message, problem.code);
        report.add(State::Bad, "start", seen, problem.hint);
    }
    report
}

/// Nobody has the directory.
fn own(config: &Config, claim: &Claim, report: &mut Report) -> Result<()> {
    let app = App::over(config.clone(), claim)?;
    health(app.store.report(), report);
    judges(config, app.services(), report);
    Ok(())
}

/// Another process has the store open. It works by its own settings; these here are tried all the same,
/// because this process's server works by them when it takes over.
async fn owned(config: &Config, stream: Stream, report: &mut Report) -> Result<()> {
    health(request::health(stream).await?, report);
    let services = super::services(config, &memory::stores(), Arc::new(SystemClock))?;
    judges(config, &services, report);
    Ok(())
}

fn settings(config: &Config, report: &mut Report) {
    let file = config
        .file
        .as_ref()
        .map_or("no file".to_owned(), |path| path.display().to_string());
    report.add(State::Ok, "settings", file, "");
    for (key, origin) in &config.origins {
        report.add(State::Note, "", format!("{key} from {origin}"), "");
    }
    let scope = &config.scope;
    let shown = format!("{} > {} > {}", scope.org(), scope.project(), scope.principal());
    report.add(State::Ok, "scope", shown, "");
}

fn health(health: store::Report, report: &mut Report) {
    for note in health.notes {
        report.add(State::Note, "store", note, "");
    }
    for record in health.damaged {
        report.add(
            State::Bad,
            "store",
            record,
            "Other records are not affected; `firstmate export` keeps them.",
        );
    }
}

fn judges(config: &Config, services: &Services, report: &mut Report) {
    report.add(
        State::Ok,
        "models",
        format!("{} in the catalogue", services.router.catalogue().models().len()),
        "",
    );
    report.add(
        State::Ok,
        "router",
        format!("weights {}", heads::builtin_digest()),
        "",
    );
    let rules = services.gate.rules().len();
    report.add(
        State::Ok,
        "policy",
        format!("{rules} rules, bundle {}", services.gate.bundle_hash()),
        "",
    );
    let push = Action::new(ActionKind::Shell).with_content("git push --force origin main");
    match services.gate.preview(&push).effect {
        Effect::Allow => report.add(
            State::Bad,
            "policy",
            "lets a force push to main through",
            "Look for a rule in your packs that allows it.",
        ),
        _ => report.add(State::Ok, "policy", "stops a force push to main", ""),
    }
    let broken = Artifact::new("```python\ndef f(:\n```\n");
    match validation::check(&broken, &config.validation).verdict {
        Verdict::Fail => report.add(State::Ok, "validation", "finds a syntax error in a fence", ""),
        Verdict::Pass | Verdict::Warn => {
            report.add(
                State::Bad,
                "validation",
                "misses a syntax error in a fence",
                "Please report this.",
            );
        }
    }
    embedder(config, report);
    let templates = services.crews.templates().iter().count();
    report.add(State::Ok, "crew", format!("{templates} templates"), "");
}

/// Only what is set up: whether it answers, a search tells.
fn embedder(config: &Config, report: &mut Report) {
    let Some(endpoint) = &config.models.embedder else {
        report.add(
            State::Ok,
            "embedder",
            "none, texts are placed by the built-in table",
            "",
        );
        return;
    };
    let (kind, model, url) = (endpoint.kind.name(), &endpoint.model, &endpoint.url);
    report.add(
        State::Ok,
        "embedder",
        format!("{model} of {kind}, lessons and questions are sent to {url}"),
        "",
    );
}
