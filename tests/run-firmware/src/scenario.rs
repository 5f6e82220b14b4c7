//! What the doorbell is put through, and what must come of it.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use fake_slack::certificates::{Authority, Chain, KeyType, Period, Subject, Usage};
use fake_slack::{
    BOT_TOKEN, Builder, FakeSlack, Fault, Frame, GENERAL, Step, TlsVersions, USER, What,
};
use hostile_tls::Flight;

use crate::cable::{FILES_NAME, NAME};
use crate::figures::Figures;
use crate::image::{Machine, build};
use crate::picture;
use crate::qemu::{Clock, HOST, Run};
use crate::socket_mode;
use crate::web_api;

/// How long a step may take: emulated cryptography on a busy machine.
pub(crate) const STEP: Duration = Duration::from_secs(60);

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
    /// Instructions for each call of the Web API, in thousands.
    pub calls: Vec<u32>,
}

/// An image, the server that it is made for, and what is done to both.
#[derive(Clone, Copy)]
pub(crate) struct Image {
    pub(crate) name: &'static str,
    pub(crate) features: &'static [&'static str],
    pub(crate) setup: Setup,
    pub(crate) talk: Talk,
    pub(crate) clock: Clock,
}

pub(crate) type Setup = fn(Builder) -> Builder;
/// The host's side of a run, which may replace the server.
pub(crate) type Talk = fn(FakeSlack, Setup, &mut Run) -> Result<FakeSlack, String>;

