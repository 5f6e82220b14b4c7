//! Lives from seeds: ten thousand short ones, and long ones where there is time.
//!
//! `SIMULATION_SEED=17` runs one seed and prints its transcript. `SIMULATION_NIGHTLY=1` makes
//! every life a month long.

use simulation::{Settings, run};
use slack_rtm::Delivery;
use std::env;
use std::thread;

const MINUTE_MS: u64 = 60_000;

fn settings(seed: u64) -> Settings {
    let nightly = env::var_os("SIMULATION_NIGHTLY").is_some();
    Settings {
        duration_ms: if nightly {
            30 * 24 * 60 * MINUTE_MS
        } else {
            15 * MINUTE_MS
        },
        message_every_ms: if nightly { 10 * MINUTE_MS } else { 20_000 },
        delivery: if seed.is_multiple_of(2) {
            Delivery::AtLeastOnce
        } else {
            Delivery::AtMostOnce
        },
        transcript: false,
    }
}

/// Lives one life. Returns its sessions, failures, answers of the bot, and messages that expired or were
/// withdrawn.
fn live(seed: u64) -> [u64; 5] {
    let life = run(seed, settings(seed));
    let broken = life.verdict();
    if !broken.is_empty() {
        let again = run(
            seed,
            Settings {
                transcript: true,
                ..settings(seed)
            },
        );
        for line in &again.transcript {
            println!("{line}");
        }
        panic!("seed {seed} (run again with SIMULATION_SEED={seed}): {broken:#?}");
    }
    let [expired, withdrawn] = life.unsent().map(|count| count as u64);
    [
        life.sessions.into(),
        life.failures.into(),
        life.answers() as u64,
        expired,
        withdrawn,
    ]
}

#[test]
fn ten_thousand_lives() {
    if let Ok(seed) = env::var("SIMULATION_SEED") {
        let seed = seed.parse().expect("SIMULATION_SEED is a number");
        let life = run(
            seed,
            Settings {
                transcript: true,
                ..settings(seed)
            },
        );
        for line in &life.transcript {
            println!("{line}");
        }
        assert_eq!(life.verdict(), Vec::<String>::new());
        return;
    }
    let workers = thread::available_parallelism().map_or(1, |count| count.get() as u64);
    let threads: Vec<_> = (0..workers)
        .map(|worker| {
            thread::spawn(move || {
                let mut totals = [0; 5];
                for seed in (worker..10_000).step_by(workers as usize) {
                    for (total, count) in totals.iter_mut().zip(live(seed)) {
                        *total += count;
                    }
                }
                totals
            })
        })
        .collect();
    let mut totals = [0; 5];
    for thread in threads {
        let counts = thread.join().expect("every life holds");
        for (total, count) in totals.iter_mut().zip(counts) {
            *total += count;
        }
    }
    let [sessions, failures, answers, expired, withdrawn] = totals;
    println!(
        "10000 lives: {sessions} sessions, {failures} failures, {answers} answers, {expired} messages \
         expired, {withdrawn} withdrawn"
    );
    assert!(
        sessions > 15_000 && failures > 60_000 && answers > 100_000,
        "the lives were too easy"
    );
    assert!(
        expired > 1_000 && withdrawn > 1_000,
        "too few messages waited"
    );
}
