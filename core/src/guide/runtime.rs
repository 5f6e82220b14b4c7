//! Your own runtime: the loop, and the requirements on `exchange`.
//!
//! The client needs four things from its environment: a way to open a link, a way to move bytes, a
//! clock, and random numbers. Only the last is a trait, [`Entropy`](crate::entropy::Entropy);
//! [`from_fn`](crate::entropy::from_fn) makes a source of a function. The loop is one `match`.
//!
//! # A whole program
//!
//! The program uses non-blocking sockets and one loop, as on a device without an executor. Its
//! network is a script, so that this page is a test. Replace `Network` by your network stack.
//!
//! ```
//! use slack_rtm::buffer::{RecvBuf, SendBuf};
//! use slack_rtm::entropy::from_fn;
//! use slack_rtm::event::Author;
//! use slack_rtm::rtm::command::Post;
//! use slack_rtm::time::Instant;
//! use slack_rtm::{Client, Config, Event, DisconnectReason, Output, Peer, Token};
//! use std::error::Error;
//!
//! # // The script: a response to the call, then a session with one message.
//! # struct Network { dials: u32 }
//! # struct Socket { arriving: Vec<u8>, sent: Vec<u8> }
//! # impl Network {
//! #     fn dial(&mut self, peer: Peer<'_>, _until: Instant) -> Result<Socket, DisconnectReason> {
//! #         self.dials += 1;
//! #         let arriving = match peer.host {
//! #             "slack.com" => b"HTTP/1.1 200 OK\r\nContent-Length: 71\r\n\r\n\
//! #                 {\"ok\":true,\"url\":\"wss:\\/\\/wss-primary.slack.com\\/x\",\"self\":{\"id\":\"U1\"}}".to_vec(),
//! #             _ => {
//! #                 let mut all = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
//! #                     Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n".to_vec();
//! #                 for text in [r#"{"type":"hello"}"#,
//! #                     r#"{"type":"message","channel":"C1","user":"U2","text":"ping","ts":"1.1"}"#] {
//! #                     all.extend([0x81, text.len() as u8]);
//! #                     all.extend(text.bytes());
//! #                 }
//! #                 all
//! #             }
//! #         };
//! #         Ok(Socket { arriving, sent: Vec::new() })
//! #     }
//! # }
//! # impl Socket {
//! #     fn write(&mut self, bytes: &[u8]) -> Result<usize, DisconnectReason> { self.sent.extend(bytes); Ok(bytes.len()) }
//! #     fn read(&mut self, space: &mut [u8]) -> Result<usize, DisconnectReason> {
//! #         // Three bytes at a time: any split gives the same events.
//! #         let count = space.len().min(self.arriving.len()).min(3);
//! #         space[..count].copy_from_slice(&self.arriving[..count]);
//! #         self.arriving.drain(..count);
//! #         // After the client's close frame (0x88, masked) the script closes the stream.
//! #         let closed = self.sent.windows(2).any(|pair| pair == [0x88, 0x82]);
//! #         if count == 0 && closed { Err(DisconnectReason::Closed) } else { Ok(count) }
//! #     }
//! # }
//! # fn random(out: &mut [u8]) -> Result<(), slack_rtm::entropy::EntropyError> {
//! #     let nonce = b"the sample nonce"; // of RFC 6455 section 1.3, which gives the accept key
//! #     for (to, from) in out.iter_mut().zip(nonce) { *to = *from; }
//! #     Ok(())
//! # }
//! # struct Clock(u64);
//! # impl Clock {
//! #     fn now(&mut self) -> Instant { self.0 += 1; Instant::from_millis(self.0) }
//! #     fn sleep_until(&mut self, at: Instant) { self.0 = self.0.max(at.as_millis()); }
//! # }
//! /// Writes from `tx` and reads into `rx`, as far as the socket can now. Neither waits for the other.
//! fn exchange(
//!     socket: &mut Socket,
//!     rx: &mut RecvBuf<'_>,
//!     tx: &mut SendBuf<'_>,
//!     can_read: bool,
//! ) -> Result<usize, DisconnectReason> {
//!     let mut moved = 0;
//!     if !tx.pending().is_empty() {
//!         let count = socket.write(tx.pending())?; // 0: would block
//!         tx.sent(count);
//!         moved += count;
//!     }
//!     if can_read {
//!         // `Err(Closed)` comes only when nothing is left to read: bytes before the end come first.
//!         moved += rx.read_with(|space| socket.read(space))?;
//!     }
//!     Ok(moved)
//! }
//!
//! fn run(network: &mut Network, clock: &mut Clock) -> Result<u32, Box<dyn Error>> {
//!     let (mut rx_memory, mut tx_memory) = ([0; 512], [0; 256]);
//!     let (mut rx, mut tx) = (RecvBuf::new(&mut rx_memory), SendBuf::new(&mut tx_memory));
//!     let storage = Token::<128>::new();
//!     let mut client = Client::new(Config::new(), "xoxb-1", storage, from_fn(random))?;
//!     let (mut link, mut replies) = (None, 0);
//!     loop {
//!         match client.poll(&mut rx, &mut tx, clock.now())? {
//!             Output::Connect { peer, until, .. } => match network.dial(peer, until) {
//!                 Ok(socket) => {
//!                     link = Some(socket);
//!                     client.connected();
//!                 }
//!                 Err(reason) => client.disconnected(reason),
//!             },
//!             Output::Event(Event::Message(message)) => {
//!                 if let Some(Author::Person(_)) = message.posted_by()
//!                     && message.text().is_some_and(|text| text == "ping")
//!                     && let Some(pong) = Post::reply_to(&message, "pong")
//!                 {
//!                     client.send(&pong, &mut tx)?;
//!                     client.close(); // enough for this page
//!                     replies += 1;
//!                 }
//!             }
//!             Output::Event(_) => {}
//!             Output::Wait { until, can_read, .. } => match &mut link {
//!                 None => clock.sleep_until(until),
//!                 Some(socket) => match exchange(socket, &mut rx, &mut tx, can_read) {
//!                     Ok(0) => clock.sleep_until(until), // or until the network's interrupt
//!                     Ok(_) => {}
//!                     Err(reason) => {
//!                         link = None;
//!                         client.disconnected(reason);
//!                     }
//!                 },
//!             },
//!             Output::Disconnect => {
//!                 link = None;
//!                 client.disconnected(DisconnectReason::Closed);
//!             }
//!             Output::Closed(_) => return Ok(replies),
//!             _ => {}
//!         }
//!     }
//! }
//! # let mut network = Network { dials: 0 };
//! # assert_eq!(run(&mut network, &mut Clock(0))?, 1);
//! # assert_eq!(network.dials, 2);
//! # Ok::<(), Box<dyn Error>>(())
//! ```
//!
//! # Requirements on `exchange`
//!
//! 1. **It reads while a write is pending.** If the peer takes no bytes, only a read or a deadline
//!    can show that the link is dead.
//! 2. **It writes if [`pending`](crate::buffer::SendBuf::pending) is not empty.** Do not use
//!    [`is_empty`](crate::buffer::SendBuf::is_empty) for that: it also counts a pong that waits for
//!    room, which follows at the next poll.
//! 3. **It flushes a link that buffers**, as many implementations of TLS do, after it has written.
//! 4. **It returns at `until`**, also while it writes.
//! 5. **It keeps the bytes that were read before the end of the link.** Put them into the receive
//!    buffer, poll, and call [`disconnected`](crate::Client::disconnected) when no more are left.
//! 6. **It does not read without room.** If `can_read` is false, it writes only: a read into an
//!    empty slice returns 0, which looks like the end of the stream.
//! 7. **It may do less.** One byte moved is progress, and so is a wake-up for no reason. Poll
//!    again.
//!
//! # Async
//!
//! The loop is the same, with `await` in three places: the dial, the exchange and the sleep. All
//! progress is kept in the client and in the buffers, so dropping a future between these calls
//! loses nothing. `select` the exchange against `until` and against the events that make you send,
//! such as a button or a channel; then poll. The `Session` of `slack-rtm-embassy` is that loop, over
//! any `embedded-io-async` stream.
//!
//! In a function that polls in a loop and then returns the event, use
//! [`Client::event`](crate::Client::event): the borrow checker does not accept an event that was
//! borrowed inside the loop. [`Client::peer`](crate::Client::peer) is the same for
//! [`Connect`](crate::Output::Connect).
//!
//! ```
//! use slack_rtm::buffer::{RecvBuf, SendBuf};
//! use slack_rtm::entropy::Entropy;
//! use slack_rtm::time::Instant;
//! use slack_rtm::{Client, Event, Output, PollError, Storage};
//!
//! struct Session<'m, E, S> {
//!     client: Client<'static, E, S>,
//!     rx: RecvBuf<'m>,
//!     tx: SendBuf<'m>,
//! }
//!
//! impl<E: Entropy, S: Storage> Session<'_, E, S> {
//!     /// Returns the next event that is due, without waiting.
//!     fn next_due(&mut self, now: Instant) -> Result<Option<Event<'_>>, PollError> {
//!         loop {
//!             match self.client.poll(&mut self.rx, &mut self.tx, now)? {
//!                 Output::Event(_) => break, // returning it here is the compiler's error E0499
//!                 Output::Wait { .. } | Output::Closed(_) => return Ok(None),
//!                 _ => {} // connect, disconnect
//!             }
//!         }
//!         Ok(self.client.event(&self.rx))
//!     }
//! }
//! ```
//!
//! # Threads
//!
//! The client is `Send` if its storage and its source of randomness are, and has no interior
//! mutability. Keep it in one thread and send commands to that thread, as the `Sender` of
//! `slack-rtm-std` does.
//!
//! ```
//! use slack_rtm::{Client, entropy::Entropy};
//!
//! fn is_send<T: Send>() {}
//! fn for_every_source<E: Entropy + Send, S: Send>() {
//!     is_send::<Client<'_, E, S>>();
//! }
//! ```
//!
//! # Time
//!
//! [`Instant`](crate::time::Instant) can be made from any counter of milliseconds that does not
//! stop.
//!
//! - A time earlier than the latest one counts as the latest one. So extend a counter of 32 bits to
//!   64 bits: otherwise the client's time stops for 49 days when the counter wraps around.
//! - A counter that stops in deep sleep makes deadlines late. Correct it after waking up.
//! - After a sleep that is longer than the keepalive, the client sends a ping first. It does not
//!   count the link as dead without one.
//!
//! # Randomness
//!
//! Masking keys, the nonce of the handshake, the first message id and the jitter come from
//! [`Entropy`](crate::entropy::Entropy). Use a hardware generator, or a CSPRNG with a good seed.
