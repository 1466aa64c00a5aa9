//! The Merkle tree of RFC 6962, section 2.1 (RFC 9162, section 2.1, is the same tree).
//!
//! A leaf is SHA-256(0x00 || entry), a node SHA-256(0x01 || left || right); the two prefixes keep an entry
//! from passing for a node. A tree of `n` leaves splits at the largest power of two below `n`, so that what
//! was once a whole subtree never changes again: that is what makes appending cheap and proofs short.

use sha2::block_api::compress256;
use sha2::{Digest as _, Sha256};

/// SHA-256 of a leaf or node, or of a whole tree.
pub type Hash = [u8; 32];

/// The hash of an entry as a leaf.
#[must_use]
pub fn leaf(entry: &[u8]) -> Hash {
    let (mut state, mut first) = (START, BLOCK);
    let Some((begin, rest)) = entry.split_first_chunk::<63>() else {
        return Sha256::new()
            .chain_update([0])
            .chain_update(entry)
            .finalize()
            .into();
    };
    if let Some(place) = first.last_chunk_mut() {
        *place = *begin;
    }
    compress256(&mut state, &[first]);
    let (blocks, end) = rest.as_chunks();
    compress256(&mut state, blocks);
    // What is left, a one bit, zeros, and the length in bits.
    let mut last = [BLOCK; 2];
    let bytes = last.as_flattened_mut();
    for (place, byte) in bytes.iter_mut().zip(end.iter().chain(&[0x80])) {
        *place = *byte;
    }
    let bits = 8 * (entry.len() as u64 + 1);
    let blocks = if end.len() < 56 {
        &mut last[..1]
    } else {
        &mut last[..]
    };
    if let Some(place) = blocks.as_flattened_mut().last_chunk_mut() {
        *place = bits.to_be_bytes();
    }
    compress256(&mut state, blocks);
    digest(state)
}

/// The hash of a node over its two children.
#[must_use]
pub fn node(left: &Hash, right: &Hash) -> Hash {
    let (mut state, mut message) = (START, [BLOCK; 2]);
    // A one, the two children, a one bit, zeros, and the length: 65 bytes are 520 bits.
    let ([first, second], [head @ .., last]) = (&mut message, right);
    first[0] = 1;
    first[1..33].copy_from_slice(left);
    first[33..].copy_from_slice(head);
    (second[0], second[1]) = (*last, 0x80);
    second[62..].copy_from_slice(&520_u16.to_be_bytes());
    compress256(&mut state, &message);
    digest(state)
}

/// The state that SHA-256 begins with (FIPS 180-4, section 5.3.3).
const START: [u32; 8] = [
    0x6a09_e667,
    0xbb67_ae85,
    0x3c6e_f372,
    0xa54f_f53a,
    0x510e_527f,
    0x9b05_688c,
    0x1f83_d9ab,
    0x5be0_cd19,
];
const BLOCK: [u8; 64] = [0; 64];

/// Millions of entries are hashed to verify a log, and most of the rest that hashing takes is copying into a buffer: so
/// the blocks are laid out here.
fn digest(state: [u32; 8]) -> Hash {
    let mut hash = Hash::default();
    let words = hash.as_chunks_mut::<4>().0.iter_mut();
    words
        .zip(state)
        .for_each(|(place, word)| *place = word.to_be_bytes());
    hash
}

/// All that has to be known of a tree to add a leaf: the roots of its whole subtrees, the largest first. There
/// is one for each bit that is set in the number of leaves, 64 at most.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Frontier {
    size: u64,
    peaks: Vec<Hash>,
}

impl Frontier {
    /// The frontier with these parts; `None` when there are not as many subtrees as `size` has bits.
    #[must_use]
    pub fn from_parts(size: u64, peaks: Vec<Hash>) -> Option<Self> {
        (size.count_ones() as usize == peaks.len()).then_some(Self { size, peaks })
    }

    /// Adds a leaf.
    pub fn push(&mut self, leaf: Hash) {
        let mut hash = leaf;
        // Each bit that is carried is a subtree that became the left half of a larger one.
        for _ in 0..self.size.trailing_ones() {
            if let Some(left) = self.peaks.pop() {
                hash = node(&left, &hash);
            }
        }
        self.peaks.push(hash);
        self.size += 1;
    }

