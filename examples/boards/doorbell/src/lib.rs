//! The doorbell without its board: posts when the button is pressed, logs what others write.
#![no_std]

use core::cell::Cell;

use embassy_net::Stack;
use slack_rtm::buffer::{RecvBuf, SendBuf};
use slack_rtm::entropy::Entropy;
use slack_rtm::rtm::command::Post;
use slack_rtm::{Client, Config, Event, OwnedStorage};
use slack_rtm_embassy::clock::EmbassyClock;
use slack_rtm_embassy::net::Net;
use slack_rtm_embassy::pump::{Happening, Pump};
use slack_rtm_embassy::tls::{self, CertificateDer, Tls, Trust};
use static_cell::ConstStaticCell;

/// The certificate that Slack's chain must lead to: DER, from the file that `SLACK_ROOT` named at
/// build time.
static ROOT: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/root.der"));
const TOKEN: &str = env!("SLACK_TOKEN");
const CHANNEL: &str = env!("SLACK_CHANNEL");

/// All memory of the application: 23.5 KiB, of which TLS records take 16.25.
struct Memory {
    receive: [u8; 2048],
    send: [u8; 512],
    storage: OwnedStorage<256, 512>,
    tls_read: [u8; tls::FULL_READ],
    tls_write: [u8; 1024],
    tcp_receive: [u8; 2048],
    tcp_send: [u8; 1024],
}

static MEMORY: ConstStaticCell<Memory> = ConstStaticCell::new(Memory {
    receive: [0; 2048],
    send: [0; 512],
    storage: OwnedStorage::new(),
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

/// Runs for ever, or until Slack refuses the token. `random` and `tls_random` are handles of the
/// board's generator; `press` returns a future that is ready at each press of the button.
pub async fn run(
    stack: Stack<'static>,
    random: impl Entropy,
    tls_random: impl Entropy,
    press: impl AsyncFnMut(),
) {
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
        EmbassyClock,
        &trust,
        &mut memory.tls_read,
        &mut memory.tls_write,
    );
    let mut tls = match tls {
        Ok(tls) => tls.report_to(&report),
        Err(mistake) => {
            defmt::error!("mistake: {}", mistake);
            return;
        }
    };
    let mut client = match Client::new(Config::new(), TOKEN, &mut memory.storage, random) {
        Ok(client) => client,
        Err(mistake) => {
            defmt::error!("mistake: {}", mistake);
            return;
        }
    };
    let (mut receive, mut send) = (
        RecvBuf::new(&mut memory.receive),
        SendBuf::new(&mut memory.send),
    );
    let end = Pump::new(&mut client, &mut tls, EmbassyClock, &mut receive, &mut send)
        .run(press, |happening, handle| match happening {
            Happening::Woken(()) => match handle.send(&Post::new(CHANNEL, "Ding-dong!")) {
                Ok(_) => defmt::info!("rang"),
                Err(error) => defmt::warn!("cannot ring: {}", error),
            },
            Happening::Event(Event::Hello(_)) => defmt::info!("connected"),
            Happening::Event(Event::Message(message)) => {
                let length = message.text().map_or(0, |text| text.as_str().len());
                defmt::info!("message of {} bytes", length)
            }
            Happening::Event(Event::Reconnecting(end)) => {
                defmt::warn!("again soon: {}; {}", end.reason(), report.get());
            }
            _ => {}
        })
        .await;
    match end {
        Ok(end) => defmt::error!("the end: {}", end),
        Err(mistake) => defmt::error!("mistake: {}", mistake),
    }
}
