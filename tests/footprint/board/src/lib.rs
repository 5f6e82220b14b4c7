//! The smallest board: a reset vector, a scripted peer in place of a socket, a painted stack.
//!
//! An image brings [`server!`], what the other side says, and `extern "C" fn reset`, which calls
//! [`measure`]. Cortex-M images run in QEMU; those for other processors are linked only.
#![no_std]

use core::{
    cell::UnsafeCell,
    hint::black_box,
    sync::atomic::{AtomicUsize, Ordering::Relaxed},
};

#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    #[cfg(feature = "proof")]
    {
        unsafe extern "C" {
            // Defined nowhere: the link fails unless nothing can reach this handler.
            safe fn a_panic_path_survived() -> !;
        }
        a_panic_path_survived()
    }
    #[cfg(not(feature = "proof"))]
    exit()
}

unsafe extern "C" {
    fn reset() -> !;
}

#[unsafe(link_section = ".vectors")]
#[used]
static RESET: unsafe extern "C" fn() -> ! = reset;

/// Ends a turn of the other side: what follows comes with a later read. No byte of UTF-8, and of no
/// frame's header.
pub const TURN: u8 = 0xFF;

/// What the other side says, turns ended by [`TURN`]. Not counted as flash of the image.
#[macro_export]
macro_rules! server {
    ($text:expr) => {
        #[unsafe(no_mangle)]
        #[unsafe(link_section = ".server")]
        static SERVER_TEXT: [u8; $text.len()] = *$text;
        #[unsafe(no_mangle)]
        #[unsafe(link_section = ".server")]
        static SERVER_LENGTH: usize = $text.len();
    };
}

unsafe extern "C" {
    safe static SERVER_TEXT: u8;
    safe static SERVER_LENGTH: usize;
}

fn server() -> &'static [u8] {
    // SAFETY: both come from `server!`, which makes them match.
    unsafe { core::slice::from_raw_parts(&raw const SERVER_TEXT, SERVER_LENGTH) }
}

static POSITION: AtomicUsize = AtomicUsize::new(0);

/// Reads up to 48 bytes of what the other side says, of one turn; 0 at its end. Copies by `memcpy`,
/// as every socket does, so that it counts for no row.
#[inline(never)]
pub fn read(out: &mut [u8]) -> usize {
    let mut position = POSITION.load(Relaxed);
    let left = server().get(position..).unwrap_or_default();
    let turn = left.iter().position(|&byte| byte == TURN);
    let count = out.len().min(turn.unwrap_or(left.len())).min(48);
    if let (Some(to), Some(from)) = (out.get_mut(..count), left.get(..count)) {
        to.copy_from_slice(from);
    }
    position += count;
    if turn == Some(count) {
        position += 1;
    }
    POSITION.store(position, Relaxed);
    black_box(count)
}

/// Whether all that the other side says was read.
pub fn at_end() -> bool {
    POSITION.load(Relaxed) >= server().len()
}

/// Writes to nowhere.
#[inline(never)]
pub fn write(bytes: &[u8]) -> usize {
    black_box(bytes).len()
}

/// Randomness, always the same: the script above knows the nonce.
#[inline(never)]
pub fn random(out: &mut [u8]) {
    for byte in out {
        *byte = black_box(0x5A);
    }
}

/// Memory that is lent once.
pub struct Memory<const N: usize>(UnsafeCell<[u8; N]>);

unsafe impl<const N: usize> Sync for Memory<N> {}

impl<const N: usize> Memory<N> {
    #[expect(clippy::new_without_default)]
    pub const fn new() -> Self {
        Self(UnsafeCell::new([0; N]))
    }

    /// The memory.
    ///
    /// # Safety
    /// To be called once.
    #[expect(clippy::mut_from_ref)]
    pub unsafe fn lend(&'static self) -> &'static mut [u8; N] {
        unsafe { &mut *self.0.get() }
    }
}

const PAINT: u32 = 0xA5A5_5A5A;
const PAINTED: usize = 8192;

/// Runs `session` on a painted stack; prints the most bytes that it used and `state`, its bytes of
/// state; ends with an error unless `session` says that all went well.
pub fn measure(session: fn() -> bool, state: usize) -> ! {
    let top = stack_pointer();
    let bottom = top - PAINTED;
    for address in (bottom..top - 8).step_by(4) {
        unsafe { (address as *mut u32).write_volatile(PAINT) };
    }
    let fine = black_box(session)();
    let mut used = PAINTED;
    for address in (bottom..top).step_by(4) {
        if unsafe { (address as *const u32).read_volatile() } != PAINT {
            break;
        }
        used -= 4;
    }
    print(if fine && at_end() {
        b"ok \0"
    } else {
        b"FAILED \0"
    });
    print_number(used);
    print_number(state);
    exit()
}

fn print_number(mut number: usize) {
    let mut text = *b"00000 \0";
    for digit in text[..5].iter_mut().rev() {
        *digit = b'0' + (number % 10) as u8;
        number /= 10;
    }
    print(&text);
}

fn print(text: &[u8]) {
    semihosting(0x04, text.as_ptr() as usize);
}

fn exit() -> ! {
    loop {
        semihosting(0x18, 0x20026);
    }
}

#[cfg(target_arch = "arm")]
#[inline(always)]
fn stack_pointer() -> usize {
    let pointer: usize;
    unsafe { core::arch::asm!("mov {}, sp", out(reg) pointer, options(nomem, nostack)) };
    pointer
}

#[cfg(not(target_arch = "arm"))]
fn stack_pointer() -> usize {
    black_box(usize::MAX)
}

#[cfg(target_arch = "arm")]
fn semihosting(operation: usize, argument: usize) {
    unsafe {
        core::arch::asm!("bkpt 0xAB", inlateout("r0") operation => _, in("r1") argument, options(nostack));
    }
}

#[cfg(not(target_arch = "arm"))]
fn semihosting(operation: usize, argument: usize) {
    black_box((operation, argument));
}