    /// The number of leaves.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.size
    }

    /// The roots of the whole subtrees, the largest first.
    #[must_use]
    pub fn peaks(&self) -> &[Hash] {
        &self.peaks
    }

    /// The hash of the whole tree; SHA-256 of nothing for an empty one.
    #[must_use]
    pub fn root(&self) -> Hash {
        let mut peaks = self.peaks.iter().rev();
        let Some(last) = peaks.next() else {
            return Sha256::digest([]).into();
        };
        peaks.fold(*last, |right, left| node(left, &right))
    }
}

/// The hash of the tree over `leaves`.
#[must_use]
pub fn root(leaves: &[Hash]) -> Hash {
    let mut frontier = Frontier::default();
    leaves.iter().for_each(|leaf| frontier.push(*leaf));
    frontier.root()
}

/// What proves that leaf `index` (from 0) is in the tree over `leaves`: the neighbours on the way to the root,
/// nearest first. Empty when there is no such leaf.
#[must_use]
pub fn inclusion(leaves: &[Hash], index: usize) -> Vec<Hash> {
    let mut proof = Vec::new();
    let (mut part, mut at) = (leaves, index);
    while at < part.len() && part.len() > 1 {
        let (left, right) = part.split_at(split(part.len()));
        if at < left.len() {
            proof.push(root(right));
            part = left;
        } else {
            proof.push(root(left));
            at -= left.len();
            part = right;
        }
    }
    proof.reverse();
    proof
}

/// What proves that the tree over the first `old` of `leaves` is the beginning of the tree over all of them.
/// Empty when `old` is 0, all, or more than there are: those need no proof, or have none.
#[must_use]
pub fn consistency(leaves: &[Hash], old: usize) -> Vec<Hash> {
    let mut proof = Vec::new();
    if old == 0 || old >= leaves.len() {
        return proof;
    }
    let (mut part, mut at, mut known) = (leaves, old, true);
    while at != part.len() {
        let (left, right) = part.split_at(split(part.len()));
        if at <= left.len() {
            proof.push(root(right));
            part = left;
        } else {
            proof.push(root(left));
            at -= left.len();
            part = right;
            known = false;
        }
    }
    // Who holds the old root has this one already.
    if !known {
        proof.push(root(part));
    }
    proof.reverse();
    proof
}

/// Whether `proof` leads from `leaf`, number `index` (from 0) of `size`, to `root` (RFC 9162, section 2.1.3.2).
#[must_use]
pub fn includes(root: &Hash, size: u64, index: u64, leaf: &Hash, proof: &[Hash]) -> bool {
    if index >= size {
        return false;
    }
    let (mut at, mut last, mut hash) = (index, size - 1, *leaf);
    for neighbour in proof {
        if last == 0 {
            return false;
        }
        if at & 1 == 1 || at == last {
            hash = node(neighbour, &hash);
            while at & 1 == 0 && at != 0 {
                (at, last) = (at >> 1, last >> 1);
            }
        } else {
            hash = node(&hash, neighbour);
        }
        (at, last) = (at >> 1, last >> 1);
    }
    last == 0 && hash == *root
}

/// Whether `proof` leads from the tree `old`, a number of leaves and their root, to the larger tree `new`
/// (RFC 9162, section 2.1.4.2).
#[must_use]
pub fn continues(old: (u64, &Hash), new: (u64, &Hash), proof: &[Hash]) -> bool {
    let ((old_size, old_root), (new_size, new_root)) = (old, new);
    if old_size == 0 || old_size >= new_size {
        // Every tree continues the empty one, and only the same tree is one of the same size.
        let same = old_size == 0 || old == new;
        return same && proof.is_empty();
    }
    let (first, rest) = match old_size.is_power_of_two() {
        true => (old_root, proof),
        false => match proof.split_first() {
            Some(split) => split,
            None => return false,
        },
    };
    let (mut at, mut last) = (old_size - 1, new_size - 1);
    while at & 1 == 1 {
        (at, last) = (at >> 1, last >> 1);
    }
    let (mut of_old, mut of_new) = (*first, *first);
    for neighbour in rest {
        if last == 0 {
            return false;
        }
        if at & 1 == 1 || at == last {
            of_old = node(neighbour, &of_old);
            of_new = node(neighbour, &of_new);
            while at & 1 == 0 && at != 0 {
                (at, last) = (at >> 1, last >> 1);
            }
        } else {
            of_new = node(&of_new, neighbour);
        }
        (at, last) = (at >> 1, last >> 1);
    }
    last == 0 && of_old == *old_root && of_new == *new_root
}

/// The largest power of two below `length`, which is at least 2.
fn split(length: usize) -> usize {
    (length / 2 + 1)
        .next_power_of_two()
        .min(length.next_power_of_two() / 2)
}

#[cfg(test)]
mod tests;
