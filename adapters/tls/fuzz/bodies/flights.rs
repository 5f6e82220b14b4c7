//! A whole handshake and what follows it, against a server that knows the key exchange and says
//! what the input contains.

use std::cell::Cell;
use std::convert::Infallible;
use std::sync::{Mutex, PoisonError};

use embassy_futures::block_on;
use embedded_io_async::{ErrorType, Read, Write};
use hostile_tls::{Session, message, record};
use verified_tls::{ALL, Connector, FULL_READ, MIN_WRITE, Seed, Trust};

use super::honest::{HOST, NOW, PARTIES, Parties};
use super::script::Script;

/// What a server may say, one byte each.
pub(crate) mod op {
    /// A plaintext record: type, string.
    pub(crate) const RECORD: u8 = 0;
    /// Bytes as they are: string.
    pub(crate) const BYTES: u8 = 1;
    /// A protected record with this inner plaintext: string.
    pub(crate) const SEALED: u8 = 2;
    /// A protected handshake message: type, string.
    pub(crate) const MESSAGE: u8 = 3;
    /// EncryptedExtensions, empty.
    pub(crate) const EXTENSIONS: u8 = 4;
    /// The honest certificate message.
    pub(crate) const CERTIFICATE: u8 = 5;
    /// The honest proof, over what was said.
    pub(crate) const PROOF: u8 = 6;
    /// Finished, over what was said; application data from here on.
    pub(crate) const FINISHED: u8 = 7;
    /// Application data: string.
    pub(crate) const DATA: u8 = 8;
    /// close_notify.
    pub(crate) const CLOSE: u8 = 9;
    /// A certificate message of this certificate: string.
    pub(crate) const OTHER_CERTIFICATE: u8 = 10;
    /// How many there are.
    pub(crate) const COUNT: u8 = 11;
}

pub(crate) fn flights(data: &[u8]) {
    let mut script = Script(data);
    let (cut, sizes) = (script.byte(), script.sizes());
    let spoken = Cell::new(Spoken::default());
    let server = |hello: &[u8]| {
        let (mut stream, said) = speak(begin(hello), script.clone());
        spoken.set(said);
        if cut != 0 {
            stream.truncate(stream.len() * usize::from(cut) / 256);
        }
        stream
    };
    let (connected, received) = visit(Memory {
        server,
        sent: Vec::new(),
        stream: None,
        sizes,
    });
    let spoken = spoken.take();
    assert!(!connected || spoken.proven, "believed without proof");
    assert!(
        spoken.data.starts_with(&received),
        "received what was not sent"
    );
    let honest = [op::EXTENSIONS, op::CERTIFICATE, op::PROOF, op::FINISHED];
    if script.0 == honest && cut == 0 {
        assert!(connected, "an honest server was refused");
    }
}

/// The session of this ClientHello. The client is the same each time, and so is what it says.
fn begin(hello: &[u8]) -> Session {
    static BEGUN: Mutex<Option<Begun>> = Mutex::new(None);
    let mut begun = BEGUN.lock().unwrap_or_else(PoisonError::into_inner);
    match begun.as_ref() {
        Some((known, session)) if known == hello => session.clone(),
        _ => {
            let session = Session::new(hello);
            *begun = Some((hello.to_vec(), session.clone()));
            session
        }
    }
}

type Begun = (Vec<u8>, Session);

/// How much a server may say: more than a handshake may have records, and few enough signatures for
/// a script to end in time.
const MOST_SAID: usize = 100;

/// What the server said.
#[derive(Default)]
struct Spoken {
    /// Certificate, proof and Finished came, in this order.
    proven: bool,
    /// Application data.
    data: Vec<u8>,
}

