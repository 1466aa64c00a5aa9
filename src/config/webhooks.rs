//! The settings of webhooks: who is told, `[webhooks.NAME]`, and who may call, `[inbound]`.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Deserialize;

use super::{Error, Result, place};
use crate::domain::{Scope, Topic};
use crate::mcp::hooks;
use crate::model::webhook::Schedule;
use crate::model::{Receiver, Secret};

const MAX_NAME_BYTES: usize = 32;
const MAX_TRIES: u32 = 100;
const MAX_BACKOFF_MS: u64 = 3_600_000;

/// The section as it is written.
#[derive(Debug, Default, Deserialize)]
#[serde(transparent)]
pub(super) struct RawWebhooks(BTreeMap<String, RawWebhook>);

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawWebhook {
    url: String,
    secret_env: String,
    #[serde(default)]
    events: Vec<String>,
    #[serde(default)]
    allow_private: bool,
    #[serde(default)]
    include_outputs: bool,
    #[serde(default = "ten")]
    max_tries: u32,
    #[serde(default = "five_seconds")]
    backoff_ms: u64,
}

/// Who may call, as it is written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawInbound {
    secret_env: String,
    url: String,
    project: String,
}

fn ten() -> u32 {
    10
}

fn five_seconds() -> u64 {
    5_000
}

impl RawWebhooks {
    /// The receivers by name, with their secrets from the environment.
    pub(super) fn settle(self) -> Result<Vec<Receiver>> {
        self.0.into_iter().map(|(name, raw)| raw.settle(name)).collect()
    }
}

impl RawWebhook {
    fn settle(self, name: String) -> Result<Receiver> {
        let wrong = |field: &str, detail: String| value(&format!("webhooks.{name}{field}"), detail);
        let is_name = !name.is_empty()
            && name.len() <= MAX_NAME_BYTES
            && name
                .bytes()
                .all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_' | b'-'));
        if !is_name {
            return Err(wrong("", "a name is of a to z, 0 to 9, _ and -".to_owned()));
        }
        let topics = self.events.iter().map(|event| {
            Topic::named(event).ok_or_else(|| {
                let known = Topic::ALL.map(Topic::name).join(", ");
                wrong(".events", format!("`{event}` is none of {known}"))
            })
        });
        let topics = topics.collect::<Result<_>>()?;
        if !(1..=MAX_TRIES).contains(&self.max_tries) {
            return Err(wrong(
                ".max_tries",
                format!("{} is not from 1 to {MAX_TRIES}", self.max_tries),
            ));
        }
        if !(1..=MAX_BACKOFF_MS).contains(&self.backoff_ms) {
            return Err(wrong(
                ".backoff_ms",
                format!("{} is not from 1 to {MAX_BACKOFF_MS}", self.backoff_ms),
            ));
        }
        let secret = secret(&format!("webhooks.{name}.secret_env"), &self.secret_env)?;
        Ok(Receiver {
            url: self.url,
            secret,
            topics,
            allow_private: self.allow_private,
            include_outputs: self.include_outputs,
            schedule: Schedule {
                first: Duration::from_millis(self.backoff_ms),
                tries: self.max_tries,
            },
            name,
        })
    }
}

impl RawInbound {
    /// Who may call, and in which project; `None` where no secret is named: then there is no such door.
    pub(super) fn settle(self, scope: &Scope) -> Result<Option<hooks::Inbound>> {
        if self.secret_env.is_empty() {
            return Ok(None);
        }
        let project = match self.project.as_str() {
            "" => scope.project(),
            project => project,
        };
        let url = self.url.trim().trim_end_matches('/');
        let is_url = url.is_empty() || url.starts_with("https://") || url.starts_with("http://");
        if !is_url || url.contains(['?', '#', ' ']) {
            let detail = "it has to begin with https:// and is an address without a query".to_owned();
            return Err(value("inbound.url", detail));
        }
        Ok(Some(hooks::Inbound {
            secret: secret("inbound.secret_env", &self.secret_env)?,
            url: (!url.is_empty()).then(|| url.to_owned()),
            scope: Scope::new(scope.org(), project, scope.principal()).ok_or(Error::BadScope)?,
        }))
    }
}

/// The secret in a variable of the environment.
fn secret(key: &str, variable: &str) -> Result<Secret> {
    if variable.is_empty() {
        let detail = "it has to name the variable of the environment that holds the secret".to_owned();
        return Err(value(key, detail));
    }
    let text =
        place::variable(variable).ok_or_else(|| value(key, format!("the variable {variable} is not set")))?;
    Secret::read(&text).map_err(|why| value(key, format!("the variable {variable}: {why}")))
}

fn value(key: &str, detail: String) -> Error {
    Error::Value {
        key: key.to_owned(),
        detail,
        origin: "the settings".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::Config;

    fn refused(text: &str) -> String {
        Config::from_text(text).unwrap_err().to_string()
    }

    #[test]
    fn nobody_is_told_and_nobody_may_call_unless_it_is_said() {
        let config = Config::from_text("").unwrap();
        assert_eq!(config.models.receivers, []);
        assert!(config.inbound.is_none());
    }

    #[test]
    fn what_is_wrong_is_named() {
        // Cargo sets CARGO_PKG_NAME for every test; it is no secret of that form.
        for (text, told) in [
            (
                "[webhooks.x]\nurl = 'https://e.com'",
                "missing field `secret_env`",
            ),
            (
                "[webhooks.x]\nurl = 'https://e.com'\nsecret_env = ''",
                "setting `webhooks.x.secret_env` in the settings has a wrong value: it has to name the variable",
            ),
            (
                "[webhooks.x]\nurl = 'https://e.com'\nsecret_env = 'FIRSTMATE_NO_SUCH'",
                "the variable FIRSTMATE_NO_SUCH is not set",
            ),
            (
                "[webhooks.x]\nurl = 'https://e.com'\nsecret_env = 'CARGO_PKG_NAME'",
                "the variable CARGO_PKG_NAME: a secret is `whsec_` and the base64 of 24 to 64 random bytes",
            ),
            (
                "[webhooks.x]\nurl = 'https://e.com'\nsecret_env = 'A'\nevents = ['run.started']",
                "`run.started` is none of run.completed, run.failed,",
            ),
            (
                "[webhooks.x]\nurl = 'https://e.com'\nsecret_env = 'A'\nmax_tries = 0",
                "0 is not from 1 to 100",
            ),
            (
                "[webhooks.\"a/b\"]\nurl = 'https://e.com'\nsecret_env = 'A'",
                "a name is of a to z",
            ),
            (
                "[webhooks.x]\nurl = 'https://e.com'\nsecret_env = 'A'\nevent = []",
                "unknown setting `webhooks.x.event`",
            ),
            ("[inbound]\nsecret_env = 'FIRSTMATE_NO_SUCH'", "is not set"),
            (
                "[inbound]\nsecret_env = 'CARGO_PKG_NAME'\nurl = 'n8n.example'",
                "`inbound.url`",
            ),
        ] {
            let error = refused(text);
            assert!(error.contains(told), "{error}");
        }
    }
}
