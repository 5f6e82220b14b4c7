//! The doorbell without its board: posts when the button is pressed, logs what others write.
#![no_std]

use core::cell::Cell;

use embassy_futures::select::{Either, select};
use embassy_net::Stack;
use embassy_sync::blocking_mutex::raw::{CriticalSectionRawMutex, NoopRawMutex};
use embassy_sync::channel::Channel;
use slack_rtm::buffer::{RecvBuf, SendBuf};
use slack_rtm::entropy::Entropy;
use slack_rtm::rtm::command::Post;
use slack_rtm::time::Duration;
use slack_rtm::{Client, Config, Event, OwnedStorage};
use slack_rtm_embassy::clock::EmbassyClock;
use slack_rtm_embassy::net::Net;
use slack_rtm_embassy::runner::Runner;
use slack_rtm_embassy::session::Session;
use slack_rtm_embassy::tls::{self, CertificateDer, Tls, Trust};
use slack_rtm_embassy::wire::Wire;
use static_cell::ConstStaticCell;

/// The certificate that Slack's chain must lead to: DER, from the file that `SLACK_ROOT` named at
/// build time.
static ROOT: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/root.der"));
const TOKEN: &str = env!("SLACK_TOKEN");
const CHANNEL: &str = env!("SLACK_CHANNEL");
/// The time after which nobody is at the door any more.
const RING_LIFE: Duration = Duration::from_secs(120);

/// The number of presses that may wait while the session is busy, such as with a slow display.
const WAITING: usize = 4;

/// Presses that were not posted yet. [`watch`] fills it, and [`run`] empties it.
static PRESSES: Channel<CriticalSectionRawMutex, (), WAITING> = Channel::new();

/// The memory of the application: 24.3 KiB, of which TLS records take 16.25.
struct Memory {
    receive: [u8; 2048],
    send: [u8; 512],
    storage: OwnedStorage<256, 512>,
    /// Session and runner are in one task, so its lock needs no critical section.
    wire: Wire<NoopRawMutex>,
    tls_read: [u8; tls::FULL_READ],
    tls_write: [u8; 1024],
    tcp_receive: [u8; 2048],
    tcp_send: [u8; 1024],
}

static MEMORY: ConstStaticCell<Memory> = ConstStaticCell::new(Memory {
    receive: [0; 2048],
    send: [0; 512],
    storage: OwnedStorage::new(),
    wire: Wire::new(),
    tls_read: [0; tls::FULL_READ],
    tls_write: [0; 1024],
    tcp_receive: [0; 2048],
    tcp_send: [0; 1024],
});

/// Returns the time of the build plus the time since the start, since these boards have no clock
/// that survives a power cut. A certificate that expired before the build is refused; one that
/// expired after it may be accepted. Ask a time server (SNTP) or add a battery-backed clock for
/// more.
fn unix_time() -> u64 {
    // A build script wrote it, so it is a number.
    let built = env!("BUILD_TIME").parse().unwrap_or(0);
    u64::saturating_add(built, embassy_time::Instant::now().as_secs())
}

/// Waits for presses, for ever: spawn it as a task of its own. `press` returns a future that is
/// ready at each press of the button.
///
/// An edge of a pin is lost if nothing waits for it. This task does nothing else, so none is lost
/// while the session is busy. If [`WAITING`] presses wait already, one more is ignored.
pub async fn watch(mut press: impl AsyncFnMut()) -> ! {
    loop {
        press().await;
        if PRESSES.try_send(()).is_err() {
            defmt::warn!("press ignored: {} are waiting", WAITING);
        }
    }
}

/// Runs for ever, or until Slack refuses the token. `random` and `tls_random` are handles of the
/// board's generator.
pub async fn run(stack: Stack<'static>, random: impl Entropy, tls_random: impl Entropy) {
    let memory = MEMORY.take();
    let root = CertificateDer::from(ROOT);
    let Ok(anchor) = tls::anchor_from_trusted_cert(&root) else {
        defmt::error!("no trust anchor: build with SLACK_ROOT=<file.der>");
        return;
    };
    let anchors = [anchor];
    let trust = Trust::new(&anchors, tls::ALL, &unix_time);
    let report = Cell::new(None);
    let net = Net::new(stack, &mut memory.tcp_receive, &mut memory.tcp_send);
    let tls = Tls::new(
        net,
        tls_random,
        &trust,
        &mut memory.tls_read,
        &mut memory.tls_write,
    );
    let tls = match tls {
        Ok(tls) => tls.report_to(&report),
        Err(mistake) => {
            defmt::error!("mistake: {}", mistake);
            return;
        }
    };
    let client = match Client::new(Config::new(), TOKEN, &mut memory.storage, random) {
        Ok(client) => client,
        Err(mistake) => {
            defmt::error!("mistake: {}", mistake);
            return;
        }
    };
    let (receive, send) = (
        RecvBuf::new(&mut memory.receive),
        SendBuf::new(&mut memory.send),
    );
    let (session_end, runner_end) = memory.wire.split();
    let mut session = Session::new(client, receive, send, session_end, EmbassyClock);
    let mut runner = Runner::new(runner_end, tls, EmbassyClock);
    let bell = async {
        loop {
            // The future of the other side is dropped. Neither of the two loses anything by that.
            match select(PRESSES.receive(), session.next()).await {
                Either::First(()) => {
                    let ring = Post::new(CHANNEL, "Ding-dong!").expires_after(RING_LIFE);
                    match session.handle().send(&ring) {
                        Ok(_) => defmt::info!("rang"),
                        Err(error) => defmt::warn!("cannot ring: {}", error),
                    }
                }
                Either::Second(Ok(Some((event, _handle)))) => match event {
                    Event::Hello(_) => defmt::info!("connected"),
                    Event::Message(message) => {
                        let length = message.text().map_or(0, |text| text.as_str().len());
                        defmt::info!("message of {} bytes", length)
                    }
                    Event::Expired(_) => defmt::warn!("a ring is too old to be posted"),
                    Event::Reconnecting(end) => {
                        defmt::warn!("again soon: {}; {}", end.reason(), report.get());
                    }
                    _ => {}
                },
                Either::Second(Ok(None)) => break,
                Either::Second(Err(mistake)) => {
                    defmt::error!("mistake: {}", mistake);
                    break;
                }
            }
        }
    };
    select(bell, runner.run()).await;
    if let Some(end) = session.close_reason() {
        defmt::error!("the end: {}", end);
    }
}
