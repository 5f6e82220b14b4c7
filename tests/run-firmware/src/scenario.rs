//! What the doorbell is put through, and what must come of it.

use std::fmt::Write as _;
use std::path::Path;
use std::time::Duration;

use fake_slack::certificates::{Authority, Chain, KeyType, Period, Subject, Usage};
use fake_slack::{Builder, FakeSlack, Fault, GENERAL, Step, TlsVersions, USER};

use crate::figures::Figures;
use crate::image::{Machine, build};
use crate::qemu::{HOST, Run};

/// How long a step may take: emulated cryptography on a busy machine.
const STEP: Duration = Duration::from_secs(60);

/// What came of a run.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// Machine and scenario.
    pub what: String,
    /// Why it failed.
    pub result: Result<(), String>,
    /// What the firmware printed.
    pub console: String,
    /// What the image costs.
    pub figures: Figures,
}

/// DHCP, TLS, hello, a message sent and acknowledged, one received; then all of it again after a reset of the connection,
/// and again after a goodbye; then an orderly end with status 0.
pub fn ring(machine: Machine, relay: &Path) -> Outcome {
    ring_image(machine, relay, "doorbell", &["rsa"], |builder| {
        builder.root_key(KeyType::Rsa4096).certificate(Subject {
            key: KeyType::Rsa2048,
            ..subject()
        })
    })
}

/// The same with P-256 alone and short TLS records.
pub fn ring_small(machine: Machine, relay: &Path) -> Outcome {
    ring_image(machine, relay, "doorbell", &["small-records"], |builder| {
        builder.max_record(1024)
    })
}

/// The same without executor, without TLS, through the least buffers.
pub fn ring_bare(machine: Machine, relay: &Path) -> Outcome {
    ring_image(machine, relay, "bare", &[], Builder::plain)
}

fn ring_image(
    machine: Machine,
    relay: &Path,
    image: &str,
    features: &[&str],
    setup: fn(Builder) -> Builder,
) -> Outcome {
    let with = features.join(", ");
    let what = format!(
        "{}: {image} ({with}) rings, hears, survives a reset and a goodbye",
        machine.name
    );
    let (mut console, mut figures) = (String::new(), Figures::default());
    let mut through = || {
        let image = build(machine, image, features)?;
        let server = server(setup)?;
        let arguments = arguments(&server, server.root_certificate_der(), false);
        let mut run = Run::start(machine, &image, relay, server.port(), &arguments)?;
        let talked = talk(&server, &mut run);
        let (status, printed) = run.wait(if talked.is_ok() { STEP } else { Duration::ZERO });
        console = printed;
        figures = Figures::of(&image, &console);
        talked?;
        for line in [
            "address: 10.0.2.15",
            "message: one",
            "message: two",
            "message: three",
            "heard: ",
        ] {
            if !console.contains(line) {
                return Err(format!("it never printed {line:?}"));
            }
        }
        expect(status, 0)
    };
    let result = through();
    Outcome {
        what,
        result,
        console,
        figures,
    }
}

/// The host's side of the talk.
fn talk(server: &FakeSlack, run: &mut Run) -> Result<(), String> {
    for (round, text) in [(1, "one"), (2, "two"), (3, "three")] {
        wait_for_ring(server, run, round)?;
        server.push_message(GENERAL, USER, text);
        // The message leaves before the link is cut behind it.
        std::thread::sleep(Duration::from_millis(500));
        match round {
            1 => server.reset_all(),
            2 => server.goodbye(),
            _ => {}
        }
    }
    server.push_message(GENERAL, USER, "stop");
    Ok(())
}

fn wait_for_ring(server: &FakeSlack, run: &mut Run, round: usize) -> Result<(), String> {
    for _ in 0..STEP.as_secs() {
        if server
            .log()
            .wait_received(Duration::from_secs(1), round, "message")
            .is_ok()
        {
            return Ok(());
        }
        if run.has_ended() {
            return Err(format!("it ended before ring {round}"));
        }
    }
    Err(format!("waited too long for ring {round}"))
}

/// What the images cost without their prints: flash and static RAM.
///
/// # Errors
/// When an image does not build.
pub fn measure_quiet(machine: Machine) -> Result<Vec<(&'static str, Figures)>, String> {
    let table: &[(&'static str, &'static str, &[&str])] = &[
        ("client + smoltcp, no executor", "bare", &["quiet"]),
        (
            "client + embassy-net + TLS (P-256), short records",
            "doorbell",
            &["small-records", "quiet"],
        ),
        ("client + embassy-net + TLS (P-256)", "doorbell", &["quiet"]),
        (
            "client + embassy-net + TLS (RSA, P-384, P-256)",
            "doorbell",
            &["rsa", "quiet"],
        ),
    ];
    let mut rows = Vec::new();
    for (what, image, features) in table {
        rows.push((*what, Figures::of(&build(machine, image, features)?, "")));
    }
    Ok(rows)
}

