//! `firstmate lessons export`: lessons in files, for people and for other programs.

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};

use super::Which;
use crate::domain::{Lesson, Problem, Timestamp};
use crate::knowledge::notes::page;

/// Write lessons for people or programs.
#[derive(Debug, Args)]
pub struct Export {
    /// Which of them
    #[command(flatten)]
    pub which: Which,
    /// How they are written
    #[arg(long, value_enum, default_value_t = Format::Markdown)]
    pub format: Format,
    /// A file, or a folder that gets a Markdown file for each lesson [default: stdout]
    #[arg(long, value_name = "FILE-OR-DIR")]
    pub to: Option<PathBuf>,
}

/// How lessons are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people
    Markdown,
    /// For programs: one JSON object a line
    Jsonl,
}

/// Where lessons go.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Place {
    Stdout,
    File(PathBuf),
    Folder(PathBuf),
}

impl Export {
    /// Writes the lessons and gives back what is to be printed.
    ///
    /// # Errors
    /// When a file cannot be written, or JSON lines were to go into a folder.
    pub fn write(&self, lessons: &[Lesson], project: &str, now: Timestamp) -> Result<String, Problem> {
        let whole = || match self.format {
            Format::Markdown => page::document(lessons, project, now),
            Format::Jsonl => json_lines(lessons),
        };
        let count = lessons.len();
        match (self.place(), self.format) {
            (Place::Stdout, _) => Ok(whole()),
            (Place::File(path), _) => {
                write_file(&path, &whole()).map_err(|error| unwritable(&path, &error))?;
                Ok(format!("{count} lessons in {}\n", path.display()))
            }
            (Place::Folder(folder), Format::Jsonl) => Err(Problem {
                code: "bad_arguments",
                message: format!(
                    "{} is a folder, and JSON lines go into one file",
                    folder.display()
                ),
                hint: "Name a file, such as lessons.jsonl.".into(),
                retryable: false,
            }),
            (Place::Folder(folder), Format::Markdown) => {
                fs::create_dir_all(&folder).map_err(|error| unwritable(&folder, &error))?;
                for lesson in lessons {
                    let path = folder.join(page::file_name(lesson));
                    write_file(&path, &page::page(lesson, now)).map_err(|error| unwritable(&path, &error))?;
                }
                Ok(format!(
                    "{count} lessons in {}, a file for each\n",
                    folder.display()
                ))
            }
        }
    }

    fn place(&self) -> Place {
        let Some(to) = &self.to else { return Place::Stdout };
        let is_folder = to.is_dir()
            || to.to_string_lossy().ends_with(std::path::is_separator)
            || (to.extension().is_none() && !to.is_file());
        if is_folder {
            Place::Folder(to.clone())
        } else {
            Place::File(to.clone())
        }
    }
}

fn json_lines(lessons: &[Lesson]) -> String {
    let lines = lessons
        .iter()
        .filter_map(|lesson| serde_json::to_string(lesson).ok());
    lines.map(|line| line + "\n").collect()
}

/// Puts a file in its place whole, readable by its owner only: lessons are nobody else's.
fn write_file(path: &Path, text: &str) -> io::Result<()> {
    let mut part = path.as_os_str().to_owned();
    part.push(".part");
    let part = PathBuf::from(part);
    let mut options = OpenOptions::new();
    options.create(true).truncate(true).write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(&part)?.write_all(text.as_bytes())?;
    fs::rename(&part, path)
}

fn unwritable(path: &Path, error: &io::Error) -> Problem {
    Problem {
        code: "io",
        message: format!("failed to write {}: {error}", path.display()),
        hint: "Check the path and its permissions, then try again.".into(),
        retryable: true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::lessons::State;

    #[test]
    fn a_name_without_an_ending_is_a_folder() {
        let dir = tempfile::tempdir().unwrap();
        let place = |to: Option<&str>| {
            let export = Export {
                which: Which {
                    state: State::All,
                    tags: Vec::new(),
                    kind: None,
                },
                format: Format::Markdown,
                to: to.map(|to| dir.path().join(to)),
            };
            match export.place() {
                Place::Stdout => "stdout",
                Place::File(_) => "file",
                Place::Folder(_) => "folder",
            }
        };
        fs::create_dir(dir.path().join("there.md")).unwrap();
        fs::write(dir.path().join("plain"), "").unwrap();
        let places = [
            None,
            Some("a.md"),
            Some("notes"),
            Some("n.d/"),
            Some("there.md"),
            Some("plain"),
        ]
        .map(place);
        assert_eq!(places, ["stdout", "file", "folder", "folder", "folder", "file"]);
    }
}
