//! What `firstmate doctor` looks at.

use std::path::Path;

use super::App;
use crate::cli::doctor::{Report, State};
use crate::config::Config;
use crate::domain::{Action, ActionKind, Artifact, Effect, Verdict};
use crate::validation;

/// Looks at the settings, opens the store as a server would, and tries each judge on a known case.
pub(super) fn examine(config: Config) -> Report {
    let mut report = Report::default();
    report.add(
        State::Ok,
        "version",
        concat!("firstmate ", env!("CARGO_PKG_VERSION")),
        "",
    );
    settings(&config, &mut report);
    let dir = config.data_dir.clone();
    match App::open(config) {
        Ok(app) => {
            store(&app, &dir, &mut report);
            services(&app, &mut report);
        }
        Err(error) => {
            let problem = error.problem();
            report.add(
                State::Bad,
                "start",
                format!("{} ({})", problem.message, problem.code),
                problem.hint,
            );
        }
    }
    report
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

fn store(app: &App, dir: &Path, report: &mut Report) {
    report.add(State::Ok, "data directory", dir.display().to_string(), "");
    let health = app.store.report();
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

fn services(app: &App, report: &mut Report) {
    let services = app.services();
    report.add(
        State::Ok,
        "models",
        format!("{} in the catalogue", services.router.catalogue().models().len()),
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
    match validation::check(&broken, &app.config.validation).verdict {
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
    let templates = services.crews.templates().iter().count();
    report.add(State::Ok, "crew", format!("{templates} templates"), "");
}