fn speak(mut session: Session, mut script: Script<'_>) -> (Vec<u8>, Spoken) {
    let (mut spoken, mut step) = (Spoken::default(), 0);
    let mut is_open = false;
    for _ in 0..MOST_SAID {
        if script.is_over() {
            break;
        }
        match script.byte() % op::COUNT {
            op::RECORD => {
                let kind = script.byte();
                session.raw(&record(kind, script.string()));
            }
            op::BYTES => session.raw(script.string()),
            op::SEALED => {
                let inner = script.string();
                let content = inner.iter().rposition(|byte| *byte != 0);
                if let Some(end) = content
                    && inner[end] == 23
                    && is_open
                {
                    spoken.data.extend_from_slice(&inner[..end]);
                }
                session.seal(inner);
            }
            op::MESSAGE => {
                let kind = script.byte();
                session.say(&message(kind, script.string()));
            }
            op::EXTENSIONS => session.say(&message(8, &[0, 0])),
            op::CERTIFICATE => {
                session.say(&certificate(&PARTIES.server));
                step = step.max(1);
            }
            op::PROOF => {
                let signature = Parties::sign(&session.transcript_hash());
                let body = [&[4, 3, 0, signature.len() as u8], signature.as_slice()].concat();
                session.say(&message(15, &body));
                step = if step == 1 { 2 } else { step };
            }
            op::FINISHED => {
                session.finish();
                is_open = true;
                spoken.proven |= step == 2;
            }
            op::DATA => {
                let data = script.string();
                if is_open {
                    spoken.data.extend_from_slice(data);
                }
                session.seal(&[data, &[23]].concat());
            }
            op::CLOSE => session.seal(&[1, 0, 21]),
            _ => session.say(&certificate(script.string())),
        }
    }
    (session.take(), spoken)
}

/// A certificate message of one certificate without extensions (RFC 8446 section 4.4.2).
fn certificate(der: &[u8]) -> Vec<u8> {
    let length = |count: usize| (count as u32).to_be_bytes()[1..].to_vec();
    let entry = [length(der.len()), der.to_vec(), vec![0, 0]].concat();
    message(11, &[vec![0], length(entry.len()), entry].concat())
}

/// Whether the handshake was accepted, and what application data came.
fn visit<F: FnMut(&[u8]) -> Vec<u8>, I: Iterator<Item = usize>>(
    memory: Memory<F, I>,
) -> (bool, Vec<u8>) {
    let trust = Trust::new(&PARTIES.anchors, ALL, &|| NOW);
    let (mut read, mut write) = (vec![0; FULL_READ], [0; MIN_WRITE]);
    let seed = Seed::draw(|out| {
        out.fill(42);
        Ok::<(), ()>(())
    });
    let mut connector =
        Connector::new(&trust, &mut read, &mut write).expect("buffers of the least sizes");
    block_on(async {
        let mut received = Vec::new();
        let Ok(mut connection) = connector.connect(memory, HOST, seed.expect("a seed")).await
        else {
            return (false, received);
        };
        let sent = connection.write_all(b"a request").await;
        if sent.is_err() || connection.flush().await.is_err() {
            return (true, received);
        }
        let mut space = [0; 100];
        while let Ok(count) = connection.read(&mut space).await {
            received.extend_from_slice(&space[..count]);
        }
        let _ = connection.close().await;
        (true, received)
    })
}

/// The server in memory: it waits for a ClientHello, and says all it has to say.
struct Memory<F, I> {
    server: F,
    sent: Vec<u8>,
    stream: Option<(Vec<u8>, usize)>,
    sizes: I,
}

impl<F, I> ErrorType for Memory<F, I> {
    type Error = Infallible;
}

impl<F: FnMut(&[u8]) -> Vec<u8>, I: Iterator<Item = usize>> Read for Memory<F, I> {
    async fn read(&mut self, buf: &mut [u8]) -> Result<usize, Infallible> {
        let Self {
            server,
            sent,
            stream,
            sizes,
        } = self;
        let (stream, at) = stream.get_or_insert_with(|| (server(sent.get(5..).unwrap_or(&[])), 0));
        let size = sizes.next().unwrap_or(1);
        let count = buf.len().min(stream.len() - *at).min(size);
        buf[..count].copy_from_slice(&stream[*at..*at + count]);
        *at += count;
        Ok(count)
    }
}

impl<F, I> Write for Memory<F, I> {
    async fn write(&mut self, buf: &[u8]) -> Result<usize, Infallible> {
        self.sent.extend_from_slice(buf);
        Ok(buf.len())
    }

    async fn flush(&mut self) -> Result<(), Infallible> {
        Ok(())
    }
}
