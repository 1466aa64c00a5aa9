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
use crate::model::Outgoing;
use crate::ownership::{Claim, Place, Stream};
use crate::policy::outgoing;
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
        Ok(Place::Free(claim)) => own(&config, &claim, &mut report).await,
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
async fn own(config: &Config, claim: &Claim, report: &mut Report) -> Result<()> {
    let app = App::over(config.clone(), claim)?;
    // What of the record cannot be read is known when it was read.
    app.services.gate.recall(&config.scope).await;
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
            "Other records are not affected, and `firstmate export` keeps them. Where the audit log cannot be read, `firstmate \
             audit verify` says what is missing, and rules that ask what went before follow their `on_error` for a day.",
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
    if let Some(refused) = &services.models_file_refused {
        report.add(
            State::Bad,
            "models",
            refused.as_str(),
            "Mend it, or unset routing.catalogue; `firstmate route models` tries it again.",
        );
    }
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
    embedder(config, services, report);
    let templates = services.crews.templates(&config.scope).iter().count();
    models(config, services, report);
    receivers(config, services, report);
    report.add(State::Ok, "crew", format!("{templates} templates"), "");
}

/// Only what is set up: asking a model costs something.
fn models(config: &Config, services: &Services, report: &mut Report) {
    for provider in &config.models.providers {
        for model in &provider.models {
            let name = format!("{}/{}", provider.name, model.id);
            let action = outgoing::Address::of(provider, &model.id).action(Outgoing::Ask);
            let decision = services.gate.preview(&action);
            if decision.effect >= Effect::RequireApproval {
                let rules: Vec<&str> = decision.rules.iter().map(|rule| rule.id.as_str()).collect();
                let seen = format!("policy does not let {name} be asked ({})", rules.join(", "));
                report.add(State::Note, "model", seen, "");
            } else {
                let seen = format!("{name}, steps are sent to {}", provider.url);
                report.add(State::Ok, "model", seen, "");
            }
        }
    }
}

/// Only what is set up: whether it takes messages, `firstmate webhook list` tells.
fn receivers(config: &Config, services: &Services, report: &mut Report) {
    for receiver in &config.models.receivers {
        let action = outgoing::Address::from(receiver).action(Outgoing::Webhook);
        let decision = services.gate.preview(&action);
        if decision.effect >= Effect::RequireApproval {
            let rules: Vec<&str> = decision.rules.iter().map(|rule| rule.id.as_str()).collect();
            let seen = format!(
                "policy does not let `{}` be told ({})",
                receiver.name,
                rules.join(", ")
            );
            report.add(State::Note, "webhook", seen, "");
            continue;
        }
        let topics: Vec<_> = receiver.topics.iter().map(|topic| topic.name()).collect();
        let of = match topics.as_slice() {
            [] => "does steps, is told of nothing".to_owned(),
            topics => format!("is told of {}", topics.join(", ")),
        };
        let seen = format!("`{}` at {} {of}", receiver.name, receiver.url);
        report.add(State::Ok, "webhook", seen, "");
    }
}

/// Only what is set up: whether it answers, a search tells.
fn embedder(config: &Config, services: &Services, report: &mut Report) {
    let Some(endpoint) = &config.models.embedder else {
        report.add(
            State::Ok,
            "embedder",
            "none, texts are placed by the built-in table",
            "",
        );
        return;
    };
    let action = outgoing::Address::from(endpoint).action(Outgoing::Embed);
    let decision = services.gate.preview(&action);
    if decision.effect >= Effect::RequireApproval {
        let rules: Vec<&str> = decision.rules.iter().map(|rule| rule.id.as_str()).collect();
        let seen = format!(
            "policy does not let texts go to {} ({}); the built-in table places them",
            endpoint.url,
            rules.join(", ")
        );
        report.add(State::Note, "embedder", seen, "");
        return;
    }
    let (kind, model, url) = (endpoint.kind.name(), &endpoint.model, &endpoint.url);
    report.add(
        State::Ok,
        "embedder",
        format!("{model} of {kind}, lessons and questions are sent to {url}"),
        "",
    );
}
