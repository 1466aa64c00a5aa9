//! From the words of a request to what can be decided.

use std::collections::HashSet;
use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;
use whatlang::Lang;

use super::super::prose;
use super::super::syntax::Language;
use super::compiled;
use super::counts::counts;
use super::demand::{Demand, Format, Unit};
use super::literals::literals;

/// So much of a request is read, in bytes: what stands further back is material, not a demand.
const MAX_READ: usize = 8 << 10;

/// What was understood of a requirement.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Understood {
    pub(super) demands: Vec<Demand>,
    /// Whether nothing of what it says is left over.
    pub(super) whole: bool,
}

/// Reads one requirement.
pub(super) fn requirement(text: &str) -> Understood {
    let mut understood = Understood {
        whole: true,
        ..Understood::default()
    };
    let text = text.get(..text.floor_char_boundary(MAX_READ)).unwrap_or(text);
    for range in prose::split(text) {
        let sentence = text.get(range).unwrap_or_default();
        let found = sentence_demands(sentence, BEHAVIOUR.is_match(sentence));
        understood.whole &= is_spent(sentence, found.iter().map(|(range, _)| range));
        understood
            .demands
            .extend(found.into_iter().map(|(_, demand)| demand));
    }
    understood.whole &= !understood.demands.is_empty();
    understood
}

/// Reads a request in prose, where only what cannot mean anything else counts.
pub(super) fn request(text: &str) -> Vec<Demand> {
    let text = text.get(..text.floor_char_boundary(MAX_READ)).unwrap_or(text);
    let asks_for_code = CODE_WORK.is_match(text);
    let quotes_material = text.contains("\n\n") && text.len() > 1_000;
    let words = prose::Prose::of(text);
    let mut demands = Vec::new();
    for sentence in words.sentences() {
        let sentence = words.at(&sentence.range);
        if sentence.len() > 400 || !DIRECTIVE.is_match(sentence) {
            continue;
        }
        for (_, demand) in sentence_demands(sentence, asks_for_code) {
            // Of texts that come with material to work on, what is said of words may be the material.
            let of_material = quotes_material && !matches!(demand, Demand::Format(_) | Demand::Prose(_));
            if !of_material && !demands.contains(&demand) {
                demands.push(demand);
            }
        }
    }
    demands
}

/// The demands of one sentence. What is said of a program's behaviour is none of the answer's words.
fn sentence_demands(sentence: &str, behaviour: bool) -> Vec<(Range<usize>, Demand)> {
    let mut found = Vec::new();
    names(sentence, &mut found);
    code_language(sentence, &mut found);
    if behaviour {
        return found;
    }
    let quoted = literals(sentence);
    let taken: Vec<Range<usize>> = quoted.iter().map(|(range, _)| range.clone()).collect();
    let is_free = |range: &Range<usize>| taken.iter().all(|t| range.start >= t.end || range.end <= t.start);
    found.extend(quoted);
    for (pattern, format) in FORMATS {
        if let Some(all) = pattern().find(sentence)
            && is_free(&all.range())
            && !is_negated(sentence, all.start())
        {
            found.push((all.range(), Demand::Format(format)));
        }
    }
    if let Some(all) = CAPITALS_COUNTED.find(sentence) {
        // "words with all capital letters should appear at least 3 times" is a count, not a case.
        if let Some((_, bound)) = super::counts::times(sentence) {
            found.retain(|(_, demand)| *demand != Demand::Format(Format::Uppercase));
            found.push((
                all.start()..sentence.len(),
                Demand::Count(Unit::CapitalWords, bound),
            ));
        }
    }
    if let Some((range, language)) = prose_language(sentence)
        && is_free(&range)
    {
        found.push((range, Demand::Prose(language)));
    }
    if let Some(all) = ONE_OF.find(sentence) {
        let rest = sentence.get(all.end()..).unwrap_or_default();
        let options: Vec<String> = OPTION
            .captures_iter(rest)
            .filter_map(|c| c.iter().skip(1).flatten().next())
            .map(|option| option.as_str().to_owned())
            .collect();
        if options.len() > 1 {
            found.push((all.start()..sentence.len(), Demand::OneOf(options)));
        }
    } else if let Some(all) = YES_OR_NO.find(sentence) {
        found.push((
            all.range(),
            Demand::OneOf(vec!["yes".to_owned(), "no".to_owned()]),
        ));
    }
    for (range, unit, bound) in counts(sentence) {
        if is_free(&range) && !is_negated(sentence, range.start) {
            found.push((range, Demand::Count(unit, bound)));
        }
    }
    found
}

