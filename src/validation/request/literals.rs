//! Words that have to be there, or may not: quoted, listed, at the beginning or at the end.

use std::ops::Range;
use std::sync::LazyLock;

use regex::{Captures, Regex};

use super::compiled;
use super::counts::{number, times};
use super::demand::{Avoided, Bound, Demand, Mark};

/// The most words that one demand lists, and the most demands of one sentence.
const MAX_LISTED: usize = 30;
const MAX_FOUND: usize = 100;

/// All such demands in `text`, with their places.
pub(super) fn literals(text: &str) -> Vec<(Range<usize>, Demand)> {
    let mut found: Vec<(Range<usize>, Demand)> = Vec::new();
    marks(text, &mut found);
    for captures in PARAGRAPH.captures_iter(text) {
        let at = captures
            .get(1)
            .or(captures.get(2))
            .map(|n| n.as_str().to_ascii_lowercase());
        let (Some(all), Some(at)) = (captures.get(0), at.and_then(|n| ordinal(&n))) else {
            continue;
        };
        if let Some((range, quoted)) = quoted(text, all.end()).next() {
            found.push((
                all.start()..range.end,
                Demand::ParagraphBegins(at, quoted.to_owned()),
            ));
        }
    }
    for (pattern, make) in ENDS {
        for captures in pattern().captures_iter(text) {
            let (Some(all), Some(tail)) = (captures.get(0), captures.get(1)) else {
                continue;
            };
            if found.iter().any(|(range, _)| range.contains(&tail.start())) {
                continue;
            }
            if let Some((range, quoted)) = quoted(text, tail.start()).next() {
                found.push((all.start()..range.end, make(quoted.to_owned())));
            }
        }
    }
    if let Some(all) = POSTSCRIPT.find(text) {
        let mark = if all.as_str().to_ascii_uppercase().contains("P.P.S") {
            "P.P.S"
        } else {
            "P.S"
        };
        found.push((0..text.len(), Demand::Contain(mark.to_owned(), Bound::SOME)));
    }
    let taken: Vec<Range<usize>> = found.iter().map(|(range, _)| range.clone()).collect();
    let is_free = |range: &Range<usize>| taken.iter().all(|t| range.start >= t.end || range.end <= t.start);
    for captures in AVOID.captures_iter(text) {
        let Some(all) = captures.get(0).filter(|all| is_free(&all.range())) else {
            continue;
        };
        if found.len() > MAX_FOUND {
            break;
        }
        for (range, word) in listed(text, opening(&captures)) {
            found.push((all.start()..range.end, Demand::Avoid(Avoided::Words(word))));
        }
    }
    let forbidden: Vec<Range<usize>> = found.iter().map(|(range, _)| range.clone()).collect();
    for captures in CONTAIN.captures_iter(text) {
        let Some(all) = captures.get(0) else { continue };
        if found.len() > MAX_FOUND {
            break;
        }
        if forbidden.iter().any(|range| range.contains(&all.start())) {
            continue;
        }
        let listed = listed(text, opening(&captures));
        let alone = listed.len() == 1;
        for (range, word) in listed {
            let behind = text.get(range.end..).unwrap_or_default();
            if NOT_THERE.is_match(behind) {
                found.push((all.start()..range.end, Demand::Avoid(Avoided::Words(word))));
                continue;
            }
            let often = times(behind).filter(|_| alone);
            let end = often
                .as_ref()
                .map_or(range.end, |(times, _)| range.end + times.end);
            let bound = often.map_or(Bound::SOME, |(_, bound)| bound);
            found.push((all.start()..end, Demand::Contain(word, bound)));
        }
    }
    found.truncate(MAX_FOUND);
    found
}

fn marks(text: &str, found: &mut Vec<(Range<usize>, Demand)>) {
    for captures in MARKS.captures_iter(text) {
        let (Some(all), Some(what)) = (captures.get(0), captures.get(1)) else {
            continue;
        };
        let what = what.as_str().to_ascii_lowercase();
        let avoided = match what.trim_end_matches('s') {
            "comma" => Avoided::Mark(Mark::Comma),
            "exclamation mark" | "exclamation point" => Avoided::Mark(Mark::Exclamation),
            "question mark" => Avoided::Mark(Mark::Question),
            "semicolon" => Avoided::Mark(Mark::Semicolon),
            "em dashe" | "em-dashe" | "em dash" | "em-dash" => Avoided::Mark(Mark::Dash),
            "emoji" => Avoided::Mark(Mark::Emoji),
            "digit" | "numeral" => Avoided::Mark(Mark::Digit),
            "bullet point" | "bullet" | "list" | "bulleted list" => Avoided::Lists,
            "heading" | "header" => Avoided::Headings,
            "code block" | "code fence" => Avoided::CodeBlocks,
            "link" | "url" => Avoided::Links,
            _ => Avoided::Markdown,
        };
        found.push((all.range(), Demand::Avoid(avoided)));
    }
}

