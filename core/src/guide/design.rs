//! Design decisions with their reasons, and the packages that the crate uses.
//!
//! # Decisions
//!
//! ## Members, not documents
//!
//! The obvious way is to collect a document and to parse it then. But a response to `rtm.start` has
//! been 24 MB long and an event 67 kB, and a device has a kilobyte. So the bytes pass once through
//! a tokenizer. The wanted members are written to the *front of the buffer they arrived in*,
//! unescaped, where the document has already been consumed. At every byte, the output so far is not
//! longer than the input consumed so far. Everything else is validated and discarded.
//!
//! The amount of a value that is kept depends on the size of the buffer and on the document, never
//! on the division of the document into reads. [`Extractor`](crate::json::Extractor) documents the
//! rules. `core/tests/web_api_rtm_start.rs::all_elements_of_24_megabytes_through_1_kibibyte` shows
//! that they suffice.
//!
//! ## Layers, with imports that go down
//!
//! The core is a list of layers ([the first page](crate#the-layers) shows it). A layer never
//! imports from one below it in that list, and no two files import each other, directly or through
//! others. So each layer can be read, tested and used without those below it, and Socket Mode can
//! be added next to RTM without a change to the layers above.
//! `tests/documentation/tests/layers/main.rs::imports_of_the_core_go_down` checks the rule.
//!
//! ## Buffers know bytes only
//!
//! [`RecvBuf`](crate::buffer::RecvBuf) and [`SendBuf`](crate::buffer::SendBuf) move bytes and know
//! nothing of JSON, WebSocket or RTM. The records of wanted members are a matter of
//! [`json`](crate::json), and a waiting pong is one of [`websocket`](crate::websocket): each layer
//! keeps its data in a region that the buffer reserves.
//!
//! ## One engine for every HTTP call
//!
//! The opening call of [`Client`](crate::Client) and a [`Call`](crate::web_api::Call) both run on
//! `web_api::Exchange`, which is internal. It writes the request, reads the response and enforces
//! the deadlines. A rule such as the time limit for a whole response is implemented and tested
//! once.
//!
//! ## One output type for all machines
//!
//! Every state machine returns [`Output<'r, E, R>`](crate::Output), with its own event `E` and its
//! own reason `R` for the end. Peers, disconnect reasons and timeouts are shared too. So the
//! numbered [contract](crate#the-contract) holds for all machines, and one I/O loop can drive any
//! of them.
//!
//! ## Sending is not an output
//!
//! Sans-IO machines for datagrams return each packet to send. TCP has no packets: whenever the send
//! buffer has pending bytes, they are for the link. So the caller's loop remains one `match`, and a
//! write that makes no progress hides nothing.
//!
//! ## `Err` is for the program, events are for the peer
//!
//! [`poll`](crate::Client::poll) fails only for mistakes of the program and for its source of
//! randomness, so `?` is right there. An error of the peer becomes an event, a close frame with the
//! code of RFC 6455, and a new attempt.
//!
//! ## Events borrow the receive buffer, and nothing else
//!
//! So a program can send while it holds an event.
//!
//! Inside, the machine decides on values without borrows and lends once, after the loop: the borrow
//! checker does not allow a loop to lend a buffer that the loop also changes. So each public type
//! that lends has an internal twin without borrows, in the same file and with the name
//! `<Type>Kind`: `OutputKind`, `ResponseStepKind`, `HandshakeResponseKind`, `HeadItemKind`. The
//! JSON tokenizer has `TokenKind` and `PieceKind`, which leave out the positions in the input.
//!
//! ## Buffers are lent per call
//!
//! The client owns no buffer. A hundred thousand idle sessions need no buffers at all
//! (`cargo run --release -p bench` measures their cost), and a device can use the memory for
//! something else.
//!
//! ## One event type, with the dialect as a parameter
//!
//! [`Event<'r, D>`](crate::Event) is flat: everything that a client reports is one variant. The
//! variants that only one protocol has hold a `D::Rtm<'r, View>`, which is the view in RTM and
//! [`Never`](crate::Never) in another [dialect](crate::Dialect). So a handler can be generic over
//! the dialect, and a program links no view and no `Debug` of a protocol that it does not use. A
//! `match` on a tag at run time would link all of them.
//!
//! ## The token is in the caller's memory
//!
//! [`Storage`](crate::Storage) is the memory of a client for its token and for messages that wait,
//! lent or owned. So a token that is obtained at run time can replace the old one inside the loop,
//! and a client can be `'static` without leaked memory. There is one slot for the token: if it is
//! replaced while a request with the old one is being written, the call starts again on a fresh
//! link. A second slot would cost as many bytes as a token for a case that is rare, and the call is
//! harmless to repeat.
//!
//! ## Settings are checked once
//!
//! [`Client::new`](crate::Client::new) returns a [`ConfigError`](crate::ConfigError), so `poll` has
//! no such error. The setters of [`Config`](crate::Config) check what they can and keep the first
//! error: a constant configuration is checked by the compiler, and its checks are not linked.
//!
//! ## Optional parts are function tables
//!
//! A program must not contain code for features that it does not use, and a `match` on a setting
//! would link every arm. So the setters of [`Config`](crate::Config) select constant tables of
//! functions: `CallHooks` for arguments and lists, `RawHooks` for raw JSON, `ReconnectUrlHooks` for
//! kept URLs, `check_request` for the check of a base URL, a user agent or a method. If a program
//! never calls the setter, nothing refers to the table and the linker drops it.
//!
//! ## One place chooses between speed and size
//!
//! Hosts have flash to spare and devices do not. `flash::PLENTIFUL`, which is internal, is the only
//! constant that depends on this. Where it is true, loops handle a word at a time and use tables
//! that save time. `cargo test` on a host and `.ci/word-sizes` run the same tests on both variants.
//!
//! ## One message, one frame
//!
//! Slack is reported not to join fragments, and it disconnects clients that send more than 16 KiB.
//! So the length of a message is counted first, by the code that also writes it. Then the message
//! is written and masked as far as there is room, and continued when there is more. For that reason
//! every writer writes to a [`Sink`](crate::buffer::Sink).
//!
//! ## One outcome for every message
//!
//! A message that was sent is acknowledged, rejected or unconfirmed; one that was not is expired or
//! withdrawn. "Sent" is not an outcome, because a write to a dead link succeeds. A time to live is a
//! span that begins with the next poll, since [`Client::send`](crate::Client::send) does not know
//! the time. Its deadline is an entry of the outbox beside the message, and the code for it is
//! reached by a pointer that the first such message sets: a program without one links nothing of
//! it. Ids begin at a random number and are not used twice, so that the ack of an
//! earlier client is not mistaken for one of this client.
//!
//! ## Delays start again only after a stable minute
//!
//! If the delays started again at `hello`, a server that sends `hello` and then disconnects would
//! be called again and again at the shortest delay. See [`reconnect`](super::reconnect).
//!
//! ## No panic path, proved by the link
//!
//! Without the default features, the panic handler of the size images calls a symbol that does not
//! exist. If anything could panic, the images would not link (`tests/footprint/run`). For that
//! reason the core has no indexing and no `async fn`, and a loop of its own in place of
//! `copy_within`.
//!
//! ## The async session has a runner beside it
//!
//! An async program wants to `select` between the next event and a button, which drops the future
//! that is not ready. A read or a write of TLS must not be dropped: embedded-tls keeps the header of
//! a record in the future of the read, and a write that is begun again would use a nonce twice. So
//! `slack-rtm-embassy` divides the work. A runner's future holds the link, lives as long as it, and
//! moves plaintext between it and two short rings. The session polls the client, and waits for the
//! rings and for a deadline. Its future holds nothing while it waits, so it may be dropped there.
//!
//! One `async fn` (`link::Connect::run`) opens, uses and closes a link. A connection of TLS borrows
//! the halves of a stream, which borrow the stream; as locals of one future they need neither
//! `unsafe` nor an allocator.
//!
//! The rings, the request and the state of the link are under one lock. Two pipes and two signals
//! would do the same in more memory, with more states to handle: bytes of an earlier link, or an end
//! that is seen before the last bytes.
//!
//! Our own TLS record layer, whose state would be in a struct and not in a future, would need no
//! driver. Both were built and linked into the doorbell firmware (thumbv7m, RSA, P-384 and P-256,
//! records of 16 KiB) before the choice; the prototype passed the scenarios of the firmware:
//!
//! | | flash | static RAM | stack |
//! |---|---|---|---|
//! | reads that can stop at the end of a record, as before | 317,288 | 41,352 | 15,408 |
//! | driver, runner and two rings of 256 bytes | 322,236 | 40,040 | 15,320 |
//! | own record layer, with runner and rings | 318,396 | 37,376 | 13,768 |
//! | own record layer, polled by the session | 315,540 | 37,088 | 12,808 |
//!
//! With the runner, its 285 lines would save 3.8 KB of flash and 4.2 KB of RAM. They need the
//! traffic keys, which embedded-tls does not return. A published package cannot depend on a changed
//! copy, and our own TLS handshake would be far more security-relevant code than a record layer. So
//! the driver was chosen. A runner is useful in either case: a handshake is one future, which would
//! begin again whenever the future of `next` is dropped, and a `select` against a short timer would
//! never connect.
//!
//! The client does nothing while a program holds an event, since the event borrows the receive
//! buffer. The alternative is a second receive buffer, which costs more than it gains: a handler
//! that waits for ten seconds loses nothing, and one that needs longer copies what it needs.
//!
//! # Packages
//!
//! | package | purpose | reason |
//! |---|---|---|
//! | `httparse` (default feature) | one status line or field line at a time | many people have reviewed it. A slot for one header keeps the stack at 16 bytes for any number of lines. It has panic paths, so the core has the same two functions without it, for the proof; `core/src/http/line.rs::both_give_the_same` compares the two |
//! | `serde-json-core` (default feature) | your own types, from raw JSON and into commands | it needs no allocator. It recurses when it skips a value, and leaves escapes in `&str`, so it receives only JSON that the tokenizer has validated, at most 32 levels deep |
//! | `heapless` | the ids that a client keeps | a string of fixed capacity needs no allocator. The embassy adapter keeps the host of a requested link in another one. It serves nothing else: values are kept in the receive buffer, and messages in the memory of the caller, whose sizes are known at run time |
//! | `rand_core` (features `rand_core`, `rand_core_06`) | generators as sources of randomness | hardware crates implement its traits, in one of the two versions |
//! | `embassy-time` (feature) | conversions of time types | a foreign crate cannot implement `From` for them |
//! | `log`, `defmt` (features) | steps and errors | each message is one literal with `{}`, which both accept |
//! | none for SHA-1 | the accept key of the handshake | own code with a ring of 16 words: 1,008 bytes of flash and 156 of stack on thumbv7em at opt-level `z`, base64 and comparison included. `sha1` 0.10 takes 4,136 and 620; `sha1_smol` 1.0 takes 4,000 and 580 and keeps a panic path. `core/src/websocket/accept.rs::equals_the_sha1_package` compares it with `sha1` |
//! | none for JSON | tokenizer, extraction, writer | no package keeps members in the buffer they arrived in, resumes at any byte and has no panic path; the README compares instruction counts |
//! | none for WebSocket | frames and handshake | for the same reasons; the README compares instruction counts, and Autobahn tests conformance |
//! | rustls, socket2, polling (std adapter) | TLS, sockets, waiting | the adapter adds deadlines, and reads while a write is pending |
//! | embassy-sync (embassy adapter) | the lock and the wakers between session and runner | every embassy program has it |
//! | embedded-tls, rustls-webpki, RustCrypto (`verified-tls`) | TLS 1.3 without an allocator | embedded-tls implements the protocol but does not verify enough: see [`tls`](super::tls). The futures of its reads and writes must not be dropped, so a driver keeps them for as long as a link lasts: see above |
//!
//! # Not included
//!
//! HTTP proxies, HTTP/2, compression, Socket Mode, and TLS in the core. Compression needs a window
//! of 32 KiB, and Slack's frames have a few hundred bytes.
