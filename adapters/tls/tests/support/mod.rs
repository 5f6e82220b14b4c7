//! A connection in memory to an honest server, whose bytes arrive and leave when a test wants it.
#![allow(dead_code, reason = "each test uses a part")]

#[path = "../../fuzz/bodies/honest.rs"]
pub(crate) mod honest;

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use embedded_io::ErrorKind;
use embedded_io_async::{ErrorType, Read, Write};
use honest::{HOST, NOW, PARTIES, Parties};
use hostile_tls::{Session, message};
use verified_tls::{
    Connection, Connector, FULL_READ, Halves, MIN_WRITE, P256_ONLY, Seed, TlsError, Trust,
};

/// Bytes on their way, without waking: the tests poll.
#[derive(Clone, Default)]
pub(crate) struct Pipe(Rc<Inner>);

#[derive(Default)]
struct Inner {
    bytes: RefCell<VecDeque<u8>>,
    /// The end that reads gets no more than this number of bytes at once, if it is not 0.
    read_limit: Cell<usize>,
    /// How many bytes may still be written, if there is a limit.
    space: Cell<Option<usize>>,
    is_closed: Cell<bool>,
    /// A write fails where it would wait.
    is_broken: Cell<bool>,
}

impl Pipe {
    pub(crate) fn put(&self, bytes: &[u8]) {
        self.0.bytes.borrow_mut().extend(bytes);
    }

    pub(crate) fn take(&self) -> Vec<u8> {
        self.0.bytes.borrow_mut().drain(..).collect()
    }

    /// The bytes end here.
    pub(crate) fn close(&self) {
        self.0.is_closed.set(true);
    }

    pub(crate) fn limit_reads(&self, count: usize) {
        self.0.read_limit.set(count);
    }

    pub(crate) fn break_off(&self, is_broken: bool) {
        self.0.is_broken.set(is_broken);
    }

    /// Lets no more than `space` further bytes be written; `None`: any number.
    pub(crate) fn limit_space(&self, space: Option<usize>) {
        self.0.space.set(space);
    }
}

impl ErrorType for Pipe {
    type Error = ErrorKind;
}

impl Read for Pipe {
    async fn read(&mut self, buf: &mut [u8]) -> Result<usize, ErrorKind> {
        poll_fn(|_| {
            let mut bytes = self.0.bytes.borrow_mut();
            if bytes.is_empty() && !self.0.is_closed.get() {
                return Poll::Pending;
            }
            let limit = match self.0.read_limit.get() {
                0 => usize::MAX,
                limit => limit,
            };
            let count = buf.len().min(bytes.len()).min(limit);
            for (to, from) in buf.iter_mut().zip(bytes.drain(..count)) {
                *to = from;
            }
            Poll::Ready(Ok(count))
        })
        .await
    }
}

impl Write for Pipe {
    async fn write(&mut self, buf: &[u8]) -> Result<usize, ErrorKind> {
        poll_fn(|_| {
            let count = match self.0.space.get() {
                None => buf.len(),
                Some(0) if self.0.is_broken.get() => {
                    return Poll::Ready(Err(ErrorKind::BrokenPipe));
                }
                Some(0) => return Poll::Pending,
                Some(space) => {
                    let count = buf.len().min(space);
                    self.0.space.set(Some(space - count));
                    count
                }
            };
            self.put(&buf[..count]);
            Poll::Ready(Ok(count))
        })
        .await
    }

    async fn flush(&mut self) -> Result<(), ErrorKind> {
        Ok(())
    }
}

pub(crate) type Wire = Halves<Pipe, Pipe>;

/// Polls a few times.
pub(crate) fn poll<F: Future + ?Sized>(mut future: Pin<&mut F>) -> Poll<F::Output> {
    let mut cx = Context::from_waker(Waker::noop());
    for _ in 0..4 {
        if let Poll::Ready(output) = future.as_mut().poll(&mut cx) {
            return Poll::Ready(output);
        }
    }
    Poll::Pending
}

/// The result of a future that is ready at once.
pub(crate) fn now<F: Future>(future: F) -> F::Output {
    match poll(pin!(future)) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("it waits"),
    }
}

