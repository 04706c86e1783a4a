use proptest::prelude::*;

use super::chunks::TIMES;
use super::*;

type Small = Rates<1, 3>;

fn empty<const SETS: usize, const CHUNKS: usize>() -> Box<Rates<SETS, CHUNKS>> {
    let entry = Entry { database: 0, key: [0; 16], state: State::Complete, times: Queue::EMPTY, since: 0, until: 0 };
    let chunks = Chunks::all_free();
    Box::new(Rates { sets: [[entry; WAYS]; SETS], chunks, young_until: 0, untracked_until: 0, next_sweep: 0 })
}

fn key(number: u8) -> KeyId {
    KeyId { database: 1, key: [number; 16] }
}

fn refused(answer: Answer) -> Option<u64> {
    match answer {
        Answer::Refused { retry_after_ms } => Some(retry_after_ms),
        _ => None,
    }
}

#[test]
fn a_call_is_admitted_again_sixty_seconds_after_the_oldest() {
    let mut rates = empty::<4, 8>();
    for now in [1000, 1500, 2000] {
        assert_eq!(rates.take(key(1), 3, now), Answer::Admitted);
    }
    assert_eq!(refused(rates.take(key(1), 3, 3000)), Some(58_000));
    assert_eq!(refused(rates.take(key(1), 3, 60_999)), Some(1));
    assert_eq!(rates.take(key(2), 3, 60_999), Answer::Admitted, "another key");
    let copy = KeyId { database: 2, ..key(1) };
    assert_eq!(rates.take(copy, 3, 60_999), Answer::Admitted, "the same key in a copy of the database");
    assert_eq!(rates.take(key(1), 3, 61_000), Answer::Admitted);
    assert_eq!(refused(rates.take(key(1), 3, 61_000)), Some(500));
}

#[test]
fn a_changed_limit_applies_at_once() {
    let mut rates = empty::<4, 8>();
    for now in 0..5 {
        assert_eq!(rates.take(key(1), 5, now * 1000), Answer::Admitted);
    }
    // Four of the five must expire before one is allowed.
    assert_eq!(refused(rates.take(key(1), 1, 5000)), Some(59_000));
    assert_eq!(refused(rates.take(key(1), 5, 5000)), Some(55_000));
    assert_eq!(rates.take(key(1), 6, 5000), Answer::Admitted);
    assert_eq!(rates.take(key(1), 1, 65_001), Answer::Admitted, "all have expired");
}

#[test]
fn times_that_wrap_do_not_become_new_again() {
    let mut rates = empty::<4, 8>();
    assert_eq!(rates.take(key(1), 1, 7), Answer::Admitted);
    assert_eq!(rates.take(key(1), 1, (1 << 32) + 8), Answer::Admitted, "49 days later");
    // Within a minute in which the stored times wrap.
    let mut rates = empty::<4, 8>();
    assert_eq!(rates.take(key(1), 2, (1 << 32) - 10), Answer::Admitted);
    assert_eq!(rates.take(key(1), 2, (1 << 32) + 10), Answer::Admitted);
    assert_eq!(refused(rates.take(key(1), 2, (1 << 32) + 20)), Some(59_970));
}

#[test]
fn a_young_pool_asks_for_the_recorded_calls() {
    let mut rates = empty::<4, 8>();
    rates.start(100_000);
    assert_eq!(rates.take(key(1), 3, 100_010), Answer::Unknown);
    rates.begin(key(1), &[70_000, 59_000, 20], 100_020);
    rates.begin(key(1), &[], 100_025);
    assert_eq!(rates.take(key(1), 3, 100_030), Answer::Admitted, "one of the recorded calls is too old");
    assert_eq!(refused(rates.take(key(1), 3, 100_040)), Some(980));
    assert_eq!(rates.take(key(2), 3, 159_999), Answer::Unknown);
    assert_eq!(rates.take(key(2), 3, 160_000), Answer::Admitted, "the log has nothing of the last 60 seconds any more");
}

#[test]
fn a_key_without_a_place_is_counted_in_the_table_until_the_pool_has_all_its_calls() {
    let mut rates = empty::<1, 64>();
    for number in 1..=8 {
        assert_eq!(rates.take(key(number), 5, 0), Answer::Admitted);
    }
    assert_eq!(rates.take(key(9), 5, 1000), Answer::Elsewhere { limit: 5 });
    assert!(rates.counted(key(9), 5, 1000));
    // The first eight are idle from now on. The ninth gets a place, but what the table has admitted is not in the pool.
    for now in [60_500, 61_500, 120_000] {
        assert_eq!(rates.take(key(9), 5, now), Answer::Elsewhere { limit: 5 }, "{now}");
        assert!(rates.counted(key(9), 5, now));
    }
    assert_eq!(rates.take(key(9), 3, 120_500), Answer::Admitted, "there were two in the last 60 seconds");
    assert_eq!(refused(rates.take(key(9), 3, 120_600)), Some(900), "the pool has them");
}

