//! The one way to a data directory: own it, or reach whoever does.

use std::path::Path;

use super::link::{self, Answer, Hello};
use super::{Claim, Error, Note, Owner, Stream, connect};

/// What a process gets that asks for a data directory.
#[derive(Debug)]
pub enum Place {
    /// Nobody had it: this process owns it now.
    Free(Claim),
    /// A connection to the owner, which has heard the hello and answered it.
    Linked(Stream, Answer),
}

/// Claims `dir`, or links to its owner with `hello`. Tries once.
///
/// # Errors
/// When the directory cannot be used, or has an owner that cannot be reached, does not answer or refuses.
/// [`Error::is_passing`] tells whether trying again soon makes sense: owners come and go.
pub async fn approach(dir: &Path, hello: &Hello) -> Result<Place, Error> {
    let taken = match Claim::take(dir) {
        Ok(claim) => return Ok(Place::Free(claim)),
        Err(error) => error,
    };
    let (Error::InUse { .. }, Some(note)) = (&taken, Note::read(dir)) else {
        return Err(taken);
    };
    let Some(socket) = &note.socket else {
        return Err(taken);
    };
    let owner = Owner::Process(note.pid);
    let unreachable = |source| Error::Unreachable {
        dir: dir.to_owned(),
        owner,
        source,
    };
    let mut stream = connect(socket).await.map_err(unreachable)?;
    let joined = tokio::time::timeout(link::PATIENCE, link::join(&mut stream, hello)).await;
    let Ok(joined) = joined else {
        return Err(Error::Silent {
            dir: dir.to_owned(),
            owner,
        });
    };
    let answer = joined.map_err(unreachable)?;
    match answer.refused {
        None => Ok(Place::Linked(stream, answer)),
        Some(refusal) => Err(refusal.into_error()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Offer, Scope};
    use crate::ownership::link::{Host, Purpose};
    use crate::ownership::{Endpoint, Places};

    fn hello() -> Hello {
        Hello::of_this(
            1,
            Scope::new("o", "p", "u").unwrap(),
            Offer::default(),
            Purpose::Mcp,
        )
    }

    fn endpoint(claim: &Claim, dir: &Path) -> Endpoint {
        let places = Places {
            runtime: None,
            temporary: dir.to_owned(),
        };
        let endpoint = Endpoint::bind(claim, &places).unwrap();
        claim.publish(endpoint.address()).unwrap();
        endpoint
    }

    async fn refusal(dir: &Path) -> Error {
        approach(dir, &hello()).await.unwrap_err()
    }

    #[tokio::test]
    async fn a_free_directory_is_claimed_and_an_owned_one_linked_to() {
        let dir = tempfile::tempdir().unwrap();
        let Place::Free(claim) = approach(dir.path(), &hello()).await.unwrap() else {
            panic!("it was free");
        };
        let mut endpoint = endpoint(&claim, dir.path());
        let host = Host::this(1);
        let owner = async {
            let mut stream = endpoint.accept().await.unwrap();
            link::receive(&mut stream, &host).await.unwrap().unwrap()
        };
        let hello = hello();
        let (heard, place) = tokio::join!(owner, approach(dir.path(), &hello));
        assert_eq!(heard, hello);
        let Place::Linked(_, answer) = place.unwrap() else {
            panic!("it was taken");
        };
        assert_eq!(answer.pid, std::process::id());
    }

    #[tokio::test]
    async fn an_owner_without_a_socket_or_with_a_stale_one_is_worth_another_try() {
        let dir = tempfile::tempdir().unwrap();
        let claim = Claim::take(dir.path()).unwrap();
        let error = refusal(dir.path()).await;
        assert_eq!((error.code(), error.is_passing()), ("store.in_use", true));
        claim.publish(&dir.path().join("gone.sock")).unwrap();
        let error = refusal(dir.path()).await;
        assert_eq!((error.code(), error.is_passing()), ("owner.unreachable", true));
        // An owner that dies in the middle of the greeting.
        let mut endpoint = endpoint(&claim, dir.path());
        let (accepted, error) = tokio::join!(async { drop(endpoint.accept().await) }, refusal(dir.path()));
        assert_eq!((accepted, error.is_passing()), ((), true), "{error}");
    }

    #[tokio::test]
    async fn an_owner_that_hangs_is_given_up_and_named() {
        let dir = tempfile::tempdir().unwrap();
        let claim = Claim::take(dir.path()).unwrap();
        let _never_accepts = endpoint(&claim, dir.path());
        let error = refusal(dir.path()).await;
        assert_eq!((error.code(), error.is_passing()), ("owner.silent", false));
        assert!(
            error
                .to_string()
                .contains(&format!("process {}", std::process::id())),
            "{error}"
        );
    }
}