/// Connects to `host`, has `answer` say something to the ClientHello that is in the second pipe,
/// and hands over what comes of it to `test`, with what `answer` returned.
pub(crate) fn connect<A, T>(
    host: &str,
    write_buffer: usize,
    answer: impl FnOnce(&Pipe, &Pipe) -> A,
    test: impl FnOnce(Poll<Result<Connection<'_, &Wire>, TlsError>>, A, Pipe, Pipe) -> T,
) -> T {
    let trust = Trust::new(&PARTIES.anchors, P256_ONLY, &|| NOW);
    let (mut read, mut write) = (vec![0; FULL_READ], vec![0; write_buffer]);
    let mut connector = Connector::new(&trust, &mut read, &mut write).expect("fitting buffers");
    let (arriving, leaving) = (Pipe::default(), Pipe::default());
    let halves = Halves::new(arriving.clone(), leaving.clone());
    let seed = Seed::draw(|out| {
        out.fill(9);
        Ok::<(), ()>(())
    });
    let mut connecting = pin!(connector.connect(&halves, host, seed.expect("a seed")));
    assert!(poll(connecting.as_mut()).is_pending());
    let answered = answer(&arriving, &leaving);
    let opened = poll(connecting);
    test(opened, answered, arriving, leaving)
}

/// The other side of an open connection.
pub(crate) struct Server {
    pub(crate) session: Session,
    /// To the client.
    pub(crate) arriving: Pipe,
    /// From the client.
    pub(crate) leaving: Pipe,
}

impl Server {
    /// Returns the record of these application data.
    pub(crate) fn record(&mut self, data: &[u8]) -> Vec<u8> {
        self.session.seal(&[data, &[23]].concat());
        self.session.take()
    }

    /// Sends application data in one record.
    pub(crate) fn send(&mut self, data: &[u8]) {
        let record = self.record(data);
        self.arriving.put(&record);
    }

    /// Sends `close_notify`.
    pub(crate) fn close(&mut self) {
        self.session.seal(&[1, 0, 21]);
        self.arriving.put(&self.session.take());
    }

    /// Returns the content and the type of each record that the client has sent. Panics if a
    /// nonce was used twice.
    pub(crate) fn received(&mut self) -> Vec<(Vec<u8>, u8)> {
        self.session.open(&self.leaving.take())
    }
}

/// Opens a connection to an honest server.
pub(crate) fn with_connection<T>(test: impl FnOnce(Connection<'_, &Wire>, Server) -> T) -> T {
    with_write_buffer(MIN_WRITE, test)
}

/// Opens a connection with a write buffer of this size to an honest server.
pub(crate) fn with_write_buffer<T>(
    size: usize,
    test: impl FnOnce(Connection<'_, &Wire>, Server) -> T,
) -> T {
    let answer = |arriving: &Pipe, leaving: &Pipe| {
        let mut session = honest_flight(&leaving.take()[5..]);
        arriving.put(&session.take());
        session
    };
    connect(HOST, size, answer, |opened, session, arriving, leaving| {
        let Poll::Ready(Ok(connection)) = opened else {
            panic!("an honest server was refused: {opened:?}");
        };
        let server = Server {
            session,
            arriving,
            leaving,
        };
        test(connection, server)
    })
}

/// Answers a ClientHello as an honest server does, up to its Finished.
pub(crate) fn honest_flight(client_hello: &[u8]) -> Session {
    let mut session = Session::new(client_hello);
    session.say(&message(8, &[0, 0]));
    session.say(&certificate(&PARTIES.server));
    let proof = Parties::sign(&session.transcript_hash());
    session.say(&message(
        15,
        &[&[4, 3, 0, proof.len() as u8], proof.as_slice()].concat(),
    ));
    session.finish();
    session
}

/// A certificate message of one certificate without extensions (RFC 8446 section 4.4.2).
fn certificate(der: &[u8]) -> Vec<u8> {
    let length = |count: usize| (count as u32).to_be_bytes()[1..].to_vec();
    let entry = [length(der.len()), der.to_vec(), vec![0, 0]].concat();
    message(11, &[vec![0], length(entry.len()), entry].concat())
}
