//! What a log was at one moment, signed: a checkpoint (C2SP, tlog-checkpoint) in a signed note (C2SP, signed-note).
//!
//! ```text
//! firstmate/5f0c…/local       the origin: which log
//! 1024                        its entries
//! 8B2rTs…=                    the root of its Merkle tree, base64
//!
//! — firstmate/5f0c…/local Vk1p…=    name of the key, base64 of key id (4 bytes) and signature (64)
//! ```

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;

use super::key::{SigningKey, Verifier};
use super::merkle::Hash;

/// What a log was at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// Which log.
    pub origin: String,
    /// Its entries.
    pub size: u64,
    /// The root of the Merkle tree over them.
    pub root: Hash,
}

/// A checkpoint with the signatures below it, which nobody has checked yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signed {
    /// What is said.
    pub checkpoint: Checkpoint,
    text: String,
    /// Name, key id and signature.
    signatures: Vec<(String, [u8; 4], Vec<u8>)>,
}

/// What begins a line with a signature.
const MARK: &str = "\u{2014} ";

impl Checkpoint {
    /// The signed note that says it; the key signs under the log's origin.
    #[must_use]
    pub fn sign(&self, key: &SigningKey) -> String {
        let text = format!("{}\n{}\n{}\n", self.origin, self.size, BASE64.encode(self.root));
        let verifier = key.verifier(&self.origin);
        let mut signature = verifier.id().to_vec();
        signature.extend(key.sign(text.as_bytes()));
        format!("{text}\n{MARK}{} {}\n", self.origin, BASE64.encode(signature))
    }

    /// Reads the body of a note: three lines, and perhaps extensions that say nothing to us.
    fn parse(text: &str) -> Option<Self> {
        let mut lines = text.strip_suffix('\n')?.split('\n');
        let (origin, size, root) = (lines.next()?, lines.next()?, lines.next()?);
        let number = size.parse().ok()?;
        let canonical = !origin.is_empty() && size == u64::to_string(&number);
        canonical.then_some(Self {
            origin: origin.to_owned(),
            size: number,
            root: BASE64.decode(root).ok()?.try_into().ok()?,
        })
    }
}

impl Signed {
    /// Reads a signed note that says a checkpoint; `None` for anything else.
    #[must_use]
    pub fn parse(note: &str) -> Option<Self> {
        let (body, below) = note.rsplit_once("\n\n")?;
        let text = format!("{body}\n");
        let signatures = below
            .strip_suffix('\n')?
            .split('\n')
            .map(|line| {
                let (name, signature) = line.strip_prefix(MARK)?.split_once(' ')?;
                let bytes = BASE64.decode(signature).ok()?;
                let (id, signature) = bytes.split_first_chunk()?;
                Some((name.to_owned(), *id, signature.to_vec()))
            })
            .collect::<Option<Vec<_>>>()?;
        Some(Self {
            checkpoint: Checkpoint::parse(&text)?,
            text,
            signatures,
        })
    }

    /// All the checkpoints in a text that holds several, one after the other, perhaps with other lines between.
    #[must_use]
    pub fn all(text: &str) -> Vec<Self> {
        let text = text.replace("\r\n", "\n");
        let lines: Vec<&str> = text.lines().collect();
        let mut found = Vec::new();
        // A note is found from its signatures: above them an empty line, above that the body.
        let starts = lines.iter().enumerate().filter(|(at, line)| {
            line.starts_with(MARK) && at.checked_sub(1).and_then(|above| lines.get(above)) == Some(&"")
        });
        for (at, _) in starts {
            let below = lines
                .iter()
                .skip(at)
                .take_while(|line| line.starts_with(MARK))
                .count();
            let above = lines
                .iter()
                .take(at - 1)
                .rev()
                .take_while(|line| !line.is_empty())
                .count();
            let note = lines
                .get(at - 1 - above..at + below)
                .unwrap_or_default()
                .join("\n")
                + "\n";
            found.extend(Self::parse(&note));
        }
        found
    }

    /// Whether `verifier` signed it.
    #[must_use]
    pub fn is_signed_by(&self, verifier: &Verifier) -> bool {
        self.signatures.iter().any(|(name, id, signature)| {
            name == verifier.name()
                && *id == verifier.id()
                && verifier.accepts(self.text.as_bytes(), signature)
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::audit::merkle;

    fn checkpoint(size: u64) -> Checkpoint {
        Checkpoint {
            origin: "log.example/a".to_owned(),
            size,
            root: merkle::leaf(b"x"),
        }
    }

    fn key() -> SigningKey {
        SigningKey::from_seed(&[7; 32]).unwrap()
    }

    #[test]
    fn a_checkpoint_is_a_signed_note() {
        insta::assert_snapshot!(checkpoint(9).sign(&key()), @r"
        log.example/a
        9
        PH6byTDck/AfppmF7yQtn56GHzxTVaokzl70tLinDMs=

        — log.example/a HIc996BJNSX0v5Qb5x/7oH8eoWJSpx+jj5OYtxHXPnxBP2K6eh3ZeMXjeWPe8WKK+6vUUJTFhuzUbv8uS40nihOtEw4=
        ");
    }

    #[test]
    fn a_signature_is_for_one_text_by_one_key_under_one_name() {
        let note = checkpoint(9).sign(&key());
        let verifier = key().verifier("log.example/a");
        let accepted = |note: &str| Signed::parse(note).is_some_and(|signed| signed.is_signed_by(&verifier));
        assert!(accepted(&note));
        assert_eq!(Signed::parse(&note).unwrap().checkpoint, checkpoint(9));
        for (from, to) in [
            ("\n9\n", "\n8\n"),
            ("log.example/a\n", "log.example/b\n"),
            ("\u{2014} log", "\u{2014} lag"),
        ] {
            assert!(!accepted(&note.replacen(from, to, 1)), "{from:?} to {to:?}");
        }
        assert!(!accepted(
            &checkpoint(9).sign(&SigningKey::from_seed(&[8; 32]).unwrap())
        ));
        // A second signature, of a witness, does not disturb the first.
        let witnessed = note + "\u{2014} witness AAAAAAA=\n";
        assert!(accepted(&witnessed));
    }

    /// The example of Go's `golang.org/x/mod/sumdb/note`, from which the format comes.
    #[test]
    fn notes_of_others_are_checked_as_they_check_them() {
        let verifier =
            Verifier::parse("PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW").unwrap();
        let text = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n";
        let signature =
            "x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=";
        let bytes = BASE64.decode(signature).unwrap();
        let (id, signature) = bytes.split_first_chunk::<4>().unwrap();
        assert_eq!(*id, verifier.id());
        assert!(verifier.accepts(text.as_bytes(), signature));
    }

    #[test]
    fn several_checkpoints_are_found_in_one_file() {
        let file = format!(
            "kept on Monday:\n\n{}\n\nand on Friday\r\n\r\n{}# end",
            checkpoint(3).sign(&key()),
            checkpoint(9).sign(&key())
        );
        let sizes: Vec<_> = Signed::all(&file)
            .iter()
            .map(|signed| signed.checkpoint.size)
            .collect();
        assert_eq!(sizes, [3, 9]);
        assert!(Signed::all("nothing").is_empty() && Signed::all("").is_empty());
    }

    proptest! {
        #[test]
        fn no_text_makes_reading_panic(text in "(\\PC|\n|\u{2014} a |\n\n){0,60}") {
            let _any = (Signed::parse(&text), Signed::all(&text));
        }
    }
}
