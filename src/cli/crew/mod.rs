//! `firstmate crew`: the templates there are, what is in them, and whether they do what they say.

use clap::{Args, Subcommand};

use super::policy::Format;

pub mod check;
pub mod graph;
pub mod list;
mod picture;
pub mod show;
pub mod suggest;

/// See the templates of crews, check and draw your own, and what runs suggest to change.
#[derive(Debug, Args)]
pub struct Crew {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What to do with templates.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// List the templates there are, and where each is from
    List {
        /// How to print them
        #[arg(long, value_enum, default_value_t = Format::Text)]
        format: Format,
    },
    /// Show a template: when to use it, its parameters, roles and steps
    #[command(
        after_help = "Examples:\n  firstmate crew show bug_fix\n  firstmate crew show team/release.yaml"
    )]
    Show {
        /// Its name, or a file
        #[arg(value_name = "NAME|FILE")]
        template: String,
        /// How to print it
        #[arg(long, value_enum, default_value_t = Format::Text)]
        format: Format,
    },
    /// Check templates and run the dry runs that are in them
    #[command(
        after_help = "Examples:\n  firstmate crew check team/release.yaml\n  firstmate crew check      (all there are)\n\n\
                      Nothing is kept, and no model is asked. It exits with 1 when a template is wrong or a dry run fails."
    )]
    Check {
        /// Names or files [default: all there are]
        #[arg(value_name = "NAME|FILE")]
        templates: Vec<String>,
    },
    /// Say what the latest runs suggest to change, each with its counts and the runs it is from
    #[command(
        after_help = "It reads what runs of this project left in the journal, at most the latest 200. Nothing is changed by itself."
    )]
    Suggest {
        /// A template [default: all that were used]
        #[arg(value_name = "TEMPLATE")]
        template: Option<String>,
        /// How to print it
        #[arg(long, value_enum, default_value_t = Format::Text)]
        format: Format,
    },
    /// Draw which steps wait for which
    #[command(
        after_help = "Examples:\n  firstmate crew graph bug_fix\n  firstmate crew graph bug_fix --mermaid > bug_fix.mmd"
    )]
    Graph {
        /// Its name, or a file
        #[arg(value_name = "NAME|FILE")]
        template: String,
        /// As text for Mermaid
        #[arg(long)]
        mermaid: bool,
    },
}
