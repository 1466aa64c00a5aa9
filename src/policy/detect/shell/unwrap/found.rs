//! What `find` does to what it finds.

use super::Inside;
use crate::policy::detect::shell::target::normal;
use crate::policy::detect::shell::word::Word;

/// The commands of `-exec` and its like, and a `-delete` as the `rm` it is, with the places that are searched.
pub(super) fn found(words: &[Word]) -> Inside<'static> {
    let runs = |word: &&Word| {
        matches!(
            word.text.as_str(),
            "-exec" | "-execdir" | "-ok" | "-okdir" | "-x" | "-X" | "--exec" | "--exec-batch"
        )
    };
    let places = places(words);
    let mut commands = Vec::new();
    let mut rest = words.iter();
    while rest.find(runs).is_some() {
        let command = rest
            .by_ref()
            .take_while(|word| !matches!(word.text.as_str(), ";" | "+"));
        let mut inner = Vec::new();
        for word in command {
            if word.text == "{}" {
                inner.extend(places.iter().cloned());
            } else {
                inner.push(word.clone());
            }
        }
        commands.push(inner);
    }
    if words.iter().any(|word| word.text == "-delete") {
        let start = ["find-delete".to_owned()].into_iter().map(Word::literal);
        commands.push(start.chain(places).collect());
    }
    if commands.is_empty() {
        Inside::Nothing
    } else {
        Inside::Commands(commands)
    }
}

/// The places a `find` looks in, narrowed to the one name it looks for where that is safe to say.
pub(super) fn places(words: &[Word]) -> Vec<Word> {
    let names: Vec<&Word> = words
        .iter()
        .zip(words.iter().skip(1))
        .filter(|(option, _)| matches!(option.text.as_str(), "-name" | "-iname" | "-path" | "-regex"))
        .map(|(_, name)| name)
        .collect();
    let wider = words
        .iter()
        .any(|word| matches!(word.text.as_str(), "-o" | "-or" | "!" | "-not" | ","));
    let name = match names.as_slice() {
        [name] if name.known && !wider && !name.text.starts_with('*') | name.text.starts_with("*.") => {
            Some(&name.text)
        }
        _ => None,
    };
    let starts = words
        .iter()
        .take_while(|word| !word.text.starts_with(['-', '(', '!']));
    let mut places: Vec<Word> = starts
        .map(|word| {
            let place = normal(&word.text);
            // Elsewhere than below the workspace, what matters is where.
            let below = word.known && !place.starts_with(['/', '~']) && !place.starts_with("..");
            let text = match name.filter(|_| below) {
                Some(name) => format!("{place}/{}", name.trim_start_matches("./")),
                None => place,
            };
            Word {
                text,
                known: word.known,
            }
        })
        .collect();
    if places.is_empty() {
        places.push(Word::literal("."));
    }
    places
}
