//! Settings from the environment: token, channel, trust anchor; and the time of the build.

use std::time::SystemTime;
use std::{env, fs, path::PathBuf};

fn main() {
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets it")).join("root.der");
    match env::var_os("SLACK_ROOT") {
        Some(path) => {
            let root = fs::read(&path).expect("SLACK_ROOT names a file that can be read");
            assert!(
                root.first() == Some(&0x30),
                "SLACK_ROOT names a file that is not DER: openssl x509 -in FILE -outform DER -out root.der"
            );
            fs::write(&out, root).expect("OUT_DIR can be written");
        }
        None => {
            println!(
                "cargo::warning=SLACK_ROOT is not set: the image will trust no server (see the board's page)"
            );
            fs::write(&out, []).expect("OUT_DIR can be written");
        }
    }
    for (name, example) in [
        ("SLACK_TOKEN", "xoxb-not-set"),
        ("SLACK_CHANNEL", "C-NOT-SET"),
    ] {
        let value = env::var(name).unwrap_or_else(|_| example.into());
        println!("cargo::rustc-env={name}={value}");
    }
    // Nothing has this name: so this runs at each build, and the time is that of the last one.
    println!("cargo::rerun-if-changed=each-build");
    let now = SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .expect("a clock after 1970")
        .as_secs();
    println!("cargo::rustc-env=BUILD_TIME={now}");
}
