//! The machines, what must be installed for them, and how an image is built.

use std::path::{Path, PathBuf};
use std::process::Command;

/// A machine that the firmware runs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Machine {
    /// The firmware's feature for it; QEMU's name has `mps2-` in front.
    pub name: &'static str,
    /// Rust's target.
    pub target: &'static str,
}

/// Every machine: Cortex-M3, M4, M7 and M33.
pub const ALL_MACHINES: [Machine; 4] = [
    Machine {
        name: "an385",
        target: "thumbv7m-none-eabi",
    },
    Machine {
        name: "an386",
        target: "thumbv7em-none-eabi",
    },
    Machine {
        name: "an500",
        target: "thumbv7em-none-eabihf",
    },
    Machine {
        name: "an505",
        target: "thumbv8m.main-none-eabihf",
    },
];

/// Where costs are measured: the targets that most devices have. A Cortex-M3 runs what is built for a Cortex-M0.
pub const COST_MACHINES: [Machine; 3] = [
    Machine {
        name: "an386",
        target: "thumbv7em-none-eabi",
    },
    Machine {
        name: "an385",
        target: "thumbv7m-none-eabi",
    },
    Machine {
        name: "an385",
        target: "thumbv6m-none-eabi",
    },
];

/// Looks for QEMU and for Rust's targets.
///
/// # Errors
/// What to install, in words.
pub fn check_tools(machines: &[Machine]) -> Result<(), String> {
    let qemu = Command::new(crate::qemu::PROGRAM).arg("--version").output();
    if !qemu.is_ok_and(|output| output.status.success()) {
        return Err(format!(
            "{} was not found. Install QEMU for Arm:\n  Debian, Ubuntu: apt-get install qemu-system-arm\n  \
             Fedora: dnf install qemu-system-arm\n  macOS: brew install qemu",
            crate::qemu::PROGRAM
        ));
    }
    for machine in machines {
        let output = Command::new("rustc")
            .args(["--print", "target-libdir", "--target", machine.target])
            .output();
        let there = output.is_ok_and(|output| {
            let path = String::from_utf8_lossy(&output.stdout).trim().to_owned();
            output.status.success() && Path::new(&path).is_dir()
        });
        if !there {
            return Err(format!(
                "Rust's target is missing: rustup target add {}",
                machine.target
            ));
        }
    }
    Ok(())
}

/// Builds an image with these features besides the machine's; gives the ELF file.
pub(crate) fn build(machine: Machine, image: &str, features: &[&str]) -> Result<PathBuf, String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/firmware");
    let target_dir = std::env::var_os("CARGO_TARGET_DIR").map_or_else(
        || root.join("target"),
        |directory| PathBuf::from(directory).join("firmware"),
    );
    let features = [&[machine.name], features].concat().join(",");
    let status = Command::new("cargo")
        .current_dir(&root)
        .args([
            "build",
            "--release",
            "--locked",
            "--quiet",
            "--no-default-features",
        ])
        .args([
            "--bin",
            image,
            "--features",
            &features,
            "--target",
            machine.target,
        ])
        .arg("--target-dir")
        .arg(&target_dir)
        // The host's flags are not for the device.
        .env_remove("RUSTFLAGS")
        .env_remove("CARGO_ENCODED_RUSTFLAGS")
        .status()
        .map_err(|error| format!("cargo cannot be run: {error}"))?;
    if !status.success() {
        return Err(format!("{image} does not build for {}", machine.name));
    }
    let elf = target_dir.join(machine.target).join("release").join(image);
    // Each machine and set of features overwrites the file of the one before.
    let kept = target_dir.join(format!(
        "{image}-{}-{}",
        machine.target,
        features.replace(',', "-")
    ));
    std::fs::copy(&elf, &kept).map_err(|error| format!("{}: {error}", elf.display()))?;
    Ok(kept)
}
