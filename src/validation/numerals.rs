//! Small numbers as people write them in words.

/// The number that an English word in lower case stands for, zero to twenty.
pub(super) fn in_words(word: &str) -> Option<u8> {
    const WORDS: [&str; 21] = [
        "zero",
        "one",
        "two",
        "three",
        "four",
        "five",
        "six",
        "seven",
        "eight",
        "nine",
        "ten",
        "eleven",
        "twelve",
        "thirteen",
        "fourteen",
        "fifteen",
        "sixteen",
        "seventeen",
        "eighteen",
        "nineteen",
        "twenty",
    ];
    (0..)
        .zip(WORDS)
        .find(|(_, known)| *known == word)
        .map(|(number, _)| number)
}
