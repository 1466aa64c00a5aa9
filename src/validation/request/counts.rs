//! How many of what: `at least 3 bullet points`, `between 50 and 100 words`, `a two-sentence summary`.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use super::super::numerals;
use super::compiled;
use super::demand::{Bound, Unit};

/// More than this of anything is no count that somebody asked for.
const MAX: usize = 1_000_000;

/// All counts in `text`, with their places. What is said of `each` of something is none of the whole.
pub(super) fn counts(text: &str) -> Vec<(Range<usize>, Unit, Bound)> {
    if EACH.is_match(text) {
        return Vec::new();
    }
    COUNT
        .captures_iter(text)
        .filter_map(|found| {
            let get = |name: &str| found.name(name).map(|part| part.as_str().to_ascii_lowercase());
            let unit = unit(&get("unit")?)?;
            let count = number(&get("n")?)?;
            let before = get("before").unwrap_or_default();
            let behind = get("behind").or(get("or")).unwrap_or_default();
            let bound = match get("m").and_then(|m| number(&m)) {
                Some(most) if most > count => Bound { least: count, most },
                Some(_) => return None,
                None => bound(before.trim(), behind.trim(), count, unit),
            };
            Some((found.get(0)?.range(), unit, bound))
        })
        .collect()
}

/// How often: `at least 3 times`, `twice`.
pub(super) fn times(text: &str) -> Option<(Range<usize>, Bound)> {
    let found = TIMES.captures(text)?;
    let get = |name: &str| found.name(name).map(|part| part.as_str().to_ascii_lowercase());
    let count = match get("word").as_deref() {
        Some("once") => 1,
        Some("twice") => 2,
        _ => number(&get("n")?)?,
    };
    let before = get("before").unwrap_or_default();
    let behind = get("behind").unwrap_or_default();
    let bound = bound(before.trim(), behind.trim(), count, Unit::Items);
    Some((found.get(0)?.range(), bound))
}

fn bound(before: &str, behind: &str, count: usize, unit: Unit) -> Bound {
    match (before, behind.trim_start_matches(',').trim()) {
        (
            "at least" | "a minimum of" | "minimum" | "minimum of" | "no less than" | "no fewer than"
            | "not less than" | "min",
            _,
        )
        | (_, "or more" | "minimum" | "at least" | "min") => Bound::from(count),
        ("more than" | "over", _) => Bound::from(count.saturating_add(1)),
        (
            "at most" | "a maximum of" | "maximum" | "maximum of" | "no more than" | "not more than"
            | "up to" | "within" | "max" | "limit to" | "limited to",
            _,
        )
        | (_, "or less" | "or fewer" | "maximum" | "at most" | "max" | "or under") => Bound::up_to(count),
        ("less than" | "fewer than" | "under" | "below", _) => Bound::up_to(count.saturating_sub(1)),
        ("about" | "around" | "approximately" | "roughly" | "some" | "circa" | "~", _) => Bound::about(count),
        ("exactly" | "precisely" | "only", _) => Bound::exactly(count),
        // Nobody counts words and characters by hand: a bare number of them is a size.
        _ if matches!(unit, Unit::Words | Unit::Characters) => Bound::about(count),
        _ => Bound::exactly(count),
    }
}

fn unit(word: &str) -> Option<Unit> {
    let word = word.replace('-', " ");
    let word = word.strip_suffix('s').unwrap_or(&word);
    Some(match word.split_whitespace().next_back()? {
        _ if word.ends_with("code block") => Unit::CodeBlocks,
        _ if word.starts_with("highlighted") => Unit::Highlights,
        "word" => Unit::Words,
        "character" | "letter" => Unit::Characters,
        "sentence" => Unit::Sentences,
        "paragraph" => Unit::Paragraphs,
        "line" => Unit::Lines,
        "bullet" => Unit::Bullets,
        "point" if word.starts_with("bullet") => Unit::Bullets,
        "section" | "heading" => Unit::Sections,
        "placeholder" => Unit::Placeholders,
        "question" => Unit::Questions,
        "item" | "step" | "point" | "reason" | "tip" | "example" | "idea" | "entrie" | "entry" | "option"
        | "way" | "suggestion" | "name" => Unit::Items,
        _ => return None,
    })
}

