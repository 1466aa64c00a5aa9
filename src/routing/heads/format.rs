//! The weight file: what it says about itself, and its bytes.
//!
//! `firstmate-heads\n`, the length of the header (u32, little endian), the header as JSON, then
//! [`ROWS`](super::ROWS) rows of 16 bytes ([`Rows`]), then the set of seen words. The head of the file can be read
//! with any pager.

use serde::{Deserialize, Serialize};

use super::{BODY, DENSE, LANES, OUTPUT_NAMES, OUTPUTS, PLACES, ROWS, Rows, Weights};
use crate::routing::hash::SPEC;

const MAGIC: &[u8] = b"firstmate-heads\n";
/// What this build reads and writes.
const VERSION: u32 = 2;

/// What a weight file says about itself.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Header {
    /// The version of the format.
    pub version: u32,
    /// The rules of hashing the rows belong to.
    pub hashing: String,
    /// The seed of training.
    pub seed: u64,
    /// SHA-256 of the list of data files with rows and digests.
    pub data: String,
    /// Prompts trained on.
    pub prompts: usize,
    /// Per output, in the order of [`OUTPUT_NAMES`].
    pub outputs: Vec<Output>,
    /// Means of the dense signals in training.
    pub means: Vec<f32>,
    /// Standard deviations of the dense signals in training.
    pub deviations: Vec<f32>,
    /// What scores are divided by before the softmax.
    pub temperature: f64,
    /// Below this chance of the likeliest type the type is `general`.
    pub min_chance: f64,
    /// Difficulty at which the buckets 1 to 4 begin.
    pub buckets: [f64; 4],
    /// Above this share of unseen words there is no signal.
    pub max_novelty: f64,
}

/// One output's numbers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Output {
    /// What it is.
    pub name: String,
    /// What its signed bytes are multiplied by.
    pub scale: f32,
    /// Added always.
    pub bias: f32,
    /// What each place counts: anywhere, opening, lead, shape, piece, sense, cross, end.
    pub gains: [f32; PLACES],
    /// Per dense signal.
    pub dense: Vec<f32>,
}

/// Why a weight file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum Unreadable {
    /// Not a weight file.
    #[error("not a weight file: it does not begin with \"firstmate-heads\"")]
    NotWeights,
    /// The header is cut off or no JSON of the right shape.
    #[error("the header of the weight file cannot be read: {0}")]
    Header(String),
    /// Made by other rules than this build's.
    #[error("the weight file has {what} {found}, this build reads {wanted}: train again")]
    Other {
        /// What differs.
        what: &'static str,
        /// In the file.
        found: String,
        /// In this build.
        wanted: String,
    },
}

impl<'a> Weights<'a> {
    /// Reads a weight file without copying its rows.
    ///
    /// # Errors
    /// Bytes that are no weight file, or one of another format, hashing or size.
    pub fn decode(bytes: &'a [u8]) -> Result<Self, Unreadable> {
        let rest = bytes.strip_prefix(MAGIC).ok_or(Unreadable::NotWeights)?;
        let (length, rest) = rest
            .split_first_chunk()
            .ok_or_else(|| Unreadable::Header("cut off".into()))?;
        let (header, body) = rest
            .split_at_checked(u32::from_le_bytes(*length) as usize)
            .ok_or_else(|| Unreadable::Header("cut off".into()))?;
        let header: Header =
            serde_json::from_slice(header).map_err(|error| Unreadable::Header(error.to_string()))?;
        same("format version", &header.version, &VERSION)?;
        same("hashing", &header.hashing.as_str(), &SPEC)?;
        let names: Vec<&str> = header.outputs.iter().map(|output| output.name.as_str()).collect();
        same("outputs", &names.join(","), &OUTPUT_NAMES.join(","))?;
        for given in header
            .outputs
            .iter()
            .map(|output| &output.dense)
            .chain([&header.means, &header.deviations])
        {
            same("dense signals", &given.len(), &DENSE)?;
        }
        same("bytes of weights", &body.len(), &BODY)?;
        let (rows, seen) = body.split_at(ROWS * LANES);
        let (rows, _) = rows.as_chunks();
        let (buckets, _) = rows.as_chunks();
        let dense = (0..DENSE)
            .map(|at| {
                let mut weights = [0.0; OUTPUTS];
                for (weight, output) in weights.iter_mut().zip(&header.outputs) {
                    *weight = output.dense.get(at).copied().unwrap_or_default();
                }
                weights
            })
            .collect();
        Ok(Self {
            absent: header.standard(&[0.0; DENSE]),
            header,
            buckets,
            seen,
            dense,
        })
    }

    /// The bytes of a weight file.
    ///
    /// # Errors
    /// A header that does not fit this build, or a set of another size.
    pub fn encode(header: &Header, rows: &Rows, seen: &[u8]) -> Result<Vec<u8>, Unreadable> {
        let json = serde_json::to_vec(header).map_err(|error| Unreadable::Header(error.to_string()))?;
        let length = u32::try_from(json.len()).map_err(|error| Unreadable::Header(error.to_string()))?;
        let mut bytes = MAGIC.to_vec();
        bytes.extend(length.to_le_bytes());
        bytes.extend(json);
        bytes.extend(rows.bytes());
        bytes.extend(seen);
        Weights::decode(&bytes)?;
        Ok(bytes)
    }

    /// What the file says about itself.
    #[must_use]
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// A header of this build's format, to be filled in.
    #[must_use]
    pub fn blank() -> Header {
        Header {
            version: VERSION,
            hashing: SPEC.to_owned(),
            seed: 0,
            data: String::new(),
            prompts: 0,
            outputs: Vec::new(),
            means: vec![0.0; DENSE],
            deviations: vec![1.0; DENSE],
            temperature: 1.0,
            min_chance: 0.0,
            buckets: [0.2, 0.4, 0.6, 0.8],
            max_novelty: 1.0,
        }
    }
}

fn same<T: PartialEq + ToString>(what: &'static str, found: &T, wanted: &T) -> Result<(), Unreadable> {
    if found == wanted {
        return Ok(());
    }
    Err(Unreadable::Other {
        what,
        found: found.to_string(),
        wanted: wanted.to_string(),
    })
}
