//! What `firstmate route models` prints.

use std::fmt::Write as _;

use serde::Serialize;

use crate::cli::screen::{Ink, Screen, cut, padded};
use crate::domain::ModelCard;
use crate::routing::Catalogue;

/// Columns of a name.
const NAME: usize = 26;

/// A row of the merged catalogue.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Listed<'a> {
    /// The row.
    #[serde(flatten)]
    pub card: &'a ModelCard,
    /// Where it comes from.
    pub origin: Origin,
    /// The day its price was read, as its source says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub price_read: Option<&'a str>,
}

/// Where a row comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// As it was compiled in.
    BuiltIn,
    /// Compiled in, and changed by the models file.
    Changed,
    /// Of the models file alone.
    Added,
}

impl Origin {
    fn word(self) -> &'static str {
        match self {
            Self::BuiltIn => "built in",
            Self::Changed => "changed",
            Self::Added => "added",
        }
    }
}

/// Each row of `merged`, with what became of the one in `builtin`.
#[must_use]
pub fn listed<'a>(merged: &'a Catalogue, builtin: &Catalogue) -> Vec<Listed<'a>> {
    let origin = |card: &ModelCard| match builtin.models().iter().find(|known| known.id == card.id) {
        None => Origin::Added,
        Some(known) if known == card => Origin::BuiltIn,
        Some(_) => Origin::Changed,
    };
    let row = |card: &'a ModelCard| Listed {
        origin: origin(card),
        price_read: day(&card.source),
        card,
    };
    merged.models().iter().map(row).collect()
}

/// The date behind the word in a source: `.., read 2026-11-21`.
fn day(source: &str) -> Option<&str> {
    source.split("read ").skip(1).find_map(|rest| {
        let day = rest.get(..10)?;
        let is_day = day.bytes().enumerate().all(|(at, byte)| match at {
            4 | 7 => byte == b'-',
            _ => byte.is_ascii_digit(),
        });
        is_day.then_some(day)
    })
}

/// The rows in words, each with its source below.
#[must_use]
pub fn told(rows: &[Listed<'_>], file: Option<&str>, screen: Screen) -> String {
    let from = file.map_or_else(
        || "no models file (routing.catalogue)".to_owned(),
        |file| format!("{file} over the built-in catalogue"),
    );
    let mut said = format!("{} models, {from}\n", rows.len());
    let head = format!(
        "{} {} {:>8} {:>8} {:>8} {:>9}  {} price read",
        padded("model", NAME),
        padded("provider", 11),
        "$/M in",
        "$/M out",
        "window",
        "strength",
        padded("row", 9)
    );
    let _written = writeln!(said, "{}", screen.ink(Ink::Strong, &head));
    for Listed {
        card,
        origin,
        price_read,
    } in rows
    {
        let price = |price: Option<f64>| match price {
            Some(price) => format!("{price:.2}"),
            None if card.local => "free".to_owned(),
            None => "?".to_owned(),
        };
        let _written = writeln!(
            said,
            "{} {} {:>8} {:>8} {:>8} {:>9.2}  {} {}",
            padded(&cut(&card.id, NAME), NAME),
            padded(&cut(&card.provider, 11), 11),
            price(card.input_usd_per_million),
            price(card.output_usd_per_million),
            card.context_tokens,
            card.strength,
            padded(origin.word(), 9),
            price_read.unwrap_or("no date")
        );
        if !card.source.is_empty() {
            let source = cut(&card.source, screen.room(4).max(20));
            let _written = writeln!(said, "    {}", screen.ink(Ink::Faint, &source));
        }
    }
    said
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_tells_its_day() {
        for (source, expect) in [
            ("x/docs, read 2026-11-21; not confirmed", Some("2026-11-21")),
            ("v1.0.24 (2026-10-26), read 2026-11-21", Some("2026-11-21")),
            ("read by nobody, then read 2026-11-22", Some("2026-11-22")),
            ("local, no price", None),
            ("found on 2026-11-21", None),
            ("read 2026-11", None),
        ] {
            assert_eq!(day(source), expect, "{source}");
        }
    }

    #[test]
    fn rows_say_where_they_come_from() {
        let builtin = Catalogue::builtin();
        let file = "only = ['gpt-oss:20b', 'gemma4:e4b', 'mine']\n[[model]]\nid = 'gpt-oss:20b'\nfirst_token_ms = 1\n\
                    [[model]]\nid = 'mine'\nprovider = 'vllm'\ncontext_tokens = 8000\noutput_tokens_per_second = 10.0\n\
                    first_token_ms = 10\nstrength = 0.5\n";
        let merged = builtin.clone().with_models_file(file, "my.toml").unwrap();
        let rows = listed(&merged, &builtin);
        insta::assert_snapshot!(told(&rows, Some("my.toml"), Screen::file()), @r#"
        3 models, my.toml over the built-in catalogue
        model                      provider      $/M in  $/M out   window  strength  row       price read
        gpt-oss:20b                ollama          0.00     0.00   131072      0.70  changed   no date
            local: no price per token, electricity and hardware not counted
        gemma4:e4b                 ollama          0.00     0.00   131072      0.58  built in  no date
            local: no price per token, electricity and hardware not counted
        mine                       vllm               ?        ?     8000      0.50  added     no date
        "#);
    }
}
