//! `firstmate import`: what is read, and what became of it.

use std::fmt::Write as _;
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use serde::{Deserialize, Serialize};

use crate::cli::screen::visible;
use crate::domain::{LessonId, LessonState, Problem};
use crate::knowledge::RecordStatus;
use crate::knowledge::notes::{self, Remark};

/// Remarks that are printed; the rest are counted.
const MOST_REMARKS: usize = 200;

/// Read lessons from a file or a folder.
#[derive(Debug, Args)]
pub struct Import {
    /// The file or the folder of Markdown notes to read
    #[arg(value_name = "FILE-OR-DIR")]
    pub from: PathBuf,
    /// What it is
    #[arg(long, value_enum, default_value_t = Format::Auto)]
    pub format: Format,
    /// Say what would be done, and do nothing
    #[arg(long)]
    pub dry_run: bool,
}

/// What a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// What its content shows
    Auto,
    /// What `firstmate export` wrote: a whole store
    Firstmate,
    /// The official memory server's file: entities and relations as JSON lines
    MemoryServer,
    /// A Markdown note, or a folder of them
    Markdown,
}

/// What became of a note.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Taken {
    /// The file, and where in it.
    pub at: String,
    /// What was done.
    pub fate: Fate,
}

/// What was done with a note.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fate {
    /// It is in this lesson.
    Kept {
        /// The lesson.
        id: LessonId,
        /// How it got there.
        status: RecordStatus,
        /// Whether that lesson is in force.
        state: LessonState,
    },
    /// It is not kept.
    Refused {
        /// Why.
        why: String,
    },
    /// The memory could not do its job; what follows was not tried.
    Failed {
        /// What went wrong.
        problem: serde_json::Value,
    },
}

/// What an import came to.
#[derive(Debug, Default)]
pub struct Report {
    created: usize,
    merged: usize,
    known: usize,
    remarks: Vec<Remark>,
}

impl Import {
    /// What is to be read. Where nobody said, the content shows it.
    ///
    /// # Errors
    /// When it cannot be read, is empty, or is nothing that can be imported.
    pub fn settled(&self) -> Result<notes::Format, Problem> {
        let path = self.from.display();
        let unreadable = |error: std::io::Error| Problem {
            code: "io",
            message: format!("failed to read {path}: {error}"),
            hint: "Check the path and its permissions, then try again.".into(),
            retryable: true,
        };
        let metadata = std::fs::metadata(&self.from).map_err(unreadable)?;
        let bad = |code: &'static str, message: String, hint: &str| Problem {
            code,
            message,
            hint: hint.to_owned(),
            retryable: false,
        };
        let format = match self.format {
            Format::Firstmate => notes::Format::Firstmate,
            Format::MemoryServer => notes::Format::MemoryServer,
            Format::Markdown => notes::Format::Markdown,
            Format::Auto if metadata.is_file() && metadata.len() == 0 => {
                let hint = "Check that it is the right file.";
                return Err(bad("import.nothing", format!("{path} is empty"), hint));
            }
            Format::Auto => notes::format_of(&self.from).map_err(unreadable)?.ok_or_else(|| {
                bad(
                    "import.unknown_format",
                    format!("{path} is nothing that can be imported"),
                    "Give an export of firstmate, the JSON lines of the official memory server, or Markdown notes; \
                     --format says which it is.",
                )
            })?,
        };
        if metadata.is_dir() && format != notes::Format::Markdown {
            let hint = "Give the file in it, or leave --format out.";
            return Err(bad("bad_arguments", format!("{path} is a folder"), hint));
        }
        if self.dry_run && format == notes::Format::Firstmate {
            let hint = "Import it into a directory of its own (--data-dir) to see what it holds.";
            return Err(bad(
                "bad_arguments",
                "an export of a store has no dry run".to_owned(),
                hint,
            ));
        }
        Ok(format)
    }
}

impl Report {
    /// A report that begins with what was left out on reading.
    #[must_use]
    pub fn new(remarks: Vec<Remark>) -> Self {
        Self {
            remarks,
            ..Self::default()
        }
    }

    /// Counts what became of a note.
    pub fn add(&mut self, taken: Taken) {
        let (why, is_fault) = match taken.fate {
            Fate::Kept { id, status, state } => {
                match status {
                    RecordStatus::Created | RecordStatus::Candidate | RecordStatus::Superseded => {
                        self.created += 1;
                    }
                    RecordStatus::Merged => self.merged += 1,
                    RecordStatus::Duplicate => self.known += 1,
                }
                let how = match state {
                    LessonState::Retracted => "retired",
                    LessonState::Superseded => "replaced by another",
                    LessonState::Active | LessonState::Candidate | LessonState::Expired => return,
                };
                (
                    format!("says what lesson {id} said, which was {how} and stays so"),
                    false,
                )
            }
            Fate::Refused { why } => (why, true),
            Fate::Failed { .. } => return,
        };
        let at = taken.at;
        self.remarks.push(Remark { at, why, is_fault });
    }

    /// Whether something went wrong and nothing came of the rest.
    #[must_use]
    pub fn is_failure(&self) -> bool {
        self.created + self.merged + self.known == 0 && self.remarks.iter().any(|remark| remark.is_fault)
    }

    /// In lines.
    #[must_use]
    pub fn told(&self, dry_run: bool) -> String {
        let Self {
            created,
            merged,
            known,
            remarks,
        } = self;
        let refused = remarks.iter().filter(|remark| remark.is_fault).count();
        let would = if dry_run { "would be " } else { "" };
        let mut told = format!(
            "{created} lessons {would}created, {merged} {would}merged into others, {known} known already, {refused} refused\n"
        );
        // Writing to a string cannot fail.
        for remark in remarks.iter().take(MOST_REMARKS) {
            let mark = if remark.is_fault { "refused" } else { "note   " };
            let (at, why) = (visible(&remark.at), visible(&remark.why));
            let _written = writeln!(told, "{mark}  {at}: {why}");
        }
        if remarks.len() > MOST_REMARKS {
            let _written = writeln!(told, "and {} more", remarks.len() - MOST_REMARKS);
        }
        told
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_counts_and_gives_reasons() {
        let mut report = Report::new(vec![Remark {
            at: "notes/a.md".to_owned(),
            why: "there is no text in it".to_owned(),
            is_fault: false,
        }]);
        assert!(!report.is_failure());
        let kept = |status, state| Fate::Kept {
            id: LessonId::new("0191"),
            status,
            state,
        };
        let refused = Fate::Refused {
            why: "policy.denied: No.".to_owned(),
        };
        report.add(Taken {
            at: "notes/b.md".to_owned(),
            fate: refused,
        });
        assert!(report.is_failure());
        for (status, state) in [
            (RecordStatus::Created, LessonState::Active),
            (RecordStatus::Merged, LessonState::Active),
            (RecordStatus::Duplicate, LessonState::Retracted),
        ] {
            let at = "notes/c.md".to_owned();
            let fate = kept(status, state);
            report.add(Taken { at, fate });
        }
        assert!(!report.is_failure());
        insta::assert_snapshot!(report.told(true), @r"
        1 lessons would be created, 1 would be merged into others, 1 known already, 1 refused
        note     notes/a.md: there is no text in it
        refused  notes/b.md: policy.denied: No.
        note     notes/c.md: says what lesson 0191 said, which was retired and stays so
        ");
    }
}
