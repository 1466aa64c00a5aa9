//! The local token: whoever may read the file it is in may call.

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::http::HeaderMap;
use axum::http::header::{AUTHORIZATION, HeaderName};
use serde::Deserialize;
use tokio::sync::watch;

use super::doors::only;
use super::refusal::Refusal;
use super::turned_away::turned_away;
use crate::domain::Digest;
use crate::ownership::token::TokenFile;

/// How long a token is good after another one took its place.
const FRESH: Duration = Duration::from_secs(1);
/// How often it is looked whether another one did, where a stream is open and nobody calls: some dozen bytes are read.
const LOOK_EVERY: Duration = Duration::from_secs(2);

/// When callers have to show the token.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Wanted {
    /// Where others than this machine can reach the server, also through a proxy. Else it may be shown, and has to be
    /// right then.
    #[default]
    Auto,
    /// Always.
    Required,
    /// Never; it is not even looked at. Refused where others than this machine can reach the server.
    Off,
}

/// Who calls, as far as it is known.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Caller {
    /// Somebody on this machine.
    #[default]
    Anyone,
    /// Who showed the token with this digest.
    Holder(Digest),
}

/// Compares what callers show with the token in its file. Another token in the file is in force within a second.
#[derive(Debug, Clone, Default)]
pub struct Bearer {
    /// `None` where no token is looked at.
    file: Option<TokenFile>,
    required: bool,
    /// Tells of each change of the token.
    read: Arc<watch::Sender<Option<Read>>>,
}

/// What was in the file, and when that was looked at.
#[derive(Debug)]
struct Read {
    when: Instant,
    digest: Option<Digest>,
}

impl Bearer {
    /// Looks at the token that callers show, and insists on one where it is `required`.
    #[must_use]
    pub fn new(file: TokenFile, required: bool) -> Self {
        Self {
            file: Some(file),
            required,
            read: Arc::default(),
        }
    }

    /// Who sent these headers.
    pub(super) fn caller(&self, headers: &HeaderMap) -> Result<Caller, Refusal> {
        let is_forwarded = headers.keys().any(names_a_proxy);
        let Some(file) = &self.file else {
            return if is_forwarded {
                Err(Refusal::Forwarded)
            } else {
                Ok(Caller::Anyone)
            };
        };
        if !headers.contains_key(AUTHORIZATION) {
            return if self.required || is_forwarded {
                Err(Refusal::NoToken)
            } else {
                Ok(Caller::Anyone)
            };
        }
        let shown = only(headers, AUTHORIZATION)
            .and_then(|value| value.split_once(' '))
            .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
            .map(|(_, token)| Digest::of(token.trim().as_bytes()));
        match (shown, self.current(file)) {
            (Some(shown), Some(ours)) if same(&shown, &ours) => Ok(Caller::Holder(shown)),
            _ => Err(Refusal::BadToken),
        }
    }

    /// Waits until another token is in force than the one that `caller` showed, and gives who shows that one. It never
    /// comes to an end for who showed none.
    pub(super) async fn successor(&self, caller: Caller) -> Caller {
        let (Some(file), Caller::Holder(shown)) = (&self.file, caller) else {
            return std::future::pending().await;
        };
        let mut read = self.read.subscribe();
        loop {
            // Where none can be read it is not known that there is another.
            if let Some(ours) = self.current(file).filter(|ours| *ours != shown) {
                return Caller::Holder(ours);
            }
            tokio::select! {
                () = tokio::time::sleep(LOOK_EVERY) => {}
                _changed = read.changed() => {}
            }
        }
    }

    /// The digest of the token that is in force.
    fn current(&self, file: &TokenFile) -> Option<Digest> {
        if let Some(known) = self
            .read
            .borrow()
            .as_ref()
            .filter(|read| read.when.elapsed() < FRESH)
        {
            return known.digest;
        }
        let digest = match file.load() {
            Ok(token) => token.map(|token| Digest::of(token.as_bytes())),
            Err(error) => {
                if let Some(times) = turned_away("token") {
                    tracing::error!(%error, times, "the token cannot be read, so nobody has the right one");
                }
                None
            }
        };
        let when = Instant::now();
        self.read.send_if_modified(|read| {
            let before = read.replace(Read { when, digest });
            before.is_none_or(|before| before.digest != digest)
        });
        digest
    }
}

/// Whether only a proxy sends such a header: who is behind it may be anywhere.
fn names_a_proxy(name: &HeaderName) -> bool {
    let name = name.as_str();
    name.starts_with("x-forwarded-") || ["forwarded", "via", "x-real-ip"].contains(&name)
}

/// Compares all bytes, whichever differ: how long it takes says nothing.
fn same(one: &Digest, other: &Digest) -> bool {
    let pairs = one.as_bytes().iter().zip(other.as_bytes());
    pairs.fold(0, |differ, (one, other)| differ | (one ^ other)) == 0
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn caller(bearer: &Bearer, shown: &[&str]) -> Result<Caller, u16> {
        let mut headers = HeaderMap::new();
        for value in shown {
            headers.append(AUTHORIZATION, HeaderValue::from_str(value).unwrap());
        }
        bearer
            .caller(&headers)
            .map_err(|refusal| refusal.status().as_u16())
    }

    #[test]
    fn only_the_token_is_the_token() {
        let dir = tempfile::tempdir().unwrap();
        let file = TokenFile::of(dir.path());
        let bearer = Bearer::new(file.clone(), true);
        assert_eq!(caller(&bearer, &["Bearer x"]), Err(401), "there is none yet");
        let token = file.create().unwrap();
        let bearer = Bearer::new(file, true);
        let right = format!("Bearer {token}");
        assert!(matches!(caller(&bearer, &[&right]), Ok(Caller::Holder(_))));
        assert!(caller(&bearer, &[&format!("bearer  {token} ")]).is_ok());
        for wrong in [
            &["Bearer "][..],
            &["Bearer x"],
            &[&token],
            &[&format!("Basic {token}")],
            &[&right, &right],
            &[&format!("{right}x")],
            &[],
        ] {
            assert_eq!(caller(&bearer, wrong), Err(401), "{wrong:?}");
        }
    }

    #[test]
    fn where_it_is_not_required_a_wrong_one_is_still_wrong() {
        let dir = tempfile::tempdir().unwrap();
        let bearer = Bearer::new(TokenFile::of(dir.path()), false);
        assert_eq!(caller(&bearer, &[]), Ok(Caller::Anyone));
        assert_eq!(caller(&bearer, &["Bearer x"]), Err(401));
        assert_eq!(caller(&Bearer::default(), &["Bearer x"]), Ok(Caller::Anyone));
    }

    #[test]
    fn who_comes_through_a_proxy_is_not_local() {
        let dir = tempfile::tempdir().unwrap();
        let file = TokenFile::of(dir.path());
        let right = format!("Bearer {}", file.create().unwrap());
        let auto = Bearer::new(file, false);
        let status = |bearer: &Bearer, headers: &HeaderMap| {
            let refused = bearer.caller(headers).err();
            refused.map_or(200, |refusal| refusal.status().as_u16())
        };
        for name in [
            "forwarded",
            "x-forwarded-for",
            "x-forwarded-proto",
            "x-real-ip",
            "via",
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(name, HeaderValue::from_static("x"));
            assert_eq!(status(&auto, &headers), 401, "{name}");
            assert_eq!(status(&Bearer::default(), &headers), 403, "{name}");
            headers.insert(AUTHORIZATION, HeaderValue::from_str(&right).unwrap());
            assert_eq!(status(&auto, &headers), 200, "{name}");
        }
    }
}
