//! What must not be on both sides of a split: variations of one prompt.

use std::collections::{BTreeSet, HashMap};

use crate::random::Random;
use crate::rows::Row;

/// Of the normal form, what two prompts have in common when they are the same question.
const KEY_CHARS: usize = 80;
const BANDS: usize = 8;
const BAND_ROWS: usize = 4;
/// Of the words of two prompts of ours, so many are in both: what is said in a few words in another order.
const SHARED: f64 = 0.5;
/// Words of more prompts say nothing about which are alike.
const EVERYWHERE: usize = 300;
/// Of 32 minima, how many must agree: an estimated Jaccard similarity of 0.7.
const AGREEING: usize = 22;

/// Numbers the groups: rows with the same beginning, of the same family, or near duplicates by `MinHash` of
/// their word triples.
pub(crate) fn number(rows: &mut [Row]) {
    let mut parents: Vec<usize> = (0..rows.len()).collect();
    let mut first: HashMap<String, usize> = HashMap::new();
    let mut bands: HashMap<(usize, [u64; BAND_ROWS]), usize> = HashMap::new();
    let normal: Vec<String> = rows.iter().map(|row| normal(stem(&row.prompt))).collect();
    let minima: Vec<_> = normal.iter().map(|text| minima(text)).collect();
    for (at, row) in rows.iter().enumerate() {
        // Questions of one benchmark share long openings and differ below them.
        let whole = row.pair.is_some() || !row.scores.is_empty();
        let key: String = normal[at]
            .chars()
            .take(if whole { usize::MAX } else { KEY_CHARS })
            .collect();
        let family = row.family.as_ref().map(|family| format!("family {family}"));
        for key in [Some(format!("text {key}")), family].into_iter().flatten() {
            let other = *first.entry(key).or_insert(at);
            join(&mut parents, at, other);
        }
        for (band, part) in minima[at].chunks_exact(BAND_ROWS).enumerate() {
            let Ok(part) = part.try_into() else { continue };
            let other = *bands.entry((band, part)).or_insert(at);
            let agree = minima[at]
                .iter()
                .zip(&minima[other])
                .filter(|(a, b)| a == b)
                .count();
            if agree >= AGREEING && row.part != "agentverse-logicgrid" {
                join(&mut parents, at, other);
            }
        }
    }
    alike(rows, &normal, &mut parents);
    for (at, row) in rows.iter_mut().enumerate() {
        row.group = root(&mut parents, at);
    }
}

/// Joins prompts of ours that have half of their words in common.
fn alike(rows: &[Row], normal: &[String], parents: &mut [usize]) {
    let own = rows.iter().enumerate().filter(|(_, row)| row.is_own());
    let words: HashMap<usize, BTreeSet<&str>> = own
        .map(|(at, _)| {
            (
                at,
                normal[at].split(' ').filter(|word| !word.is_empty()).collect(),
            )
        })
        .collect();
    let mut having: HashMap<&str, Vec<usize>> = HashMap::new();
    let mut order: Vec<usize> = words.keys().copied().collect();
    order.sort_unstable();
    for at in &order {
        for word in &words[at] {
            having.entry(word).or_default().push(*at);
        }
    }
    for at in order {
        let rare = words[&at].iter().map(|word| &having[word]);
        let others: BTreeSet<usize> = rare
            .filter(|all| all.len() <= EVERYWHERE)
            .flatten()
            .copied()
            .collect();
        for other in others.into_iter().filter(|other| *other > at) {
            let both = words[&at].intersection(&words[&other]).count();
            let either = words[&at].len() + words[&other].len() - both;
            if both as f64 >= SHARED * either as f64 {
                join(parents, at, other);
            }
        }
    }
}

/// Which of `folds` parts each row is in; a group is in one.
pub(crate) fn folds(groups: &[usize], folds: usize, seed: u64) -> Vec<usize> {
    let mut names: Vec<usize> = groups.to_vec();
    names.sort_unstable();
    names.dedup();
    Random::new(seed).shuffle(&mut names);
    let fold: HashMap<usize, usize> = names
        .into_iter()
        .enumerate()
        .map(|(at, group)| (group, at % folds))
        .collect();
    groups.iter().map(|group| fold[group]).collect()
}

/// A question without its answer options.
pub(crate) fn stem(prompt: &str) -> &str {
    prompt
        .split_once("\nA. ")
        .or_else(|| prompt.split_once("\nA) "))
        .map_or(prompt, |(stem, _)| stem)
}

/// Lower case, every run of other than letters and digits one blank.
pub(crate) fn normal(text: &str) -> String {
    let words = text
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty());
    words.map(str::to_lowercase).collect::<Vec<_>>().join(" ")
}

fn minima(text: &str) -> Vec<u64> {
    let words: Vec<&str> = text.split(' ').collect();
    let mut minima = vec![u64::MAX; BANDS * BAND_ROWS];
    for triple in words.windows(3.min(words.len())) {
        let hash = triple
            .iter()
            .flat_map(|word| word.bytes().chain([b' ']))
            .fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
                (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
            });
        for (at, minimum) in minima.iter_mut().enumerate() {
            *minimum = (*minimum).min(Random::new(hash ^ (at as u64) << 56).next());
        }
    }
    minima
}

fn join(parents: &mut [usize], left: usize, right: usize) {
    let (left, right) = (root(parents, left), root(parents, right));
    parents[left.max(right)] = left.min(right);
}

fn root(parents: &mut [usize], mut at: usize) -> usize {
    while parents[at] != at {
        parents[at] = parents[parents[at]];
        at = parents[at];
    }
    at
}
