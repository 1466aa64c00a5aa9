//! The words that the router knows.

use std::collections::HashMap;
use std::path::Path;

use anyhow::Context;

use crate::rows::Row;

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/src/routing/words.txt");
/// A word is known if prompts of so many groups have it; a slip of typing is taken for a word of more.
const KNOWN: usize = 2;
const COMMON: usize = 4;
/// Shorter words are one slip from too many others.
const SHORTEST: usize = 4;

/// Writes the words of prompts in ASCII letters: the common ones, the most common first, an empty line, the others.
pub(crate) fn write(rows: &[Row]) -> anyhow::Result<()> {
    let mut groups: HashMap<String, (usize, usize)> = HashMap::new();
    let mut rows: Vec<&Row> = rows.iter().filter(|row| !row.types.is_empty()).collect();
    rows.sort_by_key(|row| row.group);
    for row in rows {
        let is_apart = |c: char| c.is_ascii() && !c.is_ascii_alphanumeric() && c != '_';
        let words = row.prompt.split(is_apart);
        for word in
            words.filter(|word| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_alphabetic()))
        {
            let (last, count) = groups.entry(word.to_lowercase()).or_insert((usize::MAX, 0));
            if *last != row.group {
                (*last, *count) = (row.group, *count + 1);
            }
        }
    }
    let mut words: Vec<(String, usize)> = groups
        .into_iter()
        .map(|(word, (_, count))| (word, count))
        .collect();
    words.retain(|(_, count)| *count >= KNOWN);
    words.sort_by(|one, other| other.1.cmp(&one.1).then_with(|| one.0.cmp(&other.0)));
    let (common, others): (Vec<_>, Vec<_>) = words
        .iter()
        .partition(|(word, count)| *count >= COMMON && word.len() >= SHORTEST);
    let lines = |words: Vec<&(String, usize)>| -> String {
        words.iter().map(|(word, _)| format!("{word}\n")).collect()
    };
    println!("{} common words, {} others", common.len(), others.len());
    let text = format!("{}\n{}", lines(common), lines(others));
    std::fs::write(Path::new(FILE), text).with_context(|| format!("{FILE} cannot be written"))
}
