//! The first words on a connection to the owner: one line of JSON each way.
//!
//! These two lines are the only thing that every version must understand of every other, so they only ever
//! gain fields. What follows belongs to the link format, and both ends have the same.

use std::io;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::{Error, Stream};
use crate::domain::{Offer, Scope};

/// The format of what follows the greeting. It changes when an older end could misunderstand.
pub const LINK: u32 = 1;

/// How long either end waits for the other's first words.
pub const PATIENCE: Duration = Duration::from_millis(if cfg!(test) { 200 } else { 5000 });

const LONGEST_GREETING: usize = 16 * 1024;

/// What a newcomer says first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hello {
    /// Its version.
    pub firstmate: String,
    /// Its link format.
    pub link: u32,
    /// The newest store format that it can open: it may have to take over.
    pub store: u32,
    /// Whose data its calls touch unless they say otherwise. Whoever gets as far as this runs as the same
    /// user, who could set any scope for himself: nothing is gained by lying.
    pub scope: Scope,
    /// What it wants.
    pub purpose: Purpose,
    /// Which tools its client is offered; absent where it does not say, and then it is what the owner offers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub offer: Option<Offer>,
}

/// What a connection is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// MCP follows, as over stdio.
    Mcp,
    /// One request and one answer follow, a line each.
    Command,
}

/// What the owner says to a [`Hello`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// Its version.
    pub firstmate: String,
    /// Its process.
    pub pid: u32,
    /// Why it does not go on, if it does not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refused: Option<Refusal>,
}

/// Why an owner does not go on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    /// Whether the two versions do not go together.
    #[serde(default)]
    pub incompatible: bool,
    /// In a sentence.
    pub message: String,
}

/// What a newcomer has to fit.
#[derive(Debug, Clone)]
pub struct Host {
    /// The owner's version.
    pub version: String,
    /// Its link format.
    pub link: u32,
    /// The format of its store.
    pub store: u32,
    /// Its process.
    pub pid: u32,
}

impl Hello {
    /// The words of this version.
    #[must_use]
    pub fn of_this(store: u32, scope: Scope, offer: Offer, purpose: Purpose) -> Self {
        Self {
            firstmate: env!("CARGO_PKG_VERSION").to_owned(),
            link: LINK,
            store,
            scope,
            purpose,
            offer: Some(offer),
        }
    }
}

impl Host {
    /// This process, over a store of this format.
    #[must_use]
    pub fn this(store: u32) -> Self {
        Self {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            link: LINK,
            store,
            pid: std::process::id(),
        }
    }

    /// What to make of a newcomer's first line.
    ///
    /// # Errors
    /// Why it cannot be taken in.
    pub fn judge(&self, line: &[u8]) -> Result<Hello, Refusal> {
        let unclear = |error: serde_json::Error| Refusal {
            incompatible: false,
            message: format!("process {} did not understand the greeting: {error}", self.pid),
        };
        // Read first for what every version says: the rest may look different in another link format.
        let head: Head = serde_json::from_slice(line).map_err(unclear)?;
        if head.link != self.link || head.store < self.store {
            return Err(Refusal {
                incompatible: true,
                message: format!(
                    "process {} owns the data directory with firstmate {} (link format {}, store format {}), \
                     and this is firstmate {} (link format {}, store format up to {})",
                    self.pid, self.version, self.link, self.store, head.firstmate, head.link, head.store
                ),
            });
        }
        let mut hello: Hello = serde_json::from_slice(line).map_err(unclear)?;
        let Hello { scope, .. } = &hello;
        match Scope::new(scope.org(), scope.project(), scope.principal()) {
            Some(scope) => hello.scope = scope,
            None => {
                return Err(Refusal {
                    incompatible: false,
                    message: format!("process {} cannot work in an empty or too long scope", self.pid),
                });
            }
        }
        Ok(hello)
    }

    fn answer(&self, refused: Option<Refusal>) -> Answer {
        Answer {
            firstmate: self.version.clone(),
            pid: self.pid,
            refused,
        }
    }
}

impl Refusal {
    /// As the newcomer tells it.
    #[must_use]
    pub fn into_error(self) -> Error {
        let message = self.message;
        if self.incompatible {
            Error::Incompatible { message }
        } else {
            Error::Refused { message }
        }
    }
}

