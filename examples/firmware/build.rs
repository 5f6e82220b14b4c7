//! Writes the linker script of the chosen machine.

use std::{env, fs, path::PathBuf};

fn main() {
    // (feature, flash origin, RAM origin); each has 4 MiB of both. QEMU's `-M mps2-*` documentation and Arm's
    // application notes 385, 386, 500 and 505.
    let machines = [
        ("AN385", 0x0000_0000_u32, 0x2000_0000_u32),
        ("AN386", 0x0000_0000, 0x2000_0000),
        ("AN500", 0x0000_0000, 0x2000_0000),
        ("AN505", 0x1000_0000, 0x3800_0000),
    ];
    let chosen =
        |(name, ..): &&(&str, u32, u32)| env::var_os(format!("CARGO_FEATURE_{name}")).is_some();
    let mut machines = machines.iter().filter(chosen);
    let (Some((_, flash, ram)), None) = (machines.next(), machines.next()) else {
        panic!(
            "choose exactly one machine: --no-default-features --features an385 (or an386, an500, an505)"
        );
    };
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets it"));
    let script = format!(
        "MEMORY {{ FLASH : ORIGIN = {flash:#x}, LENGTH = 4M\n RAM : ORIGIN = {ram:#x}, LENGTH = 4M }}\n"
    );
    fs::write(out.join("memory.x"), script).expect("OUT_DIR can be written");
    println!("cargo::rustc-link-search={}", out.display());
    println!("cargo::rustc-link-arg-bins=-Tlink.x");
    println!("cargo::rustc-link-arg-bins=--nmagic");
    println!("cargo::rerun-if-changed=build.rs");
}
