//! Which language a task is asked in, by its script and its commonest small words.

use super::features::Features;

/// How many languages are told by their words.
pub(super) const LANGUAGES: usize = 11;
/// Small words that few other languages have; each once.
#[rustfmt::skip]
pub(super) const WORDS: [(&str, &str); LANGUAGES] = [
    ("en", "the of and is to in for that this with how what why are does from it my our write which when where"),
    ("de", "der die das und ist nicht ein eine einen wie warum mit für auf ich wir bitte dem den von zu auch mir"),
    ("fr", "le la les des une est pour que dans avec sur pourquoi comment je vous nous du et qui pas ce cette peux"),
    ("es", "el los las una es para que en con por qué cómo del y mi esta este se puedes hazme quiero está"),
    ("pt", "o os as uma é para que em com por como não do da dos você meu minha isso este esta quero são"),
    ("it", "il gli una è per che con come perché non di della del mi questo questa sono puoi fammi vorrei"),
    ("nl", "het een van niet is voor met hoe waarom ik wij deze dit zijn naar kun je maak"),
    ("pl", "nie jest że się na do jak dlaczego w z dla mi proszę czy co ile to"),
    ("sv", "och är det att en ett inte för med hur varför jag vi som på av den"),
    ("tr", "bir ve bu için nasıl neden ile mı mi ne bana benim lütfen değil olarak yazar"),
    ("vi", "là và của cho tôi không như thế nào tại sao một các này khi với được"),
];

/// Scripts by their first UTF-8 bytes, with the language most of their texts are in.
const SCRIPTS: [(std::ops::RangeInclusive<[u8; 2]>, &str); 9] = [
    ([0xe3, 0x81]..=[0xe3, 0x83], "ja"),
    ([0xe3, 0x84]..=[0xe9, 0xff], "zh"),
    ([0xea, 0xb0]..=[0xed, 0x9e], "ko"),
    ([0xd0, 0x00]..=[0xd3, 0xff], "ru"),
    ([0xd8, 0x00]..=[0xdb, 0xff], "ar"),
    ([0xd6, 0x90]..=[0xd7, 0xff], "he"),
    ([0xcd, 0xb0]..=[0xcf, 0xff], "el"),
    ([0xe0, 0xa4]..=[0xe0, 0xa5], "hi"),
    ([0xe0, 0xb8]..=[0xe0, 0xb9], "th"),
];
/// A script counts from this many of its letters on, and from this share of all bytes.
const LETTERS: usize = 4;
const SHARE: usize = 8;
/// Of a longer text this much is looked at.
const MAX_BYTES: usize = 2_048;

/// The language of `task` as an ISO 639-1 code: English where nothing speaks for another.
pub(super) fn language(task: &str, features: &Features) -> &'static str {
    if features.counts.wide > 0
        && let Some(language) = by_script(task)
    {
        return language;
    }
    let hits = &features.languages;
    // The first of equals: English before the others.
    let most = hits.iter().max().copied().unwrap_or_default();
    let best = hits.iter().position(|hits| *hits == most).filter(|_| most > 0);
    best.and_then(|at| WORDS.get(at))
        .map_or("en", |(language, _)| language)
}

fn by_script(task: &str) -> Option<&'static str> {
    let bytes = task.as_bytes();
    let bytes = bytes.get(..MAX_BYTES).unwrap_or(bytes);
    let mut counts = [0usize; SCRIPTS.len()];
    for pair in bytes.windows(2) {
        let &[first, second] = pair else { continue };
        if first >= 0xc0 {
            let script = SCRIPTS
                .iter()
                .position(|(range, _)| range.contains(&[first, second]));
            if let Some(count) = script.and_then(|at| counts.get_mut(at)) {
                *count += 1;
            }
        }
    }
    // Japanese has Chinese characters, too: a few kana decide.
    let kana = counts.first().copied().unwrap_or_default();
    if kana >= LETTERS {
        return Some("ja");
    }
    let (at, count) = counts
        .iter()
        .copied()
        .enumerate()
        .max_by_key(|(_, count)| *count)?;
    let enough = count >= LETTERS && count * 2 * SHARE >= bytes.len();
    SCRIPTS.get(at).filter(|_| enough).map(|(_, language)| *language)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn languages_are_told_apart() {
        for (language_of_it, task) in [
            ("en", "fix the login handler"),
            ("en", "uuid v7"),
            ("de", "warum ist der Build rot und wie kann ich das beheben"),
            ("fr", "pourquoi est-ce que les tests sont lents"),
            ("es", "cómo puedo hacer una consulta para los usuarios"),
            ("pt", "por que não funciona o meu teste"),
            ("it", "perché il test non è verde"),
            ("pl", "dlaczego to nie działa"),
            ("ru", "почему тест падает"),
            ("ja", "この関数を説明してください"),
            ("zh", "把这句话改得更礼貌一点"),
            ("ko", "이 함수를 설명해 주세요"),
            ("hi", "यह परीक्षण क्यों विफल होता है"),
        ] {
            assert_eq!(
                language(task, &Features::of(task, None)),
                language_of_it,
                "{task}"
            );
        }
    }
}
