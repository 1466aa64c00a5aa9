//! Which file is meant, what stands in it, and what is worth knowing of it.

use std::path::{Path, PathBuf};

use serde_json::Value;

use super::file::File;
use super::{Job, print, problem, program};
use crate::cli::install::Seen;
use crate::cli::screen::Ink;
use crate::domain::Problem;
use crate::hosts::{self, Format, Homes, Host, Launch, edit};

/// Whether something of the host lies on this machine.
pub(in crate::app) fn is_here(host: &Host, homes: &Homes) -> bool {
    host.signs(homes).iter().any(|sign| sign.exists())
}

impl Job<'_> {
    /// The file that is meant.
    pub(super) fn file(&self, host: &Host) -> Result<PathBuf, Problem> {
        match &self.project {
            Some(root) => host
                .project_file(root)
                .ok_or_else(|| problem::no_project_file(host)),
            None => host
                .user_file(self.homes)
                .ok_or_else(|| problem::no_file(host, self.homes)),
        }
    }

    /// Refuses to touch the server of somebody else, who may have given it that name.
    pub(super) fn check_ours(&self, host: &Host, file: &File) -> Result<(), Problem> {
        let name = self.install.name.as_str();
        let Some(there) =
            there(host, file, name).map_err(|error| problem::left_alone(host, &file.path, &error))?
        else {
            return Ok(());
        };
        let launch = Launch::of(host, &there);
        let starts_us = launch.as_ref().is_some_and(Launch::is_firstmate);
        if name == "firstmate" || starts_us || launch.as_ref() == Some(&self.launch) {
            return Ok(());
        }
        Err(problem::foreign(name, &file.path))
    }

    /// Every host, with what stands in its file.
    pub(super) fn listed(&self) -> Vec<Seen> {
        let mut seen = Vec::new();
        for host in hosts::all() {
            let Ok(path) = self.file(host) else {
                continue;
            };
            let found = edit::get(
                host.format,
                &File::read(&path)
                    .ok()
                    .and_then(|file| file.text)
                    .unwrap_or_default(),
                &host.path(&self.install.name),
            );
            let says = match found {
                Ok(None) => "-".to_owned(),
                Ok(Some(there)) => match Launch::of(host, &there) {
                    Some(Launch::Command { command, .. })
                        if !program::only_its_host_knows(&command)
                            && program::find(&command, self.homes).is_none() =>
                    {
                        "in, starts what is not there".to_owned()
                    }
                    Some(_) => "in".to_owned(),
                    None => "in, starts nothing".to_owned(),
                },
                Err(_) => "cannot be read".to_owned(),
            };
            seen.push(Seen {
                host,
                is_here: is_here(host, self.homes) || path.exists(),
                file: path,
                says,
            });
        }
        seen
    }

    /// What is worth knowing beside.
    pub(super) fn notes(&self, host: &Host, file: &File) {
        let mut notes = Vec::new();
        if !is_here(host, self.homes) && self.project.is_none() {
            notes.push(format!("{} was not found on this machine.", host.title));
        }
        if let Launch::Command { command, .. } = &self.launch {
            let command = Path::new(command);
            notes.extend(program::passing(command));
            if self.project.is_some() && command.is_absolute() {
                notes.push(format!(
                    "{} is a path of this machine, and others share the file: put firstmate into the PATH, or say `--command firstmate`.",
                    command.display()
                ));
            }
        }
        if let Ok(Some(there)) = there(host, file, &self.install.name)
            && hosts::is_off(&there)
        {
            notes.push(format!("It is turned off there: turn it on in {}.", host.title));
        }
        let text = file.text.as_deref().unwrap_or_default();
        if host.format == Format::Json
            && !host.takes_comments
            && !text.trim().is_empty()
            && let Some((line, column)) = edit::beyond_json(text)
        {
            notes.push(format!(
                "There is a comment or a trailing comma in the file (line {line}, column {column}): {} may not read it.",
                host.title
            ));
        }
        for note in notes {
            print(&format!("{} {note}\n", self.screen.ink(Ink::Warning, "Note:")));
        }
    }
}

/// What stands in the file under that name.
fn there(host: &Host, file: &File, name: &str) -> hosts::Result<Option<Value>> {
    let text = file.text.as_deref().unwrap_or_default();
    edit::get(host.format, text, &host.path(name))
}
