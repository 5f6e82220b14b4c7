//! What slack-rtm costs, in one table, beside its goals, other packages and the floors.
//!
//! ```text
//! cargo run --release -p bench                     everything
//! cargo run --release -p bench -- json websocket   these parts only
//! cargo run --release -p bench -- --check          fails on a regression of more than 3 %, or a missed goal
//! cargo run --release -p bench -- --update         takes the counts into baseline.txt, draws chart.svg
//! ```
//!
//! Instruction counts (Ir) repeat to a few instructions and are held by the baseline; times (ns)
//! depend on the machine and on what else it does, and are held by nothing. They are taken in one run,
//! so that they can be compared with each other.

mod baseline;
mod chart;
mod counted;
mod envelopes;
mod heap;
mod json;
mod pages;
mod scale;
mod start_body;
mod table;
mod websocket;

use baseline::Baseline;
use std::process::ExitCode;
use table::Figure;

/// A part's name, and what takes its figures.
type Part = (&'static str, fn() -> Vec<Figure>);

const PARTS: [Part; 4] = [
    ("json", json::figures),
    ("pages", pages::figures),
    ("websocket", websocket::figures),
    ("scale", scale::figures),
];

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments[..] {
        ["count", "json", case] => json::run(case),
        ["count", "pages"] => pages::run(),
        ["count", "websocket", part, subject, case] => websocket::run(part, subject, case),
        ["count", "scale", sessions] => scale::run(sessions),
        ["count", "scale", "socket-mode", sessions] => envelopes::run(sessions),
        _ => return report(&arguments),
    }
    ExitCode::SUCCESS
}

/// Prints the table of the parts that are asked for.
fn report(arguments: &[&str]) -> ExitCode {
    let is_known = |argument: &&str| {
        matches!(*argument, "--check" | "--update") || PARTS.iter().any(|part| part.0 == *argument)
    };
    if !arguments.iter().all(is_known) {
        eprintln!("usage: bench [json] [pages] [websocket] [scale] [--check | --update]");
        return ExitCode::FAILURE;
    }
    let wants_all = arguments.iter().all(|argument| argument.starts_with("--"));
    let mut figures = Vec::new();
    for (name, part) in PARTS {
        if wants_all || arguments.contains(&name) {
            eprintln!("measuring {name} ...");
            figures.extend(part());
        }
    }
    let baseline = Baseline::read();
    let wrong = table::print(&figures, &baseline);
    println!(
        "\nIr: instructions under callgrind, the same in every run. {}",
        scale::NOTE
    );
    if arguments.contains(&"--update") {
        baseline.update(&figures);
        if wants_all {
            chart::write(&figures);
        }
        return ExitCode::SUCCESS;
    }
    for line in &wrong {
        println!("! {line}");
    }
    if arguments.contains(&"--check") && !wrong.is_empty() {
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}
