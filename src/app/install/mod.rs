//! What `firstmate install` does with the files of hosts.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use super::command::{FAILED, print, tell};
use crate::cli::Common;
use crate::cli::install::{Install, agreed, is_watched, listed, shown};
use crate::cli::screen::{Ink, Screen};
use crate::config::Surroundings;
use crate::domain::Problem;
use crate::error::Error;
use crate::hosts::edit::{self, Installed, Removed};
use crate::hosts::{self, Entry, Homes, Host, Launch};

pub(super) mod file;
mod problem;
pub(super) mod program;
mod seen;

use file::File;
pub(super) use seen::is_here;

/// Runs the command to its exit code: 1 where a file was refused, the others are done all the same.
///
/// # Errors
/// When nothing could be begun.
pub(super) fn run(common: &Common, install: &Install) -> Result<ExitCode, Problem> {
    let surroundings = Surroundings::read().map_err(|error| Error::from(error).problem())?;
    let homes = &surroundings.homes;
    let this = match install.workspace {
        // Others who share the file have it elsewhere.
        Some(_) if program::find("firstmate", homes).is_some() => PathBuf::from("firstmate"),
        _ => program::this(homes)?,
    };
    let launch = install.launch(common, &this)?;
    problem::check(&launch)?;
    let job = Job {
        install,
        launch,
        screen: Screen::of_stdout(surroundings.colours),
        project: install.workspace.as_ref().map(|given| match given {
            None => surroundings.workspace.clone(),
            Some(given) => std::path::absolute(given).unwrap_or_else(|_| given.clone()),
        }),
        homes,
    };
    let mut chosen: Vec<&Host> = install
        .hosts
        .iter()
        .filter_map(|name| hosts::named(name))
        .collect();
    if install.all {
        chosen = hosts::all()
            .iter()
            .filter(|host| is_here(host, job.homes))
            .collect();
    }
    if chosen.is_empty() {
        print(&listed(&job.listed(), job.screen));
        return Ok(ExitCode::SUCCESS);
    }
    let mut code = ExitCode::SUCCESS;
    for host in chosen {
        if let Err(problem) = job.does(host) {
            let Problem {
                code: what,
                message,
                hint,
                ..
            } = problem;
            tell(&serde_json::json!({"code": what, "message": message, "hint": hint}));
            code = ExitCode::from(FAILED);
        }
    }
    Ok(code)
}

/// What is asked for, on what.
struct Job<'a> {
    install: &'a Install,
    launch: Launch,
    screen: Screen,
    /// The project whose file is meant, instead of the user's.
    project: Option<PathBuf>,
    homes: &'a Homes,
}

