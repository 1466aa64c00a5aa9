//! Whatever is called in whatever order: sled answers as memory does.

use proptest::prelude::*;

use super::*;

/// A call on the seams, small enough for two of them to meet.
#[derive(Debug, Clone)]
enum Call {
    Commit {
        run: u8,
        expected: u64,
        key: Option<u8>,
        reserve: Option<(u8, u64)>,
        settle: Option<(u8, u64)>,
        end: bool,
    },
    Put {
        lessons: Vec<(u8, u32)>,
    },
    Limit(Option<u64>),
    Audit(u8),
    Read,
}

fn call() -> impl Strategy<Value = Call> {
    let charge = || proptest::option::of((0..3_u8, 0..60_u64));
    let commit = (
        0..3_u8,
        0..4_u64,
        proptest::option::of(0..4_u8),
        charge(),
        charge(),
        any::<bool>(),
    );
    prop_oneof![
        6 => commit.prop_map(|(run, expected, key, reserve, settle, end)| Call::Commit { run, expected, key, reserve, settle, end }),
        3 => prop::collection::vec((0..3_u8, 1..4_u32), 0..3).prop_map(|lessons| Call::Put { lessons }),
        1 => proptest::option::of(0..200_u64).prop_map(Call::Limit),
        1 => (0..3_u8).prop_map(Call::Audit),
        1 => Just(Call::Read),
    ]
}

async fn answer(stores: &Stores, call: &Call) -> String {
    let charge = |charge: &Option<(u8, u64)>| {
        let charge = charge.map(|(id, amount)| samples::charge(&id.to_string(), amount));
        charge.into_iter().collect()
    };
    match call {
        Call::Commit {
            run,
            expected,
            key,
            reserve,
            settle,
            end,
        } => {
            let event = match end {
                true => samples::failed_at(i64::from(*run)),
                false => created("t"),
            };
            let change = Change {
                reserve: charge(reserve),
                settle: charge(settle),
                idempotency: key.map(|key| crate::store::IdempotencyKey {
                    key: key.to_string(),
                    request: crate::domain::Digest::of(&[*run]),
                }),
                ..change(&run.to_string(), *expected, vec![event])
            };
            format!("{:?}", stores.journal.commit(change).await.unwrap())
        }
        Call::Put { lessons } => {
            let lessons = lessons
                .iter()
                .map(|(id, revision)| lesson(&id.to_string(), *revision));
            format!(
                "{:?}",
                stores.lessons.put(&scope(), lessons.collect()).await.unwrap()
            )
        }
        Call::Limit(limit) => {
            let limit = limit.map(crate::domain::MicroUsd);
            format!("{:?}", stores.budgets.set_limit(&scope(), limit).await.unwrap())
        }
        Call::Audit(via) => {
            let entry = samples::entry(&scope(), &via.to_string());
            format!("{:?}", stores.audit.append(entry.into()).await.unwrap())
        }
        Call::Read => {
            let mut read = vec![
                format!("{:?}", stores.budgets.standing(&scope()).await.unwrap()),
                format!("{:?}", stores.journal.unfinished(&scope(), 2).await.unwrap()),
                format!("{:?}", stores.lessons.after(&scope(), 1, 3).await.unwrap()),
                format!("{:?}", stores.audit.entries(&scope(), 1, 2).await.unwrap()),
            ];
            for run in 0..3 {
                let run = RunId::new(run.to_string());
                read.push(format!(
                    "{:?}",
                    stores.journal.replay(&scope(), &run, 1).await.unwrap()
                ));
            }
            read.join("; ")
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn memory_and_sled_answer_alike(calls in prop::collection::vec(call(), 1..60), reopen in 0..60_usize) {
        let dir = tempfile::tempdir().unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let memory = memory::stores();
            let (mut stores, mut sled) = open_in(dir.path());
            for (number, call) in calls.iter().chain([&Call::Read]).enumerate() {
                if number == reopen {
                    drop((stores, sled));
                    (stores, sled) = open_in(dir.path());
                }
                prop_assert_eq!(answer(&memory, call).await, answer(&stores, call).await, "call {}", number);
            }
            prop_assert_eq!(sled.report(), Report::default());
            Ok(())
        })?;
    }
}
