//! `firstmate lessons`: for people, who look through what was learned, put it right and take it elsewhere.

use std::io::Read as _;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand, ValueEnum};

use crate::domain::{Entity, LessonKind, LessonState, Problem, Timestamp};
use crate::knowledge::curate::{self, Expiry};
use crate::knowledge::{DEFAULT_LIMIT, MAX_TEXT_BYTES, Mode};

pub mod answer;
pub mod export;
mod list;
mod search;
mod show;

/// Look through what was learned, put it right, take it elsewhere.
#[derive(Debug, Args)]
pub struct Lessons {
    /// What to do with them.
    #[command(subcommand)]
    pub command: Command,
}

/// What to do with lessons.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// List lessons, the newest first
    #[command(after_help = "Example: firstmate lessons list --tag tests --limit 10")]
    List(List),
    /// Show everything about one lesson
    #[command(after_help = "Example: firstmate lessons show 0191a2b3")]
    Show(Show),
    /// Search lessons, and say why each was found
    #[command(
        after_help = "Examples:\n  firstmate lessons search \"timeout in the payment tests\"\n  \
                      firstmate lessons search --around file:src/session.rs --hops 2"
    )]
    Search(Search),
    /// Change a lesson; another text is another lesson, which takes its place
    #[command(
        after_help = "Examples:\n  firstmate lessons edit 0191a2b3 --title \"Payment tests and midnight\" --add-tag time\n  \
                      firstmate lessons edit 0191a2b3 --text \"The payment tests need a fixed clock and a fixed zone.\"\n  \
                      firstmate lessons edit 0191a2b3 --file - < better.txt"
    )]
    Edit(Edit),
    /// Take a lesson back: it is not found any more, and stays readable by its id
    #[command(
        after_help = "Example: firstmate lessons retire 0191a2b3 --reason \"The tests were rewritten.\""
    )]
    Retire(Retire),
    /// Write lessons for people (Markdown) or programs (JSON lines)
    #[command(after_help = "Examples:\n  firstmate lessons export > lessons.md\n  \
                      firstmate lessons export --to notes/      (a file for each; `firstmate import notes/` reads them)\n  \
                      firstmate lessons export --format jsonl --state all --to all.jsonl")]
    Export(export::Export),
}

/// List lessons.
#[derive(Debug, Args)]
pub struct List {
    /// Which of them
    #[command(flatten)]
    pub which: Which,
    /// Most lessons
    #[arg(long, value_name = "N", default_value_t = 50, value_parser = number(1, 10_000))]
    pub limit: u64,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// Which lessons.
#[derive(Debug, Args)]
pub struct Which {
    /// Only lessons in this state
    #[arg(long, value_enum, default_value_t = State::Active)]
    pub state: State,
    /// Only lessons with this label; may be given more than once
    #[arg(long = "tag", value_name = "TAG")]
    pub tags: Vec<String>,
    /// Only lessons of this kind
    #[arg(long, value_enum)]
    pub kind: Option<Kind>,
}

/// Show one lesson.
#[derive(Debug, Args)]
pub struct Show {
    /// Its id, or as much of it as no other begins with
    #[arg(value_name = "ID")]
    pub id: String,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// Search lessons.
#[derive(Debug, Args)]
pub struct Search {
    /// What to look for: words, names, identifiers
    #[arg(value_name = "QUERY", required_unless_present = "around", default_value = "")]
    pub query: String,
    /// How to search
    #[arg(long, value_enum, default_value_t = By::Hybrid)]
    pub mode: By,
    /// Only lessons that are tied to this thing: run, `task_type`, file, tool, model, tag or lesson, a colon
    /// and its name
    #[arg(long, value_name = "KIND:NAME")]
    pub around: Option<Entity>,
    /// How far from it: 1 for lessons about it, 2 also for those that share something with one of them
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = number(1, 2), requires = "around")]
    pub hops: u64,
    /// Only lessons with this label; may be given more than once
    #[arg(long = "tag", value_name = "TAG")]
    pub tags: Vec<String>,
    /// Most hits
    #[arg(long, value_name = "N", default_value_t = DEFAULT_LIMIT as u64, value_parser = number(1, 100))]
    pub limit: u64,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// Change a lesson.
#[derive(Debug, Args)]
pub struct Edit {
    /// Its id, or as much of it as no other begins with
    #[arg(value_name = "ID")]
    pub id: String,
    /// What it says from now on; `-` reads it from stdin
    #[arg(long, value_name = "TEXT", conflicts_with = "file")]
    pub text: Option<String>,
    /// The same from a file; `-` is stdin
    #[arg(long, value_name = "FILE")]
    pub file: Option<PathBuf>,
    /// Its name
    #[arg(long, value_name = "TITLE")]
    pub title: Option<String>,
    /// A label that it gets; may be given more than once
    #[arg(long = "add-tag", value_name = "TAG")]
    pub add_tags: Vec<String>,
    /// A label that it loses; may be given more than once
    #[arg(long = "remove-tag", value_name = "TAG")]
    pub remove_tags: Vec<String>,
    /// From when on it does not hold any more: a date, a time, or `never`
    #[arg(long, value_name = "WHEN", value_parser = expiry)]
    pub expires: Option<Expiry>,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// Take a lesson back.
#[derive(Debug, Args)]
pub struct Retire {
    /// Its id, or as much of it as no other begins with
    #[arg(value_name = "ID")]
    pub id: String,
    /// Why; it is kept with the lesson
    #[arg(long, value_name = "REASON")]
    pub reason: Option<String>,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// A state that lessons are chosen by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum State {
    /// In force
    Active,
    /// Extracted from a run, not confirmed yet
    Candidate,
    /// Replaced by a newer one
    Superseded,
    /// In force until some time that is over
    Expired,
    /// Taken back
    #[value(alias = "retired")]
    Retracted,
    /// Any of them
    All,
}

/// Where lessons come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Kind {
    /// Somebody said so
    Note,
    /// Taken from a run by rule
    Run,
    /// About how a piece of work went
    Outcome,
}

/// How lessons are ranked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum By {
    /// By words, spelling, meaning and neighbours together
    Hybrid,
    /// By words and spelling
    Lexical,
    /// By meaning alone
    Semantic,
}