impl Job<'_> {
    fn does(&self, host: &'static Host) -> Result<(), Problem> {
        let name = self.install.name.as_str();
        if self.install.uninstall {
            return self.takes_out(host);
        }
        let entry = Entry::new(host, name, &self.launch).ok_or_else(|| problem::no_address(host))?;
        if self.install.print {
            print(&snippet(host, name, &entry)?);
            return Ok(());
        }
        if self.install.link {
            print(&format!("{}\n", link(host, name, &entry)?));
            return Ok(());
        }
        self.puts_in(host, &entry)
    }

    fn puts_in(&self, host: &'static Host, entry: &Entry) -> Result<(), Problem> {
        let name = self.install.name.as_str();
        let path = host.path(name);
        let file = File::read(&self.file(host)?)?;
        let title = self.title(host, &file);
        self.check_ours(host, &file)?;
        let done = edit::install(host.format, file.text.as_deref(), &path, entry)
            .map_err(|error| problem::left_alone(host, &file.path, &error))?;
        let after = match done {
            Installed::Already => {
                print(&format!("{title}: already there, nothing to do.\n"));
                self.notes(host, &file);
                return Ok(());
            }
            Installed::Added(after) | Installed::Updated(after) => after,
        };
        print(&format!("{title}\n\n"));
        self.shows(host, file.text.as_deref().unwrap_or_default(), &after);
        if !self.may_write("Write this?") {
            return Ok(());
        }
        let backup = file.keep()?;
        file.write(&after)?;
        let kept = match backup {
            Some(backup) => format!(" What it was before is in {}.", backup.display()),
            None => String::new(),
        };
        print(&format!("\nWritten.{kept}\n{}\n", host.then));
        self.notes(host, &file);
        Ok(())
    }

    fn takes_out(&self, host: &'static Host) -> Result<(), Problem> {
        let path = host.path(&self.install.name);
        let file = File::read(&self.file(host)?)?;
        let title = self.title(host, &file);
        let Some(before) = file.text.as_deref() else {
            print(&format!("{title}: there is no file, nothing to do.\n"));
            return Ok(());
        };
        self.check_ours(host, &file)?;
        let backups = file.backups();
        let texts: Vec<String> = backups.iter().map(|(_, text)| text.clone()).collect();
        let removed = edit::uninstall(host.format, before, &path, &texts)
            .map_err(|error| problem::left_alone(host, &file.path, &error))?;
        let (after, backup) = match removed {
            Removed::Absent => {
                print(&format!(
                    "{title}: `{}` is not in it, nothing to do.\n",
                    self.install.name
                ));
                return Ok(());
            }
            Removed::File => (None, None),
            Removed::Text { text, backup } => (Some(text), backup.and_then(|index| backups.get(index))),
        };
        print(&format!("{title}\n\n"));
        self.shows(host, before, after.as_deref().unwrap_or_default());
        if !self.may_write("Take it out?") {
            return Ok(());
        }
        let told = match (&after, backup) {
            (None, _) => {
                file.delete()?;
                "Nothing else was in the file, so it is gone.".to_owned()
            }
            (Some(after), Some((backup, _))) => {
                file.write(after)?;
                file::forget(backup)?;
                "Taken out: the file is what it was before, byte for byte.".to_owned()
            }
            (Some(after), None) => {
                let kept = file.keep()?;
                file.write(after)?;
                let kept = kept.map(|kept| format!(" What the file was before is in {}.", kept.display()));
                format!("Taken out.{}", kept.unwrap_or_default())
            }
        };
        print(&format!("\n{told}\n"));
        Ok(())
    }

    fn title(&self, host: &Host, file: &File) -> String {
        let title = self.screen.ink(Ink::Strong, host.title);
        format!("{title}  {}", file.path.display())
    }

    fn shows(&self, host: &Host, before: &str, after: &str) {
        let path = host.path(&self.install.name);
        let own = |text: &str| match text.trim().is_empty() {
            true => Vec::new(),
            false => edit::find(host.format, text, &path).unwrap_or_default(),
        };
        let lines = hosts::difference(before, &own(before), after, &own(after));
        print(&shown(&lines, self.screen));
    }

    /// Nobody is asked where nobody sits.
    fn may_write(&self, question: &str) -> bool {
        if self.install.dry_run {
            print("\nNothing was written (--dry-run).\n");
            return false;
        }
        if self.install.yes || !is_watched() {
            return true;
        }
        print("\n");
        let may = agreed(question);
        if !may {
            print("Nothing was written.\n");
        }
        may
    }
}

/// The text of a file that holds nothing but the entry.
///
/// # Errors
/// Never for a host of the table.
pub(super) fn snippet(host: &Host, name: &str, entry: &Entry) -> Result<String, Problem> {
    match edit::install(host.format, None, &host.path(name), entry) {
        Ok(Installed::Added(text) | Installed::Updated(text)) => Ok(text),
        Ok(Installed::Already) => Ok(String::new()),
        Err(error) => Err(problem::left_alone(host, Path::new("an empty file"), &error)),
    }
}

fn link(host: &Host, name: &str, entry: &Entry) -> Result<String, Problem> {
    match host.name {
        "cursor" => Ok(hosts::cursor_link(name, entry)),
        "vscode" => Ok(hosts::vscode_link(name, entry)),
        _ => Err(problem::no_link(host)),
    }
}
