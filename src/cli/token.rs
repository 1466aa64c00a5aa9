//! `firstmate token`: what callers over HTTP show.

use clap::{Args, ValueEnum};

/// Show the token that callers over HTTP show, or draw another.
#[derive(Debug, Args)]
pub struct Token {
    /// Draw a new one: the old one is void within a second, and sessions that were opened with it are over
    #[arg(long)]
    pub new: bool,
}

/// When callers over HTTP have to show the token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Wanted {
    /// Where others than this machine can reach the server
    Auto,
    /// Always
    Required,
    /// Never; only on loopback
    Off,
}
