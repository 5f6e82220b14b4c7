//! What the JSON layer costs on a Cortex-M4, and that it links without a panic path.

use std::path::Path;
use std::process::Command;

const TARGET: &str = "thumbv7em-none-eabi";

#[test]
fn the_tokenizer_is_small_and_cannot_panic() {
    let installed = Command::new("rustc")
        .args(["--print", "target-libdir", "--target", TARGET])
        .output()
        .expect("rustc");
    let libraries = String::from_utf8(installed.stdout).expect("a path");
    if !Path::new(libraries.trim()).exists() {
        eprintln!("SKIPPED: {TARGET} is not installed, nothing was linked");
        assert!(std::env::var_os("CI").is_none(), "{TARGET} is missing");
        return;
    }
    let project = Path::new(env!("CARGO_MANIFEST_DIR")).join("../footprint/json");
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("footprint-json");
    // A panic path that is left is an undefined symbol, so that this fails.
    let build = Command::new("cargo")
        .args([
            "build",
            "--release",
            "--locked",
            "--bins",
            "--target",
            TARGET,
        ])
        .env("CARGO_TARGET_DIR", &target)
        .current_dir(project)
        .status()
        .expect("cargo");
    assert!(
        build.success(),
        "the JSON layer does not link without panics"
    );
    let size = |program: &str| {
        let path = target.join(TARGET).join("release").join(program);
        flash(&std::fs::read(path).expect("an ELF"))
    };
    let empty = size("empty");
    let (tokenizer, extractor) = (size("tokenizer") - empty, size("extractor") - empty);
    println!("flash beyond an empty program: tokenizer {tokenizer} B, extractor {extractor} B");
    assert!(tokenizer <= 5 * 1024, "{tokenizer}");
    assert!(extractor <= 12_800, "{extractor}");
}

/// Bytes of the ELF's loaded, read-only sections.
fn flash(elf: &[u8]) -> u32 {
    let word = |at: usize| u32::from_le_bytes(elf[at..at + 4].try_into().unwrap());
    let half = |at: usize| usize::from(u16::from_le_bytes(elf[at..at + 2].try_into().unwrap()));
    let (headers, size, count) = (word(0x20) as usize, half(0x2e), half(0x30));
    let sections = (0..count).map(|index| headers + index * size);
    sections
        .filter(|&section| word(section + 4) != 8 && word(section + 8) & 3 == 2) // not NOBITS; ALLOC, not WRITE
        .map(|section| word(section + 20))
        .sum()
}
