//! How deep the stack has been: cortex-m-rt paints it before `main`.

unsafe extern "C" {
    static _stack_start: u32;
    static _stack_end: u32;
}

/// What cortex-m-rt paints with.
const PAINT: u32 = 0xcccc_cccc;

/// Bytes of the stack that were ever used.
pub fn peak() -> usize {
    let (mut lowest, top) = (&raw const _stack_end, &raw const _stack_start);
    // SAFETY: all words between the two symbols are memory that nothing else but the stack uses.
    while lowest < top && unsafe { lowest.read_volatile() } == PAINT {
        lowest = lowest.wrapping_add(1);
    }
    top as usize - lowest as usize
}
