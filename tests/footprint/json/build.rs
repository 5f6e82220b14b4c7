//! Programs without a start-up: they are linked and weighed, never run.

fn main() {
    println!("cargo::rustc-link-arg-bins=--entry=run");
    println!("cargo::rustc-link-arg-bins=--gc-sections");
}
