//! `firstmate route`: which model would do a task, what routing came to, which models there are.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use serde_json::{Map, Value, json};

use super::policy::{Format, Since, since};

pub mod discover;
pub mod look;
pub mod models;
mod picture;
pub mod report;

/// See which model would do a task, what routing came to, and which models there are.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct Route {
    /// What else to do than look at a task.
    #[command(subcommand)]
    pub command: Option<Command>,
    /// The task to look at.
    #[command(flatten)]
    pub look: Look,
}

/// What there is beside looking at a task.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Say what routing came to: calls, money against one model for everything, success, what has no outcome
    #[command(after_help = "Examples:\n  firstmate route report --since 30d\n  \
                            firstmate route report --baseline claude-sonnet-5-5 --format json")]
    Report(Report),
    /// List the models there are to choose from, with where and when each price was read
    #[command(after_help = "It exits with 1 when the models file that the settings name is refused.")]
    Models(Models),
    /// Ask a running Ollama, or what speaks OpenAI's protocol, which models it has
    #[command(after_help = "Examples:\n  firstmate route discover\n  \
                            firstmate route discover --url http://127.0.0.1:8080/v1 --write")]
    Discover(Discover),
}

/// Look at a task.
#[derive(Debug, Args)]
pub struct Look {
    /// The task; `-` reads it from stdin. A task of the one word `report`, `models` or `discover` goes behind `--`
    #[arg(value_name = "TASK")]
    pub task: Option<String>,
    /// A file that the model would get along with it: counts for its size
    #[arg(long, value_name = "FILE")]
    pub context: Option<PathBuf>,
    /// The share of the best model's quality that is enough, 0 to 1 [default: fits the stakes]
    #[arg(long, value_name = "SHARE")]
    pub quality_target: Option<f64>,
    /// Only models on this machine
    #[arg(long)]
    pub local_only: bool,
    /// Most US dollars for the whole answer
    #[arg(long, value_name = "USD")]
    pub max_cost: Option<f64>,
    /// Longest time to the end of the answer
    #[arg(long, value_name = "MS")]
    pub max_latency: Option<u64>,
    /// Tokens that have to fit
    #[arg(long, value_name = "TOKENS")]
    pub min_context: Option<u64>,
    /// What the model must be able to do: tools, vision, json, ... (may be repeated)
    #[arg(long = "need", value_name = "NAME")]
    pub needs: Vec<String>,
    /// Only this model, provider or `provider/id`, * for any rest (may be repeated)
    #[arg(long, value_name = "MODEL")]
    pub allow: Vec<String>,
    /// Never this one (may be repeated)
    #[arg(long, value_name = "MODEL")]
    pub deny: Vec<String>,
    /// Keep the decision as `route_task` does, so that an outcome can be told; without it this is a dry look
    #[arg(long)]
    pub record: bool,
    /// How to print it
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub format: Format,
}

/// What routing came to.
#[derive(Debug, Args)]
pub struct Report {
    /// Only decisions from then on: a time (2027-01-01T09:30:00Z), a date, or an age (90m, 36h, 7d, 2w)
    #[arg(long, value_name = "TIME", value_parser = since)]
    pub since: Option<Since>,
    /// The model to compare with, had it done everything [default: the best single one]
    #[arg(long, value_name = "MODEL")]
    pub baseline: Option<String>,
    /// How to print it
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub format: Format,
}

/// The models there are.
#[derive(Debug, Args)]
pub struct Models {
    /// How to print them
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub format: Format,
}

/// Ask an endpoint which models it has.
#[derive(Debug, Args)]
pub struct Discover {
    /// Where it is
    #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:11434")]
    pub url: String,
    /// Let the address be another machine's
    #[arg(long)]
    pub remote: bool,
    /// Add what is new to the models file, and keep all that is in it
    #[arg(long)]
    pub write: bool,
    /// The models file to add to [default: `routing.catalogue` of the settings]
    #[arg(long, value_name = "FILE", requires = "write")]
    pub file: Option<PathBuf>,
    /// How to print what was found
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub format: Format,
}

