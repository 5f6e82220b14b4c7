//! Counts instructions under valgrind's callgrind: `cargo run --release -p bench -- json`
//! or `-- websocket`.
//!
//! Each case runs in a process of its own, and only the function [`measured`] is counted, so
//! that the numbers repeat to a few instructions wherever they are taken.

mod json;
mod start_body;
mod websocket;

use std::process::{Command, ExitCode};

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments[..] {
        ["json"] => json::report(),
        ["json", case] => json::run(case),
        ["websocket"] => websocket::report(),
        ["websocket", part, subject, case] => websocket::run(part, subject, case),
        _ => {
            eprintln!("usage: bench json|websocket");
            ExitCode::FAILURE
        }
    }
}

/// What is counted.
#[inline(never)]
fn measured(case: &mut dyn FnMut()) {
    case();
}

/// Instructions that this program needs in [`measured`] when it is started with `arguments`,
/// or `None` where valgrind is missing and that is not an error.
fn instructions(arguments: &[&str]) -> Option<u64> {
    let program = std::env::current_exe().expect("the path of this program");
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .args(["--toggle-collect=bench::measured*"])
        // Or the C library copies long runs by an instruction that is counted once per byte.
        .env(
            "GLIBC_TUNABLES",
            "glibc.cpu.x86_rep_movsb_threshold=1048576",
        )
        .arg(program)
        .args(arguments)
        .output();
    let Ok(output) = output else {
        eprintln!("SKIPPED: valgrind is not installed, nothing was counted");
        assert!(std::env::var_os("CI").is_none(), "valgrind is missing");
        return None;
    };
    let log = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{arguments:?} failed:\n{log}");
    let collected = log.split("Collected :").nth(1);
    let count = collected.and_then(|rest| rest.split_whitespace().next()?.parse().ok());
    Some(count.expect("callgrind tells what it collected"))
}
