//! Whether letters stand in an order that words do not have.

/// For each letter, how surprising each next letter is, in bits from 0 to 9: counted over the words in
/// names and comments of Rust and Python sources.
const SURPRISE: [&[u8; 26]; 26] = [
    b"85448759597343949342667769",
    b"36563779348367469446399959",
    b"37573674594467269453578979",
    b"46642678387567468446566779",
    b"47436568798553657334856579",
    b"47654379299466369445599969",
    b"47662664497564558346478989",
    b"27652788397657379454586968",
    b"56445559999442359544959795",
    b"46562689496687359736379989",
    b"47641668399555669735676979",
    b"37752779397377359855579949",
    b"35662778398657439745599989",
    b"47433537496676469743569989",
    b"65458669696442549345455799",
    b"37563775497477349344577969",
    b"67656779799475669558177999",
    b"37552669397656369544668959",
    b"58473774397666448642477857",
    b"38562694299667469345588759",
    b"54564569499443749333989799",
    b"37671668299667569656998899",
    b"36653695399653457446887799",
    b"46453566499557638652777769",
    b"56554677498443529534966997",
    b"38661888499667479777688976",
];

/// The mean surprise of the pairs of letters in `text`, and how many pairs that is. Of words of eight letters
/// and more one in fifty is above 4.7, of letters drawn by lot one in fifty is below 4.5.
pub(super) fn surprise(text: &[u8]) -> (f64, usize) {
    let (mut sum, mut count) = (0_u32, 0_usize);
    for pair in text.windows(2) {
        let &[first, second] = pair else { continue };
        if !first.is_ascii_alphabetic() || !second.is_ascii_alphabetic() {
            continue;
        }
        // A capital starts a word of its own.
        if first.is_ascii_lowercase() && second.is_ascii_uppercase() {
            continue;
        }
        let row = usize::from(first.to_ascii_lowercase() - b'a');
        let column = usize::from(second.to_ascii_lowercase() - b'a');
        let bits = SURPRISE.get(row).and_then(|row| row.get(column)).copied();
        sum += u32::from(bits.unwrap_or(b'0') - b'0');
        count += 1;
    }
    let mean = if count == 0 {
        0.0
    } else {
        f64::from(sum) / count as f64
    };
    (mean, count)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_do_not_surprise_and_drawn_letters_do() {
        for word in ["configuration", "authenticate", "opensesame", "HeaderValue"] {
            assert!(surprise(word.as_bytes()).0 < 4.7, "{word}");
        }
        for drawn in ["qzkvjxwp", "xkvbqmzrt"] {
            assert!(surprise(drawn.as_bytes()).0 > 4.7, "{drawn}");
        }
    }
}