impl Look {
    /// The arguments of `route_task` for this task and context.
    #[must_use]
    pub fn arguments(&self, task: &str, context: Option<String>) -> Map<String, Value> {
        let mut limits = Map::new();
        let mut put = |key: &str, value: Option<Value>| {
            if let Some(value) = value {
                limits.insert(key.to_owned(), value);
            }
        };
        let list = |names: &[String]| (!names.is_empty()).then(|| json!(names));
        put("local_only", self.local_only.then_some(Value::Bool(true)));
        put("max_cost_usd", self.max_cost.map(Value::from));
        put("max_latency_ms", self.max_latency.map(Value::from));
        put("min_context_tokens", self.min_context.map(Value::from));
        put("needs", list(&self.needs));
        put("allow", list(&self.allow));
        put("deny", list(&self.deny));
        let mut arguments = Map::from_iter([
            ("task".to_owned(), Value::from(task)),
            ("explain".to_owned(), Value::Bool(true)),
        ]);
        let rest = [
            ("context", context.map(Value::from)),
            ("quality_target", self.quality_target.map(Value::from)),
            (
                "constraints",
                (!limits.is_empty()).then_some(Value::Object(limits)),
            ),
        ];
        for (key, value) in rest {
            if let Some(value) = value {
                arguments.insert(key.to_owned(), value);
            }
        }
        arguments
    }
}

/// An amount of money as people read it: cents where there are any, and never 0 for what is not.
fn usd(amount: f64) -> String {
    match amount {
        0.0 => "$0".to_owned(),
        amount if amount >= 100.0 => format!("${amount:.0}"),
        amount if amount >= 1.0 => format!("${amount:.2}"),
        amount if amount >= 0.000_05 => format!("${amount:.4}"),
        amount => format!("${amount:.7}"),
    }
}

/// Milliseconds as people read them.
fn seconds(ms: f64) -> String {
    match ms {
        ms if ms < 1_000.0 => format!("{ms:.0} ms"),
        ms if ms < 100_000.0 => format!("{:.1} s", ms / 1e3),
        ms => format!("{:.0} s", ms / 1e3),
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::*;
    use crate::cli::{Cli, Command as Top};

    fn route(arguments: &[&str]) -> Route {
        let line = ["firstmate", "route"].iter().chain(arguments);
        match Cli::try_parse_from(line).unwrap().command {
            Some(Top::Route(route)) => route,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_task_is_told_from_a_command() {
        assert!(matches!(route(&["report"]).command, Some(Command::Report(_))));
        assert!(matches!(route(&["models"]).command, Some(Command::Models(_))));
        for task in ["reports", "fix the report", "-"] {
            let found = route(&[task]);
            assert!(found.command.is_none(), "{task}");
            assert_eq!(found.look.task.as_deref(), Some(task));
        }
        assert_eq!(route(&["--", "report"]).look.task.as_deref(), Some("report"));
    }

    #[test]
    fn options_become_the_arguments_of_the_tool() {
        let route = route(&[
            "x",
            "--local-only",
            "--need",
            "tools",
            "--quality-target",
            "0.9",
            "--max-cost",
            "0.5",
        ]);
        assert_eq!(
            Value::Object(route.look.arguments("x", None)),
            json!({"task": "x", "explain": true, "quality_target": 0.9,
                   "constraints": {"local_only": true, "max_cost_usd": 0.5, "needs": ["tools"]}})
        );
    }

    #[test]
    fn amounts_are_never_rounded_to_nothing() {
        let told: Vec<_> = [0.0, 0.000_002_5, 0.0042, 1.5, 1234.5].map(usd).to_vec();
        assert_eq!(told, ["$0", "$0.0000025", "$0.0042", "$1.50", "$1234"]);
    }
}