/// Where the list that a pattern led to begins: at its first quotation mark, or behind the match.
fn opening(captures: &Captures<'_>) -> usize {
    let end = captures.get(0).map_or(0, |all| all.end());
    captures
        .iter()
        .skip(1)
        .flatten()
        .next()
        .map_or(end, |mark| mark.start())
}

/// What is quoted behind `from`, up to the end of the sentence or the next quotation far away.
fn quoted(text: &str, from: usize) -> impl Iterator<Item = (Range<usize>, &str)> {
    let rest = text.get(from..).unwrap_or_default();
    QUOTED.captures_iter(rest).filter_map(move |captures| {
        let all = captures.get(0)?;
        let inner = captures.iter().skip(1).flatten().next()?;
        Some((from + all.start()..from + all.end(), inner.as_str()))
    })
}

/// The words that follow at `from`: quoted ones joined by commas and "and", or bare ones behind a colon.
fn listed(text: &str, from: usize) -> Vec<(Range<usize>, String)> {
    let mut found = Vec::new();
    let mut at = from;
    for (range, word) in quoted(text, from) {
        let between = text.get(at..range.start).unwrap_or_default();
        if !JOINED.is_match(between) || found.len() >= MAX_LISTED {
            break;
        }
        at = range.end;
        // American quotation marks enclose the comma of the sentence, too.
        found.push((range, word.trim_end_matches([',', '.']).trim().to_owned()));
    }
    if found.is_empty()
        && let Some(bare) = BARE
            .captures(text.get(from..).unwrap_or_default())
            .and_then(|c| c.get(1))
    {
        let mut at = from + bare.start();
        for piece in bare.as_str().split(',').take(MAX_LISTED) {
            let word = piece.trim().trim_start_matches("and ").trim_start_matches("or ");
            if !word.is_empty() {
                found.push((
                    at..at + piece.len(),
                    word.trim_matches(['[', ']', '.', ' ']).to_owned(),
                ));
            }
            at += piece.len() + 1;
        }
    }
    found.retain(|(_, word)| word.chars().any(|c| !c.is_whitespace()));
    found
}

fn ordinal(text: &str) -> Option<usize> {
    const WORDS: [&str; 10] = [
        "first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth",
    ];
    WORDS
        .iter()
        .position(|word| *word == text)
        .map(|at| at + 1)
        .or_else(|| number(text.trim_end_matches(|c: char| c.is_ascii_alphabetic())))
}

