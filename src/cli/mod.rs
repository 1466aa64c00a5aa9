//! The command line: flags become a [`Command`], and each command renders its own answer.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

pub mod approvals;
pub mod audit;
pub mod call;
pub mod crew;
pub mod demo;
pub mod doctor;
pub mod import;
pub mod install;
pub mod lessons;
pub mod pages;
pub mod policy;
pub mod route;
pub mod run;
pub mod screen;
pub mod token;
pub mod upkeep;
pub mod validate;
pub mod webhook;
mod wire;

/// An MCP server that routes, orchestrates, validates, polices and remembers an assistant's work.
///
/// It needs no key, no network and no database server. Started without a command it serves MCP over stdio.
#[derive(Debug, Parser)]
#[command(name = "firstmate", version, max_term_width = 100)]
pub struct Cli {
    /// What every command takes.
    #[command(flatten)]
    pub common: Common,
    /// What to do; `serve --stdio` when nothing is said.
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// Where the help shows what every command takes: apart, below the command's own.
const EVERYWHERE: &str = "Options of every command";

/// What every command takes.
#[derive(Debug, Default, Args)]
pub struct Common {
    /// Directory for everything that is kept [default: the platform's usual one; env: `FIRSTMATE_DATA_DIR`]
    #[arg(long, global = true, help_heading = EVERYWHERE, value_name = "DIR")]
    pub data_dir: Option<PathBuf>,
    /// Configuration file (TOML) [default: config.toml in the platform's configuration directory]
    #[arg(long, global = true, help_heading = EVERYWHERE, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Project whose data is used [default: the root of the workspace]
    #[arg(long, global = true, help_heading = EVERYWHERE, value_name = "NAME")]
    pub project: Option<String>,
    /// What is logged to stderr, e.g. `info` or `firstmate=debug` [env: `RUST_LOG`]
    #[arg(long, global = true, help_heading = EVERYWHERE, value_name = "DIRECTIVES")]
    pub log: Option<String>,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Serve MCP over stdio, or over HTTP and SSE
    Serve(Serve),
    /// Call one tool and print its structured result
    Call(call::Call),
    /// Judge files by rules, and show what was found under the line it is in
    #[command(
        after_help = "Examples:\n  firstmate validate answer.md\n  firstmate validate --schema order.schema.json order.json\n  \
                      git diff | firstmate validate --kind patch -\n  firstmate validate src/*.py --format sarif\n  \
                      firstmate validate --explain complete.elision\n\nIt exits with 1 when a file fails or cannot be read."
    )]
    Validate(validate::Validate),
    /// See which model would do a task and why, what routing came to, and which models there are
    #[command(
        after_help = "Examples:\n  firstmate route \"rename a variable in this function\"\n  \
                      git diff | firstmate route - --need tools --max-cost 0.05\n  firstmate route report --since 30d\n  \
                      firstmate route models\n  firstmate route discover --write"
    )]
    Route(route::Route),
    /// See where the runs of crews stand and what happened in them; stop them, let them go on
    #[command(
        after_help = "Examples:\n  firstmate run list --all\n  firstmate run show 0191a2b3\n  firstmate run watch 0191a2b3\n  \
                      firstmate run resume 0191a2b3 --max-steps 40\n  firstmate run export 0191a2b3 > run.jsonl"
    )]
    Run(run::Run),
    /// See the templates of crews, and check and draw your own
    Crew(crew::Crew),
    /// See which messages to webhooks wait or could not be brought, and send them again
    Webhook(webhook::Webhook),
    /// Look through what was learned, put it right, take it elsewhere
    Lessons(lessons::Lessons),
    /// See what agents asked to be allowed, and grant or deny it
    Approvals(approvals::Approvals),
    /// Look at the record of decisions, and check that it is what it was
    Audit(audit::Audit),
    /// Check, test and try out rules; see what they did
    Policy(policy::Policy),
    /// Play one whole piece of work against a real server and show what went over the wire
    Demo(demo::Demo),
    /// Put firstmate into the configuration of your editor or assistant, or take it out again
    #[command(
        after_help = "Examples:\n  firstmate install                         (lists the hosts and what is in their files)\n  \
                      firstmate install cursor\n  firstmate install claude-code --workspace\n  \
                      firstmate install vscode zed --dry-run\n  firstmate install codex --http http://127.0.0.1:8765/mcp\n  \
                      firstmate install cursor --uninstall\n\nWhat else stands in a file stays byte for byte, a backup is kept beside it, and \
                      what is said of\n--data-dir, --config, --project and --log goes into the entry."
    )]
    Install(install::Install),
    /// Show the token that callers over HTTP show, or draw another
    Token(token::Token),
    /// Check the installation, the hosts and the server itself, and say what to do about what is wrong
    Doctor(doctor::Doctor),
    /// Print the completions of a shell
    #[command(
        after_help = "Examples:\n  firstmate completions bash > ~/.local/share/bash-completion/completions/firstmate\n  \
                      firstmate completions zsh > \"${fpath[1]}/_firstmate\"\n  \
                      firstmate completions fish > ~/.config/fish/completions/firstmate.fish"
    )]
    Completions(pages::Completions),
    /// Print the manual page
    #[command(after_help = "Example:\n  firstmate man > ~/.local/share/man/man1/firstmate.1")]
    Man,
    /// Write everything that is kept to one file of JSON lines
    Export(upkeep::Export),
    /// Read lessons from a memory server's file or Markdown notes, or all that `export` wrote
    #[command(
        long_about = "Read lessons from the file of the official memory server or from Markdown notes, or restore all \
                      that `export` wrote. What the file is shows in its content. Nothing that is there is overwritten: \
                      a lesson that is known gets what is new about it.",
        after_help = "Examples:\n  firstmate import memory.json --dry-run\n  firstmate import notes/\n  \
                      firstmate import all.jsonl      (needs the data directory for itself)"
    )]
    Import(import::Import),
    /// Rewrite the store to the size of what is in it
    Compact,
}

/// How to serve.
#[derive(Debug, Default, Args)]
pub struct Serve {
    /// Speak JSON-RPC over stdin and stdout (the default)
    #[arg(long, conflicts_with = "http")]
    pub stdio: bool,
    /// Listen on this address: streamable HTTP at /mcp, the older SSE pair at /sse and /messages
    #[arg(long, value_name = "ADDR")]
    pub http: Option<SocketAddr>,
    /// When callers over HTTP have to show the token of `firstmate token` [default: auto; env: `FIRSTMATE_HTTP__TOKEN`]
    #[arg(long, value_enum, value_name = "WHEN", requires = "http")]
    pub token: Option<token::Wanted>,
    /// Offer only these tools, by name and separated by commas: `route_task,search_knowledge`
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    pub tools: Vec<String>,
    /// Offer only tools that write nothing but the record of decisions
    #[arg(long)]
    pub read_only: bool,
}
