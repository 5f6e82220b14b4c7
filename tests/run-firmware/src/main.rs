//! Builds the doorbell firmware and runs it in QEMU against fake-slack: `cargo run --release -p run-firmware`.
//!
//! Without arguments: all four machines, and every refusal on each. `-- an500` names machines; `-- --costs` is for
//! `tests/footprint/run`: it prints a line per image and target, with what it costs, separated by tabs.

use std::path::Path;
use std::process::ExitCode;

use run_firmware::{
    ALL_MACHINES, COST_MACHINES, Figures, Machine, Outcome, RELAY, answer_commands, answer_posts,
    check_tools, costs, hold, post_beside, post_between, refusals, relay, ring, ring_bare,
    ring_small, send_picture,
};

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let [flag, port] = arguments.as_slice()
        && flag == RELAY
    {
        return relay(port);
    }
    let measure = arguments == ["--costs"];
    let Some(machines) = machines(if measure { &[] } else { &arguments }) else {
        eprintln!("usage: run-firmware [an385] [an386] [an500] [an505]");
        return ExitCode::from(2);
    };
    let relay = std::env::current_exe().expect("the system tells where this program is");
    let needed = if measure {
        COST_MACHINES.to_vec()
    } else {
        machines.clone()
    };
    if let Err(missing) = check_tools(&needed) {
        eprintln!("{missing}");
        return ExitCode::from(3);
    }
    let failed = if measure {
        tell_costs(&relay)
    } else {
        run(&machines, &relay)
    };
    if failed == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

/// Runs everything; tells how much of it failed.
fn run(machines: &[Machine], relay: &Path) -> usize {
    let mut failed = 0;
    for machine in machines {
        failed += report(&ring(*machine, relay));
        failed += report(&hold(*machine, relay));
        failed += report(&post_beside(*machine, relay)) + report(&post_between(*machine, relay));
        failed += refusals(*machine, relay).iter().map(report).sum::<usize>();
    }
    if let Some(first) = machines.first() {
        failed += report(&ring_small(*first, relay)) + report(&ring_bare(*first, relay));
        failed += report(&send_picture(*first, relay));
        failed += report(&answer_commands(*first, relay)) + report(&answer_posts(*first, relay));
    }
    failed
}

/// `what`, target, flash, static RAM, stack; tells how much could not be measured.
fn tell_costs(relay: &Path) -> usize {
    let mut failed = 0;
    costs(&COST_MACHINES, relay, |cost| match cost.figures {
        Ok(Figures { flash, ram, stack }) => println!(
            "{}\t{}\t{flash}\t{ram}\t{}",
            cost.what,
            cost.machine.target,
            stack.unwrap_or_default()
        ),
        Err(why) => {
            failed += 1;
            eprintln!("{} on {}: {why}", cost.what, cost.machine.target);
        }
    });
    failed
}

fn machines(names: &[String]) -> Option<Vec<Machine>> {
    if names.is_empty() {
        return Some(ALL_MACHINES.to_vec());
    }
    names
        .iter()
        .map(|name| {
            ALL_MACHINES
                .iter()
                .find(|machine| machine.name == name)
                .copied()
        })
        .collect()
}

/// Prints an outcome; 1 if it is a failure.
fn report(outcome: &Outcome) -> usize {
    match &outcome.result {
        Ok(()) => println!("ok      {}", outcome.what),
        Err(why) => println!("FAILED  {}: {why}\n{}", outcome.what, outcome.console),
    }
    if outcome.figures != Figures::default() {
        println!("        {}", outcome.figures);
    }
    if let [first, kept, ..] = outcome.calls.as_slice() {
        let millions = |thousands: &u32| f64::from(*thousands) / 1000.0;
        println!(
            "        instructions of a call: {:.1} million with a handshake, {:.1} million over the kept link",
            millions(first),
            millions(kept)
        );
    }
    usize::from(outcome.result.is_err())
}
