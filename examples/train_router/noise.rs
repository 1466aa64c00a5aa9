//! What people do to a prompt without changing what they want.

use crate::random::Random;

/// A kind of change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Noise {
    Typos,
    Blanks,
    Case,
    Politeness,
    Boilerplate,
}

impl Noise {
    pub(crate) const ALL: [Self; 5] = [
        Self::Typos,
        Self::Blanks,
        Self::Case,
        Self::Politeness,
        Self::Boilerplate,
    ];
}

/// Words put before and after; those of training and those of measuring differ.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Phrases {
    pub(crate) before: &'static [&'static str],
    pub(crate) after: &'static [&'static str],
    pub(crate) system: &'static [&'static str],
}

/// Those of training.
pub(crate) const TRAINING: Phrases = Phrases {
    before: &[
        "Please ",
        "Could you please ",
        "hi! ",
        "Hey, ",
        "pls ",
        "Can you ",
        "I need some help. ",
        "Quick one: ",
        "Sorry to bother you, ",
        "Hi team, ",
        "I was wondering: ",
        "Do me a favour: ",
        "hey there, quick question. ",
        "Hope you are well! ",
        "I'm stuck. ",
        "One more thing. ",
        "ok so ",
        "alright, ",
        "When you get a chance, ",
        "I would like you to ",
        "Help me with this. ",
        "Next: ",
        "Good evening. ",
        "So, ",
        "Dear assistant, ",
    ],
    after: &[
        " Thanks!",
        " thank you",
        " thx",
        " Many thanks in advance.",
        " please",
        " That would be great.",
        " Take your time.",
        " It's a bit urgent.",
        " You are the best!",
        " Let me know if anything is unclear.",
        " Sorry for the trouble.",
        " This would really help.",
        " :)",
        " Best regards, Sam",
        "",
        "",
        "",
        "",
    ],
    system: &[
        "You are a helpful assistant.\n\n",
        "The following is a conversation with an assistant. The assistant is polite and precise.\n\n",
        "Instructions: answer in English, use Markdown, be concise.\n\n",
        "Context: the user works in an editor and sees your answer in a side panel.\n\n",
        "Current date: 2026-11-02. Tools available: none.\n\n",
        "Project shop-backend, branch main, two files are open.\n\n",
        "The person you talk to works for a bank and is in a hurry.\n\n",
        "Welcome to the help desk of the university.\n\n",
        "Knowledge ends in June 2025.\n\n",
        "--- workspace: web-shop (TypeScript) ---\n\n",
        "Never mention competitors. Keep it friendly and short.\n\n",
    ],
};

/// `text` with one kind of noise.
pub(crate) fn noisy(text: &str, noise: Noise, phrases: &Phrases, random: &mut Random) -> String {
    let mut one = |list: &[&'static str]| list[random.below(list.len())];
    match noise {
        Noise::Typos => typos(text, random),
        Noise::Blanks => blanks(text, random),
        Noise::Case => {
            if random.below(2) == 0 {
                text.to_lowercase()
            } else {
                capitals(text)
            }
        }
        Noise::Politeness => {
            let (before, after) = (one(phrases.before), one(phrases.after));
            // A thank-you below pasted material stands on a line of its own.
            let gap = if text.contains('\n') { "\n\n" } else { "" };
            format!("{before}{}{gap}{after}", uncapital(text))
        }
        Noise::Boilerplate => format!("{}{text}", one(phrases.system)),
    }
}

/// In words of four letters and more, one in ten: two letters swapped, one lost, or one doubled. At least one.
fn typos(text: &str, random: &mut Random) -> String {
    let mut letters: Vec<char> = text.chars().collect();
    let mut starts = Vec::new();
    let mut length = 0;
    for (at, letter) in letters.iter().chain([&' ']).enumerate() {
        if letter.is_ascii_alphabetic() {
            length += 1;
        } else {
            if length >= 4 {
                starts.push((at - length, length));
            }
            length = 0;
        }
    }
    if starts.is_empty() {
        return text.to_owned();
    }
    let sure = random.below(starts.len());
    for (at, (start, length)) in starts.into_iter().enumerate().rev() {
        if at != sure && random.below(10) != 0 {
            continue;
        }
        let within = start + 1 + random.below(length - 2);
        match random.below(3) {
            0 => letters.swap(within, within + 1),
            1 => {
                letters.remove(within);
            }
            _ => letters.insert(within, letters[within]),
        }
    }
    letters.into_iter().collect()
}

/// Blanks doubled here and there, blank lines added, trailing blanks, line ends of Windows.
fn blanks(text: &str, random: &mut Random) -> String {
    let windows = random.below(3) == 0;
    let mut changed = String::new();
    for letter in text.chars() {
        match letter {
            ' ' if random.below(5) == 0 => changed.push_str("  "),
            '\n' if random.below(4) == 0 => changed.push_str(" \n\n"),
            '\n' if windows => changed.push_str("\r\n"),
            letter => changed.push(letter),
        }
    }
    format!("{}{changed}  \n", if random.below(2) == 0 { "\n " } else { "" })
}

/// The first line in capitals: what is pasted below is rarely retyped.
fn capitals(text: &str) -> String {
    match text.split_once('\n') {
        Some((first, rest)) => format!("{}\n{rest}", first.to_uppercase()),
        None => text.to_uppercase(),
    }
}

fn uncapital(text: &str) -> String {
    let mut letters = text.chars();
    match (letters.next(), letters.clone().next()) {
        (Some(first), Some(second)) if first.is_uppercase() && second.is_lowercase() => {
            first.to_lowercase().chain(letters).collect()
        }
        _ => text.to_owned(),
    }
}
