//! Links with the memory map of the board.

fn main() {
    let here = std::env::var("CARGO_MANIFEST_DIR").unwrap_or_default();
    println!("cargo::rustc-link-arg-bins=-T{here}/../board/link.x");
    println!("cargo::rerun-if-changed=../board/link.x");
}
