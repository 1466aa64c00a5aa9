//! An index and what is read from its bytes.

use std::sync::LazyLock;

use proptest::prelude::*;

use super::*;
use crate::domain::lesson::Provenance;
use crate::domain::{Entity, EntityKind, Lesson, LessonId, LessonKind, LessonState, Timestamp};
use crate::knowledge::essence::Essence;
use crate::knowledge::record::{first_revision, superseded};
use crate::knowledge::search::answer;
use crate::knowledge::{Mode, NewLesson, Query, dedupe};

const NOW: i64 = 1_767_225_600;
const TEXTS: [&str; 8] = [
    "Retry the deploy when the registry answers 503, it recovers within two minutes.",
    "The importer drops rows with an empty tenant; see src/import/rows.rs for the check.",
    "Pin the parser to 1.4.2, because 1.5.0 changed what parseHTTPHeader returns.",
    "Never run the migration before the backup of the ledger is complete.",
    "Docker builds are fast again with --mount=type=cache on the dependencies.",
    "Tokens of the auth gateway expire after 15 minutes, so refresh them in the worker.",
    "The payment tests fail around midnight because the clock is not held still.",
    "Перезапустить кэш перед выкладкой, иначе старые ключи остаются.",
];

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(NOW + seconds).unwrap()
}

/// The first revision of lesson `n`: with a label, in a run, for a time, unconfirmed or long, as it comes.
fn lesson(n: usize) -> Lesson {
    let text = TEXTS[n % TEXTS.len()];
    let text = match n {
        0..8 => text.to_owned(),
        _ if n.is_multiple_of(13) => format!("Case {n}. {}", TEXTS.join(" ").repeat(3)),
        _ => format!("Case {n}: {text}"),
    };
    let new = NewLesson {
        tags: if n.is_multiple_of(3) {
            vec!["ci".to_owned()]
        } else {
            Vec::new()
        },
        context: n.is_multiple_of(5).then(|| "In the nightly pipeline.".to_owned()),
        kind: if n.is_multiple_of(4) {
            LessonKind::Run
        } else {
            LessonKind::Note
        },
        about: if n.is_multiple_of(6) {
            vec![Entity::new(EntityKind::Tool, "cargo")]
        } else {
            Vec::new()
        },
        expires_at: n.is_multiple_of(7).then(|| at(60 * n as i64)),
        candidate: n % 11 == 10,
        provenance: Provenance {
            run: n.is_multiple_of(2).then(|| format!("run-{}", n / 6)),
            ..Provenance::default()
        },
        ..NewLesson::note(text)
    };
    let id = LessonId::new(format!("{n:032x}"));
    first_revision(&new, id, dedupe::digest(&new.text), at(n as i64))
}

/// `count` lessons, some of them replaced, taken back or confirmed later.
fn grown(count: usize) -> Index {
    let mut index = Index::default();
    for n in 0..count {
        let new = lesson(n);
        let old = lesson(n / 2);
        apply(&mut index, &new);
        let later = match n % 9 {
            3 => superseded(old, &new.id, at(n as i64)),
            5 => Lesson {
                state: LessonState::Retracted,
                ..old
            },
            7 => Lesson {
                state: LessonState::Active,
                confirmations: 2,
                ..old
            },
            8 => Lesson {
                contradicts: vec![new.id.clone()],
                ..old
            },
            _ => continue,
        };
        apply(
            &mut index,
            &Lesson {
                revision: 2 + n as u32,
                ..later
            },
        );
    }
    index
}

fn apply(index: &mut Index, lesson: &Lesson) {
    index.apply(index.last() + 1, lesson);
}

/// All that somebody could ask an index, and what it answers.
fn answers(index: &Index) -> String {
    let texts = [
        "deploy registry",
        "parse header",
        "cache",
        "midnigth paymnet",
        "кэш",
        "what breaks if I upgrade",
    ];
    let mut all = Vec::new();
    for text in texts {
        let query = Query {
            limit: 20,
            ..Query::new(text)
        };
        let asked = [
            query.clone(),
            Query {
                mode: Mode::Lexical,
                ..query.clone()
            },
            Query {
                mode: Mode::Semantic,
                ..query.clone()
            },
            Query {
                is_text: true,
                ..query.clone()
            },
            Query {
                tags: vec!["ci".to_owned()],
                ..query.clone()
            },
            Query {
                kinds: vec![LessonKind::Run],
                since: Some(at(20)),
                ..query.clone()
            },
            Query {
                include_candidates: true,
                ..query.clone()
            },
            Query {
                around: Some(Entity::new(EntityKind::Tool, "cargo")),
                hops: 2,
                ..query.clone()
            },
            Query {
                around: Some(Entity::new(EntityKind::Run, "run-1")),
                ..query.clone()
            },
            Query {
                around: Some(Entity::new(EntityKind::File, "src/import/rows.rs")),
                hops: 2,
                ..query.clone()
            },
            Query {
                around: Some(Entity::new(EntityKind::Lesson, format!("{:032x}", 3))),
                ..query
            },
        ];
        all.extend(
            asked
                .iter()
                .map(|query| format!("{:?}", answer(index, query, None, at(600)))),
        );
    }
    for text in TEXTS
        .iter()
        .flat_map(|text| [(*text).to_owned(), text.to_uppercase(), text.replace("15", "30")])
    {
        let essence = Essence::of(&text);
        all.push(format!(
            "{:?} {:?} {:?}",
            index.twin(&dedupe::digest(&text)),
            index.same_essence(&essence),
            index.same_shape(&essence)
        ));
    }
    for slot in 0..index.entries.n_slots() as Slot {
        all.push(format!(
            "{:?}",
            index.entries.neighbours(slot).collect::<Vec<_>>()
        ));
    }
    all.push(format!("{} {}", index.live(), index.last()));
    all.join("\n")
}

