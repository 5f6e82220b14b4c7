//! Lives of a client in Socket Mode, from seeds: ten thousand short ones, and long ones where there
//! is time.
//!
//! `SIMULATION_SEED=17` runs one seed and prints its transcript. `SIMULATION_NIGHTLY=1` makes every
//! life a day long.

use simulation::{SocketModeLife, socket_mode};
use slack_rtm::EventAcknowledgement;
use std::env;
use std::thread;

const MINUTE_MS: u64 = 60_000;

fn live(seed: u64, keeps_transcript: bool) -> SocketModeLife {
    let minutes = match env::var_os("SIMULATION_NIGHTLY") {
        Some(_) => 24 * 60,
        None => 15,
    };
    let mode = match seed.is_multiple_of(2) {
        true => EventAcknowledgement::BeforeEvent,
        false => EventAcknowledgement::AfterEvent,
    };
    socket_mode(seed, minutes * MINUTE_MS, mode, keeps_transcript)
}

/// Lives a life again, and prints its transcript.
fn show(seed: u64) -> Vec<String> {
    let life = live(seed, true);
    for line in &life.transcript {
        println!("{line}");
    }
    life.broken
}

fn counts(seed: u64) -> [u64; 14] {
    let life = live(seed, false);
    if !life.broken.is_empty() {
        let broken = show(seed);
        panic!("seed {seed} (run again with SIMULATION_SEED={seed}): {broken:#?}");
    }
    [
        life.sessions,
        life.failures,
        life.ends,
        life.events,
        life.commands,
        life.acknowledged,
        life.late,
        life.repeated,
        life.marked,
        life.given_up,
        life.lost,
        life.elsewhere,
        life.responses,
        life.too_late,
    ]
}

#[test]
fn ten_thousand_lives_in_socket_mode() {
    if let Ok(seed) = env::var("SIMULATION_SEED") {
        let broken = show(seed.parse().expect("SIMULATION_SEED is a number"));
        assert_eq!(broken, Vec::<String>::new());
        return;
    }
    let workers = thread::available_parallelism().map_or(1, |count| count.get() as u64);
    let threads: Vec<_> = (0..workers)
        .map(|worker| {
            thread::spawn(move || {
                let mut totals = [0; 14];
                for seed in (worker..10_000).step_by(workers as usize) {
                    for (total, count) in totals.iter_mut().zip(counts(seed)) {
                        *total += count;
                    }
                }
                totals
            })
        })
        .collect();
    let mut totals = [0; 14];
    for thread in threads {
        let counts = thread.join().expect("every life holds");
        for (total, count) in totals.iter_mut().zip(counts) {
            *total += count;
        }
    }
    let [
        sessions,
        failures,
        ends,
        events,
        commands,
        acknowledged,
        late,
        repeated,
        marked,
        given_up,
        lost,
        elsewhere,
        responses,
        too_late,
    ] = totals;
    println!(
        "10000 lives in Socket Mode: {sessions} sessions, {failures} failures, {ends} announced ends\n\
         {events} events, {commands} commands and interactions, {elsewhere} to other instances\n\
         {acknowledged} acknowledged in time, {late} late, {repeated} deliveries repeated, {marked} marked, \
         {given_up} events given up, {lost} commands lost with their socket\n\
         {responses} responses, {too_late} too late"
    );
    assert!(
        sessions > 25_000 && failures > 60_000 && ends > 10_000,
        "the lives were too easy"
    );
    assert!(
        acknowledged > 100_000
            && late > 1_000
            && repeated > 50_000
            && marked > 2_000
            && lost > 10_000,
        "too few envelopes"
    );
    assert!(responses > 8_000 && too_late > 1_000, "too few responses");
}
