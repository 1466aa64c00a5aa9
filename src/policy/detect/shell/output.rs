//! What commands print, where it can be said without running them: `echo`, `printf`, decoders of literals.

use base64::Engine as _;
use base64::engine::general_purpose::GeneralPurpose;
use base64::engine::{DecodePaddingMode, GeneralPurposeConfig};

use super::catalogue::program_name;
use super::syntax::{Command, Input};
use super::word::{Word, escaped};

/// Most bytes that are decoded.
const MAX_PRINTED: usize = 64 << 10;

/// What the last of these commands prints, each reading what the one before it printed.
pub(super) fn printed(pipeline: &[Command]) -> Option<String> {
    let mut text = None;
    for command in pipeline {
        let given = match &*command.input {
            Input::Text(word) if word.known => Some(word.text.clone()),
            Input::Text(_) | Input::File(_) => None,
            Input::Nothing | Input::Pipe(_) => text.take(),
        };
        text = Some(stage(command, given)?);
    }
    text.filter(|text| text.len() <= MAX_PRINTED)
}

/// Whether one of these commands makes text readable that was not.
pub(super) fn decodes(pipeline: &[Command]) -> bool {
    const DECODERS: [&str; 22] = [
        "base64", "base32", "basenc", "xxd", "od", "hexdump", "openssl", "gzip", "gunzip", "zcat", "bzip2",
        "bunzip2", "xz", "unxz", "rev", "tr", "uudecode", "gpg", "zstd", "python", "python3", "perl",
    ];
    pipeline.iter().any(|command| {
        command
            .words
            .first()
            .and_then(program_name)
            .is_some_and(|name| DECODERS.contains(&name))
    })
}

fn stage(command: &Command, given: Option<String>) -> Option<String> {
    let (first, rest) = command.words.split_first()?;
    let name = program_name(first)?;
    if rest.iter().any(|word| !word.known) {
        return None;
    }
    let texts: Vec<&str> = rest.iter().map(|word| word.text.as_str()).collect();
    match (name, texts.as_slice()) {
        ("echo", _) => Some(echo(&texts)),
        ("printf", [format, arguments @ ..]) => printf(format, arguments),
        ("cat" | "tee", _) if name == "tee" || texts.is_empty() || texts == ["-"] => given,
        ("rev", []) => given.map(|text| {
            text.lines()
                .map(|line| line.chars().rev().collect::<String>() + "\n")
                .collect()
        }),
        ("tac", []) => given.map(|text| text.lines().rev().map(|line| format!("{line}\n")).collect()),
        ("tr", [from, to]) => translated(&given?, from, to),
        ("base64", ["-d" | "-D" | "--decode" | "-di"]) => base64(&given?),
        ("openssl", ["base64", "-d", ..] | ["enc", "-base64", "-d", ..] | ["enc", "-d", "-base64", ..]) => {
            base64(&given?)
        }
        ("xxd", ["-r", "-p" | "-ps"] | ["-r", "-ps", "-"] | ["-p", "-r"] | ["-rp"]) => hex(&given?),
        ("which", [program]) | ("command", ["-v", program]) | ("type", ["-P" | "-p", program]) => {
            Some((*program).to_owned())
        }
        ("basename", [path]) => path.trim_end_matches('/').rsplit('/').next().map(str::to_owned),
        ("dirname", [path]) => Some(path.rsplit_once('/').map_or(".", |(folder, _)| folder).to_owned()),
        ("pwd", _) | ("git", ["rev-parse", "--show-toplevel"]) => Some(".".to_owned()),
        ("mktemp", _)
            if texts
                .iter()
                .all(|text| matches!(*text, "-d" | "-t" | "-q" | "--directory")) =>
        {
            Some("/tmp/tmp.x".to_owned())
        }
        _ => None,
    }
}

