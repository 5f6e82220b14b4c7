//! The application: posts when the bell rings, shows what others write, closes when told to.

use core::cell::Cell;

use embassy_net::Stack;
use embassy_sync::blocking_mutex::raw::CriticalSectionRawMutex;
use embassy_sync::signal::Signal;
use slack_rtm::buffer::{RecvBuf, SendBuf};
use slack_rtm::rtm::command::Message;
use slack_rtm::{Cause, Client, Config, End, Event, LinkEnd};
use slack_rtm_embassy::clock::EmbassyClock;
use slack_rtm_embassy::net::Net;
use slack_rtm_embassy::pump::{Happening, Pump, Replies};
use slack_rtm_embassy::tls::{
    self, CertificateDer, RecordError, Tls, TlsFailure, Trust, TrustError,
};
use static_cell::ConstStaticCell;

use machine::arguments::Arguments;
use machine::host;
use machine::random::Random;
use machine::say;

/// The bell's button. An interrupt handler of real hardware would signal it.
pub static BUTTON: Signal<CriticalSectionRawMutex, ()> = Signal::new();

/// Bytes of a TLS record.
const RECORD: usize = if cfg!(feature = "small-records") {
    1536
} else {
    tls::FULL_READ
};
/// What the server may sign with.
const ALGORITHMS: tls::Algorithms = if cfg!(feature = "rsa") {
    tls::ALL
} else {
    tls::P256_ONLY
};

/// Every buffer of the application. There is no other memory but the stack and the network stack's.
struct Memory {
    receive: [u8; 1024],
    send: [u8; 512],
    outbox: [u8; 512],
    tls_read: [u8; RECORD],
    tls_write: [u8; 768],
    tcp_receive: [u8; 2048],
    tcp_send: [u8; 1024],
}

static MEMORY: ConstStaticCell<Memory> = ConstStaticCell::new(Memory {
    receive: [0; 1024],
    send: [0; 512],
    outbox: [0; 512],
    tls_read: [0; RECORD],
    tls_write: [0; 768],
    tcp_receive: [0; 2048],
    tcp_send: [0; 1024],
});

/// Runs until the client's end and gives the exit status: see [`Exit`].
pub async fn run(stack: Stack<'static>, arguments: &'static Arguments<'static>) -> Exit {
    let memory = MEMORY.take();
    let root = CertificateDer::from(arguments.root);
    let Ok(anchor) = tls::anchor_from_trusted_cert(&root) else {
        return Exit::Arguments;
    };
    let trust = Trust {
        anchors: &[anchor],
        algorithms: ALGORITHMS,
        unix_time: host::unix_time,
    };
    let report = Cell::new(None);
    let random = Random::new(arguments.seed);
    let mut tls = Tls::new(
        Net::new(stack, &mut memory.tcp_receive, &mut memory.tcp_send),
        random.part(1),
        EmbassyClock,
        &trust,
        &mut memory.tls_read,
        &mut memory.tls_write,
    )
    .report_to(&report);

    let domains = [arguments.domain];
    let config = Config::new(arguments.token)
        .api_base(arguments.api)
        .allowed_domains(&domains)
        .outbox(&mut memory.outbox);
    let mut client = Client::new(config, random.part(2));
    let (mut receive, mut send) = (
        RecvBuf::new(&mut memory.receive),
        SendBuf::new(&mut memory.send),
    );
    let mut pump = Pump::new(&mut client, &mut tls, EmbassyClock, &mut receive, &mut send);

    let exit = Cell::new(Exit::Done);
    let ended = pump
        .run(
            async || BUTTON.wait().await,
            |happening, replies| {
                if let Some(failed) = answer(happening, replies, arguments, report.get()) {
                    exit.set(failed);
                    replies.client().close();
                }
            },
        )
        .await;
    match ended {
        Ok(End::Asked) => exit.get(),
        Ok(end) => {
            say!("the end: {}", end);
            Exit::Slack
        }
        Err(mistake) => {
            say!("mistake: {}", mistake);
            Exit::Mistake
        }
    }
}

