//! The smallest board: a reset vector, a scripted peer in place of a socket, a painted stack.

use core::{
    arch::asm,
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

/// What the other side says: the answer to a nonce of sixteen 0x5A, then frames.
#[unsafe(link_section = ".server")]
static SERVER: [u8; 244] = *b"HTTP/1.1 101 Switching Protocols\r\n\
    Date: Sat, 21 Nov 2026 07:45:00 GMT\r\n\
    Connection: keep-alive, Upgrade\r\n\
    Upgrade: websocket\r\n\
    Sec-WebSocket-Accept: 1nwQI3IBoftOh+fG2YorpTWcrHs=\r\n\
    Via: 1.1 a.example\r\n\r\n\
    \x81\x05hello\x89\x05alive\x01\x03fra\x00\x02gm\x80\x05\xC3\xABnts\x8A\x00\x88\x0C\x03\xE8that's all";

static POSITION: AtomicUsize = AtomicUsize::new(0);

/// Reads up to 48 bytes of what the other side says; 0 at its end. Copies by `memcpy`, as every
/// socket does, so that it counts for no row.
#[inline(never)]
pub fn read(out: &mut [u8]) -> usize {
    let position = POSITION.load(Relaxed);
    let left = SERVER.get(position..).unwrap_or_default();
    let count = out.len().min(left.len()).min(48);
    if let (Some(to), Some(from)) = (out.get_mut(..count), left.get(..count)) {
        to.copy_from_slice(from);
    }
    POSITION.store(position + count, Relaxed);
    black_box(count)
}

/// Whether all that the other side says was read.
pub fn at_end() -> bool {
    POSITION.load(Relaxed) >= SERVER.len()
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
    pub const fn new() -> Self {
        Self(UnsafeCell::new([0; N]))
    }

    /// # Safety
    /// To be called once.
    pub unsafe fn lend(&'static self) -> &'static mut [u8; N] {
        unsafe { &mut *self.0.get() }
    }
}

const PAINT: u32 = 0xA5A5_5A5A;
const PAINTED: usize = 4096;

/// Runs `session` on a painted stack; prints the most bytes that it used and `state`, its bytes of
/// state; ends with an error unless `session` says that all went well.
pub fn measure(session: fn() -> bool, state: usize) -> ! {
    let top: usize;
    unsafe { asm!("mov {}, sp", out(reg) top, options(nomem, nostack)) };
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

fn semihosting(operation: usize, argument: usize) {
    unsafe {
        asm!("bkpt 0xAB", inlateout("r0") operation => _, in("r1") argument, options(nostack));
    }
}
