//! Builds the doorbell firmware and runs it in QEMU against fake-slack: `cargo run --release -p run-firmware`.
//!
//! Without arguments: all four machines, and every refusal on the first. `-- an500` names machines; `-- --sizes` builds
//! the images without their prints and tells what they cost.

use std::process::ExitCode;

use run_firmware::{
    ALL_MACHINES, Figures, Machine, Outcome, RELAY, check_tools, measure_quiet, refusals, relay,
    ring, ring_bare, ring_small,
};

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let [flag, port] = arguments.as_slice()
        && flag == RELAY
    {
        return relay(port);
    }
    if arguments == ["--sizes"] {
        return sizes();
    }
    let Some(machines) = machines(&arguments) else {
        eprintln!("usage: run-firmware [an385] [an386] [an500] [an505]");
        return ExitCode::from(2);
    };
    if let Err(missing) = check_tools(&machines) {
        eprintln!("{missing}");
        return ExitCode::from(3);
    }
    let relay = std::env::current_exe().expect("the system tells where this program is");
    let mut failed = 0;
    for machine in &machines {
        failed += report(&ring(*machine, &relay));
    }
    if let Some(first) = machines.first() {
        failed += report(&ring_small(*first, &relay)) + report(&ring_bare(*first, &relay));
        failed += refusals(*first, &relay).iter().map(report).sum::<usize>();
    }
    if failed == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

fn sizes() -> ExitCode {
    match measure_quiet(ALL_MACHINES[0]) {
        Ok(rows) => {
            rows.iter()
                .for_each(|(what, figures)| println!("{what}: {figures}"));
            ExitCode::SUCCESS
        }
        Err(why) => {
            eprintln!("{why}");
            ExitCode::FAILURE
        }
    }
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
    usize::from(outcome.result.is_err())
}