/// Answers what happened. `Some`: an argument asked to stop at failures, and this is one.
fn answer(
    happening: Happening<'_, ()>,
    replies: &mut Replies<'_, '_, '_, Random>,
    arguments: &Arguments<'_>,
    failure: Option<TlsFailure>,
) -> Option<Exit> {
    match happening {
        Happening::Woken(()) => {
            match replies.send(&Message::new(arguments.channel, "Ding-dong!")) {
                Ok(id) => say!("rang: {}", id),
                Err(error) => say!("cannot ring: {}", error),
            }
        }
        Happening::Event(Event::Hello(_)) => {
            say!("hello");
            // The simulated visitor comes whenever the bell is connected.
            BUTTON.signal(());
        }
        Happening::Event(Event::Acknowledged { id, ts, .. }) => {
            say!("heard: {} at {}", id, ts)
        }
        Happening::Event(Event::Message(message)) => {
            say!("message: {}", &*message.text);
            if &*message.text == "stop" {
                replies.client().close();
            }
        }
        Happening::Event(Event::Reconnecting { cause, at }) => {
            say!("again at {} ms: {}", at.as_millis(), cause);
            if let Some(failure) = failure {
                say!("because: {}", failure);
            }
            if arguments.once {
                return Some(Exit::of(cause, failure));
            }
        }
        Happening::Event(Event::Refused(error)) => say!("refused: {:?}", error),
        Happening::Event(_) => {}
    }
    None
}

/// The exit status. Those from 20 on are failures of TLS, one for each reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// Closed in order, as told.
    Done = 0,
    /// The firmware's own arguments are missing or wrong.
    Arguments = 2,
    /// There is no Ethernet controller.
    NoNetwork = 3,
    /// A mistake of this program.
    Mistake = 4,
    /// Slack refused the token.
    Slack = 5,
    /// A failure without a status of its own.
    Failed = 10,
    /// The link was cut without TLS's own end.
    Truncated = 11,
    /// The dial or the handshake took too long.
    TimedOut = 12,
    /// The TLS handshake failed.
    Protocol = 20,
    /// The server gave up with an alert, for it speaks no TLS 1.3, or signs with nothing that was offered.
    Alert = 21,
    /// A record that no server may send.
    Record = 22,
    /// A protected record that holds nothing.
    EmptyRecord = 23,
    /// A record longer than the buffer.
    RecordTooLong = 24,
    /// Another reason not to believe the server.
    Untrusted = 30,
    /// No anchor issued its certificate.
    UnknownIssuer = 31,
    /// The certificate is for another host.
    WrongHost = 32,
    /// It has expired.
    Expired = 33,
    /// The chain holds a certificate that is no authority.
    NotAnAuthority = 34,
    /// The certificate is not for servers.
    WrongUsage = 35,
    /// The server did not prove who it is.
    NoProof = 36,
    /// A signature is wrong.
    BadSignature = 37,
}

impl Exit {
    fn of(cause: Cause, failure: Option<TlsFailure>) -> Self {
        match failure {
            Some(TlsFailure::Trust(error)) => match error {
                TrustError::UnknownIssuer => Self::UnknownIssuer,
                TrustError::WrongHost => Self::WrongHost,
                TrustError::Expired => Self::Expired,
                TrustError::NotAnAuthority => Self::NotAnAuthority,
                TrustError::WrongUsage => Self::WrongUsage,
                TrustError::NoProof => Self::NoProof,
                TrustError::BadSignature => Self::BadSignature,
                _ => Self::Untrusted,
            },
            Some(TlsFailure::Record(RecordError::EmptyProtected)) => Self::EmptyRecord,
            Some(TlsFailure::Record(_)) => Self::Record,
            Some(TlsFailure::RecordTooLong) => Self::RecordTooLong,
            Some(TlsFailure::Alert(_)) => Self::Alert,
            Some(_) => Self::Protocol,
            None => match cause {
                Cause::Link(LinkEnd::Truncated) => Self::Truncated,
                Cause::Link(LinkEnd::TimedOut) => Self::TimedOut,
                _ => Self::Failed,
            },
        }
    }
}
