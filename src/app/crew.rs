//! What people do with templates. Dry runs have a store of their own, in memory; only what runs suggest is asked of the
//! project's.

use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use super::asking::answer;
use super::command::{FAILED, print};
use super::request::Request;
use super::run::Errand;
use super::{read, templates};
use crate::cli::crew::check::{self, Checked};
use crate::cli::crew::{Command, Crew, graph, list, show, suggest};
use crate::cli::policy::Format;
use crate::cli::screen::Screen;
use crate::clock::{Clock, SystemClock};
use crate::config::Config;
use crate::crew::suggest::Suggestion;
use crate::crew::template::trial::Trials;
use crate::crew::template::{BUILTIN, Template};
use crate::crew::{Crews, Error as CrewError, Parts, Templates, TokenKey};
use crate::domain::Problem;
use crate::error::{Error, Result};
use crate::knowledge::Knowledge;
use crate::model::Models;
use crate::policy::{Bundle, Gate};
use crate::routing::{Catalogue, Router};
use crate::store::memory;
use crate::validation::Validator;

/// Runs one of the commands to its exit code.
///
/// # Errors
/// When a template is not there or cannot be read.
pub(super) async fn run(config: &Config, crew: &Crew) -> Result<ExitCode, Problem> {
    if let Command::Suggest { template, format } = &crew.command {
        return suggest_from_runs(config, template.as_deref(), *format).await;
    }
    done(config, crew).await.map_err(|error| error.problem())
}

