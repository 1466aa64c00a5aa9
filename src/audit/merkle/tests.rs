//! Roots, proofs and what they refuse.

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
