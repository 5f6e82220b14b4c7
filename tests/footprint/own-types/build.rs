//! A program without a start-up: it is linked and looked at, never run.

fn main() {
    println!("cargo::rustc-link-arg-bins=--entry=run");
    println!("cargo::rustc-link-arg-bins=--gc-sections");
}