fn echo(texts: &[&str]) -> String {
    let options = texts
        .iter()
        .take_while(|text| {
            text.len() > 1
                && text
                    .strip_prefix('-')
                    .is_some_and(|rest| rest.bytes().all(|b| b"neE".contains(&b)))
        })
        .count();
    let (options, texts) = texts.split_at(options);
    let text = texts.join(" ");
    let reads = options.iter().any(|option| option.contains('e'));
    if reads { escaped(&text) } else { text }
}

/// `printf`, with `%s`, `%b`, `%d`, `%c` and `%%`; anything else cannot be said.
fn printf(format: &str, arguments: &[&str]) -> Option<String> {
    let format = escaped(format);
    let mut arguments = arguments.iter();
    let mut text = String::new();
    loop {
        let left = arguments.len();
        let mut rest = format.as_str();
        while let Some((before, after)) = rest.split_once('%') {
            text.push_str(before);
            let directive = after.chars().next()?;
            match directive {
                '%' => text.push('%'),
                's' | 'd' => text.push_str(arguments.next().copied().unwrap_or_default()),
                'b' => text.push_str(&escaped(arguments.next().copied().unwrap_or_default())),
                'c' => text.extend(arguments.next().and_then(|argument| argument.chars().next())),
                _ => return None,
            }
            rest = after.get(directive.len_utf8()..)?;
        }
        text.push_str(rest);
        // The format is used again until there are no arguments left.
        if arguments.len() == 0 || arguments.len() == left || text.len() > MAX_PRINTED {
            return Some(text);
        }
    }
}

fn base64(text: &str) -> Option<String> {
    let config = GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true);
    let engine = GeneralPurpose::new(&base64::alphabet::STANDARD, config);
    let compact: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    String::from_utf8(engine.decode(compact).ok()?).ok()
}

fn hex(text: &str) -> Option<String> {
    let digits: Vec<u32> = text
        .chars()
        .filter(|c| !c.is_whitespace())
        .map(|digit| digit.to_digit(16))
        .collect::<Option<_>>()?;
    let bytes = digits.chunks_exact(2).map(|pair| match pair {
        [high, low] => u8::try_from(high * 16 + low).ok(),
        _ => None,
    });
    String::from_utf8(bytes.collect::<Option<_>>()?).ok()
}

/// `tr`, with ranges.
fn translated(text: &str, from: &str, to: &str) -> Option<String> {
    let (from, to) = (set(from)?, set(to)?);
    let last = *to.last()?;
    let change = |c: char| match from.iter().position(|one| *one == c) {
        Some(at) => to.get(at).copied().unwrap_or(last),
        None => c,
    };
    Some(text.chars().map(change).collect())
}

fn set(text: &str) -> Option<Vec<char>> {
    if text.starts_with('-') || text.contains('[') {
        return None;
    }
    let characters: Vec<char> = escaped(text).chars().collect();
    let mut set = Vec::new();
    let mut at = 0;
    while let Some(first) = characters.get(at) {
        match (characters.get(at + 1), characters.get(at + 2)) {
            (Some('-'), Some(last)) => {
                if u32::from(*last).saturating_sub(u32::from(*first)) > 300 || set.len() > 1_000 {
                    return None;
                }
                set.extend(*first..=*last);
                at += 3;
            }
            _ => {
                set.push(*first);
                at += 1;
            }
        }
    }
    (set.len() < 1_000).then_some(set)
}

/// What is written by a command, as far as it can be said: one that is not known stands for itself.
pub(super) fn is_empty_output(command: &Command) -> bool {
    let texts: Vec<&str> = command.words.iter().map(|word| word.text.as_str()).collect();
    let known = command.words.iter().all(|word: &Word| word.known);
    known
        && (matches!(
            texts.as_slice(),
            [] | [":" | "true" | "exec"] | ["cat", "/dev/null"] | ["echo", "-n"] | ["echo"]
        ) || matches!(texts.as_slice(), ["echo" | "printf", rest @ ..] if rest.iter().all(|text| text.is_empty() || *text == "-n")))
}
