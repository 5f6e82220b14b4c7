//! Devices that call, or call and listen, for a month over bad links, from seeds.
//!
//! `SIMULATION_SEED=17` runs one seed.

use simulation::{calls, device};
use std::env;
use std::ops::RangeInclusive;

/// The seeds to run.
fn seeds(default: RangeInclusive<u64>) -> RangeInclusive<u64> {
    let seed = env::var("SIMULATION_SEED").ok();
    match seed.map(|seed| seed.parse().expect("SIMULATION_SEED is a number")) {
        Some(seed) => seed..=seed,
        None => default,
    }
}

#[test]
fn each_call_of_a_month_has_one_outcome_and_no_post_is_made_twice() {
    let seeds = seeds(0..=9);
    let is_one = seeds.start() == seeds.end();
    let mut totals = [0; 5];
    for seed in seeds {
        let month = calls(seed, 30);
        assert!(
            month.broken.is_empty(),
            "seed {seed} (run again with SIMULATION_SEED={seed}): {:#?}",
            month.broken
        );
        let counts = [
            month.links,
            month.requests,
            month.accepted,
            month.not_done,
            month.unconfirmed,
        ];
        for (total, count) in totals.iter_mut().zip(counts) {
            *total += count;
        }
    }
    let [links, requests, accepted, not_done, unconfirmed] = totals;
    println!(
        "{links} links, {requests} requests, {accepted} calls accepted, {not_done} not done, \
         {unconfirmed} unconfirmed"
    );
    assert!(is_one || (accepted > 50_000 && not_done > 5_000 && unconfirmed > 2_000));
}

#[test]
fn a_device_listens_and_calls_for_a_month() {
    let seeds = seeds(0..=3);
    let is_one = seeds.start() == seeds.end();
    let mut totals = [0; 7];
    for seed in seeds {
        let month = device(seed, 30);
        assert!(
            month.calls.broken.is_empty(),
            "seed {seed} (run again with SIMULATION_SEED={seed}): {:#?}",
            month.calls.broken
        );
        let counts = [
            month.sessions,
            month.events,
            month.answers,
            month.calls.requests,
            month.calls.accepted,
            month.calls.not_done,
            month.calls.unconfirmed,
        ];
        for (total, count) in totals.iter_mut().zip(counts) {
            *total += count;
        }
    }
    let [
        sessions,
        events,
        answers,
        requests,
        accepted,
        not_done,
        unconfirmed,
    ] = totals;
    println!(
        "{sessions} sessions, {events} events, {answers} answers, {requests} requests, {accepted} calls \
         accepted, {not_done} not done, {unconfirmed} unconfirmed"
    );
    assert!(is_one || (sessions > 2_000 && events > 20_000 && answers > 5_000));
    assert!(is_one || (accepted > 20_000 && not_done > 2_000 && unconfirmed > 1_000));
}