impl Which {
    /// The choice in the words of the memory.
    #[must_use]
    pub fn selection(&self, limit: usize) -> curate::Selection {
        curate::Selection {
            states: self.state.states(),
            kinds: self.kind.into_iter().map(Kind::kind).collect(),
            tags: self.tags.clone(),
            after: None,
            limit,
        }
    }
}

impl State {
    /// The states that it stands for; none for any.
    fn states(self) -> Vec<LessonState> {
        match self {
            Self::Active => vec![LessonState::Active],
            Self::Candidate => vec![LessonState::Candidate],
            Self::Superseded => vec![LessonState::Superseded],
            Self::Expired => vec![LessonState::Expired],
            Self::Retracted => vec![LessonState::Retracted],
            Self::All => Vec::new(),
        }
    }
}

impl Kind {
    fn kind(self) -> LessonKind {
        match self {
            Self::Note => LessonKind::Note,
            Self::Run => LessonKind::Run,
            Self::Outcome => LessonKind::Outcome,
        }
    }
}

impl By {
    /// The mode of the search.
    #[must_use]
    pub fn mode(self) -> Mode {
        match self {
            Self::Hybrid => Mode::Hybrid,
            Self::Lexical => Mode::Lexical,
            Self::Semantic => Mode::Semantic,
        }
    }
}

impl Edit {
    /// The change, with the text read from where it is.
    ///
    /// # Errors
    /// When there is nothing to change, or the text cannot be read or is not UTF-8.
    pub fn change(&self) -> Result<curate::Edit, Problem> {
        let text = match (&self.text, &self.file) {
            (Some(text), _) if text == "-" => Some(text_of(Path::new("-"))?),
            (Some(text), _) => Some(text.clone()),
            (None, Some(file)) => Some(text_of(file)?),
            (None, None) => None,
        };
        let change = curate::Edit {
            text,
            title: self.title.clone(),
            add_tags: self.add_tags.clone(),
            remove_tags: self.remove_tags.clone(),
            expires: self.expires,
        };
        if change == curate::Edit::default() {
            return Err(Problem {
                code: "bad_arguments",
                message: "there is nothing to change".into(),
                hint: "Give --text, --file, --title, --add-tag, --remove-tag or --expires.".into(),
                retryable: false,
            });
        }
        Ok(change)
    }
}

/// The text of a file or of stdin, without the line break at its end.
fn text_of(path: &Path) -> Result<String, Problem> {
    let bad = |what: String| Problem {
        code: "bad_arguments",
        message: format!("{} {what}", path.display()),
        hint: "Give the new text with --text, or as a UTF-8 file with --file; `-` is stdin.".into(),
        retryable: false,
    };
    let unreadable = |error: std::io::Error| bad(format!("cannot be read: {error}"));
    let most = MAX_TEXT_BYTES as u64 + 2;
    let mut bytes = Vec::new();
    if path == Path::new("-") {
        std::io::stdin().take(most).read_to_end(&mut bytes)
    } else {
        let file = std::fs::File::open(path).map_err(unreadable)?;
        file.take(most).read_to_end(&mut bytes)
    }
    .map_err(unreadable)?;
    let text = String::from_utf8(bytes).map_err(|_| bad("is not UTF-8".to_owned()))?;
    let text = text.strip_suffix('\n').unwrap_or(&text);
    Ok(text.strip_suffix('\r').unwrap_or(text).to_owned())
}

fn expiry(text: &str) -> Result<Expiry, String> {
    if text == "never" {
        return Ok(Expiry::Never);
    }
    let midnight = || format!("{text}T00:00:00Z").parse();
    let read = text.parse::<Timestamp>().or_else(|_| midnight());
    read.map(Expiry::At).map_err(|_| {
        "expected a date such as 2027-01-01, a time such as 2027-01-01T09:30:00Z, or never".to_owned()
    })
}

fn number(least: i64, most: i64) -> clap::builder::RangedU64ValueParser {
    clap::value_parser!(u64).range(least.unsigned_abs()..=most.unsigned_abs())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_expiry_is_a_date_a_time_or_never() {
        assert_eq!(expiry("never"), Ok(Expiry::Never));
        assert_eq!(expiry("2027-01-01"), expiry("2027-01-01T00:00:00Z"));
        assert!(expiry("soon").unwrap_err().contains("2027-01-01"));
    }

    #[test]
    fn a_text_from_a_file_loses_the_line_break_at_its_end() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("text");
        for (bytes, expect) in [(&b"a\nb\r\n"[..], "a\nb"), (b"a\n\n", "a\n"), (b"", "")] {
            std::fs::write(&path, bytes).unwrap();
            assert_eq!(text_of(&path).unwrap(), expect);
        }
        std::fs::write(&path, b"\xff").unwrap();
        assert!(text_of(&path).unwrap_err().message.contains("UTF-8"));
        assert!(text_of(&dir.path().join("none")).is_err());
    }
}