/// A number in digits or words.
pub(super) fn number(text: &str) -> Option<usize> {
    let text = text.trim();
    if matches!(text, "a single" | "single") {
        return Some(1);
    }
    if let Some(number) = numerals::in_words(text) {
        return Some(usize::from(number));
    }
    text.replace(',', "").parse().ok().filter(|count| *count <= MAX)
}

const NUMBER: &str = r"\d{1,3}(?:,\d{3})+|\d{1,7}|a single|single|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|eighteen|nineteen|twenty";
const BEFORE: &str = r"(?:an? )?(?:minimum of|maximum of)|at least|at most|no more than|not more than|no less than|no fewer than|not less than|less than|fewer than|more than|over|under|below|up to|within|about|around|approximately|roughly|circa|exactly|precisely|only|max|min|maximum|minimum|limit(?:ed)? to|~";

static COUNT: LazyLock<Regex> = LazyLock::new(|| {
    compiled(&format!(
        r"(?i)(?:\b(?P<before>{BEFORE})[ :]*)?\b(?:between )?(?P<n>{NUMBER})(?: ?(?:-|–|to|and) ?(?P<m>{NUMBER}))?(?P<or> or more| or fewer| or less)?[ -](?:(?:different|distinct|short|complete|full|separate|unique|numbered|concise|brief|main|key|practical|concrete|markdown|new|specific) ){{0,2}}(?P<unit>words?|characters?|letters|sentences?|paragraphs?|lines?|bullet[ -]points?|bullets?|sections?|headings?|placeholders?|highlighted sections?|fenced code blocks?|code blocks?|questions?|(?:list )?items?|steps?|points?|reasons?|tips?|examples?|ideas?|entries|entry|options?|ways?|suggestions?|names?)\b(?P<behind>,? (?:or more|or fewer|or less|maximum|minimum|at least|at most|max|min|or under)\b)?"
    ))
});
static TIMES: LazyLock<Regex> = LazyLock::new(|| {
    compiled(&format!(
        r"(?i)(?:\b(?P<before>{BEFORE}) )?\b(?:(?P<word>once|twice)|(?P<n>{NUMBER})(?P<behind> or more| or fewer| or less)? times)\b"
    ))
});
static EACH: LazyLock<Regex> = LazyLock::new(|| compiled(r"(?i)\b(?:each|every|per|apiece)\b"));

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: Option<(Unit, &str)>) {
        let found = counts(text);
        let first = found.first().map(|(_, unit, bound)| (*unit, bound.words()));
        let expected = expected.map(|(unit, bound)| (unit, bound.to_owned()));
        assert_eq!(first, expected, "{text}");
    }

    #[test]
    fn counts_are_read_as_people_write_them() {
        check(
            "Answer with at least 300 words",
            Some((Unit::Words, "at least 300")),
        );
        check(
            "no more than 1,000 characters",
            Some((Unit::Characters, "at most 1000")),
        );
        check("in under 50 words", Some((Unit::Words, "at most 49")));
        check("exactly three bullet points", Some((Unit::Bullets, "exactly 3")));
        check("a two-sentence summary", Some((Unit::Sentences, "exactly 2")));
        check("in a single paragraph", Some((Unit::Paragraphs, "exactly 1")));
        check("between 50 and 100 words", Some((Unit::Words, "50 to 100")));
        check("3-5 short sentences", Some((Unit::Sentences, "3 to 5")));
        check("200 words max", Some((Unit::Words, "at most 200")));
        check("5 or more steps", Some((Unit::Items, "at least 5")));
        check("a 400 word essay", Some((Unit::Words, "300 to 500")));
        check("List 7 practical tips", Some((Unit::Items, "exactly 7")));
        check(
            "at least 2 highlighted sections",
            Some((Unit::Highlights, "at least 2")),
        );
    }

    #[test]
    fn what_is_said_of_each_is_no_count_of_the_whole() {
        check("each paragraph has 3 sentences", None);
        check("two sentences per section", None);
        check("a wordy answer", None);
    }

    #[test]
    fn times_are_read() {
        assert_eq!(
            times("appear at least 3 times").map(|t| t.1),
            Some(Bound::from(3))
        );
        assert_eq!(times("use it twice").map(|t| t.1), Some(Bound::exactly(2)));
        assert_eq!(times("sometimes"), None);
    }
}
