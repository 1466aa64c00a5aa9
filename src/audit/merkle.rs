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
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::Digest;

    fn hex(hash: &Hash) -> String {
        Digest::from_bytes(*hash).to_string()
    }

    /// The entries that implementations of certificate transparency test with.
    const ENTRIES: [&[u8]; 8] = [
        b"",
        b"\x00",
        b"\x10",
        b"\x20\x21",
        b"\x30\x31",
        b"\x40\x41\x42\x43",
        b"\x50\x51\x52\x53\x54\x55\x56\x57",
        b"\x60\x61\x62\x63\x64\x65\x66\x67\x68\x69\x6a\x6b\x6c\x6d\x6e\x6f",
    ];

    /// The roots over the first one, two, and so on of them.
    const ROOTS: [&str; 8] = [
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
        "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
        "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    ];

    fn leaves() -> Vec<Hash> {
        ENTRIES.iter().map(|entry| leaf(entry)).collect()
    }

    fn numbered(count: u64) -> Vec<Hash> {
        (0..count).map(|number| leaf(&number.to_be_bytes())).collect()
    }

    #[test]
    fn roots_are_those_of_certificate_transparency() {
        let mut frontier = Frontier::default();
        // SHA-256 of nothing.
        let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        assert_eq!(hex(&frontier.root()), empty);
        for (count, expect) in (1..).zip(ROOTS) {
            frontier.push(leaves()[count - 1]);
            assert_eq!(
                (hex(&frontier.root()), frontier.size()),
                (expect.to_owned(), count as u64)
            );
            assert_eq!(hex(&root(&leaves()[..count])), expect);
        }
    }

    #[test]
    fn hashes_are_those_of_sha_256() {
        let hash = |parts: &[&[u8]]| -> Hash { Sha256::digest(parts.concat()).into() };
        let mut left = Hash::default();
        for length in 0..300_u16 {
            let entry: Vec<u8> = (0..length).map(|at| (at % 251) as u8).collect();
            let right = leaf(&entry);
            assert_eq!(right, hash(&[&[0], &entry]), "{length} bytes");
            assert_eq!(node(&left, &right), hash(&[&[1], &left, &right]));
            left = right;
        }
    }

    #[test]
    fn proofs_are_those_of_the_rfc() {
        let told = |proof: Vec<Hash>| {
            proof
                .iter()
                .map(|hash| hex(hash)[..8].to_owned())
                .collect::<Vec<_>>()
        };
        // The paths of the first and last leaf, of the sixth in 8 and the third in 3, and the proofs for 1, 2 and 6 in 8.
        assert_eq!(
            told(inclusion(&leaves(), 0)),
            ["96a296d2", "5f083f0a", "6b47aaf2"]
        );
        assert_eq!(
            told(inclusion(&leaves(), 5)),
            ["bc1a0643", "ca854ea1", "d37ee418"]
        );
        assert_eq!(told(inclusion(&leaves()[..3], 2)), ["fac54203"]);
        assert_eq!(
            told(consistency(&leaves(), 1)),
            ["96a296d2", "5f083f0a", "6b47aaf2"]
        );
        assert_eq!(
            told(consistency(&leaves(), 6)),
            ["0ebc5d34", "ca854ea1", "d37ee418"]
        );
        assert_eq!(told(consistency(&leaves()[..5], 2)), ["5f083f0a", "bc1a0643"]);
    }

    #[test]
    fn every_leaf_of_every_small_tree_is_proven_and_no_other() {
        for size in 1..40_u64 {
            let leaves = numbered(size);
            let root = root(&leaves);
            for index in 0..size {
                let proof = inclusion(&leaves, index as usize);
                let leaf = &leaves[index as usize];
                assert!(includes(&root, size, index, leaf, &proof), "{index} of {size}");
                for other in (0..size).filter(|other| *other != index) {
                    assert!(
                        !includes(&root, size, other, leaf, &proof),
                        "{index} as {other} of {size}"
                    );
                }
                let mut longer = proof.clone();
                longer.push(root);
                assert!(!includes(&root, size, index, leaf, &longer));
                if let Some((_, shorter)) = proof.split_last() {
                    assert!(!includes(&root, size, index, leaf, shorter));
                }
            }
        }
    }

    #[test]
    fn every_small_tree_continues_all_before_it_and_no_other() {
        for size in 1..40_u64 {
            let leaves = numbered(size);
            let new = root(&leaves);
            for old_size in 0..=size {
                let old = root(&leaves[..old_size as usize]);
                let proof = consistency(&leaves, old_size as usize);
                assert!(
                    continues((old_size, &old), (size, &new), &proof),
                    "{old_size} in {size}"
                );
                if old_size > 0 {
                    let forged = leaf(b"another history");
                    assert!(!continues((old_size, &forged), (size, &new), &proof));
                    assert!(!continues((old_size, &old), (size, &forged), &proof));
                }
            }
        }
    }

    #[test]
    fn a_frontier_goes_on_from_its_parts() {
        let leaves = numbered(100);
        for cut in 0..100 {
            let mut frontier = Frontier::default();
            leaves[..cut].iter().for_each(|leaf| frontier.push(*leaf));
            let mut again = Frontier::from_parts(frontier.size(), frontier.peaks().to_vec()).unwrap();
            leaves[cut..].iter().for_each(|leaf| again.push(*leaf));
            assert_eq!(again.root(), root(&leaves));
        }
        assert_eq!(Frontier::from_parts(3, vec![leaf(b"one too few")]), None);
    }

    proptest! {
        #[test]
        fn no_proof_makes_checking_panic(
            size: u64, index: u64, old: u64, proof in prop::collection::vec(any::<Hash>(), 0..80),
        ) {
            let hash = leaf(b"x");
            prop_assert!(!includes(&hash, size, index, &hash, &proof) || proof.is_empty());
            let _any = continues((old, &hash), (size, &hash), &proof);
        }
    }
}
