//! A firmware that reads and writes but speaks nothing: what the others are compared with.
#![no_std]
#![no_main]

use footprint_board as board;

board::server!(b"as long as anything said needs no longer code");

static RX: board::Memory<1024> = board::Memory::new();

#[unsafe(no_mangle)]
extern "C" fn reset() -> ! {
    board::measure(session, 0)
}

fn session() -> bool {
    // SAFETY: called once.
    let rx = unsafe { RX.lend() };
    board::random(&mut rx[..16]);
    while !board::at_end() {
        let count = board::read(rx);
        if count == 0 {
            return false;
        }
        board::write(rx);
    }
    true
}
