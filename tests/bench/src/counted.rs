//! Instructions under valgrind's callgrind.
//!
//! Each case runs in a process of its own, and only the function [`measured`] is counted, so that
//! the numbers repeat to a few instructions wherever they are taken.

use std::process::Command;
use std::sync::LazyLock;

/// What is counted.
#[inline(never)]
pub(crate) fn measured(case: &mut dyn FnMut()) {
    case();
}

static HAS_VALGRIND: LazyLock<bool> = LazyLock::new(|| {
    let found = Command::new("valgrind").arg("--version").output().is_ok();
    if !found {
        eprintln!("SKIPPED: valgrind is not installed, no instructions were counted");
        assert!(std::env::var_os("CI").is_none(), "valgrind is missing");
    }
    found
});

/// Instructions that this program needs in [`measured`] when it is started with `arguments`,
/// or `None` where valgrind is missing and that is not an error.
pub(crate) fn instructions(arguments: &[&str]) -> Option<u64> {
    if !*HAS_VALGRIND {
        return None;
    }
    let program = std::env::current_exe().expect("the path of this program");
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .args(["--toggle-collect=bench::counted::measured*"])
        // Or the C library copies long runs by an instruction that is counted once per byte.
        .env(
            "GLIBC_TUNABLES",
            "glibc.cpu.x86_rep_movsb_threshold=1048576",
        )
        .arg(program)
        .arg("count")
        .args(arguments)
        .output()
        .expect("valgrind starts");
    let log = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{arguments:?} failed:\n{log}");
    let collected = log.split("Collected :").nth(1);
    let count = collected.and_then(|rest| rest.split_whitespace().next()?.parse().ok());
    let count = count.expect("callgrind tells what it collected");
    assert!(count > 0, "{arguments:?}: nothing was counted");
    Some(count)
}