#[test]
fn it_answers_as_the_index_did_and_goes_on_as_it_would() {
    for count in [0, 1, 60] {
        let mut index = grown(count);
        let mut again = Index::from_bytes(&index.to_bytes()).unwrap();
        assert_eq!(answers(&index), answers(&again), "{count} lessons");
        for n in count..count + 40 {
            apply(&mut index, &lesson(n));
            apply(&mut again, &lesson(n));
        }
        let ends = [&index, &again].map(|index| index.ends_with(index.last(), &lesson(count + 39)));
        assert_eq!(ends, [true, true]);
        assert_eq!(answers(&index), answers(&again), "{count} lessons and more");
    }
}

#[test]
fn it_is_the_same_after_removed_lessons_were_swept() {
    let mut index = grown(20);
    let slots = index.entries.n_slots();
    // Every other text replaces the one before.
    for n in 0..1_100 {
        let text = format!("The freeze of week {n} is over.");
        let one = Lesson {
            text,
            revision: n + 2,
            ..lesson(1)
        };
        apply(&mut index, &one);
    }
    assert!(index.entries.n_slots() < slots + 1_000, "it was swept");
    let again = Index::from_bytes(&index.to_bytes()).unwrap();
    assert_eq!(answers(&index), answers(&again));
}

#[test]
fn other_bytes_are_no_index() {
    for bytes in [&b""[..], b"FMIX", &[0; 64]] {
        assert_eq!(Index::from_bytes(bytes).map(|_| ()), Err(Damaged));
    }
    // As if another version had written it.
    for at in [0, 4, 8] {
        let mut bytes = SMALL.clone();
        bytes[at] ^= 1;
        assert_eq!(
            Index::from_bytes(&sealed(bytes)).map(|_| ()),
            Err(Damaged),
            "byte {at}"
        );
    }
}

static SMALL: LazyLock<Vec<u8>> = LazyLock::new(|| grown(14).to_bytes());

/// The same with the check sum that belongs to it.
fn sealed(mut bytes: Vec<u8>) -> Vec<u8> {
    let body = bytes.len() - 4;
    let crc = crc32fast::hash(&bytes[..body]);
    bytes[body..].copy_from_slice(&crc.to_le_bytes());
    bytes
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn no_flipped_bit_is_taken(at in any::<prop::sample::Index>(), bit in 0..8) {
        let mut bytes = SMALL.clone();
        let at = at.index(bytes.len());
        bytes[at] ^= 1_u8 << bit;
        prop_assert!(Index::from_bytes(&bytes).is_err());
    }

    #[test]
    fn no_beginning_is_taken(end in any::<prop::sample::Index>()) {
        let end = end.index(SMALL.len());
        prop_assert!(Index::from_bytes(&SMALL[..end]).is_err());
    }

    /// What is wrong in a file with a right check sum may be taken, but must not bring the process down.
    #[test]
    fn nothing_in_a_forged_index_panics(
        at in any::<prop::sample::Index>(),
        value in prop::sample::select(vec![0_u8, 1, 0x7f, 0x80, 0xff]),
        count in 1_usize..9,
    ) {
        let mut bytes = SMALL.clone();
        let at = at.index(bytes.len() - count);
        bytes[at..at + count].fill(value);
        if let Ok(mut index) = Index::from_bytes(&sealed(bytes)) {
            let query = Query { include_candidates: true, ..Query::new("deploy the registry again") };
            let _ranking = answer(&index, &query, None, at_end());
            for n in 0..4 {
                let lesson = Lesson { state: LessonState::Retracted, revision: 9, ..lesson(n) };
                index.apply(u64::MAX - 4 + n as u64, &lesson);
            }
        }
    }
}

fn at_end() -> Timestamp {
    at(600)
}