/// Servers that must not be believed, and ends that are none: each is refused with a status of its own.
pub fn refusals(machine: Machine, relay: &Path) -> Vec<Outcome> {
    let image = build(machine, "doorbell", &["rsa"]);
    type Setup = fn(Builder) -> Builder;
    let table: &[(&str, i32, Setup)] = &[
        ("a certificate for another host", 32, |builder| {
            builder.certificate(Subject {
                names: vec!["other.test".into()],
                ..subject()
            })
        }),
        ("an expired certificate", 33, |builder| {
            builder.certificate(Subject {
                period: Period::Expired,
                ..subject()
            })
        }),
        (
            "a chain with a certificate that is no authority",
            34,
            |builder| {
                builder.certificate(Subject {
                    chain: Chain::NonCaIntermediate,
                    ..subject()
                })
            },
        ),
        ("a certificate for clients", 35, |builder| {
            builder.certificate(Subject {
                usage: Usage::ClientAuth,
                ..subject()
            })
        }),
        ("TLS 1.2 only", 21, |builder| {
            builder.tls_versions(TlsVersions::Only12)
        }),
        ("an empty protected record", 23, |builder| {
            builder.fault(
                Step::Tls,
                Fault::RawBytes(vec![
                    23, 3, 3, 0, 16, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
                ]),
                1,
            )
        }),
        ("no TLS at all", 22, |builder| {
            builder.fault(
                Step::Tls,
                Fault::RawBytes(b"HTTP/1.1 400 \r\n\r\n".to_vec()),
                1,
            )
        }),
        ("a truncated stream", 11, |builder| {
            builder.fault(Step::AnswerBody, Fault::Truncate(20), 1)
        }),
    ];
    let mut outcomes = vec![refusal(
        machine,
        relay,
        &image,
        "an unknown root",
        31,
        |builder| builder,
        true,
    )];
    for (what, status, setup) in table {
        outcomes.push(refusal(
            machine, relay, &image, what, *status, *setup, false,
        ));
    }
    outcomes
}

fn refusal(
    machine: Machine,
    relay: &Path,
    image: &Result<std::path::PathBuf, String>,
    what: &str,
    status: i32,
    setup: fn(Builder) -> Builder,
    stranger: bool,
) -> Outcome {
    let mut console = String::new();
    let mut run = || {
        let image = image.as_ref().map_err(Clone::clone)?;
        let server = server(setup)?;
        let root = if stranger {
            Some(Authority::new("another root", KeyType::P256).der().to_vec())
        } else {
            server.root_certificate_der()
        };
        let run = Run::start(
            machine,
            image,
            relay,
            server.port(),
            &arguments(&server, root, true),
        )?;
        let (seen, printed) = run.wait(STEP);
        console = printed;
        if !server.log().received("message").is_empty() {
            return Err("it talked to that server".into());
        }
        expect(seen, status)
    };
    let result = run();
    Outcome {
        what: format!("{}: refuses {what} (status {status})", machine.name),
        result,
        console,
        figures: Figures::default(),
    }
}

fn expect(seen: Option<i32>, status: i32) -> Result<(), String> {
    match seen {
        Some(seen) if seen == status => Ok(()),
        Some(seen) => Err(format!("exit status {seen} instead of {status}")),
        None => Err(format!(
            "it had to be ended, instead of exit status {status}"
        )),
    }
}

fn subject() -> Subject {
    Subject {
        names: vec![HOST.into()],
        ..Subject::default()
    }
}

fn server(setup: impl FnOnce(Builder) -> Builder) -> Result<FakeSlack, String> {
    let builder = FakeSlack::builder().host(HOST).certificate(subject());
    setup(builder)
        .start()
        .map_err(|error| format!("fake-slack: {error}"))
}

fn arguments(server: &FakeSlack, root: Option<Vec<u8>>, once: bool) -> Vec<String> {
    let mut hex = String::new();
    for byte in root.unwrap_or_default() {
        let _ = write!(hex, "{byte:02x}");
    }
    let mut arguments = vec![
        format!("api={}", server.api_base()),
        format!("domain={HOST}"),
        format!("token={}", server.token()),
        format!("channel={GENERAL}"),
        "seed=4711".into(),
        format!("root={hex}"),
    ];
    if once {
        arguments.push("once".into());
    }
    arguments
}