fn names(sentence: &str, found: &mut Vec<(Range<usize>, Demand)>) {
    for captures in SIGNATURE.captures_iter(sentence) {
        let (Some(all), Some(name), Some(inside)) = (captures.get(0), captures.get(1), captures.get(2))
        else {
            continue;
        };
        let parameters = inside
            .as_str()
            .split(',')
            .map(|parameter| {
                parameter
                    .split([':', '='])
                    .next()
                    .unwrap_or_default()
                    .trim()
                    .to_owned()
            })
            .filter(|parameter| !parameter.is_empty() && parameter != "...")
            .collect();
        found.push((
            all.range(),
            Demand::Signature(name.as_str().to_owned(), parameters),
        ));
    }
    for captures in NAMED.captures_iter(sentence) {
        let (Some(all), Some(name)) = (captures.get(0), captures.iter().skip(1).flatten().next()) else {
            continue;
        };
        if found.iter().all(|(range, _)| !range.contains(&name.start())) {
            found.push((all.range(), Demand::Identifier(name.as_str().to_owned())));
        }
    }
}

fn code_language(sentence: &str, found: &mut Vec<(Range<usize>, Demand)>) {
    let Some(captures) = IN_CODE.captures(sentence) else {
        return;
    };
    let (Some(all), Some(name)) = (captures.get(0), captures.iter().skip(1).flatten().next()) else {
        return;
    };
    let label = match name.as_str().to_ascii_lowercase().as_str() {
        "c++" => "cpp".to_owned(),
        "c#" => "csharp".to_owned(),
        "golang" => "go".to_owned(),
        other => other.to_owned(),
    };
    if !is_negated(sentence, all.start()) {
        found.push((all.range(), Demand::Code(Language::from_label(&label))));
    }
}

fn prose_language(sentence: &str) -> Option<(Range<usize>, Lang)> {
    let captures = IN_PROSE.captures(sentence)?;
    let (all, name) = (captures.get(0)?, captures.iter().skip(1).flatten().next()?);
    let name = name.as_str().to_ascii_lowercase();
    let name = match name.as_str() {
        "chinese" | "mandarin" => "mandarin",
        "farsi" => "persian",
        other => other,
    };
    let language = Lang::all()
        .iter()
        .find(|lang| lang.eng_name().eq_ignore_ascii_case(name))?;
    (!is_negated(sentence, all.start())).then_some((all.range(), *language))
}

/// Whether a no stands right before `at`.
fn is_negated(sentence: &str, at: usize) -> bool {
    let before = sentence.get(..at).unwrap_or_default();
    let from = before.len().saturating_sub(30);
    NEGATION.is_match(before.get(before.ceil_char_boundary(from)..).unwrap_or_default())
}

/// Whether what is left beside the places of demands says nothing of its own.
fn is_spent<'r>(sentence: &str, places: impl Iterator<Item = &'r Range<usize>>) -> bool {
    let places: Vec<&Range<usize>> = places.collect();
    let mut left = 0;
    super::super::ground::words::each(sentence, |range, word| {
        let outside = places
            .iter()
            .all(|place| range.start >= place.end || range.end <= place.start);
        left += usize::from(outside && !FILLERS.contains(word));
    });
    left == 0
}

/// Where a pattern is, so that tables of them can be constants.
type Pattern = fn() -> &'static Regex;

const FORMATS: [(Pattern, Format); 12] = [
    (|| &JSON, Format::Json),
    (|| &YAML, Format::Yaml),
    (|| &TABLE, Format::Table),
    (|| &BULLETED, Format::Bulleted),
    (|| &NUMBERED, Format::Numbered),
    (|| &CODE_BLOCK, Format::CodeBlock),
    (|| &PLAIN, Format::PlainText),
    (|| &LOWER, Format::Lowercase),
    (|| &UPPER, Format::Uppercase),
    (|| &DOUBLE_QUOTED, Format::DoubleQuoted),
    (|| &ANGLE_TITLE, Format::AngleTitle),
    (|| &TWO_RESPONSES, Format::TwoResponses),
];