async fn done(config: &Config, crew: &Crew) -> Result<ExitCode> {
    let screen = Screen::of_stdout(config.colours);
    match &crew.command {
        Command::List { format } => {
            let (all, refused) = templates::found(config)?.of(config.scope.project());
            print(&match format {
                Format::Text => list::told(&all, &refused, screen),
                Format::Json => format!("{:#}\n", list::data(&all, &refused)),
            });
        }
        Command::Show { template, format } => {
            let template = named(config, template)?;
            print(&match format {
                Format::Text => show::told(&template, screen),
                Format::Json => format!("{:#}\n", show::data(&template)),
            });
        }
        Command::Graph { template, mermaid } => {
            let template = named(config, template)?;
            let unicode = config.unicode && screen.is_terminal();
            print(&match mermaid {
                true => crate::crew::graph::of_template(&template),
                false => graph::told(&template, screen, unicode),
            });
        }
        // It asks the store, unlike the others.
        Command::Suggest { .. } => {}
        Command::Check { templates } => {
            let checked = check(config, templates).await?;
            print(&check::told(&checked, screen));
            if checked.iter().any(Checked::is_failure) {
                return Ok(ExitCode::from(FAILED));
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}

async fn suggest_from_runs(
    config: &Config,
    template: Option<&str>,
    format: Format,
) -> Result<ExitCode, Problem> {
    let screen = Screen::of_stdout(config.colours);
    let errand = Errand::Suggest {
        template: template.map(str::to_owned),
    };
    let told = |suggestions: Vec<Suggestion>| suggest::by_template(&suggestions, screen);
    answer(config.clone(), Request::Run(errand), format == Format::Json, told).await
}

/// The template of that name, or in that file.
fn named(config: &Config, name: &str) -> Result<Template> {
    if !is_file(name) {
        let (all, _) = templates::found(config)?.of(config.scope.project());
        return Ok(all.get(name)?.clone());
    }
    let text = read(Path::new(name))?;
    let all = Templates::load(&[(name.to_owned(), text)])?;
    let own = all.iter().find(|template| template.file.as_deref() == Some(name));
    Ok(own.or(all.iter().last()).ok_or_else(|| unknown(name))?.clone())
}

/// A name has none of these in it.
fn is_file(name: &str) -> bool {
    name.contains(['.', '/', '\\'])
}

fn unknown(name: &str) -> CrewError {
    CrewError::UnknownTemplate {
        name: name.to_owned(),
        nearest: Vec::new(),
    }
}

/// The file of a template and its text.
type File = (String, String);

/// Checks these, or all there are.
async fn check(config: &Config, names: &[String]) -> Result<Vec<Checked>> {
    let mut files: Vec<File> = Vec::new();
    let mut checked = Vec::new();
    if names.is_empty() {
        let (all, refused) = templates::found(config)?.of(config.scope.project());
        for template in all.iter() {
            files.push(file_of(template)?);
        }
        checked.extend(refused.into_iter().filter_map(wrong));
    }
    for name in names {
        files.push(match is_file(name) {
            true => (name.clone(), read(Path::new(name))?),
            false => file_of(&named(config, name)?)?,
        });
    }
    let validator = Validator::new(config.validation.clone()).map_err(|source| Error::Io {
        doing: "start the parser threads".into(),
        source,
    })?;
    let validator = Arc::new(validator);
    for (file, text) in files {
        let found = tried(config, &validator, &file, &text).await;
        match found {
            Ok(found) => checked.push(Checked {
                file,
                found: Ok(found),
            }),
            Err(Error::Crew(error @ CrewError::BadTemplate { .. })) => checked.extend(wrong(error)),
            Err(error) => return Err(error),
        }
    }
    Ok(checked)
}

/// The file that a template was read from; a built-in one is called by its name.
fn file_of(template: &Template) -> Result<File> {
    if let Some(file) = &template.file {
        return Ok((file.clone(), read(Path::new(file))?));
    }
    let builtin = BUILTIN
        .iter()
        .find(|(file, _)| file.strip_suffix(".yaml") == Some(&template.name));
    let (_, text) = builtin.ok_or_else(|| unknown(&template.name))?;
    Ok((template.name.clone(), (*text).to_owned()))
}

fn wrong(error: CrewError) -> Option<Checked> {
    let CrewError::BadTemplate { file, at, problem } = error else {
        return None;
    };
    Some(Checked {
        file,
        found: Err((at, problem)),
    })
}

/// Runs the dry runs of a file: how many steps its template has, and how they went.
async fn tried(
    config: &Config,
    validator: &Arc<Validator>,
    file: &str,
    text: &str,
) -> Result<(usize, Vec<check::Tried>)> {
    let templates = Templates::load(&[(file.to_owned(), text.to_owned())])?;
    let of_file = |template: &&Template| template.file.as_deref() == Some(file);
    let template = templates
        .iter()
        .find(of_file)
        .ok_or_else(|| unknown(file))?
        .clone();
    let trials = Trials::read(&template, file, text)?;
    let crews = rehearsal(validator, templates.for_dry_runs());
    let tried = trials.run(&crews, &config.scope, &template.name).await?;
    Ok((template.steps.len(), tried))
}

/// Crews that forget everything, with the built-in rules: what a template does shall not hang on where it is tried.
fn rehearsal(validator: &Arc<Validator>, templates: Templates) -> Crews {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let stores = memory::stores();
    let gate = Gate::new(Bundle::builtin(), Arc::clone(&stores.audit), Arc::clone(&clock));
    let router = Router::new(
        Catalogue::builtin(),
        Arc::clone(&stores.outcomes),
        Arc::clone(&clock),
        crate::routing::Settings::default(),
    );
    let mut secret = [0; 32];
    secret
        .iter_mut()
        .zip(clock.random_id().bytes())
        .for_each(|(byte, digit)| *byte = digit);
    Crews::new(Parts {
        journal: stores.journal,
        gate: Arc::new(gate),
        validator: Arc::clone(validator),
        router: Arc::new(router),
        knowledge: Arc::new(Knowledge::new(stores.lessons, Arc::clone(&clock))),
        models: Models::default(),
        clock,
        templates,
        token_key: TokenKey::new(1, secret),
        settings: crate::crew::Settings::default(),
        hooks: crate::crew::Hooks::default(),
    })
}