type Ends = (fn() -> &'static Regex, fn(String) -> Demand);
const ENDS: [Ends; 2] = [(|| &BEGIN, Demand::Begin), (|| &END, Demand::End)];

static BEGIN: LazyLock<Regex> = LazyLock::new(|| {
    compiled(
        r#"(?i)\b(?:(?:answer|response|reply|output|text|it|must|should|and|to|please)\s+(?:must |should |has to |needs to )?|^)(?:begins?|starts?)(?: off)? (?:(?:your|the|its) (?:entire |whole )?(?:answer|response|reply|output|text) )?with(?: the| this| these)?(?: exact)?(?: words?| phrases?| sentences?| text| line)?:?\s*(["“'‘`«])"#,
    )
});
static END: LazyLock<Regex> = LazyLock::new(|| {
    compiled(
        r#"(?i)\b(?:ends?|finish(?:es)?|conclude|close)(?: (?:your|the|its) (?:entire |whole )?(?:answer|response|reply|output|text|letter|email))?(?: off)? with(?: the| this| these)?(?: exact)?(?: words?| phrases?| sentences?| text| line)?:?\s*(["“'‘`«])"#,
    )
});
static PARAGRAPH: LazyLock<Regex> = LazyLock::new(|| {
    compiled(
        r"(?i)\b(?:the )?(?:paragraph (\d{1,3})|(first|second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth|\d{1,3}(?:st|nd|rd|th)) paragraph) (?:must |should |has to |needs to )?(?:be(?:gin)?s?|starts?)(?: with)?(?: the)?(?: words?)?:?\s*",
    )
});
static POSTSCRIPT: LazyLock<Regex> = LazyLock::new(|| {
    compiled(r"(?i)\b(?:add|include|append|write)\b.{0,40}\bpost ?script\b(?:.{0,40}P\.P\.S|.{0,40}P\.S)?")
});
static CONTAIN: LazyLock<Regex> = LazyLock::new(|| {
    compiled(
        r#"(?i)\b(?:includ(?:e|es|ing)|contain(?:s|ing)?|mentions?|uses?|must have|has)(?: all(?: of)?)?(?: the| these| this| following| exact){0,3}(?: following)?(?: key ?words?| words?| phrases?| terms?| strings?| sentences?| texts?| letters?)?:?\s*(["“‘`«]|'\S|\[)|\b(?:includ(?:e|es|ing)|contain(?:s|ing)?|mentions?|uses?) (?:all )?(?:the |these )?(?:following )?key ?words?:?\s+|\bthe (?:key ?word|word|phrase|letter|term) (["“‘`«]|'\S)"#,
    )
});
static AVOID: LazyLock<Regex> = LazyLock::new(|| {
    compiled(
        r#"(?i)(?:\b(?:do not|don['’]t|never|must not|mustn['’]t|should not|shouldn['’]t|may not|cannot|can['’]t|does not|doesn['’]t) (?:(?:ever|contain|include|use|mention|say|write|have|any(?: of)?|the|this|these|following|key ?words?|words?|phrases?|terms?|letters?|or) ?)+|\b(?:avoid|without|exclude|excluding|refrain from|omit|no)(?: (?:using|the|use|of|mentioning|saying|word|words|key ?words?|phrases?|phrase|terms?|term|any|following|these|mention))*):?\s*(["“‘`«]|'\S|\[)|\bforbidden words?:?\s*"#,
    )
});
static MARKS: LazyLock<Regex> = LazyLock::new(|| {
    compiled(
        r"(?i)\b(?:(?:do not|don['’]t|never|must not|should not|may not|avoid|without|refrain from|contains?)(?: (?:contain|include|use|using|have|the use of|use of))?(?: (?:any|a))?|(?:contains? |with |use |uses )?no)(?: (?:any|a|more|use of))? (commas?|exclamation (?:marks?|points?)|question marks?|semicolons?|em[- ]dash(?:es)?|emojis?|digits|numerals|bullet points?|bullets|bulleted lists?|lists|headings?|headers?|code blocks?|code fences?|links?|urls?|markdown(?: formatting)?)\b",
    )
});
static QUOTED: LazyLock<Regex> = LazyLock::new(|| {
    compiled(
        r#""([^"\n]{1,300})"|“([^”\n]{1,300})”|‘([^’\n]{1,300})’|`([^`\n]{1,300})`|«([^»\n]{1,300})»|\B'([^'\n]{1,300}(?:'[a-z][^'\n]{0,100})?)'\B"#,
    )
});
static NOT_THERE: LazyLock<Regex> = LazyLock::new(|| {
    compiled(r"(?i)^[^.;,]{0,20}\b(?:(?:must|should|may|do|does|can) ?(?:not|n['’]t)|cannot|never)\b")
});
static JOINED: LazyLock<Regex> = LazyLock::new(|| {
    compiled(
        r#"(?i)^[\s,;:\[\](/"“'‘`«]*(?:and|or|nor|as well as|&)?[\s,:]*(?:the )?(?:words?|phrases?|key ?words?)?[\s"“'‘`«]*$"#,
    )
});
static BARE: LazyLock<Regex> = LazyLock::new(|| {
    compiled(r"^\s*\[?((?:[\w-]+(?: [\w-]+)?, ?(?:and |or )?)*[\w-]+(?: [\w-]+)?)\]?\s*(?:[.;]|\bin\b|$)")
});

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &[Demand]) {
        let found: Vec<Demand> = literals(text).into_iter().map(|(_, demand)| demand).collect();
        assert_eq!(found, expected, "{text}");
    }

    fn contain(word: &str) -> Demand {
        Demand::Contain(word.to_owned(), Bound::SOME)
    }

    fn avoid(word: &str) -> Demand {
        Demand::Avoid(Avoided::Words(word.to_owned()))
    }

    #[test]
    fn words_that_have_to_be_there() {
        check("Include the word \"harbour\".", &[contain("harbour")]);
        check(
            "must contain the phrases 'a b' and `c`",
            &[contain("a b"), contain("c")],
        );
        check(
            "Include keywords ['x1', 'y'] in the response",
            &[contain("x1"), contain("y")],
        );
        check(
            "include the keywords: tide, moon, salt water",
            &[contain("tide"), contain("moon"), contain("salt water")],
        );
        check(
            "the word 'sea' should appear at least 3 times",
            &[Demand::Contain("sea".to_owned(), Bound::from(3))],
        );
        check("Mentions tides and moons in general", &[]);
        check(
            "At the end, add a postscript starting with P.P.S",
            &[contain("P.P.S")],
        );
    }

    #[test]
    fn words_that_may_not() {
        check(
            "Do not use the words \"very\" or \"nice\".",
            &[avoid("very"), avoid("nice")],
        );
        check("Avoid the word 'just'", &[avoid("just")]);
        check("does not mention “price”", &[avoid("price")]);
        check(
            "Do not include keywords ['a1', 'b2'] in the response.",
            &[avoid("a1"), avoid("b2")],
        );
        check(
            "refrain from the use of any commas",
            &[Demand::Avoid(Avoided::Mark(Mark::Comma))],
        );
        check(
            "No emojis. Use no bullet points.",
            &[
                Demand::Avoid(Avoided::Mark(Mark::Emoji)),
                Demand::Avoid(Avoided::Lists),
            ],
        );
    }

    #[test]
    fn beginnings_and_ends() {
        check("Start with \"Dear Ada\"", &[Demand::Begin("Dear Ada".to_owned())]);
        check(
            "The answer must begin with the word 'No'",
            &[Demand::Begin("No".to_owned())],
        );
        check(
            "Finish your response with this exact phrase \"That is all.\"",
            &[Demand::End("That is all.".to_owned())],
        );
        check(
            "The second paragraph must start with the word \"later\"",
            &[Demand::ParagraphBegins(2, "later".to_owned())],
        );
    }
}
