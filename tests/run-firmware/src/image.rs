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
    let targets = machines.iter().map(|machine| machine.target);
    missing_targets(targets, is_installed).map_or(Ok(()), Err)
}

/// Whether Rust's library for this target is installed.
fn is_installed(target: &str) -> bool {
    let output = Command::new("rustc")
        .args(["--print", "target-libdir", "--target", target])
        .output();
    output.is_ok_and(|output| {
        let path = String::from_utf8_lossy(&output.stdout).trim().to_owned();
        output.status.success() && Path::new(&path).is_dir()
    })
}

/// Names all targets that are missing, each once, with the command that installs them.
fn missing_targets<'t>(
    targets: impl Iterator<Item = &'t str>,
    is_installed: impl Fn(&str) -> bool,
) -> Option<String> {
    let mut missing: Vec<&str> = Vec::new();
    for target in targets {
        if !missing.contains(&target) && !is_installed(target) {
            missing.push(target);
        }
    }
    let plural = match missing.len() {
        0 => return None,
        1 => "A target of Rust is",
        _ => "Targets of Rust are",
    };
    Some(format!(
        "{plural} missing. Install with:\n  rustup target add {}",
        missing.join(" ")
    ))
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

#[cfg(test)]
mod tests {
    use super::{ALL_MACHINES, COST_MACHINES, missing_targets};

    #[test]
    fn missing_targets_are_named_all_at_once_with_the_command_that_installs_them() {
        let targets = || {
            let machines = ALL_MACHINES.iter().chain(&COST_MACHINES);
            machines.map(|machine| machine.target)
        };
        assert_eq!(missing_targets(targets(), |_| true), None);
        assert_eq!(
            missing_targets(targets(), |target| target == "thumbv7m-none-eabi").as_deref(),
            Some(
                "Targets of Rust are missing. Install with:\n  rustup target add thumbv7em-none-eabi \
                 thumbv7em-none-eabihf thumbv8m.main-none-eabihf thumbv6m-none-eabi"
            )
        );
        assert_eq!(
            missing_targets(targets(), |target| target != "thumbv6m-none-eabi").as_deref(),
            Some(
                "A target of Rust is missing. Install with:\n  rustup target add thumbv6m-none-eabi"
            )
        );
    }
}
