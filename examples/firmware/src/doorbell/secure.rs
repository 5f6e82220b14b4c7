//! The doorbell over verified TLS: what is trusted, the buffers, and an exit status for each reason
//! of a refusal.

use core::cell::Cell;

use embassy_net::Stack;
use machine::arguments::Arguments;
use machine::host;
use machine::random::Random;
use machine::say;
use slack_rtm_embassy::net::Net;
use slack_rtm_embassy::tls::{self, CertificateDer, RecordError, Tls, TlsError, Trust, TrustError};
use static_cell::ConstStaticCell;

use crate::bell::{self, LINKS};
use crate::exit::Exit;

/// Bytes of a TLS record.
const RECORD: usize = if cfg!(feature = "small") {
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

struct Memory {
    tls_read: [u8; RECORD],
    tls_write: [u8; 768],
    tcp_receive: [u8; 2048],
    tcp_send: [u8; 1024],
}

static MEMORY: ConstStaticCell<[Memory; LINKS]> = ConstStaticCell::new(
    [const {
        Memory {
            tls_read: [0; RECORD],
            tls_write: [0; 768],
            tcp_receive: [0; 2048],
            tcp_send: [0; 1024],
        }
    }; LINKS],
);

/// Runs until the client has closed. Returns the exit status.
pub async fn run(stack: Stack<'static>, arguments: &'static Arguments<'static>) -> Exit {
    let root = CertificateDer::from(arguments.root);
    let Ok(anchor) = tls::anchor_from_trusted_cert(&root) else {
        return Exit::Arguments;
    };
    let anchors = [anchor];
    let trust = Trust::new(&anchors, ALGORITHMS, &host::unix_time);
    let report = Cell::new(None);
    // The failures of the first link, which is the session's.
    let mut place = Some(&report);
    let mut random = Random::new(arguments.seed).part(1);
    let mut connectors = MEMORY.take().each_mut().map(|memory| {
        let tls = Tls::new(
            Net::new(stack, &mut memory.tcp_receive, &mut memory.tcp_send),
            Random::new(random.number()),
            &trust,
            &mut memory.tls_read,
            &mut memory.tls_write,
        );
        match (tls, place.take()) {
            (Ok(tls), Some(place)) => tls.report_to(place),
            (Ok(tls), None) => tls,
            (Err(mistake), _) => {
                say!("mistake: {}", mistake);
                host::exit(Exit::Mistake as u8)
            }
        }
    });
    bell::run(&mut connectors, arguments, || {
        let failure = report.get()?;
        say!("because: {}", failure);
        Some(status(failure))
    })
    .await
}

fn status(failure: TlsError) -> Exit {
    match failure {
        TlsError::Trust(error) => match error {
            TrustError::UnknownIssuer => Exit::UnknownIssuer,
            TrustError::WrongHost => Exit::WrongHost,
            TrustError::Expired => Exit::Expired,
            TrustError::NotAnAuthority => Exit::NotAnAuthority,
            TrustError::WrongUsage => Exit::WrongUsage,
            TrustError::NoProof => Exit::NoProof,
            TrustError::BadSignature => Exit::BadSignature,
            _ => Exit::Untrusted,
        },
        TlsError::Record(RecordError::EmptyProtected) => Exit::EmptyRecord,
        TlsError::Record(_) => Exit::Record,
        TlsError::RecordTooLong => Exit::RecordTooLong,
        TlsError::Alert(_) => Exit::Alert,
        _ => Exit::Protocol,
    }
}