/// Says hello and hears the answer.
///
/// # Errors
/// When the owner goes away or does not speak this.
pub async fn join(stream: &mut Stream, hello: &Hello) -> io::Result<Answer> {
    say(stream, hello).await?;
    let line = line(stream).await?;
    serde_json::from_slice(&line).map_err(io::Error::from)
}

/// Hears a newcomer's hello and answers it; `None` when it was refused.
///
/// # Errors
/// When the newcomer goes away or says nothing in time.
pub async fn receive(stream: &mut Stream, host: &Host) -> io::Result<Option<Hello>> {
    let line = tokio::time::timeout(PATIENCE, line(stream)).await??;
    let (hello, refused) = match host.judge(&line) {
        Ok(hello) => (Some(hello), None),
        Err(refusal) => (None, Some(refusal)),
    };
    say(stream, &host.answer(refused)).await?;
    Ok(hello)
}

/// Turns a newcomer away without having heard it.
///
/// # Errors
/// When it went away by itself.
pub async fn turn_away(stream: &mut Stream, host: &Host, message: String) -> io::Result<()> {
    let refusal = Refusal {
        incompatible: false,
        message,
    };
    say(stream, &host.answer(Some(refusal))).await
}

#[derive(Deserialize)]
struct Head {
    firstmate: String,
    link: u32,
    #[serde(default)]
    store: u32,
}

async fn say(stream: &mut Stream, what: &impl Serialize) -> io::Result<()> {
    let mut line = serde_json::to_vec(what)?;
    line.push(b'\n');
    stream.write_all(&line).await?;
    stream.flush().await
}

/// One line without its end. Neither end says more before it has been answered, so nothing can follow it.
async fn line(stream: &mut Stream) -> io::Result<Vec<u8>> {
    let mut line = Vec::new();
    loop {
        if stream.read_buf(&mut line).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        if line.last() == Some(&b'\n') {
            line.pop();
            return Ok(line);
        }
        if line.len() > LONGEST_GREETING {
            return Err(io::Error::new(
                io::ErrorKind::InvalidData,
                "the greeting is too long",
            ));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn host() -> Host {
        Host {
            version: "0.2.0".into(),
            link: 2,
            store: 3,
            pid: 4711,
        }
    }

    fn hello(version: &str, link: u32, store: u32) -> String {
        format!(
            r#"{{"firstmate":"{version}","link":{link},"store":{store},"purpose":"mcp","news":1,
               "scope":{{"org":"o","project":"p","principal":"u"}}}}"#
        )
    }

    #[test]
    fn other_versions_of_the_same_formats_work_and_newer_ones_may_say_more() {
        for (version, store) in [("0.1.9", 3), ("0.2.0", 3), ("0.3.0", 4)] {
            let hello = host().judge(hello(version, 2, store).as_bytes()).unwrap();
            assert_eq!((hello.firstmate.as_str(), hello.purpose), (version, Purpose::Mcp));
        }
    }

    #[test]
    fn what_does_not_go_together_names_both_versions_and_the_process() {
        for (link, store) in [(1, 3), (3, 3), (2, 2)] {
            let refusal = host().judge(hello("0.1.0", link, store).as_bytes()).unwrap_err();
            assert!(refusal.incompatible);
            let error = refusal.into_error();
            assert_eq!(error.code(), "owner.incompatible");
            let told = format!("{error} {}", error.hint());
            for part in ["process 4711", "firstmate 0.2.0", "firstmate 0.1.0", "--data-dir"] {
                assert!(told.contains(part), "{told}");
            }
        }
        // Of another link format not even the rest of the line can be read.
        let strange = br#"{"firstmate":"9.0.0","link":9,"scope":"another thing"}"#;
        assert!(host().judge(strange).unwrap_err().incompatible);
    }

    #[test]
    fn what_is_no_greeting_is_refused_in_words() {
        let nowhere = hello("0.2.0", 2, 3).replace(r#""project":"p""#, r#""project":"""#);
        let unknown = hello("0.2.0", 2, 3).replace("mcp", "dance");
        for line in ["", "GET / HTTP/1.1", "{}", &nowhere, &unknown] {
            let refusal = host().judge(line.as_bytes()).unwrap_err();
            assert!(
                !refusal.incompatible && refusal.message.contains("4711"),
                "{line}"
            );
            assert_eq!(refusal.into_error().code(), "owner.refused");
        }
    }
}
