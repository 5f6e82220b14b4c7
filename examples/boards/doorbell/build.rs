//! Settings from the environment: token, channel, trust anchor; and the time of the build.

use std::time::SystemTime;
use std::{env, fs, path::PathBuf};

fn main() {
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets it")).join("root.der");
    match env::var_os("SLACK_ROOT") {
        Some(path) => {
            println!("cargo::rerun-if-changed={}", PathBuf::from(&path).display());
            fs::copy(&path, &out).expect("SLACK_ROOT names a DER file");
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
        println!("cargo::rerun-if-env-changed={name}");
    }
    println!("cargo::rerun-if-env-changed=SLACK_ROOT");
    let now = SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .expect("a clock after 1970")
        .as_secs();
    println!("cargo::rustc-env=BUILD_TIME={now}");
}