#[test]
fn without_memory_the_table_admits_what_the_limit_leaves() {
    let mut rates: Box<Small> = empty();
    let all = 3 * TIMES;
    for now in 0..all {
        assert_eq!(rates.take(key(1), 1000, now.into()), Answer::Admitted);
    }
    assert_eq!(rates.take(key(1), 1000, 500), Answer::Elsewhere { limit: 1000 - all });
    assert!(rates.counted(key(1), 1000, 500));
    assert_eq!(rates.take(key(2), 10, 600), Answer::Elsewhere { limit: 10 }, "no memory for its first call");
    // One of the calls has expired, then all; 60 seconds later, the pool has those that the table has admitted since.
    assert_eq!(rates.take(key(1), 1000, 60_000), Answer::Elsewhere { limit: 1001 - all });
    assert_eq!(rates.take(key(1), 1000, 61_000), Answer::Elsewhere { limit: 1000 });
    assert!(rates.counted(key(1), 1000, 61_000));
    assert_eq!(rates.take(key(1), 1000, 120_999), Answer::Elsewhere { limit: 1000 });
    assert_eq!(rates.take(key(1), 1, 121_000), Answer::Admitted);
}

/// What a test does: a call, or a restart.
#[derive(Debug, Clone)]
struct Step {
    after_ms: u64,
    key: u8,
    limit: u32,
    restart: bool,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = (prop_oneof![8 => 0..200_u64, 1 => 5000..70_000_u64], 1..=10_u8, 1..=90_u32, 0..200_u32);
    let step = step.prop_map(|(after_ms, key, limit, chance)| Step { after_ms, key, limit, restart: chance == 0 });
    prop::collection::vec(step, 1..600)
}

/// The calls that were admitted: by which key, when, and whether by the table.
#[derive(Default)]
struct Calls(Vec<(u8, u64, bool)>);

impl Calls {
    fn recent(&self, key: u8, now: u64, chosen: impl Fn(u64, bool) -> bool) -> u32 {
        let recent = self.0.iter().filter(|(by, at, table)| *by == key && now - at < WINDOW_MS && chosen(*at, *table));
        u32::try_from(recent.count()).expect("few")
    }
}

/// Runs the steps with a table that is exact by itself, and checks every answer.
fn check<const SETS: usize, const CHUNKS: usize>(steps: &[Step], roomy: bool) {
    let mut rates = empty::<SETS, CHUNKS>();
    let (mut now, mut started, mut calls) = (100_000, 0, Calls::default());
    for step in steps {
        now += step.after_ms;
        if step.restart {
            now += 1;
            rates = empty();
            rates.start(now);
            started = now;
        }
        let mut answer = rates.take(key(step.key), step.limit, now);
        if answer == Answer::Unknown {
            let of_key = calls.0.iter().filter(|(by, at, _)| *by == step.key && now - at < WINDOW_MS);
            let ages: Vec<u32> = of_key.map(|(_, at, _)| u32::try_from(now - at).expect("a minute")).collect();
            rates.begin(key(step.key), &ages, now);
            answer = rates.take(key(step.key), step.limit, now);
        }
        let recent = calls.recent(step.key, now, |_, _| true);
        let admitted = match answer {
            Answer::Admitted => Some(false),
            Answer::Refused { .. } => None,
            Answer::Unknown => panic!("unknown twice"),
            Answer::Elsewhere { limit } => {
                assert!(!roomy, "there is room for all");
                let before = match rates.age_ms(now) {
                    Some(_) => calls.recent(step.key, now, |at, table| at < started && !table),
                    None => 0,
                };
                let in_table = calls.recent(step.key, now, |_, table| table);
                let free = in_table < limit.saturating_sub(before);
                (free && rates.counted(key(step.key), step.limit, now)).then_some(true)
            }
        };
        if let Some(table) = admitted {
            assert!(recent < step.limit, "{recent} calls in 60 seconds, and another is admitted under {}", step.limit);
            calls.0.push((step.key, now, table));
        } else if roomy {
            assert!(recent >= step.limit, "refused after {recent} calls under {}", step.limit);
        }
    }
}

proptest! {
    #[test]
    fn a_pool_with_room_admits_exactly_the_limit(steps in steps()) {
        check::<2, 64>(&steps, true);
    }

    #[test]
    fn a_pool_without_room_never_admits_more_than_the_limit(steps in steps()) {
        check::<1, 5>(&steps, false);
    }
}
