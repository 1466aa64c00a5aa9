//! Numbers as they are meant: `1,000`, `1.000.000`, `12%`, `3rd`, `1.5 million`, `twelve`.

use std::ops::Range;

use super::super::numerals;
use super::words::each;

/// The most numbers of the sources that are kept.
const MAX_NUMBERS: usize = 200_000;

/// A number in a text.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Number {
    pub(super) range: Range<usize>,
    /// What it may mean; a point or a comma may part thousands or begin the fraction.
    pub(super) values: Vec<f64>,
    /// How many places it has behind the point.
    decimals: usize,
    /// Whether it is written in digits, and in more than one.
    pub(super) precise: bool,
}

/// The numbers of `text`, those in words included.
pub(super) fn numbers(text: &str) -> Vec<Number> {
    let mut found: Vec<Number> = Vec::new();
    let mut last_end = 0;
    each(text, |range, word| {
        let between = text.get(last_end..range.start).unwrap_or_default();
        last_end = range.end;
        if let (Some(factor), Some(last)) = (magnitude(word), found.last_mut())
            && last.range.end + between.len() == range.start
            && between.chars().all(|c| c == ' ' || c == '-')
        {
            let scaled: Vec<f64> = last.values.iter().map(|value| value * factor).collect();
            last.values.extend(scaled);
            last.range.end = range.end;
            last.precise = true;
            return;
        }
        found.extend(number(range, word));
    });
    found
}

/// The values of `sources`, in order.
pub(super) fn values(sources: &[String]) -> Vec<f64> {
    let mut values: Vec<f64> = sources
        .iter()
        .flat_map(|source| numbers(source))
        .flat_map(|number| number.values)
        .take(MAX_NUMBERS)
        .collect();
    values.sort_by(f64::total_cmp);
    values
}

impl Number {
    /// Whether one of the sorted `values` is this number, or is when it is rounded as this one is.
    pub(super) fn is_among(&self, values: &[f64]) -> bool {
        let places = i32::try_from(self.decimals).unwrap_or(20);
        let half = 0.5 * 10_f64.powi(-places) + 1e-9;
        self.values.iter().any(|value| {
            let from = values.partition_point(|known| *known < value - half);
            values.get(from).is_some_and(|known| *known <= value + half)
        })
    }
}

fn number(range: Range<usize>, word: &str) -> Option<Number> {
    if let Some(value) = numerals::in_words(word).map(f64::from) {
        return Some(Number {
            range,
            values: vec![value],
            decimals: 0,
            precise: false,
        });
    }
    let digits = word.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let unit = word.get(digits.len()..).unwrap_or_default();
    // Words with digits inside are names: they are compared as words.
    if digits.is_empty()
        || unit.len() > 3
        || !digits
            .bytes()
            .all(|b| b.is_ascii_digit() || matches!(b, b'.' | b','))
    {
        return None;
    }
    let plain: String = digits.chars().filter(char::is_ascii_digit).collect();
    let mut values = Vec::new();
    let mut decimals = 0;
    let marks = digits.bytes().filter(|b| !b.is_ascii_digit()).count();
    if let Some(at) = digits.rfind(['.', ',']) {
        let behind = digits.len() - at - 1;
        if marks == 1 || behind != 3 {
            let whole: String = digits.get(..at)?.chars().filter(char::is_ascii_digit).collect();
            values.push(format!("{whole}.{}", digits.get(at + 1..)?).parse().ok()?);
            decimals = behind;
        }
        if behind == 3 {
            values.push(plain.parse().ok()?);
            decimals = if marks == 1 { decimals } else { 0 };
        }
    } else {
        values.push(plain.parse().ok()?);
    }
    if let Some(factor) = magnitude(unit) {
        let scaled: Vec<f64> = values.iter().map(|value| value * factor).collect();
        values.extend(scaled);
    }
    Some(Number {
        range,
        values,
        decimals,
        precise: plain.len() > 1,
    })
}

fn magnitude(word: &str) -> Option<f64> {
    Some(match word {
        "hundred" => 1e2,
        "thousand" | "k" => 1e3,
        "million" | "millions" | "m" | "mn" => 1e6,
        "billion" | "billions" | "bn" | "b" => 1e9,
        "trillion" | "tn" => 1e12,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(answer: &str, source: &str, expected: bool) {
        let known = values(&[source.to_owned()]);
        let all = numbers(answer).iter().all(|number| number.is_among(&known));
        assert_eq!(all, expected, "{answer:?} in {source:?}");
    }

    #[test]
    fn a_number_is_the_same_however_it_is_written() {
        check("1,000", "1000", true);
        check("1.5 million", "1,500,000", true);
        check("12%", "12 percent", true);
        check("the 3rd of twelve", "3 of 12", true);
        check("21 km", "21.3 km", true);
        check("21.3 km", "21.34 km", true);
        check("about 1.234,5", "1,234.5", true);
        check("in 2,023", "2023", true);
    }

    #[test]
    fn another_number_is_another() {
        check("1,000", "100", false);
        check("21.4", "21.3", false);
        check("2024", "2023", false);
        check("1.5 billion", "1.5 million of 15", true);
        check("3.0", "4", false);
    }
}
