//! A run of an image in QEMU: isolated from everything but some ports, watched, and ended in time.

use std::fmt::Write as _;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::Ipv4Addr;
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use crate::cable::Cable;
use crate::image::Machine;
use crate::relay::RELAY;

/// The emulator.
pub(crate) const PROGRAM: &str = "qemu-system-arm";
/// The host's address as the guest sees it.
pub(crate) const HOST: Ipv4Addr = Ipv4Addr::new(10, 0, 2, 100);

/// What the guest's timer counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Clock {
    /// The host's time.
    Host,
    /// Instructions, a nanosecond each; the host's time while the guest sleeps.
    Instructions,
}

/// A running image.
pub(crate) struct Run {
    process: Child,
    /// The guest's serial line.
    serial: ChildStdin,
    console: JoinHandle<String>,
}

impl Run {
    /// Starts `image`, which may reach these ports of this host, as the same ports of [`HOST`], and nothing else; names
    /// are [`Cable`]'s.
    pub(crate) fn start(
        machine: Machine,
        image: &Path,
        relay: &Path,
        ports: &[u16],
        arguments: &[String],
        clock: Clock,
    ) -> Result<Self, String> {
        let counts: &[&str] = match clock {
            Clock::Host => &[],
            Clock::Instructions => &["-icount", "shift=0"],
        };
        let arguments: String = arguments
            .iter()
            .map(|argument| format!(",arg={}", argument.replace(',', ",,")))
            .collect();
        let relay = relay.display().to_string().replace(',', ",,");
        let cable = Cable::lay().map_err(|error| format!("no cable: {error}"))?;
        let mut network = "user,id=network,restrict=on".to_owned();
        for port in ports {
            let _ = write!(
                network,
                ",guestfwd=tcp:{HOST}:{port}-cmd:{relay} {RELAY} {port}"
            );
        }
        let mut process = Command::new(PROGRAM)
            .args(["-M", &format!("mps2-{}", machine.name)])
            .args(["-display", "none", "-monitor", "none", "-serial", "stdio"])
            .args([
                "-semihosting-config",
                &format!("enable=on,target=native,arg=doorbell{arguments}"),
            ])
            .args(["-nic", &format!("socket,connect={}", cable.guest)])
            .args(["-netdev", &network])
            .args([
                "-netdev",
                &format!("socket,id=cable,connect={}", cable.network),
            ])
            .args(["-netdev", "hubport,id=a,hubid=1,netdev=network"])
            .args(["-netdev", "hubport,id=b,hubid=1,netdev=cable"])
            .args(counts)
            .arg("-kernel")
            .arg(image)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|error| format!("{PROGRAM} cannot be run: {error}"))?;
        let serial = process.stdin.take().ok_or("no serial line")?;
        let mut output = process.stdout.take().ok_or("no console")?;
        let complaints = BufReader::new(process.stderr.take().ok_or("no complaints")?);
        thread::spawn(move || {
            let lines = complaints.lines().map_while(Result::ok);
            // QEMU expects an emulated controller at each hub; this one has the cable.
            for line in lines.filter(|line| !line.ends_with("hub 1 with no nics")) {
                eprintln!("{line}");
            }
        });
        let console = thread::spawn(move || {
            let mut bytes = Vec::new();
            let _ = output.read_to_end(&mut bytes);
            String::from_utf8_lossy(&bytes).into_owned()
        });
        Ok(Self {
            process,
            serial,
            console,
        })
    }

    /// Presses the doorbell's button so many times, as fast as the firmware can see it.
    pub(crate) fn press(&mut self, times: usize) -> Result<(), String> {
        let pressed = self
            .serial
            .write_all(&vec![b'!'; times])
            .and_then(|()| self.serial.flush());
        pressed.map_err(|error| format!("the button cannot be pressed: {error}"))
    }

    /// Whether it has ended already.
    pub(crate) fn has_ended(&mut self) -> bool {
        !matches!(self.process.try_wait(), Ok(None))
    }

    /// Waits for its end: exit status, or `None` if it had to be ended; and what it printed.
    pub(crate) fn wait(mut self, limit: Duration) -> (Option<i32>, String) {
        let until = Instant::now() + limit;
        let status = loop {
            match self.process.try_wait() {
                Ok(Some(status)) => break status.code(),
                Ok(None) if Instant::now() < until => thread::sleep(Duration::from_millis(20)),
                _ => {
                    let _ = self.process.kill();
                    let _ = self.process.wait();
                    break None;
                }
            }
        };
        (status, self.console.join().unwrap_or_default())
    }
}