macro_rules! pattern {
    ($name:ident, $pattern:expr) => {
        static $name: LazyLock<Regex> = LazyLock::new(|| compiled($pattern));
    };
}

pattern!(
    JSON,
    r"(?i)\b(?:(?:answer|respond|reply|return|output|write|give|provide|format(?:ted)?|wrap(?:ped)?|is|be|it)\b[^.]{0,40}\b(?:in|as|with|only|valid)(?: a| an)?(?: single)?(?: valid| raw| pure| strict)?(?: the)? json\b(?: format| object| array)?|(?:valid|only) json\b|json only\b|^json(?: output| format)?\.?$)"
);
pattern!(
    YAML,
    r"(?i)\b(?:answer|respond|reply|return|output|formatted|is|be)\b[^.]{0,20}\b(?:in|as|valid) (?:valid )?yaml\b"
);
pattern!(
    TABLE,
    r"(?i)\b(?:(?:as|in|with|include|includes|use|contains?|present) (?:a |an )?(?:\w+ )?(?:form of a )?(?:markdown )?table\b|markdown table\b)"
);
pattern!(
    BULLETED,
    r"(?i)\b(?:as|in|use|using|with) (?:a )?(?:\w+ )?(?:bullet(?:ed)?(?:[- ]point)? (?:list|form|format)|bullet points)\b"
);
pattern!(
    NUMBERED,
    r"(?i)\b(?:as|in|use|using|with) (?:a |an )?(?:numbered|ordered) list\b"
);
pattern!(
    CODE_BLOCK,
    r"(?i)\b(?:in|inside|within|as|include|includes|with) (?:a |an |one )?(?:single )?(?:fenced |markdown )?code (?:block|fence)\b"
);
pattern!(PLAIN, r"(?i)\b(?:in|as|use|only) plain text\b");
pattern!(
    LOWER,
    r"(?i)\b(?:(?:in|use|using|only|all) (?:only |all )*(?:lower ?-?case)(?: letters)?\b|no capital letters\b|lower ?-?case only\b)"
);
pattern!(
    UPPER,
    r"(?i)\b(?:(?:in|use|using|only|all) (?:only |all )*(?:upper ?-?case|capital letters|capitals|caps)\b|upper ?-?case only\b)"
);
pattern!(
    DOUBLE_QUOTED,
    r"(?i)\b(?:wrap|enclose|put|surround)\w*\b[^.]{0,40}\b(?:in|with|inside) double quot(?:es|ation marks)\b"
);
pattern!(
    ANGLE_TITLE,
    r"(?i)\btitle\b[^.]{0,60}(?:double angular brackets|<<[^>]*>>)"
);
pattern!(
    TWO_RESPONSES,
    r"(?i)\btwo different (?:responses|answers)\b.*\*{6}|\bseparated by 6 asterisk"
);
pattern!(
    CAPITALS_COUNTED,
    r"(?i)\bwords? (?:with|in) (?:all )?(?:capital letters|capitals|uppercase)\b"
);
pattern!(
    ONE_OF,
    r"(?i)\b(?:answer|respond|reply)\b[^.]{0,30}\b(?:with )?(?:one of|either|exactly one of)(?: the following)?(?: options| words| phrases)?:?\s*"
);
pattern!(
    YES_OR_NO,
    r#"(?i)\b(?:answer|respond|reply)(?: only| just| simply)?(?: with)?(?: only| just)? ["'“]?yes["'”]? or ["'“]?no["'”]?\s*\.?$"#
);
pattern!(
    OPTION,
    r#""([^"]{1,100})"|“([^”]{1,100})”|'([^']{1,100})'|`([^`]{1,100})`"#
);
pattern!(
    SIGNATURE,
    r"`(?:(?:async )?(?:def|fn|func|function) )?([A-Za-z_$][\w$]*)\(([^()`]*)\)[^`]*`"
);
pattern!(
    NAMED,
    r#"(?i)\b(?:named|called) [`'"“]([A-Za-z_$][\w$.]*)[`'"”]|\b(?:function|method|class|struct|enum|trait|interface|variable|constant|type|component)(?: is)?(?: named| called)? `([A-Za-z_$][\w$.]*)`|\b(?:function|method|class|struct|enum|trait|interface|variable|constant|component) (?:named|called) ([A-Za-z_$][\w$]*)"#
);
pattern!(
    IN_CODE,
    r"(?i)\b(?:in|using|with) (python|javascript|typescript|rust|go|golang|java|ruby|php|kotlin|swift|bash|c\+\+|c#|haskell|scala|perl|lua)(?:\b|[ .,;]|$)|\b(?:write|is|be|give|provide|implement|create)(?: me)?(?: a| an| some)? (python|javascript|typescript|rust|golang|java|ruby|php|kotlin|swift|bash|c\+\+|c#|haskell|scala|perl|lua) (?:code|function|script|program|class|module|snippet|implementation|method)\b"
);
pattern!(
    IN_PROSE,
    r"(?i)\b(?:answer|response|respond|reply|written|write|translate|output|text|be|speak|summari[sz]e|explain|using|only)\b[^.:;]{0,60}?\b(?:in|into|to|using)(?: the)?(?: only)? (english|french|german|spanish|portuguese|italian|dutch|russian|ukrainian|polish|czech|swedish|danish|finnish|turkish|arabic|hebrew|hindi|bengali|tamil|telugu|thai|vietnamese|korean|japanese|chinese|mandarin|greek|hungarian|romanian|bulgarian|persian|farsi|urdu|indonesian|marathi|gujarati|punjabi|kannada|nepali)\b|^(?:in )?(english|french|german|spanish|portuguese|italian|dutch|russian|polish|swedish|turkish|arabic|hindi|korean|japanese|chinese)(?: only| language)?\.?$"
);
pattern!(
    NEGATION,
    r"(?i)\b(?:not|never|no|without|avoid|don['’]t|n['’]t|instead of|rather than)(?: \w+){0,3} $"
);
// What a program does, which no text shows.
pattern!(
    BEHAVIOUR,
    r"(?i)^(?:it |the (?:function|code|program|script|method|class|api|endpoint|server|tool|command|parser|test)s? )?(?:should |must |can |will |may )?(?:correctly |properly )?(?:returns?|rais(?:es|e)|throws?|handles?|accepts?|supports?|validates?|logs?|prints?|rejects?|parses?|reads?|runs?|works?|sorts?|stores?|computes?|calls?|implements?|converts?|takes?)\b|\bthe (?:function|code|program|script|method|class|api|endpoint|server|parser) (?:must|should|may|will|can)?\b"
);
pattern!(
    CODE_WORK,
    r"(?i)\b(?:functions?|scripts?|programs?|class(?:es)?|code|regex|sql|quer(?:y|ies)|implement|refactor|debug|compile|algorithm|unit tests?|api|endpoint|python|javascript|typescript|rust)\b"
);
pattern!(
    DIRECTIVE,
    r"(?i)\b(?:your|the|entire|whole) (?:entire |whole |final |full )?(?:answer|response|reply|output|letter|essay|summary|email|poem|story|text|article|post|paragraph)\b|^(?:\W*|(?:please|then|and|also|first|finally|now|can you|could you),? )(?:write|use|give|list|include|respond|answer|reply|return|output|provide|keep|limit|make|do not|don['’]t|avoid|refrain|start|begin|end|finish|wrap|summari[sz]e|explain|describe|name|create|compose|generate|translate|highlight|add|put|draft|produce|in)\b|\b(?:must|should|do not|don['’]t|make sure|ensure|at least|at most|exactly|no more than|less than)\b"
);

/// Words of demands that ask for nothing on their own.
static FILLERS: LazyLock<HashSet<&str>> = LazyLock::new(|| {
    "a about all also an and answer any appear appears as at be bullet but by code contain contains do does exactly \
     following for format formatted function give has have how i in include includes is it its keep least letters \
     limit long make markdown must need needs no not of on only or output phrase please provide reply respond \
     response return returned separated should small such sure text that the them there this to total use uses using \
     valid when whole with word words write written you your t don class method named called entire language letter \
     short summary define implement present points point list sentence sentences times time most"
        .split_ascii_whitespace()
        .collect()
});

#[cfg(test)]
mod tests;
