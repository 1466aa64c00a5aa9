//! One question about one field, as packs write it.

use std::fmt;

use serde::Deserialize;
use serde::de::{self, Deserializer, MapAccess, SeqAccess, Visitor};

use crate::policy::glob;

/// One question about one field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Test {
    OneOf(Vec<String>),
    Not(Box<Self>),
    Present(bool),
    Number { least: u64, most: u64 },
}

impl Test {
    pub(super) fn holds(&self, value: Option<&str>, separator: Option<u8>) -> bool {
        match self {
            Self::OneOf(patterns) => value.is_some_and(|value| {
                patterns
                    .iter()
                    .any(|pattern| glob::matches(pattern, value, separator))
            }),
            // What is not known is not the excepted thing.
            Self::Not(test) => !test.holds(value, separator),
            Self::Present(present) => value.is_some() == *present,
            Self::Number { .. } => false,
        }
    }

    /// Whether it holds of any of these; of none of them when it excludes something.
    pub(super) fn any(&self, mut values: impl Iterator<Item = &'static str> + Clone) -> bool {
        match self {
            Self::OneOf(_) => values.any(|value| self.holds(Some(value), None)),
            Self::Not(test) => !test.any(values),
            Self::Present(present) => values.next().is_some() == *present,
            Self::Number { .. } => false,
        }
    }

    pub(super) fn number(&self, value: u64) -> bool {
        match self {
            Self::Number { least, most } => (*least..=*most).contains(&value),
            Self::Not(test) => !test.number(value),
            Self::Present(present) => *present,
            Self::OneOf(_) => false,
        }
    }

    pub(super) fn implies(&self, other: &Self, separator: Option<u8>) -> bool {
        match (self, other) {
            (Self::OneOf(own), Self::OneOf(asked)) => own.iter().all(|own| {
                let is_word = !glob::is_pattern(own);
                asked.iter().any(|asked| {
                    asked == own || asked == "**" || is_word && glob::matches(asked, own, separator)
                })
            }),
            (Self::OneOf(_), Self::Present(true)) => true,
            (
                Self::Number { least, most },
                Self::Number {
                    least: from,
                    most: to,
                },
            ) => from <= least && most <= to,
            _ => self == other,
        }
    }

    pub(super) fn literals(&self) -> impl Iterator<Item = &str> {
        let mut test = self;
        while let Self::Not(inner) = test {
            test = inner;
        }
        let patterns = if let Self::OneOf(patterns) = test {
            patterns.as_slice()
        } else {
            &[]
        };
        patterns.iter().map(String::as_str)
    }

    /// `> 5`, `>= 5`, `< 5`, `<= 5`.
    fn comparison(text: &str) -> Option<Self> {
        let (operator, number) = text.split_at(text.find(|c: char| c.is_ascii_digit())?);
        let number: u64 = number.trim().parse().ok()?;
        let (least, most) = match operator.trim() {
            ">" => (number.checked_add(1)?, u64::MAX),
            ">=" => (number, u64::MAX),
            "<" => (0, number.checked_sub(1)?),
            "<=" => (0, number),
            _ => return None,
        };
        Some(Self::Number { least, most })
    }
}

impl<'de> Deserialize<'de> for Test {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TestVisitor)
    }
}

struct TestVisitor;

impl<'de> Visitor<'de> for TestVisitor {
    type Value = Test;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a word, a pattern, a list of them, `{not: ...}`, `{present: true}` or a comparison such as \"> 1000\"")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Test, E> {
        if text.is_empty() {
            return Err(E::custom("an empty text never matches; use {present: false}"));
        }
        Ok(Test::comparison(text).unwrap_or_else(|| Test::OneOf(vec![text.to_owned()])))
    }

    fn visit_u64<E: de::Error>(self, number: u64) -> Result<Test, E> {
        Ok(Test::Number {
            least: number,
            most: number,
        })
    }

    fn visit_i64<E: de::Error>(self, number: i64) -> Result<Test, E> {
        u64::try_from(number)
            .map_err(|_| E::custom("a number is not negative"))
            .and_then(|number| self.visit_u64(number))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Test, A::Error> {
        let mut patterns = Vec::new();
        while let Some(pattern) = items.next_element::<String>()? {
            patterns.push(pattern);
        }
        if patterns.is_empty() {
            return Err(de::Error::custom("an empty list never matches"));
        }
        Ok(Test::OneOf(patterns))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Test, A::Error> {
        let test = match entries.next_key::<String>()?.as_deref() {
            Some("not") => Test::Not(Box::new(entries.next_value()?)),
            Some("present") => Test::Present(entries.next_value()?),
            Some(other) => return Err(de::Error::unknown_field(other, &["not", "present"])),
            None => return Err(de::Error::custom("an empty condition")),
        };
        match entries.next_key::<String>()? {
            None => Ok(test),
            Some(_) => Err(de::Error::custom("a condition has one operator")),
        }
    }
}
