//! What happens when a rule matches, with its options.

use std::fmt;
use std::time::Duration;

use serde::Deserialize;
use serde::de::{self, Deserializer, IntoDeserializer as _, MapAccess, Visitor};

use crate::domain::Effect;

/// What happens when a rule matches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Then {
    /// What it does.
    pub effect: Effect,
    /// How it is approved, when a person has to.
    pub approval: Approval,
    /// Whether what is redacted is put back into the model's answer.
    pub restore: bool,
}

/// How an approval is given.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Approval {
    /// The roles that may give it; anybody when empty.
    pub from: Vec<String>,
    /// How long it can be given and used.
    #[serde(deserialize_with = "some_time")]
    pub ttl: Option<Duration>,
    /// How often it can be used: once, unless it says so.
    pub uses: Option<u32>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Redact {
    #[serde(default, rename = "as")]
    form: Form,
    restore: Option<Restore>,
}

#[derive(Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Form {
    #[default]
    Mark,
    Token,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Restore {
    InAnswer,
}

impl Then {
    /// The effect without options.
    #[must_use]
    pub fn plain(effect: Effect) -> Self {
        Self {
            effect,
            approval: Approval::default(),
            restore: false,
        }
    }
}

impl<'de> Deserialize<'de> for Then {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(ThenVisitor)
    }
}

struct ThenVisitor;

impl<'de> Visitor<'de> for ThenVisitor {
    type Value = Then;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an effect, `{require_approval: {from, ttl, uses}}` or `{redact: {as, restore}}`")
    }

    fn visit_str<E: de::Error>(self, effect: &str) -> Result<Then, E> {
        Effect::deserialize(effect.into_deserializer()).map(Then::plain)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut options: A) -> Result<Then, A::Error> {
        let then = match options.next_key::<String>()?.as_deref() {
            Some("require_approval") => {
                let approval: Approval = options.next_value()?;
                if approval.uses == Some(0) {
                    return Err(de::Error::custom("`uses: 0` approves nothing"));
                }
                Then {
                    approval,
                    ..Then::plain(Effect::RequireApproval)
                }
            }
            Some("redact") => {
                let Redact { form, restore } = options.next_value()?;
                if restore.is_some() && form != Form::Token {
                    return Err(de::Error::custom("`restore` needs `as: token`"));
                }
                Then {
                    restore: restore.is_some(),
                    ..Then::plain(Effect::Redact)
                }
            }
            Some(other) => return Err(de::Error::unknown_field(other, &["require_approval", "redact"])),
            None => return Err(de::Error::custom("an empty effect")),
        };
        match options.next_key::<String>()? {
            None => Ok(then),
            Some(_) => Err(de::Error::custom("a rule has one effect")),
        }
    }
}

/// Reads `90s`, `15m`, `1h`, `7d`.
pub(super) fn some_time<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Duration>, D::Error> {
    let text = String::deserialize(from)?;
    let wrong = || de::Error::custom(format!("`{text}` is no time such as 90s, 15m, 1h or 7d"));
    let unit = text.trim().chars().last().ok_or_else(wrong)?;
    let seconds = match unit {
        's' => 1,
        'm' => 60,
        'h' => 3_600,
        'd' => 86_400,
        _ => return Err(wrong()),
    };
    let number = text
        .trim()
        .trim_end_matches(unit)
        .trim()
        .parse::<u64>()
        .map_err(|_| wrong())?;
    let seconds = number
        .checked_mul(seconds)
        .filter(|seconds| *seconds > 0)
        .ok_or_else(wrong)?;
    Ok(Some(Duration::from_secs(seconds)))
}
