//! What the host gives by semihosting: arguments, the wall clock, an exit status.

use cortex_m_semihosting::hio::hstdout;
use cortex_m_semihosting::syscall1;

// Operations (Arm's semihosting specification, chapter 7).
const SYS_TIME: usize = 0x11;
const SYS_GET_CMDLINE: usize = 0x15;
const SYS_EXIT_EXTENDED: usize = 0x20;
/// `ADP_Stopped_ApplicationExit`.
const APPLICATION_EXIT: usize = 0x2_0026;

/// The command line, `name=value` after `name=value`, in `memory`. Empty if it does not fit.
pub fn command_line(memory: &'static mut [u8]) -> &'static str {
    let mut block = [memory.as_mut_ptr() as usize, memory.len()];
    // SAFETY: the block points to `memory` and says how long it is; the host writes to both.
    let status = unsafe { syscall1(SYS_GET_CMDLINE, (&raw mut block) as usize) };
    let length = if status == 0 { block[1] } else { 0 };
    memory
        .get(..length)
        .and_then(|line| core::str::from_utf8(line).ok())
        .unwrap_or_default()
}

/// Seconds since 1970-01-01 UTC.
pub fn unix_time() -> u64 {
    // SAFETY: this operation takes no block.
    unsafe { syscall1(SYS_TIME, 0) as u64 }
}

/// Prints the deepest that the stack has been, in images without other prints too: that is what they are built for.
pub fn print_stack(bytes: usize) {
    let mut line = *b"stack: 000000 bytes at most\n";
    let mut rest = bytes;
    for digit in line.iter_mut().skip(7).take(6).rev() {
        *digit = b'0' + (rest % 10) as u8;
        rest /= 10;
    }
    if let Ok(mut console) = hstdout() {
        // Nothing can be done about a console that fails.
        let _ = console.write_all(&line);
    }
}

/// Ends the emulation with this status.
pub fn exit(status: u8) -> ! {
    let block = [APPLICATION_EXIT, usize::from(status)];
    // SAFETY: the block holds reason and status.
    unsafe { syscall1(SYS_EXIT_EXTENDED, (&raw const block) as usize) };
    loop {
        cortex_m::asm::wfi();
    }
}
