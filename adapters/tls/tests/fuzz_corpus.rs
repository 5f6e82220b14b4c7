//! Every file of the fuzz corpus through its target's body: what was found once stays mended.
//!
//! The seeds among the files (`seed-*`) are made by `fuzz/bodies/seeds.rs`; with `WRITE_SEEDS` set
//! they are written. The others are inputs that once failed, each named after what it showed.

#[path = "../fuzz/bodies/mod.rs"]
mod bodies;

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

fn corpus() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus")
}

#[test]
fn the_corpus_holds() {
    let mut files = 0;
    for (target, body) in bodies::TARGETS {
        for path in bodies::seeds::files(&corpus().join(target)) {
            let input = fs::read(&path).expect("a readable file");
            let held = std::panic::catch_unwind(|| body(&input));
            assert!(held.is_ok(), "{} does not hold", path.display());
            files += 1;
        }
    }
    assert!(files >= 60, "{files} files");
}

#[test]
fn every_seed_is_in_the_corpus() {
    let mut known = BTreeSet::new();
    for (target, name, content) in bodies::seeds::seeds() {
        let path = corpus().join(target).join(name);
        if std::env::var_os("WRITE_SEEDS").is_some() {
            fs::create_dir_all(corpus().join(target)).expect("a folder");
            fs::write(&path, &content).expect("a writable file");
        }
        let there = fs::read(&path).unwrap_or_default();
        assert!(
            there == content,
            "{}: run with WRITE_SEEDS=1",
            path.display()
        );
        assert!(known.insert(path.clone()), "{} twice", path.display());
    }
    for (target, _) in bodies::TARGETS {
        for path in bodies::seeds::files(&corpus().join(target)) {
            let name = path.file_name().expect("a name").to_string_lossy();
            let is_seed = name.starts_with("seed-");
            assert!(
                !is_seed || known.contains(&path),
                "{} is not made",
                path.display()
            );
        }
    }
}