impl Image {
    const fn new(name: &'static str, features: &'static [&'static str], setup: Setup) -> Self {
        Self {
            name,
            features,
            setup,
            talk,
            clock: Clock::Host,
        }
    }
}

const RSA: Image = Image::new("doorbell", &["rsa"], rsa);

pub(crate) fn rsa(builder: Builder) -> Builder {
    builder.root_key(KeyType::Rsa4096).certificate(Subject {
        key: KeyType::Rsa2048,
        ..subject()
    })
}

/// Without TLS, at an address: the bare loop looks up no names.
fn bare(builder: Builder) -> Builder {
    builder.plain().host(&HOST.to_string())
}

fn short_records(builder: Builder) -> Builder {
    builder.max_record(1024)
}

/// DHCP, DNS, TLS, hello, a message sent and acknowledged, one received; then all of it again after a reset of the connection,
/// after a restart of the server after a goodbye; then an orderly end with status 0.
pub fn ring(machine: Machine, relay: &Path) -> Outcome {
    ring_image(machine, relay, RSA)
}

/// The same with P-256 alone, through the least buffers and short TLS records.
pub fn ring_small(machine: Machine, relay: &Path) -> Outcome {
    let image = Image::new("doorbell", &["tls", "small"], short_records);
    ring_image(machine, relay, image)
}

/// The same without executor, without TLS, through the least buffers.
pub fn ring_bare(machine: Machine, relay: &Path) -> Outcome {
    ring_image(machine, relay, Image::new("bare", &[], bare))
}

fn ring_image(machine: Machine, relay: &Path, image: Image) -> Outcome {
    let what = format!(
        "{}: {} ({}) rings, hears, survives a reset, and a restart after a goodbye",
        machine.name,
        image.name,
        image.features.join(", ")
    );
    let (mut console, mut figures) = (String::new(), Figures::default());
    let result = build(machine, image.name, image.features).and_then(|elf| {
        live(machine, relay, &elf, &image, &mut console)?;
        figures = Figures::of(&elf, &console);
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
        Ok(())
    });
    Outcome {
        what,
        result,
        console,
        figures,
        calls: Vec::new(),
    }
}

/// One life of an image, from DHCP to its end with status 0.
pub(crate) fn live(
    machine: Machine,
    relay: &Path,
    elf: &Path,
    image: &Image,
    console: &mut String,
) -> Result<(), String> {
    let server = start(image.setup)?;
    let arguments = arguments(&server, server.root_certificate_der(), false);
    let mut run = Run::start(
        machine,
        elf,
        relay,
        &ports(&server),
        &arguments,
        image.clock,
    )?;
    let talked = (image.talk)(server, image.setup, &mut run);
    let (status, printed) = run.wait(if talked.is_ok() { STEP } else { Duration::ZERO });
    *console = printed;
    talked?;
    expect(status, 0)
}

/// Presses while the display is busy: as many as the firmware keeps.
const PRESSES: usize = 4;
/// Messages while the display is busy: more bytes than the firmware has room for, so that TCP's window closes.
const MESSAGES: usize = 12;
/// The time that the firmware's display takes, less the error of a clock.
const DISPLAY: Duration = Duration::from_millis(9_900);

/// A handler that awaits a display for ten seconds while it holds the event. Meanwhile the button is pressed, and messages
/// and pings arrive. No press, message or ping is lost, each has its effect once and in order, after the display has
/// finished, and the session stays the same.
pub fn hold(machine: Machine, relay: &Path) -> Outcome {
    let mut console = String::new();
    let result = build(machine, RSA.name, RSA.features)
        .and_then(|elf| hold_image(machine, relay, &elf, &mut console));
    Outcome {
        what: format!(
            "{}: {} holds an event for ten seconds, loses no press and no message, and answers the last ping",
            machine.name, RSA.name
        ),
        result,
        console,
        figures: Figures::default(),
        calls: Vec::new(),
    }
}

fn hold_image(
    machine: Machine,
    relay: &Path,
    elf: &Path,
    console: &mut String,
) -> Result<(), String> {
    let server = start(RSA.setup)?;
    let arguments = arguments(&server, server.root_certificate_der(), false);
    let mut run = Run::start(
        machine,
        elf,
        relay,
        &ports(&server),
        &arguments,
        Clock::Host,
    )?;
    let held = while_held(&server, &mut run);
    let (status, printed) = run.wait(if held.is_ok() { STEP } else { Duration::ZERO });
    *console = printed;
    held?;
    expect(status, 0)?;

    let mut lines = vec![format!("message: {SHOW}"), "shown: the weather".into()];
    lines.extend((1..=MESSAGES).map(|number| format!("message: {}", numbered(number))));
    lines.push("message: stop".into());
    let printed: Vec<_> = console
        .lines()
        .filter(|line| line.starts_with("message: ") || line.starts_with("shown: "))
        .collect();
    if printed != lines {
        return Err("messages were lost, repeated or in another order".into());
    }
    let count = |start| {
        console
            .lines()
            .filter(|line| line.starts_with(start))
            .count()
    };
    let (rang, heard) = (count("rang: "), count("heard: "));
    // The first was at hello.
    if (rang, heard) != (1 + PRESSES, 1 + PRESSES) {
        return Err(format!("it rang {rang} times, and heard of {heard}"));
    }
    let (calls, again) = (server.log().calls("rtm.connect"), count("again at "));
    if (calls, again) != (1, 0) {
        return Err(format!("{calls} sessions instead of one"));
    }
    Ok(())
}

/// The message that the firmware shows on its display.
const SHOW: &str = "show the weather";

/// A long message with a number.
fn numbered(number: usize) -> String {
    format!("{number:02} {}", "x".repeat(400))
}

/// The host's side while the firmware holds an event.
fn while_held(server: &FakeSlack, run: &mut Run) -> Result<(), String> {
    wait_for_ring(server, run, 1)?;
    server.push_message(GENERAL, USER, SHOW);
    // The handler sends it first. It arrives while the event is held.
    let held = wait_for_text(server, "typing", 1)?;
    for number in 1..=MESSAGES {
        server.push_message(GENERAL, USER, &numbered(number));
        if number <= PRESSES {
            run.press(1)?;
            server.ping(number.to_string().as_bytes());
            // Nobody presses faster. The button's task waits for the next press again meanwhile.
            std::thread::sleep(Duration::from_millis(500));
        }
    }
    let posted = wait_for_text(server, "message", 2)?;
    if posted < held + DISPLAY {
        return Err("it did not hold the event".into());
    }
    wait_for_text(server, "message", 1 + PRESSES)?;
    // The last ping has its pong; those before it may have none (RFC 6455 section 5.5.3).
    let last = PRESSES.to_string();
    let is_pong = |what: &What| matches!(what, What::Received(Frame::Pong(payload)) if *payload == last.as_bytes());
    let is_ack = |what: &What| match what {
        What::Sent(frame) => frame.json().is_some_and(|json| json["ok"] == true),
        _ => false,
    };
    let log = server.log();
    log.wait_nth(STEP, 1, is_pong)
        .map_err(|_| "the last ping has no pong")?;
    log.wait_nth(STEP, 1 + PRESSES, is_ack)
        .map_err(|_| "not every press was posted")?;
    server.push_message(GENERAL, USER, "stop");
    Ok(())
}

/// Waits for the `nth` text frame of this type. Returns its time.
fn wait_for_text(server: &FakeSlack, kind: &str, nth: usize) -> Result<Duration, String> {
    let is_kind = |what: &What| match what {
        What::Received(frame) => frame.json().is_some_and(|json| json["type"] == kind),
        _ => false,
    };
    match server.log().wait_nth(STEP, nth, is_kind) {
        Ok(entry) => Ok(entry.at),
        Err(_) => Err(format!("waited too long for {kind} {nth}")),
    }
}

/// The host's side of the talk.
fn talk(server: FakeSlack, setup: Setup, run: &mut Run) -> Result<FakeSlack, String> {
    for (round, text) in [(1, "one"), (2, "two")] {
        wait_for_ring(&server, run, round)?;
        greet(&server, text);
        match round {
            1 => server.reset_all(),
            _ => server.goodbye(),
        }
    }
    // Within what Slack allows of calls in a minute: a fourth one would wait.
    let server = restarted(server, setup)?;
    wait_for_ring(&server, run, 1)?;
    greet(&server, "three");
    server.push_message(GENERAL, USER, "stop");
    Ok(server)
}

/// Another server in the place of this one, with a certificate of the same root.
fn restarted(server: FakeSlack, setup: Setup) -> Result<FakeSlack, String> {
    let identity = server.authority().map(|root| root.issue(&subject()));
    let [port, upload_port] = ports(&server);
    drop(server);
    start(|builder| {
        let builder = setup(builder).port(port).upload_port(upload_port);
        match identity {
            Some(identity) => builder.fault(Step::Tls, Fault::Certificate(identity), usize::MAX),
            None => builder,
        }
    })
}

/// A message that leaves before the link is cut behind it.
fn greet(server: &FakeSlack, text: &str) {
    server.push_message(GENERAL, USER, text);
    std::thread::sleep(Duration::from_millis(500));
}

fn wait_for_ring(server: &FakeSlack, run: &mut Run, round: usize) -> Result<(), String> {
    wait_for(run, &format!("ring {round}"), |limit| {
        server.log().wait_received(limit, round, "message").is_ok()
    })
}

/// Waits until `look` has seen this within its limit, as long as the image runs.
pub(crate) fn wait_for(
    run: &mut Run,
    what: &str,
    look: impl Fn(Duration) -> bool,
) -> Result<(), String> {
    for _ in 0..STEP.as_secs() {
        if look(Duration::from_secs(1)) {
            return Ok(());
        }
        if run.has_ended() {
            return Err(format!("it ended before {what}"));
        }
    }
    Err(format!("waited too long for {what}"))
}

/// What an image costs on a target, measured in a life of it.
#[derive(Clone, Debug)]
pub struct Cost {
    /// What is in the image.
    pub what: &'static str,
    /// The target, and the machine that it ran on.
    pub machine: Machine,
    /// The figures, or why there are none.
    pub figures: Result<Figures, String>,
}

/// What the images cost without their prints, each told to `tell` when it went through a whole life.
pub fn costs(machines: &[Machine], relay: &Path, mut tell: impl FnMut(Cost)) {
    let doorbell = |features, setup| Image::new("doorbell", features, setup);
    let table: &[(&'static str, Image)] = &[
        (
            "client + smoltcp, bare loop",
            Image::new("bare", &["quiet"], bare),
        ),
        ("client + embassy-net", doorbell(&["quiet"], Builder::plain)),
        (
            "client + embassy-net + TLS (P-256), records of 1 KiB",
            doorbell(&["tls", "small", "quiet"], short_records),
        ),
        (
            "client + embassy-net + TLS (P-256)",
            doorbell(&["tls", "quiet"], |builder| builder),
        ),
        (
            "client + embassy-net + TLS (RSA, P-384, P-256)",
            doorbell(&["rsa", "quiet"], rsa),
        ),
        (
            "the same, posts through the Web API between sessions",
            web_api::between(&["rsa", "between", "quiet"]),
        ),
        (
            "the same, posts through the Web API beside a session",
            web_api::beside(&["rsa", "beside", "quiet"]),
        ),
        (
            "the same between sessions, and uploads a picture",
            picture::picture(&["rsa", "between", "picture", "quiet"]),
        ),
        (
            "Socket Mode + embassy-net",
            socket_mode::commands(&["socket-mode", "quiet"], Builder::plain),
        ),
        (
            "Socket Mode + embassy-net + TLS (RSA, P-384, P-256)",
            socket_mode::commands(&["rsa", "socket-mode", "quiet"], rsa),
        ),
        (
            "the same app, posts through the Web API beside its session",
            socket_mode::posts(&["rsa", "socket-mode", "beside", "quiet"]),
        ),
    ];
    let measure = |machine: Machine, image: &Image| {
        let elf = build(machine, image.name, image.features)?;
        let mut console = String::new();
        live(machine, relay, &elf, image, &mut console)?;
        let figures = Figures::of(&elf, &console);
        match figures.stack {
            Some(_) => Ok(figures),
            None => Err("it did not tell its stack".into()),
        }
    };
    for (what, image) in table {
        for machine in machines {
            tell(Cost {
                what,
                machine: *machine,
                figures: measure(*machine, image),
            });
        }
    }
}

/// Servers that must not be believed, and ends that are none: each is refused with a status of its own.
pub fn refusals(machine: Machine, relay: &Path) -> Vec<Outcome> {
    let elf = build(machine, RSA.name, RSA.features);
    let fault = |step, fault| move |builder: Builder| builder.fault(step, fault, 1);
    let shows = |change: fn(&mut Subject)| {
        move |builder: Builder| {
            let mut subject = subject();
            change(&mut subject);
            builder.certificate(subject)
        }
    };
    type Setup = Box<dyn FnOnce(Builder) -> Builder>;
    let impostors: [(&str, i32, Setup); 8] = [
        (
            "a certificate for another host",
            32,
            Box::new(shows(|it| it.names = vec!["other.test".into()])),
        ),
        (
            "an expired certificate",
            33,
            Box::new(shows(|it| it.period = Period::Expired)),
        ),
        (
            "a chain with a certificate that is no authority",
            34,
            Box::new(shows(|it| it.chain = Chain::NonCaIntermediate)),
        ),
        (
            "a certificate for clients",
            35,
            Box::new(shows(|it| it.usage = Usage::ClientAuth)),
        ),
        (
            "TLS 1.2 only",
            21,
            Box::new(|builder| builder.tls_versions(TlsVersions::Only12)),
        ),
        (
            "a protected record before any key, and empty",
            23,
            Box::new(fault(
                Step::Tls,
                Fault::RawBytes([[23, 3, 3, 0, 16].as_slice(), &[0; 16]].concat()),
            )),
        ),
        (
            "no TLS at all",
            22,
            Box::new(fault(
                Step::Tls,
                Fault::RawBytes(b"HTTP/1.1 400 \r\n\r\n".to_vec()),
            )),
        ),
        (
            "a truncated stream",
            11,
            Box::new(fault(Step::AnswerBody, Fault::Truncate(20))),
        ),
    ];
    let (unknown, status) = ("an unknown root", 31);
    let mut outcomes = vec![refusal(machine, unknown, status, |console| {
        let server = start(|builder| builder)?;
        let another = Authority::new("another root", KeyType::P256).der().to_vec();
        visit(machine, relay, &elf, &server, Some(another), console)
    })];
    outcomes.push(refusal(machine, "a name that nobody has", 13, |console| {
        let elf = elf.as_ref().map_err(Clone::clone)?;
        let server = start(|builder| builder)?;
        let (host, root) = ("nobody.test", server.root_certificate_der());
        let api = format!("https://{host}:{}/api/", server.port());
        let arguments = arguments_for(&api, host, server.token(), root, true);
        let run = Run::start(
            machine,
            elf,
            relay,
            &ports(&server),
            &arguments,
            Clock::Host,
        )?;
        let (seen, printed) = run.wait(STEP);
        *console = printed;
        Ok(seen)
    }));
    for (what, status, setup) in impostors {
        outcomes.push(refusal(machine, what, status, |console| {
            let server = start(setup)?;
            let root = server.root_certificate_der();
            visit(machine, relay, &elf, &server, root, console)
        }));
    }
    for (what, status, flight) in [
        (
            "a server that finishes without a certificate",
            36,
            Flight::NoCertificate,
        ),
        (
            "a server that shows no certificate in its message",
            36,
            Flight::EmptyCertificate,
        ),
        ("an empty protected record", 23, Flight::EmptyRecord),
        (
            "a protected record of padding alone",
            20,
            Flight::OnlyPadding,
        ),
        ("a plaintext record after the keys", 22, Flight::Plaintext),
        ("a flight that is cut", 11, Flight::Cut),
    ] {
        outcomes.push(refusal(machine, what, status, |console| {
            let elf = elf.as_ref().map_err(Clone::clone)?;
            let (port, server) = hostile_tls::serve(flight, 1);
            let api = format!("https://{NAME}:{port}/api/");
            let root = Authority::new("a root", KeyType::P256).der().to_vec();
            let arguments = arguments_for(&api, NAME, BOT_TOKEN, Some(root), true);
            let run = Run::start(machine, elf, relay, &[port], &arguments, Clock::Host)?;
            let (seen, printed) = run.wait(STEP);
            *console = printed;
            // A firmware that never called leaves it waiting; then the status is wrong as well.
            if seen.is_some() {
                server.join().map_err(|_| "the hostile server panicked")?;
            }
            Ok(seen)
        }));
    }
    outcomes
}

/// Shows the firmware a server, with `root` as what it trusts; gives its exit status.
fn visit(
    machine: Machine,
    relay: &Path,
    elf: &Result<PathBuf, String>,
    server: &FakeSlack,
    root: Option<Vec<u8>>,
    console: &mut String,
) -> Result<Option<i32>, String> {
    let elf = elf.as_ref().map_err(Clone::clone)?;
    let arguments = arguments(server, root, true);
    let run = Run::start(machine, elf, relay, &ports(server), &arguments, Clock::Host)?;
    let (seen, printed) = run.wait(STEP);
    *console = printed;
    if server.log().received("message").is_empty() {
        Ok(seen)
    } else {
        Err("it talked to that server".into())
    }
}

fn refusal(
    machine: Machine,
    what: &str,
    status: i32,
    run: impl FnOnce(&mut String) -> Result<Option<i32>, String>,
) -> Outcome {
    let mut console = String::new();
    let result = run(&mut console).and_then(|seen| expect(seen, status));
    Outcome {
        what: format!("{}: refuses {what} (status {status})", machine.name),
        result,
        console,
        figures: Figures::default(),
        calls: Vec::new(),
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
        names: vec![NAME.into(), FILES_NAME.into()],
        ..Subject::default()
    }
}

fn start(setup: impl FnOnce(Builder) -> Builder) -> Result<FakeSlack, String> {
    let builder = FakeSlack::builder().host(NAME).upload_host(FILES_NAME);
    let builder = builder.certificate(subject());
    setup(builder)
        .start()
        .map_err(|error| format!("fake-slack: {error}"))
}

/// The ports of a server.
fn ports(server: &FakeSlack) -> [u16; 2] {
    [server.port(), server.upload_port()]
}

fn arguments(server: &FakeSlack, root: Option<Vec<u8>>, once: bool) -> Vec<String> {
    let mut arguments = arguments_for(
        &server.api_base(),
        server.host(),
        server.token(),
        root,
        once,
    );
    // For the images that speak Socket Mode.
    arguments.push(format!("app={}", server.app_token()));
    arguments
}

fn arguments_for(
    api: &str,
    host: &str,
    token: &str,
    root: Option<Vec<u8>>,
    once: bool,
) -> Vec<String> {
    let mut hex = String::new();
    for byte in root.unwrap_or_default() {
        let _ = write!(hex, "{byte:02x}");
    }
    let mut arguments = vec![
        format!("api={api}"),
        format!("domain={host}"),
        format!("token={token}"),
        format!("channel={GENERAL}"),
        "seed=4711".into(),
        format!("root={hex}"),
    ];
    if once {
        arguments.push("once".into());
    }
    arguments
}
