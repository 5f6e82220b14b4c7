//! Faults to come: which step goes wrong, how, and how often.

use std::collections::VecDeque;
use std::time::Duration;

use crate::certificates::Identity;

/// A point of a connection's life at which a [`Fault`] may happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Step {
    /// A TCP connection was accepted; nothing has been sent. It may be for the Web API or for a WebSocket.
    TcpAccept,
    /// The ClientHello arrived; the server's first flight is due.
    Tls,
    /// A Web API request arrived whole. Its method has not run.
    Request,
    /// The status line and field lines of an answer. The method has run: a URL that it gave is valid.
    AnswerHead,
    /// The body of an answer, with its transfer coding.
    AnswerBody,
    /// The head of an upload arrived; its body has not been read. A file is taken with the last byte of the body.
    Upload,
    /// A response was sent whole; the connection waits for the next request.
    Idle,
    /// The `101` to a WebSocket handshake.
    Upgrade,
    /// The `hello` of a socket.
    Hello,
    /// Any other event to a socket, pushed or caused by another socket; an envelope, or another frame of Socket Mode.
    Frame,
    /// The ack of a message, or its error ack. The message itself has been taken.
    Ack,
    /// The pong of an RTM ping.
    Pong,
    /// Some bytes of a client's frame arrived, perhaps not the whole frame; none has been taken.
    Receive,
    /// The client's close frame arrived; the server's is due, and then the end of TCP.
    Close,
}

/// What goes wrong at a [`Step`].
///
/// | fault | at |
/// |---|---|
/// | `Pass`, `Delay`, `Reset`, `Close`, `Silence`, `Stall` | every step |
/// | `Truncate`, `ResetAfter`, `RawBytes`, `OneByteAtATime`, `Pieces` | every step but `Receive` (at `TcpAccept`, `Request` and `Idle` only `RawBytes`, at `Upload` only `Truncate` and `ResetAfter`) |
/// | `UntrustedCert`, `ExpiredCert`, `WrongHost`, `Certificate` | `Tls` |
/// | `Status`, `Redirect` | `Request`, `Upgrade`, `Upload` |
/// | `StatusAfter` | `Upload` |
/// | `Error` | `Request`, `Upgrade`, `Hello`, `Ack` |
/// | `WrongAccept` | `Upgrade` |
/// | `Coalesce` | `AnswerHead`, `Upgrade`, `Hello`, `Frame`, `Ack`, `Pong` |
/// | `Skip` | `AnswerBody`, `Hello`, `Frame`, `Ack`, `Pong` |
/// | `CloseCode` | `Hello`, `Frame`, `Ack`, `Pong`, `Close` |
/// | `Text`, `Fragments` | `Hello`, `Frame`, `Ack`, `Pong` |
/// | `KeepOpen` | `Close` |
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Fault {
    /// None: lets this occurrence of the step by, so that the next fault meets a later one.
    Pass,
    /// The step happens that much later.
    Delay(Duration),
    /// TCP RST instead of the step.
    Reset,
    /// The connection is closed in order instead of the step (close_notify and FIN), without a close frame.
    Close,
    /// Only so many bytes of the step are sent, then FIN without close_notify. At `Upload` so many bytes of the body are
    /// read before that.
    Truncate(usize),
    /// Only so many bytes of the step are sent, then RST. The client may see the RST alone. At `Upload` so many bytes of
    /// the body are read before that.
    ResetAfter(usize),
    /// Nothing is sent on this connection any more. What arrives is still read and acted on: a link that is half open.
    Silence,
    /// Nothing is sent or read on this connection any more, so that the client's writes get stuck.
    Stall,
    /// The step is left out; everything behind it goes on.
    Skip,
    /// A close frame with this code instead of the step.
    CloseCode(u16),
    /// An HTTP answer with this status instead of the step. At `Upload` it follows the whole body, which is not taken.
    Status {
        /// The status code.
        code: u16,
        /// Seconds for a `Retry-After` field.
        retry_after: Option<u32>,
    },
    /// An HTTP answer with this status after so many bytes of the body, and the orderly end of the connection.
    StatusAfter {
        /// The bytes of the body that are read before.
        bytes: usize,
        /// The status code.
        code: u16,
    },
    /// A `302` to this URL instead of the step.
    Redirect(String),
    /// Slack's error instead of the step: `{"ok":false,"error":...}` at `Request`, an error ack at `Ack`;
    /// at `Upgrade` and `Hello` the error frame in the place of `hello`, and the end. On a socket of the app, which speaks
    /// Socket Mode, a `disconnect` frame with this reason, and the end.
    Error(String),
    /// Each byte of the step goes out alone, in a TLS record of its own; at `Tls` each byte of the records themselves.
    OneByteAtATime,
    /// As `OneByteAtATime`, in pieces of so many bytes.
    Pieces(usize),
    /// A text frame goes out in fragments of so many bytes, with a ping between any two.
    Fragments(usize),
    /// The step's bytes wait and go out in one write with what follows.
    Coalesce,
    /// The `Sec-WebSocket-Accept` of another key.
    WrongAccept,
    /// A certificate of a root that nobody trusts.
    UntrustedCert,
    /// A certificate that has expired.
    ExpiredCert,
    /// A certificate for another host.
    WrongHost,
    /// Any other certificate.
    Certificate(Identity),
    /// A text frame with this text instead of the step's.
    Text(String),
    /// These bytes instead of the step's, inside TLS (at `TcpAccept` and `Tls` before any).
    RawBytes(Vec<u8>),
    /// TCP stays open after the close handshake, until the client ends it.
    KeepOpen,
}

