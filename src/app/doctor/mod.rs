//! What `firstmate doctor` looks at.

use std::sync::Arc;
use std::time::Duration;

use super::App;
use super::install::program;
use super::request;
use crate::cli::doctor::{Doctor, Report, State, prove};
use crate::clock::SystemClock;
use crate::config::{Config, Surroundings};
use crate::domain::{Action, ActionKind, Artifact, Effect, Problem, Verdict};
use crate::error::{Error, Result};
use crate::mcp::Services;
use crate::model::{self, Outgoing};
use crate::ownership::{Claim, Place, Stream};
use crate::policy::outgoing;
use crate::routing::heads;
use crate::store::{self, memory};
use crate::validation;

mod directory;
mod hosts;

/// How long an endpoint may take to let a connection in.
const CONNECT: Duration = Duration::from_secs(3);

/// Looks at the settings, opens the store as a server would or asks the process that has it open, tries each judge
/// on a known case, looks through the configurations of hosts, and has this program serve.
pub(super) async fn examine(config: Config, doctor: &Doctor) -> Report {
    let mut report = Report::default();
    let surroundings = Surroundings::read();
    this_program(surroundings.as_ref().ok(), &mut report);
    settings(&config, &mut report);
    let was_there = config.data_dir.exists();
    let mut started = Report::default();
    let mut called = start(&config, &mut started).await;
    // What was made just now is there only after the start.
    directory::examine(&config.data_dir, was_there, &mut report);
    report.checks.append(&mut started.checks);
    if let Ok(surroundings) = &surroundings {
        called.extend(hosts::examine(surroundings, &mut report));
    }
    if doctor.online {
        online(&called, &mut report).await;
    }
    prove(config.file.as_deref(), &mut report);
    report
}

/// What can be looked at where the settings cannot be read.
pub(super) fn without_settings(problem: &Problem) -> Report {
    let mut report = Report::default();
    let surroundings = Surroundings::read();
    this_program(surroundings.as_ref().ok(), &mut report);
    let seen = format!("{} ({})", problem.message, problem.code);
    report.add(State::Bad, "settings", seen, problem.hint.as_str());
    if let Ok(surroundings) = &surroundings {
        // Nothing is called where the settings are wrong.
        let _called = hosts::examine(surroundings, &mut report);
    }
    report
}

fn this_program(surroundings: Option<&Surroundings>, report: &mut Report) {
    let version = concat!("firstmate ", env!("CARGO_PKG_VERSION"));
    report.add(State::Ok, "version", version, "");
    let Some(Ok(this)) = surroundings.map(|surroundings| program::this(&surroundings.homes)) else {
        return;
    };
    report.add(State::Ok, "program", this.display().to_string(), "");
    if let Some(note) = program::passing(&this) {
        report.add(State::Note, "", note, "");
    }
}

/// An address that is called when there is reason to.
struct Called {
    what: String,
    url: String,
}

/// Asks each address for a connection, and says nothing over it.
async fn online(called: &[Called], report: &mut Report) {
    for Called { what, url } in called {
        match model::reachable(url, CONNECT).await {
            Ok(()) => report.add(State::Ok, "online", format!("{what} at {url} can be reached"), ""),
            Err(why) => report.add(
                State::Bad,
                "online",
                format!("{what} at {url} cannot be reached: {why}"),
                "Check the address where it is set, the network, and whether it runs.",
            ),
        }
    }
}

/// Does what a server does when it starts; gives back which addresses it would call.
async fn start(config: &Config, report: &mut Report) -> Vec<Called> {
    let examined = match request::place(config).await {
        Ok(Place::Free(claim)) => {
            report.add(State::Ok, "owner", "nobody, the store was opened here", "");
            own(config, &claim, report).await
        }
        Ok(Place::Linked(stream, owner)) => {
            let seen = format!("process {}, firstmate {}, answers", owner.pid, owner.firstmate);
            report.add(State::Ok, "owner", seen, "");
            owned(config, stream, report).await
        }
        Err(error) => Err(error.into()),
    };
    examined.unwrap_or_else(|error: Error| {
        let problem = error.problem();
        let seen = format!("{} ({})", problem.message, problem.code);
        report.add(State::Bad, "start", seen, problem.hint);
        Vec::new()
    })
}

/// Nobody has the directory.
async fn own(config: &Config, claim: &Claim, report: &mut Report) -> Result<Vec<Called>> {
    let app = App::over(config.clone(), claim)?;
    // What of the record cannot be read is known when it was read.
    app.services.gate.recall(&config.scope).await;
    health(app.store.report(), report);
    Ok(judges(config, app.services(), report))
}

/// Another process has the store open. It works by its own settings; these here are tried all the same,
/// because this process's server works by them when it takes over.
async fn owned(config: &Config, stream: Stream, report: &mut Report) -> Result<Vec<Called>> {
    health(request::health(stream).await?, report);
    let services = super::services(config, &memory::stores(), Arc::new(SystemClock))?;
    Ok(judges(config, &services, report))
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
    if health.damaged.is_empty() {
        report.add(
            State::Ok,
            "store",
            "can be read, in the format of this version",
            "",
        );
    }
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

fn judges(config: &Config, services: &Services, report: &mut Report) -> Vec<Called> {
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
    let mut called = Vec::new();
    called.extend(embedder(config, services, report));
    let templates = services.crews.templates(&config.scope).iter().count();
    models(config, services, report, &mut called);
    receivers(config, services, report, &mut called);
    report.add(State::Ok, "crew", format!("{templates} templates"), "");
    called
}

/// Only what is set up: asking a model costs something.
fn models(config: &Config, services: &Services, report: &mut Report, called: &mut Vec<Called>) {
    for provider in &config.models.providers {
        let before = called.len();
        for model in &provider.models {
            let name = format!("{}/{}", provider.name, model.id);
            let action = outgoing::Address::of(provider, &model.id).action(Outgoing::Ask);
            let decision = services.gate.preview(&action);
            if decision.effect >= Effect::RequireApproval {
                let rules: Vec<&str> = decision.rules.iter().map(|rule| rule.id.as_str()).collect();
                let seen = format!("policy does not let {name} be asked ({})", rules.join(", "));
                report.add(State::Note, "model", seen, "");
            } else {
                let key = match provider.api_key {
                    Some(_) => "with its key",
                    None => "without a key",
                };
                let seen = format!("{name}, steps are sent to {} {key}", provider.url);
                report.add(State::Ok, "model", seen, "");
                called.push(Called {
                    what: provider.name.clone(),
                    url: provider.url.clone(),
                });
            }
        }
        // Its models share an address.
        called.truncate(called.len().min(before + 1));
    }
}

/// Only what is set up: whether it takes messages, `firstmate webhook list` tells.
fn receivers(config: &Config, services: &Services, report: &mut Report, called: &mut Vec<Called>) {
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
        called.push(Called {
            what: receiver.name.clone(),
            url: receiver.url.clone(),
        });
    }
}

/// Only what is set up: whether it answers, a search tells.
fn embedder(config: &Config, services: &Services, report: &mut Report) -> Option<Called> {
    let Some(endpoint) = &config.models.embedder else {
        report.add(
            State::Ok,
            "embedder",
            "none, texts are placed by the built-in table",
            "",
        );
        return None;
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
        return None;
    }
    let (kind, model, url) = (endpoint.kind.name(), &endpoint.model, &endpoint.url);
    report.add(
        State::Ok,
        "embedder",
        format!("{model} of {kind}, lessons and questions are sent to {url}"),
        "",
    );
    Some(Called {
        what: "the embedder".into(),
        url: url.clone(),
    })
}