/// Each step's faults in the order they were queued.
#[derive(Debug, Default)]
pub(crate) struct Script {
    queue: VecDeque<Planned>,
}

#[derive(Debug)]
struct Planned {
    step: Step,
    fault: Fault,
    times: usize,
}

impl Script {
    /// Queues a fault behind those of the same step. `usize::MAX` times is for ever.
    pub(crate) fn plan(&mut self, step: Step, fault: Fault, times: usize) {
        assert!(fits(step, &fault), "{fault:?} cannot happen at {step:?}");
        if times > 0 {
            self.queue.push_back(Planned { step, fault, times });
        }
    }

    /// Takes the fault of this occurrence of a step.
    pub(crate) fn take(&mut self, step: Step) -> Option<Fault> {
        let at = self.queue.iter().position(|planned| planned.step == step)?;
        let planned = &mut self.queue[at];
        let fault = planned.fault.clone();
        if planned.times != usize::MAX {
            planned.times -= 1;
        }
        if planned.times == 0 {
            self.queue.remove(at);
        }
        Some(fault)
    }

    pub(crate) fn clear(&mut self) {
        self.queue.clear();
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.queue.is_empty()
    }
}

/// The table of [`Fault`].
fn fits(step: Step, fault: &Fault) -> bool {
    use Step::{
        Ack, AnswerBody, AnswerHead, Close, Frame, Hello, Idle, Pong, Receive, Request, TcpAccept,
        Tls, Upgrade, Upload,
    };
    let frame = matches!(step, Hello | Frame | Ack | Pong);
    match fault {
        Fault::Pass
        | Fault::Delay(_)
        | Fault::Reset
        | Fault::Close
        | Fault::Silence
        | Fault::Stall => true,
        Fault::RawBytes(_) => !matches!(step, Receive | Upload),
        Fault::Truncate(_) | Fault::ResetAfter(_) if step == Upload => true,
        Fault::Truncate(_) | Fault::ResetAfter(_) | Fault::OneByteAtATime | Fault::Pieces(_) => {
            !matches!(step, Receive | TcpAccept | Request | Idle | Upload)
        }
        Fault::UntrustedCert | Fault::ExpiredCert | Fault::WrongHost | Fault::Certificate(_) => {
            step == Tls
        }
        Fault::Status { .. } | Fault::Redirect(_) => matches!(step, Request | Upgrade | Upload),
        Fault::StatusAfter { .. } => step == Upload,
        Fault::Error(_) => matches!(step, Request | Upgrade | Hello | Ack),
        Fault::WrongAccept => step == Upgrade,
        Fault::Coalesce => frame || matches!(step, AnswerHead | Upgrade),
        Fault::Skip => frame || step == AnswerBody,
        Fault::CloseCode(_) => frame || step == Close,
        Fault::Text(_) | Fault::Fragments(_) => frame,
        Fault::KeepOpen => step == Close,
    }
}
